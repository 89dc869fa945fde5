"""The line above the first message that the model saw, and the knobs around a full context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import Done, Event, ModelInfo, Text
from chatapp.ui.turn import UNSEEN
from tests.fake import STATS
from tests.ui.scene import Scene


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


def answered(dropped: int) -> list[Event | Exception]:
    return [Text("Yes."), Done("stop", replace(STATS, dropped_messages=dropped))]


def first_seen(scene: Scene) -> list[str]:
    return [turn.text for turn in scene.window.transcript._scroll.turns if turn.first_seen]


def talked(scene: Scene, qtbot: QtBot) -> None:
    for text in ("one", "two"):
        scene.backend.script = answered(0)
        scene.ask(qtbot, text)
    scene.backend.script = answered(2)
    scene.ask(qtbot, "three")
    qtbot.waitUntil(lambda: bool(first_seen(scene)))


def test_a_line_stands_above_what_the_last_answer_saw(scene: Scene, qtbot: QtBot) -> None:
    talked(scene, qtbot)
    assert first_seen(scene) == ["two"]


def test_the_line_has_room_of_its_own(scene: Scene, qtbot: QtBot) -> None:
    talked(scene, qtbot)
    scroll = scene.window.transcript._scroll
    two, below = scroll.turns[2], scroll.top(3) - scroll.top(2)
    assert below == two.height
    scene.window.transcript.show_seen_from(0)
    assert scroll.top(3) - scroll.top(2) == below - UNSEEN


def test_the_line_goes_with_an_answer_that_saw_everything(scene: Scene, qtbot: QtBot) -> None:
    talked(scene, qtbot)
    scene.backend.script = answered(0)
    scene.ask(qtbot, "four")
    assert first_seen(scene) == []


def test_the_line_is_there_when_the_conversation_is_opened_again(
    scene: Scene, qtbot: QtBot
) -> None:
    talked(scene, qtbot)
    talk, here = scene.window.talk, scene.window.talk.conversation
    talk.open(0)
    assert first_seen(scene) == []
    talk.open(here)
    qtbot.waitUntil(lambda: first_seen(scene) == ["two"])


def test_what_to_do_when_the_context_is_full_is_a_row(scene: Scene) -> None:
    row = scene.window.panel.chat_page.rows["when_full"]
    assert row.isVisibleTo(scene.window)
    row.list.setCurrentIndex(2)
    assert scene.window.talk.sampling.when_full == "stop"


def test_thinking_is_a_row_for_a_model_that_can(scene: Scene) -> None:
    row, info = scene.window.panel.chat_page.rows["thinking"], scene.backend.info
    assert not row.isVisibleTo(scene.window)
    scene.window.loads.loaded.emit(replace(info, thinks=True))
    assert row.isVisibleTo(scene.window)
    assert isinstance(info, ModelInfo)
    scene.window.loads.loaded.emit(info)
    assert not row.isVisibleTo(scene.window)
