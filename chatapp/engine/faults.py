"""What an error of torch means: memory that is full, an accelerator that is lost, or our own bug.

Memory is measured here too, before and after it was given back. No error is kept: its traceback
holds frames, and frames hold tensors. Knows nothing about models or answers.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import logging
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import torch

from chatapp.cards import GIB
from chatapp.chat import EngineLost, UserError
from chatapp.engine import placing

if TYPE_CHECKING:
    from chatapp.cures import Cure

log = logging.getLogger(__name__)

FULL = (
    "out of memory",
    "STATUS_ALLOC_FAILED",
    "can't allocate memory",
    "not enough memory",
    "Cannot allocate memory",
)
CAPTURING = range(900, 910)  # CUDA: a recording was broken off; the card itself is well
MISFITS = {35, 209, 803}  # CUDA: the driver or this build of PyTorch does not fit the card
ASKED = re.compile(r"tried to allocate (\d+(?:\.\d+)?) ?(bytes|[KMGT]i?B)", re.IGNORECASE)
UNITS = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True, slots=True)
class Lack:
    """Memory that was not there, in bytes; a plain value, so that no tensor stays with it.

    Both sentences give back first what nobody holds. Needed is then what came back and what could
    not be had, or `least`, if that is more.
    """

    device: torch.device
    asked: int  # by the allocation that failed; 0 = it did not say
    used: int  # by this process at that moment

    def of_load(self, name: str, least: int) -> UserError:
        """What a load tells."""
        needed, free = self._measured(least)
        few = self._few_bits()
        if self.device.type == "cuda":
            return UserError(
                "{name} needs {needed} GB to load; {free} GB are free.",
                "Set a smaller precision or Offload in the Model tab, or choose a smaller model.",
                *few,
                "offload",
                "choose_model",
                name=name,
                needed=needed,
                free=free,
            )
        return UserError(
            "{name} needs {needed} GB to load; {free} GB are free.",
            "Close other programs, set a smaller precision, or choose a smaller model.",
            *few,
            "choose_model",
            name=name,
            needed=needed,
            free=free,
        )

    def of_reply(self, device: str, least: int) -> UserError:
        """What an answer tells; `device` is the name that people know."""
        needed, free = self._measured(least)
        few = self._few_bits()
        return UserError(
            "{device} ran out of memory: {needed} GB needed, {free} GB free.",
            "Shorten the context, load in a smaller precision, or choose a smaller model.",
            "shorten_context",
            *few,
            "choose_model",
            device=device,
            needed=needed,
            free=free,
        )

    def of_training(self, name: str, least: int) -> UserError:
        """What a training tells."""
        needed, free = self._measured(least)
        return UserError(
            "{name} needs {needed} GB to train; {free} GB are free.",
            "Lower the rows at once, the rank or the longest example, or save memory.",
            name=name,
            needed=needed,
            free=free,
        )

    def _few_bits(self) -> tuple[Cure, ...]:
        """Whether 4 bits are a way out: not every device has their product."""
        return ("load_4bit",) if placing.has_few_bits(str(self.device)) else ()

    def _measured(self, least: int) -> tuple[float, float]:
        give_back(self.device)
        came_back = self.used - used_bytes(self.device)
        needed, free = max(self.asked + came_back, least), free_bytes(self.device)
        return _gigabytes(needed), _gigabytes(free)


def fault_of(error: BaseException, device: torch.device) -> Lack | UserError | None:
    """What the error says about the machine; None when it is not the machine's fault."""
    if isinstance(error, UserError):
        return None
    if not is_full(error):
        return _loss(error)
    log.info("memory is full: %s", str(error).partition("\n")[0] or type(error).__name__)
    found = ASKED.search(str(error))
    asked = float(found[1]) * UNITS[found[2][0].lower()] if found else 0
    return Lack(device, int(asked), used_bytes(device))


def is_full(error: BaseException) -> bool:
    """Out of memory, told by torch, a library below it, Python or the system."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in FULL)


def is_broken_capture(error: BaseException) -> bool:
    """A CUDA graph could not be recorded; the same work does without."""
    if getattr(error, "error_code", None) in CAPTURING:
        return True
    return _is_cuda(error) and "captur" in str(error)


def invalid() -> UserError:
    """Scores that are no numbers, as 16 bits give when they overflow."""
    return UserError(
        "The model produced invalid numbers.",
        "Load it as bfloat16 or float32 in the Model tab.",
        "load_float32",
    )


def give_back(device: torch.device) -> None:
    """Return what nobody holds to the system. Raises EngineLost for a card that does not live."""
    gc.collect()
    if device.type == "cpu":
        _trim()
        return
    try:
        empty_cache(device)
        if device.type == "cuda":  # what was left is no peak of what comes
            torch.cuda.reset_peak_memory_stats(device)
        eye = torch.eye(8, device=device)
        alive = float((eye @ eye).sum()) == 8
    except RuntimeError as error:
        log.info("the accelerator does not compute any more: %s", error)
        alive = is_full(error)  # somebody else took the rest: that is no loss
    if not alive:
        raise _lost()


def empty_cache(device: torch.device) -> None:
    """Let a GPU's allocator return the blocks that nobody uses."""
    (torch.cuda if device.type == "cuda" else torch.mps).empty_cache()


def used_bytes(device: torch.device) -> int:
    """What this process holds of the device's memory."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.current_allocated_memory()
    return psutil.Process().memory_info().rss


def free_bytes(device: torch.device) -> int:
    """What could still be had of the device's memory."""
    if device.type == "cuda":
        try:
            free, _ = torch.cuda.mem_get_info(device)
        except RuntimeError:  # it can itself run out of memory
            return 0
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    free = psutil.virtual_memory().available
    if hasattr(psutil, "RLIMIT_AS"):  # a limit of this process, as `ulimit -v` sets it
        limit, _ = psutil.Process().rlimit(psutil.RLIMIT_AS)
        if limit != psutil.RLIM_INFINITY:
            free = min(free, max(0, limit - psutil.Process().memory_info().vms))
    return free


def _loss(error: BaseException) -> UserError | None:
    """EngineLost when only a new process can use the accelerator; None for any other error."""
    kind = getattr(torch, "AcceleratorError", ())  # older versions raise a bare RuntimeError
    told = isinstance(error, kind) or _is_cuda(error)
    if not told or is_full(error) or is_broken_capture(error):
        return None
    log.info("the accelerator is lost: %s", error)
    if getattr(error, "error_code", None) in MISFITS or "no kernel image" in str(error):
        return UserError(
            "The graphics card does not fit the installed PyTorch.",
            "Choose CPU as the device in the Model tab.",
            "use_cpu",
        )
    return _lost()


def _is_cuda(error: BaseException) -> bool:
    return isinstance(error, RuntimeError) and "CUDA error" in str(error)


def _lost() -> EngineLost:
    return EngineLost(
        "The graphics card stopped working for ChatApp.",
        "ChatApp opens again by itself; everything is saved.",
    )


def _gigabytes(count: int) -> float:
    return round(count / GIB, 1 if count >= GIB else 3)


def _trim() -> None:
    """Have the C library return free memory: glibc keeps blocks of up to 32 MB for later."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # absent from musl
        if trim is not None:
            trim(0)
