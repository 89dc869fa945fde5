"""What the model is asked: the thread as it is to see it, and how it is to answer.

Knows nothing about who answers or where messages are kept.
"""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp.chat import Message, Request
from chatapp.settings import Sampling

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Wish:
    """How an answer is to be written, as it was when the person asked."""

    sampling: Sampling = dataclasses.field(default_factory=Sampling)
    system: str = ""  # the system prompt
    opening: str = ""  # what the answer is to begin with
    alternatives: int = 0  # likeliest tokens to tell at each place; 0 = none
    adapter: str = ""  # the folder of the one that answers; empty = without

    @property
    def answers(self) -> int:
        """How many candidates: greedy ones would be equal."""
        return self.sampling.candidates if self.sampling.temperature > 0 else 1


def request(thread: Sequence[Message], wish: Wish) -> Request:
    """The request for what follows this thread, or for the rest of its last answer."""
    head = (Message("system", wish.system),) if wish.system.strip() else ()
    return Request(
        (*head, *history(thread)),
        wish.sampling,
        alternatives=wish.alternatives,
        adapter=wish.adapter,
    )


def seeded(sampling: Sampling) -> Sampling:
    """With a seed that can be told, whatever becomes of the answer."""
    if sampling.seed >= 0:
        return sampling
    return dataclasses.replace(sampling, seed=secrets.randbelow(1 << 32))


def history(thread: Sequence[Message]) -> tuple[Message, ...]:
    """What the model is to see: without empty answers, and neighbours of one role joined.

    A failed answer leaves two messages of the person side by side, which many templates refuse.
    """
    seen: list[Message] = []
    for message in thread:
        if not message.text:
            continue
        if seen and seen[-1].role == message.role:
            joined = f"{seen[-1].text}\n\n{message.text}"
            seen[-1] = dataclasses.replace(message, text=joined)
        else:
            seen.append(message)
    return tuple(seen)
