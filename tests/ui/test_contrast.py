"""One question answered with the adapter in use and without it, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from chatapp.chat import Message
from chatapp.ui.candidates import Candidates
from tests.ui.scene import READY_MS, Scene

WORN = "/adapters/letters"
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def talking(running: Scene, qtbot: QtBot) -> Scene:
    """An answer by the model alone, and an adapter put on after it."""
    with qtbot.waitSignal(running.window.talk.settled, timeout=READY_MS):
        running.type(qtbot, "Where?")
    running.window.manners.wear(WORN)
    return running


def versions(scene: Scene) -> list[Message]:
    answer = scene.window.talk.last_answer()
    assert answer
    return scene.window._store.versions(answer.id)


def worn(scene: Scene) -> list[str]:
    """By which adapter each version was written, as its details tell."""
    origins = [scene.window._store.origin(version.id) for version in versions(scene)]
    return [origin.adapter for origin in origins if origin]


def opened(scene: Scene) -> list[Candidates]:
    return [c for c in scene.window.transcript.findChildren(Candidates) if c.isVisible()]


def contrast(scene: Scene, qtbot: QtBot) -> None:
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.window.picker.contrast.click()


def test_one_click_answers_with_and_without_from_one_seed(talking: Scene, qtbot: QtBot) -> None:
    contrast(talking, qtbot)
    one, other = talking.backend.requests[-2:]
    assert (one.adapter, other.adapter) == (WORN, "")
    assert one.messages == other.messages
    assert one.sampling == other.sampling
    assert one.sampling.seed >= 0
    assert worn(talking) == ["", WORN, ""]
    (columns,) = opened(talking)
    said = [label.text() for label in columns.findChildren(QLabel)]
    assert "letters" in said
    assert "without" in said


def test_the_answer_without_can_be_chosen(talking: Scene, qtbot: QtBot) -> None:
    contrast(talking, qtbot)
    (columns,) = opened(talking)
    list(columns.columns.values())[1].use.click()
    assert talking.window.talk.branch[-1].version == 3
    assert not opened(talking)


def test_the_key_does_the_same(talking: Scene, qtbot: QtBot) -> None:
    with qtbot.waitSignals([talking.window.talk.settled] * 2, timeout=READY_MS):
        qtbot.keyClick(talking.window, Qt.Key.Key_R, BOTH)
    assert len(versions(talking)) == 3


def test_it_is_offered_only_where_an_adapter_answers(talking: Scene, qtbot: QtBot) -> None:
    action, button = talking.window.menus["contrast"], talking.window.picker.contrast
    assert action in [each for _, each in talking.window.menus.offered()]
    assert button.isVisible()
    talking.window.manners.wear("")
    assert action not in [each for _, each in talking.window.menus.offered()]
    assert not button.isVisible()
    asked = len(talking.backend.requests)
    qtbot.keyClick(talking.window, Qt.Key.Key_R, BOTH)
    assert len(talking.backend.requests) == asked


def test_a_message_sent_meanwhile_waits_for_both(talking: Scene, qtbot: QtBot) -> None:
    talk = talking.window.talk
    talking.backend.gate.clear()
    talking.window.picker.contrast.click()
    qtbot.waitUntil(lambda: len(talking.backend.requests) == 2, timeout=READY_MS)
    talk.send("And then?")
    talking.backend.gate.set()
    qtbot.waitUntil(lambda: not talk.is_writing(), timeout=READY_MS)
    assert [request.adapter for request in talking.backend.requests] == ["", WORN, "", WORN]
    assert talk.branch[-2].text == "And then?"


def test_one_of_both_can_be_stopped_and_the_other_goes_on(talking: Scene, qtbot: QtBot) -> None:
    talk = talking.window.talk
    talking.backend.gate.clear()
    talking.window.picker.contrast.click()
    qtbot.waitUntil(lambda: len(talking.backend.requests) == 2, timeout=READY_MS)
    (columns,) = opened(talking)
    list(columns.columns.values())[1].stop.click()
    talking.backend.gate.set()
    qtbot.waitUntil(lambda: not talk.is_writing(), timeout=READY_MS)
    assert [version.finish for version in versions(talking)] == ["stop", "stop", "stopped"]


def test_a_folder_s_name_is_all_that_a_column_tells(talking: Scene, qtbot: QtBot) -> None:
    talking.window.manners.wear(str(Path(WORN) / "deep"))
    contrast(talking, qtbot)
    (columns,) = opened(talking)
    assert "deep" in [label.text() for label in columns.findChildren(QLabel)]
