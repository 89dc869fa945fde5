"""One line above the transcript that tells what a person should know, with at most one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Callable

    Words = Callable[[], str]  # asked again when the language changes


class Banner(QFrame):
    """Hidden until `tell`; one message at a time, the newest wins."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QPushButton()
        self._button.clicked.connect(self._on_button_clicked)
        self._close = QToolButton(autoRaise=True)
        self._close.clicked.connect(self.hide)
        self._words: Words = str
        self._label: Words = str
        self._action: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.addWidget(self._text)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self.retranslate()
        self.hide()

    def tell(
        self, words: Words, button: Words | None = None, action: Callable[[], object] | None = None
    ) -> None:
        """Show a sentence or two; with a button, a click on it hides the line and acts."""
        self._words, self._label, self._action = words, button or str, action
        self._button.setVisible(button is not None)
        self.retranslate()
        self.show()

    def take_back(self, words: Words) -> None:
        """Hide it if this is still what it tells."""
        if words == self._words:
            self.hide()

    def text(self) -> str:
        """What stands there now; empty while it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def retranslate(self) -> None:
        """Every text again, in the present language."""
        self._text.setText(self._words())
        self._button.setText(self._label())
        self._close.setAccessibleName(self.tr("Close this note"))
        self._close.setToolTip(self.tr("Close this note"))
        self._close.setIcon(look.icon("close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _on_button_clicked(self) -> None:
        self.hide()
        if self._action:
            self._action()
