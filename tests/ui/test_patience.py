"""A stop that nobody obeys, and what waited behind an answer that no model is left for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import EngineLost, Event, Request, Text, UserError
from chatapp.successor import AGAIN
from chatapp.ui import patience
from tests.ui.scene import READY_MS, Scene

SAID = "The model does not answer. Your text is saved."


@pytest.fixture
def scene(
    dressed: QApplication, some_models: None, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    monkeypatch.setattr(patience, "STOP_MS", 1)
    monkeypatch.setattr(patience, "WAIT_MS", 1)
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


@pytest.fixture
def stuck(scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """An answer that has begun and does not stop before the gate opens."""

    def stream(request: Request, halted: object) -> Iterator[Event]:
        yield Text("t00000 ")
        scene.backend.gate.wait(READY_MS / 1000)
        yield Text("t00001 ")

    scene.backend.gate.clear()
    monkeypatch.setattr(scene.backend, "stream", stream)
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    scene.window.talk.stop()
    return scene


def told(scene: Scene) -> bool:
    return scene.window.banner.text() == SAID


def test_a_stop_that_is_not_obeyed_is_told(stuck: Scene, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: told(stuck), timeout=READY_MS)
    banner = stuck.window.banner
    assert (banner._button.text(), banner._second.text()) == ("Keep waiting", "Reopen here")


def test_who_keeps_waiting_is_told_again_until_it_has_ended(stuck: Scene, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: told(stuck), timeout=READY_MS)
    stuck.window.banner._button.click()
    assert not told(stuck)
    qtbot.waitUntil(lambda: told(stuck), timeout=READY_MS)
    stuck.backend.gate.set()
    qtbot.waitUntil(lambda: not told(stuck), timeout=READY_MS)
    assert stuck.stored()[-1].finish == "stopped"


def test_reopening_keeps_the_text_and_asks_for_a_new_window(stuck: Scene, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: told(stuck), timeout=READY_MS)
    stuck.window.banner._second.click()
    assert stuck.window.exit_code == AGAIN
    assert not stuck.window.isVisible()
    assert stuck.stored()[-1].text == "t00000 "


def test_a_stop_that_is_obeyed_is_not_waited_for(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STOP_MS", 10 * READY_MS)
    scene.window.talk.stopping.emit()
    assert scene.window.acting.patience._timer.isActive()
    scene.ask(qtbot)
    qtbot.waitUntil(lambda: not scene.window.talk.is_answering(), timeout=READY_MS)
    assert not scene.window.acting.patience._timer.isActive()


def test_what_waited_comes_back_into_the_box_when_no_model_is_left(
    dressed: QApplication, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, some_models: None
) -> None:
    scene = Scene(dressed)
    try:
        scene.ready.clear()
        scene.window.start()
        scene.type(qtbot, "First")
        scene.type(qtbot, "Second")
        scene.type(qtbot, "Third")
        monkeypatch.setattr(scene.desk.host, "_open", refuse)
        scene.window.loads.cancel()
        qtbot.waitUntil(lambda: "Second" in scene.window.composer.text(), timeout=READY_MS)
        assert scene.window.composer.text() == "Second\n\nThird"
        assert [message.text for message in scene.stored()] == ["First", ""]
    finally:
        scene.close()


def test_what_waited_comes_back_when_the_card_is_lost(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("a "), EngineLost("Gone.", "Wait.")]
    scene.backend.gate.clear()
    scene.type(qtbot, "First")
    scene.type(qtbot, "Second")
    scene.backend.gate.set()
    qtbot.waitUntil(lambda: scene.window.composer.text() == "Second", timeout=READY_MS)
    assert [message.text for message in scene.stored()][:1] == ["First"]
    scene.window._leaver.stop()


def test_what_waited_in_another_chat_is_told(scene: Scene) -> None:
    scene.window.talk.unanswered.emit(99, [1])
    assert scene.window.banner.text().startswith("A message in another chat was not answered")
    assert scene.window.banner._button.text() == "Choose a model"


def refuse(*_: object) -> object:
    raise UserError("It is so.", "Wait.")
