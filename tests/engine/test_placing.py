"""Why a card that is here does not run the model."""

from __future__ import annotations

import pytest
import torch

from chatapp import devices
from chatapp.chat import Reading
from chatapp.engine import placing


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose driver is 470.57 and speaks CUDA 11.4."""
    monkeypatch.setattr(devices, "look", lambda device: Reading("Card", "", gpu=True))
    monkeypatch.setattr(devices.nvidia, "cards", lambda: [{"driver": "470.57"}])
    monkeypatch.setattr(torch._C, "_cuda_getDriverVersion", lambda: 11040, raising=False)


def test_a_build_for_the_cpu_says_how_to_get_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    assert "launch.py --setup" in placing.avoided("auto", "cpu")


def test_a_driver_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.6")
    said = placing.avoided("auto", "cpu")
    assert "NVIDIA driver 470.57 is too old for CUDA 12.6" in said


def test_another_reason_leads_to_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "11.8")
    assert "chatapp doctor" in placing.avoided("auto", "cpu")


@pytest.mark.parametrize(("asked", "device"), [("cpu", "cpu"), ("auto", "cuda:0")])
def test_a_choice_and_a_card_in_use_need_no_reason(asked: str, device: str) -> None:
    assert placing.avoided(asked, device) == ""


def test_without_a_card_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "look", lambda device: Reading("CPU", "No driver."))
    assert placing.avoided("auto", "cpu") == ""
