"""A product whose weights take 8 bits on an NVIDIA card: torch's own in 4 bits, twice in one call.

torch has no quick product in 8 bits there, but its 4-bit one reads a card's memory well. A code of
8 bits is a high and a low half, so the halves lie side by side as 4-bit weights of twice as many
columns, and the activations are given twice: x W = x (16 steps x high) + x (steps x low). A step
has four significant bits, so each half's weight is exact in bfloat16. Knows nothing about models.
"""

from __future__ import annotations

import functools

import torch

from chatapp.engine.int4 import LEAST, MIDDLE, ROWS, TYPE, Grouped, multiply, pack, require_right

GROUP = 64  # weights of a row with a step of their own: 9 bits a weight in all
MOST, ZERO = 127, 128  # a code is a weight in steps and 128 more, so 1 to 255
DIGITS = 16  # a step is 8 to 16 sixteenths of a power of two, so that half a code times it is exact


class Nibbles(Grouped):
    """8 bits a weight in groups of 64, symmetric.

    Raises NotImplementedError where torch's 4-bit kernel is missing or wrong.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        require(weight.device.type)
        super().__init__(weight, bias, GROUP, lambda block: _packed(*quantised(block)))

    def _product(self, x: torch.Tensor) -> torch.Tensor:
        return _product(x, self._packed, self._scales)


def quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """float32 (rows, columns) -> codes 1..255 of that shape, and (rows, groups) of float32 steps.

    A weight is (code - 128) * step.
    """
    groups = weight.view(weight.shape[0], -1, GROUP)
    share, power = torch.frexp((groups.abs().amax(-1) / MOST).clamp_(min=LEAST))
    steps = torch.ldexp((share * DIGITS).ceil_() / DIGITS, power)
    codes = (groups / steps[..., None]).round_().add_(ZERO).to(torch.int32)
    return codes.view(weight.shape), steps


def restored(codes: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """The float32 weights that these stand for."""
    groups = codes.view(codes.shape[0], -1, GROUP) - ZERO
    return (groups * steps[..., None]).view(codes.shape)


@functools.cache
def require(kind: str) -> None:
    """Try this on that kind of device, once per process, on one row and on several.

    Raises NotImplementedError where the kernel is missing or wrong.
    """
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(4 * ROWS, 2 * GROUP, generator=generator).to(kind)
    codes, steps = quantised(weight)
    product = lambda x: _product(x, *_packed(codes, steps))  # noqa: E731
    require_right(product, restored(codes, steps), generator)


def _packed(codes: torch.Tensor, steps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both halves in the kernel's own order; (groups, rows, 2) of step, middle for both.

    The kernel takes 8 from a half. The high one's loss of 8 is the code's of 128; the low one gets
    it back.
    """
    halves = torch.cat((codes >> 4, codes & 15), 1)
    high = torch.stack((16 * steps, torch.zeros_like(steps)), -1)
    low = torch.stack((steps, MIDDLE * steps), -1)
    return pack(halves), torch.cat((high, low), 1).transpose(0, 1).contiguous().to(TYPE)


def _product(x: torch.Tensor, packed: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    return multiply(x.to(TYPE).repeat(1, 2), packed, scales, GROUP)
