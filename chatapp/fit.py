"""The answer of `chatapp fit`: a model's bytes by precision and length, and which cards hold it.

A model on this computer is counted from its files, another by its published shape. Knows nothing
about printing; the network is never asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import cards, catalogue, gate, library, memory, sharing, sizes
from chatapp.chat import UserError
from chatapp.memory import FORMATS, Plan, Training
from chatapp.settings import Loading
from chatapp.tuning import SMALL
from chatapp.tuning import usual as usual_tuning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatapp.cards import Card
    from chatapp.sizes import Shape

LENGTHS = (2048, 8192, 32768, 131072)  # tokens: the rows of the table
# float16 needs what bfloat16 needs
SHOWN: tuple[str, ...] = ("float32", "bfloat16", "int8", "int4")
DEVICES = {"cuda": "cuda", "mps": "apple"}  # a value of the Device knob -> the kind of its card
TRAINED: tuple[str, ...] = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that is asked about."""

    name: str
    source: str  # where its numbers are from
    shape: Shape
    stored_bytes: int = 0  # where its maker packed the weights, so that no other precision holds


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    model: str
    dtype: str = "auto"
    context: int | None = None  # tokens; None = as many as a load would take
    candidates: int = 1
    training: Training = ""
    device: str = ""  # that must be here; "" = whichever is


def find(name: str) -> Subject:
    """A model of the library, a folder, or a published shape. Raises UserError."""
    try:
        model = library.find(name)
    except UserError:
        if found := catalogue.find(name):
            return Subject(found[0], "published shape", sizes.read(found[1]))
        raise
    if facts := model.facts:
        shape = facts.shape or sizes.read(gate.config(Path(model.path)), facts.tensors)
        return Subject(model.name, "files", shape, facts.weights_bytes if facts.packed else 0)
    if model.problem and any(Path(model.path).glob("*.safetensors")):
        raise model.problem
    return Subject(model.name, "config.json", sizes.read(gate.config(Path(model.path))))


# -- the figures ----------------------------------------------------------------------------------


def report(asked: Asked) -> dict[str, Any]:
    """All figures, ready for JSON. Raises UserError."""
    subject, here = find(asked.model), cards.here()
    if DEVICES.get(asked.device.partition(":")[0], here.kind) != here.kind:
        raise UserError(
            "The device {device} is not available on this computer.",
            "Leave --device out.",
            device=asked.device,
        )
    shape, plan = subject.shape, _plan(asked, subject, here)
    problem = memory.reason(shape, plan, here)
    own = replace(plan, kind=here.kind)
    size = FORMATS[plan.dtype].number_bytes
    needed = memory.parts(shape, plan)
    return {
        "model": subject.name,
        "source": subject.source,
        "architecture": shape.model_type,
        "parameters": shape.parameters,
        "model_context": shape.context,
        "dtype": plan.dtype,
        "context": plan.context,
        "candidates": plan.candidates,
        "training": plan.training,
        "weights_bytes": needed["weights"],
        "kv_bytes_per_token": memory.kv_bytes_per_token(shape, size),
        "kv_bytes_windowed": memory.kv_bytes(shape, plan.context, size, windows=True),
        "total_bytes": sum(needed.values()),
        "parts": needed,
        "device": here.name,
        "free_bytes": here.free_bytes,
        "here_total_bytes": memory.total_bytes(shape, own),
        "fits": problem is None,
        "largest_context": _largest(shape, plan, here),
        "reason": "" if problem is None else str(problem),
        "offloaded": [] if problem is None else _offloaded(subject, plan),
        "cards": [_on_card(shape, plan, card) for card in cards.CARDS],
        "table": [_row(shape, row) for row in _plans(asked, subject, plan)],
    }


def _plan(asked: Asked, subject: Subject, here: Card) -> Plan:
    limit = memory.longest(subject.shape)
    parameters = subject.shape.parameters
    tuning = usual_tuning("adapter" if asked.training == "lora" else "all", parameters)
    usual = tuning.longest if asked.training else Loading().context_length
    if asked.context is not None and asked.context > limit:
        raise UserError("This model can see at most {limit} tokens.", "Ask for fewer.", limit=limit)
    dtype = asked.dtype
    if subject.stored_bytes:
        dtype = "stored"
    elif dtype == "auto":
        dtype = memory.usual_dtype(subject.shape, here.kind)
        if not asked.training:
            dtype = memory.auto_dtype(subject.shape, here, asked.context or min(usual, limit))
    return Plan(
        dtype,
        asked.context or min(usual, limit),
        "cuda",
        asked.candidates,
        asked.training,
        subject.stored_bytes,
        rows=min(tuning.at_once, tuning.batch),
        saves=parameters >= SMALL,
    )


