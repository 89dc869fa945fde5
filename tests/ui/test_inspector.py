"""The tokens of an answer: told or scored again, pointed at, and another one to go on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import Choice, Done, Message, Scored, Text, Token
from chatapp.settings import Sampling
from chatapp.ui import look
from chatapp.ui.inspecting import TOLD
from chatapp.ui.inspector import Inspector
from chatapp.ui.token_view import Letters, TokenView, ground
from tests.fake import CHANCES, STATS, told
from tests.ui.scene import Scene
from tests.ui.test_look import contrast

PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


def answer(scene: Scene, qtbot: QtBot, text: str, with_tokens: bool = False) -> Message:
    tokens = told(text) if with_tokens else ()
    scene.backend.script = [Text(text), Done("stop", replace(STATS, tokens=tokens))]
    return scene.ask(qtbot, "Hi")


def opened(scene: Scene, qtbot: QtBot) -> TokenView:
    scene.window.menus["inspect"].trigger()
    qtbot.waitUntil(lambda: scene.window.inspecting._view is not None)
    view = scene.window.inspecting._view
    assert view is not None
    return view


def rows(pane: Inspector) -> list[list[str]]:
    items = (pane.list.topLevelItem(n) for n in range(pane.list.topLevelItemCount()))
    return [[item.text(column) for column in range(3)] for item in items]


# -- while it is open and closed -------------------------------------------------------------------


def test_closed_no_answer_tells_its_tokens(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two")
    assert scene.backend.requests[-1].alternatives == 0
    assert scene.backend.scored == []


def test_open_the_next_answer_tells_its_tokens(scene: Scene, qtbot: QtBot) -> None:
    scene.window.menus["inspect"].trigger()
    answer(scene, qtbot, "one two", with_tokens=True)
    assert scene.backend.requests[-1].alternatives == TOLD
    view = scene.window.inspecting._view
    assert view is not None
    assert [token.text for token in view.tokens] == ["one ", "two"]
    assert scene.backend.scored == []


def test_an_older_answer_is_scored_again(scene: Scene, qtbot: QtBot) -> None:
    message = answer(scene, qtbot, "one two")
    view = opened(scene, qtbot)
    assert view.message == message.id
    (asked,) = scene.backend.scored
    assert [(m.role, m.text) for m in asked.messages] == [("user", "Hi"), ("assistant", "one two")]
    assert "fake" in scene.window.panel.inspector.source.text()


def test_tokens_that_are_there_are_not_asked_for(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two", with_tokens=True)
    opened(scene, qtbot)
    assert scene.backend.scored == []


def test_closed_again_the_answer_is_shown_as_before(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two", with_tokens=True)
    opened(scene, qtbot)
    scene.window.menus["inspect"].trigger()
    assert scene.window.inspecting._view is None
    assert scene.window.talk.alternatives == 0
    assert scene.window.transcript.guests._guests == {}


def test_closed_again_the_panel_is_as_it_was(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two")
    panes, inspect = scene.window.panes, scene.window.menus["inspect"]
    for shown in (False, True):
        panes.show_pane("panel", shown)
        inspect.trigger()
        assert panes.is_shown("panel")
        inspect.trigger()
        assert panes.is_shown("panel") is shown


def test_hiding_the_panel_closes_it(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two", with_tokens=True)
    opened(scene, qtbot)
    scene.window.menus["panel"].trigger()
    assert scene.window.inspecting._view is None


def test_the_answer_that_is_asked_for_is_the_one(scene: Scene, qtbot: QtBot) -> None:
    first = answer(scene, qtbot, "one two", with_tokens=True)
    answer(scene, qtbot, "three", with_tokens=True)
    scene.window.transcript._on_asked("inspect", first.id)
    view = scene.window.inspecting._view
    assert view is not None
    assert view.message == first.id


def test_without_an_answer_it_says_so(scene: Scene) -> None:
    scene.window.menus["inspect"].trigger()
    assert scene.window.panel.inspector.facts.text() == "There is no answer to look at yet."
    assert not scene.window.panel.inspector.button.isVisible()


def test_another_conversation_takes_the_tokens_away(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two", with_tokens=True)
    opened(scene, qtbot)
    scene.window.talk.open(0)
    assert scene.window.inspecting._view is None


def test_an_editor_may_take_the_place(scene: Scene, qtbot: QtBot) -> None:
    message = answer(scene, qtbot, "one two", with_tokens=True)
    opened(scene, qtbot)
    scene.window.acting.editing.open(message.id)
    assert scene.window.inspecting._view is None
    scene.window.panel.inspector.on.click()  # nothing to step to
    assert message.id in scene.window.transcript.guests._guests


def test_what_stands_in_the_answers_place_stays(scene: Scene, qtbot: QtBot) -> None:
    message = answer(scene, qtbot, "one two", with_tokens=True)
    scene.window.acting.editing.open(message.id)
    scene.window.menus["inspect"].trigger()
    assert scene.window.inspecting._view is None
    assert scene.window.acting.editing._box is not None
    assert "first" in scene.window.panel.inspector.facts.text()


def test_an_answer_comes_before_a_score(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two")
    scene.backend.gate.clear()
    scene.backend.script = [Text("three"), Done("stop", STATS)]
    scene.window.composer.submitted.emit("More")
    scene.window.menus["inspect"].trigger()
    first = scene.window.talk.branch[1]
    scene.window.transcript._on_asked("inspect", first.id)
    assert scene.backend.scored == []
    with qtbot.waitSignal(scene.window.talk.settled):
        scene.backend.gate.set()
    qtbot.waitUntil(lambda: scene.window.inspecting._view is not None)
    assert len(scene.backend.scored) == 1


# -- going on with another word --------------------------------------------------------------------


def test_another_word_begins_another_version(scene: Scene, qtbot: QtBot) -> None:
    message = answer(scene, qtbot, "one two three", with_tokens=True)
    opened(scene, qtbot)
    pane = scene.window.panel.inspector
    pane.on.click()
    pane.list.setCurrentItem(pane.list.topLevelItem(2))
    scene.backend.script = [Text(" and more"), Done("stop", STATS)]
    with qtbot.waitSignal(scene.window.talk.settled) as settled:
        pane.button.click()
    made = settled.args[0]
    assert made.text == "one other2 and more"
    assert (made.id != message.id, made.versions) == (True, 2)
    assert scene.backend.requests[-1].messages[-1].text == "one other2"


def test_what_is_no_text_cannot_be_gone_on_with(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two", with_tokens=True)
    opened(scene, qtbot)
    pane = scene.window.panel.inspector
    pane.list.setCurrentItem(pane.list.topLevelItem(7))
    assert not pane.button.isEnabled()
    pane.list.setCurrentItem(pane.list.topLevelItem(0))
    assert pane.button.isEnabled()


# -- the pane --------------------------------------------------------------------------------------


@pytest.fixture
def pane(dressed: QApplication, qtbot: QtBot) -> Inspector:
    pane = Inspector()
    qtbot.addWidget(pane)
    pane.show_token(told("one two")[0], 0, 2)
    pane.show_sampling(PLAIN)
    return pane


def test_it_tells_the_chance_before_and_after_the_filters(pane: Inspector) -> None:
    pane.show_sampling(replace(PLAIN, top_k=2))
    assert rows(pane)[:3] == [
        ["other0", "50 %", "71 %"],
        ["one␣", "20 %", "29 %"],
        ["other2", "10 %", "Top-k"],
    ]
    assert pane.facts.text() == "id 0  ·  model 20 %  ·  as set now: 29 %"


def test_it_says_where_a_filter_ended(pane: Inspector) -> None:
    pane.show_sampling(replace(PLAIN, top_p=0.75))
    pane.list.setCurrentItem(pane.list.topLevelItem(3))
    assert pane.marked.text() == "other3  ·  id 93  ·  Top-p 0.75 ended here"
    pane.list.setCurrentItem(pane.list.topLevelItem(4))
    assert pane.marked.text().endswith("Top-p 0.75 cut")
    pane.list.setCurrentItem(pane.list.topLevelItem(0))
    assert pane.marked.text() == "other0  ·  id 90"


def test_the_ends_of_the_answer_have_no_neighbour(pane: Inspector) -> None:
    assert (pane.back.isEnabled(), pane.on.isEnabled()) == (False, True)
    pane.show_token(told("one two")[1], 1, 2)
    assert (pane.back.isEnabled(), pane.on.isEnabled()) == (True, False)


# -- the letters -----------------------------------------------------------------------------------


def letters_of(qtbot: QtBot, *chances: float) -> Letters:
    tokens = tuple(Token(f"w{n} ", n, chance, (Choice("x", 0, chance),))
                   for n, chance in enumerate(chances))  # fmt: skip
    letters = Letters()
    qtbot.addWidget(letters)
    letters.resize(400, 200)
    letters.show_tokens("", tokens)
    letters.show()
    return letters


def grounds(letters: Letters) -> list[str]:
    found = []
    for start, _ in letters._spans:
        cursor = QTextCursor(letters.document())
        cursor.setPosition(start + 1)
        brush = cursor.charFormat().background()
        found.append(brush.color().name() if brush.style() != Qt.BrushStyle.NoBrush else "")
    return found


def test_the_ground_tells_how_sure_the_model_was(dressed: QApplication, qtbot: QtBot) -> None:
    letters = letters_of(qtbot, 0.95, 0.7, 0.4, 0.1)
    assert grounds(letters) == [ground(chance) for chance in (0.95, 0.7, 0.4, 0.1)]
    assert len(set(grounds(letters))) == 4
    assert grounds(letters)[0] == ""


def test_a_number_stands_where_the_model_was_not_sure(dressed: QApplication, qtbot: QtBot) -> None:
    assert letters_of(qtbot, 0.95, 0.42, 0.07).toPlainText() == "w0 w1 42w2 7"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("chance", [0.7, 0.4, 0.1])
def test_letters_can_be_read_on_every_ground(
    dressed: QApplication, scheme: look.Scheme, chance: float
) -> None:
    look.apply(dressed, scheme)
    assert contrast(look.colours().text, ground(chance)) >= 4.5


def test_the_arrows_go_from_token_to_token(dressed: QApplication, qtbot: QtBot) -> None:
    letters = letters_of(qtbot, 0.9, 0.4, 0.4)
    letters.pointed.connect(letters.go_to)
    letters.go_to(0)
    qtbot.keyClick(letters, Qt.Key.Key_Right)
    assert letters.present == 1
    for _ in range(3):
        qtbot.keyClick(letters, Qt.Key.Key_Right)
    assert letters.present == 2
    qtbot.keyClick(letters, Qt.Key.Key_Left)
    assert letters.present == 1


def test_a_click_points_at_a_token(dressed: QApplication, qtbot: QtBot) -> None:
    letters = letters_of(qtbot, 0.9, 0.4, 0.4)
    cursor = QTextCursor(letters.document())
    cursor.setPosition(letters._spans[1][0])
    at = letters.cursorRect(cursor).center() + QPoint(3, 0)
    with qtbot.waitSignal(letters.pointed) as pointed:
        qtbot.mouseClick(letters.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert pointed.args == [1]


def test_the_end_of_an_answer_has_a_name(dressed: QApplication, qtbot: QtBot) -> None:
    end = Token("", 9, 0.95, (Choice("<|end|>", 9, 0.95, special=True),))
    view = TokenView(1, "", (Token("Yes.", 1, 0.9, (Choice("Yes.", 1, 0.9),)), end))
    qtbot.addWidget(view)
    assert view.letters.toPlainText() == "Yes.<|end|>"
    assert view.text_before(2) == "Yes."


def test_what_was_not_scored_stands_there_without_tokens(scene: Scene, qtbot: QtBot) -> None:
    answer(scene, qtbot, "one two three")
    scene.backend.score = lambda request: iter((Scored(told("one two ")), Done()))  # type: ignore[method-assign]
    view = opened(scene, qtbot)
    assert view.letters.toPlainText().replace("20", "") == "one two three"
    assert len(view.tokens) == 2


def test_tokens_that_end_before_the_answer_are_not_all(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("one two"), Done("stop", replace(STATS, tokens=told("one ")))]
    scene.ask(qtbot, "Hi")
    opened(scene, qtbot)
    assert len(scene.backend.scored) == 1


def test_an_answer_with_an_opening_of_the_template_keeps_it(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [
        Text("<think>\nhm</think>Yes"),
        Done("stop", replace(STATS, tokens=told("hm</think>Yes"))),
    ]
    scene.ask(qtbot, "Hi")
    view = opened(scene, qtbot)
    assert view.text_before(0) == "<think>\n"
    assert len(CHANCES) == TOLD
