"""Draws formulas on a thread of its own and keeps the latest of them.

The thread lives while there is something to draw. Whoever asked looks again later. Knows nothing
about where a formula stands.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from chatapp import formula

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatapp.formula import Formula, Outline

_KEPT = 1_000  # outlines, about 10 kB each


class Typesetter:
    """Formulas and what became of them; safe to ask from any thread."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._known: OrderedDict[Formula, Outline | None] = OrderedDict()
        self._waiting: dict[Formula, None] = {}  # in the order of asking
        self._running = False

    def __len__(self) -> int:
        return len(self._known)

    def knows(self, wanted: Formula) -> bool:
        """It was drawn, or it cannot be."""
        return wanted in self._known

    def outline(self, wanted: Formula) -> Outline | None:
        """What was drawn; None when it was not, or not yet."""
        with self._lock:
            if wanted in self._known:
                self._known.move_to_end(wanted)
            return self._known.get(wanted)

    def ask(self, wanted: Iterable[Formula]) -> bool:
        """Have these drawn; True when all of them are known already."""
        with self._lock:
            missing = [one for one in wanted if one not in self._known]
            self._waiting.update(dict.fromkeys(missing))
            if missing and not self._running:
                self._running = True
                threading.Thread(target=self._run, name="formulas", daemon=True).start()
        return not missing

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                present = next(iter(self._waiting))
            made = formula.draw(present)
            with self._lock:
                self._waiting.pop(present)
                self._known[present] = made
                while len(self._known) > self._kept:
                    self._known.popitem(last=False)


shared = Typesetter()
