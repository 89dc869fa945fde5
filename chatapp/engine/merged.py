"""A loaded model's modules, several of them as one product; the modules go on as views of it.

Knows where the Llama family keeps them, and nothing about what is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from chatapp.engine.faults import empty_cache

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


class Apart:
    """The products of several modules side by side, until they are packed as one.

    The weights stay where they are, in the mapped file as a rule: a merged copy of them all would
    need as much memory as the model that is packed because it is too large.
    """

    packed = None

    def __init__(self, modules: tuple[Any, ...]) -> None:
        self._modules = modules
        self.nbytes = sum(module.weight.nbytes for module in modules)

    @property
    def weight(self) -> torch.Tensor:
        """All of them, (out, in): a copy where there are several."""
        weights = [module.weight.data for module in self._modules]
        return weights[0] if len(weights) == 1 else torch.cat(weights)

    @property
    def bias(self) -> torch.Tensor | None:
        """Theirs, (out,)."""
        return _bias(self._modules)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product, in the weights' type; the result in that of x."""
        given = x.to(self._modules[0].weight.dtype)
        parts = [F.linear(given, module.weight, module.bias) for module in self._modules]
        return torch.cat(parts, -1).to(x.dtype)


def merge(modules: tuple[Any, ...], make: Make | None) -> Linear:
    """One product for several; the modules keep their weights as views, without a second copy.

    Without `make` nothing is merged yet.
    """
    if make is None:
        return Apart(modules)
    if len(modules) == 1:
        return make(modules[0].weight.data, _bias(modules))
    merged = torch.cat([module.weight.data for module in modules])
    start = 0
    for module in modules:
        rows = module.weight.shape[0]
        module.weight.data = merged[start : start + rows]
        start += rows
    if merged.device.type != "cpu":
        # The next layer's product fits in none of the places that its parts have left, so that a
        # card would be asked for half as much again as the model takes.
        empty_cache(merged.device)
    return make(merged, _bias(modules))


def _bias(modules: tuple[Any, ...]) -> torch.Tensor | None:
    if all(module.bias is None for module in modules):
        return None
    zeros = (module.weight.new_zeros(module.weight.shape[0]) for module in modules)
    pairs = zip(modules, zeros, strict=True)
    return torch.cat([none if m.bias is None else m.bias.data for m, none in pairs])
