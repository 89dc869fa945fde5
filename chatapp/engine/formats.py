"""Which format a model's products are computed in, by the name of a precision.

Knows nothing about models; `linears` says how each format computes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from chatapp.engine.linears import Half, Int8, Linear, Plain

if TYPE_CHECKING:
    from chatapp.engine.fused import Make


def _as(dtype: torch.dtype) -> Make:
    def make(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
        return Plain(weight.to(dtype), None if bias is None else bias.to(dtype))

    return make


def _half(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
    """float16 is a one-row format on a CPU and an ordinary one elsewhere."""
    return Half(weight, bias) if weight.device.type == "cpu" else _as(torch.float16)(weight, bias)


FORMATS: dict[str, Make] = {
    "float32": _as(torch.float32),
    "bfloat16": _as(torch.bfloat16),
    "float16": _half,
    "int8": Int8,
}
SHORT = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
