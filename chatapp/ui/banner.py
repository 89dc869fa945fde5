"""One line above the transcript that tells what a person should know, with at most two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Callable

    Words = Callable[[], str]  # asked again when the language changes
    Action = Callable[[], object]
    Offer = tuple[Words, Action]


class Banner(QFrame):
    """Hidden until `tell`; one message at a time, the newest wins."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button, self._second = QPushButton(), QPushButton()
        self._buttons = (self._button, self._second)
        for button in self._buttons:
            button.clicked.connect(self._on_button_clicked)
        self._close = QToolButton(autoRaise=True)
        self._close.clicked.connect(self.hide)
        self._words: Words = str
        self._offers: list[Offer] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.addWidget(self._text)
        for button in self._buttons:
            layout.addWidget(button)
        layout.addWidget(self._close)
        self.retranslate()
        self.hide()

    def tell(
        self, words: Words, label: Words | None = None, action: Action | None = None, *more: Offer
    ) -> None:
        """Show a sentence or two; with a button, a click on it hides the line and acts."""
        first = [(label, action)] if label and action else []
        self._words, self._offers = words, [*first, *more]
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
        for number, button in enumerate(self._buttons):
            offered = number < len(self._offers)
            button.setText(self._offers[number][0]() if offered else "")
            button.setVisible(offered)
        self._close.setAccessibleName(self.tr("Close this note"))
        self._close.setToolTip(self.tr("Close this note"))
        self._close.setIcon(look.icon("close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _on_button_clicked(self) -> None:
        button = self.sender()
        self.hide()
        if isinstance(button, QPushButton):
            self._offers[self._buttons.index(button)][1]()
