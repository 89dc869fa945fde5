"""Where each turn of a conversation stands, and which of them are in view.

Heights of turns that were never seen are estimates; when a turn comes into view and is measured,
what the reader looks at stays where it is. Knows nothing about widgets, painting or input.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from chatapp.ui.part import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatapp.ui.part import Part
    from chatapp.ui.turn import Turn

NEAR = 5  # pixels from the end that still count as the end
_MARGIN = 16  # above the first turn and below the last
_EDGE = 24  # free above and below what is brought into view
_ROUNDS = 8  # measuring one turn may bring another into view, not for ever


class Scroll:
    """The turns in a column, and the place that is looked at."""

    def __init__(self, prepare: Callable[[Turn], None]) -> None:
        self.turns: list[Turn] = []
        self.shelf = Shelf()
        self.value = 0.0  # pixels from the top
        self.following = True  # stay at the end while it grows
        self._prepare = prepare
        self._tops: list[float] = []
        self._column = 0.0
        self.view = 0.0  # its height

    @property
    def total(self) -> float:
        """The height of everything. Pixels."""
        return self._tops[-1] + self.turns[-1].height + _MARGIN if self.turns else 0.0

    @property
    def most(self) -> float:
        """The value at the end."""
        return max(0.0, self.total - self.view)

    def replace(self, turns: list[Turn]) -> None:
        """Show other turns; the place stays where the same turn is still among them."""
        number = self.at(self.value)
        held = self.turns[number] if number < len(self.turns) else None
        inside = self.value - self._tops[number] if held else 0.0
        self.turns = turns
        for turn in turns:
            turn.suppose(self._column)
        self._add_up()
        if held in turns:
            self.value = self._tops[turns.index(held)] + inside

    def add(self, turn: Turn) -> None:
        """One more turn at the end."""
        turn.suppose(self._column)
        self._tops.append(self.total - _MARGIN if self.turns else _MARGIN)
        self.turns.append(turn)

    def suppose(self, turn: Turn) -> None:
        """Something of this turn changed: suppose its height anew."""
        before, turn.width = turn.height, 0
        turn.suppose(self._column)
        if turn.height != before and turn is not self.turns[-1]:
            self._add_up()

    def look_at(self, value: float) -> None:
        """The person scrolled."""
        self.value = value
        self.following = value >= self.most - NEAR

    def forget(self) -> None:
        """Measure everything again, and keep the place: fonts or colours changed."""
        for turn in self.turns:
            turn.forget()
        grip = self._grip() if self._tops else None
        for turn in self.turns:
            turn.suppose(self._column)
        self._add_up()
        self._hold(grip)

    def reveal(self, number: int, part: int, top: float, bottom: float) -> None:
        """Bring a stretch of a part into view. Pixels from the part's top."""
        for _ in range(_ROUNDS):  # what is measured on the way moves the goal
            y = self._tops[number] + self.turns[number].part_top(part)
            if y + top - _EDGE < self.value and self.value > 0:
                goal = max(0.0, y + top - _EDGE)
            elif y + bottom + _EDGE > self.value + self.view:
                goal = min(self.most, y + bottom + _EDGE - self.view)
            else:
                return
            if goal == self.value:
                return
            self.look_at(goal)
            self.arrange(self._column, self.view)

    def bring_into_view(self, number: int) -> None:
        """Scroll no further than is needed to see a turn whole, or else its beginning."""
        top, bottom = self._tops[number], self._tops[number] + self.turns[number].height
        if number == len(self.turns) - 1:
            bottom = self.total  # at the very end, so that it is followed
        if top < self.value or bottom > self.value + self.view:
            self.look_at(min(self.most, top if top < self.value else min(top, bottom - self.view)))

    def reveal_top(self, number: int) -> None:
        """Bring the beginning of a turn to the top of the view."""
        for _ in range(_ROUNDS):
            before = self.value
            self.look_at(min(self._tops[number], self.most))
            self.arrange(self._column, self.view)
            if self.value == before:
                return

    def reveal_spot(self, number: int, part: int, position: int) -> None:
        """Bring the line at this position of a part's document into view."""
        turn = self.turns[number]
        found = turn.cut_parts()[part]
        self.lay_out(turn, found)
        line = found.line(position)
        self.reveal(number, part, line.top(), line.bottom())
        found.slide_to(line.left())

    def lay_out(self, turn: Turn, part: Part) -> None:
        """Have this part's document, wherever it is."""
        part.lay_out(turn.text_width(self._column), turn.known, self.shelf)

    def arrange(self, column: float, view: float) -> None:
        """Measure what is in view, for a column of this width and a view of this height."""
        if not self.turns or column <= 0:
            return
        grip = self._grip() if column != self._column and self._tops else None
        if column != self._column:
            self._column = column
            for turn in self.turns:
                turn.suppose(column)
            self._add_up()
        self.view = view
        self._hold(grip)
        for _ in range(_ROUNDS):
            self.value = self.most if self.following else min(max(0.0, self.value), self.most)
            if not self._measure():
                break
        self.value = self.most if self.following else min(max(0.0, self.value), self.most)

    def visible(self) -> Iterator[tuple[int, Turn, float]]:
        """Number, turn and top (from the view's top) of each turn in view."""
        for number in range(self.at(self.value), len(self.turns)):
            top = self._tops[number] - self.value
            if top > self.view:
                return
            yield number, self.turns[number], top

    def at(self, y: float) -> int:
        """The turn at this height of the whole."""
        return max(0, bisect_right(self._tops, y) - 1)

    def top(self, number: int) -> float:
        """Where a turn begins."""
        return self._tops[number]

    def _grip(self) -> tuple[int, float]:
        """The turn at the view's top, and how far into it, as a share of its height."""
        number = min(self.at(self.value), len(self.turns) - 1)
        inside = self.value - self._tops[number]
        return number, inside / max(1.0, self.turns[number].height)

    def _hold(self, grip: tuple[int, float] | None) -> None:
        if grip:
            self.value = self._tops[grip[0]] + grip[1] * self.turns[grip[0]].height

    def _measure(self) -> bool:
        """Measure the turns in view once; True when a height changed."""
        number = self.at(self.value)
        y, changed = self._tops[number], False
        last = len(self.turns) - 1
        while number <= last and y < self.value + self.view:
            turn = self.turns[number]
            before = turn.height
            self._prepare(turn)
            shift = turn.arrange(
                self._column, self.value - y, self.value + self.view - y, self.shelf
            )
            self.value += shift
            changed |= turn.height != before
            if turn.height != before and number < last:
                self._add_up()
            y += turn.height
            number += 1
        return changed

    def _add_up(self) -> None:
        heights = (turn.height for turn in self.turns)
        self._tops = list(accumulate(heights, initial=float(_MARGIN)))[:-1]
