"""The measurements behind `chatapp bench start|ui`: the real window, in fresh processes.

A probe process opens the window on a throw-away home, drives it through its widgets as a person
would, and prints one JSON line; this side interleaves probes with the baseline and takes medians.
Knows nothing about torch: the baseline imports it in a process of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer

from chatapp.chat import Message, UserError
from chatapp.ui import app as desk_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.ui.app import Desk

IMPORT = "import time; t = time.perf_counter(); import torch, transformers; print(time.perf_counter() - t)"  # fmt: skip # noqa: E501
BEAT_MS = 2
STREAMED = 1500  # tokens to watch while the built-in model writes
STOPS = 10
LONG_REPLY = 64_000  # characters
PIECE = 24  # characters of one flush
PROBE_S = 120
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


def start(repeats: int) -> dict[str, Any]:
    """Time to the first paint against the imports alone, and the largest gap while they run."""
    imports, probes = [], []
    for _ in range(repeats):  # A B A B, so that a noisy minute hits both
        run = _spawn([sys.executable, "-c", IMPORT])
        imports.append(1000 * float(run))
        probes.append(_probe("start"))
    figures = _medians(probes)
    figures["import_ms"] = round(statistics.median(imports), 1)
    figures["first_paint_ratio"] = round(figures["first_paint_ms"] / figures["import_ms"], 3)
    return figures | {"repeats": repeats, "platform": probes[0]["platform"]}


def ui(repeats: int) -> dict[str, Any]:
    """The event loop's gaps while the built-in model streams, Stop, and a long reply's cost."""
    probes = [_probe("ui") for _ in range(repeats)]
    return _medians(probes) | {"repeats": repeats, "platform": probes[0]["platform"]}


CASES: dict[str, Callable[[int], dict[str, Any]]] = {"start": start, "ui": ui}


def _spawn(command: list[str]) -> str:
    with tempfile.TemporaryDirectory(prefix="chatapp-bench-") as home:
        environment = os.environ | {"CHATAPP_HOME": home}
        if sys.platform.startswith("linux") and not _has_display():
            environment["QT_QPA_PLATFORM"] = "offscreen"
        run = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=PROBE_S, check=False
        )
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        raise UserError(
            "A measured process ended early ({reason}).", "Run 'chatapp doctor'.", reason=reason
        )
    return run.stdout.strip().splitlines()[-1]


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _probe(case: str) -> dict[str, Any]:
    # The parent's clock, because a process knows its own birth only to the second on some systems.
    command = [sys.executable, "-m", "chatapp.ui.bench", case, str(time.time())]
    figures: dict[str, Any] = json.loads(_spawn(command))
    return figures


def _medians(probes: list[dict[str, Any]]) -> dict[str, Any]:
    names = [name for name, value in probes[0].items() if isinstance(value, (int, float))]
    return {name: round(statistics.median(p[name] for p in probes), 2) for name in names}


# -- inside a probe -------------------------------------------------------------------------------


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
        return max(self.gaps, default=0.0)

    def p99(self) -> float:
        """99 % of the gaps are at most this."""
        ordered = sorted(self.gaps)
        return ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0

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
            "tokens_per_s": statistics.median(self._speeds),
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
        first, last = (statistics.mean(part) for part in (costs[:tenth], costs[-tenth:]))
        self._figures |= {
            "flush_ms": statistics.median(costs),
            "last_first_ratio": last / first,
            "stop_ms": statistics.median(self._stops),
            "stop_max_ms": max(self._stops),
        }

    def _finish(self) -> None:
        print(json.dumps(self._figures | {"platform": self._desk.platform()}))  # noqa: T201
        self._desk.window.close()


def _main(case: str, born: float) -> int:
    application = desk_app.make_application()
    desk = desk_app.Desk(application)
    probe = Probe(desk, case, born)
    paint = desk_app.FirstPaint(desk.window)
    paint.happened.connect(probe.begin)
    desk.window.show()
    code = application.exec()
    desk.close()
    return code


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], float(sys.argv[2])))
