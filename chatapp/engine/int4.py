"""A product whose weights take 4 bits, by torch's own kernels on a CPU and on an NVIDIA card.

Each group of 32 weights of a row has its own 16 steps between its least and its largest weight;
rounding is plain. To fit a model into memory, not to hurry it. Knows nothing about models.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Code = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]

GROUP = 32  # weights of a row with a step and a middle of their own: 5 bits a weight in all
ROWS = 16  # the kernels take rows in sixteens
AT_ONCE = 1 << 22  # weights that are packed at once: each takes 16 bytes and more until then
TALL = 256  # their rows come in so many, as every kernel's tiles do
STEPS, MIDDLE = 15, 8
LEAST = 1e-9  # the step of a group of equal weights
TILES = 2  # of 16 columns, as the card's kernel walks; a CPU's knows none
CLOSE = 0.02  # of the largest score in the self-test; bfloat16 alone gives 0.004
TYPE = torch.bfloat16  # of activations, steps and middles: the one that both kernels are fast in


class Grouped:
    """Weights in groups of a row, each with its own steps; bfloat16 activations, float32 sums."""

    packed = None  # a tensor is

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor | None, group: int, code: Code
    ) -> None:
        """`code` gives a block of rows in float32 as the kernel wants it: codes, and scales."""
        self._rows = weight.shape[0]
        self._more = -weight.shape[1] % group  # columns of zeros beside the last group
        coded = [code(block) for block in blocks(weight, group)]
        self._packed = torch.cat([packed for packed, _ in coded])
        self._scales = torch.cat([scales for _, scales in coded], 1)
        self._bias = None if bias is None else bias.float()
        self.nbytes = self._packed.nbytes + self._scales.nbytes

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product, in the type of x."""
        given = F.pad(x, (0, self._more)) if self._more else x
        out = self._product(given)[:, : self._rows].to(x.dtype)
        return out if self._bias is None else out + self._bias.to(x.dtype)

    def _product(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class Int4(Grouped):
    """4 bits a weight in groups of 32, asymmetric.

    Raises NotImplementedError where torch's kernel is missing or wrong.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        require(weight.device.type)
        super().__init__(weight, bias, GROUP, _coded)

    def _product(self, x: torch.Tensor) -> torch.Tensor:
        return multiply(x.to(TYPE), self._packed, self._scales)


def blocks(weight: torch.Tensor, group: int) -> Iterator[torch.Tensor]:
    """The rows in float32, some at a time, filled up with zeros to whole groups and sixteens."""
    tall = max(1, AT_ONCE // weight.shape[1] // TALL) * TALL
    for block in weight.split(tall):
        yield F.pad(block.float(), (0, -weight.shape[1] % group, 0, -block.shape[0] % ROWS))


def quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """float32 (rows, columns) -> codes 0..15 of that shape, and (groups, rows, 2) of step, middle.

    A weight is (code - 8) * step + middle, with step and middle as bfloat16 holds them.
    """
    groups = weight.view(weight.shape[0], -1, GROUP)
    least, most = groups.aminmax(dim=-1, keepdim=True)
    step = ((most - least) / STEPS).clamp_(min=LEAST).to(TYPE).float()
    middle = (least + MIDDLE * step).to(TYPE).float()
    codes = ((groups - middle) / step).round_().add_(MIDDLE).clamp_(0, STEPS).to(torch.int32)
    scales = torch.cat((step, middle), -1).transpose(0, 1).contiguous().to(TYPE)
    return codes.view(weight.shape), scales


def _coded(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    codes, scales = quantised(weight)
    return pack(codes), scales


def restored(codes: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """The float32 weights that these stand for."""
    step, middle = scales.float().transpose(0, 1).unsqueeze(2).unbind(-1)  # (rows, groups, 1)
    groups = codes.view(codes.shape[0], -1, GROUP) - MIDDLE
    return (groups * step + middle).view(codes.shape)


@functools.cache
def require(kind: str) -> None:
    """Try the kernel of this kind of device, once per process, on one row and on several.

    Raises NotImplementedError where it is missing or wrong.
    """
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(4 * ROWS, 4 * GROUP, generator=generator).to(kind)
    codes, scales = quantised(weight)
    product = lambda x: multiply(x.to(TYPE), pack(codes), scales)  # noqa: E731
    require_right(product, restored(codes, scales), generator)


def require_right(
    product: Callable[[torch.Tensor], torch.Tensor], kept: torch.Tensor, generator: torch.Generator
) -> None:
    """Compare with the weights as they are kept. Raises NotImplementedError where it is not so."""
    for rows in (1, 3, 40):
        x = torch.randn(rows, kept.shape[1], generator=generator).to(kept.device)
        right = x @ kept.T
        try:
            given = product(x).float()
        except RuntimeError as error:
            raise NotImplementedError(f"no 4-bit product on this device: {error}") from error
        if not bool((given - right).abs().max() <= CLOSE * right.abs().max()):
            raise NotImplementedError("the 4-bit product is wrong on this device")


def pack(codes: torch.Tensor) -> torch.Tensor:
    """In the kernel's own order, two to a byte."""
    if codes.device.type == "cpu":
        return torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes, TILES)
    pairs = codes.to(torch.uint8).view(codes.shape[0], -1, 2)
    return torch.ops.aten._convert_weight_to_int4pack(pairs[..., 0] << 4 | pairs[..., 1], TILES)


def multiply(
    x: torch.Tensor, packed: torch.Tensor, scales: torch.Tensor, group: int = GROUP
) -> torch.Tensor:
    """x (rows, in) in `TYPE` -> (rows, out) in it, with so many weights to a step and a middle."""
    if x.device.type == "cpu":
        return torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, group, scales)
    return torch.ops.aten._weight_int4pack_mm(x, packed, group, scales)
