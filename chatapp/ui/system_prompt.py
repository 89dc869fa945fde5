"""The system prompt of the open conversation, in a field that grows a little.

Knows nothing about conversations or the model.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from chatapp.ui.field import Field

LONGEST = 32_000  # characters
LINES = (2, 8)  # at least and at most


class SystemPrompt(QWidget):
    """A label, the field and what it is for."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.label.setProperty("tone", "heading")
        self.field = Field(LINES, LONGEST)
        self.label.setBuddy(self.field)
        self.field.textChanged.connect(self._on_field_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.label)
        layout.addWidget(self.field)
        self.retranslate()

    def text(self) -> str:
        """What stands there, without what is being composed."""
        return self.field.text()[:LONGEST]

    def show_text(self, text: str) -> None:
        """Show another conversation's and tell nobody."""
        if text != self.text():
            with QSignalBlocker(self.field):
                self.field.setPlainText(text)
            self.field.fit()

    def retranslate(self) -> None:
        """Set every text again."""
        help_text = self.tr("Standing instructions for this chat")
        self.label.setText(self.tr("System prompt"))
        self.label.setToolTip(help_text)
        self.field.setPlaceholderText(help_text)
        self.field.setAccessibleName(self.tr("System prompt"))
        self.field.setAccessibleDescription(help_text)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_field_changed(self) -> None:
        self.changed.emit(self.text())
