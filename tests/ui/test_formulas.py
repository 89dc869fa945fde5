from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from chatapp import formula, typesetter
from chatapp.formula import Formula
from chatapp.typesetter import Typesetter
from chatapp.ui import document, look
from chatapp.ui.markdown import Block
from chatapp.ui.paper import plain_text
from chatapp.ui.part import Part
from chatapp.ui.transcript import Transcript
from tests.ui.test_transcript import answered, asked, copied, opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ziamath") is None, reason="the extra `math` is not installed"
)
TEXT = r"So $\frac{a}{b}$ it is, \(x^2\) too."
DISPLAY = "$$\n\\sum_{i=1}^n i\n$$\n"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetter, "shared", Typesetter())


@pytest.fixture
def view(qtbot: QtBot, dressed: QApplication) -> Transcript:
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


def first(view: Transcript, turn: int = -1) -> Part:
    return view._scroll.turns[turn].all_parts()[0]


def pictures(view: Transcript, turn: int = -1) -> int:
    made = first(view, turn).rendered
    return len(made.pictures) if made else 0


def known(*wanted: Formula) -> None:
    for one in wanted:
        typesetter.shared._known[one] = formula.draw(one)


def rendered(source: str) -> document.Rendered:
    """With pictures, all drawn already."""
    for _ in range(2):
        made = document.render(Block(source), pictured=True)
        known(*made.awaited)
    made.fit(400)
    made.document.size()  # lays it out
    return made


def test_pictures_replace_the_source_when_they_are_drawn(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("q"), answered(TEXT)])
    assert pictures(view) == 0
    assert first(view).rendered.awaited
    qtbot.waitUntil(lambda: pictures(view) == 2)
    assert not first(view).rendered.awaited


def test_a_part_that_a_picture_brings_into_view_gets_its_own(
    view: Transcript, qtbot: QtBot
) -> None:
    high = "```math\n" + "x +\n" * 40 + "x\n```"
    view.show_messages([asked("q"), answered(f"{high}\n\n{TEXT}\n\n" + "w " * 4000)])
    view._scroll.following = False
    view.verticalScrollBar().setValue(0)
    below = view._scroll.turns[-1].all_parts()[1]
    assert below.rendered is None or not below.rendered.pictures
    qtbot.waitUntil(lambda: bool(below.rendered and below.rendered.pictures))


def test_copy_gives_the_source_of_pictures(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("q"), answered(f"{TEXT}\n\n{DISPLAY}")])
    qtbot.waitUntil(lambda: pictures(view) == 2)
    assert copied(view) == f"q\n\n{TEXT}\n\n{DISPLAY}".strip()


def test_part_of_a_line_is_copied_with_the_picture_in_it(dressed: QApplication) -> None:
    made = rendered("😀 a $x^2$ b")
    at = made.pictures[0].position
    assert plain_text(made.document, at - 2, at + 1) == "a $x^2$"
    assert plain_text(made.document, at + 1) == " b"


def test_while_an_answer_grows_its_last_part_shows_the_source(
    view: Transcript, qtbot: QtBot
) -> None:
    known(Formula("x^2", False), Formula("y", False))
    view.show_messages([asked("q"), opened()])
    view.append(2, "So $x^2$\n\nand $y$")
    view.flush()
    last = view._scroll.turns[-1].all_parts()[-1]
    assert pictures(view) == 1
    assert not last.rendered.pictures
    view.settle(answered("So $x^2$\n\nand $y$"))
    assert len(last.rendered.pictures) == 1


def test_a_selected_part_keeps_its_letters(view: Transcript) -> None:
    view.show_messages([asked("q"), answered(TEXT)])
    view.select_all()
    known(*first(view).rendered.awaited)
    view._arrange()
    assert pictures(view) == 0
    view._selection.clear()
    view._arrange()
    assert pictures(view) == 2


def test_words_are_found_in_the_source_of_a_picture(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("q"), answered(TEXT)])
    qtbot.waitUntil(lambda: pictures(view) == 2)
    view.seek("FRAC")
    qtbot.waitUntil(lambda: not view.finding.under_way)
    at = first(view).rendered.pictures[0].position
    assert view.finding.inside(1, 0) == [(at, at + 1)]


