"""One measured window that opens a long conversation and scrolls through it, without any model.

A conversation of 10,000 messages and one of 100 are opened in turn, from the store to the painted
view; a long one opens with its newest messages, and what the others cost afterwards is told, too.
Times are the window thread's own, which a busy machine does not change. Knows nothing about
torch or about how figures are put together.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QObject, QTimer

from chatapp import database
from chatapp.ui import probe
from chatapp.ui.heart import Heart, share
from chatapp.ui.stream_probe import PARAGRAPH

if TYPE_CHECKING:
    from chatapp.ui.app import Desk

LONG, SHORT = 10_000, 100  # messages
ROUNDS = 5
REST_MS = 1_500  # until all of it is surely there
STEPS = 400  # of scrolling
STEP = 120  # pixels: one notch of a wheel
_ADD = """
INSERT INTO messages (conversation, parent, role, text, created, finish, model)
VALUES (?, ?, ?, ?, 0, ?, 'Scripted')
"""


def _text(number: int) -> str:
    if number % 2:
        return f"What happens in part {number}? 温度を{number}回下げます。"
    return PARAGRAPH.format(n=number) * (1 + number % 4)


class TranscriptProbe(QObject):
    """Opening, scrolling and memory."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._times: dict[int, list[float]] = {}
        self._empty = self._rest = 0.0
        self._view = desk.window.transcript

    def begin(self) -> None:
        """After the first paint."""
        short, long = self._fill(SHORT), self._fill(LONG)
        QTimer.singleShot(0, lambda: self._measure(short, long))

    def _measure(self, short: int, long: int) -> None:
        self._open(short)  # what is imported and cached once is not measured
        self._open(0)
        empty = _resident_mb()
        times: dict[int, list[float]] = {short: [], long: []}
        for _ in range(ROUNDS):
            for conversation, spent in times.items():
                spent.append(self._open(conversation))
                self._open(0)
        self._open(long)
        self._times, self._empty = times, empty
        self._rest = time.thread_time()
        self._heart = Heart(self)
        QTimer.singleShot(REST_MS, self._on_whole)

    def _on_whole(self) -> None:
        """The older messages have followed by now."""
        rest_ms = 1000 * (time.thread_time() - self._rest)
        gap_ms = self._heart.worst()
        short, long = self._times
        open_ms, short_ms = (share(self._times[which], 0.5) for which in (long, short))
        steps = self._scroll()
        probe.tell(
            self._desk,
            {
                "open_ms": open_ms,
                "open_short_ms": short_ms,
                "open_ratio": open_ms / short_ms,
                "scroll_p95_ms": share(steps, 0.95),
                "scroll_max_ms": share(steps, 1),
                "open_rest_ms": rest_ms,
                "open_gap_max_ms": gap_ms,
                "rss_mb": _resident_mb() - self._empty,
                "messages": self._view.count,
            },
        )

    def _fill(self, messages: int) -> int:
        """Write a conversation at once: through the store each message is a commit of its own."""
        conversation = self._desk.store.new(f"{messages} messages").id
        connection = database.connect(self._desk.store.path)
        with contextlib.closing(connection) as db, database.changing(db):
            parent = None
            for number in range(1, messages + 1):
                role, finish = ("user", None) if number % 2 else ("assistant", "stop")
                row = (conversation, parent, role, _text(number), finish)
                parent = db.execute(_ADD, row).lastrowid
            db.execute("UPDATE conversations SET leaf = ? WHERE id = ?", (parent, conversation))
        return conversation

    def _open(self, conversation: int) -> float:
        began = time.thread_time()
        self._desk.window.talk.open(conversation)
        self._view.viewport().repaint()
        return 1000 * (time.thread_time() - began)

    def _scroll(self) -> list[float]:
        """From the end upwards, then from anywhere: what was never seen is measured on the way."""
        bar, spent = self._view.verticalScrollBar(), []
        for number in range(STEPS):
            began = time.thread_time()
            if number % 40 == 39:
                bar.setValue(bar.maximum() * (number * 37 % 100) // 100)
            else:
                bar.setValue(bar.value() - STEP)
            self._view.viewport().repaint()
            spent.append(1000 * (time.thread_time() - began))
        return spent


def _resident_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


def main() -> None:
    """Measure one window."""
    probe.run(TranscriptProbe)
