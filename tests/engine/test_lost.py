"""Which errors of torch mean that the accelerator is gone for this process."""

from __future__ import annotations

import pytest
import torch

from chatapp.chat import EngineLost, UserError
from chatapp.engine.local import _is_full, _tell_lost

STICKY = (
    "CUDA error: an illegal memory access was encountered",  # 700
    "CUDA error: the launch timed out and was terminated",  # 702
    "CUDA error: device-side assert triggered",  # 710
    "CUDA error: unspecified launch failure",  # 719
    "CUDA error: unknown error",  # 999
    "CUDA error: initialization error",  # 3
)


@pytest.mark.parametrize("text", STICKY)
def test_a_sticky_error_is_a_lost_accelerator(text: str) -> None:
    with pytest.raises(EngineLost) as told:
        _tell_lost(RuntimeError(text))
    assert told.value.event().lost


@pytest.mark.skipif(not hasattr(torch, "AcceleratorError"), reason="this torch has no such class")
def test_torchs_own_class_is_a_lost_accelerator_whatever_it_says() -> None:
    with pytest.raises(EngineLost):
        _tell_lost(torch.AcceleratorError("HIP error: unspecified launch failure"))


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ],
)
def test_full_memory_is_no_loss(text: str) -> None:
    error = RuntimeError(text)
    _tell_lost(error)
    assert _is_full(error)


def test_a_card_that_the_build_does_not_fit_is_told_and_not_tried_again() -> None:
    text = "CUDA error: no kernel image is available for execution on the device"
    with pytest.raises(UserError) as told:
        _tell_lost(RuntimeError(text))
    assert not told.value.event().lost


def test_any_other_error_is_not_ours_to_explain() -> None:
    error = RuntimeError("The size of tensor a (3) must match the size of tensor b (4)")
    _tell_lost(error)
    assert not _is_full(error)
