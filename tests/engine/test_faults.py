"""What an error of torch means: the accelerator is gone, memory is full, or it is our own bug."""

from __future__ import annotations

import errno

import pytest
import torch

from chatapp.cards import GIB
from chatapp.chat import EngineLost, UserError
from chatapp.engine.faults import Lack, fault_of, free_bytes, is_broken_capture

CPU = torch.device("cpu")
STICKY = (
    "CUDA error: an illegal memory access was encountered",  # 700
    "CUDA error: the launch timed out and was terminated",  # 702
    "CUDA error: device-side assert triggered",  # 710
    "CUDA error: unspecified launch failure",  # 719
    "CUDA error: unknown error",  # 999
    "CUDA error: initialization error",  # 3
)
FULL = (
    (RuntimeError("CUDA error: out of memory"), 0),
    (
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        0,
    ),
    (
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate "
            "memory: you tried to allocate 400000000000 bytes. Error code 12 (Cannot allocate "
            "memory)"
        ),
        400_000_000_000,
    ),
    (
        RuntimeError(
            "DefaultCPUAllocator: not enough memory: you tried to allocate 4096 bytes."
        ),
        4096,
    ),
    (
        torch.OutOfMemoryError(
            "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 23.6 GiB"
        ),
        2_684_354_560,
    ),
    (RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB). Tried to allocate 1 MB"),
     1 << 20),
    (MemoryError(), 0),
    (OSError(errno.ENOMEM, "Cannot allocate memory"), 0),
)  # fmt: skip


class Coded(RuntimeError):
    """As torch.AcceleratorError tells the code of CUDA."""

    def __init__(self, code: int) -> None:
        super().__init__("CUDA error: something")
        self.error_code = code


@pytest.mark.parametrize("text", STICKY)
def test_a_sticky_error_is_a_lost_accelerator(text: str) -> None:
    fault = fault_of(RuntimeError(text), CPU)
    assert isinstance(fault, EngineLost)
    assert fault.event().lost


@pytest.mark.skipif(not hasattr(torch, "AcceleratorError"), reason="this torch has no such class")
def test_torchs_own_class_is_a_lost_accelerator_whatever_it_says() -> None:
    error = torch.AcceleratorError("HIP error: unspecified launch failure")
    assert isinstance(fault_of(error, CPU), EngineLost)


@pytest.mark.parametrize(("error", "asked"), FULL, ids=lambda value: str(value)[:40])
def test_full_memory_is_known_with_what_was_asked_for(error: Exception, asked: int) -> None:
    fault = fault_of(error, CPU)
    assert isinstance(fault, Lack)
    assert fault.asked == asked


@pytest.mark.parametrize("code", range(900, 910))
def test_a_recording_that_broke_off_is_no_loss(code: int) -> None:
    assert is_broken_capture(Coded(code))
    assert fault_of(Coded(code), CPU) is None


def test_a_recording_that_broke_off_is_known_by_its_words_too() -> None:
    text = "CUDA error: operation failed due to a previous error during capture"
    assert is_broken_capture(RuntimeError(text))
    assert fault_of(RuntimeError(text), CPU) is None


def test_a_code_beside_those_of_recording_is_a_loss() -> None:
    assert isinstance(fault_of(Coded(719), CPU), EngineLost)


def test_a_card_that_the_build_does_not_fit_is_told_and_not_tried_again() -> None:
    text = "CUDA error: no kernel image is available for execution on the device"
    fault = fault_of(RuntimeError(text), CPU)
    assert isinstance(fault, UserError)
    assert not fault.event().lost


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
        ValueError("out of memory"),
        OSError(errno.ENOENT, "No such file or directory"),
        UserError("The disk is full.", "Free some."),
    ],
)
def test_any_other_error_is_not_ours_to_explain(error: Exception) -> None:
    assert fault_of(error, CPU) is None


def test_the_sentence_of_a_reply_has_numbers_and_three_remedies() -> None:
    error = Lack(CPU, 3000 * GIB, 0).of_reply("CPU", 0)
    assert error.values["needed"] == pytest.approx(3000, rel=0.01)
    assert error.values["free"] == pytest.approx(free_bytes(CPU) / GIB, rel=0.2)
    assert str(error).startswith("CPU ran out of memory: ")
    assert error.remedy.count(",") == 2


def test_the_sentence_of_a_load_names_at_least_what_the_files_take() -> None:
    error = Lack(CPU, 0, 0).of_load("big", 73 * GIB // 10)
    assert error.values["needed"] == 7.3
    assert error.remedy.count(",") == 2
