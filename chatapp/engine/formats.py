"""Which format a model's products are computed in, by the name of a precision.

Knows nothing about models; `linears` says how each format computes.
"""

from __future__ import annotations

import time

import torch

from chatapp.engine.int4 import Int4
from chatapp.engine.linears import Half, Int8, Linear, Make, Plain
from chatapp.engine.nibbles import Nibbles


def _as(dtype: torch.dtype) -> Make:
    def make(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
        return Plain(weight.to(dtype), None if bias is None else bias.to(dtype))

    return make


HAS_FBGEMM = "fbgemm" in torch.backends.quantized.supported_engines  # on x86 with AVX2


def _half(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
    make = Half if is_packed("float16", weight.device) else _as(torch.float16)
    return make(weight, bias)


def _eight(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
    make = Int8 if weight.device.type == "cpu" else Nibbles
    return make(weight, bias)


FORMATS: dict[str, Make] = {
    "float32": _as(torch.float32),
    "bfloat16": _as(torch.bfloat16),
    "float16": _half,
    "int8": _eight,
    "int4": Int4,
}
BITS = {"int8": 8, "int4": 4}  # of a weight; the rest of the model stays in 16
SHORT = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
TRIAL = (8192, 4096)  # 64 MB in 16 bits: more than the last-level cache of most
TRIALS = 5


def is_packed(precision: str, device: torch.device) -> bool:
    """Whether this format replaces the model's own weights instead of reading them."""
    if precision == "float16":
        return device.type == "cpu" and HAS_FBGEMM
    return precision in BITS


def reads_float16_faster() -> bool:
    """Time one row through 64 MB of weights in both 16-bit types; 0.3 s. CPUs differ widely."""
    if not HAS_FBGEMM:
        return False
    weight = torch.full(TRIAL, 0.01, dtype=torch.bfloat16)  # zeros would be one page of memory
    return _seconds(Half(weight, None)) < _seconds(Plain(weight, None))


def _seconds(product: Linear) -> float:
    row = torch.full((1, TRIAL[1]), 0.01)
    times = []
    for _ in range(TRIALS):
        began = time.perf_counter()
        product(row)
        times.append(time.perf_counter() - began)
    return sorted(times)[TRIALS // 2]
