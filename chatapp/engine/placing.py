"""Which device a model is put on: the one that was asked for, or the one that Auto takes.

A card is named by its place in CUDA's order, which `preload` makes the driver's own. Knows nothing
about models.
"""

from __future__ import annotations

import os

import torch

from chatapp import devices
from chatapp.chat import UserError
from chatapp.reasons import Reason

CPU_BUILD = Reason(
    "PyTorch was set up without graphics cards, so the model runs on the CPU. "
    "Run 'python3 packaging/launch.py --setup'."
)
OLD_DRIVER = (
    "NVIDIA driver {version} is too old for CUDA {needed}, so the model runs on the CPU. "
    "Update the driver."
)
UNUSABLE = Reason(
    "PyTorch cannot use the graphics card, so the model runs on the CPU. Run 'chatapp doctor'."
)
AMPERE = (8, 0)  # the first cards with the 4-bit product, and with bfloat16


def usual_device() -> str:
    """The device that Auto takes: the card with the most memory, else Apple's GPU, else the CPU."""
    if torch.cuda.is_available():
        return _best_card()
    return "mps" if torch.backends.mps.is_available() else "cpu"


def device_of(asked: str) -> str:
    """The device by a value of the knob. Raises UserError where it is not there."""
    usual = usual_device()
    if asked == "auto":
        return usual
    kind, _, number = asked.partition(":")
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    there = here.get(kind, True) and (not number or int(number) < torch.cuda.device_count())
    if not there:
        raise UserError(
            "The device {device} is not available on this computer.",
            "Choose Auto in the Model tab.",
            "auto_device",
            device=asked,
        )
    return usual if asked == "cuda" else asked


def avoided(asked: str, device: str) -> str:
    """Why a card that the driver sees is not used by Auto; empty where there is nothing to tell."""
    if device != "cpu" or asked == "cpu" or not devices.look("auto").gpu:
        return ""
    build, cards = torch.version.cuda, devices.nvidia.cards()
    if not build:
        return UNUSABLE if torch.version.hip else CPU_BUILD
    speaks = getattr(torch._C, "_cuda_getDriverVersion", int)()  # 12040 for 12.4
    if cards and 0 < speaks // 1000 < int(build.partition(".")[0]):
        return Reason(OLD_DRIVER, version=str(cards[0]["driver"]), needed=build)
    return UNUSABLE


def enter(device: torch.device) -> None:
    """What this thread does on a card without naming one is done on this: streams, recordings."""
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)


def has_bfloat16(device: str) -> bool:
    """Whether this card computes in it by itself."""
    with torch.cuda.device(device):
        return torch.cuda.is_bf16_supported(including_emulation=False)


def has_few_bits(device: str) -> bool:
    """Whether kernels compute in 8 and 4 bits of a weight there."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_capability(device) >= AMPERE
    return device == "cpu"


def name_of(device: str) -> str:
    """As people know it; of several cards also which."""
    if not device.startswith("cuda"):
        return {"mps": "Apple GPU", "cpu": "CPU"}[device]
    name = torch.cuda.get_device_name(device)
    return f"{name} ({device})" if torch.cuda.device_count() > 1 else name


def _best_card() -> str:
    if "LOCAL_RANK" in os.environ:  # one of several processes, which was given its card
        return f"cuda:{torch.cuda.current_device()}"
    count = torch.cuda.device_count()
    sizes = [torch.cuda.get_device_properties(number).total_memory for number in range(count)]
    return f"cuda:{sizes.index(max(sizes))}"
