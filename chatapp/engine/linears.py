"""One matrix product in the format that this device reads fastest: rows of activations times W.

Each format takes and gives float32 (or the run type on a GPU). One row is bound by the bytes of W,
and so are a few together: in the packed formats four rows take less than twice the time of one.
Knows nothing about layers or models.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, Protocol

import torch
import torch.nn.functional as F

TINY = 1e-12  # the divisor of a row of zeros
AT_ONCE = 1 << 22  # weights that are converted at once


class Linear(Protocol):
    """x (rows, in) -> (rows, out)."""

    nbytes: int
    packed: Any  # the weight, where it is an object of the library's that is no tensor; or None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product."""


Make = Callable[[torch.Tensor, torch.Tensor | None], Linear]


class Plain:
    """In the weight's own type; on a GPU, and float32 or bfloat16 on a CPU."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self.weight, self.bias = weight, bias
        self.packed = None
        self.nbytes = weight.nbytes

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product, in the weight's type; the result in that of x."""
        return F.linear(x.to(self.weight.dtype), self.weight, self.bias).to(x.dtype)

    def added(self, total: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """The product, added to `total` in place where one operation does both."""
        if self.bias is not None or self.weight.dtype != total.dtype:
            return total + self(x)
        return total.addmm_(x, self.weight.T)


class Half:
    """float16 weights packed for fbgemm; activations and sums in float32.

    Reads at the memory's limit, and each row's result is bit for bit that of the row alone, however
    many are computed together. Raises OverflowError for what float16 cannot hold.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        half = weight.to(torch.float16)
        if not is_finite(half):
            raise OverflowError("a weight is too large for float16")
        self.nbytes = half.nbytes
        _use_fbgemm()
        self.packed = torch.ops.quantized.linear_prepack_fp16(
            half.float(), None if bias is None else bias.float()
        )

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product; float32 in and out."""
        return torch.ops.quantized.linear_dynamic_fp16(x, self.packed)


def is_finite(tensor: torch.Tensor) -> bool:
    """Every number of it, told by the extremes: a fifteenth of the time that `isfinite` takes."""
    return all(torch.isfinite(extreme) for extreme in tensor.aminmax())


class Int8:
    """8 bits a weight, symmetric per output row, packed for fbgemm; 8 bits an activation.

    fbgemm scales the activations once a call: one large row would spoil the others. So each of many
    rows is divided by its own largest, and a guard row holds the scale in place: a row's result
    does not depend on its companions, nor a key on how the prompt was cut into chunks. Where the
    CPU's instructions overflow on 8 bits times 8 bits, an activation gets 7.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        scale = (torch.stack(weight.aminmax(dim=1)).abs().amax(0).float() / 127).clamp_(min=TINY)
        codes = torch.empty(weight.shape, dtype=torch.int8)
        tall = max(1, AT_ONCE // weight.shape[1])
        parts = zip(weight.split(tall), scale.split(tall), codes.split(tall), strict=True)
        for part, its, place in parts:  # the whole in float32 would be four times the result
            place.copy_((part.float() / its[:, None]).round_().clamp_(-127, 127))
        self.nbytes = codes.nbytes
        self._rows = weight.shape[0]
        self._bias = None if bias is None else bias.float()
        self._guard = torch.zeros(1, weight.shape[1])
        self._guard[0, :2] = torch.tensor([1.0, -1.0])
        # Deprecated and working: torch is pinned, and its successors are slower on this path.
        warnings.filterwarnings("ignore", "torch.quantize_per_tensor", UserWarning)
        scale = scale.double()
        zeros = torch.zeros_like(scale, dtype=torch.int64)
        packed = torch._make_per_channel_quantized_tensor(codes, scale, zeros, 0)
        _use_fbgemm()
        self.packed = torch.ops.quantized.linear_prepack(packed, None)
        self._reduced = overflows()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product; float32 in and out. What is no number stays none."""
        try:
            return self._product(x)
        except RuntimeError:  # fbgemm finds no scale for it
            if x.isfinite().all():
                raise
        return x.new_full((x.shape[0], self._rows), torch.nan)

    def _product(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[0] == 1:
            out = torch.ops.quantized.linear_dynamic(x, self.packed, self._reduced)
        else:
            largest = torch.linalg.vector_norm(x, torch.inf, -1, keepdim=True).clamp_(min=TINY)
            guarded = torch.cat((x / largest, self._guard))
            out = torch.ops.quantized.linear_dynamic(guarded, self.packed, self._reduced)
            out = out[:-1].mul_(largest)
        return out if self._bias is None else out.add_(self._bias)


@functools.cache
def overflows() -> bool:
    """Whether this CPU loses large products of 8 bits: AVX2 adds two of them in 16 bits.

    64 products of the largest values are summed, once per process; the right sum is 62.
    """
    codes = torch.full((16, 64), 127, dtype=torch.int8)
    row = torch.ones(1, 64)
    row[0, 0] = -1.0
    scale, zeros = torch.full((16,), 1 / 127).double(), torch.zeros(16, dtype=torch.int64)
    packed = torch._make_per_channel_quantized_tensor(codes, scale, zeros, 0)
    _use_fbgemm()
    packed = torch.ops.quantized.linear_prepack(packed, None)
    return abs(float(torch.ops.quantized.linear_dynamic(row, packed)[0, 0]) - 62.0) > 3.0


def _use_fbgemm() -> None:
    """For what is packed from now on, on any thread: a packed weight keeps its engine.

    The others read half as fast (measured).
    """
    torch.backends.quantized.engine = "fbgemm"
