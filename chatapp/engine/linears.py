"""One matrix product in the format that this device reads fastest: rows of activations times W.

Each format takes and gives float32 (or the run type on a GPU) and has two ways: one row, which is
bound by the bytes of W, and many rows, which are bound by arithmetic.
Knows nothing about layers or models.
"""

from __future__ import annotations

import warnings
from typing import Protocol

import torch
import torch.nn.functional as F


class Linear(Protocol):
    """x (rows, in) -> (rows, out)."""

    nbytes: int

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""


class Plain:
    """In the weight's own type; on a GPU, and float32 or bfloat16 on a CPU."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self._weight, self._bias = weight, bias
        self.nbytes = weight.nbytes

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product, in the weight's type; the result in that of x."""
        return F.linear(x.to(self._weight.dtype), self._weight, self._bias).to(x.dtype)


class Half:
    """float16 for one row, where a CPU reads it at the memory's limit; bfloat16 for many.

    float16 is computed row by row: 64 rows take ten times as long as in bfloat16 (measured), so
    the weight is cast for each chunk of the prompt. Raises OverflowError for what float16 cannot
    hold.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self._weight = weight.to(torch.float16)
        if not torch.isfinite(self._weight).all():
            raise OverflowError("a weight is too large for float16")
        self._bias = None if bias is None else bias.float()
        self.nbytes = self._weight.nbytes

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product; float32 in and out."""
        if x.shape[0] == 1:
            out = F.linear(x.half(), self._weight).float()
        else:
            out = F.linear(x.bfloat16(), self._weight.bfloat16()).float()
        return out if self._bias is None else out.add_(self._bias)


class Int8:
    """8 bits a weight, symmetric per output row, by fbgemm; activations are quantised per call.

    Only for one row: over many, one large row spoils the others' scale. Many rows use the same
    weights dequantised, so that a key does not depend on how the prompt was cut into chunks.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        weight = weight.float()
        scale = (weight.abs().amax(1, keepdim=True) / 127).clamp_(min=1e-12)
        self._scale = scale.flatten()  # (out,)
        self._codes = (weight / scale).round_().clamp_(-127, 127).to(torch.int8)
        self._bias = None if bias is None else bias.float()
        self._packed = self._pack()
        self.nbytes = self._codes.nbytes

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product; float32 in and out."""
        if x.shape[0] == 1:
            return torch.ops.quantized.linear_dynamic(x, self._packed)
        # The codes are exact in bfloat16, so the scale goes to the sums instead of the weights.
        out = F.linear(x.bfloat16(), self._codes.bfloat16()).float().mul_(self._scale)
        return out if self._bias is None else out.add_(self._bias)

    def _pack(self) -> object:
        # The engine must be set before packing: the packed weight keeps it. x86 and onednn reach
        # 55-70 % of what fbgemm reads per second (measured).
        before = torch.backends.quantized.engine
        torch.backends.quantized.engine = "fbgemm"
        # Deprecated and working: torch is pinned, and its successors are slower on this path.
        warnings.filterwarnings("ignore", "torch.quantize_per_tensor", UserWarning)
        try:
            scale = self._scale.double()
            weight = torch._make_per_channel_quantized_tensor(
                self._codes, scale, torch.zeros_like(scale, dtype=torch.int64), 0
            )
            return torch.ops.quantized.linear_prepack(weight, self._bias)
        finally:
            torch.backends.quantized.engine = before
