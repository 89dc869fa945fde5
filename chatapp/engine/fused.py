"""The Llama family's forward in few stock operations; the transformers forward is its oracle.

About 16 operations a layer where transformers has 46 or more: q, k and v are one product, gate and
up another, both rotations one. What Gemma and others do otherwise, `family` tells. The weights are
those of the loaded model, which keeps seeing them: its own modules become views of the merged ones.
Knows nothing about text or sampling.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch.nn.attention.bias import CausalBias, causal_lower_right

from chatapp.engine.attention import capped, plainly
from chatapp.engine.cache import Buffered, KeyValues, put
from chatapp.engine.family import WINDOWED, family_of, head_dim
from chatapp.engine.linears import Linear, Make, Plain
from chatapp.engine.merged import body_of, merge, parts_of
from chatapp.engine.traced import Traces


@dataclass(slots=True)
class Layer:
    """One block's weights; norms are vectors of the run type, absent ones None."""

    kind: str
    norm_in: torch.Tensor
    qkv: Linear
    norm_heads: torch.Tensor | None  # (heads + kv_heads, 1, head_dim), of q and k
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

    def __init__(self, model: Any, make: Make | None, limit: int) -> None:
        """Without `make` the weights are left as they are, and `pack` is to follow."""
        config = model.config.get_text_config(decoder=True)
        self._family = family_of(model)
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._dim = head_dim(config)
        self._width = config.hidden_size
        self._eps = config.rms_norm_eps
        self._least = torch.tensor(self._eps, device=model.device)
        self._device = model.device
        body = body_of(model)
        weight = model.get_input_embeddings().weight
        self._run = _run_type(weight)
        self._flash = self._has_flash()
        self._embedding = weight
        kinds = zip(body.layers, self._family.kinds, strict=True)
        self._layers = [self._layer(block, kind, make) for block, kind in kinds]
        self._norm = self._norm_of(body.norm)
        self._head = (make or Plain)(model.get_output_embeddings().weight, None)
        self._tables = {
            kind: self._table(body.rotary_emb, kind, limit) for kind in set(self._family.kinds)
        }
        self.limit = limit
        self.keys_values = self.new_cache()
        self.variant = ""  # which of the ways its products can compute; each is traced by itself
        self._traces = Traces()

    @property
    def bytes_per_token(self) -> int:
        """Weights that one step reads: all but the input embedding, of which it reads a row."""
        return sum(product.nbytes for product in self._products)

    @property
    def packed_bytes(self) -> int:
        """What it holds beside the model's own weights."""
        return sum(part.nbytes for part in self._products if not isinstance(part, Plain))

    @property
    def _products(self) -> list[Linear]:
        layers = ((x.qkv, x.out, x.gate_up, x.down) for x in self._layers)
        return [self._head, *(part for parts in layers for part in parts)]

    def pack(
        self, model: Any, make: Make, release: bool, head: bool = True, workers: int = 1
    ) -> Generator[int, None, None]:
        """Compute in a packed format from now on; yields the bytes of each product it replaced.

        With `release` the model's own are emptied one by one, so that there is never a second copy
        of more than so many as are made at a time. Without `head` the scores stay as they are.
        """
        self._traces.forget()
        work = list(self._places(model))[: None if head else -1]

        def packed(owner: Any, name: str, _: Any) -> Linear:
            plain = getattr(owner, name)
            return make(plain.weight, plain.bias)

        pool = ThreadPoolExecutor(workers, "pack")
        try:
            products = (map if workers == 1 else pool.map)(packed, *zip(*work, strict=True))
            for (owner, name, modules), product in zip(work, products, strict=True):
                size = getattr(owner, name).nbytes
                setattr(owner, name, product)
                for module in modules if release else ():
                    if module.weight is not self._embedding:  # a tied one reads the ids yet
                        module.weight.data = module.weight.data.new_empty(0)
                yield size
        finally:  # left, or one cannot be made: nobody waits for those that were not begun
            pool.shutdown(cancel_futures=True)

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
            layer.norm_heads = moved(layer.norm_heads)
            layer.norm_mixed, layer.norm_fed = moved(layer.norm_mixed), moved(layer.norm_fed)
        self._norm = moved(self._norm)
        if isinstance(self._head, Plain):
            self._head = Plain(model.get_output_embeddings().weight, None)
        self._tables = {kind: (moved(c), moved(s)) for kind, (c, s) in self._tables.items()}
        self.keys_values = self.new_cache()

    def products(self, model: Any) -> list[tuple[Any, ...]]:
        """The model's modules, grouped by the product that computes them here."""
        return [modules for _, _, modules in self._places(model)]

    def replace(self, model: Any, wrap: Callable[[tuple[Any, ...], Linear], Linear]) -> None:
        """Compute each product by what `wrap` makes of its modules and of it."""
        self._traces.forget()
        for owner, name, modules in self._places(model):
            setattr(owner, name, wrap(modules, getattr(owner, name)))

    def _places(self, model: Any) -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
        """Where each product is kept, and the model's modules that it computes; the scores last."""
        for block, layer in zip(body_of(model).layers, self._layers, strict=True):
            for name, modules in parts_of(block).items():
                yield layer, name, modules
        yield self, "_head", (model.get_output_embeddings(),)

    def new_cache(self) -> KeyValues:
        """An empty buffer of this model's shape."""
        return KeyValues(
            len(self._layers), self._kv_heads, self._dim, self._run, self._device, self.limit
        )

    def run(self, ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab).

        With `every` those of each position of one row, (new, vocab).
        """
        new = ids.shape[1]
        self.keys_values.reserve(new)
        scores = self._replayed(ids) if new == 1 and self._traces else None
        if scores is None:
            scores = self._computed(ids, new, every)
        self.keys_values.advance(new)
        return scores

    def _computed(self, ids: torch.Tensor, new: int, every: bool) -> torch.Tensor:
        cache = self.keys_values
        start, end = cache.length, cache.length + new
        sights = {kind: self._sight(kind, start, end) for kind in self._tables}

        def mix(
            place: int, sight: Sight, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
        ) -> torch.Tensor:
            keys, values = cache.write(place, k, v)
            seen = slice(sight.first, None)
            return self._mix(q, keys[:, :, seen], values[:, :, seen], sight.mask)

        return self._pass(ids, new, sights, mix, every)

    @property
    def traced(self) -> bool:
        """Whether steps run without Python."""
        return bool(self._traces)

    def record(self) -> None:
        """Trace the step for one row, or for several, where that is not done yet: on a CPU."""
        cache, place = self.keys_values, self.keys_values.length
        short = place + 2 > self.limit  # for two checks
        if self._device.type != "cpu" or short or not self._traces.lacks(self._kind):
            return
        ids = torch.zeros(cache.rows, 1, dtype=torch.long)
        scores = [self.run(ids), self.run(ids)]
        cache.rewind(place)
        checks = [(self._inputs(ids, place + more), told) for more, told in enumerate(scores)]
        packed = [part.packed for part in self._products if part.packed is not None]
        self._traces.record(self._kind, self._traceable, packed, checks)

    def _replayed(self, ids: torch.Tensor) -> torch.Tensor | None:
        """The scores for ids (rows, 1), where the step was traced."""
        return self._traces.replay(self._kind, self._inputs(ids, self.keys_values.length))

    @property
    def _kind(self) -> tuple[bool, str]:
        """What the branches of a step depend on: several rows take another product than one."""
        return self.keys_values.rows > 1, self.variant

    def _inputs(self, ids: torch.Tensor, place: int) -> tuple[Any, ...]:
        return ids, torch.tensor(place), *self.keys_values.buffers

    def _traceable(
        self,
        tokens: torch.Tensor,
        at: torch.Tensor,
        keys: list[torch.Tensor],
        values: list[torch.Tensor],
    ) -> torch.Tensor:
        """What `run` does with tokens (rows, 1) at position `at` (), as it can be traced.

        Whatever changes from token to token is a tensor: a number would be kept as it was.
        """
        sights, firsts = {}, {}
        for kind, (cos, sin) in self._tables.items():
            window = self._family.window if kind == WINDOWED else self.limit
            firsts[kind] = (at + 1 - window).clamp(min=0)
            sights[kind] = Sight(cos.narrow(0, at, 1), sin.narrow(0, at, 1), 0, None)

        def mix(
            place: int, sight: Sight, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
        ) -> torch.Tensor:
            first = firsts[self._layers[place].kind]
            seen = (put(keys[place], k, at, first), put(values[place], v, at, first))
            return self._mix(q, *seen, mask=None)

        return self._pass(tokens, 1, sights, mix)

    def step(self, tokens: torch.Tensor, at: torch.Tensor, room: int) -> torch.Tensor:
        """The same for tokens (rows, 1) at position `at` (1,), over the first `room` positions.

        Every shape and address is fixed and nothing waits for the device, so that it can be
        recorded: the position is a number on the device, and what lies behind it is masked.
        """
        cache, family = self.keys_values, self._family
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
            seen = cache.place(place, k, v, at, room)
            return plainly(q, *seen, sight.mask, family.attention_scale, family.attention_cap)

        return self._pass(tokens, 1, sights, mix)

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
        self,
        ids: torch.Tensor,
        new: int,
        sights: dict[str, Sight],
        mix: Mix,
        every: bool = False,
    ) -> torch.Tensor:
        """ids (rows, new) through all layers; the last position's scores, or those of each."""
        x = F.embedding(ids.reshape(-1), self._embedding).to(self._run)  # (rows * new, hidden)
        if self._family.embedding_scale != 1:
            x = x * self._family.embedding_scale
        for place, layer in enumerate(self._layers):
            mixed = self._attend(place, layer, x, new, sights[layer.kind], mix)
            x = self._added(x, layer.out, mixed, layer.norm_mixed)
            x = self._added(x, layer.down, self._feed(layer, x), layer.norm_fed)
        asked = x if every or new == 1 else x.view(-1, new, self._width)[:, -1]
        scores = self._head(self._normed(asked, self._norm, self._width))
        return capped(scores, self._family.score_cap)

    def _normed(self, x: torch.Tensor, weight: torch.Tensor, width: int) -> torch.Tensor:
        """RMSNorm of (..., width): x / sqrt(mean(x^2) + eps) * weight, one or one for each head.

        On a CPU in half the time of torch's own, which is seven operations there.
        """
        if self._device.type != "cpu":
            if weight.dim() == 1:
                return F.rms_norm(x, (width,), weight, self._eps)
            return F.rms_norm(x, (width,), None, self._eps) * weight
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale = torch.addcmul(self._least, length, length, value=1 / width).rsqrt_()
        return (x * scale).mul_(weight)

    def _attend(
        self, place: int, layer: Layer, x: torch.Tensor, new: int, sight: Sight, mix: Mix
    ) -> torch.Tensor:
        both = self._heads + self._kv_heads
        y = self._normed(x, layer.norm_in, self._width)
        qkv = layer.qkv(y).view(-1, new, both + self._kv_heads, self._dim).transpose(1, 2)
        qk, v = qkv.split((both, self._kv_heads), 1)  # (rows, heads, new, head_dim)
        if layer.norm_heads is not None:
            qk = self._normed(qk, layer.norm_heads, self._dim)
        # Rotation: x * cos + (halves of x swapped) * sin, the sign in the sine table.
        qk = torch.addcmul(qk * sight.cos, qk.roll(self._dim // 2, -1), sight.sin)
        q, k = qk.split((self._heads, self._kv_heads), 1)
        mixed = mix(place, sight, q, k, v)
        return mixed.transpose(1, 2).reshape(-1, self._heads * self._dim)

    def _mix(
        self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Attention of q (rows, heads, new, dim) over keys (rows, kv_heads, length, dim)."""
        scale = self._family.attention_scale
        if self._family.attention_cap:  # the library's attention knows no caps
            return plainly(q, keys, values, mask, scale, self._family.attention_cap)
        if mask is not None and self._device.type == "cuda" and not isinstance(mask, CausalBias):
            # The fast kernels take a mask, or heads that share keys and values, but not both.
            shared = q.shape[1] // self._kv_heads
            keys, values = (t.repeat_interleave(shared, 1) for t in (keys, values))
        if q.shape[2] == 1:
            # The queries that share a KV head are the rows of one product: K is read once.
            grouped = q.view(-1, self._kv_heads, self._heads // self._kv_heads, self._dim)
            mixed = F.scaled_dot_product_attention(grouped, keys, values, scale=scale)
            # On a GPU the heads may lie behind the numbers.
            return mixed.reshape(-1, self._heads, 1, self._dim)
        return F.scaled_dot_product_attention(
            q, keys, values, attn_mask=mask, is_causal=mask is None, scale=scale, enable_gqa=True
        )

    def _feed(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        gate, up = layer.gate_up(self._normed(x, layer.norm_mlp, self._width)).chunk(2, dim=-1)
        return self._family.act(gate) * up

    def _added(
        self, x: torch.Tensor, product: Linear, y: torch.Tensor, norm: torch.Tensor | None
    ) -> torch.Tensor:
        """x plus the product of y, which some families norm first; x is used up."""
        if norm is None and self._device.type == "cuda" and type(product) is Plain:
            return product.added(x, y)
        out = product(y)
        return x + (out if norm is None else self._normed(out, norm, self._width))

    def _has_flash(self) -> bool:
        """Whether the attention that needs no mask behind what was read runs on this device."""
        if self._device.type != "cuda":
            return False
        heads = torch.empty(1, self._heads, 2, self._dim, dtype=self._run, device=self._device)
        keys = heads[:, : self._kv_heads]
        asked = torch.backends.cuda.SDPAParams(heads, keys, keys, None, 0.0, True, True)
        return bool(torch.backends.cuda.can_use_flash_attention(asked))

    def _layer(self, block: Any, kind: str, make: Make | None) -> Layer:
        attention, names, parts = block.self_attn, self._family.norms, parts_of(block)
        norm = lambda owner, name: self._norm_of(getattr(owner, name, None))  # noqa: E731
        return Layer(
            kind=kind,
            norm_in=norm(block, names.before_attention),
            qkv=merge(parts["qkv"], make),
            norm_heads=self._norm_of_heads(norm(attention, "q_norm"), norm(attention, "k_norm")),
            out=merge(parts["out"], make),
            norm_mixed=norm(block, names.behind_attention),
            norm_mlp=norm(block, names.before_feed),
            gate_up=merge(parts["gate_up"], make),
            down=merge(parts["down"], make),
            norm_fed=norm(block, names.behind_feed),
        )

    def _norm_of(self, module: Any) -> Any:
        """A norm's weight in the run type; None where there is no such norm."""
        if module is None:
            return None
        return (module.weight.float() + self._family.norm_offset).to(self._run)

    def _norm_of_heads(self, q: Any, k: Any) -> Any:
        """One weight for the heads of q and k together; None where they have no norms."""
        if q is None or k is None:
            return None
        return torch.cat((q.expand(self._heads, 1, -1), k.expand(self._kv_heads, 1, -1)))

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
