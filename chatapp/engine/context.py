"""Which part of a conversation goes into the prompt, and what goes when it is full.

Knows nothing about models, caches or sampling.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from chatapp.chat import Message, Rendered, UserError
from chatapp.overflow import Overflow

if TYPE_CHECKING:
    from chatapp.chat import Request
    from chatapp.engine.prompt import Prompt

KEPT_SHARE = 0.5  # after a full context: forget whole turns until this share is used

AGES = 16  # contexts: where the messages' own texts are longer, the oldest are not even rendered

Messages = tuple[Message, ...]


class Context:
    """The prompts of one model. When it is full, whole turns go in one block, down to half of it.

    Dropping one turn each time would change the prompt's beginning and re-read everything every
    time; so the block that went stays away until the context is full again.
    """

    def __init__(self, prompt: Prompt, limit: int) -> None:
        self._prompt = prompt
        self.limit = limit  # tokens
        self._gone: tuple[str, ...] = ()  # the messages that the last answer did not see

    def fit(self, request: Request) -> tuple[list[int], int]:
        """The prompt's ids, and how many of the oldest messages had to be left out.

        Raises UserError where it is too long, or a person wants to be asked before any is.
        """
        head, turns = _parted(request.messages)
        wish = request.sampling.when_full
        left = turns if wish == "stop" else self._without_ages(turns)
        ids = self._ids(request, head + left)
        needed = len(ids)
        if needed >= self.limit and wish == "stop":
            raise UserError(
                "The conversation needs {needed} tokens; {limit} fit.",
                "Let it forget the oldest turns, or raise the context length in the Model tab.",
                "forget_turns",
                "raise_context",
                needed=needed,
                limit=self.limit - 1,
            )
        if needed >= self.limit and len(left) == len(turns) and self._went_before(turns):
            left = turns[len(self._gone) :]
            ids = self._ids(request, head + left)
        if len(ids) >= self.limit:
            ids, left = self._shorten(request, head, left, ids)
        if len(ids) >= self.limit:
            raise UserError(
                "This message needs {needed} tokens; {limit} fit.",
                "Shorten it, or raise the context length in the Model tab if the model allows.",
                "raise_context",
                needed=len(ids),
                limit=self.limit - 1,
            )
        drops = len(turns) - len(left)
        if drops and wish == "ask":
            needed = max(needed, sum(self._prompt.counts(request.messages)))
            raise Overflow(needed, self.limit - 1, drops, len(ids)).refusal()
        return ids, drops

    def forget(self, request: Request, dropped: int) -> None:
        """An answer is given without so many of the oldest messages."""
        turns = _parted(request.messages)[1]
        self._gone = tuple(message.text for message in turns[:dropped])

    def render(self, request: Request, borders: bool) -> Rendered:
        """The prompt of this request, and what the next overflow would leave out."""
        counts, limit = self._prompt.counts(request.messages), self.limit
        try:
            ids, dropped = self.fit(request)
        except UserError as error:
            needed = int(error.values.get("needed", 0))
            if not needed:
                raise
            return Rendered("", counts, needed, limit, 0, 0)
        head, turns = _parted(request.messages)
        told = Rendered(
            self._prompt.text(ids),
            (*counts[: len(head)], *(0,) * dropped, *counts[len(head) + dropped :]),
            len(ids),
            limit,
            dropped,
            _next_dropped(turns[dropped:], len(ids), limit),
        )
        if not borders:
            return told
        pieces = self._prompt.pieces(ids)
        ends = tuple(accumulate(map(len, pieces)))
        return replace(told, text="".join(pieces), ids=tuple(ids), ends=ends)

    def _ids(self, request: Request, messages: Messages) -> list[int]:
        return self._prompt.ids(messages, request.complete, request.sampling.thinking)

    def _went_before(self, turns: Messages) -> bool:
        """These turns begin with what the last answer did not see."""
        gone = tuple(message.text for message in turns[: len(self._gone)])
        return bool(gone) and gone == self._gone

    def _without_ages(self, turns: Messages) -> Messages:
        """The turns, or the newest of very many: rendering 10,000 messages takes seconds."""
        sums = list(accumulate(reversed(self._prompt.counts(turns))))
        if not sums or sums[-1] <= AGES * self.limit:
            return turns
        if self._went_before(turns):
            return turns[len(self._gone) :]
        near = bisect_right(sums, AGES * self.limit)
        return _without_oldest_turn(turns[-near - 1 :]) or turns[-1:]

    def _shorten(
        self, request: Request, head: Messages, turns: Messages, ids: list[int]
    ) -> tuple[list[int], Messages]:
        """The ids without the oldest turns, and the turns that are left.

        What each message needs tells which prompts are too long to be worth rendering: a
        conversation may have thousands of turns.
        """
        most = self.limit * KEPT_SHARE
        sums = list(accumulate(reversed(self._prompt.counts(turns))))
        share = len(ids) / max(1, sums[-1])  # what the template adds is part of it
        while later := _without_oldest_turn(turns):
            turns = later
            if share * sums[len(turns) - 1] > most and _without_oldest_turn(turns):
                continue
            ids = self._ids(request, head + turns)
            if len(ids) <= most:
                break
        return ids, turns


def _parted(messages: Messages) -> tuple[Messages, Messages]:
    """The system message, which is never left out, and the turns."""
    head = tuple(message for message in messages[:1] if message.role == "system")
    return head, messages[len(head) :]


def _next_dropped(turns: Messages, tokens: int, limit: int) -> int:
    """How many messages would go, were the context full: whole turns, down to half of it."""
    share = tokens / max(1, sum(len(message.text) for message in turns))
    rest = turns
    while later := _without_oldest_turn(rest):
        rest = later
        if share * sum(len(message.text) for message in rest) <= limit * KEPT_SHARE:
            break
    return len(turns) - len(rest)


def _without_oldest_turn(messages: Messages) -> Messages:
    """From the next user message on; empty when there is none."""
    for place, message in enumerate(messages[1:], start=1):
        if message.role == "user":
            return messages[place:]
    return ()
