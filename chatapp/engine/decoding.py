"""The loop: read the prompt in chunks, then write one token at a time.

The keys and values of what was read stay between answers, so that the next prompt is read from
the first token that differs; those of a conversation that was left wait on a shelf. When memory is
full, the same is tried once more with less: small chunks, buffers no larger than needed, no graphs.
Knows nothing about tokenizers, text or messages, nor how a forward is computed.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import torch

from chatapp.chat import Progress, UserError
from chatapp.engine.cache import Shelf, common_prefix
from chatapp.engine.draft import Draft
from chatapp.engine.faults import give_back, invalid, is_broken_capture, is_full
from chatapp.engine.graphs import CannotCapture, Copy, Graphed, Graphs
from chatapp.engine.sampling import Pick, Sampler, plan_of, read_told, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.settings import Sampling

log = logging.getLogger(__name__)

CHUNK_S = 0.2  # the longest a Stop waits inside the prompt
CHUNK_TOKENS = (32, 2048)
SPARING_TOKENS = 128  # a chunk's most where memory was full once
EVERY = 64  # tokens: each has a score for every word, 40 MB of them with 152,000 words
SCORES = 1 << 26  # held at once, where a forward holds them: 0.4 GB in 16 bits and in float32
SHELVED = 256  # tokens: what would be lost is put on the shelf from here on


class Forward(Protocol):
    """A model with the cache of what it has read: `fused` or `generic`."""

    @property
    def cached_bytes(self) -> int:
        """What the cache takes."""

    @property
    def cached_per_token(self) -> int:
        """Bytes of one token of one row; 0 = not known yet."""

    def run(self, ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab).

        With `every` those of each position of one row, (new, vocab).
        """

    @property
    def traced(self) -> bool:
        """Whether its steps run without Python."""

    def record(self) -> None:
        """See to that before an answer, for as many rows as there are; nothing where it cannot."""

    def rewind(self, length: int) -> int:
        """Cut the cache to `length` tokens, or to none; what is left."""

    def forget(self) -> None:
        """Drop the cache."""

    def spare(self) -> None:
        """Let the cache take no more memory than is needed from now on."""

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

    def __init__(
        self,
        forward: Forward,
        sampler: Sampler,
        logits: torch.Tensor | None,
        waiting: deque[Copy] | None = None,
    ) -> None:
        """Without `logits` it goes on behind the last pick. `waiting` are those not yet read."""
        self._forward, self.sampler, self._logits = forward, sampler, logits
        self.waiting = deque() if waiting is None else waiting

    def launch(self) -> None:
        """Queue the next pick: of the prompt's scores at first, then of a forward's."""
        logits, self._logits = self._logits, None
        if logits is None:
            logits = self._forward.run(self.sampler.tokens)
        self.sampler.shake()
        self.waiting.append(Copy(self.sampler.pick(logits)))

    def read(self) -> list[Pick] | None:
        """The oldest pick that was launched; waits for it and for nothing later."""
        return self.sampler.picks(self.waiting.popleft().rows())

    def keep(self, places: list[int]) -> None:
        """Go on with the rows at these places only."""
        self._forward.keep(places)
        self.sampler.keep(places)


