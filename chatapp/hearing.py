"""`Hearing`: one answer of a model elsewhere as it comes, from the lines of its stream to Events.

Nothing of a stranger's is believed: every field is looked at before it is used, and there is an end
to how long an answer may be. Knows nothing about connections.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chatapp.chat import Answered, Done, Stats, Text, clean
from chatapp.cut import Cut
from chatapp.foreign import parse, shown
from chatapp.thoughts import CLOSE, OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from chatapp.chat import Event, Finish, Request

LONGEST_ANSWER = 16_000_000  # characters, of all candidates
LONGEST_REASON = 200  # characters of a fault in a sentence
FINISHES: dict[str, Finish] = {"length": "length"}  # all others are "stop"


class Hearing:
    """One answer as it comes: events of the stream in, Events of ours out."""

    def __init__(self, request: Request, began: float) -> None:
        self._count = request.sampling.candidates
        self._seed = request.sampling.seed
        self._began, self._first = began, 0.0
        self._length = 0
        self._finishes: dict[int, Finish] = {}
        self._thinking: set[int] = set()  # rows whose reasoning is under way
        self._usage: dict[str, Any] = {}
        self.complete = False  # [DONE] has come

    @property
    def ended(self) -> bool:
        """Every candidate has said how it ended, or the stream has."""
        return self.complete or len(self._finishes) >= self._count

    def take(self, line: bytes) -> Iterator[Event]:
        """The Text of a line. Raises ValueError for what is no event, and Cut."""
        field, _, value = line.decode("utf-8", "replace").partition(":")
        if field != "data":
            yield Text("")  # comments may come for ever: whoever drives us may stop here
            return
        if value.strip() == "[DONE]":
            self.complete = True
            return
        told = parse(value.encode("utf-8", "replace"))
        if not isinstance(told, dict):
            raise ValueError("not an object")
        if "error" in told:
            if words := reason(value.encode("utf-8", "replace")):
                raise Cut("{words}", words=words)
            raise Cut("it tells of an error")
        if isinstance(told.get("usage"), dict):
            self._usage = told["usage"]
        choices = told.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                yield from self._hear(choice)

    def halt(self, rows: Set[int]) -> Iterator[Event]:
        """Listen no more to these candidates; when none is left, all has been heard."""
        for row in sorted(rows):
            if row < self._count and row not in self._finishes:
                if closing := self._closing(row):
                    yield self._text(closing, row)
                self._finishes[row] = "stopped"
                yield Answered(row, "stopped", self._stats())
        self.complete |= list(self._finishes.values()) == ["stopped"] * self._count

    def closed(self) -> Iterator[Event]:
        """What the answer cost."""
        stats = self._stats()
        told = [row for row in range(self._count) if self._finishes.get(row) != "stopped"]
        if self._count > 1:
            for row in told:
                yield Answered(row, self._finishes.get(row, "stop"), stats)
        yield Done(self._finishes.get(0, "stop"), stats)

    def _hear(self, choice: dict[str, Any]) -> Iterator[Event]:
        row = choice.get("index", 0)
        if not isinstance(row, int) or not 0 <= row < self._count:
            return
        if self._finishes.get(row) == "stopped":
            return
        delta = choice.get("delta")
        said = delta if isinstance(delta, dict) else choice
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        if isinstance(reasoning, str) and reasoning:
            opening = "" if row in self._thinking else OPEN + "\n"
            self._thinking.add(row)
            yield self._text(opening + reasoning, row)
        text = said.get("content") if said is delta else said.get("text")
        if isinstance(text, str) and text:
            yield self._text(self._closing(row) + text, row)
        finish = choice.get("finish_reason")
        if isinstance(finish, str):
            if closing := self._closing(row):
                yield self._text(closing, row)
            self._finishes[row] = FINISHES.get(finish, "stop")

    def _closing(self, row: int) -> str:
        """The end of the reasoning, if there was one."""
        if row not in self._thinking:
            return ""
        self._thinking.discard(row)
        return f"\n{CLOSE}\n\n"

    def _text(self, text: str, row: int) -> Text:
        self._first = self._first or time.perf_counter()
        self._length += len(text)
        if self._length > LONGEST_ANSWER:
            raise Cut("its answer has no end")
        return Text(clean(text), row)

    def _stats(self) -> Stats:
        """As the endpoint counts; without its word no tokens and no speed are told."""
        now = time.perf_counter()
        new = _whole_number(self._usage.get("completion_tokens"))
        first = self._first or now
        return Stats(
            prompt_tokens=_whole_number(self._usage.get("prompt_tokens")),
            reused_tokens=0,
            new_tokens=new,
            first_token_s=first - self._began,
            decode_s=now - first if new else 0.0,
            seed=self._seed,
            context_length=0,
        )


def _whole_number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def reason(raw: bytes) -> str:
    """The endpoint's own words, short; empty where there are none."""
    try:
        told = parse(raw)
    except ValueError:
        return ""
    error = told.get("error", told) if isinstance(told, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    return shown(words, LONGEST_REASON) if isinstance(words, str) else ""
