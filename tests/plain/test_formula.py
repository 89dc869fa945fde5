from __future__ import annotations

import importlib.util
import sys
import threading

import pytest

from chatapp import formula
from chatapp.formula import EM, Formula, Outline
from chatapp.typesetter import Typesetter

needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("ziamath") is None, reason="the extra `math` is not installed"
)


def drawn(latex: str, display: bool = False) -> Outline:
    made = formula.draw(Formula(latex, display))
    assert made is not None
    return made


def settle(typesetter: Typesetter, wanted: list[Formula]) -> None:
    for _ in range(1000):
        if typesetter.ask(wanted):
            return
        for thread in formula_threads():
            thread.join(0.05)
    pytest.fail("not drawn")


def formula_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "formulas"]


@needs_extra
def test_an_outline_stands_on_its_baseline() -> None:
    letter, fraction = drawn("x"), drawn(r"\frac{a}{b}", display=True)
    assert 0 <= letter.depth < 0.1 * EM < letter.ascent < EM
    assert fraction.depth > 0.4 * EM
    assert fraction.ascent > 0.8 * EM
    xs = [x for shape in fraction.shapes for _, at in shape.steps for x in at[::2]]
    assert min(xs) >= 0
    assert max(xs) <= fraction.width


@needs_extra
def test_a_sum_on_its_own_line_is_higher_than_in_a_line() -> None:
    inside, alone = drawn(r"\sum_{i=1}^n i"), drawn(r"\sum_{i=1}^n i", display=True)
    assert alone.ascent + alone.depth > inside.ascent + inside.depth


@needs_extra
@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{1}{",
        r"\unheardof x",
        r"x \tag{1}",
        r"\text{値段}",
        r"\begin{pmatrix}a&b\\c&d\end{pmatrix}^2",
        "{" * 900,
        "x" * (formula.LONGEST + 1),
    ],
)
def test_what_cannot_be_drawn_whole_is_not_drawn(latex: str) -> None:
    assert formula.draw(Formula(latex, True)) is None


@needs_extra
def test_a_formula_gets_no_more_than_its_time() -> None:
    watched = sys.getprofile()
    assert formula.draw(Formula(r"\sqrt{x} + 1", False), seconds=0) is None
    assert sys.getprofile() is watched
    assert drawn(r"\sqrt{x} + 1")


@needs_extra
def test_a_ground_of_another_colour_does_not_cover_the_letters() -> None:
    assert len(drawn(r"\colorbox{red}{x}").shapes) == len(drawn("x").shapes)


@needs_extra
def test_a_frame_is_a_line_and_not_an_area() -> None:
    assert [shape.line > 0 for shape in drawn(r"\boxed{x}").shapes].count(True) == 1


def test_each_formula_is_drawn_once_and_the_oldest_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    monkeypatch.setattr(formula, "draw", calls.append)
    typesetter = Typesetter(kept=2)
    first, second, third = (Formula(letter, False) for letter in "abc")
    assert not typesetter.ask([first, second])
    settle(typesetter, [first, second])
    assert typesetter.outline(first) is None
    assert typesetter.knows(first)
    settle(typesetter, [third])
    assert calls == [first, second, third]
    assert len(typesetter) == 2
    assert not typesetter.knows(second)
