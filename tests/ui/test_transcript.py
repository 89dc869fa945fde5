from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QDrag,
    QGuiApplication,
    QImage,
    QPaintEvent,
    QRegion,
)
from PySide6.QtWidgets import QApplication, QWidget

from chatapp.chat import Message, Stats
from chatapp.ui import look, markdown
from chatapp.ui.answer_bar import AnswerBar
from chatapp.ui.arrivals import Arrivals
from chatapp.ui.jump import Jump
from chatapp.ui.paper import plain_text
from chatapp.ui.small_button import CodeCopy
from chatapp.ui.transcript import Transcript
from chatapp.ui.welcome import PromptCard
from tests.conftest import BUSY
from tests.ui.test_markdown import DANGEROUS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LONG = "\n\n".join(f"Paragraph {n} of a long answer, with **bold** words." for n in range(60))
CODE = "Text before.\n\n```python\nx = 1\n\ny = 2\n```\n\nText after.\n"
STATS = Stats(480, 360, 118, 0.18, 2.5, 7, 8192)


@pytest.fixture
def view(qtbot: QtBot, dressed: QApplication) -> Transcript:
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


def asked(text: str, number: int = 1) -> Message:
    return Message("user", text, id=number, parent=number - 1 or None)


def answered(text: str, number: int = 2, **more: object) -> Message:
    values = {"finish": "stop", "model": "Tiny"} | more
    return Message("assistant", text, id=number, parent=number - 1, **values)  # type: ignore[arg-type]


def opened(number: int = 2) -> Message:
    return Message("assistant", "", id=number, parent=number - 1)


def shown(view: Transcript) -> str:
    """The text of every document in the view."""
    parts = [part for turn in view._scroll.turns for part in turn.all_parts()]
    return "\n\n".join(plain_text(part.rendered.document) for part in parts if part.rendered)


def copied(view: Transcript) -> str:
    view.select_all()
    view.copy()
    return QGuiApplication.clipboard().text()


def bars(view: Transcript) -> list[AnswerBar]:
    return [bar for bar in view.findChildren(AnswerBar) if bar.isVisible()]


def picture(view: Transcript) -> QImage:
    return view.viewport().grab().toImage()


def at_end(view: Transcript) -> bool:
    bar = view.verticalScrollBar()
    return bar.value() == bar.maximum()


def press(view: Transcript, qtbot: QtBot, key: Qt.Key, control: bool = False) -> None:
    held = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(view, key, held)


def find(view: Transcript, word: str) -> QPoint:
    """A point of the view in the middle of a word."""
    left, column = view._column()
    for _, turn, top in view._scroll.visible():
        for _, part, y in turn.places():
            if part.rendered is None:
                continue
            cursor = part.rendered.document.find(word)
            if not cursor.isNull():
                block = cursor.block()
                at = (cursor.selectionStart() + cursor.selectionEnd()) // 2 - block.position()
                line = block.layout().lineForTextPosition(at)
                where = part.rendered.document.documentLayout().blockBoundingRect(block).topLeft()
                where += QPointF(line.cursorToX(at)[0], line.y() + line.height() / 2)
                corner = QPointF(turn.text_left(left, column), top + y) + part.origin()
                return (corner + where).toPoint()
    raise AssertionError(word)


# -- showing ---------------------------------------------------------------------------------------


def test_a_conversation_opens_at_its_end(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(LONG)])
    assert view.verticalScrollBar().maximum() > 0
    assert at_end(view)
    assert "Paragraph 59" in shown(view)


def test_another_version_of_the_same_conversation_keeps_the_place(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(LONG)])
    view.verticalScrollBar().setValue(100)
    before = view.verticalScrollBar().value()
    view.show_messages([asked("Hello"), answered(LONG + "\n\nmore", 3)])
    assert view.verticalScrollBar().value() == before


def test_what_the_person_wrote_is_shown_as_typed(view: Transcript) -> None:
    view.show_messages([asked("  *not* bold\n# no heading")])
    assert shown(view) == "  *not* bold\n# no heading"


def test_a_system_message_is_not_part_of_the_conversation(view: Transcript) -> None:
    view.show_messages([Message("system", "Be brief.", id=9), asked("Hello")])
    assert shown(view) == "Hello"


def test_a_thousand_messages_open_quickly(view: Transcript) -> None:
    messages = [asked("Why?", n) if n % 2 else answered(CODE * 3 + LONG, n) for n in range(1, 1001)]
    began = time.process_time()
    view.show_messages(messages)
    view.viewport().repaint()
    assert time.process_time() - began < 0.3 * BUSY


