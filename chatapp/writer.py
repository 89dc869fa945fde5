"""The writer: a thread that commits the newest text of growing answers, and endings that are late.

`grow` returns at once, and a tenth of a second later the text is on the disk. What a full or locked
disk refuses is tried again by itself. Knows nothing about conversations or windows.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp import database, tree
from chatapp.chat import UserError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from chatapp.chat import Finish, Origin, Stats

# From the beginning of a commit to the end of the next one: what comes in between is on the disk
# within a tenth of a second. More commits would only cost.
PACE_S = 0.08
RETRY_S = 1.0  # after a fault of the disk
CLOSE_S = 2.0  # how long `close` waits for the last commit


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended."""

    text: str
    finish: Finish
    stats: Stats | None = None
    model: str = ""
    origin: Origin | None = None

    def write(self, db: sqlite3.Connection, number: int) -> None:
        """Settle the reply of this number."""
        tree.settle(db, number, self.text, self.finish, self.stats, self.model, self.origin)


class Writer:
    """Texts on their way to one file. The thread starts with the first one."""

    def __init__(self, path: Path) -> None:
        self.problem: UserError | None = None  # why the newest text is not on the disk yet
        self._path = path
        self._pending: dict[int, str | Ending] = {}
        self._hand: dict[int, str | Ending] = {}  # what the thread is writing now
        self._closing = False
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None

    def grow(self, number: int, text: str) -> None:
        """Save it soon; the newest text of each reply wins. RuntimeError after `close`."""
        with self._ready:
            if self._closing:
                raise RuntimeError("the store is closed")
            self._await(number, text)

    def drop(self, number: int) -> None:
        """Forget the text of a reply that ends now, also one that is being written."""
        with self._ready:
            self._pending.pop(number, None)
            self._hand.pop(number, None)

    def refuse(self, number: int, ending: Ending, problem: UserError) -> None:
        """The disk did not take this ending: try it again later."""
        with self._ready:
            self.problem = problem
            self._await(number, ending)

    def relieve(self) -> None:
        """The disk took something; the problem is over unless a text still waits."""
        with self._ready:
            self.problem = self.problem if self._pending else None

    def close(self) -> None:
        """Write what waits, once more, and end the thread."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        if self._thread:
            self._thread.join(CLOSE_S)

    def _await(self, number: int, kept: str | Ending) -> None:
        self._pending[number] = kept
        self._ready.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="store", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        db: sqlite3.Connection | None = None
        pause_s = 0.0
        while self._take(pause_s):
            began = time.monotonic()
            try:
                db = db or database.connect(self._path)
                with database.changing(db):
                    self._put(db)
            except UserError as problem:
                self._keep(problem)
                pause_s = RETRY_S
            else:
                self.problem = None
                pause_s = PACE_S - 2 * (time.monotonic() - began)  # the next may take as long
        if db:
            db.close()

    def _take(self, pause_s: float) -> bool:
        """Wait for something to write; False when nothing is left and the store closes."""
        with self._ready:
            self._ready.wait_for(lambda: self._closing, pause_s)
            self._ready.wait_for(lambda: bool(self._pending) or self._closing)
            self._hand, self._pending = self._pending, {}
            return bool(self._hand)

    def _put(self, db: sqlite3.Connection) -> None:
        with self._ready:  # inside the transaction: what ends later is also written later
            texts = tuple(self._hand.items())
        for number, kept in texts:
            if isinstance(kept, Ending):
                kept.write(db, number)
            else:
                tree.grow(db, number, kept)

    def _keep(self, problem: UserError) -> None:
        with self._ready:
            self.problem = problem
            if not self._closing:
                self._pending = self._hand | self._pending
