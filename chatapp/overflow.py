"""A conversation that is too long for the context, and what a person can choose about it.

Knows nothing about prompts, models or who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp.chat import UserError

if TYPE_CHECKING:
    from chatapp.chat import Failed


@dataclass(frozen=True, slots=True)
class Overflow:
    """What is too long, and what forgetting the oldest turns would leave."""

    needed: int  # tokens of the whole
    limit: int  # tokens that fit
    drops: int  # the oldest messages, which would be left out
    left: int  # tokens of the rest

    def refusal(self) -> UserError:
        """The answer is not written: a person has to choose first."""
        return UserError(
            "The conversation needs {needed} tokens; {limit} fit.",
            "Let it forget the oldest turns, or raise the context length in the Model tab.",
            needed=self.needed,
            limit=self.limit,
            drops=self.drops,
            left=self.left,
        )


def overflow_of(failure: Failed) -> Overflow | None:
    """What may be chosen about this failure; None where there is nothing to choose."""
    told = dict(failure.values)
    if not told.get("drops"):
        return None
    return Overflow(*(int(told[name]) for name in ("needed", "limit", "drops", "left")))
