"""Events -> OpenAI's answers: one object, or the chunks of a stream.

Knows nothing about HTTP or threads.
"""

from __future__ import annotations

import math
import secrets
import time
from typing import TYPE_CHECKING, Any

from chatapp.chat import Answered, Done, Stats, Text

if TYPE_CHECKING:
    from chatapp.chat import Event, Finish, Token
    from chatapp.dialect import Asked

REASONS = {"length": "length", "context": "length"}  # all others are "stop"
IMPOSSIBLE = -9999.0  # the logarithm of no chance at all, as OpenAI tells it


class Wording:
    """One answer, or several candidates, as they grow. Feed it the events in order."""

    def __init__(self, asked: Asked, model: str) -> None:
        self._asked = asked
        kind = "chat.completion" if asked.chat else "text_completion"
        self._kind = kind
        self._about = {
            "id": ("chatcmpl-" if asked.chat else "cmpl-") + secrets.token_hex(12),
            "created": int(time.time()),
            "model": model,
        }
        self._texts = [""] * asked.count
        self._finishes: list[Finish | None] = [None] * asked.count
        self._stats: list[Stats | None] = [None] * asked.count
        self._costs: list[Stats] = []  # of each answer that was computed

    @property
    def prompt_tokens(self) -> int:
        """Known at the end."""
        return self._costs[0].prompt_tokens if self._costs else 0

    @property
    def new_tokens(self) -> int:
        """Of all candidates together, known at the end."""
        return sum(cost.new_tokens for cost in self._costs)

    def opened(self) -> list[dict[str, Any]]:
        """The chunks before the first text."""
        if not self._asked.chat:
            return []
        opening = {"role": "assistant", "content": ""}
        return [self._chunk(place, opening, None) for place in range(self._asked.count)]

    def take(self, event: Event) -> list[dict[str, Any]]:
        """The chunks that this event makes."""
        match event:
            case Text(text, row) if text:
                return [self._grow(place, text) for place in self._places(row)]
            case Answered(row, finish, stats):
                self._costs.append(stats)
                return [self._end(place, finish, stats) for place in self._places(row)]
            case Done(finish, stats):
                if stats and not self._costs:
                    self._costs.append(stats)
                left = [place for place, known in enumerate(self._finishes) if known is None]
                return [self._end(place, finish, stats) for place in left] + self._usage_chunk()
        return []

    def whole(self) -> dict[str, Any]:
        """The answer in one object, once Done has been taken."""
        return {
            **self._about,
            "object": self._kind,
            "choices": [self._choice(place) for place in range(self._asked.count)],
            "usage": self._usage(),
        }

    def _places(self, row: int) -> range:
        """Greedy candidates would be equal, so the engine computes one of them."""
        if self._asked.request.sampling.temperature == 0:
            return range(self._asked.count)
        return range(row, row + 1)

    def _grow(self, place: int, text: str) -> dict[str, Any]:
        self._texts[place] += text
        return self._chunk(place, {"content": text} if self._asked.chat else text, None)

    def _end(self, place: int, finish: Finish, stats: Stats | None) -> dict[str, Any]:
        self._finishes[place], self._stats[place] = finish, stats
        chunk = self._chunk(place, {} if self._asked.chat else "", finish)
        chunk["choices"][0]["logprobs"] = self._chances(place)
        return chunk

    def _chunk(self, place: int, delta: Any, finish: Finish | None) -> dict[str, Any]:
        choice = {
            "index": place,
            "delta" if self._asked.chat else "text": delta,
            "logprobs": None,
            "finish_reason": REASONS.get(finish, "stop") if finish else None,
        }
        return self._framed([choice])

    def _framed(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        kind = self._kind + ".chunk" if self._asked.chat else self._kind
        usage = {"usage": None} if self._asked.tell_usage else {}
        return {**self._about, "object": kind, "choices": choices, **usage}

    def _usage_chunk(self) -> list[dict[str, Any]]:
        return [self._framed([]) | {"usage": self._usage()}] if self._asked.tell_usage else []

    def _choice(self, place: int) -> dict[str, Any]:
        text = self._texts[place]
        said: dict[str, Any] = (
            {"message": {"role": "assistant", "content": text, "refusal": None}}
            if self._asked.chat
            else {"text": text}
        )
        finish = self._finishes[place] or "stop"
        return {
            "index": place,
            **said,
            "logprobs": self._chances(place),
            "finish_reason": REASONS.get(finish, "stop"),
        }

    def _usage(self) -> dict[str, Any]:
        reused = self._costs[0].reused_tokens if self._costs else 0
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.new_tokens,
            "total_tokens": self.prompt_tokens + self.new_tokens,
            "prompt_tokens_details": {"cached_tokens": reused},
        }

    def _chances(self, place: int) -> dict[str, Any] | None:
        """Each token's chance. In a stream they come with the last chunk, all together."""
        likeliest, stats = self._asked.likeliest, self._stats[place]
        if likeliest is None or stats is None:
            return None
        if self._asked.chat:
            return {"content": [_told(t, likeliest) for t in stats.tokens], "refusal": None}
        return _told_as_lists(stats.tokens, likeliest)


def _told(token: Token, likeliest: int) -> dict[str, Any]:
    others = [_one(other.text, other.chance) for other in token.others[:likeliest]]
    return _one(token.text, token.chance) | {"top_logprobs": others}


def _one(text: str, chance: float) -> dict[str, Any]:
    return {"token": text, "logprob": _logarithm(chance), "bytes": list(text.encode("utf-8"))}


def _told_as_lists(tokens: tuple[Token, ...], likeliest: int) -> dict[str, Any]:
    """The older shape, of completions; the offsets count characters of the answer."""
    offsets = []
    reached = 0
    for token in tokens:
        offsets.append(reached)
        reached += len(token.text)
    return {
        "tokens": [token.text for token in tokens],
        "token_logprobs": [_logarithm(token.chance) for token in tokens],
        "top_logprobs": [
            {other.text: _logarithm(other.chance) for other in token.others[:likeliest]}
            for token in tokens
        ],
        "text_offset": offsets,
    }


def _logarithm(chance: float) -> float:
    return math.log(chance) if chance > 0 else IMPOSSIBLE
