"""What a reader does with a conversation: fold, find, select with keys, slide, zoom, follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from chatapp.chat import Message
from chatapp.ui import look
from chatapp.ui.menus import Menus
from chatapp.ui.reader import Reader
from chatapp.ui.slide import Slide
from chatapp.ui.thought_line import ThoughtLine
from chatapp.ui.transcript import Transcript
from tests.ui.test_transcript import answered, asked, at_end, copied, find, opened, picture, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

THOUGHT = "<think>\nFirst I weigh it.\n\nThen I decide.\n</think>\n\nThe **answer**."
WIDE = "```python\n" + "value = compute(value); " * 30 + "\n```\n"
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot: QtBot, dressed: QApplication) -> Iterator[Transcript]:
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    look.set_zoom(100)


@pytest.fixture
def reader(qtbot: QtBot, view: Transcript) -> Reader:
    window = QWidget()
    qtbot.addWidget(window)
    made = Reader(view, Menus(), window)
    qtbot.addWidget(made.bar)
    return made


def line(view: Transcript) -> ThoughtLine:
    (found,) = [each for each in view.findChildren(ThoughtLine) if each.isVisible()]
    return found


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def searched(view: Transcript, qtbot: QtBot, words: str) -> int:
    view.seek(words)
    qtbot.waitUntil(lambda: not view.finding.under_way)
    return view.finding.count


# -- reasoning -------------------------------------------------------------------------------------


def test_reasoning_is_folded_and_not_copied(view: Transcript) -> None:
    view.show_messages([asked("Why?"), answered(THOUGHT)])
    assert "weigh" not in shown(view)
    assert line(view).text() == "Thought, 7 words"
    assert copied(view) == "Why?\n\nThe answer."


def test_reasoning_opens_and_folds(view: Transcript) -> None:
    view.show_messages([asked("Why?"), answered(THOUGHT)])
    line(view).click()
    assert "First I weigh it." in shown(view)
    assert copied(view) == "Why?\n\nThe answer."
    line(view).click()
    assert "First I weigh it." not in shown(view)


def test_open_reasoning_can_be_copied_by_itself(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Why?"), answered(THOUGHT)])
    line(view).click()
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=find(view, "decide"))
    view.copy()
    assert clipboard() == "decide"


def test_copying_an_answer_leaves_its_reasoning_out(view: Transcript) -> None:
    view.show_messages([asked("Why?"), answered(THOUGHT)])
    view._on_asked("copy", 2)
    assert clipboard() == "The **answer**."


@pytest.mark.parametrize("size", [1, 4, 200])
@pytest.mark.parametrize("unfolded", [False, True])
def test_streamed_reasoning_ends_as_the_one_shot(
    view: Transcript, size: int, unfolded: bool
) -> None:
    view.show_messages([asked("Why?"), answered(THOUGHT)])
    view.unfold(2, unfolded)
    whole, text = shown(view), view._scroll.turns[1].all_parts()
    view.show_messages([asked("Why?", 5)])
    view.add(opened(6))
    view.unfold(6, unfolded)
    for at in range(0, len(THOUGHT), size):
        view.append(6, THOUGHT[at : at + size])
        view.flush()
    view.settle(answered(THOUGHT, 6))
    assert shown(view) == whole
    assert [part.block for part in view._scroll.turns[1].all_parts()] == [p.block for p in text]


def test_thinking_is_told_while_it_lasts(view: Transcript) -> None:
    view.show_messages([asked("Why?")])
    view.add(opened())
    view.append(2, "<think>I look at\nthe second line")
    view.flush()
    assert line(view).text() == "Thinking   the second line"
    assert line(view).accessibleName() == "Thinking"
    view.append(2, " a bit more</think>\n\nDone.")
    view.flush()
    assert line(view).text() == "Thought for 1 s, 9 words"
    assert not view._scroll.turns[1].has_status


def test_reasoning_that_was_cut_short_is_kept(view: Transcript) -> None:
    view.show_messages([asked("Why?")])
    view.add(opened())
    text = "<think>only this </th"
    view.append(2, text)
    view.flush()
    view.settle(answered(text, finish="stopped"))
    line(view).click()
    assert "only this </th" in shown(view)


# -- find ------------------------------------------------------------------------------------------


def test_words_are_found_as_they_are_seen(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("a bold word"), answered("One **bo**ld, [Bold](http://a.b) `bold`")])
    assert searched(view, qtbot, "bold") == 4
    assert searched(view, qtbot, "http") == 0
    assert searched(view, qtbot, "") == 0


def test_the_search_walks_around_the_ends(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("tree"), answered("tree and tree")])
    assert searched(view, qtbot, "tree") == 3
    places = []
    for step in (1, 1, 1, -1):
        view.finding.step(step)
        places.append(view.finding.place)
    assert places == [1, 2, 0, 2]


def test_a_found_place_comes_into_view(view: Transcript, qtbot: QtBot) -> None:
    long = "\n\n".join(f"Paragraph {n} of many." for n in range(200))
    view.show_messages([asked("Go", 1), answered(f"needle\n\n{long}"), asked("end", 3)])
    assert at_end(view)
    assert searched(view, qtbot, "needle") == 1
    assert view.viewport().rect().contains(find(view, "needle"))
    view.copy()
    assert clipboard() == "needle"


def test_found_places_are_marked(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Go"), answered("some tree and a tree")])
    before = picture(view)
    searched(view, qtbot, "tree")
    assert picture(view) != before
    searched(view, qtbot, "")
    view._selection.clear()
    assert picture(view) == before


def test_after_another_version_is_shown_its_own_places_are_marked(
    view: Transcript, qtbot: QtBot
) -> None:
    view.show_messages([asked("needle"), answered("one needle and a needle")])
    assert searched(view, qtbot, "needle") == 3
    view.finding.step(1)
    view.show_messages([asked("needle"), answered("none here, then a needle", 3)])
    qtbot.waitUntil(lambda: not view.finding.under_way)
    assert view.finding.count == 2
    assert view.finding.inside(1, 0) == [(18, 24)]


@pytest.mark.parametrize("change", ["unfold", "raw"])
def test_places_follow_an_answer_that_is_shown_otherwise(
    view: Transcript, qtbot: QtBot, change: str
) -> None:
    view.show_messages([asked("Hi"), answered(THOUGHT)])
    assert searched(view, qtbot, "answer") == 1
    before = view.finding.span()
    view.unfold(2, True) if change == "unfold" else view.show_raw(2, True)
    qtbot.waitUntil(lambda: not view.finding.under_way)
    after = view.finding.span()
    assert before != after
    assert not view._selection  # nobody is led anywhere


def test_what_was_streamed_is_found_when_it_is_final(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("needle")])
    view.add(opened())
    assert searched(view, qtbot, "needle") == 1
    view.append(2, "a needle")
    view.settle(answered("a needle"))
    qtbot.waitUntil(lambda: view.finding.count == 2)


def test_the_bar_counts_and_esc_closes_it(reader: Reader, view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Go"), answered("tree, tree")])
    reader.bar.open_bar()
    qtbot.keyClicks(reader.bar.field, "tree")
    qtbot.waitUntil(lambda: reader.bar.count.text() == "1 of 2")
    qtbot.keyClick(reader.bar.field, Qt.Key.Key_Return)
    assert reader.bar.count.text() == "2 of 2"
    qtbot.keyClick(reader.bar.field, Qt.Key.Key_Return, SHIFT)
    assert reader.bar.count.text() == "1 of 2"
    qtbot.keyClick(reader.bar.field, Qt.Key.Key_Escape)
    assert reader.bar.isHidden()
    assert view.finding.count == 0


def test_what_is_not_there_is_told(reader: Reader, view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Go")])
    reader.bar.open_bar()
    qtbot.keyClicks(reader.bar.field, "zebra")
    qtbot.waitUntil(lambda: reader.bar.count.text() == "Not found")


# -- keys ------------------------------------------------------------------------------------------


def test_shift_and_arrows_select_across_messages(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("alpha"), answered("beta gamma")])
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=find(view, "alpha"))
    qtbot.keyClick(view, Qt.Key.Key_End, SHIFT)
    view.copy()
    assert "alpha".endswith(clipboard())
    qtbot.keyClick(view, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(view, Qt.Key.Key_Right, SHIFT | CONTROL)
    view.copy()
    assert clipboard().endswith("\n\nbeta ")
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Left, SHIFT)
    view.copy()
    assert clipboard().endswith("\n\nbe")


def test_shift_control_home_selects_to_the_beginning(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("alpha"), answered("beta gamma")])
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=find(view, "gamma"))
    qtbot.keyClick(view, Qt.Key.Key_Home, SHIFT | CONTROL)
    view.copy()
    assert clipboard().startswith("alpha\n\nbeta")


def test_a_link_can_be_reached_and_opened_with_keys(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([answered("[one](http://a.b/1) and [two](https://c.d/2) [no](file:///e)")])
    view.setFocus()
    for wanted in ("http://a.b/1", "https://c.d/2"):
        qtbot.keyClick(view, Qt.Key.Key_Tab)
        with qtbot.waitSignal(view.link_opened) as signal:
            qtbot.keyClick(view, Qt.Key.Key_Return)
        assert signal.args == [wanted]
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert view._links.present is None


# -- wide blocks, raw, size ------------------------------------------------------------------------


def test_wide_code_slides_with_its_bar_and_the_wheel(view: Transcript) -> None:
    view.show_messages([asked("Go"), answered(WIDE)])
    (bar,) = [each for each in view.findChildren(Slide) if each.isVisible()]
    before = picture(view)
    bar.setValue(100)
    part = view._scroll.turns[1].all_parts()[0]
    assert part.offset == 100
    assert picture(view) != before
    at = QPointF(find(view, "value"))
    at.setX(400)
    turned, nothing = QPoint(-50, 0), Qt.KeyboardModifier.NoModifier
    phase = Qt.ScrollPhase.NoScrollPhase
    wheel = QWheelEvent(at, at, turned, turned, Qt.MouseButton.NoButton, nothing, phase, False)
    QApplication.sendEvent(view.viewport(), wheel)
    assert part.offset == 150


def test_what_fits_has_no_bar(view: Transcript) -> None:
    view.show_messages([asked("Go"), answered("```\nshort\n```\n")])
    assert not [each for each in view.findChildren(Slide) if each.isVisible()]


def test_an_answer_can_be_shown_as_written(view: Transcript) -> None:
    view.show_messages([asked("Go"), answered("Some **bold**")])
    for text, wanted in (("Show as written", "Some **bold**"), ("Show formatted", "Some bold")):
        menu = view.offers.at(QPointF(find(view, "bold")))
        assert menu is not None
        {action.text(): action for action in menu.actions()}[text].trigger()
        assert shown(view).endswith(wanted)


def test_a_long_table_copies_in_one_piece(view: Transcript) -> None:
    table = "| n | t |\n|--|--|\n" + "".join(f"| {n} | x |\n" for n in range(400))
    view.show_messages([answered(table)])
    view.select_all()
    view.copy_markdown()
    assert clipboard() == table.strip()
    view.copy()
    assert clipboard().split("\n")[-1] == "399\tx"


def test_the_text_grows_and_keeps_its_place(reader: Reader, view: Transcript) -> None:
    long = "\n\n".join(f"Paragraph {n} of many." for n in range(200))
    view.show_messages([asked("Go"), answered(long), asked("end", 3)])
    view.verticalScrollBar().setValue(1_000)
    before = view._scroll.total
    reader.zoom(150)
    assert view._scroll.total > before * 1.2
    assert not at_end(view)
    assert "Paragraph" in shown(view)


def test_the_size_has_its_bounds_and_is_told(reader: Reader, qtbot: QtBot) -> None:
    for asked_for, made in ((500, 200), (10, 80), (110, 110)):
        with qtbot.waitSignal(reader.zoomed) as signal:
            reader.zoom(asked_for)
        assert signal.args == [made]


# -- links -----------------------------------------------------------------------------------------


def question(reader: Reader) -> QMessageBox:
    (box,) = reader.parent().findChildren(QMessageBox)
    return box


def test_a_link_opens_only_after_a_yes(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: went.append(url.toString()))
    reader.ask("https://example.com/a?b=c")
    assert went == []
    question(reader).accept()
    assert went == ["https://example.com/a?b=c"]


def test_no_opens_nothing(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", went.append)
    reader.ask("https://example.com/")
    question(reader).reject()
    assert went == []


def test_the_question_shows_the_host_as_the_network_knows_it(reader: Reader) -> None:
    reader.ask("https://аpple.com/<b>x</b>")  # the first letter is Cyrillic
    box = question(reader)
    assert box.text() == "Open xn--pple-43d.com in the browser?"
    assert "xn--pple-43d.com" in box.informativeText()
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert box.defaultButton().text() == "Cancel"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "smb://a/b",
        "http://a.b@c.d",
        "https://x:y@a.b/",
    ],
)
def test_even_a_yes_opens_nothing_but_a_page(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    went: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", went.append)
    reader.ask(address)
    question(reader).accept()
    assert went == []


def test_a_growing_message_offers_no_source(view: Transcript) -> None:
    view.show_messages([asked("Go"), Message("assistant", "Half", id=2, parent=1)])
    view.append(2, " more")
    view.flush()
    menu = view.offers.at(QPointF(find(view, "more")))
    assert menu is not None
    assert "Show as written" not in [action.text() for action in menu.actions()]
