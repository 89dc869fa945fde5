"""The loop: read the prompt in chunks, then write one token at a time.

The keys and values of what was read stay here between answers, so that the next prompt is read
from the first token that differs. Knows nothing about tokenizers, text or messages.
"""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from chatapp.chat import Progress, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.engine.sampling import Sampler

CHUNK_S = 0.2  # the longest a Stop waits inside the prompt
CHUNK_TOKENS = (32, 2048)
REWINDABLE = {"full_attention", "sliding_attention"}  # kept whole, so any length can be cut off


class Decoder:
    """A causal language model with the KV cache of the ids it has read."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._device = model.device
        self._last_only = "logits_to_keep" in inspect.signature(model.forward).parameters
        kinds = getattr(model.config.get_text_config(decoder=True), "layer_types", None) or ()
        self._rewindable = REWINDABLE.issuperset(kinds)
        self._cache = self._new_cache()
        self._read: list[int] = []  # the ids whose keys and values are in the cache
        self._chunk = 64 if self._device.type == "cpu" else 512
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
        return self._roll_back(kept)

    def prefill(self, ids: list[int], start: int) -> Iterator[Progress]:
        """Read ids[start:], one Progress a chunk; chunks are sized to take 0.2 s each."""
        while start < len(ids):
            chunk = ids[start : start + self._chunk]
            began = time.perf_counter()
            self._step(chunk)
            start += len(chunk)
            self._resize(len(chunk), time.perf_counter() - began)
            yield Progress("prefill", start, len(ids))

    def decode(self, sampler: Sampler, limit: int) -> Iterator[int]:
        """Up to `limit` new ids after what was read."""
        for count in range(limit):
            token = self._pick(sampler)
            yield token
            if count + 1 < limit:
                self._step([token])

    def forget(self) -> None:
        """Drop the cache: after an error its layers may not agree on their length."""
        self._cache, self._read, self._logits = self._new_cache(), [], None

    def _pick(self, sampler: Sampler) -> int:
        if self._logits is None:
            raise RuntimeError("decode before prefill")
        if not torch.isfinite(self._logits).all():
            raise UserError(
                "The model produced invalid numbers.",
                "Load it as bfloat16 or float32 in the Model tab.",
            )
        return int(sampler.pick(self._logits))

    def _step(self, ids: list[int]) -> None:
        """One forward over ids: (1, len) -> the last position's logits, (vocab,)."""
        inputs = torch.tensor([ids], device=self._device)
        # A 2,048-token chunk has 1.2 GB of scores over a vocabulary of 152k; one row is enough.
        only = {"logits_to_keep": 1} if self._last_only else {}
        out = self._model(input_ids=inputs, past_key_values=self._cache, use_cache=True, **only)
        self._read.extend(ids)
        self._logits = out.logits[0, -1]

    def _resize(self, tokens: int, seconds: float) -> None:
        low, high = CHUNK_TOKENS
        fitting = int(tokens * CHUNK_S / max(seconds, 1e-6))
        self._chunk = max(low, min(high, fitting, self._chunk * 2))

    def _roll_back(self, length: int) -> int:
        """Cut the cache to `length` tokens, or to none where its layers cannot be cut."""
        extra = len(self._read) - length
        if extra and length and self._rewindable:
            self._cache.crop(-extra)
            del self._read[length:]
        elif extra:
            self.forget()
        return len(self._read)

    def _new_cache(self) -> DynamicCache:
        """Full-length layers where possible: a windowed one cannot be rewound once it is full."""
        return DynamicCache() if self._rewindable else DynamicCache(config=self._model.config)
