"""What temperature and the filters leave of the chances at one place, in plain numbers.

The arithmetic of `engine.sampling` in its order: temperature, top-k, top-p, min-p. It reads the
chances of the likeliest tokens one by one and the others in groups, so a slider can be followed
without the model. Penalties and biases change scores before and are not looked at here. Knows
nothing about text or where the chances come from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Groups
    from chatapp.settings import Sampling

FILTERS = ("temperature", "top_k", "top_p", "min_p")  # in the order of their work


@dataclass(frozen=True, slots=True)
class Odds:
    """What is left. `cuts` counts the tokens that each filter took, in the order of FILTERS."""

    chances: tuple[float, ...]  # of each of the likeliest; 0 = cut
    cut_by: tuple[str, ...]  # the filter that took it, "" = it is left
    cuts: tuple[int, ...]


@dataclass(slots=True)
class _Level:
    """Tokens of one chance: what each weighs, and how many are left."""

    weight: float
    left: float
    cut_by: str = ""


def reshape(best: Sequence[float], rest: Groups, knobs: Sampling) -> Odds:
    """`best`: the likeliest chances, best first; of `rest` each member has the average chance."""
    told = [_Level(chance, 1) for chance in best]
    levels = told + [_Level(chance, count) for chance, count in rest]
    levels.sort(key=lambda level: -level.weight)  # stable: the best stay in their order
    cuts = dict.fromkeys(FILTERS, 0.0)
    for name in _steps(knobs):
        before = [level.left for level in levels]
        _STEPS[name](levels, knobs)
        for level, was in zip(levels, before, strict=True):
            cuts[name] += was - level.left
            if was and not level.left:
                level.cut_by = name
    total = sum(level.weight * level.left for level in levels) or 1.0
    return Odds(
        tuple(level.weight * level.left / total for level in told),
        tuple(level.cut_by for level in told),
        tuple(round(count) for count in cuts.values()),
    )


def _steps(knobs: Sampling) -> list[str]:
    """The steps that these knobs ask for; at temperature 0 the first one leaves the best alone."""
    there = {
        "temperature": knobs.temperature != 1,
        "top_k": knobs.top_k > 0,
        "top_p": knobs.top_p < 1,
        "min_p": knobs.min_p > 0,
    }
    return [name for name in FILTERS if there[name]] if knobs.temperature else ["temperature"]


def _temper(levels: list[_Level], knobs: Sampling) -> None:
    most = levels[0].weight or 1.0
    for place, level in enumerate(levels):
        if knobs.temperature:
            level.weight = (level.weight / most) ** (1 / knobs.temperature)
        elif place:
            level.left = 0


def _keep_top_k(levels: list[_Level], knobs: Sampling) -> None:
    """The k largest, and what ties with the last of them."""
    room, last = float(knobs.top_k), math.inf
    for level in levels:
        if room <= 0 and level.weight < last:
            level.left = 0
        elif level.left > 1:
            level.left = min(level.left, max(room, 0))
        last = level.weight if room > 0 else last
        room -= level.left


def _keep_top_p(levels: list[_Level], knobs: Sampling) -> None:
    """The fewest whose chances reach the share; at least one."""
    total, above = _total(levels), 0.0
    for level in levels:
        each = level.weight / total
        if level.left and above >= knobs.top_p:
            level.left = 0
        elif level.left > 1 and each > 0:
            level.left = min(level.left, math.ceil((knobs.top_p - above) / each))
        above += each * level.left


def _keep_min_p(levels: list[_Level], knobs: Sampling) -> None:
    """What is at least that share of the best one's chance."""
    for level in levels:
        if level.weight < knobs.min_p * levels[0].weight:
            level.left = 0


def _total(levels: list[_Level]) -> float:
    return sum(level.weight * level.left for level in levels) or 1.0


_STEPS = {
    "temperature": _temper,
    "top_k": _keep_top_k,
    "top_p": _keep_top_p,
    "min_p": _keep_min_p,
}
