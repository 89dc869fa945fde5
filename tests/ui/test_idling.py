"""A model that nobody uses gives its memory back, and comes back with the next message."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from chatapp.chat import Unloaded
from chatapp.ui.idling import MINUTE_MS
from tests.ui.scene import Scene


def test_an_unloaded_model_is_told_and_the_next_message_loads_it_again(
    running: Scene, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(running.window.loads.unloaded):
        running.window.menus["unload"].trigger()
    assert running.desk.host.info is None
    assert "came back" in running.window.banner.text()
    assert running.window.picker._button.text() == "Choose a model"
    assert running.ask(qtbot).text.startswith("t00000")
    assert running.desk.host.info is not None


def test_a_message_sent_while_the_model_leaves_is_answered(running: Scene, qtbot: QtBot) -> None:
    running.window.loads.unload()
    assert running.ask(qtbot).text.startswith("t00000")


def test_the_wait_begins_with_the_load_and_again_with_each_answer_s_end(
    running: Scene, qtbot: QtBot
) -> None:
    timer = running.window.idling._timer
    assert timer.isActive()
    assert timer.interval() == 60 * MINUTE_MS
    running.backend.gate.clear()
    with qtbot.waitSignal(running.window.talk.wrote):
        running.type(qtbot, "Hi")
    assert not timer.isActive()
    with qtbot.waitSignal(running.window.talk.settled):
        running.backend.gate.set()
    qtbot.waitUntil(timer.isActive)


def test_when_the_wait_is_over_the_model_goes(running: Scene, qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.window.loads.unloaded):
        running.window.idling._timer.timeout.emit()
    assert running.desk.host.info is None


def test_zero_minutes_mean_never(running: Scene) -> None:
    running.window.panel.idle.changed.emit("idle_minutes", 0)
    assert not running.window.idling._timer.isActive()
    assert running.window.keeper.settings.app.idle_minutes == 0
    running.window.panel.idle.changed.emit("idle_minutes", 5)
    assert running.window.idling._timer.interval() == 5 * MINUTE_MS


def test_nothing_is_unloaded_twice(running: Scene, qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.window.loads.unloaded):
        running.window.loads.unload()
    told: list[Unloaded] = []
    running.window.loads.unloaded.connect(told.append)
    running.window.loads.unload()
    assert not running.window.loads._leaving
    assert told == []
