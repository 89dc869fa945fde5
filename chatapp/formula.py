r"""A formula in LaTeX as outlines: what to fill and to draw, in units of its own.

The typesetting is ziamath's, an optional extra; without it no formula is drawn. Whatever cannot be
drawn whole is not drawn at all: an unknown command, a letter that the font lacks (Japanese in
`\text{}`), a `\tag`, one that takes too long. Colours are not kept: a formula has its text's.
Knows nothing about how outlines are painted.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

log = logging.getLogger(__name__)

EM = 100.0  # units of an outline to one em of the text around it
LONGEST = 1_000  # characters
_SECONDS = 2.0  # of computing, for one formula
_CALLS = 256  # between two looks at the clock
_DROPPED = re.compile(r"\\(?:tag|label|require)\b")  # ziamath draws the rest without a word
_STEP = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}  # of a step
_INK = "currentColor"  # what is drawn in the text's colour

Step = tuple[str, tuple[float, ...]]  # M, L, Q, C or Z as in SVG, with its numbers


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX without the marks around it; `display`: on a line of its own."""

    latex: str
    display: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline: filled, or drawn with a line of this width."""

    steps: tuple[Step, ...]
    line: float = 0.0


@dataclass(frozen=True, slots=True)
class Outline:
    """A formula: y grows downwards, the baseline is at 0, its left edge at 0. Units of `EM`."""

    width: float
    ascent: float
    depth: float
    shapes: tuple[Shape, ...]


class TooLongError(Exception):
    """Drawing took more than its time."""


@lru_cache(maxsize=1)
def can_draw() -> bool:
    """The extra is installed."""
    return importlib.util.find_spec("ziamath") is not None


def draw(formula: Formula, seconds: float = _SECONDS) -> Outline | None:
    """The formula's outlines; None when it cannot be drawn whole."""
    if len(formula.latex) > LONGEST or _DROPPED.search(formula.latex):
        return None
    before, until, ticks = sys.getprofile(), time.thread_time() + seconds, count(1)

    def watch(frame: object, event: str, argument: object) -> None:
        if not next(ticks) % _CALLS and time.thread_time() > until:
            raise TooLongError

    # Nothing else ends a computation from inside its thread; both libraries are pure Python.
    sys.setprofile(watch)
    try:
        return _draw(formula)
    except Exception as error:  # what they raise is not documented
        log.debug("a formula stays as its source: %r", error)
        return None
    finally:
        sys.setprofile(before)


def _draw(formula: Formula) -> Outline | None:
    # Imported with the first formula: most conversations have none.
    import ziamath  # type: ignore[import-not-found, import-untyped, unused-ignore]

    ziamath.config.svg2 = False  # plain outlines instead of symbols that are used again
    made = ziamath.Latex(formula.latex, size=EM, color=_INK, inline=not formula.display)
    if not _is_whole(made):
        return None
    svg = made.svgxml()
    left, top, width, height = map(float, svg.attrib["viewBox"].split())
    shapes = tuple(shape for element in svg for shape in _shapes(element, -left))
    return Outline(width, -top, height + top, shapes)


def _is_whole(made: Any) -> bool:
    """Every command was understood and every letter has a shape."""
    text = "".join(element.text or "" for element in made.mathml.iter())
    shown = {letter for letter in text if not letter.isspace() and letter.isprintable()}
    return "\\" not in shown and all(made.font.glyphindex(letter) for letter in shown)


def _shapes(element: Element, shift: float) -> Iterator[Shape]:
    """The outlines of an element, moved to the right; ValueError for what has no known meaning."""
    if "transform" in element.attrib:
        raise ValueError("transform")
    line = float(element.get("stroke-width", "0")) if element.get("stroke", "none") != "none" else 0
    if element.tag == "g":
        for child in element:
            yield from _shapes(child, shift)
    elif element.tag == "path":
        yield Shape(tuple(_steps(element.attrib["d"], shift)), 0 if _is_filled(element) else line)
    elif element.tag == "rect" and (line or element.get("fill") == _INK):
        x, y, wide, high = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
        x += shift
        corners = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))
        steps = tuple(("L" if number else "M", at) for number, at in enumerate(corners))
        yield Shape((*steps, ("Z", ())), line)
    elif element.tag != "rect":  # one of another colour is a ground
        raise ValueError(element.tag)


def _is_filled(element: Element) -> bool:
    return element.get("fill", _INK) != "none" and "stroke" not in element.attrib


def _steps(data: str, shift: float) -> Iterator[Step]:
    for name, rest in _STEP.findall(data):
        numbers = [float(number) for number in rest.replace(",", " ").split()]
        if len(numbers) != _NUMBERS[name]:
            raise ValueError(data)
        numbers[::2] = [x + shift for x in numbers[::2]]
        yield name, tuple(numbers)
