"""One answer as it grows: tokens in, pieces of text out, and why it ended.

Knows nothing about models, messages or how tokens are chosen.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from chatapp.chat import Choice, Finish, Stats, Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.engine.prompt import Detokenizer, Stopper
    from chatapp.engine.sampling import Pick


class Answer:
    """The text of one candidate. `finish` is None while it goes on."""

    def __init__(
        self,
        reader: Detokenizer,
        stopper: Stopper,
        ends: frozenset[int],
        choice: Callable[[int, float], Choice],
    ) -> None:
        self._reader, self._stopper, self._ends, self._choice = reader, stopper, ends, choice
        self.finish: Finish | None = None
        self.text = ""
        self._count = 0
        self._first = 0.0  # when its first token came
        self._told: list[Token] = []

    def push(self, pick: Pick) -> str:
        """The text that this token completes. Sets `finish` when the answer has ended."""
        self._count += 1
        self._first = self._first or time.perf_counter()
        if pick.token in self._ends:
            self._tell("", pick)
            return self.close("stop")
        piece = self._reader.push(pick.token)
        self._tell(piece, pick)
        piece = self._stopper.push(piece)
        if self._stopper.found:
            self.finish = "stop"
        self.text += piece
        return piece

    def close(self, finish: Finish) -> str:
        """No more tokens come: what was still held back."""
        rest = self._stopper.push(self._reader.flush()) + self._stopper.flush()
        self.finish = finish
        self.text += rest
        return rest

    @property
    def told(self) -> tuple[Token, ...]:
        """Its tokens, where alternatives were asked for."""
        return tuple(self._told)

    def stats(self, begun: Stats, began: float) -> Stats:
        """What it cost; `begun` says what is common to all candidates."""
        return replace(
            begun,
            new_tokens=self._count,
            first_token_s=self._first - began,
            decode_s=time.perf_counter() - self._first,
            stop_string=self._stopper.found,
            tokens=self.told,
        )

    def _tell(self, piece: str, pick: Pick) -> None:
        if pick.others:
            others = tuple(self._choice(token, chance) for token, chance in pick.others)
            self._told.append(Token(piece, pick.token, pick.chance, others, pick.rest))
