"""Any causal language model of transformers behind the same four calls as `fused`.

The unchanged forward with transformers' own cache: slower, and right for every architecture. It is
the oracle of the fast path too. Knows nothing about tokens' meaning or sampling.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

REWINDABLE = {"full_attention", "sliding_attention"}  # kept whole, so any length can be cut off


def cache_argument(model: Any) -> str:
    """What this model's forward calls its cache; transformers renamed it in 5.24."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"


def open_heads(model: Any) -> int:
    """Query heads whose scores transformers' own forward holds; 0 where a kernel holds none."""
    config = model.config.get_text_config(decoder=True)
    heads = getattr(config, "num_attention_heads", 0)
    return heads if config._attn_implementation == "eager" and isinstance(heads, int) else 0


class Generic:
    """The forward over a DynamicCache, up to `limit` tokens where one is given."""

    def __init__(self, model: Any, limit: int | None = None) -> None:
        self._model = model
        self._limit = limit
        self._named = cache_argument(model)
        self._last_only = "logits_to_keep" in inspect.signature(model.forward).parameters
        kinds = getattr(model.config.get_text_config(decoder=True), "layer_types", None) or ()
        self._rewindable = REWINDABLE.issuperset(kinds)
        self._cache = self._new_cache()
        self._length = 0
        self._rows = 1
        self._devices: list[torch.device] = []  # of each layer's cache, once it was saved

    def run(self, ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab).

        With `every` those of each position of one row, (new, vocab). Raises ValueError beyond the
        limit: a table of positions ends, and on a GPU a read behind it ends CUDA in this process.
        """
        end = self._length + ids.shape[1]
        if self._limit is not None and end > self._limit:
            raise ValueError(f"{end} tokens do not fit into {self._limit}")
        # A 2,048-token chunk has 1.2 GB of scores over a vocabulary of 152k; one row is enough.
        more = {"logits_to_keep": 1} if self._last_only and not every else {}
        out = self._model(input_ids=ids, use_cache=True, **{self._named: self._cache}, **more)
        self._length += ids.shape[1]
        self._rows = ids.shape[0]
        return out.logits[0] if every else out.logits[:, -1]

    @property
    def cached_bytes(self) -> int:
        """What the cache takes of the model's device; other cards hold that of their layers."""
        parts = (getattr(x, name, None) for x in self._cache.layers for name in ("keys", "values"))
        tensors = [part for part in parts if isinstance(part, torch.Tensor)]
        return sum(part.nbytes for part in tensors if part.device == self._model.device)

    @property
    def cached_per_token(self) -> int:
        """Bytes of one token of one row; 0 while nothing is cached."""
        return self.cached_bytes // (self._length * self._rows) if self._length else 0

    @property
    def traced(self) -> bool:
        """Whether steps run without Python."""
        return False

    def record(self) -> None:
        """Trace the step; only a fused one can be."""

    def rewind(self, length: int) -> int:
        """Cut to `length` tokens, or to none where the layers cannot be cut; what is left."""
        extra = self._length - length
        if extra and length and self._rewindable:
            self._cache.crop(-extra)
            self._length = length
        elif extra:
            self.forget()
        return self._length

    def forget(self) -> None:
        """Start from nothing: after an error the layers may not agree on their length."""
        self._cache, self._length = self._new_cache(), 0

    def spare(self) -> None:
        """It never takes more than is needed."""

    def spread(self, rows: int) -> None:
        """Go on with so many copies of the one row."""
        self._cache.batch_repeat_interleave(rows)

    def keep(self, rows: list[int]) -> None:
        """Go on with these rows only."""
        self._cache.batch_select_indices(torch.tensor(rows))  # whatever device a layer is on

    def save(self) -> list[torch.Tensor]:
        """What was read, copied to main memory; empty where layers hold more than keys, values."""
        layers = self._cache.layers
        if not self._rewindable or not all(type(layer) is DynamicLayer for layer in layers):
            return []
        self._devices = [layer.keys.device for layer in layers]
        pairs = ((layer.keys, layer.values) for layer in layers)
        return [tensor.to("cpu", copy=True) for pair in pairs for tensor in pair]

    def restore(self, saved: list[torch.Tensor]) -> None:
        """Take what was saved for what was read."""
        self.forget()
        pairs = zip(saved[::2], saved[1::2], strict=True)
        for place, (pair, device) in enumerate(zip(pairs, self._devices, strict=True)):
            self._cache.update(*(tensor.to(device, copy=True) for tensor in pair), place)
        self._length = saved[0].shape[-2]

    def _new_cache(self) -> DynamicCache:
        """Full-length layers where possible: a windowed one cannot be rewound once it is full."""
        return DynamicCache() if self._rewindable else DynamicCache(config=self._model.config)
