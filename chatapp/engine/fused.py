"""The Llama family's forward in few stock operations; the transformers forward is its oracle.

About 16 operations a layer where transformers has 46 or more: q, k and v are one product, gate and
up another, both rotations one. What Gemma and others do otherwise, `family` tells. The weights are
those of the loaded model, which keeps seeing them: its own modules become views of the merged ones.
Knows nothing about text or sampling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch.nn.attention.bias import CausalBias, causal_lower_right

from chatapp.engine.cache import Buffered, KeyValues
from chatapp.engine.family import WINDOWED, family_of, head_dim
from chatapp.engine.linears import Linear, Plain

Make = Callable[[torch.Tensor, torch.Tensor | None], Linear]


@dataclass(slots=True)
class Layer:
    """One block's weights; norms are vectors of the run type, absent ones None."""

    kind: str
    norm_in: torch.Tensor
    qkv: Linear
    q_norm: torch.Tensor | None
    k_norm: torch.Tensor | None
    out: Linear
    norm_mixed: torch.Tensor | None
    norm_mlp: torch.Tensor
    gate_up: Linear
    down: Linear
    norm_fed: torch.Tensor | None


@dataclass(frozen=True, slots=True)
class Sight:
    """How the layers of one kind see positions in one pass."""

    cos: torch.Tensor  # (new, head_dim), of the new positions
    sin: torch.Tensor
    first: int  # the first position that any of the new ones sees
    mask: torch.Tensor | None  # added to the scores, (new, length); None: all before and itself


