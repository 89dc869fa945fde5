"""A product whose weights take 8 bits on an NVIDIA card: torch's own in 4 bits, twice in one call.

torch has no quick product in 8 bits there, but its 4-bit one reads a card's memory well. A code of
8 bits is a high and a low half, so the halves lie side by side as 4-bit weights of twice as many
columns, and the activations are given twice: x W = x (16 steps x high) + x (steps x low). A step
has four significant bits, so each half's weight is exact in bfloat16. Knows nothing about models.
"""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F

from chatapp.engine.int4 import CLOSE, LEAST, MIDDLE, ROWS, TYPE, blocks, multiply, pack

GROUP = 64  # weights of a row with a step of their own: 9 bits a weight in all
MOST, ZERO = 127, 128  # a code is a weight in steps and 128 more, so 1 to 255
DIGITS = 16  # a step is 8 to 16 sixteenths of a power of two, so that half a code times it is exact


class Nibbles:
    """8 bits a weight in groups of 64, symmetric; bfloat16 activations, sums in float32.

    Raises NotImplementedError where torch's 4-bit kernel is missing or wrong.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        require(weight.device.type)
        self._rows = weight.shape[0]
        self._more = -weight.shape[1] % GROUP  # columns of zeros beside the last group
        coded = [_packed(*quantised(block)) for block in blocks(weight, GROUP)]
        self._packed = torch.cat([packed for packed, _ in coded])
        self._scales = torch.cat([scales for _, scales in coded], 1)
        self._bias = None if bias is None else bias.float()
        self.nbytes = self._packed.nbytes + self._scales.nbytes
        self.packed = None  # a tensor is

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product, in the type of x."""
        given = F.pad(x, (0, self._more)) if self._more else x
        out = _product(given, self._packed, self._scales)[:, : self._rows].to(x.dtype)
        return out if self._bias is None else out + self._bias.to(x.dtype)


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
    for rows in (1, 3, 40):
        x = torch.randn(rows, weight.shape[1], generator=generator).to(kind)
        right = x @ restored(codes, steps).T
        try:
            given = _product(x, *_packed(codes, steps)).float()
        except RuntimeError as error:
            raise NotImplementedError(f"no 4-bit product on this device: {error}") from error
        if not bool((given - right).abs().max() <= CLOSE * right.abs().max()):
            raise NotImplementedError("the 4-bit product is wrong on this device")


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
