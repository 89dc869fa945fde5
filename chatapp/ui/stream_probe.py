"""One measured window that shows a long answer which comes at a steady rate, without any model.

The answer is Markdown with code and tables, `tokens` of it, 500 a second. The window is driven
through its composer. Costs are the window thread's own processor time, which a busy machine does
not change. Knows nothing about torch or about how figures are put together.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from chatapp.chat import NO_ROWS, Done, ModelInfo, Progress, Rendered, Stats, Text
from chatapp.host import Host
from chatapp.ui import probe
from chatapp.ui.heart import Heart

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Set

    from chatapp.chat import Backend, Event, Message, Request
    from chatapp.holding import Holding
    from chatapp.library import Model
    from chatapp.settings import Loading
    from chatapp.ui.app import Desk

RATE = 500  # tokens a second
WARM_UP = 500  # tokens of a first answer: what is imported and cached once is not measured
LETTERS = 4  # characters of a token
PARAGRAPH = """## Part {n}

Some **bold** words, `code`, and a [link](https://example.com/{n}). 温度を下げると安定します。
- one more point about part {n}
- and a second one

```python
def step_{n}(x: int) -> int:
    \"\"\"Move on by {n}.\"\"\"
    return x + {n}
```

| name | value | note |
|------|------:|------|
| a    | {n}   | kept |
| b    | 2     | 重要 |

"""


def written(tokens: int) -> str:
    """So many tokens of Markdown."""
    size = tokens * LETTERS
    many = range(size // len(PARAGRAPH.format(n=0)) + 1)
    return "".join(PARAGRAPH.format(n=n) for n in many)[:size]


class Scripted:
    """A backend that writes the same answer at a steady rate."""

    def __init__(self, tokens: int) -> None:
        self.info = ModelInfo("Scripted", "scripted", "CPU", "float32", "", 1, 1, 1 << 20, True)
        self.holding: Holding | None = None
        self._lengths = iter((WARM_UP, tokens))

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        """Each token at its time; late ones follow at once."""
        text = written(next(self._lengths))
        began = time.perf_counter()
        count = len(text) // LETTERS
        for number in range(count):
            wait = began + number / RATE - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            yield Text(text[number * LETTERS : (number + 1) * LETTERS])
        passed = time.perf_counter() - began
        yield Done("stop", Stats(1, 0, count, 0.0, passed, 0, self.info.context_length))

    def render(self, request: Request, borders: bool = False) -> Rendered:
        """Nothing is asked of the prompt."""
        return Rendered("", tuple(0 for _ in request.messages), 0, self.info.context_length, 0, 0)

    def score(self, request: Request) -> Iterator[Event]:
        """Nothing is asked of the tokens."""
        yield Done()

    outlook = score

    def rest(self) -> Iterator[None]:
        """Nothing to prepare."""
        yield from ()

    def close(self) -> None:
        """Nothing to give back."""


def host(tokens: int) -> Host:
    """A host whose every model is the scripted one."""

    def opened(model: Model, loading: Loading) -> Generator[Event, None, Backend]:
        yield Progress("load", 1, 1)
        return Scripted(tokens)

    return Host(opened)


class StreamProbe(QObject):
    """The gaps of the event loop while the answer comes, and what its end costs."""

    def __init__(self, desk: Desk, tokens: int) -> None:
        super().__init__(desk)
        self._desk = desk
        self._goal = tokens * LETTERS  # characters
        self._heart = Heart(self)
        self._answers = 0
        self._arrived = 0
        self._marks: list[tuple[int, float]] = []  # characters shown, thread time
        self._wait = QTimer(self, interval=20)
        self._wait.timeout.connect(self._on_wait_timeout)
        desk.window.talk.wrote.connect(self._on_talk_wrote)
        desk.window.talk.settled.connect(self._on_talk_settled)

    def begin(self) -> None:
        """Start as `app.run` does, after the first paint."""
        self._desk.window.start()
        self._wait.start()

    def _on_wait_timeout(self) -> None:
        if self._desk.host.info is not None:
            self._wait.stop()
            self._ask()

    def _ask(self) -> None:
        self._arrived = 0
        self._marks = [(0, time.thread_time())]
        self._heart.reset()
        self._desk.window.composer.submitted.emit("Write.")

    def _on_talk_wrote(self, message: int, text: str) -> None:
        self._arrived += len(text)
        self._marks.append((self._arrived, time.thread_time()))

    def _on_talk_settled(self, message: Message) -> None:
        self._answers += 1
        if self._answers == 1:
            QTimer.singleShot(200, self._ask)
            return
        stats = message.stats
        probe.tell(
            self._desk,
            {
                "gap_p99_ms": self._heart.p99(),
                "gap_max_ms": self._heart.worst(),
                "last_first_ratio": self._cost(0.9, 1) / self._cost(0, 0.1),
                "thread_load": self._cost(0, 1) * RATE / (self._goal / LETTERS),
                "same_text": message.text == written(self._goal // LETTERS) == self._stored(),
                "streamed_tokens": stats.new_tokens if stats else 0,
                "streamed_tokens_per_s": stats.tokens_per_s if stats else 0.0,
            },
        )

    def _stored(self) -> str:
        """What the store has of the answer, which is what the window shows after a restart."""
        return self._desk.store.thread(self._desk.window.talk.conversation)[-1].text

    def _cost(self, first: float, last: float) -> float:
        """Seconds of the window's thread between two shares of the answer."""
        return self._at(last) - self._at(first)

    def _at(self, part: float) -> float:
        reached = (spent for shown, spent in self._marks if shown >= part * self._goal)
        return next(reached, self._marks[-1][1])


def main() -> None:
    """Measure an answer of as many tokens as the argument says."""
    tokens = int(sys.argv[1])
    probe.run(lambda desk: StreamProbe(desk, tokens), host(tokens))
