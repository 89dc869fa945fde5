"""`Offers`: the menus that open in the conversation view, for a place in it or below a button.

Knows which menu fits, not how what it offers is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, Signal

from chatapp.ui.selection import END, Selection, Spot
from chatapp.ui.spot_menu import MessageMenu, SpotMenu

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QWidget

    from chatapp.ui.pointer import Pointer
    from chatapp.ui.scroll import Scroll


class Offers(QObject):
    """Makes the menus of one view."""

    asked = Signal(str, int)  # what is to be done, message id
    copy_requested = Signal()
    markdown_requested = Signal()
    address_requested = Signal(str)
    all_requested = Signal()

    def __init__(
        self, view: QWidget, scroll: Scroll, selection: Selection, pointer: Pointer
    ) -> None:
        super().__init__(view)
        self._view = view
        self._scroll, self._selection, self._pointer = scroll, selection, pointer

    def at(self, point: QPointF) -> QMenu | None:
        """The menu for a point of the view; it selects the message there if nothing is."""
        number = self._pointer.turn(point)
        if number is None:
            return None
        if not self._selection:
            self._selection.select(Spot(number, 0, 0), Spot(number, END, END))
            self._view.update()
        turn, link = self._scroll.turns[number], self._pointer.link(point)
        menu = SpotMenu(self._view, turn.message, turn.raw, self._is_busy(), link)
        menu.copy_requested.connect(self.copy_requested)
        menu.markdown_requested.connect(self.markdown_requested)
        menu.address_requested.connect(self.address_requested)
        menu.all_requested.connect(self.all_requested)
        if not (turn.growing or turn.bare):
            menu.offer()
        menu.asked.connect(self.asked)
        return menu

    def open_below(self, message_id: int, corner: QPoint) -> None:
        """The menu of a message's bar, at a place on the screen."""
        for turn in self._scroll.turns:
            if turn.message.id == message_id:
                menu = MessageMenu(self._view, turn.message, turn.raw, self._is_busy())
                menu.offer()
                menu.asked.connect(self.asked)
                menu.popup(corner)

    def _is_busy(self) -> bool:
        """The conversation is being written."""
        return any(turn.growing for turn in self._scroll.turns)