def test_only_what_is_near_the_view_has_a_document(view: Transcript) -> None:
    view.show_messages([answered(LONG, n) for n in range(1, 101)])
    bar = view.verticalScrollBar()
    for _ in range(60):
        bar.setValue(bar.value() - 500)
    assert 100 < len(view._scroll.shelf) <= 150


def test_scrolling_up_keeps_what_is_read_in_place(view: Transcript) -> None:
    view.show_messages([answered(f"start {n}\n\n{CODE}{LONG}", n) for n in range(1, 21)])
    bar = view.verticalScrollBar()
    for _ in range(60):
        number, turn, top = next(view._scroll.visible())
        end = top + turn.height
        bar.setValue(bar.value() - 60)
        tops = {which: y for which, _, y in view._scroll.visible()}
        if number in tops:
            assert abs(tops[number] + turn.height - (end + 60)) <= 1


def test_the_column_stays_readable_in_a_wide_window(view: Transcript) -> None:
    view.resize(2000, 600)
    left, width = view._column()
    assert width == 760
    assert abs(left - (view.viewport().width() - 760) / 2) <= 1


@pytest.mark.parametrize("scale", [1.25, 1.5, 1.75])
def test_no_edge_shows_through_at_a_fractional_scale(view: Transcript, scale: float) -> None:
    """Such a scale puts the edge of the view into the middle of a pixel."""
    view.resize(701, 501)
    view.show_messages([asked("Hello"), answered(LONG)])
    area = view.viewport().size()
    image = QImage(
        round(area.width() * scale),
        round(area.height() * scale),
        QImage.Format.Format_RGB32,
    )
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.magenta)
    view.viewport().render(image, QPoint(), QRegion(), QWidget.RenderFlag(0))
    across, down = image.width() - 1, image.height() - 1
    edge = [image.pixel(x, down) for x in range(across)]
    edge += [image.pixel(across, y) for y in range(down)]
    assert set(edge) == {QColor(look.colours().base).rgb()}


@pytest.mark.parametrize("width", [40, 200, 321, 2500])
def test_any_width_can_be_laid_out(view: Transcript, width: int) -> None:
    view.show_messages([asked("Hello " * 50), answered(CODE + LONG, stats=STATS, versions=3)])
    view.resize(width, 500)
    assert not picture(view).isNull()


# -- streaming -------------------------------------------------------------------------------------


