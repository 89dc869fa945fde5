"""The loop: read the prompt in chunks, then write one token at a time.

The keys and values of what was read stay between answers, so that the next prompt is read from
the first token that differs; those of a conversation that was left wait on a shelf. Knows nothing
about tokenizers, text or messages, nor how a forward is computed.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import torch

from chatapp.chat import Progress, UserError
from chatapp.engine.cache import Shelf, common_prefix
from chatapp.engine.graphs import CannotCapture, Copy, Graphed, Graphs
from chatapp.engine.sampling import Pick, Sampler, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.settings import Sampling

log = logging.getLogger(__name__)

CHUNK_S = 0.2  # the longest a Stop waits inside the prompt
CHUNK_TOKENS = (32, 2048)
SHELVED = 256  # tokens: what would be lost is put on the shelf from here on


class Forward(Protocol):
    """A model with the cache of what it has read: `fused` or `generic`."""

    def run(self, ids: torch.Tensor) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab)."""

    def rewind(self, length: int) -> int:
        """Cut the cache to `length` tokens, or to none; what is left."""

    def forget(self) -> None:
        """Drop the cache."""

    def spread(self, rows: int) -> None:
        """Go on with so many copies of the one row."""

    def keep(self, rows: list[int]) -> None:
        """Go on with these rows only."""

    def save(self) -> list[torch.Tensor]:
        """The cache, copied to main memory; empty where that cannot be."""

    def restore(self, saved: list[torch.Tensor]) -> None:
        """Take a saved cache for one's own."""


class Eager:
    """Steps that run operation by operation. On a GPU the host reads one step behind."""

    def __init__(self, forward: Forward, sampler: Sampler, logits: torch.Tensor) -> None:
        self._forward, self._sampler = forward, sampler
        self._logits: torch.Tensor | None = logits
        self._waiting: deque[Copy] = deque()

    def launch(self) -> None:
        """Queue the next pick: of the prompt's scores at first, then of a forward's."""
        logits, self._logits = self._logits, None
        if logits is None:
            logits = self._forward.run(self._sampler.tokens)
        self._sampler.shake()
        self._waiting.append(Copy(self._sampler.pick(logits)))

    def read(self) -> list[Pick] | None:
        """The oldest pick that was launched; waits for it and for nothing later."""
        return self._sampler.picks(self._waiting.popleft().rows())

    def keep(self, places: list[int]) -> None:
        """Go on with the rows at these places only."""
        self._forward.keep(places)
        self._sampler.keep(places)


