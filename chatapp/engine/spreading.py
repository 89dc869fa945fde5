"""A model whose layers lie on several devices, run by accelerate's hooks in transformers' forward.

The hooks bring a layer's weights from main memory to the card for as long as it computes, and what
it reads from card to card. Nothing goes to the disk. Knows nothing about bytes or files.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from accelerate import dispatch_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from torch.nn import Module

    from chatapp.sharing import Share

# It warns of every model that is dispatched as it was asked to be.
logging.getLogger("accelerate.big_modeling").setLevel(logging.ERROR)


def device_map(model: Any, shares: Sequence[Share]) -> dict[str, str]:
    """Module name -> device: each layer's by its share, everything else on the first card.

    Raises ValueError for a model whose layers cannot be told from the rest.
    """
    places = {layer: share.card.device for share in shares for layer in share.layers}
    blocks = _blocks(model)
    if len(blocks) != len(places):
        raise ValueError(f"{len(blocks)} layers were found, not {len(places)}")
    chosen = {name: places[place] for place, name in enumerate(blocks)}
    return dict(_placed(model, "", chosen, shares[0].card.device))


def spread(model: Any, devices: dict[str, str], main: str) -> Any:
    """The filled model with hooks, each of its modules where the map says."""
    skip = getattr(model, "_skip_keys_device_placement", None) or ()
    skip = [skip] if isinstance(skip, str) else sorted(skip)
    return dispatch_model(model, devices, main_device=main, skip_keys=skip)


def is_spread(model: Any) -> bool:
    """Whether parts of it lie on another device than the first."""
    return len({weight.device for weight in model.parameters()}) > 1


def elsewhere(model: Any) -> tuple[int, int]:
    """How many layers lie on another device than the model's, and how many there are."""
    blocks = [model.get_submodule(name) for name in _blocks(model)]
    away = [block for block in blocks if _device(block) != model.device]
    return len(away), len(blocks)


def bytes_elsewhere(model: Any) -> int:
    """Of the weights that lie on another device than the model's."""
    return sum(weight.nbytes for weight in model.parameters() if weight.device != model.device)


def _blocks(model: Any) -> list[str]:
    """The names of the layers in their order: what transformers says must stay together."""
    kinds = set(getattr(model, "_no_split_modules", None) or ())
    text = {id(module) for module in model.get_decoder().modules()}  # not those of a model's eyes
    return [
        name
        for name, module in model.named_modules()
        if type(module).__name__ in kinds and id(module) in text
    ]


def _placed(
    module: Module, name: str, chosen: dict[str, str], main: str
) -> Iterator[tuple[str, str]]:
    """The map below this module, as coarse as it can be."""
    inside = f"{name}." if name else ""
    if name in chosen:
        yield name, chosen[name]
    elif not any(block.startswith(inside) for block in chosen):
        yield name, main
    else:
        for own, _ in module.named_parameters(recurse=False):
            yield inside + own, main
        for child, below in module.named_children():
            yield from _placed(below, inside + child, chosen, main)


def _device(module: Module) -> torch.device | None:
    return next((weight.device for weight in module.parameters()), None)
