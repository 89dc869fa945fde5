"""One measured window: opened, driven through its widgets as a person would, told as JSON.

`bench` starts this in a process of its own. It imports as little as it can, because its own
imports would count as the window's.
Knows nothing about torch or about how figures are put together.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer

from chatapp.chat import Message
from chatapp.ui import app as desk_app

if TYPE_CHECKING:
    from chatapp.ui.app import Desk

BEAT_MS = 2
STREAMED = 1500  # tokens to watch while the built-in model writes
STOPS = 10
LONG_REPLY = 64_000  # characters
PIECE = 24  # characters of one flush
QUESTIONS = (
    "Tell me a short story about a robot.",
    "What does temperature do?",
    "温度とは何ですか?",
    "How much VRAM does an 8B model need?",
    "猫の話をしてください。",
)
PARAGRAPH = """## Part {n}

Some **bold** words, `code`, and a [link](https://example.com/{n}). 温度を下げると安定します。

```python
def step_{n}(x: int) -> int:
    return x + {n}
```

| name | value |
|------|-------|
| a    | {n}   |

"""


class Heart(QObject):
    """Beats every 2 ms and keeps the time between beats, in ms: the event loop's gaps."""

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
        return _at(self.gaps, 1)

    def p99(self) -> float:
        """99 % of the gaps are at most this."""
        return _at(self.gaps, 0.99)

    def _on_timeout(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now


class Probe(QObject):
    """One window, one case; the figures go to stdout as JSON when it is over."""

    def __init__(self, desk: Desk, case: str, born: float) -> None:
        super().__init__(desk)
        self._desk = desk
        self._case = case
        self._born = born
        self._painted = 0.0
        self._heart = Heart(self)
        self._wait = QTimer(self, interval=20)
        self._wait.timeout.connect(self._on_wait_timeout)
        self._tokens = 0
        self._speeds: list[float] = []
        self._stops: list[float] = []
        self._stop_asked = 0.0
        self._figures: dict[str, Any] = {}
        desk.window.talk.wrote.connect(self._on_talk_wrote)
        desk.window.talk.settled.connect(self._on_talk_settled)

    def begin(self) -> None:
        """Start as `app.run` does, after the first paint."""
        self._painted = time.time()
        self._heart.reset()
        self._desk.window.start()
        self._wait.start()

    def _on_wait_timeout(self) -> None:
        if self._desk.host.info is None:
            return
        self._wait.stop()
        self._figures = {
            "first_paint_ms": 1000 * (self._painted - self._born),
            "chat_ready_ms": 1000 * (time.time() - self._born),
            "import_gap_max_ms": self._heart.worst(),
            "import_gap_p99_ms": self._heart.p99(),
        }
        if self._case == "start":
            self._finish()
        else:
            # The load's own last frames do not belong to the stream's gaps.
            QTimer.singleShot(500, self._stream)

    def _stream(self) -> None:
        self._heart.reset()
        self._ask()

    def _ask(self) -> None:
        window = self._desk.window
        window.composer.set_text(QUESTIONS[len(self._speeds + self._stops) % len(QUESTIONS)])
        window.composer.submitted.emit(window.composer.text())

    def _on_talk_wrote(self, message: int, text: str) -> None:
        if self._tokens >= STREAMED and not self._stop_asked:
            self._stop_asked = time.perf_counter()
            self._desk.window.talk.stop()

    def _on_talk_settled(self, message: Message) -> None:
        if self._stop_asked:
            self._stops.append(1000 * (time.perf_counter() - self._stop_asked))
            self._stop_asked = 0.0
        elif message.stats:
            self._tokens += message.stats.new_tokens
            self._speeds.append(message.stats.tokens_per_s)
            if self._tokens >= STREAMED:
                self._note_stream()
        if len(self._stops) < STOPS:
            self._desk.window.talk.open(0)
            QTimer.singleShot(0, self._ask)
        else:
            self._measure_long_reply()
            self._finish()

    def _note_stream(self) -> None:
        self._figures |= {
            "gap_p99_ms": self._heart.p99(),
            "gap_max_ms": self._heart.worst(),
            "tokens": self._tokens,
            "tokens_per_s": _at(self._speeds, 0.5),
        }

    def _measure_long_reply(self) -> None:
        """The cost of a flush at the end of a 64 kB reply against its beginning."""
        view = self._desk.window.transcript
        view.show_messages([Message("user", "Write.", id=1)])
        view.add(Message("assistant", "", id=2, parent=1))
        text = "".join(PARAGRAPH.format(n=n) for n in range(LONG_REPLY // 100))[:LONG_REPLY]
        costs = []
        for place in range(0, len(text), PIECE):
            began = time.perf_counter()
            view.append(2, text[place : place + PIECE])
            view.flush()
            view.viewport().repaint()
            costs.append(1000 * (time.perf_counter() - began))
        tenth = len(costs) // 10
        first, last = (sum(part) for part in (costs[:tenth], costs[-tenth:]))
        self._figures |= {
            "flush_ms": _at(costs, 0.5),
            "last_first_ratio": last / first,
            "stop_ms": _at(self._stops, 0.5),
            "stop_max_ms": max(self._stops),
        }

    def _finish(self) -> None:
        print(json.dumps(self._figures | {"platform": self._desk.platform()}))  # noqa: T201
        self._desk.window.close()


def _at(values: list[float], share: float) -> float:
    """The value below which this share of them lies (`statistics` takes 10 ms to import)."""
    ordered = sorted(values)
    return ordered[int(share * (len(ordered) - 1))] if ordered else 0.0


def main() -> None:
    """Run the case that the arguments name; BORN is the clock when this process was asked for."""
    case, born = sys.argv[1], float(sys.argv[2])
    application = desk_app.make_application()
    desk = desk_app.Desk(application)
    probe = Probe(desk, case, born)
    paint = desk_app.FirstPaint(desk.window)
    paint.happened.connect(probe.begin)
    desk.window.show()
    code = application.exec()
    desk.close()
    sys.exit(code)
