"""The buttons below a message's error: what helps, and its details for a report.

Real buttons, so that they can be reached with Tab and read aloud. Knows nothing about what they
cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from chatapp.ui import look

if TYPE_CHECKING:
    from chatapp.chat import Message

HEIGHT = 44  # pixels of the row
DETAILS = "copy_details"  # what is asked for beside the cures
MOST = 4  # buttons
_TICK_MS = 1500  # how long a tick says that something was copied


class CureRow(QWidget):
    """As many of them as there is room for, the likeliest first."""

    asked = Signal(str, int)  # what is to be done, message id

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = 0
        self._asks: tuple[str, ...] = ()
        self.buttons = [QPushButton(self) for _ in range(MOST)]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in self.buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._on_button_clicked)
            row.addWidget(button)
        row.addStretch(1)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def bind(self, message: Message, offers: tuple[tuple[str, str], ...], width: float) -> None:
        """Offer these for this message: what is asked, and the button's words."""
        self._message = message.id
        self._asks = tuple(what for what, _ in offers)
        room = width
        for number, button in enumerate(self.buttons):
            label = offers[number][1] if number < len(offers) else ""
            if button.text() != label:
                button.setText(label)
                button.setIcon(QIcon())
            room -= button.sizeHint().width() + 8 if label else 0
            button.setVisible(bool(label) and (number == 0 or room >= -8))
        self.setFixedSize(QSize(round(width), HEIGHT))

    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return list(self.buttons)

    def _on_button_clicked(self) -> None:
        button = self.sender()
        if not isinstance(button, QPushButton):
            return
        what = self._asks[self.buttons.index(button)]
        if what == DETAILS:
            button.setIcon(look.icon("check", look.colours().accent))
            QTimer.singleShot(_TICK_MS, button, lambda: button.setIcon(QIcon()))
        self.asked.emit(what, self._message)
