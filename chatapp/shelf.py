"""The Library page's figures: each model, whether it fits now, and the table of its needs.

"Fits" is against the memory that is free plus what unloading the present model gives back.
Knows nothing about widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatapp import cards, library, memory, places, sharing, store, transfer
from chatapp.chat import UserError
from chatapp.memory import Plan

if TYPE_CHECKING:
    from chatapp.cards import Card
    from chatapp.library import Model
    from chatapp.memory import Light
    from chatapp.sizes import Shape

LENGTHS = (2048, 8192, 32768)  # tokens: the columns, and the longest that the model can see
SHOWN = ("float32", "bfloat16", "int8", "int4")  # float16 needs what bfloat16 needs


@dataclass(frozen=True, slots=True)
class Room:
    """Where a model would go; what is free of it with the present model unloaded."""

    card: Card
    disk_bytes: int  # free in the models folder

    @property
    def device(self) -> str:
        """As people know it."""
        return self.card.name

    @property
    def kind(self) -> cards.Kind:
        """Of the device."""
        return self.card.kind

    @property
    def free_bytes(self) -> int:
        """For a model."""
        return self.card.free_bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A model on this computer."""

    model: Model
    light: Light | None  # at the context length that is set; None where nothing can be said
    last_used: float | None  # seconds since the epoch
    cells: tuple[Cell, ...] = ()  # what it needs, by precision and length
    freed_bytes: int = 0  # by deleting it; 0 = it cannot be deleted
    dtype: str = ""  # what Auto would load it in
    spilled: tuple[int, int] = (0, 0)  # layers that could lie elsewhere than on the card, of all


@dataclass(frozen=True, slots=True)
class Cell:
    """One precision at one length."""

    dtype: str
    context: int  # tokens
    need_bytes: int
    light: Light


@dataclass(frozen=True, slots=True)
class Shelf:
    """The whole list, and where there is room."""

    rows: tuple[Row, ...]
    room: Room


def room(returned_bytes: int) -> Room:
    """What is free now, with what unloading gives back."""
    here = cards.here()
    free = min(here.free_bytes + returned_bytes, max(here.total_bytes, here.free_bytes))
    disk = max(0, transfer.free_bytes(places.models()))
    return Room(replace(here, free_bytes=free), disk)


def look(context: int, returned_bytes: int) -> Shelf:
    """Every model of the library, just looked at."""
    here, used = room(returned_bytes), store.last_used()
    rows = (_row(model, context, here) for model in library.models())
    return Shelf(tuple(replace(row, last_used=used.get(row.model.name)) for row in rows), here)


def _row(model: Model, context: int, here: Room) -> Row:
    facts = model.facts
    freed = library.freed_bytes(model)
    if facts is None or facts.shape is None:
        return Row(model, None, None, freed_bytes=freed)
    stored = facts.weights_bytes if facts.packed else 0
    dtype = "stored" if stored else memory.auto_dtype(facts.shape, here.card, context)
    light = _cell(facts.shape, dtype, context, here, stored).light
    cells = table(facts.shape, here, stored)
    spilled = (0, 0)
    if light.word == "too big" and here.kind == "cuda" and not stored:
        plan = Plan(dtype, min(context, memory.longest(facts.shape)))
        spilled = _spilled(facts.shape, plan, here.free_bytes)
    return Row(model, light, None, cells, freed, dtype, spilled)


def _spilled(shape: Shape, plan: Plan, free_bytes: int) -> tuple[int, int]:
    """How many layers do not fit on the card, and of how many; (0, 0) where none could."""
    first, *others = cards.rooms()
    spare = max(0, free_bytes - cards.reserve_bytes(first.total_bytes))
    try:
        shares = sharing.spread("", shape, plan, (replace(first, free_bytes=spare), *others))
    except UserError:
        return 0, 0
    return sum(len(share.layers) for share in shares[1:]), shape.layers if shares else 0


def _cell(shape: Shape, dtype: str, context: int, here: Room, stored_bytes: int = 0) -> Cell:
    context = min(context, memory.longest(shape))
    needed = memory.total_bytes(shape, Plan(dtype, context, here.kind, stored_bytes=stored_bytes))
    return Cell(dtype, context, needed, memory.verdict(needed, here.free_bytes))


def rough(parameters: int, here: Room) -> Light:
    """From the number of its weights alone: in 16 bits, without the conversation."""
    return memory.verdict(2 * parameters + memory.runtime_bytes(here.kind), here.free_bytes)


def table(shape: Shape, here: Room, stored_bytes: int = 0) -> tuple[Cell, ...]:
    """Each precision that runs there at each length, row by row."""
    limit = memory.longest(shape)
    lengths = sorted({length for length in (*LENGTHS, limit) if length <= limit})
    dtypes = [dtype for dtype in SHOWN if memory.runs(dtype, here.card)]
    return tuple(
        _cell(shape, dtype, length, here, stored_bytes)
        for dtype in (["stored"] if stored_bytes else dtypes)
        for length in lengths
    )
