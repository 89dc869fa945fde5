"""Streamed text on its way into the conversation view: at most 30 times a second.

The first piece is shown at once. What costs more to show, as a long tail does or any text on a
slow machine, is shown less often: a model on the CPU needs that time for its tokens. Knows nothing
about where it is painted.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.ui.turn import Turn

_FRAME_MS = 33  # at most 30 repaints a second
_SLOWEST_MS = 250  # between repaints, whatever they cost
_SHARE = 0.03  # of the time may go into laying out and painting what arrives


class Arrivals(QObject):
    """Holds the turns that have pieces to show."""

    flushed = Signal(tuple)  # the turns that have grown

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._growing: list[Turn] = []
        self._flushed_at = 0.0  # seconds, monotonic
        self._costs = (0.0, 0.0)  # ms of the last two: one alone may have loaded a font
        self._unpainted = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)

    def append(self, turn: Turn, text: str) -> None:
        """One more piece for this turn."""
        if not turn.arrived:
            self._growing.append(turn)
        turn.arrived.append(text)
        if not self._timer.isActive():
            wait = self._frame_ms() - 1000 * (time.monotonic() - self._flushed_at)
            if wait > 0:
                self._timer.start(round(wait))
            else:
                self.flush()

    def flush(self) -> None:
        """Show what arrived."""
        self._timer.stop()
        began = time.monotonic()
        grown, self._growing = self._growing, []
        for turn in grown:
            turn.grow()
        self.flushed.emit(tuple(grown))
        self._flushed_at = time.monotonic()  # the pause begins behind what it cost
        self._costs = (self._costs[1], 1000 * (self._flushed_at - began))
        self._unpainted = True

    @contextmanager
    def painting(self) -> Iterator[None]:
        """The view is painted: the first time after pieces came, that is part of their cost."""
        began = time.monotonic()
        yield
        if self._unpainted:
            self._unpainted = False
            self._costs = (self._costs[0], self._costs[1] + 1000 * (time.monotonic() - began))

    def drop(self, turn: Turn) -> None:
        """This one takes its last pieces by itself."""
        if turn in self._growing:
            self._growing.remove(turn)

    def clear(self) -> None:
        """Other turns come."""
        self._timer.stop()
        self._growing.clear()

    def _frame_ms(self) -> float:
        return max(_FRAME_MS, min(_SLOWEST_MS, min(self._costs) / _SHARE))
