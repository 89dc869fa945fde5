"""Several answers to one question, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import library
from chatapp.chat import Answered, Done, Event, Stats, Text, UserError
from chatapp.ui.candidates import NARROWEST, Candidates, Column
from tests.fake import words
from tests.ui.scene import MODELS, READY_MS, Scene

COST = Stats(12, 0, 101, 0.1, 10.0, 7, 512)  # ten tokens a second
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))
    scene = Scene(qapp)
    scene.start(qtbot)
    scene.window.panel.chat_page.changed.emit("candidates", 3)
    yield scene
    scene.close()
    qapp.processEvents()


def script(*costs: Stats) -> list[Event | Exception]:
    """Three answers that come in turn and end one after another."""
    costs = costs or (COST, COST, COST)
    return [
        *(Text(f"answer {row} ", row) for row in range(3)),
        *(Text("more", row) for row in range(3)),
        *(Answered(row, "stop", cost) for row, cost in enumerate(costs)),
        Done("stop", COST),
    ]


def columns(scene: Scene) -> list[str]:
    """What the open columns show, from left to right; none when they are closed."""
    found = [c for c in scene.window.transcript.findChildren(Candidates) if c.isVisible()]
    return [column.view._scroll.turns[0].text for each in found for column in each.columns.values()]


def opened(scene: Scene) -> Candidates:
    return next(c for c in scene.window.transcript.findChildren(Candidates) if c.isVisible())


def ask(scene: Scene, qtbot: QtBot, text: str = "Hi", *costs: Stats) -> None:
    scene.backend.script = script(*costs)
    with qtbot.waitSignals([scene.window.talk.settled] * 3, timeout=READY_MS):
        scene.type(qtbot, text)


def test_each_column_shows_its_own_words_as_they_come(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = script()
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    assert columns(scene) == ["answer 0 ", "", ""]
    with qtbot.waitSignals([scene.window.talk.settled] * 3, timeout=READY_MS):
        scene.backend.gate.set()
    assert columns(scene) == ["answer 0 more", "answer 1 more", "answer 2 more"]
    assert [m.text for m in scene.desk.store.versions(scene.stored()[-1].id)] == columns(scene)


def test_a_column_tells_its_own_end_while_the_others_go_on(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Answered(1, "length", COST), Text("long", 0), Done()]
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    first, second, _ = opened(scene).columns.values()
    assert "length reached" in second._stats.text()
    assert "10.0" in second._speed.text()
    assert first._stats.text() == "Writing"
    assert scene.window.talk.is_writing()


@pytest.mark.parametrize("how", ["button", "key"])
def test_the_chosen_one_becomes_the_answer_and_the_rest_stay_as_versions(
    scene: Scene, qtbot: QtBot, how: str
) -> None:
    ask(scene, qtbot)
    if how == "button":
        list(opened(scene).columns.values())[1].use.click()
    else:
        qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_2, CONTROL)
    assert columns(scene) == []
    last = scene.stored()[-1]
    assert (last.text, last.version, last.versions) == ("answer 1 more", 2, 3)
    assert scene.shown()[-1] == "answer 1 more"


def test_the_keys_mean_nothing_while_there_is_nothing_to_choose(scene: Scene, qtbot: QtBot) -> None:
    menus = scene.window.menus
    assert not menus["use_1"].isVisible()
    ask(scene, qtbot)
    assert [menus[f"use_{n}"].isVisible() for n in range(1, 9)] == [True] * 3 + [False] * 5
    menus["use_3"].trigger()
    assert not menus["use_1"].isVisible()


def test_going_on_without_a_choice_uses_the_first(scene: Scene, qtbot: QtBot) -> None:
    ask(scene, qtbot, "One")
    scene.window.panel.chat_page.changed.emit("candidates", 1)
    scene.backend.script = words(1)
    scene.ask(qtbot, "Two")
    assert columns(scene) == []
    assert [m.text for m in scene.backend.requests[-1].messages] == [
        "One",
        "answer 0 more",
        "Two",
    ]


def test_one_chosen_while_it_is_written_goes_on_in_the_conversation(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.script = script()
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    scene.window.menus["use_3"].trigger()
    with qtbot.waitSignals([scene.window.talk.settled] * 3, timeout=READY_MS):
        scene.backend.gate.set()
    assert columns(scene) == []
    assert scene.shown()[-1] == "answer 2 more"
    assert [m.text for m in scene.desk.store.versions(scene.stored()[-1].id)] == [
        "answer 0 more",
        "answer 1 more",
        "answer 2 more",
    ]


def test_coming_back_shows_the_columns_with_what_was_written_meanwhile(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.script = script()
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    chat = scene.window.talk.conversation
    scene.window.sidebar.new_requested.emit()
    assert columns(scene) == []
    scene.window.sidebar.opened.emit(chat)
    assert columns(scene) == ["answer 0 ", "", ""]


def test_finished_versions_can_be_compared_later(scene: Scene, qtbot: QtBot) -> None:
    ask(scene, qtbot)
    scene.window.menus["use_1"].trigger()
    scene.window.transcript.asked.emit("compare", scene.stored()[-1].id)
    assert columns(scene) == ["answer 0 more", "answer 1 more", "answer 2 more"]
    scene.window.menus["use_3"].trigger()
    assert scene.shown()[-1] == "answer 2 more"


def test_what_several_cost_is_told_against_the_last_single_answer(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.window.panel.chat_page.changed.emit("candidates", 1)
    scene.backend.script = [Text("one"), Done("stop", COST)]
    scene.ask(qtbot)
    scene.window.panel.chat_page.changed.emit("candidates", 3)
    slow = replace(COST, decode_s=13.0)
    ask(scene, qtbot, "Two", replace(COST, new_tokens=51, decode_s=7.0), slow, COST)
    assert "3 answers took 1.3 times" in opened(scene).note.text()


def test_without_a_single_answer_nothing_is_claimed(scene: Scene, qtbot: QtBot) -> None:
    ask(scene, qtbot)
    scene.window.menus["use_1"].trigger()
    ask(scene, qtbot, "Again")
    assert "took" not in opened(scene).note.text()


def test_a_single_answer_of_few_tokens_measures_nothing(scene: Scene, qtbot: QtBot) -> None:
    scene.window.panel.chat_page.changed.emit("candidates", 1)
    scene.backend.script = words(3)
    scene.ask(qtbot)
    scene.window.panel.chat_page.changed.emit("candidates", 3)
    ask(scene, qtbot, "Two")
    assert "took" not in opened(scene).note.text()


def test_a_failure_stands_in_each_column_that_it_cut(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("some", 0), UserError("It broke.", "Try again.")]
    with qtbot.waitSignals([scene.window.talk.failed] * 3, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    notices = [c.view._scroll.turns[0]._notice for c in opened(scene).columns.values()]
    assert [n.block.source if n else "" for n in notices] == ["It broke.\nTry again."] * 3


@pytest.mark.parametrize("width", [720, 1000, 1600])
def test_columns_are_never_narrower_than_one_can_read(
    scene: Scene, qtbot: QtBot, width: int
) -> None:
    scene.window.resize(width, 600)
    ask(scene, qtbot)
    found = opened(scene)
    assert min(column.width() for column in found.columns.values()) >= NARROWEST
    viewport = scene.window.transcript.viewport()
    assert 0 <= found.x() < found.x() + found.width() <= viewport.width()


def test_two_answers_fit_beside_both_panes(scene: Scene, qtbot: QtBot) -> None:
    scene.window.panel.chat_page.changed.emit("candidates", 2)
    scene.backend.script = [Text("a", 0), Text("b", 1), Done("stop", COST)]
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    assert opened(scene)._area.horizontalScrollBar().maximum() == 0


def test_in_a_low_window_the_end_of_the_columns_is_followed(scene: Scene, qtbot: QtBot) -> None:
    scene.window.resize(740, 480)
    ask(scene, qtbot, "One")
    ask(scene, qtbot, "Two")
    assert not scene.window.transcript.jump.isVisible()


def test_columns_follow_language_and_zoom(scene: Scene, qtbot: QtBot) -> None:
    ask(scene, qtbot)
    found = opened(scene)
    column = next(iter(found.columns.values()))
    before = column.view._scroll.turns[0].height
    scene.window.reader.zoom(150)
    assert column.view._scroll.turns[0].height > before
    scene.window.reader.zoom(100)
    scene.desk.speak("ja")
    QApplication.sendPostedEvents(None, QEvent.Type.LanguageChange)
    assert column.use.text() == "これを使う"
    assert "回答 A" in found.note.text()


def test_every_choice_has_a_name_and_can_be_reached_by_tab(scene: Scene, qtbot: QtBot) -> None:
    ask(scene, qtbot)
    buttons = [column.use for column in opened(scene).columns.values()]
    assert [button.accessibleName() for button in buttons] == [
        "Use answer A",
        "Use answer B",
        "Use answer C",
    ]
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in buttons)


def test_the_row_of_candidates_says_why_it_rests_at_temperature_0(scene: Scene) -> None:
    page = scene.window.panel.chat_page
    row = page.rows["candidates"]
    assert row.slider is not None
    assert row.slider.isEnabled()
    page.changed.emit("temperature", 0.0)
    assert not row.slider.isEnabled()
    assert "temperature 0" in row.idle.text()
    page.changed.emit("temperature", 0.5)
    assert row.slider.isEnabled()
    assert row.idle.isHidden()


# -- stopping one of them --------------------------------------------------------------------------


def write(scene: Scene, qtbot: QtBot) -> list[Column]:
    """Three answers under way, of which the first has its first words."""
    scene.backend.script = script()
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    return list(opened(scene).columns.values())


def test_one_of_them_is_stopped_and_the_others_go_on(scene: Scene, qtbot: QtBot) -> None:
    first, second, _ = write(scene, qtbot)
    first.stop.click()
    assert first._stats.text() == "Stopping"
    assert not first.stop.isEnabled()
    qtbot.waitUntil(lambda: "stopped by you" in first._stats.text(), timeout=READY_MS)
    assert not first.stop.isVisible()
    assert second.stop.isVisible()
    assert scene.window.talk.is_writing()
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.backend.gate.set()
    assert columns(scene) == ["answer 0 ", "answer 1 more", "answer 2 more"]
    versions = scene.desk.store.versions(scene.stored()[-1].id)
    assert [m.finish for m in versions] == ["stopped", "stop", "stop"]


def test_stopping_the_last_that_goes_on_ends_them_all(scene: Scene, qtbot: QtBot) -> None:
    every = write(scene, qtbot)
    for column in every:
        column.stop.click()
    qtbot.waitUntil(lambda: not scene.window.talk.is_writing(), timeout=READY_MS)
    assert [m.finish for m in scene.desk.store.versions(scene.stored()[-1].id)] == ["stopped"] * 3


def test_the_button_below_stops_all_of_them_and_says_so(scene: Scene, qtbot: QtBot) -> None:
    every = write(scene, qtbot)
    button = scene.window.composer.button
    assert button.text() == "Stop all"
    with qtbot.waitSignals([scene.window.talk.settled] * 3, timeout=READY_MS):
        button.click()
    assert all("stopped by you" in column._stats.text() for column in every)


def test_one_that_waits_for_the_model_is_stopped_at_once(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = script()
    scene.ready.clear()
    scene.window.choosing.reload()
    scene.type(qtbot, "Hi")
    _, second, _ = opened(scene).columns.values()
    second.stop.click()
    assert "stopped by you" in second._stats.text()
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.ready.set()
    assert columns(scene) == ["answer 0 more", "", "answer 2 more"]


def test_in_a_low_window_the_figures_stay_in_view(scene: Scene, qtbot: QtBot) -> None:
    scene.window.resize(720, 480)
    ask(scene, qtbot)
    shown = opened(scene)
    column = next(iter(shown.columns.values()))
    below = column._stats.mapTo(shown, column._stats.rect().bottomLeft()).y()
    assert below < shown._area.geometry().bottom()
