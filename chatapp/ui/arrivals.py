"""Streamed text on its way into the conversation view: at most 30 times a second.

The first piece is shown at once; a long tail, which costs more to render again, less often. Knows
nothing about where it is painted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from chatapp.ui.turn import Turn

_FRAME_MS = 33  # at most 30 repaints a second
_SLOWEST_MS = 250  # between repaints of a long tail
_LONG_TAIL = 2_000  # characters


class Arrivals(QObject):
    """Holds the turns that have pieces to show."""

    flushed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._growing: list[Turn] = []
        self._flushed_at = 0.0  # seconds, monotonic
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)

    def append(self, turn: Turn, text: str) -> None:
        """One more piece for this turn."""
        if not turn.arrived:
            self._growing.append(turn)
        turn.arrived.append(text)
        if not self._timer.isActive():
            wait = _frame_ms(turn) - 1000 * (time.monotonic() - self._flushed_at)
            if wait > 0:
                self._timer.start(round(wait))
            else:
                self.flush()

    def flush(self) -> None:
        """Show what arrived."""
        self._timer.stop()
        self._flushed_at = time.monotonic()
        for turn in self._growing:
            turn.grow()
        self._growing.clear()
        self.flushed.emit()

    def drop(self, turn: Turn) -> None:
        """This one takes its last pieces by itself."""
        if turn in self._growing:
            self._growing.remove(turn)

    def clear(self) -> None:
        """Other turns come."""
        self._timer.stop()
        self._growing.clear()


def _frame_ms(turn: Turn) -> float:
    return min(_SLOWEST_MS, _FRAME_MS * max(1.0, turn.tail_length / _LONG_TAIL))