def test_the_first_piece_is_shown_at_once(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.append(2, "First")
    assert "First" in shown(view)


def test_pieces_in_the_same_frame_cost_no_repaint(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.append(2, "one ")
    view.append(2, "two")
    assert "two" not in shown(view)
    qtbot.waitUntil(lambda: "one two" in shown(view), timeout=1000)


@pytest.mark.parametrize("size", [1, 4, 33])
def test_a_streamed_answer_ends_as_the_one_shot(view: Transcript, size: int) -> None:
    text = f"# Head\n\n{CODE}\n- a\n\n- b\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n> [x][y]\n\n[y]: http://a.b\n"
    view.show_messages([asked("Hello"), answered(text)])
    whole = copied(view)
    view.show_messages([asked("Hello", 5)])
    view.add(opened(6))
    for at in range(0, len(text), size):
        view.append(6, text[at : at + size])
        view.flush()
    view.settle(answered(text, 6))
    parts = view._scroll.turns[1].all_parts()
    assert [part.block for part in parts] == markdown.blocks(text)
    assert copied(view) == whole


def test_long_code_ends_as_the_one_shot(view: Transcript) -> None:
    text = "```python\n" + "value = compute(value)  # again\n" * 500 + "```\n"
    view.show_messages([asked("Hello")])
    view.add(opened())
    for at in range(0, len(text), 400):
        view.append(2, text[at : at + 400])
        view.flush()
    view.settle(answered(text))
    assert shown(view) == "Hello\n\n" + text.removeprefix("```python\n").removesuffix("\n```\n")


def test_settled_blocks_are_not_rendered_again(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.append(2, "First paragraph.\n\nSecond ")
    first = view._scroll.turns[1].all_parts()[0].rendered
    for _ in range(5):
        view.append(2, "and more ")
        view.flush()
    assert view._scroll.turns[1].all_parts()[0].rendered is first


def test_the_end_of_a_long_answer_is_still_cheap(view: Transcript) -> None:
    paragraph = "Some words of **an answer** that goes on. " * 6 + "\n\n"
    view.show_messages([asked("Hello")])
    view.add(opened())
    costs = []
    for _ in range(250):  # 64 KB
        for at in range(0, len(paragraph), 64):
            began = time.process_time()
            view.append(2, paragraph[at : at + 64])
            view.flush()
            costs.append(time.process_time() - began)
    tenth = sorted(costs[-len(costs) // 10 :])
    assert tenth[len(tenth) // 2] < 0.004 * BUSY


def test_a_piece_for_another_conversation_is_left_out(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.append(77, "not here")
    view.flush()
    assert shown(view) == "Hello"


def test_text_that_came_before_the_switch_goes_on(view: Transcript) -> None:
    view.show_messages([asked("Hello"), Message("assistant", "Half an ", id=2, parent=1)])
    view.append(2, "answer")
    assert "Half an answer" in shown(view)
    assert not bars(view)


def test_the_view_follows_while_the_reader_is_at_the_end(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.append(2, LONG)
    view.flush()
    assert at_end(view)
    assert not view.jump.isVisible()


def test_the_view_stays_where_the_reader_scrolled_to(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(LONG), asked("More", 3)])
    view.add(opened(4))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() - 200)
    before = view.verticalScrollBar().value()
    view.append(4, LONG)
    view.flush()
    assert view.verticalScrollBar().value() == before
    assert view.jump.isVisible()


def test_jump_to_latest_follows_again(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(LONG)])
    view.verticalScrollBar().setValue(0)
    view.jump.click()
    assert at_end(view)
    assert not view.jump.isVisible()


def test_sending_scrolls_to_the_end(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(LONG)])
    view.verticalScrollBar().setValue(0)
    view.add(asked("And?", 3))
    assert at_end(view)


# -- states ----------------------------------------------------------------------------------------


def test_progress_is_told_until_the_first_text(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    turn = view._scroll.turns[1]
    view.show_progress(2, 120, 480)
    assert turn.has_status
    assert "120" in view._phrases.reading(*(turn.progress or (0, 0)))
    view.append(2, "Text")
    assert not turn.has_status


def test_waiting_gives_way_to_progress(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.show_waiting(2, "Will be answered when the model is ready")
    assert view._scroll.turns[1].waiting
    view.show_progress(2, 1, 2)
    assert not view._scroll.turns[1].waiting


@pytest.mark.parametrize(
    ("finish", "words"),
    [
        ("stop", "done"),
        ("stopped", "stopped by you"),
        ("length", "length reached"),
        ("context", "context full"),
        ("interrupted", "interrupted"),
        ("error", "error"),
    ],
)
def test_the_line_below_says_why_the_answer_ended(
    view: Transcript, finish: str, words: str
) -> None:
    message = answered("x", finish=finish, stats=STATS)
    line = view._phrases.stats(message).replace("\u00a0", " ")
    assert line.endswith(words)
    assert line.startswith("118 tokens")


def test_a_failure_stands_at_its_message(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.append(2, "Half")
    view.settle(answered("Half", finish="error"))
    view.show_failure(2, "The graphics card ran out of memory.", "Shorten the context.")
    assert "Half\n\nThe graphics card ran out of memory.\nShorten the context." in shown(view)
    assert bars(view)


def test_an_answer_that_is_being_written_has_no_actions(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    assert not bars(view)
    view.settle(answered("Done."))
    assert len(bars(view)) == 1


# -- actions ---------------------------------------------------------------------------------------


def test_regenerate_names_its_message(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Hello"), answered("Hi")])
    with qtbot.waitSignal(view.asked) as signal:
        bars(view)[0].regenerate.click()
    assert signal.args == ["regenerate", 2]


def test_versions_are_walked(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Hello"), answered("Hi", version=2, versions=3)])
    bar = bars(view)[0]
    assert bar.steps.count.text() == "2 / 3"
    for button, what in ((bar.steps.back, "version_back"), (bar.steps.forward, "version_on")):
        with qtbot.waitSignal(view.asked) as signal:
            button.click()
        assert signal.args == [what, 2]


def test_a_single_version_has_nothing_to_walk(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered("Hi")])
    assert not bars(view)[0].steps.isVisible()


def test_copy_takes_the_source_of_the_answer(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Hello"), answered("Some **bold** text")])
    with qtbot.waitSignal(view.copied) as signal:
        bars(view)[0].copy.click()
    assert signal.args == ["Some **bold** text"]
    assert QGuiApplication.clipboard().text() == "Some **bold** text"


def test_a_code_block_can_be_copied(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(CODE)])
    (button,) = [each for each in view.findChildren(CodeCopy) if each.isVisible()]
    button.click()
    assert QGuiApplication.clipboard().text() == "x = 1\n\ny = 2"


def test_every_action_has_a_name_and_can_be_reached_by_tab(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(CODE, versions=2)])
    bar = bars(view)[0]
    buttons = [*bar.stops(), *view.findChildren(CodeCopy)]
    assert all(button.accessibleName() for button in buttons)
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in buttons)


def test_buttons_leave_with_their_message(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(CODE + LONG)])
    view.verticalScrollBar().setValue(0)
    assert not bars(view)


# -- selection -------------------------------------------------------------------------------------


def test_everything_can_be_selected_and_copied(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("Hello"), answered("Some **bold**\n\n- a\n- b")])
    press(view, qtbot, Qt.Key.Key_A, control=True)
    press(view, qtbot, Qt.Key.Key_C, control=True)
    assert QGuiApplication.clipboard().text() == "Hello\n\nSome bold\n\n• a\n• b"


def test_a_drag_selects_across_messages(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([asked("alpha beta"), answered("gamma delta epsilon")])
    ground = view.viewport()
    qtbot.mousePress(ground, Qt.MouseButton.LeftButton, pos=find(view, "beta"))
    qtbot.mouseMove(ground, find(view, "delta"))
    qtbot.mouseRelease(ground, Qt.MouseButton.LeftButton, pos=find(view, "delta"))
    view.copy()
    assert QGuiApplication.clipboard().text() == "ta\n\ngamma de"


def test_a_double_click_selects_a_word(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([answered("gamma delta epsilon")])
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=find(view, "delta"))
    view.copy()
    assert QGuiApplication.clipboard().text() == "delta"


def test_copy_as_markdown_gives_the_source(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered(CODE)])
    view.select_all()
    view.copy_markdown()
    assert QGuiApplication.clipboard().text() == "Hello\n\n" + CODE.strip()


def test_a_selection_survives_the_stream(view: Transcript) -> None:
    view.show_messages([asked("Hello")])
    view.add(opened())
    view.append(2, "First.\n\nSecond")
    view.select_all()
    view.append(2, " and third.")
    view.flush()
    view.copy()
    assert QGuiApplication.clipboard().text() == "Hello\n\nFirst.\n\nSecond and third."


def test_a_selection_is_painted(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered("Hi")])
    before = picture(view)
    view.select_all()
    assert picture(view) != before


def test_the_menu_copies_the_message_under_the_mouse(view: Transcript) -> None:
    view.show_messages([asked("Hello"), answered("Some **bold**")])
    menu = view.offers.at(QPointF(find(view, "bold")))
    assert menu is not None
    named = {action.text(): action for action in menu.actions()}
    named["Copy as Markdown"].trigger()
    assert QGuiApplication.clipboard().text() == "Some **bold**"


# -- links -----------------------------------------------------------------------------------------


def test_a_clicked_link_is_told_and_not_opened(view: Transcript, qtbot: QtBot) -> None:
    view.show_messages([answered("see [paper](https://example.com/p) now")])
    with qtbot.waitSignal(view.link_opened) as signal:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=find(view, "paper"))
    assert signal.args == ["https://example.com/p"]


def test_no_gesture_opens_a_dangerous_link(
    view: Transcript, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    view.link_opened.connect(told.append)
    monkeypatch.setattr(QDesktopServices, "openUrl", told.append)
    monkeypatch.setattr(QDrag, "exec", lambda drag, *_: told.append(drag))
    for target in DANGEROUS:
        view.show_messages([answered(f"see [paper](<{target}>) now")])
        pane, at = view.viewport(), find(view, "paper")
        for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton,
                       Qt.MouseButton.BackButton):  # fmt: skip
            qtbot.mouseClick(pane, button, pos=at)
        qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, at)
        for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            qtbot.mousePress(pane, button, pos=at)
            qtbot.mouseMove(pane, at + QPoint(60, 40))
            qtbot.mouseRelease(pane, button, pos=at + QPoint(60, 40))
        menu = view.offers.at(QPointF(at))
        assert menu is not None
        assert not [each for each in menu.actions() if "link" in each.text().lower()], target
        for key in (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Space):
            qtbot.keyClick(view, key)
        assert told == [], target


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton])
def test_only_the_first_button_follows_a_link(
    view: Transcript, qtbot: QtBot, button: Qt.MouseButton
) -> None:
    told: list[str] = []
    view.link_opened.connect(told.append)
    view.show_messages([answered("see [paper](https://example.com/p) now")])
    qtbot.mouseClick(view.viewport(), button, pos=find(view, "paper"))
    assert told == []