Mix = Callable[[int, Sight, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # q, k, v


class Fused(Buffered):
    """The forward over a KV buffer. `run` reads ids and gives the last position's scores."""

    def __init__(self, model: Any, make: Make, limit: int) -> None:
        config = model.config.get_text_config(decoder=True)
        self._family = family_of(model)
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._dim = head_dim(config)
        self._eps = config.rms_norm_eps
        self._least = torch.tensor(self._eps, device=model.device)
        self._device = model.device
        body = _body(model)
        weight = model.get_input_embeddings().weight
        self._run = _run_type(weight)
        self._flash = self._has_flash()
        self._embedding = weight
        kinds = zip(body.layers, self._family.kinds, strict=True)
        self._layers = [self._layer(block, kind, make) for block, kind in kinds]
        self._norm = self._norm_of(body.norm)
        self._head = make(model.get_output_embeddings().weight, None)
        self._tables = {
            kind: self._table(body.rotary_emb, kind, limit) for kind in set(self._family.kinds)
        }
        self.limit = limit
        self.keys_values = self.new_cache()

    @property
    def bytes_per_token(self) -> int:
        """Weights that one step reads: all but the input embedding, of which it reads a row."""
        layers = ((x.qkv, x.out, x.gate_up, x.down) for x in self._layers)
        return self._head.nbytes + sum(part.nbytes for parts in layers for part in parts)

    @property
    def packed_bytes(self) -> int:
        """What it holds beside the model's own weights."""
        layers = ((x.qkv, x.out, x.gate_up, x.down) for x in self._layers)
        every = (self._head, *(part for parts in layers for part in parts))
        return sum(part.nbytes for part in every if not isinstance(part, Plain))

    def pack(self, model: Any, make: Make, release: bool, head: bool = True) -> None:
        """Compute in a packed format from now on, made from products that are `Plain`.

        With `release` the model's own products are emptied as each is replaced, so that there is
        never a second copy of more than one block. Without `head` the scores stay as they are.
        """
        for block, layer in zip(_body(model).layers, self._layers, strict=True):
            for name in ("qkv", "out", "gate_up", "down"):
                plain = getattr(layer, name)
                setattr(layer, name, make(plain.weight, plain.bias))
            for module in block.modules():
                if release and isinstance(module, torch.nn.Linear):
                    module.weight.data = module.weight.data.new_empty(0)
        if not head:
            return
        table = model.get_output_embeddings()
        self._head = make(table.weight, None)
        if release and table.weight is not self._embedding:  # a tied one reads the ids yet
            table.weight.data = table.weight.data.new_empty(0)

    def follow(self, model: Any) -> None:
        """Go to the device where the model is now; packed products are there already."""
        self._embedding = weight = model.get_input_embeddings().weight
        self._device, self._run = weight.device, _run_type(weight)
        self._least = self._least.to(self._device)
        self._flash = self._has_flash()

        def moved(vector: torch.Tensor | None) -> Any:
            return None if vector is None else vector.to(self._device, self._run)

        for layer in self._layers:
            layer.norm_in, layer.norm_mlp = moved(layer.norm_in), moved(layer.norm_mlp)
            layer.q_norm, layer.k_norm = moved(layer.q_norm), moved(layer.k_norm)
            layer.norm_mixed, layer.norm_fed = moved(layer.norm_mixed), moved(layer.norm_fed)
        self._norm = moved(self._norm)
        if isinstance(self._head, Plain):
            self._head = Plain(model.get_output_embeddings().weight, None)
        self._tables = {kind: (moved(c), moved(s)) for kind, (c, s) in self._tables.items()}
        self.keys_values = self.new_cache()

    def products(self, model: Any) -> list[tuple[Any, ...]]:
        """The model's modules, grouped by the product that computes them here."""
        blocks = (_parts(block).values() for block in _body(model).layers)
        return [modules for parts in blocks for modules in parts] + [
            (model.get_output_embeddings(),)
        ]

    def replace(self, model: Any, wrap: Callable[[tuple[Any, ...], Linear], Linear]) -> None:
        """Compute each product by what `wrap` makes of its modules and of it."""
        for block, layer in zip(_body(model).layers, self._layers, strict=True):
            for name, modules in _parts(block).items():
                setattr(layer, name, wrap(modules, getattr(layer, name)))
        self._head = wrap((model.get_output_embeddings(),), self._head)

    def new_cache(self) -> KeyValues:
        """An empty buffer of this model's shape."""
        return KeyValues(
            len(self._layers), self._kv_heads, self._dim, self._run, self._device, self.limit
        )

    def run(self, ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab).

        With `every` those of each position of one row, (new, vocab).
        """
        cache = self.keys_values
        new = ids.shape[1]
        cache.reserve(new)
        start, end = cache.length, cache.length + new
        sights = {kind: self._sight(kind, start, end) for kind in self._tables}

        def mix(
            place: int, sight: Sight, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
        ) -> torch.Tensor:
            keys, values = cache.write(place, k, v)
            seen = slice(sight.first, None)
            return self._mix(q, keys[:, :, seen], values[:, :, seen], sight.mask)

        logits = self._pass(ids, sights, mix, every)
        cache.advance(new)
        return logits

    def step(self, tokens: torch.Tensor, at: torch.Tensor, room: int) -> torch.Tensor:
        """The same for tokens (rows, 1) at position `at` (1,), over the first `room` positions.

        Every shape and address is fixed and nothing waits for the device, so that it can be
        recorded: the position is a number on the device, and what lies behind it is masked.
        """
        cache = self.keys_values
        places = torch.arange(room, device=self._device)
        sights = {
            kind: Sight(cos[at], sin[at], 0, self._masked(kind, at, places))
            for kind, (cos, sin) in self._tables.items()
        }

        def mix(
            place: int, sight: Sight, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
        ) -> torch.Tensor:
            # The library's attention over a mask is not split along the keys, and one query would
            # keep most of a GPU idle.
            return self._mix_plainly(q, *cache.place(place, k, v, at, room), sight.mask)

        return self._pass(tokens, sights, mix)

    def _sight(self, kind: str, start: int, end: int) -> Sight:
        """Of the new positions from `start` to `end`. A mask only where causal order is not all."""
        cos, sin = (table[start:end] for table in self._tables[kind])
        window = self._family.window if kind == WINDOWED else end
        first = max(0, start + 1 - window)
        causal = start == 0 and end <= window and not self._family.attention_cap
        if causal or end == start + 1:
            return Sight(cos, sin, first, None)
        if self._flash and not first and window >= end and not self._family.attention_cap:
            return Sight(cos, sin, first, causal_lower_right(end - start, end))
        places = torch.arange(first, end, device=self._device)
        return Sight(cos, sin, first, self._masked(kind, places[start - first :, None], places))

    def _masked(self, kind: str, at: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """What is added to the scores of positions `at` over the keys at `places`: 0 or -inf."""
        hidden = places > at
        if kind == WINDOWED:
            hidden |= places <= at - self._family.window
        zeros = torch.zeros(hidden.shape, dtype=self._run, device=self._device)
        return zeros.masked_fill_(hidden, -torch.inf)

    def _pass(
        self, ids: torch.Tensor, sights: dict[str, Sight], mix: Mix, every: bool = False
    ) -> torch.Tensor:
        """ids (rows, new) through all layers; the last position's scores, or those of each."""
        rows, new = ids.shape
        x = F.embedding(ids, self._embedding).to(self._run).view(rows * new, -1)
        if self._family.embedding_scale != 1:
            x = x * self._family.embedding_scale
        for place, layer in enumerate(self._layers):
            mixed = self._attend(place, layer, x, rows, sights[layer.kind], mix)
            x = self._added(x, layer.out, mixed, layer.norm_mixed)
            x = self._added(x, layer.down, self._feed(layer, x), layer.norm_fed)
        asked = x if every else x.view(rows, new, -1)[:, -1]
        return _capped(self._head(self._normed(asked, self._norm)), self._family.score_cap)

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """RMSNorm of (rows, hidden): x / sqrt(mean(x^2) + eps) * weight.

        For one row on a CPU in half the time of torch's own, which is seven operations there.
        """
        if x.shape[0] > 1 or self._device.type != "cpu":
            return F.rms_norm(x, x.shape[-1:], weight, self._eps)
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale = torch.addcmul(self._least, length, length, value=1 / x.shape[-1]).rsqrt_()
        return (x * scale).mul_(weight)

    def _attend(
        self, place: int, layer: Layer, x: torch.Tensor, rows: int, sight: Sight, mix: Mix
    ) -> torch.Tensor:
        new = sight.cos.shape[0]
        both = self._heads + self._kv_heads
        y = self._normed(x, layer.norm_in)
        qkv = layer.qkv(y).view(rows, new, both + self._kv_heads, self._dim).transpose(1, 2)
        qk, v = qkv[:, :both], qkv[:, both:]  # (rows, heads, new, head_dim)
        if layer.q_norm is not None and layer.k_norm is not None:
            q, k = qk[:, : self._heads], qk[:, self._heads :]
            qk = torch.cat(
                (
                    F.rms_norm(q, (self._dim,), layer.q_norm, self._eps),
                    F.rms_norm(k, (self._dim,), layer.k_norm, self._eps),
                ),
                dim=1,
            )
        # Rotation: x * cos + (halves of x swapped) * sin, the sign in the sine table.
        qk = torch.addcmul(qk * sight.cos, qk.roll(self._dim // 2, -1), sight.sin)
        mixed = mix(place, sight, qk[:, : self._heads], qk[:, self._heads :], v)
        return mixed.transpose(1, 2).reshape(rows * new, -1)

    def _mix(
        self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Attention of q (rows, heads, new, dim) over keys (rows, kv_heads, length, dim)."""
        scale = self._family.attention_scale
        if self._family.attention_cap:  # the library's attention knows no caps
            return self._mix_plainly(q, keys, values, mask)
        if mask is not None and self._device.type == "cuda" and not isinstance(mask, CausalBias):
            # The fast kernels take a mask, or heads that share keys and values, but not both.
            shared = q.shape[1] // self._kv_heads
            keys, values = (t.repeat_interleave(shared, 1) for t in (keys, values))
        if q.shape[2] == 1:
            # The queries that share a KV head are the rows of one product: K is read once.
            grouped = q.view(q.shape[0], self._kv_heads, -1, self._dim)
            mixed = F.scaled_dot_product_attention(grouped, keys, values, scale=scale)
            return mixed.reshape(q.shape)  # on a GPU the heads may lie behind the numbers
        return F.scaled_dot_product_attention(
            q, keys, values, attn_mask=mask, is_causal=mask is None, scale=scale, enable_gqa=True
        )

    def _mix_plainly(
        self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """The same as two products and a softmax; of one query each, in three operations."""
        rows, _, new, _ = q.shape
        grouped = q.reshape(rows, self._kv_heads, -1, self._dim)
        scale = self._family.attention_scale
        if new == 1 and mask is not None and not self._family.attention_cap:
            added = mask.expand(rows * self._kv_heads, grouped.shape[2], -1)
            scores = torch.baddbmm(added, grouped.flatten(0, 1), keys.flatten(0, 1).mT, alpha=scale)
            return (torch.softmax(scores, -1) @ values.flatten(0, 1)).view(q.shape)
        scores = (grouped @ keys.mT).float() * scale
        scores = _capped(scores, self._family.attention_cap)  # (rows, kv_heads, queries, length)
        if mask is not None:
            scores = (scores.unflatten(2, (-1, new)) + mask).flatten(2, 3)
        return (torch.softmax(scores, -1).to(values.dtype) @ values).view(q.shape)

    def _feed(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        gate, up = layer.gate_up(self._normed(x, layer.norm_mlp)).chunk(2, dim=-1)
        return self._family.act(gate) * up

    def _added(
        self, x: torch.Tensor, product: Linear, y: torch.Tensor, norm: torch.Tensor | None
    ) -> torch.Tensor:
        """x plus the product of y, which some families norm first; x is used up."""
        if norm is None and self._device.type == "cuda" and type(product) is Plain:
            return product.added(x, y)
        out = product(y)
        return x + (out if norm is None else self._normed(out, norm))

    def _has_flash(self) -> bool:
        """Whether the attention that needs no mask behind what was read runs on this device."""
        if self._device.type != "cuda":
            return False
        heads = torch.empty(1, self._heads, 2, self._dim, dtype=self._run, device=self._device)
        keys = heads[:, : self._kv_heads]
        asked = torch.backends.cuda.SDPAParams(heads, keys, keys, None, 0.0, True, True)
        return bool(torch.backends.cuda.can_use_flash_attention(asked))

    def _layer(self, block: Any, kind: str, make: Make) -> Layer:
        attention, names, parts = block.self_attn, self._family.norms, _parts(block)
        norm = lambda owner, name: self._norm_of(getattr(owner, name, None))  # noqa: E731
        return Layer(
            kind=kind,
            norm_in=norm(block, names.before_attention),
            qkv=_merged(parts["qkv"], make),
            q_norm=norm(attention, "q_norm"),
            k_norm=norm(attention, "k_norm"),
            out=_merged(parts["out"], make),
            norm_mixed=norm(block, names.behind_attention),
            norm_mlp=norm(block, names.before_feed),
            gate_up=_merged(parts["gate_up"], make),
            down=_merged(parts["down"], make),
            norm_fed=norm(block, names.behind_feed),
        )

    def _norm_of(self, module: Any) -> Any:
        """A norm's weight in the run type; None where there is no such norm."""
        if module is None:
            return None
        return (module.weight.float() + self._family.norm_offset).to(self._run)

    def _table(self, rotary: Any, kind: str, limit: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and signed sines of every position, (limit, head_dim); some have one per kind."""
        own = f"{kind}_" if hasattr(rotary, f"{kind}_inv_freq") else ""
        frequencies = getattr(rotary, f"{own}inv_freq").float().to(self._device)
        scale = getattr(rotary, f"{own}attention_scaling")
        places = torch.arange(limit, device=self._device, dtype=torch.float32)
        angles = torch.outer(places, frequencies)
        cos = (torch.cat((angles.cos(), angles.cos()), -1) * scale).to(self._run)
        sin = (torch.cat((-angles.sin(), angles.sin()), -1) * scale).to(self._run)
        return cos, sin


def _run_type(weight: torch.Tensor) -> torch.dtype:
    """On a CPU sums are kept in float32; on a GPU everything is in the model's type."""
    return torch.float32 if weight.device.type == "cpu" else weight.dtype


def _body(model: Any) -> Any:
    """The text part: some models have eyes beside it."""
    return getattr(model.model, "language_model", model.model)


def _parts(block: Any) -> dict[str, tuple[Any, ...]]:
    """A block's modules by the field of `Layer` that computes them together."""
    attention, mlp = block.self_attn, block.mlp
    return {
        "qkv": (attention.q_proj, attention.k_proj, attention.v_proj),
        "out": (attention.o_proj,),
        "gate_up": (mlp.gate_proj, mlp.up_proj),
        "down": (mlp.down_proj,),
    }


def _capped(scores: torch.Tensor, cap: float) -> torch.Tensor:
    return torch.tanh(scores / cap) * cap if cap else scores


def _merged(modules: tuple[Any, ...], make: Make) -> Linear:
    """One product for several; the modules keep their weights as views, without a second copy."""
    if len(modules) == 1:
        return make(modules[0].weight.data, _bias(modules))
    merged = torch.cat([module.weight.data for module in modules])
    start = 0
    for module in modules:
        rows = module.weight.shape[0]
        module.weight.data = merged[start : start + rows]
        start += rows
    return make(merged, _bias(modules))


def _bias(modules: tuple[Any, ...]) -> torch.Tensor | None:
    if all(module.bias is None for module in modules):
        return None
    zeros = (module.weight.new_zeros(module.weight.shape[0]) for module in modules)
    pairs = zip(modules, zeros, strict=True)
    return torch.cat([none if m.bias is None else m.bias.data for m, none in pairs])
