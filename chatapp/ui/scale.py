"""Where the values of a knob lie on a slider.

Knows nothing about widgets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatapp.settings import Knob

SEED_RANGE = 2.0**31  # a range this wide is picked by typing, not by dragging


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value sits on a slider: fractions from 0 to 1, values in whole steps."""

    low: float
    high: float
    step: float
    logarithmic: bool = False

    def fraction(self, value: float) -> float:
        """The place of a value; beyond the slider's end it is the end."""
        value = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, fraction: float) -> float:
        """The nearest step at this place."""
        if self.logarithmic:
            return self.snap(self.low * (self.high / self.low) ** fraction)
        return self.snap(self.low + fraction * (self.high - self.low))

    def snap(self, value: float) -> float:
        """The nearest multiple of the step inside the slider's range."""
        whole = round(round(value / self.step) * self.step, 6)
        return min(max(whole, self.low), self.high)

    def moved(self, value: float, steps: int) -> float:
        """So many steps on; from beyond the slider's end it starts at the end."""
        inside = min(max(value, self.low), self.high)
        return self.snap(self.snap(inside) + steps * self.step)


def scale_of(about: Knob) -> Scale | None:
    """The slider's scale; None where a slider makes no sense."""
    high = about.high if about.slider_high is None else about.slider_high
    if about.choices or about.low is None or high is None or high - about.low > SEED_RANGE:
        return None
    return Scale(about.low, high, about.step, about.logarithmic)
