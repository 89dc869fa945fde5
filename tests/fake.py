"""A scripted backend: numbered tokens make a lost or doubled one visible."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Set

from chatapp.chat import (
    NO_ROWS,
    Answered,
    Choice,
    Done,
    Event,
    Finish,
    ModelInfo,
    Outlook,
    Progress,
    Rendered,
    Request,
    Scored,
    Stats,
    Text,
    Token,
    UserError,
)
from chatapp.holding import Holding  # fmt: skip
from chatapp.host import Host
from chatapp.library import Model
from chatapp.settings import Loading

STATS = Stats(12, 0, 5, 0.1, 0.2, 7, 512)


CHANCES = (0.5, 0.2, 0.1, 0.05, 0.04, 0.02, 0.01, 0.005)
AHEAD = Outlook(
    tuple(Choice(f" w{place}", place, chance) for place, chance in enumerate(CHANCES)),
    ((0.001, 75.0),),
)


def told(text: str) -> tuple[Token, ...]:
    """Each word as a token, the second likeliest at its place, with seven others."""
    words = [word + " " for word in text.split(" ")]
    words[-1] = words[-1][:-1]
    return tuple(
        Token(
            word,
            place,
            CHANCES[1],
            tuple(
                Choice(word if rank == 1 else f"other{rank}", place if rank == 1 else 90 + rank,
                       chance, special=rank == 7)
                for rank, chance in enumerate(CHANCES)
            ),
            ((0.001, 75.0),),
        )
        for place, word in enumerate(words)
        if word
    )  # fmt: skip


class FakeBackend:
    """Yields the script's events; an exception in it is raised; `gate` holds it at a Text."""

    def __init__(self, script: list[Event | Exception], name: str = "fake") -> None:
        self.script = script
        self.requests: list[Request] = []
        self.scored: list[Request] = []
        self.looked: list[Request] = []
        self.ahead = AHEAD
        self.gate = threading.Event()
        self.gate.set()
        self.info = ModelInfo(name, name, "CPU", "float32", "", 1, 1, 512, True)
        self.holding: Holding | None = None

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        self.requests.append(request)
        ended: set[int] = set()
        for event in self.script:
            if isinstance(event, Exception):
                raise event
            yield from _halted(halted, ended)
            if isinstance(event, (Text, Answered)) and event.row in ended:
                continue
            yield event
            while isinstance(event, Text) and not self.gate.wait(0.01):
                yield Text("")  # lets the worker look at its stop flag
                yield from _halted(halted, ended)

    def render(self, request: Request, borders: bool = False) -> Rendered:
        text = "\n".join(message.text for message in request.messages)
        counts = tuple(len(message.text.split()) for message in request.messages)
        return Rendered(text, counts, sum(counts), self.info.context_length, 0, 0)

    def score(self, request: Request) -> Iterator[Event]:
        self.scored.append(request)
        yield Scored(told(request.messages[-1].text))
        yield Done()

    def outlook(self, request: Request) -> Iterator[Event]:
        self.looked.append(request)
        yield self.ahead
        yield Done()

    def rest(self) -> Iterator[None]:
        yield from ()

    def close(self) -> None:
        """Nothing to give back."""


def _halted(halted: Set[int], ended: set[int]) -> Iterator[Event]:
    for row in sorted(set(halted) - ended):
        ended.add(row)
        yield Answered(row, "stopped", STATS)


def words(count: int, finish: Finish = "stop") -> list[Event | Exception]:
    return [*(Text(f"t{n:05} ") for n in range(count)), Done(finish, STATS)]


def model(name: str = "fake", problem: UserError | None = None) -> Model:
    return Model(name=name, path=name, source="folder", bytes=1, usable=problem is None,
                 problem=problem)  # fmt: skip


def host_of(backend: FakeBackend, load: threading.Event | None = None) -> Host:
    """A host whose every load gives this backend, after `load` is set."""

    def opener(chosen: Model, loading: Loading) -> Generator[Event, None, FakeBackend]:
        yield Progress("load", 1, 2)
        while load and not load.wait(0.01):
            yield Progress("load", 1, 2)
        return backend

    return Host(opener)
