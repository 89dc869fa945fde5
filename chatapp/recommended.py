"""Models worth trying first, for each amount of memory; shipped with the program, read offline.

The list is `resources/recommended.json`, reviewed at each release. A size is counted by our own
arithmetic where the model's shape is published here, else it is not told: no figure is guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp import catalogue, memory, places, sizes

if TYPE_CHECKING:
    from chatapp.cards import Card

FORMATS = {4: "int4", 8: "int8", 16: "bfloat16"}


@dataclass(frozen=True, slots=True)
class Advice:
    """A model that is recommended. Sizes are estimates of the loaded weights."""

    name: str  # as people call it
    model: str  # organisation/model, on the Hub
    licence: str
    bits: tuple[int, ...] = ()  # to load it in; empty = as it is stored
    weights_bytes: int | None = None  # None = its shape is not known here
    stored_bytes: int | None = None  # what a download brings, in 16 bits; None as above
    about_gb: float | None = None  # as the list says it, not counted here
    packed: str = ""  # a format that needs more than we have on some cards
    untried: bool = False  # recommended by others, not tried by us
    gated: bool = False  # its owner asks for something first; never the one that is put first


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


def best(card: Card, disk_bytes: int, context: int) -> Advice | None:
    """The one to begin with: open, and its size counted here; it fits on the card and the disk.

    Of the card's own tier where one does, else of the nearest smaller one.
    """
    memory_bytes = 0 if card.kind == "cpu" else card.total_bytes
    for tier in reversed([tier for tier in tiers() if tier.from_gb <= memory_bytes / 1e9]):
        for word in ("fits", "tight"):
            for advice in tier.models:
                found = None if advice.gated or advice.packed else catalogue.find(advice.model)
                if found is None or (advice.stored_bytes or 0) > disk_bytes:
                    continue
                if memory.light(sizes.read(found[1]), card, context).word == word:
                    return advice
    return None


def _advice(
    name: str,
    model: str,
    licence: str,
    bits: tuple[int, ...] = (),
    about_gb: float | None = None,
    packed: str = "",
    untried: bool = False,
    gated: bool = False,
) -> Advice:
    weights = stored = None
    if found := catalogue.find(model):
        shape = sizes.read(found[1])
        form = "int4" if packed else FORMATS[min(bits, default=16)]
        weights = memory.weights_bytes(shape, form)
        stored = weights if packed else memory.weights_bytes(shape, "bfloat16")
    return Advice(
        name, model, licence, tuple(bits), weights, stored, about_gb, packed, untried, gated
    )
