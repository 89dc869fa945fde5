"""The loop: read the prompt in chunks, then write one token at a time.

The keys and values of what was read stay between answers, so that the next prompt is read from
the first token that differs. Knows nothing about tokenizers, text or messages, nor how a forward
is computed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import torch

from chatapp.chat import Progress, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.engine.sampling import Sampler

CHUNK_S = 0.2  # the longest a Stop waits inside the prompt
CHUNK_TOKENS = (32, 2048)


class Forward(Protocol):
    """A model with the cache of what it has read: `fused` or `generic`."""

    def run(self, ids: torch.Tensor) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab)."""

    def rewind(self, length: int) -> int:
        """Cut the cache to `length` tokens, or to none; what is left."""

    def forget(self) -> None:
        """Drop the cache."""


class Decoder:
    """Reads and writes with one forward, and remembers which ids it has read."""

    def __init__(self, forward: Forward, device: torch.device) -> None:
        self._forward = forward
        self._device = device
        self._read: list[int] = []  # the ids whose keys and values are cached
        self._chunk = 64 if device.type == "cpu" else 512
        self._logits: torch.Tensor | None = None

    def resume(self, ids: list[int]) -> int:
        """Roll back to the longest common prefix with `ids`; the count of tokens kept.

        At least one id is always left to read: its logits choose the first new token.
        """
        kept = 0
        for old, new in zip(self._read, ids[:-1], strict=False):
            if old != new:
                break
            kept += 1
        left = self._forward.rewind(kept)
        del self._read[left:]
        return left

    def prefill(self, ids: list[int], start: int) -> Iterator[Progress]:
        """Read ids[start:], one Progress a chunk; chunks are sized to take 0.2 s each."""
        while start < len(ids):
            chunk = ids[start : start + self._chunk]
            began = time.perf_counter()
            self._step(chunk)
            start += len(chunk)
            if len(chunk) == self._chunk:  # a short rest would make later chunks too small
                self._resize(len(chunk), time.perf_counter() - began)
            yield Progress("prefill", start, len(ids))

    def decode(self, sampler: Sampler, limit: int) -> Iterator[int]:
        """Up to `limit` new ids after what was read."""
        for count in range(limit):
            token = self._pick(sampler)
            yield token
            if count + 1 < limit:
                self._step([token])

    @property
    def scores(self) -> torch.Tensor:
        """(vocab,) of the position after the last one read."""
        if self._logits is None:
            raise RuntimeError("decode before prefill")
        return self._logits

    def forget(self) -> None:
        """Drop the cache: after an error its layers may not agree on their length."""
        self._forward.forget()
        self._read, self._logits = [], None

    def _pick(self, sampler: Sampler) -> int:
        if not torch.isfinite(self.scores).all():
            raise UserError(
                "The model produced invalid numbers.",
                "Load it as bfloat16 or float32 in the Model tab.",
            )
        return int(sampler.pick(self.scores))

    def _step(self, ids: list[int]) -> None:
        """One forward over ids: (1, len) -> the last position's logits, (vocab,)."""
        logits = self._forward.run(torch.tensor([ids], device=self._device))
        self._read.extend(ids)
        self._logits = logits[0]

    def _resize(self, tokens: int, seconds: float) -> None:
        low, high = CHUNK_TOKENS
        fitting = int(tokens * CHUNK_S / max(seconds, 1e-6))
        self._chunk = max(low, min(high, fitting, self._chunk * 2))
