"""What the losses of a training mean, as one of a few remarks. Knows nothing about their words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Loss

Kind = Literal["begins", "learns", "alone", "jumps", "stands", "memorises"]

ENOUGH = 10  # steps before anything is said of a loss: single ones scatter
RISES = 3  # checks in a row without a better one
JUMP = 1.3  # times the loss of the beginning
STILL = 0.98  # of the loss of the beginning: less than that has hardly fallen


@dataclass(frozen=True, slots=True)
class Remark:
    """What to say; `step` and `count` only where the words need them."""

    kind: Kind
    step: int = 0  # of the best state
    count: int = 0  # checks since then


def remark(losses: Sequence[Loss]) -> Remark:
    """What the losses so far mean, the most important thing first."""
    checks = [loss for loss in losses if loss.validation is not None]
    if checks:
        best = min(range(len(checks)), key=lambda place: checks[place].validation or 0.0)
        since = len(checks) - 1 - best
        if since >= RISES:
            return Remark("memorises", checks[best].step, since)
    if len(losses) < 2 * ENOUGH:
        return Remark("begins")
    first = math.fsum(loss.train for loss in losses[:ENOUGH]) / ENOUGH
    last = math.fsum(loss.train for loss in losses[-ENOUGH:]) / ENOUGH
    if last > JUMP * first:
        return Remark("jumps")
    if last > STILL * first:
        return Remark("stands")
    return Remark("learns" if checks else "alone")
