"""The Llama family's forward in few stock operations; the transformers forward is its oracle.

About 16 operations a layer where transformers has 46 or more: q, k and v are one product, gate and
up another, both rotations one. The weights are those of the loaded model, which keeps seeing them:
its own modules become views of the merged ones. Knows nothing about text or sampling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from chatapp.engine.cache import Buffered, KeyValues
from chatapp.engine.linears import Linear

FAMILIES = ("llama", "qwen2", "qwen3", "mistral")
ROPES = ("default", "linear", "llama3")

Make = Callable[[torch.Tensor, torch.Tensor | None], Linear]
Mix = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # layer, q, k, v


def refusal(model: Any) -> str:
    """Why this model takes the plain path; empty when it can be fused."""
    config = model.config
    kind = config.model_type
    if kind not in FAMILIES:
        return f"the architecture {kind} has no fused forward"
    if config.hidden_act != "silu":
        return f"its activation is {config.hidden_act}"
    rope = config.rope_parameters or {}
    if rope.get("rope_type", "default") not in ROPES or rope.get("partial_rotary_factor", 1) != 1:
        return "its rotary embedding is of another kind"
    if any(k != "full_attention" for k in getattr(config, "layer_types", None) or ()):
        return "it has sliding windows"
    if kind == "mistral" and config.sliding_window is not None:
        return "it has sliding windows"
    return ""


@dataclass(slots=True)
class Layer:
    """One block's weights; norms are float32 vectors."""

    norm_in: torch.Tensor
    qkv: Linear
    q_norm: torch.Tensor | None
    k_norm: torch.Tensor | None
    out: Linear
    norm_mlp: torch.Tensor
    gate_up: Linear
    down: Linear