# -- empty, language, colours ----------------------------------------------------------------------


def test_an_empty_conversation_offers_prompts(view: Transcript, qtbot: QtBot) -> None:
    view.show_empty(["One", "Two", "Three", "Four"])
    cards = view.findChildren(PromptCard)
    assert [card.text() for card in cards if card.isVisible()] == ["One", "Two", "Three", "Four"]
    with qtbot.waitSignal(view.prompt_chosen) as signal:
        qtbot.mouseClick(cards[2], Qt.MouseButton.LeftButton)
    assert signal.args == ["Three"]


def test_a_prompt_can_be_chosen_with_enter(view: Transcript, qtbot: QtBot) -> None:
    view.show_empty(["One"])
    with qtbot.waitSignal(view.prompt_chosen):
        qtbot.keyClick(view.findChildren(PromptCard)[0], Qt.Key.Key_Return)


def test_the_first_message_takes_the_prompts_away(view: Transcript) -> None:
    view.show_empty(["One"])
    view.add(asked("Hello"))
    assert not view.welcome.isVisible()


def test_a_new_language_is_asked_for_again(
    view: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jump, "tr", lambda self, text: f"<{text}>")
    QApplication.sendEvent(view.jump, QEvent(QEvent.Type.LanguageChange))
    assert view.jump.text() == "<Jump to latest>"


