"""What a knob is: one field of a group of settings, with its label, help and bounds.

Knows nothing about which knobs there are; `settings` and `tuning` declare them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Knob:
    """How one field is shown and bounded. `high` is hard; a slider may end at `slider_high`."""

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float = 1
    slider_high: float | None = None
    logarithmic: bool = False
    choices: tuple[str, ...] = ()
    further: str = ""  # a pattern: choices that only some machines have
    shown: bool = True  # False: remembered, but not a row of the panel
    parse: Callable[[str], Any] | None = None  # of free text; raises ValueError with a sentence
    form: str = ""  # what free text must be, told where it is not
    rare: bool = False  # in the panel's fold of what is seldom needed
    unit: str = ""  # what stands behind the number


def knob(
    default: Any,
    label: str,
    help: str,
    low: float | None = None,
    high: float | None = None,
    step: float = 1,
    slider_high: float | None = None,
    logarithmic: bool = False,
    choices: tuple[str, ...] = (),
    further: str = "",
    shown: bool = True,
    parse: Callable[[str], Any] | None = None,
    form: str = "",
    rare: bool = False,
    unit: str = "",
) -> Any:
    """A dataclass field that is also a knob."""
    about = Knob(
        label, help, low, high, step, slider_high, logarithmic, choices, further, shown, parse,
        form, rare, unit,
    )  # fmt: skip
    return field(default=default, metadata={"knob": about})