class Fused(Buffered):
    """The forward over a KV buffer. `run` reads ids and gives the last position's scores."""

    def __init__(self, model: Any, make: Make, limit: int) -> None:
        config = model.config
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._dim = getattr(config, "head_dim", None) or config.hidden_size // self._heads
        self._eps = config.rms_norm_eps
        self._least = torch.tensor(self._eps, device=model.device)
        self._device = model.device
        weight = model.get_input_embeddings().weight
        # On a CPU sums are kept in float32; on a GPU everything is in the run type.
        self._run = torch.float32 if self._device.type == "cpu" else weight.dtype
        self._embedding = weight
        self._layers = [self._layer(block, make) for block in model.model.layers]
        self._norm = model.model.norm.weight.to(self._run)
        self._head = make(model.get_output_embeddings().weight, None)
        self._table(model.model.rotary_emb, limit)
        self.limit = limit
        self.keys_values = self.new_cache()

    @property
    def bytes_per_token(self) -> int:
        """Weights that one step reads: all but the input embedding, of which it reads a row."""
        layers = ((x.qkv, x.out, x.gate_up, x.down) for x in self._layers)
        return self._head.nbytes + sum(part.nbytes for parts in layers for part in parts)

    def pack(self, model: Any, make: Make, release: bool) -> None:
        """Compute in a packed format from now on, made from products that are `Plain`.

        With `release` the model's own products are emptied as each is replaced, so that there is
        never a second copy of more than one block.
        """
        for block, layer in zip(model.model.layers, self._layers, strict=True):
            for name in ("qkv", "out", "gate_up", "down"):
                plain = getattr(layer, name)
                setattr(layer, name, make(plain.weight, plain.bias))
            for module in block.modules():
                if release and isinstance(module, torch.nn.Linear):
                    module.weight.data = module.weight.data.new_empty(0)
        self._head = make(model.get_output_embeddings().weight, None)

    def new_cache(self) -> KeyValues:
        """An empty buffer of this model's shape."""
        return KeyValues(
            len(self._layers), self._kv_heads, self._dim, self._run, self._device, self.limit
        )

    def run(self, ids: torch.Tensor) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab)."""
        cache = self.keys_values
        new = ids.shape[1]
        cache.reserve(new)
        start, end = cache.length, cache.length + new
        cos, sin = self._cos[start:end], self._sin[start:end]  # (new, head_dim)

        def mix(place: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            return self._mix(q, *cache.write(place, k, v))

        logits = self._pass(ids, cos, sin, mix)
        cache.advance(new)
        return logits

    def step(self, tokens: torch.Tensor, at: torch.Tensor, room: int) -> torch.Tensor:
        """The same for tokens (rows, 1) at position `at` (1,), over the first `room` positions.

        Every shape and address is fixed and nothing waits for the device, so that it can be
        recorded: the position is a number on the device, and what lies behind it is masked.
        """
        cache = self.keys_values
        behind = torch.arange(room, device=self._device) > at
        mask = torch.zeros(room, device=self._device).masked_fill(behind, -torch.inf)

        def mix(place: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            return self._mix_masked(q, *cache.place(place, k, v, at, room), mask)

        return self._pass(tokens, self._cos[at], self._sin[at], mix)

    def _pass(
        self, ids: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, mix: Mix
    ) -> torch.Tensor:
        """ids (rows, new) through all layers; the last position's scores."""
        rows, new = ids.shape
        x = F.embedding(ids, self._embedding).to(self._run).view(rows * new, -1)
        for place, layer in enumerate(self._layers):
            x = x + self._attend(place, layer, x, rows, cos, sin, mix)
            x = x + self._feed(layer, x)
        last = x.view(rows, new, -1)[:, -1]
        return self._head(self._normed(last, self._norm))

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
        self,
        place: int,
        layer: Layer,
        x: torch.Tensor,
        rows: int,
        cos: torch.Tensor,
        sin: torch.Tensor,
        mix: Mix,
    ) -> torch.Tensor:
        new = cos.shape[0]
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
        qk = torch.addcmul(qk * cos, qk.roll(self._dim // 2, -1), sin)
        mixed = mix(place, qk[:, : self._heads], qk[:, self._heads :], v)
        return layer.out(mixed.transpose(1, 2).reshape(rows * new, -1))

    def _mix(self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Attention of q (rows, heads, new, dim) over keys (rows, kv_heads, length, dim)."""
        new, length = q.shape[2], keys.shape[2]
        if new == 1:
            # The queries that share a KV head are the rows of one product: K is read once.
            grouped = q.view(q.shape[0], self._kv_heads, -1, self._dim)
            return F.scaled_dot_product_attention(grouped, keys, values).view(q.shape)
        mask = None
        if length != new:
            mask = torch.ones(new, length, dtype=torch.bool, device=q.device).tril(length - new)
        return F.scaled_dot_product_attention(
            q, keys, values, attn_mask=mask, is_causal=mask is None, enable_gqa=True
        )

    def _mix_masked(
        self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """The same for one new position, with what is added to each score: (length,).

        Two plain products: the library's attention over a mask is not split along the keys, and
        one query would keep most of a GPU idle.
        """
        grouped = q.reshape(q.shape[0], self._kv_heads, -1, self._dim)
        scores = (grouped @ keys.mT).float() * self._dim**-0.5 + mask
        return (torch.softmax(scores, -1).to(values.dtype) @ values).view(q.shape)

    def _feed(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        y = self._normed(x, layer.norm_mlp)
        gate, up = layer.gate_up(y).chunk(2, dim=-1)
        return layer.down(F.silu(gate) * up)

    def _layer(self, block: Any, make: Make) -> Layer:
        attention, mlp = block.self_attn, block.mlp
        q_norm = getattr(attention, "q_norm", None)
        k_norm = getattr(attention, "k_norm", None)
        return Layer(
            norm_in=block.input_layernorm.weight.to(self._run),
            qkv=_merged((attention.q_proj, attention.k_proj, attention.v_proj), make),
            q_norm=None if q_norm is None else q_norm.weight.to(self._run),
            k_norm=None if k_norm is None else k_norm.weight.to(self._run),
            out=_merged((attention.o_proj,), make),
            norm_mlp=block.post_attention_layernorm.weight.to(self._run),
            gate_up=_merged((mlp.gate_proj, mlp.up_proj), make),
            down=_merged((mlp.down_proj,), make),
        )

    def _table(self, rotary: Any, limit: int) -> None:
        """Cosines and signed sines of every position, (limit, head_dim)."""
        places = torch.arange(limit, device=self._device, dtype=torch.float32)
        angles = torch.outer(places, rotary.inv_freq.float().to(self._device))
        scale = rotary.attention_scaling
        self._cos = (torch.cat((angles.cos(), angles.cos()), -1) * scale).to(self._run)
        self._sin = (torch.cat((-angles.sin(), angles.sin()), -1) * scale).to(self._run)


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
