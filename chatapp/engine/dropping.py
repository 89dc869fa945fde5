"""Dropout in a model whose own weights learn; few of today's models bring any.

What attention and feed-forward add to the stream is left out at random while it trains. Source:
Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting". An
adapter has peft's own dropout instead. Knows nothing about data or losses.
"""

from __future__ import annotations

from typing import Any

from torch.nn import functional
from transformers.modeling_layers import GradientCheckpointingLayer


def drop(model: Any, share: float) -> None:
    """From now on, and only in training; a share of 0 changes nothing."""

    def left_out(module: Any, given: Any, made: Any) -> Any:
        if not module.training:
            return made
        if isinstance(made, tuple):
            return (functional.dropout(made[0], share), *made[1:])
        return functional.dropout(made, share)

    for block in _blocks(model) if share else ():
        for part in block.children():
            if any(weight.dim() > 1 for weight in part.parameters()):  # norms have none
                part.register_forward_hook(left_out)


def _blocks(model: Any) -> list[Any]:
    return [module for module in model.modules() if isinstance(module, GradientCheckpointingLayer)]
