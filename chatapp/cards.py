"""Memory to run a model in: the graphics cards that people ask about, and this computer's own.

Knows nothing about models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chatapp import devices

if TYPE_CHECKING:
    from chatapp.chat import Reading

Kind = Literal["cuda", "apple", "cpu"]

MAKERS = {"NVIDIA", "GeForce", "AMD", "Radeon", "Intel(R)", "Generation"}
MIB = 1 << 20
GIB = 1 << 30
# Apple's GPU may take two thirds of the memory that it shares, or three quarters of a large one.
APPLE_SMALL, APPLE_SHARES = 36, (2 / 3, 3 / 4)  # GB


@dataclass(frozen=True, slots=True)
class Card:
    """A place for a model; `free_bytes` is what it may take there."""

    name: str
    kind: Kind
    total_bytes: int
    free_bytes: int
    device: str = ""  # a value of the Device knob, where it is this computer's
    few_bits: bool = True  # 8 and 4 of a weight: not on a graphics card from before 2020


def short_name(name: str) -> str:
    """A card's name without its makers: RTX 4090."""
    return " ".join(word for word in name.split() if word not in MAKERS) or name


def gigabytes(count: int) -> float:
    """Memory in GB of 2^30 bytes, as cards are sold; files and disks are told in GB of 10^9."""
    return round(count / GIB, 1 if count >= GIB else 2)


def reserve_bytes(total: int) -> int:
    """What is better left alone: other programs grow too."""
    return max(256 * MIB, total * 3 // 100)


def _cuda(name: str, mebibytes: int, few_bits: bool = True) -> Card:
    """As the driver counts its memory, with a reserve for the desktop, and nothing else on it."""
    total = mebibytes * MIB
    return Card(name, "cuda", total, total - reserve_bytes(total), few_bits=few_bits)


def _apple(gigabytes: int) -> Card:
    total = gigabytes * GIB
    return Card(f"Apple, {gigabytes} GB shared", "apple", total, _apple_share(total))


def _apple_share(total: int) -> int:
    return int(total * APPLE_SHARES[total > APPLE_SMALL * GIB])


CARDS = (
    _cuda("RTX 4060, 8 GB", 8188),
    _cuda("RTX 3060, 12 GB", 12288),
    _cuda("RTX 4070, 12 GB", 12282),
    _cuda("V100, 16 GB", 16160, few_bits=False),
    _cuda("RTX 4080, 16 GB", 16376),
    _cuda("RTX 4090, 24 GB", 24564),
    _cuda("V100, 32 GB", 32510, few_bits=False),
    _cuda("RTX 5090, 32 GB", 32607),
    _cuda("A100, 40 GB", 40536),
    _cuda("A100, 80 GB", 81251),
    _cuda("H100, 80 GB", 81559),
    _cuda("H200, 141 GB", 143771),
    *(_apple(gigabytes) for gigabytes in (8, 16, 24, 32, 64, 128)),
)


def here() -> Card:
    """This computer's graphics card, or the computer itself; what is free of it now."""
    reading, free = devices.read(), devices.free_bytes()
    total = reading.total_bytes or free
    if reading.why == devices.APPLE:
        return Card(reading.device, "apple", total, min(free, _apple_share(total)))
    kind: Kind = "cuda" if reading.gpu and reading.total_bytes else "cpu"
    return Card(reading.device, kind, total, free, few_bits=reading.few_bits)


def rooms() -> tuple[Card, ...]:
    """Where the parts of a model can go: the chosen card, the other ones, main memory.

    What is free of each, less what is better left alone. Without a card, main memory only.
    """
    looks = [(key, devices.look(key)) for key, _ in devices.read().devices if key != "cpu"]
    found = [_room(key, reading, "cuda") for key, reading in looks if reading.gpu]
    first = next((card for card in found if card.device == devices.chosen()), None)
    first = first or max(found, key=lambda card: card.total_bytes, default=None)
    main_memory = _room("cpu", devices.look("cpu"), "cpu")
    return (*filter(None, [first]), *(card for card in found if card is not first), main_memory)


def _room(device: str, reading: Reading, kind: Kind) -> Card:
    total, used = reading.total_bytes or 0, reading.used_bytes or 0
    return Card(reading.device, kind, total, max(0, total - used - reserve_bytes(total)), device)