def test_a_formula_that_cannot_be_drawn_stays_as_code(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("q"), answered(r"a $\unheardof x$ b $y$ c \(値\)")])
    qtbot.waitUntil(lambda: pictures(view) == 1)
    assert len(first(view).rendered.chips) == 2


@pytest.mark.parametrize(
    ("source", "latex"),
    [
        (DISPLAY, r"\sum_{i=1}^n i"),
        ("\\[\nx\n\\]\n", "x"),
        ("```math\nx +\ny\n```\n", "x + y"),
    ],
)
def test_a_formula_on_its_own_line_is_in_its_middle(
    dressed: QApplication, source: str, latex: str
) -> None:
    assert document.render(Block(source)).awaited == [Formula(latex, True)]
    made = rendered(source)
    assert made.one_picture
    assert not made.codes
    line = made.document.begin().layout().lineAt(0)
    assert line.naturalTextRect().center().x() == pytest.approx(200, abs=1)


def test_prices_and_code_are_no_formulas(dressed: QApplication) -> None:
    made = document.render(Block("$5 and $10, `$x$`, 値段は$5、次は$x$です"))
    assert [one.latex for one in made.awaited] == ["x"]
    assert not document.render(Block("```latex\n\\[x\\]\n```\n")).awaited


def test_without_the_extra_the_source_is_shown(
    dressed: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formula, "can_draw", lambda: False)
    made = document.render(Block(TEXT), pictured=True)
    assert not made.awaited
    assert len(made.chips) == 2


def test_a_wide_formula_slides_alone_and_shrinks_in_a_line(dressed: QApplication) -> None:
    long = " + ".join(f"a_{{{n}}}" for n in range(40))
    assert rendered(f"$$\n{long}\n$$\n").span > 400
    made = rendered(f"so \\({long}\\) is")
    assert made.pictures[0].width * made.pictures[0].share == pytest.approx(400)
    made.fit(5000)
    assert made.pictures[0].share == 1


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
@pytest.mark.parametrize("latex", ["x", r"\frac{1}{\frac{1}{x}} x", r"x_{\frac{1}{2}}"])
def test_a_formula_stands_on_the_baseline_of_its_line(
    dressed: QApplication, latex: str, ratio: float
) -> None:
    made = rendered(f"a ${latex}$ b")
    line = made.document.begin().layout().lineAt(0)
    outline = typesetter.shared.outline(Formula(latex, False))
    base, scale = line.y() + line.ascent(), made.pictures[0].scale
    rows = inked_rows(made, ratio)
    assert abs(min(rows) / ratio - (base - outline.ascent * scale)) <= 1.5
    assert abs((max(rows) + 1) / ratio - (base + outline.depth * scale)) <= 1.5
    assert min(rows) >= 0
    assert max(rows) / ratio <= made.document.size().height()


def inked_rows(made: document.Rendered, ratio: float) -> list[int]:
    image = QImage(round(300 * ratio), round(90 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for picture in made.pictures:
        picture.paint(painter, made.document)
    painter.end()
    size = image.size()
    lines = (image.copy(0, y, size.width(), 1) for y in range(size.height()))
    blank = image.copy(0, size.height() - 1, size.width(), 1)
    return [y for y, row in enumerate(lines) if row != blank]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_formula_has_the_colour_of_its_text(dressed: QApplication, scheme: str) -> None:
    look.apply(dressed, scheme)
    assert rendered("$x$").pictures[0].colour.name() == QColor(look.colours().text).name()


def test_what_stands_below_stays_when_pictures_come_above(view: Transcript) -> None:
    tall = "\n\n".join([r"So \(" + r"\frac{a}{b}" * 3 + r"\) it is."] * 6)
    view.show_messages([asked("q"), answered(tall), asked("w" * 4000, 3)])
    view._scroll.following = False
    view.verticalScrollBar().setValue(60)
    turn = view._scroll.turns[1]
    held = view._scroll.top(1) + turn.part_top(5) - view._scroll.value
    before = turn.height
    known(*first(view, 1).rendered.awaited)
    view._arrange()
    now = view._scroll.top(1) + turn.part_top(5) - view._scroll.value
    assert pictures(view, 1) == 1
    assert abs(now - held) <= abs(turn.height - before)
