"""What an answer's speed says about the machine: how much of its memory speed was reached, and why.

One step reads all weights but the input table, and the keys and values of what was read; so tokens
a second times those bytes is a share of what the memory can deliver. Knows nothing about words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from chatapp.chat import Reading, Stats
    from chatapp.holding import Holding
    from chatapp.memory import Ledger

GOOD = 0.6  # of the memory's speed; below, something else is the limit
BUSY = 60.0  # percent of a graphics card's load; below, it waits
SHARED = 0.1  # of the card's memory held by others
LEAST_TOKENS = 8  # fewer say nothing about speed

Cause = Literal["memory", "steps", "waits", "heat", "power", "shared", "offloaded"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`share` of the memory's speed that was reached, and what the limit was."""

    share: float
    cause: Cause
    other: str = ""  # the program that holds memory too
    layers: tuple[int, int] = (0, 0)  # on other devices, of all


def of(
    stats: Stats, holding: Holding | None, reading: Reading | None, ledger: Ledger | None
) -> Verdict | None:
    """None where nothing can be said: a short answer, several at once, or a speed not measured."""
    if holding is None or not holding.bandwidth_gb_s or holding.rows != 1:
        return None
    if stats.new_tokens < LEAST_TOKENS or not stats.tokens_per_s:
        return None
    context = stats.prompt_tokens + stats.new_tokens // 2
    read = holding.read_per_token + holding.kv_per_token * context
    share = read * stats.tokens_per_s / (holding.bandwidth_gb_s * 1e9)
    if holding.elsewhere:
        return Verdict(share, "offloaded", layers=holding.layers)
    return _explained(share, reading, ledger)


def _explained(share: float, reading: Reading | None, ledger: Ledger | None) -> Verdict:
    if share >= GOOD or reading is None:
        return Verdict(share, "memory" if share >= GOOD else "steps")
    if reading.held_back:
        return Verdict(share, reading.held_back)
    if reading.gpu and ledger and ledger.others > SHARED * ledger.total:
        return Verdict(share, "shared", reading.others[0][0] if reading.others else "")
    if reading.gpu and reading.load_percent is not None and reading.load_percent < BUSY:
        return Verdict(share, "waits")
    return Verdict(share, "steps")
