"""Looks for words in the open conversation, a slice at a time, and keeps where they stand.

What is searched is what a person sees, so a block whose source may hold the words is rendered
aside; folded reasoning is not searched. Knows nothing about the bar, painting or scrolling.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp.ui.selection import Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtGui import QTextDocument

    from chatapp.ui.part import Part
    from chatapp.ui.turn import Turn

SLICE_MS = 6  # of searching between two frames
_MARKS = r"[\s*_`~\\\[\]]{0,4}"  # what may stand in the source between two letters that are shown


class Finding(QObject):
    """The places of the words, in reading order; one of them is the present one."""

    changed = Signal()  # more was found, or nothing is sought any more

    def __init__(self, turns: Callable[[], Sequence[Turn]], parent: QObject) -> None:
        super().__init__(parent)
        self._turns = turns
        self._words = ""
        self._pattern = re.compile("")
        self._found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._order: list[Spot] = []
        self._work: Iterator[None] = iter(())
        self.under_way = False
        self.place = -1  # of the present one, -1 = none
        self.leads = False  # the person asked to be led there
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_timer_timeout)

    @property
    def count(self) -> int:
        """How many were found so far."""
        return len(self._order)

    def seek(self, words: str, start: Spot) -> None:
        """Look for these words; the present one will be the first that stands behind `start`."""
        self.leads = True
        self._begin(words, start)

    def renew(self) -> None:
        """The turns have changed: look for the same words again, and lead nobody anywhere."""
        if self._words:
            start = self._order[self.place] if self.place >= 0 else Spot(0, 0, 0)
            self.leads = False
            self._begin(self._words, start)

    def step(self, step: int) -> None:
        """Go to the next one (+1) or the one before (-1), around the ends."""
        if self._order:
            self.place = (max(self.place, 0 if step < 0 else -1) + step) % len(self._order)
            self.leads = True
            self.changed.emit()

    def span(self) -> tuple[Spot, Spot] | None:
        """Where the present one begins and ends."""
        if self.place < 0:
            return None
        spot = self._order[self.place]
        ends = dict(self._found[spot.turn, spot.part])
        return spot, Spot(spot.turn, spot.part, ends[spot.position])

    def inside(self, turn: int, part: int) -> list[tuple[int, int]]:
        """First and last position of each one in a part."""
        return self._found.get((turn, part), [])

    def _begin(self, words: str, start: Spot) -> None:
        self._words = words
        self._pattern = re.compile(_MARKS.join(map(re.escape, words)), re.IGNORECASE)
        self._found, self._order, self.place = {}, [], -1
        self.under_way = bool(words)
        self._work = self._search(start)
        if words:
            self._timer.start()
        else:
            self._timer.stop()
            self.changed.emit()

    def _search(self, start: Spot) -> Iterator[None]:
        for number, turn in enumerate(self._turns()):
            if not self._pattern.search(turn.text):
                yield
                continue
            for index, part in enumerate(turn.cut_parts()):
                if self._pattern.search(part.block.source):
                    self._look_into(number, index, part, turn, start)
                yield

    def _look_into(self, number: int, index: int, part: Part, turn: Turn, start: Spot) -> None:
        made = part.rendered or part.render_aside(turn.known)
        inside = made.pictures_with(self._words)
        spans = sorted([*_spans(made.document, self._words), *inside])
        if not spans:
            return
        self._found[number, index] = spans
        self._order += [Spot(number, index, first) for first, _ in spans]
        if self.place < 0 and self._order[-1] >= start:
            self.place = bisect_left(self._order, start)

    def _on_timer_timeout(self) -> None:
        until = time.perf_counter() + SLICE_MS / 1000
        before = self.count
        while time.perf_counter() < until:
            if next(self._work, self) is self:  # nothing is left
                self._timer.stop()
                self.under_way = False
                self.place = max(self.place, 0) if self._order else -1
                self.changed.emit()
                return
        if self.count != before:
            self.changed.emit()


def _spans(document: QTextDocument, words: str) -> Iterator[tuple[int, int]]:
    cursor = document.find(words, 0)
    while not cursor.isNull():
        yield cursor.selectionStart(), cursor.selectionEnd()
        cursor = document.find(words, cursor.selectionEnd())
