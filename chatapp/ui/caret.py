"""Selecting with the keyboard: Shift and the arrows move the selection's head across messages.

Without a selection the head starts where the mouse was pressed last, else at the first line in
view. Knows nothing about painting or the clipboard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from chatapp.ui.selection import END, Spot

if TYPE_CHECKING:
    from chatapp.ui.part import Part
    from chatapp.ui.scroll import Scroll
    from chatapp.ui.selection import Selection

_Move = QTextCursor.MoveOperation
_STEPS = {
    Qt.Key.Key_Left: _Move.Left,
    Qt.Key.Key_Right: _Move.Right,
    Qt.Key.Key_Up: _Move.Up,
    Qt.Key.Key_Down: _Move.Down,
    Qt.Key.Key_Home: _Move.StartOfLine,
    Qt.Key.Key_End: _Move.EndOfLine,
}
_FAR = {  # with Ctrl
    Qt.Key.Key_Left: _Move.PreviousWord,
    Qt.Key.Key_Right: _Move.NextWord,
    Qt.Key.Key_Up: _Move.StartOfBlock,
    Qt.Key.Key_Down: _Move.EndOfBlock,
}
_BACK = {Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Home}


class Caret:
    """Moves the head of `selection` over the turns of `scroll`."""

    def __init__(self, scroll: Scroll, selection: Selection) -> None:
        self._scroll = scroll
        self._selection = selection

    def move(self, event: QKeyEvent) -> bool:
        """Follow a key; False when it is not for the selection."""
        held = event.modifiers()
        key = Qt.Key(event.key())
        if not held & Qt.KeyboardModifier.ShiftModifier or key not in _STEPS:
            return False
        head = self._selection.head or self._first()
        if head is None:
            return False
        self._selection.anchor = self._selection.anchor or head
        far = bool(held & Qt.KeyboardModifier.ControlModifier)
        if far and key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            last = len(self._scroll.turns) - 1
            goal = Spot(0, 0, 0) if key in _BACK else Spot(last, END, END)
            self._selection.head = self._within(goal)
        else:
            step = _FAR[key] if far else _STEPS[key]
            self._selection.head = self._next(self._within(head), step, key in _BACK)
        self._reveal()
        return True

    def _first(self) -> Spot | None:
        """The first letter in view."""
        for number, turn, top in self._scroll.visible():
            for index, part, y in turn.places(-top):
                if part.rendered and top + y >= 0:
                    return Spot(number, index, 0)
        return None

    def _next(self, head: Spot, step: QTextCursor.MoveOperation, back: bool) -> Spot:
        part = self._part(head)
        if part is not None and part.rendered is not None:
            cursor = QTextCursor(part.rendered.document)
            cursor.setPosition(head.position)
            cursor.movePosition(step)
            if cursor.position() != head.position:
                return Spot(head.turn, head.part, cursor.position())
            if step in {_Move.StartOfLine, _Move.EndOfLine}:
                return head
        return self._neighbour(head, back)

    def _neighbour(self, head: Spot, back: bool) -> Spot:
        """The end of the part before, or the start of the part behind."""
        turns, number, index = self._scroll.turns, head.turn, head.part
        index += -1 if back else 1
        while not 0 <= index < len(turns[number].cut_parts()):
            number += -1 if back else 1
            if not 0 <= number < len(turns):
                return head
            index = len(turns[number].cut_parts()) - 1 if back else 0
        return self._within(Spot(number, index, END if back else 0))

    def _part(self, spot: Spot) -> Part | None:
        """The part of a spot, laid out."""
        if not 0 <= spot.turn < len(self._scroll.turns):
            return None
        parts = self._scroll.turns[spot.turn].cut_parts()
        part = parts[spot.part] if spot.part < len(parts) else None
        if part is not None:
            self._scroll.lay_out(self._scroll.turns[spot.turn], part)
        return part

    def _within(self, spot: Spot) -> Spot:
        """The same place with numbers that exist."""
        number = min(spot.turn, len(self._scroll.turns) - 1)
        index = max(0, min(spot.part, len(self._scroll.turns[number].cut_parts()) - 1))
        part = self._part(Spot(number, index, 0))
        last = part.rendered.document.characterCount() - 1 if part and part.rendered else 0
        return Spot(number, index, min(spot.position, last))

    def _reveal(self) -> None:
        head = self._selection.head
        if head is not None:
            self._scroll.reveal_spot(head.turn, head.part, head.position)
