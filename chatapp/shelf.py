"""The Library page's figures: each model, whether it fits now, and the table of its needs.

"Fits" is as this very load would go, with the precision, context and offload that are set for it,
against the memory that is free plus what unloading the present model gives back. Knows nothing
about widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from chatapp import cards, catalogue, library, memory, places, sharing, sizes, store, transfer
from chatapp.chat import UserError
from chatapp.memory import Light, Plan
from chatapp.mixing import Ways

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatapp.cards import Card
    from chatapp.library import Model
    from chatapp.settings import Loading
    from chatapp.sizes import Shape

Chooser = Literal["auto", "set", "kept"]  # Auto, the Model tab, what is kept for this model

LENGTHS = (2048, 8192, 32768)  # tokens: the columns, and the longest that the model can see
ALIKE = 200  # two counts of parameters that differ by less than this part are of one shape
SHOWN = ("float32", "bfloat16", "int8", "int4")  # float16 needs what bfloat16 needs


@dataclass(frozen=True, slots=True)
class Room:
    """Where a model would go; what is free of it with the present model unloaded."""

    card: Card
    disk_bytes: int  # free in the models folder

    @property
    def device(self) -> str:
        """As people know it; empty = the computer itself."""
        return "" if self.kind == "cpu" else self.card.name

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
    light: Light | None  # as it would be loaded now; None where nothing can be said
    last_used: float | None  # seconds since the epoch
    cells: tuple[Cell, ...] = ()  # what it needs, by precision and length
    freed_bytes: int = 0  # by deleting it; 0 = it cannot be deleted
    dtype: str = ""  # what it would be loaded in
    chooser: Chooser = "auto"  # who says so
    context: int = 0  # tokens that it would see
    refusal: UserError | None = None  # why it cannot be loaded so, or does not fit
    spilled: tuple[int, int] = (0, 0)  # layers that could lie elsewhere than on the card, of all


@dataclass(frozen=True, slots=True)
class Cell:
    """One precision at one length."""

    dtype: str
    context: int  # tokens
    need_bytes: int
    light: Light
    parts: tuple[tuple[str, int], ...] = ()  # bytes by name, as `memory.parts` calls them
    largest: int = 0  # tokens that fit in this precision
    taken: bool = False  # a load would go so


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a model would need on another card."""

    cells: tuple[Cell, ...]
    room: Room


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


def look(ways: Ways, returned_bytes: int) -> Shelf:
    """Every model of the library, just looked at."""
    here, used = room(returned_bytes), store.last_used()
    rows = (_row(model, ways, here) for model in library.models())
    return Shelf(tuple(replace(row, last_used=used.get(row.model.name)) for row in rows), here)


def foresee(model: Model, knobs: Loading, returned_bytes: int) -> tuple[Row, Room]:
    """The model as these knobs would load it if its precision were left to Auto, and where."""
    here = room(returned_bytes)
    return _row(model, Ways(replace(knobs, dtype="auto")), here), here


def _row(model: Model, ways: Ways, here: Room) -> Row:
    facts = model.facts
    freed = library.freed_bytes(model)
    if facts is None or facts.shape is None:
        return Row(model, None, None, freed_bytes=freed)
    shape, knobs = facts.shape, ways.of(model.path)
    plan = _plan(shape, knobs, here, facts.weights_bytes if facts.packed else 0)
    refusal = memory.refusal(shape, plan.dtype, here.card)
    light, spilled = (None, (0, 0)) if refusal else _light(shape, plan, knobs.offload, here)
    return Row(
        model,
        light,
        None,
        table(shape, here, plan),
        freed,
        plan.dtype,
        _chooser(ways, model.path),
        plan.context,
        refusal or memory.reason(shape, plan, here.card),
        spilled,
    )


def _plan(shape: Shape, knobs: Loading, here: Room, stored_bytes: int) -> Plan:
    """What a load with these knobs would do."""
    dtype = knobs.dtype
    if stored_bytes:
        dtype = "stored"
    elif dtype == "auto":
        dtype = memory.auto_dtype(shape, here.card, knobs.context_length)
    context = min(knobs.context_length, memory.longest(shape))
    return Plan(dtype, context, here.kind, stored_bytes=stored_bytes)


def _chooser(ways: Ways, path: str) -> Chooser:
    if ways.of(path).dtype == "auto":
        return "auto"
    return "kept" if "dtype" in ways.own.get(path, {}) else "set"


