"""A loaded model's modules, several of them as one product; the modules go on as views of it.

Knows where the Llama family keeps them, and nothing about what is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from chatapp.engine.linears import Linear, Make


def body_of(model: Any) -> Any:
    """The text part: some models have eyes beside it."""
    return getattr(model.model, "language_model", model.model)


def parts_of(block: Any) -> dict[str, tuple[Any, ...]]:
    """A block's modules by the field of `Layer` that computes them together."""
    attention, mlp = block.self_attn, block.mlp
    return {
        "qkv": (attention.q_proj, attention.k_proj, attention.v_proj),
        "out": (attention.o_proj,),
        "gate_up": (mlp.gate_proj, mlp.up_proj),
        "down": (mlp.down_proj,),
    }


def merge(modules: tuple[Any, ...], make: Make) -> Linear:
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
