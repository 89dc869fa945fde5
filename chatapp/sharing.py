"""How layers are shared out where a card is too small: to other cards, then to main memory.

A layer in main memory is computed on the first card all the same: its weights make their way there
for each token, and its keys and values stay there. What is not a layer, such as the table of
tokens, lies on the first card. Knows nothing about torch or which devices there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp import memory
from chatapp.cards import gigabytes
from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.cards import Card
    from chatapp.memory import Plan
    from chatapp.sizes import Shape


@dataclass(frozen=True, slots=True)
class Need:
    """What a model asks for, in bytes: of each layer's weights, and of everything else."""

    layers: tuple[int, ...]
    rest: int  # weights that belong to no layer
    kv_cache: int  # of all layers together
    workspace: int
    runtime: int  # of the libraries, on each card

    @property
    def weights(self) -> int:
        """All of them."""
        return self.rest + sum(self.layers)


@dataclass(frozen=True, slots=True)
class Share:
    """What one device gets, in bytes; `layers` are the places of those whose weights lie there."""

    card: Card
    layers: range
    weights: int
    kv_cache: int
    workspace: int
    runtime: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.kv_cache + self.workspace + self.runtime


def need_of(shape: Shape, plan: Plan) -> Need:
    """The forecast's bytes. All layers count as equal, which those of a mixture are nearly."""
    parts = memory.parts(shape, plan)
    beside = shape.elements("embedding", "head") * memory.FORMATS[plan.dtype].number_bytes
    layer, odd = divmod(parts["weights"] - beside, shape.layers)
    return Need(
        (layer,) * shape.layers,
        beside + odd,
        parts["kv_cache"],
        parts["workspace"],
        parts["runtime"],
    )


def spread(name: str, shape: Shape, plan: Plan, rooms: Sequence[Card]) -> tuple[Share, ...]:
    """What each device gets of a model that is larger than the first card; empty where it is whole.

    Raises UserError where all of them together are too small, or where its weights are packed.
    """
    if rooms[0].kind != "cuda" or memory.total_bytes(shape, plan) <= rooms[0].free_bytes:
        return ()
    if plan.dtype == "stored" or plan.dtype in memory.BITS:
        raise UserError(
            "{name} does not fit on the graphics card, and packed weights cannot be offloaded.",
            "Shorten the context, or choose bfloat16 or float16.",
            "shorten_context",
            name=name,
        )
    return share_out(name, need_of(shape, plan), rooms)


def share_out(name: str, need: Need, rooms: Sequence[Card]) -> tuple[Share, ...]:
    """The share of each card, in order, and of main memory, which is the last of `rooms`.

    The first card gets as many layers as it can hold. Raises UserError where it holds none, or
    where all together are too small.
    """
    *cards, spare = rooms
    for first in range(_fitting(need, cards[0].free_bytes, 0), -1, -1):
        counts = [first]
        for card in cards[1:]:
            counts.append(_fitting(need, card.free_bytes, sum(counts), rest=0))
        left = need.layers[sum(counts) :]
        shares = _shares(need, rooms, [*counts, len(left)])
        if shares[0].total > cards[0].free_bytes or not any(counts):
            continue
        if sum(left) <= spare.free_bytes:
            return shares
        break
    else:
        raise UserError(
            "Not one layer of {name} fits on the graphics card beside its context.",
            "Shorten the context, or choose CPU as the device in the Model tab.",
            "shorten_context",
            "use_cpu",
            name=name,
        )
    raise UserError(
        "{name} needs {need} GB; the graphics cards and main memory together have {free} GB free.",
        "Choose a smaller model, or a shorter context.",
        "shorten_context",
        "choose_model",
        name=name,
        need=gigabytes(need.weights + need.kv_cache + need.workspace + need.runtime),
        free=gigabytes(sum(room.free_bytes for room in rooms)),
    )


def _fitting(need: Need, free: int, start: int, rest: int | None = None) -> int:
    """How many layers from `start` on a card holds, each with its keys and values."""
    left = free - need.runtime - need.workspace - (need.rest if rest is None else rest)
    count = 0
    for weights in need.layers[start:]:
        left -= weights + need.kv_cache // len(need.layers)
        if left < 0:
            break
        count += 1
    return count


def _shares(need: Need, rooms: Sequence[Card], counts: list[int]) -> tuple[Share, ...]:
    shares, start = [], 0
    for place, (room, count) in enumerate(zip(rooms, counts, strict=True)):
        layers = range(start, start + count)
        start += count
        weights = sum(need.layers[layer] for layer in layers)
        if room.kind == "cpu":
            shares.append(Share(room, layers, weights, 0, 0, 0))
            continue
        here = count if place else count + counts[-1]
        kv_cache = need.kv_cache * here // len(need.layers)
        workspace = need.workspace
        if not place:
            weights += need.rest
            # One layer of main memory at a time is on the card.
            workspace += max(need.layers[len(need.layers) - counts[-1] :], default=0)
        used = count > 0 or not place
        shares.append(Share(room, layers, weights, kv_cache, workspace * used, need.runtime * used))
    return tuple(shares)
