"""An answer made again from what was kept of it, and how like the two are.

Knows nothing about who answers or how it is shown.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp.chat import Message, Request
from chatapp.settings import Sampling, only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import ModelInfo, Origin, Stats


_JOINER = "\u200d"
_JOINS = {_JOINER, *map(chr, range(0x1F3FB, 0x1F400))}  # and the tones of a skin
# Scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer; kana and Chinese characters.
_UNSPACED = (
    *(("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff")),
    *(("\u3040", "\u30ff"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff")),
    *(("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff")),
)


@dataclass(frozen=True, slots=True)
class Replay:
    """What to ask, which of the answers is meant, and what it began with."""

    request: Request
    row: int
    opening: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far two answers go together: in words, or in characters where no spaces part words."""

    same: int
    count: int  # of the kept answer
    written: bool = False  # counted in characters

    @property
    def whole(self) -> bool:
        """They are the same to the end."""
        return self.same == self.count


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
    """Piece by piece; what the replay writes beyond the kept one's end does not count."""
    written = any(map(_is_unspaced, kept))
    parts = characters(kept) if written else kept.split()
    others = (characters(again) if written else again.split())[: len(parts)]
    same = 0
    while same < len(others) and parts[same] == others[same]:
        same += 1
    return Likeness(same, len(parts), written)


def characters(text: str) -> list[str]:
    """As people count them, without spaces: a letter keeps its marks, a joined emoji is one.

    Less than Unicode's UAX 29: enough for scripts that write no spaces and for emoji.
    """
    found: list[str] = []
    joins = False
    for letter in text:
        joined = letter in _JOINS or unicodedata.category(letter).startswith("M")
        if found and (joins or joined):
            found[-1] += letter
        elif not letter.isspace():
            found.append(letter)
        joins = letter == _JOINER
    return found


def _is_unspaced(letter: str) -> bool:
    return any(first <= letter <= last for first, last in _UNSPACED)


def is_alike(origin: Origin, info: ModelInfo, versions: dict[str, str]) -> bool:
    """Nothing that rounds otherwise has changed: device, precision, forward, libraries."""
    now = (info.device, info.dtype, info.rung, versions)
    return now == (origin.device, origin.dtype, origin.rung, dict(origin.versions))
