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

from PySide6.QtCore import QObject, QTimer

from chatapp.ui import app as desk_app
from chatapp.ui.heart import Heart, share

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from chatapp.chat import Message
    from chatapp.host import Host
    from chatapp.ui.app import Desk

    class Begun(Protocol):
        """What measures a window."""

        def begin(self) -> None:
            """The window's first paint has happened."""


STREAMED = 3000  # tokens to watch while the built-in model writes
# So hot that it finds no end: the guide's own answers are over in a quarter of a second, and what
# beginning and ending one costs would be all that is seen.
WILD = {"temperature": 5.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "max_new_tokens": 400}
STOPS = 10
REST_MS = 200  # until a window that came up has painted itself whole
QUESTIONS = (
    "Tell me a short story about a robot.",
    "What does temperature do?",
    "温度とは何ですか?",
    "How much VRAM does an 8B model need?",
    "猫の話をしてください。",
)


class ModelProbe(QObject):
    """A window with the built-in model: the start, and for `ui` its speed shown and hidden."""

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
        self._speeds: dict[bool, list[float]] = {True: [], False: []}  # with the window shown
        self._gaps: list[float] = []  # while it is
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
            QTimer.singleShot(500, self._ask)

    def _ask(self) -> None:
        window, asked = self._desk.window, sum(map(len, self._speeds.values()))
        enough = self._tokens >= STREAMED
        window.setVisible(enough or asked % 2 == 0)  # shown, hidden, shown, ...
        window.manners.own(**WILD)
        QTimer.singleShot(REST_MS, self._send)

    def _send(self) -> None:
        window, asked = self._desk.window, sum(map(len, self._speeds.values()))
        self._heart.reset()
        window.composer.set_text(QUESTIONS[(asked // 2 + len(self._stops)) % len(QUESTIONS)])
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
            shown = self._desk.window.isVisible()
            self._tokens += message.stats.new_tokens
            self._speeds[shown].append(message.stats.tokens_per_s)
            self._gaps += self._heart.gaps if shown else []
        if len(self._stops) < STOPS:
            self._desk.window.talk.open(0)
            QTimer.singleShot(0, self._ask)
        else:
            self._note_stream()
            self._finish()

    def _note_stream(self) -> None:
        shown, hidden = (share(self._speeds[which], 0.5) for which in (True, False))
        self._figures |= {
            "model_gap_p99_ms": share(self._gaps, 0.99),
            "model_gap_max_ms": share(self._gaps, 1),
            "tokens": self._tokens,
            "tokens_per_s": shown,
            "tokens_per_s_ratio": shown / hidden if hidden else 0.0,
            "stop_ms": share(self._stops, 0.5),
            "stop_max_ms": max(self._stops),
        }

    def _finish(self) -> None:
        tell(self._desk, self._figures)


def tell(desk: Desk, figures: dict[str, Any]) -> None:
    """Print what was measured, and end."""
    print(json.dumps(figures | {"platform": desk.platform()}))  # noqa: T201
    desk.window.close()


def run(made: Callable[[Desk], Begun], host: Host | None = None) -> None:
    """Open a window, measure it from its first paint on, and leave with its exit code."""
    application = desk_app.make_application()
    desk = desk_app.Desk(application, host)
    probe = made(desk)
    paint = desk_app.FirstPaint(desk.window)
    paint.happened.connect(probe.begin)
    desk.window.show()
    code = application.exec()
    desk.close()
    sys.exit(code)


def main() -> None:
    """Run the case that the arguments name; BORN is the clock when this process was asked for."""
    case, born = sys.argv[1], float(sys.argv[2])
    run(lambda desk: ModelProbe(desk, case, born))
