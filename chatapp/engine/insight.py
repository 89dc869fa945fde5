"""Looks into a model without writing: an answer scored again, and what could come next.

Reading for a look moves the decoder away from the conversation; what it had read is remembered, so
that a rest can go back. Knows nothing about threads or widgets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from chatapp.chat import Done, Outlook, Progress, Scored
from chatapp.engine.answer import Answer
from chatapp.engine.cache import common_prefix
from chatapp.engine.faults import invalid
from chatapp.engine.prompt import Stopper
from chatapp.engine.sampling import read_told, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.chat import Event, Request
    from chatapp.engine.context import Context
    from chatapp.engine.decoding import Decoder
    from chatapp.engine.prompt import Prompt

TOLD = 8  # alternatives of each token of an answer
AHEAD = 256  # tokens that are told of the next place
LONGEST = 4096  # tokens of an answer that are scored


class Insight:
    """Between the prompts and the decoder of one model."""

    def __init__(self, prompt: Prompt, decoder: Decoder, context: Context) -> None:
        self._prompt, self._decoder, self._context = prompt, decoder, context
        self.left: list[int] = []  # what had been read when the first look came

    def score(self, request: Request) -> Iterator[Event]:
        """The tokens of the last message, an answer, each with what could have stood there."""
        ids, start = self._parted(request)
        self._leave()
        reader = self._prompt.detokenizer(ids[:start] if self._is_plain(request) else [])
        answer = Answer(reader, Stopper(()), frozenset(), self._prompt.choice)
        done = start
        for picks in self._decoder.score(ids, start, TOLD):
            for pick in picks:
                answer.push(pick)
            done += len(picks)
            yield Progress("prefill", done, len(ids))
        yield Scored(answer.told)
        yield Done()

    def outlook(self, request: Request) -> Iterator[Event]:
        """The likeliest tokens after this prompt, which may end in an answer that goes on."""
        ids, _ = self._context.fit(request)
        self._leave()
        yield from self._decoder.prefill(ids, self._decoder.resume(ids))
        scores = self._decoder.scores.float()[None]
        if not torch.isfinite(scores.sum()):
            raise invalid()
        best = scores.argmax(-1, keepdim=True)
        told = min(AHEAD, scores.shape[-1])
        pick = read_told(0, int(best), tell(scores, best, told)[0].tolist(), told)
        choices = tuple(self._prompt.choice(token, chance) for token, chance in pick.others)
        yield Outlook(choices, pick.rest)
        yield Done()

    def _leave(self) -> None:
        self.left = self.left or self._decoder.read

    def _parted(self, request: Request) -> tuple[list[int], int]:
        """The ids of prompt and answer, as far as they are scored, and where the answer begins."""
        before, text = request.messages[:-1], request.messages[-1].text
        ids, dropped = self._context.fit(replace(request, messages=before))
        start = len(ids)
        if self._is_plain(request):
            prompt, ids = ids, self._prompt.continued(before[dropped:], text)
            start = max(1, common_prefix(prompt, ids))
        else:
            ids = ids + self._prompt.answer(ids, text)
        return ids[: min(start + LONGEST, self._context.limit)], start

    def _is_plain(self, request: Request) -> bool:
        return request.complete or not self._prompt.has_template
