"""An answer made again from what was kept of it, and how like the two are.

Knows nothing about who answers or how it is shown.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp.chat import Message, Request
from chatapp.settings import Sampling, only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import ModelInfo, Origin, Stats


@dataclass(frozen=True, slots=True)
class Replay:
    """What to ask, which of the answers is meant, and what it began with."""

    request: Request
    row: int
    opening: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far two answers go together. Words, as spaces part them."""

    same: int
    words: int  # of the kept answer

    @property
    def whole(self) -> bool:
        """They are the same to the end."""
        return self.same == self.words


def replay_of(seen: Sequence[Message], origin: Origin, cost: Stats | None) -> Replay:
    """The request that the answer was made from; a candidate is made beside the same others."""
    knobs = Sampling(**only(Sampling, dict(origin.knobs)))
    row = (cost.seed - knobs.seed) % (1 << 32) if cost else 0
    row = row if row < knobs.candidates else 0
    if cost and cost.new_tokens and not origin.opening:  # of two goes only the last is kept
        knobs = dataclasses.replace(knobs, max_new_tokens=cost.new_tokens)
    knobs = dataclasses.replace(knobs, when_full="forget")  # what was left out is not in `seen`
    opening = (Message("assistant", origin.opening),) if origin.opening else ()
    return Replay(Request((*seen, *opening), knobs, adapter=origin.adapter), row, origin.opening)


def compare(kept: str, again: str) -> Likeness:
    """Word for word; what the replay writes beyond the kept one's end does not count."""
    words = kept.split()
    others = again.split()[: len(words)]
    same = 0
    while same < len(others) and words[same] == others[same]:
        same += 1
    return Likeness(same, len(words))


def is_alike(origin: Origin, info: ModelInfo, versions: dict[str, str]) -> bool:
    """Nothing that rounds otherwise has changed: device, precision, forward, libraries."""
    now = (info.device, info.dtype, info.rung, versions)
    return now == (origin.device, origin.dtype, origin.rung, dict(origin.versions))