def _plans(asked: Asked, subject: Subject, plan: Plan) -> list[Plan]:
    """The rows: each precision at each length."""
    dtypes = TRAINED if plan.training else SHOWN
    if subject.stored_bytes or asked.dtype != "auto":
        dtypes = (plan.dtype,)
    lengths = {plan.context}
    if asked.context is None and not plan.training:
        limit = memory.longest(subject.shape)
        lengths |= {length for length in (*LENGTHS, limit) if length <= limit}
    return [
        replace(plan, dtype=dtype, context=length) for dtype in dtypes for length in sorted(lengths)
    ]


def _row(shape: Shape, plan: Plan) -> dict[str, Any]:
    needed = memory.parts(shape, plan)
    holding = [card.name for card in cards.CARDS if memory.reason(shape, plan, card) is None]
    return {
        "dtype": plan.dtype,
        "context": plan.context,
        "device": plan.kind,
        "parts": needed,
        "total_bytes": sum(needed.values()),
        "cards": holding,
    }


def _offloaded(subject: Subject, plan: Plan) -> list[dict[str, Any]]:
    """What each device would hold with `--offload auto`; empty where that cannot be."""
    if plan.training:
        return []
    try:
        shares = sharing.spread(subject.name, subject.shape, plan, cards.rooms())
    except UserError:
        return []
    return [
        {
            "device": share.card.device,
            "name": share.card.name,
            "layers": len(share.layers),
            "weights_bytes": share.weights,
            "kv_bytes": share.kv_cache,
            "workspace_bytes": share.workspace,
            "runtime_bytes": share.runtime,
            "total_bytes": share.total,
            "free_bytes": share.card.free_bytes,
        }
        for share in shares
    ]


def _on_card(shape: Shape, plan: Plan, card: Card) -> dict[str, Any]:
    problem = memory.reason(shape, plan, card)
    return {
        "name": card.name,
        "memory_bytes": card.total_bytes,
        "fits": problem is None,
        "largest_context": _largest(shape, plan, card),
        "reason": "" if problem is None else str(problem),
    }


def _largest(shape: Shape, plan: Plan, card: Card) -> int:
    """0 where not one token fits, or where the precision does not run at all."""
    if memory.refusal(shape, plan.dtype, card):
        return 0
    return memory.largest_context(shape, replace(plan, kind=card.kind), card.free_bytes)


# -- for a person ---------------------------------------------------------------------------------


def told(figures: dict[str, Any]) -> str:
    """The same as text for a terminal; amounts in GiB, as graphics cards are sold."""
    heading = (
        f"{figures['model']}: {figures['parameters']:,} parameters, counted from its "
        f"{figures['source']}; {figures['kv_bytes_per_token'] / 1024:,.4g} KiB of KV cache per "
        f"token in {figures['dtype']}"
    )
    if figures["source"] == "published shape":
        heading = heading.replace("its published", "the published")
    last = (_verdict(figures), *_by_device(figures))
    return "\n".join((heading, "", *_table(figures), "", *_by_card(figures), "", *last))


def _table(figures: dict[str, Any]) -> Iterable[str]:
    names = list(figures["table"][0]["parts"])
    heads = (name.replace("_", " ") for name in (*names, "total"))
    yield f"{'precision':10}{'context':>9}" + "".join(f"{n:>12}" for n in heads) + "  smallest card"
    for row in figures["table"]:
        amounts = (*row["parts"].values(), row["total_bytes"])
        smallest = row["cards"][0] if row["cards"] else "none"
        start = f"{row['dtype']:10}{row['context']:>9,}"
        yield start + "".join(f"{_gib(n):>12}" for n in amounts) + f"  {smallest}"
    yield "(GiB)"


def _by_card(figures: dict[str, Any]) -> Iterable[str]:
    longest = "longest row" if figures["training"] else "longest context"
    yield f"{'card':24}{'memory':>8}  {figures['dtype']}: {longest}"
    for card in figures["cards"]:
        length = f"{card['largest_context']:,}" if card["largest_context"] else "-"
        yield f"{card['name']:24}{_gib(card['memory_bytes']):>8}  {length}"


def _verdict(figures: dict[str, Any]) -> str:
    needed, free = _gib(figures["here_total_bytes"]), _gib(figures["free_bytes"])
    start = f"This computer ({figures['device']}, {free} GiB free): "
    if not figures["fits"]:
        return start + figures["reason"]
    longest = "" if figures["training"] else f"; up to {figures['largest_context']:,} tokens"
    return f"{start}fits with {needed} GiB{longest}."


def _by_device(figures: dict[str, Any]) -> Iterable[str]:
    shares = figures["offloaded"]
    if not shares:
        return
    yield "With --offload auto it runs, many times slower:"
    layers = sum(share["layers"] for share in shares)
    for share in shares:
        where = share["name"] if share["device"] != "cpu" else "main memory"
        amounts = f"{_gib(share['total_bytes'])} of {_gib(share['free_bytes'])} GiB"
        yield f"  {share['device']:8}{where:24}{share['layers']:>4} of {layers} layers, {amounts}"


def _gib(count: int) -> str:
    return f"{count / cards.GIB:,.2f}"
