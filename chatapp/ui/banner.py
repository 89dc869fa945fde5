"""One line above the transcript that tells what a person should know, with at most one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Callable


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
        self._action: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.addWidget(self._text)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self.retranslate()
        self.hide()

    def tell(self, text: str, button: str = "", action: Callable[[], object] | None = None) -> None:
        """Show a sentence or two; the button appears only with an action."""
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(action is not None)
        self._action = action
        self._close.setIcon(look.icon("close"))
        self.show()

    def retranslate(self) -> None:
        """Texts of its own in the present language."""
        self._close.setAccessibleName(self.tr("Close this note"))
        self._close.setToolTip(self.tr("Close this note"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_button_clicked(self) -> None:
        self.hide()
        if self._action:
            self._action()
