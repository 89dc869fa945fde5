"""A conversation that has become too long: asked about once, and gone on with as it was chosen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.overflow import Overflow
from tests.fake import words
from tests.ui.scene import READY_MS, Scene
from tests.ui.test_window import choose

LONG = Overflow(912, 819, 12, 390)


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


@pytest.fixture
def full(scene: Scene, qtbot: QtBot) -> Scene:
    """An answer that waits for a choice."""
    scene.backend.script = [LONG.refusal()]
    with qtbot.waitSignal(scene.window.talk.replies.filled, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    scene.backend.script = words(2)
    return scene


def test_it_is_asked_with_what_each_choice_does(full: Scene) -> None:
    notice = full.window.notice
    assert notice.isVisible()
    assert "912 tokens, and 819 fit" in notice.text.text()
    assert notice.forget.text() == "Leave out the oldest 12 messages"
    assert "390 tokens are left" in notice.forget.toolTip()
    assert full.window.transcript._scroll.turns[-1].waiting == "Waits for your choice below"
    assert full.cards() == ""  # nothing has failed


def test_forgetting_lets_the_answer_go_on_and_is_kept_for_the_chat(
    full: Scene, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(full.window.talk.settled, timeout=READY_MS):
        full.window.notice.forget.click()
    assert not full.window.notice.isVisible()
    assert full.shown() == ["Hi", "t00000 t00001 "]
    assert full.backend.requests[-1].sampling.when_full == "forget"
    assert full.stored()[-1].versions == 1
    full.ask(qtbot, "More")
    assert full.backend.requests[-1].sampling.when_full == "forget"
    full.window.talk.open(0)
    assert full.window.talk.sampling.when_full == "ask"  # another chat is asked about again


def test_not_answering_is_told_where_the_answer_would_stand(full: Scene, qtbot: QtBot) -> None:
    full.backend.script = [LONG.refusal()]
    full.backend.script[0].values.pop("drops")  # type: ignore[union-attr]  # as the engine says then
    with qtbot.waitSignal(full.window.talk.failed, timeout=READY_MS):
        full.window.notice.stop.click()
    assert full.backend.requests[-1].sampling.when_full == "stop"
    assert "912 tokens" in full.cards()
    assert not full.window.notice.isVisible()


def test_a_larger_context_answers_by_itself_once_it_is_there(full: Scene, qtbot: QtBot) -> None:
    full.window.notice.more.click()
    row = full.window.panel.model_page.rows["context_length"]
    assert row.isVisible()
    assert full.window.notice.isVisible()
    with qtbot.waitSignal(full.window.talk.settled, timeout=READY_MS):
        full.window.choosing.reload()
    assert full.shown()[-1] == "t00000 t00001 "
    assert full.window.talk.sampling.when_full == "ask"


def test_the_question_switches_its_language(full: Scene) -> None:
    choose(full, "language", "ja")
    assert "912 トークン" in full.window.notice.text.text()
    assert "待" in full.window.transcript._scroll.turns[-1].waiting
    choose(full, "language", "en")


def test_stop_ends_the_question(full: Scene, qtbot: QtBot) -> None:
    full.window.talk.stop()
    assert not full.window.notice.isVisible()
    assert full.stored()[-1].finish == "stopped"
    assert not full.window.talk.is_writing()


def test_another_chat_is_answered_while_one_waits(full: Scene, qtbot: QtBot) -> None:
    talk, here = full.window.talk, full.window.talk.conversation
    talk.open(0)
    assert not full.window.notice.isVisible()
    full.ask(qtbot, "Elsewhere")
    assert full.shown()[-1] == "t00000 t00001 "
    talk.open(here)
    assert full.window.notice.isVisible()
    assert full.window.transcript._scroll.turns[-1].waiting == "Waits for your choice below"


def test_all_candidates_wait_and_go_on_together(scene: Scene, qtbot: QtBot) -> None:
    scene.window.panel.chat_page.changed.emit("candidates", 2)
    scene.backend.script = [LONG.refusal()]
    with qtbot.waitSignal(scene.window.talk.replies.filled, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    scene.backend.script = words(2)
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.window.notice.forget.click()


def test_a_window_that_closes_leaves_the_answer_interrupted(full: Scene) -> None:
    full.window.talk.close()
    assert full.stored()[-1].finish == "interrupted"
