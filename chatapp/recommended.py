"""Models worth trying first, for each amount of memory; shipped with the program, read offline.

The list is `resources/recommended.json`, reviewed at each release. A size is counted by our own
arithmetic where the model's shape is published here, else it is not told: no figure is guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from chatapp import catalogue, memory, places, sizes

FORMATS = {4: "int4", 8: "int8", 16: "bfloat16"}


@dataclass(frozen=True, slots=True)
class Advice:
    """A model that is recommended. Sizes are estimates of the loaded weights."""

    name: str
    licence: str
    bits: tuple[int, ...] = ()  # to load it in; empty = as it is stored
    weights_bytes: int | None = None  # None = its shape is not known here
    about_gb: float | None = None  # as the list says it, not counted here
    packed: str = ""  # a format that needs more than we have on some cards
    untried: bool = False  # recommended by others, not tried by us


@dataclass(frozen=True, slots=True)
class Tier:
    """For memory from so many GB up to the next tier."""

    from_gb: float
    below_gb: float | None
    models: tuple[Advice, ...]

    def holds(self, memory_bytes: int) -> bool:
        """Whether this much memory belongs here."""
        gigabytes = memory_bytes / 1e9
        return self.from_gb <= gigabytes and (self.below_gb is None or gigabytes < self.below_gb)


def tiers() -> tuple[Tier, ...]:
    """All, the smallest first."""
    told = json.loads((places.resources() / "recommended.json").read_text("utf-8"))["tiers"]
    ends = [tier["from_gb"] for tier in told[1:]] + [None]
    return tuple(
        Tier(tier["from_gb"], end, tuple(_advice(**model) for model in tier["models"]))
        for tier, end in zip(told, ends, strict=True)
    )


def _advice(
    name: str,
    licence: str,
    bits: tuple[int, ...] = (),
    about_gb: float | None = None,
    packed: str = "",
    untried: bool = False,
) -> Advice:
    weights = None
    if found := catalogue.find(name):
        form = "int4" if packed else FORMATS[min(bits, default=16)]
        weights = memory.weights_bytes(sizes.read(found[1]), form)
    return Advice(name, licence, tuple(bits), weights, about_gb, packed, untried)