def _light(shape: Shape, plan: Plan, offload: str, here: Room) -> tuple[Light, tuple[int, int]]:
    """Whether it fits, and how many layers of how many could lie elsewhere than on the card."""
    light = memory.verdict(memory.total_bytes(shape, plan), here.free_bytes)
    if light.word != "too big" or here.kind != "cuda" or plan.stored_bytes:
        return light, (0, 0)
    away, layers = _spilled(shape, plan, here.free_bytes)
    if away and offload == "auto":
        sentence = "{away} of {layers} layers do not fit on the card."
        light = Light("spread", sentence, {"away": away, "layers": layers})
    return light, (away, layers)


def _spilled(shape: Shape, plan: Plan, free_bytes: int) -> tuple[int, int]:
    """How many layers do not fit on the card, and of how many; (0, 0) where none could."""
    first, *others = cards.rooms()
    spare = max(0, free_bytes - cards.reserve_bytes(first.total_bytes))
    try:
        shares = sharing.spread("", shape, plan, (replace(first, free_bytes=spare), *others))
    except UserError:
        return 0, 0
    return sum(len(share.layers) for share in shares[1:]), shape.layers if shares else 0


def _cells(shape: Shape, plan: Plan, lengths: Sequence[int], here: Room) -> Iterator[Cell]:
    """One precision at each length."""
    largest = memory.largest_context(shape, plan, here.free_bytes)
    for length in lengths:
        parts = memory.parts(shape, replace(plan, context=length))
        needed = sum(parts.values())
        light = memory.verdict(needed, here.free_bytes)
        yield Cell(plan.dtype, length, needed, light, tuple(parts.items()), largest)


def judge(shape: Shape, knobs: Loading, here: Room, stored_bytes: int = 0) -> Light | None:
    """Whether a model of this shape fits as these knobs load it; None where it cannot run so."""
    plan = _plan(shape, knobs, here, stored_bytes)
    if memory.refusal(shape, plan.dtype, here.card):
        return None
    return _light(shape, plan, knobs.offload, here)[0]


def glance(parameters: int, model_type: str, knobs: Loading, here: Room) -> Light | None:
    """Of a model of which no more is told, in the bits that a load with these knobs would take.

    Where a published shape has its type and size, as for the original and what was trained from
    it, as exactly as of a model that is here; else from its weights alone.
    """
    if shape := _alike(parameters, model_type):
        return judge(shape, knobs, here)
    if knobs.dtype in memory.BITS and not _packs(model_type, knobs.dtype, here):
        return None
    dtypes = ["bfloat16" if knobs.dtype == "auto" else knobs.dtype]
    if knobs.dtype == "auto":
        dtypes += [dtype for dtype in memory.BITS if _packs(model_type, dtype, here)]
    libraries = memory.runtime_bytes(here.kind)
    needs = [memory.bare_bytes(parameters, dtype, here.kind) + libraries for dtype in dtypes]
    fitting = (need for need in needs if need <= here.free_bytes)
    return memory.verdict(next(fitting, needs[0]), here.free_bytes)


def _packs(model_type: str, dtype: str, here: Room) -> bool:
    return model_type in memory.FLOAT32_SUMS and memory.runs(dtype, here.card)


def _alike(parameters: int, model_type: str) -> Shape | None:
    """The published shape of this type and size."""
    for config in catalogue.SHAPES.values():
        if model_type in (config["model_type"], config.get("text_config", config)["model_type"]):
            shape = sizes.read(config)
            if abs(shape.parameters - parameters) * ALIKE <= parameters:
                return shape
    return None


def table(shape: Shape, here: Room, plan: Plan) -> tuple[Cell, ...]:
    """Each precision that runs there at each length, row by row; that of the plan is taken."""
    limit = memory.longest(shape)
    lengths = sorted({min(length, limit) for length in (*LENGTHS, plan.context, limit)})
    dtypes = [dtype for dtype in SHOWN if memory.refusal(shape, dtype, here.card) is None]
    dtypes = ["stored"] if plan.stored_bytes else dtypes
    rows = (_cells(shape, replace(plan, dtype=dtype), lengths, here) for dtype in dtypes)
    taken = "bfloat16" if plan.dtype == "float16" else plan.dtype, plan.context
    return tuple(
        replace(cell, taken=(cell.dtype, cell.context) == taken) for row in rows for cell in row
    )


def expect(shape: Shape, knobs: Loading, here: Room, stored_bytes: int = 0) -> tuple[Cell, ...]:
    """The table of a model that would be loaded with these knobs."""
    return table(shape, here, _plan(shape, knobs, here, stored_bytes))


def elsewhere(shape: Shape, knobs: Loading, name: str, stored_bytes: int = 0) -> Elsewhere:
    """The same on the card of this name among `cards.CARDS`, with nothing else on it."""
    (card,) = (card for card in cards.CARDS if card.name == name)
    room = Room(card, 0)
    return Elsewhere(expect(shape, knobs, room, stored_bytes), room)
