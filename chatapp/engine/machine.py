"""What a training runs on: its device and precision, and this process among several.

Under `accelerate launch` each process takes its share of every step's rows and the gradients are
summed. Knows nothing about models, losses or what the rows hold.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch.nn.attention import SDPBackend, sdpa_kernel

from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from chatapp.engine.batches import Rows

MIXED = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
SHORT_ROW = 128  # tokens: to here torch's fused attention is 2 to 5 times slower in bf16 on a CPU


def precision_of(asked: str, device: torch.device) -> str:
    """What the products of a training are computed in. Raises UserError where that cannot be.

    Auto is 16 bits where they pay: on a CPU with AVX-512 twice the speed, on older ones a loss.
    """
    if asked == "float16" and device.type == "cpu":
        raise UserError("Training in float16 needs a graphics card.", "Choose bfloat16 or float32.")
    if asked != "auto":
        return asked
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    quick = device.type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX512"
    return "bfloat16" if quick else "float32"


def take_card() -> None:
    """Use the card of this process's number, where several processes train together."""
    number = os.environ.get("LOCAL_RANK", "")
    if number.isdecimal() and torch.cuda.is_available():
        torch.cuda.set_device(int(number) % torch.cuda.device_count())


class Machine:
    """Precision, and this process among those that train together."""

    def __init__(self, precision: str, device: torch.device, row_tokens: int) -> None:
        if AcceleratorState._shared_state and not torch.distributed.is_initialized():
            AcceleratorState._reset_state(True)  # an earlier run may have had another precision
        self._accelerator = Accelerator(mixed_precision=MIXED[precision], cpu=device.type == "cpu")
        self.device = device
        self._slow_fused = (precision, device.type) == ("bfloat16", "cpu") and (
            row_tokens <= SHORT_ROW
        )
        self.share = self._accelerator.process_index
        self.shares = self._accelerator.num_processes

    @property
    def main(self) -> bool:
        """Whether this process writes the files."""
        return self.share == 0

    @property
    def scale(self) -> float | None:
        """What float16's losses are multiplied by now, so that small gradients are not lost."""
        scaler = self._accelerator.scaler
        return None if scaler is None else float(scaler.get_scale())

    def set_scale(self, scale: float | None) -> None:
        """Go on with this scale."""
        if scale is not None and self._accelerator.scaler is not None:
            self._accelerator.scaler.update(scale)

    def prepare(self, optimizer: torch.optim.Optimizer) -> Any:
        """The optimizer, skipping steps that overflowed in float16."""
        return self._accelerator.prepare_optimizer(optimizer, device_placement=False)

    def mine(self, rows: Rows) -> Rows:
        """This process's share of a step's rows; an empty row where there are too few."""
        return rows[self.share :: self.shares] or [[]]

    @contextlib.contextmanager
    def autocast(self) -> Iterator[None]:
        """While it is open, products are computed in this precision."""
        with self._accelerator.autocast(), self._attention():
            yield

    def backward(self, loss: torch.Tensor) -> None:
        """Add the loss's gradients."""
        with self._attention():  # what was not kept is computed again here, and must be the same
            self._accelerator.backward(loss)

    def clip(self, parameters: list[torch.Tensor], longest: float) -> float:
        """Sum the gradients of all processes and cut them to this norm; the norm before."""
        if self.shares > 1:
            for parameter in parameters:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                parameter.grad = self._accelerator.reduce(parameter.grad, "sum")
        return float(self._accelerator.clip_grad_norm_(parameters, longest))

    def sum(self, value: float) -> float:
        """Over all processes."""
        if self.shares == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        return float(self._accelerator.reduce(total, "sum"))

    def _attention(self) -> AbstractContextManager[None]:
        return sdpa_kernel(SDPBackend.MATH) if self._slow_fused else contextlib.nullcontext()
