"""transformers' own forward over our KV buffer: it can be cut back anywhere and recorded.

For architectures without a fused forward whose layers all attend to all that fits. The model is
unchanged; only its cache is ours, so a step copies no history and has fixed shapes. Anything else
runs in `generic`. Knows nothing about tokens' meaning or sampling.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

from chatapp.engine.cache import Buffered, KeyValues
from chatapp.engine.generic import cache_argument

PROBE = 2  # ids


class _Layer(DynamicLayer):
    """One layer's keys and values as transformers asks for them; they lie in the buffer."""

    def __init__(self, owner: Static, place: int) -> None:
        super().__init__()
        self._owner, self._place = owner, place

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put the new ones behind what counts; old and new together."""
        cache = self._owner.keys_values
        if self._owner.spot is None:
            return cache.write(self._place, key_states, value_states)
        return cache.place(self._place, key_states, value_states, *self._owner.spot)

    def get_seq_length(self) -> int:
        """Tokens that count."""
        return self._owner.keys_values.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Keys that a query sees, and where they begin."""
        return self._owner.keys_values.length + query_length, 0


class Static(Buffered):
    """The forward of any model whose layers have keys and values of one shape."""

    def __init__(self, model: Any, limit: int) -> None:
        """Raises ValueError, with the reason, for a model that keeps something else."""
        self._model = model
        accepted = inspect.signature(model.forward).parameters
        if "position_ids" not in accepted:
            raise ValueError("its forward takes no positions")
        self._named = cache_argument(model)
        self._last_only = "logits_to_keep" in accepted
        self.limit = limit
        _require_whole(model.config.get_text_config(decoder=True), limit)
        self._shape = _shape(model)
        self.spot: tuple[torch.Tensor, int] | None = None  # of a step: position and room
        self.keys_values = self.new_cache()
        self._cache = Cache(layers=[_Layer(self, place) for place in range(self._shape[0])])

    def new_cache(self) -> KeyValues:
        """An empty buffer of this model's shape."""
        return KeyValues(*self._shape, self._model.device, self.limit)

    def run(self, ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab).

        With `every` those of each position of one row, (new, vocab).
        """
        cache, new = self.keys_values, ids.shape[1]
        cache.reserve(new)
        places = torch.arange(cache.length, cache.length + new, device=ids.device)
        logits = self._pass(ids, places, every)
        cache.advance(new)
        return logits

    def step(self, tokens: torch.Tensor, at: torch.Tensor, room: int) -> torch.Tensor:
        """tokens (rows, 1) at position `at` (1,) over `room` positions -> (rows, vocab)."""
        behind = torch.arange(room, device=tokens.device) > at
        # Numbers that are added, not truths: transformers' plain attention adds what it is given.
        mask = torch.zeros(room, dtype=self._shape[3], device=tokens.device)
        mask.masked_fill_(behind, torch.finfo(mask.dtype).min)
        self.spot = at, room
        try:
            return self._pass(tokens, at, attention_mask=mask.expand(tokens.shape[0], 1, 1, room))
        finally:
            self.spot = None

    def _pass(
        self, ids: torch.Tensor, places: torch.Tensor, every: bool = False, **more: Any
    ) -> torch.Tensor:
        if self._last_only and not every:
            more["logits_to_keep"] = 1
        out = self._model(
            input_ids=ids,
            position_ids=places.expand(ids.shape[0], -1),
            use_cache=True,
            **{self._named: self._cache},
            **more,
        )
        return out.logits[0] if every else out.logits[:, -1]


def _require_whole(config: Any, limit: int) -> None:
    """Every layer sees all of `limit` tokens: one mask serves all, and a window would need its own.

    A config without `layer_types` that names a window may use it in each layer.
    """
    kinds = set(getattr(config, "layer_types", None) or ("sliding_attention",))
    if kinds - {"full_attention", "sliding_attention"}:
        raise ValueError("it has layers of another kind")
    window = getattr(config, "sliding_window", None)
    if "sliding_attention" in kinds and window is not None and window < limit:
        raise ValueError(f"its layers see {window} tokens only")


@torch.inference_mode()
def _shape(model: Any) -> tuple[int, int, int, torch.dtype]:
    """Layers, KV heads, head_dim and type, as a short trial shows them."""
    cache = DynamicCache()
    ids = torch.zeros(1, PROBE, dtype=torch.long, device=model.device)
    model(input_ids=ids, use_cache=True, **{cache_argument(model): cache})
    shapes = {
        (type(layer), *layer.keys.shape, *layer.values.shape, layer.keys.dtype)
        for layer in cache.layers
    }
    if len(shapes) != 1:
        raise ValueError("its layers keep tensors of several shapes")
    kind, _, heads, length, dim, *rest = shapes.pop()
    if kind is not DynamicLayer or length != PROBE or rest[:4] != [1, heads, PROBE, dim]:
        raise ValueError("its layers keep something else than keys and values")
    return len(cache.layers), heads, dim, rest[4]
