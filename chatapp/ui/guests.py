"""Widgets that stand in the place of a message's text: an editor, answers side by side.

They scroll with the conversation, and stay alive while they are out of view: what is being
composed in one must not be lost. Knows nothing about what they are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

if TYPE_CHECKING:
    from chatapp.ui.scroll import Scroll

_SIDE = 6  # pixels beside one that takes the whole view
_SHARE = 0.72  # of the view's height, for the tallest


class Guest(QWidget):
    """What may stand there. Its `height_for` says how high it wants to be."""

    wide = False  # takes the whole view, not the column

    def height_for(self, width: int, tallest: int) -> int:
        """Pixels."""
        return min(self.sizeHint().height(), tallest)

    def forget(self) -> None:
        """Fonts or colours changed."""


class Guests(QObject):
    """One guest for a message, put where the message is."""

    changed = Signal()  # one wants another height

    def __init__(self, view: QAbstractScrollArea, scroll: Scroll) -> None:
        super().__init__(view)
        self._ground = view.viewport()
        self._scroll = scroll
        self._guests: dict[int, Guest] = {}

    def hold(self, message: int, guest: Guest) -> None:
        """Let it stand in place of this message's text from now on."""
        self.let_go(message)
        self._guests[message] = guest
        guest.setParent(self._ground)
        guest.installEventFilter(self)
        guest.show()
        self.changed.emit()

    def holds(self, message: int) -> bool:
        """Something stands in place of this message's text."""
        return message in self._guests

    def let_go(self, message: int) -> None:
        """Show the message's own text again."""
        if guest := self._guests.pop(message, None):
            guest.removeEventFilter(self)
            guest.hide()
            guest.deleteLater()
            for turn in self._scroll.turns:
                if turn.message.id == message:
                    turn.held = 0.0
                    self._scroll.suppose(turn)
            self.changed.emit()

    def measure(self, column: float) -> None:
        """Take the heights that they want into their turns."""
        for turn in self._scroll.turns if self._guests else ():
            guest = self._guests.get(turn.message.id)
            if guest is None:
                continue
            held = guest.height_for(self._width(guest, column), self._tallest())
            if held != turn.held:
                turn.held = float(held)
                self._scroll.suppose(turn)

    def place(self, left: float, column: float) -> None:
        """Put each where its message is, in view or out of it."""
        for number, turn in enumerate(self._scroll.turns if self._guests else ()):
            if guest := self._guests.get(turn.message.id):
                x = _SIDE if guest.wide else round(left)
                y = round(self._scroll.top(number) + turn.text_top() - self._scroll.value)
                guest.setGeometry(x, y, self._width(guest, column), round(turn.held))

    def forget(self) -> None:
        """Fonts or colours changed."""
        for guest in self._guests.values():
            guest.forget()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A guest whose inside has grown wants another height."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.changed.emit()
        return False

    def _width(self, guest: Guest, column: float) -> int:
        return self._ground.width() - 2 * _SIDE if guest.wide else round(column)

    def _tallest(self) -> int:
        return round(self._ground.height() * _SHARE)