class Decoder:
    """Reads and writes with one forward, and remembers which ids it has read."""

    def __init__(
        self,
        forward: Forward,
        device: torch.device,
        graphs: Graphs | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._forward = forward
        self._device = device
        self._graphs = graphs
        self._shelf = shelf or Shelf(0)
        self._read: list[int] = []  # the ids whose keys and values are cached
        self._chunk = 64 if device.type == "cpu" else 512
        self._prompt: list[int] = []  # what was read when the scores were taken
        self._logits: torch.Tensor | None = None
        self._sampler: Sampler | None = None
        self._narrowed: list[int] | None = None
        # A device that works beside us is given the next step before this one is read.
        self._ahead = 1 if device.type == "cuda" else 0

    @property
    def rung(self) -> str:
        """How steps are launched now."""
        return "graph" if self._graphs else "eager"

    def resume(self, ids: list[int]) -> int:
        """Roll back to the longest common prefix with `ids`; the count of tokens kept.

        The last id is left to read, for its scores choose the first new token, unless the same
        prompt was read last: then nothing is. What is left behind by going to another conversation
        is put on the shelf, and taken from there.
        """
        asked = ids if ids == self._prompt else ids[:-1]
        shared = common_prefix(self._read, asked)
        lost = len(self._read) - shared
        if self._shelf.limit and lost > max(SHELVED, shared):
            self._shelve()
        best, kept = self._shelf.longest(asked)
        if kept is not None and best > shared:
            self._forward.restore(kept.saved)
            self._read, shared = list(kept.ids), best
        left = self._forward.rewind(shared)
        del self._read[left:]
        return left

    def prefill(self, ids: list[int], start: int) -> Iterator[Progress]:
        """Read ids[start:], one Progress a chunk; chunks are sized to take 0.2 s each."""
        while start < len(ids):
            chunk = ids[start : start + self._chunk]
            began = time.perf_counter()
            self._logits = self._forward.run(torch.tensor([chunk], device=self._device))
            self._read.extend(chunk)
            start += len(chunk)
            self._prompt = ids[:start]
            if len(chunk) == self._chunk:  # a short rest would make later chunks too small
                self._resize(len(chunk), time.perf_counter() - began)
            yield Progress("prefill", start, len(ids))

    def decode(
        self, knobs: Sampling, prompt: list[int], limit: int, rows: int = 1, told: int = 0
    ) -> Iterator[list[Pick]]:
        """Up to `limit` steps after what was read: what each row picked.

        Closing it leaves the cache with the prompt and the tokens of its first row that were read.
        """
        if rows > 1:
            self._forward.spread(rows)
        steps = self._steps(knobs, prompt, rows, told)
        written: dict[int, list[int]] = {row: [] for row in range(rows)}
        live = list(range(rows))
        launched = 0
        try:
            for count in range(limit):
                if self._narrowed is not None and not self._ahead:
                    places = [live.index(row) for row in self._narrowed]
                    steps.keep(places)
                    live, self._narrowed = self._narrowed, None
                while launched < min(count + 1 + self._ahead, limit):
                    steps.launch()
                    launched += 1
                picks = steps.read()
                if picks is None:
                    raise UserError(
                        "The model produced invalid numbers.",
                        "Load it as bfloat16 or float32 in the Model tab.",
                    )
                for pick in picks:
                    written[pick.row].append(pick.token)
                yield picks
        finally:
            self._narrowed = None
            # What was launched ahead of the reader is not known here, and not kept.
            fed = min(max(launched - 1, 0), len(written[live[0]]))
            self._read += written[live[0]][:fed]
            self._forward.rewind(len(self._read))
            if rows > 1:
                self._forward.keep([0])

    def narrow(self, rows: list[int]) -> None:
        """The other candidates have ended: go on with these from the next step, where possible."""
        self._narrowed = rows

    @property
    def scores(self) -> torch.Tensor:
        """(vocab,) of the position after the prompt."""
        if self._logits is None:
            raise RuntimeError("decode before prefill")
        return self._logits[0]

    def forget(self) -> None:
        """Drop the caches: after an error their layers may not agree on their length."""
        self._forward.forget()
        self._shelf.clear()
        self._sampler = None
        self._read, self._prompt, self._logits = [], [], None
        if self._graphs:
            self._graphs.forget()

    def _steps(self, knobs: Sampling, prompt: list[int], rows: int, told: int) -> Eager | Graphed:
        """The fastest steps that can be had; a rung down is logged with its reason."""
        if self._logits is None:
            raise RuntimeError("decode before prefill")
        vocab = self._logits.shape[-1]
        plan = plan_of(knobs, vocab, rows, told)
        sampler = self._sampler
        if sampler is None or sampler.plan != plan or len(sampler.rows) < rows:
            sampler = self._sampler = Sampler(plan, vocab, self._device)
        logits = self._logits.expand(rows, -1)
        if self._graphs is not None:
            try:
                steps = self._graphs.steps(sampler, logits)
                sampler.set(knobs, prompt)
                return steps
            except CannotCapture as reason:
                log.info("decoding: without CUDA graphs, because %s", reason)
                self._graphs = None
        sampler.set(knobs, prompt)
        return Eager(self._forward, sampler, logits)

    def _shelve(self) -> None:
        saved = self._forward.save()
        if saved:
            self._shelf.put(list(self._read), saved)

    def _resize(self, tokens: int, seconds: float) -> None:
        low, high = CHUNK_TOKENS
        fitting = int(tokens * CHUNK_S / max(seconds, 1e-6))
        self._chunk = max(low, min(high, fitting, self._chunk * 2))