class Decoder:
    """Reads and writes with one forward, and remembers which ids it has read."""

    def __init__(
        self,
        forward: Forward,
        device: torch.device,
        graphs: Graphs | None = None,
        shelf: Shelf | None = None,
        chunk_s: float = CHUNK_S,
        heads: int = 0,
    ) -> None:
        """`heads`: those whose scores the forward holds, each new token's of all before."""
        self._forward = forward
        self._device = device
        self._graphs = graphs
        self._shelf = shelf or Shelf(0)
        self._key = ""  # of what the model computes with besides its weights
        self._read: list[int] = []  # the ids whose keys and values are cached
        self._chunk = 64 if device.type == "cpu" else 512
        self._largest = CHUNK_TOKENS[1]
        self._chunk_s, self._heads = chunk_s, heads
        self._retried = False  # since the last prompt
        self._prompt: list[int] = []  # what was read when the scores were taken
        self._logits: torch.Tensor | None = None
        self._sampler: Sampler | None = None
        self._narrowed: list[int] | None = None
        # A device that works beside us is given the next step before this one is read.
        self._ahead = 1 if device.type == "cuda" else 0

    @property
    def rung(self) -> str:
        """How steps are launched now."""
        if self._graphs:
            return "graph"
        return "traced" if self._forward.traced else "eager"

    def resume(self, ids: list[int]) -> int:
        """Roll back to the longest common prefix with `ids`; the count of tokens kept.

        The last id is left to read, for its scores choose the first new token, unless the same
        prompt was read last: then nothing is. What is left behind by going to another conversation
        is put on the shelf, and taken from there.
        """
        self._retried = False
        try:
            return self._resume(ids if ids == self._prompt else ids[:-1])
        except Exception as error:
            if not is_full(error):
                raise
        self._save_memory()  # the shelf asked for more than there is
        return 0

    def prefill(self, ids: list[int], start: int) -> Iterator[Progress]:
        """Read ids[start:], one Progress a chunk; chunks are sized to take `chunk_s` each.

        Goes back to the first id, once, when memory is full.
        """
        try:
            yield from self._read_on(ids, start)
            return
        except Exception as error:
            self._require_retry(error)
        self._save_memory()  # here, because the error's traceback holds tensors
        yield from self._read_on(ids, 0)

    def decode(
        self, knobs: Sampling, prompt: list[int], limit: int, rows: int = 1, told: int = 0
    ) -> Iterator[list[Pick]]:
        """Up to `limit` steps after what was read: what each row picked.

        Closing it leaves the cache with the prompt and the tokens of its first row that were read.
        When memory is full, all of it is read again, once: then nothing is picked now and then.
        """
        draft = Draft(knobs, prompt, rows, told)
        try:
            if rows > 1:
                self._forward.spread(rows)
            yield from self._write(draft, self._steps(knobs, prompt, rows, told), limit)
            return
        except Exception as error:
            self._require_retry(error)
        self._save_memory()
        yield from self._reread(draft)
        yield from self._write(draft, self._steps_after(draft), limit)

    def narrow(self, rows: list[int]) -> None:
        """The other candidates have ended: go on with these from the next step, where possible."""
        self._narrowed = rows

    @property
    def length(self) -> int:
        """Tokens that were read and are kept."""
        return len(self._read)

    @property
    def scores(self) -> torch.Tensor:
        """(vocab,) of the position after the prompt."""
        return self._scores_of_prompt()[0]

    def use(self, key: str, rebuilt: bool) -> None:
        """The model computes otherwise from now on: what was read before counts for nothing.

        It waits on the shelf until `key` is used again. With `rebuilt` the forward has other
        operations than those that were recorded.
        """
        if rebuilt and self._graphs:
            self._graphs.forget()
        if key == self._key:
            return
        if self._shelf.limit and len(self._read) > SHELVED:
            try:
                self._shelve()
            except Exception as error:
                if not is_full(error):
                    raise
                self._shelf.clear()
        self._forward.rewind(0)
        self._key, self._read, self._prompt, self._logits = key, [], [], None

    def forget(self) -> None:
        """Drop the caches: after an error their layers may not agree on their length."""
        self._forward.forget()
        self._shelf.clear()
        self._sampler = None
        self._read, self._prompt, self._logits = [], [], None
        if self._graphs:
            self._graphs.forget()

    def _resume(self, asked: list[int]) -> int:
        shared = common_prefix(self._read, asked)
        lost = len(self._read) - shared
        if self._shelf.limit and lost > max(SHELVED, shared):
            self._shelve()
        best, kept = self._shelf.longest(asked, self._key)
        if kept is not None and best > shared:
            self._forward.restore(kept.saved)
            self._read, shared = list(kept.ids), best
        left = self._forward.rewind(shared)
        del self._read[left:]
        return left

    def _read_on(self, ids: list[int], start: int) -> Iterator[Progress]:
        while start < len(ids):
            chunk = ids[start : start + self._width(start)]
            began = time.perf_counter()
            self._logits = self._forward.run(torch.tensor([chunk], device=self._device))
            self._logits[0, 0].item()  # wait: a device that works beside us would queue them all
            self._read.extend(chunk)
            start += len(chunk)
            self._prompt = ids[:start]
            if len(chunk) == self._chunk:  # a short rest would make later chunks too small
                self._resize(len(chunk), time.perf_counter() - began)
            yield Progress("prefill", start, len(ids))

    def _width(self, start: int) -> int:
        """Tokens of the next chunk."""
        if not self._heads:
            return self._chunk
        most = SCORES // (self._heads * (start + self._chunk))
        return max(CHUNK_TOKENS[0], min(self._chunk, most))

    def _write(self, draft: Draft, steps: Eager | Graphed, limit: int) -> Iterator[list[Pick]]:
        """The loop of one answer, up to `limit` tokens a row in all."""
        before = len(draft.lines[0])  # all of which is read
        launched = before
        try:
            for count in range(before, limit):
                if self._narrowed is not None and not self._ahead:
                    steps.keep([draft.live.index(row) for row in self._narrowed])
                    draft.live, self._narrowed = self._narrowed, None
                while launched < min(count + 1 + self._ahead, limit):
                    steps = self._launched(steps)
                    launched += 1
                picks = steps.read()
                if picks is None:
                    raise invalid()
                draft.add(picks)
                yield picks
        except (GeneratorExit, UserError):
            self._settle(draft, max(launched - 1, before))
            raise
        self._settle(draft, max(launched - 1, before))

    def _settle(self, draft: Draft, fed: int) -> None:
        """The answer has ended after `fed` tokens of a row were read: keep one row of it."""
        self._narrowed = None
        # What was launched ahead of the reader is not known here, and not kept.
        self._read += draft.lines[0][:fed]
        self._forward.rewind(len(self._read))
        if draft.rows > 1:
            self._forward.keep([0])

    def score(self, ids: list[int], start: int, told: int) -> Iterator[list[Pick]]:
        """Read ids and tell those from `start` on, a chunk at a time, as if they had been picked.

        `start` is at least 1: what comes first follows nothing.
        """
        kept = self._forward.rewind(min(self.resume(ids[:start]), start - 1))
        del self._read[kept:]
        for _ in self.prefill(ids[: start - 1], kept):
            yield []
        for place in range(start, len(ids), EVERY):
            tokens = ids[place : place + EVERY]
            chunk = ids[place - 1 : place - 1 + len(tokens)]
            scores = self._forward.run(torch.tensor([chunk], device=self._device), every=True)
            self._read.extend(chunk)
            least = min(told, scores.shape[-1])
            column = torch.tensor(tokens, device=self._device)[:, None]
            rows = zip(tokens, tell(scores.float(), column, least).tolist(), strict=True)
            if not torch.isfinite(scores.sum()):
                raise invalid()
            yield [read_told(0, token, numbers, least) for token, numbers in rows]

    def has_read(self, ids: list[int]) -> bool:
        """The cache begins with these."""
        return self._read[: len(ids)] == ids

    @property
    def read(self) -> list[int]:
        """What is cached."""
        return list(self._read)

    def _require_retry(self, error: Exception) -> None:
        """Raises the error again, unless less memory could help and this is the first time."""
        helps = is_full(error) or is_broken_capture(error) or isinstance(error, CannotCapture)
        if self._retried or not helps:
            raise error

    def _save_memory(self) -> None:
        """Drop all that was read, and go on with less."""
        log.info("decoding: memory is full; once more in smaller steps")
        self._retried = True
        self._largest = max(CHUNK_TOKENS[0], min(SPARING_TOKENS, self._chunk // 4))
        self._chunk = min(self._chunk, self._largest)
        self._graphs = None
        self._forward.spare()
        self.forget()
        give_back(self._device)

    def _reread(self, draft: Draft) -> Iterator[list[Pick]]:
        """The prompt and what each row has written; an empty list a chunk."""
        try:
            for _ in self._read_on(draft.prompt, 0):
                yield []
            scores = self._scores_of_prompt()
            if draft.rows > 1:
                self._forward.spread(len(draft.live))
            for start in range(0, len(draft.lines[0]), self._chunk):
                part = [line[start : start + self._chunk] for line in draft.lines]
                scores = self._forward.run(torch.tensor(part, device=self._device))
                yield []
        except GeneratorExit:
            self.forget()  # the rows are half read
            raise
        draft.scores = scores.expand(len(draft.live), -1)

    def _steps_after(self, draft: Draft) -> Eager:
        """Steps that go on where the draft ends, with the draws that would have come."""
        sampler = self._sampler_for(draft.knobs, draft.rows, draft.told)
        sampler.set(draft.knobs, draft.prompt)
        sampler.keep(draft.live)
        sampler.follow(draft.lines)
        return Eager(self._forward, sampler, draft.scores)

    def _steps(self, knobs: Sampling, prompt: list[int], rows: int, told: int) -> Eager | Graphed:
        """The fastest steps that can be had; a rung down is logged with its reason."""
        logits = self._scores_of_prompt().expand(rows, -1)
        sampler = self._sampler_for(knobs, rows, told)
        if self._graphs is not None:
            try:
                steps = self._graphs.steps(sampler, logits)
                sampler.set(knobs, prompt)
                return steps
            except CannotCapture as reason:
                self._give_up_graphs(reason)
        self._forward.record()
        sampler.set(knobs, prompt)
        return Eager(self._forward, sampler, logits)

    def _launched(self, steps: Eager | Graphed) -> Eager | Graphed:
        """Queue the next pick; eagerly from where the buffer has outgrown what can be recorded."""
        try:
            steps.launch()
            return steps
        except CannotCapture as reason:
            self._give_up_graphs(reason)
        eager = Eager(self._forward, steps.sampler, None, steps.waiting)
        eager.launch()
        return eager

    def _give_up_graphs(self, reason: CannotCapture) -> None:
        log.info("decoding: without CUDA graphs, because %s", reason)
        self._graphs = None

    def _sampler_for(self, knobs: Sampling, rows: int, told: int) -> Sampler:
        vocab = self._scores_of_prompt().shape[-1]
        plan = plan_of(knobs, vocab, rows, told)
        sampler = self._sampler
        if sampler is None or sampler.plan != plan or len(sampler.rows) < rows:
            sampler = self._sampler = Sampler(plan, vocab, self._device)
        return sampler

    def _scores_of_prompt(self) -> torch.Tensor:
        if self._logits is None:
            raise RuntimeError("decode before prefill")
        return self._logits

    def _shelve(self) -> None:
        saved = self._forward.save()
        if saved:
            self._shelf.put(list(self._read), saved, self._key)

    def _resize(self, tokens: int, seconds: float) -> None:
        fitting = int(tokens * self._chunk_s / max(seconds, 1e-6))
        self._chunk = max(CHUNK_TOKENS[0], min(self._largest, fitting, self._chunk * 2))
