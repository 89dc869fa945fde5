"""Which format a model's products are computed in, by the name of a precision.

Knows nothing about models; `linears` says how each format computes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

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
TRIAL = (8192, 8192)  # 128 MB in 16 bits: more than any last-level cache holds
TRIALS = 5


def reads_float16_faster() -> bool:
    """Time one row through 128 MB of weights in both 16-bit types; 0.1 s. CPUs differ widely."""
    weight = torch.full(TRIAL, 0.01, dtype=torch.float16)  # zeros would be one page of memory
    half = _seconds(weight)
    return half < _seconds(weight.bfloat16())


def _seconds(weight: torch.Tensor) -> float:
    row = torch.full((1, TRIAL[1]), 0.01, dtype=weight.dtype)
    times = []
    for _ in range(TRIALS):
        began = time.perf_counter()
        functional.linear(row, weight)
        times.append(time.perf_counter() - began)
    return sorted(times)[TRIALS // 2]
