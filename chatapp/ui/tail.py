"""`Tail`: which stretch of the view a streamed piece can have changed, so that only it is painted.

Text only ever grows at the end of the last turn's last part. Knows nothing about painting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatapp.ui.scroll import Scroll
    from chatapp.ui.turn import Turn

_OVERHANG = 8  # pixels that a part's ground may reach above its text


class Tail:
    """Remembers what was painted last."""

    def __init__(self, scroll: Scroll) -> None:
        self._scroll = scroll
        self._painted: tuple[Turn, int, float] | None = None

    def note(self) -> None:
        """The view is painted as everything stands now."""
        self._painted = None
        if turns := self._scroll.turns:
            number = max(0, len(turns[-1].all_parts()) - 1)
            self._painted = turns[-1], number, self._top(number)

    def changed_from(self, grown: tuple[Turn, ...]) -> int:
        """The view's first line to paint again after these turns have grown; 0 = all of it."""
        if self._painted and grown == (self._painted[0],) == tuple(self._scroll.turns[-1:]):
            _, number, top = self._painted
            if self._top(number) == top:
                return max(0, int(top) - _OVERHANG)
        return 0

    def _top(self, number: int) -> float:
        """Where this part of the last turn begins in the view; 0 = there is no such part."""
        turn = self._scroll.turns[-1]
        if number >= len(turn.all_parts()):
            return 0.0
        return self._scroll.top(-1) - self._scroll.value + turn.part_top(number)
