"""Models worth trying first, for each amount of memory; shipped with the program, read offline.

The list is `resources/recommended.json`, reviewed at each release. What a model needs is counted
by our own arithmetic where its shape is published here, else its weights are counted from the
number of parameters that its maker tells. Each stands where it fits in the bits that are told,
with a conversation of `LENGTH` tokens and about 1 GB for the desktop.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatapp import catalogue, memory, places, shelf, sizes
from chatapp.memory import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatapp.cards import Card
    from chatapp.memory import Light
    from chatapp.settings import Loading
    from chatapp.shelf import Room
    from chatapp.sizes import Shape

FORMATS = {4: "int4", 8: "int8", 16: "bfloat16"}
LENGTH = 8192  # tokens
WORDS = ("fits", "tight", "spread", "too big")  # the best first


@dataclass(frozen=True, slots=True)
class Advice:
    """A model that is recommended. Sizes are estimates, in bytes."""

    name: str  # as people call it
    model: str  # organisation/model, on the Hub
    licence: str
    bits: tuple[int, ...] = ()  # to load it in; empty = as it is stored
    need_bytes: int = 0  # of a graphics card's memory, in the fewest of these bits
    counted: bool = False  # with its conversation, by its shape; else the weights alone
    stored_bytes: int = 0  # what a download brings
    parameters: int = 0  # as its maker tells; 0 where its shape tells it
    packed: str = ""  # a format that needs more than we have on some cards
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
                shape = None if advice.gated or advice.packed else _shape(advice.model)
                if shape is None or advice.stored_bytes > disk_bytes:
                    continue
                if memory.light(shape, card, context).word == word:
                    return advice
    return None


def lights(tiers: Iterable[Tier], knobs: Loading, here: Room) -> dict[Advice, Light | None]:
    """Whether each fits there, in the bits that are told or as a load with these knobs would go."""
    return {advice: _light(advice, knobs, here) for tier in tiers for advice in tier.models}


def _light(advice: Advice, knobs: Loading, here: Room) -> Light | None:
    shape = _shape(advice.model)
    if shape is None:
        return shelf.glance(advice.parameters, "", knobs, here)
    light = shelf.judge(shape, knobs, here)
    if advice.packed:
        packed = shelf.judge(shape, knobs, here, advice.stored_bytes)
        # Whether the card reads the format shows only when it is loaded.
        return packed if light and packed and light.word == packed.word else None
    told = replace(knobs, dtype=FORMATS[min(advice.bits, default=16)], context_length=LENGTH)
    found = list(filter(None, (shelf.judge(shape, told, here), light)))
    return min(found, key=lambda light: WORDS.index(light.word), default=None)


def _shape(model: str) -> Shape | None:
    found = catalogue.find(model)
    return sizes.read(found[1]) if found else None


def _advice(
    name: str,
    model: str,
    licence: str,
    bits: tuple[int, ...] = (),
    billions: float = 0,
    packed: str = "",
    gated: bool = False,
) -> Advice:
    form = FORMATS[min(bits, default=16)]
    parameters = round(billions * 10**9)
    shape = _shape(model)
    if shape is None:
        stored = memory.bare_bytes(parameters, "bfloat16", "cuda")
        need = memory.bare_bytes(parameters, form, "cuda") + memory.RUNTIME["cuda"]
    else:
        stored = memory.weights_bytes(shape, "int4" if packed else "bfloat16")
        plan = Plan("stored" if packed else form, LENGTH, stored_bytes=stored if packed else 0)
        need = memory.total_bytes(shape, plan)
    return Advice(
        name, model, licence, tuple(bits), need, shape is not None, stored, parameters, packed,
        gated,
    )  # fmt: skip
