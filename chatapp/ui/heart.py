"""`Heart`: beats every 2 ms and keeps the time between beats, which are the event loop's gaps.

Knows nothing about what the loop is busy with.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 2


class Heart(QObject):
    """Gaps in milliseconds, since it was made or last reset."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        timer = QTimer(self, interval=BEAT_MS)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._on_timeout)
        timer.start()

    def reset(self) -> None:
        """Forget what was measured so far."""
        self.gaps.clear()
        self._last = time.perf_counter()

    def worst(self) -> float:
        """The largest gap."""
        return share(self.gaps, 1)

    def p99(self) -> float:
        """99 % of the gaps are at most this."""
        return share(self.gaps, 0.99)

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now


def share(values: list[float], part: float) -> float:
    """The value below which this part of them lies (`statistics` takes 10 ms to import)."""
    ordered = sorted(values)
    return ordered[int(part * (len(ordered) - 1))] if ordered else 0.0
