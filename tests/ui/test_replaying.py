"""An answer made again from its details."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import Answered, Done, Message, Text, UserError
from chatapp.ui.details import Details
from tests.fake import STATS, words
from tests.ui.scene import READY_MS, Scene


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


def details(scene: Scene, message: Message) -> Details:
    scene.window.transcript.asked.emit("details", message.id)
    return scene.window.findChildren(Details)[-1]


def outcome(page: Details, qtbot: QtBot, words: str) -> None:
    qtbot.waitUntil(lambda: words in page.outcome.text(), timeout=READY_MS)


def test_the_same_words_are_told_and_nothing_is_kept(scene: Scene, qtbot: QtBot) -> None:
    answer = scene.ask(qtbot)
    before = scene.stored()
    page = details(scene, answer)
    page.replay.click()
    outcome(page, qtbot, "every word is the same")
    assert page.replay.text() == "Replay"
    assert scene.stored() == before
    first, again = scene.backend.requests
    assert again.messages == tuple(first.messages)
    assert again.sampling.seed == first.sampling.seed


def test_other_words_are_told_with_how_far_they_are_the_same(scene: Scene, qtbot: QtBot) -> None:
    page = details(scene, scene.ask(qtbot))
    scene.backend.script = [Text("t00000 t00001 else"), Done("stop", STATS)]
    page.replay.click()
    outcome(page, qtbot, "the first 2 of 5 words are the same")


def test_of_candidates_the_same_one_is_compared(scene: Scene, qtbot: QtBot) -> None:
    scene.window.panel.chat_page.changed.emit("candidates", 2)
    script = [Text("one", 0), Text("two", 1), *(Answered(row, "stop", STATS) for row in range(2))]
    scene.backend.script = [*script, Done("stop", STATS)]
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    page = details(scene, scene.stored()[-1])
    page.replay.click()
    outcome(page, qtbot, "every word")
    assert scene.backend.requests[-1].sampling.candidates == 2


def test_it_can_be_stopped_and_ends_with_its_page(scene: Scene, qtbot: QtBot) -> None:
    page = details(scene, scene.ask(qtbot))
    scene.backend.gate.clear()
    page.replay.click()
    assert page.replay.text() == "Stop"
    outcome(page, qtbot, "Making it again")
    page.replay.click()
    assert page.outcome.text() == ""
    page.replay.click()
    page.reject()
    scene.backend.gate.set()
    scene.ask(qtbot, "More")  # the worker is free again


def test_another_models_answer_asks_for_that_model(scene: Scene, qtbot: QtBot) -> None:
    page = details(scene, scene.ask(qtbot))
    scene.backend.info = type(scene.backend.info)("other", "elsewhere", "CPU", "float32", "", 1, 1,
                                                  512, True)  # fmt: skip
    page.replay.click()
    assert page.outcome.text() == "This answer was made by fake.  Load that model, then replay."


def test_a_failure_is_told(scene: Scene, qtbot: QtBot) -> None:
    page = details(scene, scene.ask(qtbot))
    scene.backend.script = [UserError("It is full.", "Make room.")]
    page.replay.click()
    outcome(page, qtbot, "It is full.")
    assert page.replay.text() == "Replay"


def test_what_was_not_kept_cannot_be_replayed(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = words(1)
    answer = scene.ask(qtbot)
    scene.window.deeds.edit(answer.id, "edited by hand")
    page = details(scene, scene.stored()[-1])
    assert not page.replay.isEnabled()
