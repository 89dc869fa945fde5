"""The line above a temporary chat: that it is not saved, and the button that saves it.

Knows nothing about where chats are kept.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class TemporaryBar(QFrame):
    """Hidden above every other chat."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = QLabel(wordWrap=True)
        self.keep = QPushButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(self._text, stretch=1)
        row.addWidget(self.keep)
        self._retranslate()
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self._text.setText(
            self.tr("Temporary chat: never written to the disk, gone when ChatApp closes.")
        )
        self.setAccessibleName(self._text.text())
        self.keep.setText(self.tr("Keep this chat"))
        self.keep.setToolTip(self.tr("Save it like any other chat"))