def test_colours_change_while_a_conversation_is_open(
    view: Transcript, dressed: QApplication
) -> None:
    view.show_messages([asked("Hello"), answered(CODE)])
    look.apply(dressed, "dark")
    QApplication.processEvents()
    shot = picture(view)
    assert shot.pixelColor(2, 2).name() == look.DARK.base
    names = {shot.pixelColor(x, y).name() for x in range(0, 800, 3) for y in range(shot.height())}
    assert look.DARK.bubble in names
    assert look.DARK.code in names
    assert look.LIGHT.code not in names


def test_what_costs_more_to_show_is_shown_less_often(qtbot: QtBot) -> None:
    arrivals = Arrivals(QApplication.instance())
    pauses = []
    for costs in ((0.0, 0.0), (0.3, 400.0), (1.5, 1.8), (8.0, 9.0)):  # ms of the last two
        arrivals._costs = costs
        pauses.append(arrivals._frame_ms())
    assert pauses == [33, 33, 50, 250]


def test_painting_what_arrived_is_part_of_its_cost_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("chatapp.ui.arrivals.time.monotonic", lambda: now[0])
    arrivals = Arrivals(QApplication.instance())
    arrivals.flush()
    for _ in range(2):
        with arrivals.painting():
            now[0] += 0.02
    assert arrivals._costs == (0.0, pytest.approx(20))


STREAMED = (
    """Some words, then [a link](https://example.org) and `code`.

| part | bytes |
|---|---:|
| weights | 9.5 MB |

> A quote
> of two lines

- [x] done
  - inside

```python
def f(x):
    return x
```

A heading
===
"""
    + "A long last line that wraps. " * 40
)


class Painted(QObject):
    """How high each stretch is that a view is asked to paint. Pixels."""

    def __init__(self, view: Transcript) -> None:
        super().__init__(view)
        self.heights: list[int] = []
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.heights.append(event.rect().height())
        return False


def test_only_what_grew_is_painted_and_the_screen_is_as_if_all_were(view: Transcript) -> None:
    view.show_messages([asked("What is it?"), opened()])
    painted, screen = Painted(view), view.windowHandle().screen()
    heights = []
    for start in range(0, len(STREAMED), 11):
        view.append(2, STREAMED[start : start + 11])
        view.flush()
        painted.heights.clear()
        QApplication.processEvents()
        heights += painted.heights
        seen = screen.grabWindow(view.winId()).toImage()
        assert seen.copy(view.viewport().geometry()) == picture(view).convertedTo(seen.format())
    assert at_end(view)
    assert view.verticalScrollBar().maximum() > 0
    assert sum(height < view.viewport().height() // 2 for height in heights) > len(heights) // 3
