"""The way of one prompt, from the person's text to the settled answer in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chatapp.chat import Done, Failed, Message, Text, UserError
from chatapp.settings import Loading, Sampling
from chatapp.store import Store
from chatapp.ui.talk import Talk, _history
from tests.fake import STATS, FakeBackend, host_of, model, words


class Scene:
    def __init__(self, home: Path) -> None:
        self.backend = FakeBackend(words(5))
        self.store = Store(home / "chats.sqlite3")
        self.host = host_of(self.backend)
        list(self.host.load(model(), Loading()))
        self.talk = Talk(self.store, self.host)

    def stored(self) -> list[Message]:
        return self.store.thread(self.talk.conversation)


@pytest.fixture
def scene(home: Path, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(home)
    yield scene
    scene.talk.close()
    scene.host.close(5)
    scene.store.close()


def send(scene: Scene, qtbot: QtBot, text: str = "Hi") -> Message:
    with qtbot.waitSignal(scene.talk.settled) as settled:
        assert scene.talk.send(text)
    return settled.args[0]


def test_the_question_is_stored_before_the_answer_begins(scene: Scene) -> None:
    scene.talk.send("Hi")
    assert [(m.role, m.text) for m in scene.stored()] == [("user", "Hi"), ("assistant", "")]


def test_every_token_arrives_once_and_in_order(scene: Scene, qtbot: QtBot) -> None:
    message = send(scene, qtbot)
    assert message.text == "t00000 t00001 t00002 t00003 t00004 "
    assert scene.stored()[-1].text == message.text


def test_the_settled_answer_keeps_its_stats_and_model(scene: Scene, qtbot: QtBot) -> None:
    message = send(scene, qtbot)
    assert (message.finish, message.stats, message.model) == ("stop", STATS, "fake")


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_prompt_sends_nothing(scene: Scene, text: str) -> None:
    assert not scene.talk.send(text)
    assert scene.store.conversations() == []


def test_the_first_words_become_the_title(scene: Scene, qtbot: QtBot) -> None:
    send(scene, qtbot, "Explain beam search")
    assert scene.store.conversations()[0].title == "Explain beam search"


def test_the_request_holds_the_thread_and_the_knobs_of_its_moment(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.talk.sampling = Sampling(temperature=0.1)
    send(scene, qtbot, "One")
    scene.talk.sampling = Sampling(temperature=0.9)
    send(scene, qtbot, "Two")
    first, second = scene.backend.requests
    assert [r.sampling.temperature for r in (first, second)] == [0.1, 0.9]
    assert [m.role for m in second.messages] == ["user", "assistant", "user"]


def test_stop_keeps_the_text_already_shown(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    with qtbot.waitSignal(scene.talk.settled) as settled:
        scene.talk.stop()
    assert settled.args[0].text.startswith("t00000")
    assert settled.args[0].finish == "stopped"


def test_nothing_is_sent_while_an_answer_is_written(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    assert not scene.talk.send("Again")
    assert len(scene.stored()) == 2


def test_regenerate_keeps_the_old_answer_unseen(scene: Scene, qtbot: QtBot) -> None:
    old = send(scene, qtbot)
    with qtbot.waitSignal(scene.talk.settled) as settled:
        scene.talk.regenerate(old.id)
    new = settled.args[0]
    assert (new.version, new.versions) == (2, 2)
    assert [m.role for m in scene.backend.requests[-1].messages] == ["user"]
    scene.talk.step_version(new.id, -1)
    assert scene.stored()[-1].id == old.id


def test_a_failure_is_told_at_its_message_and_the_text_stays(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("some "), UserError("It broke.", "Try again.")]
    with qtbot.waitSignal(scene.talk.failed) as failed:
        scene.talk.send("Hi")
    message, failure = failed.args
    assert failure == Failed("It broke.", "Try again.")
    assert scene.stored()[-1].id == message
    assert (scene.stored()[-1].text, scene.stored()[-1].finish) == ("some ", "error")


def test_an_answer_goes_on_in_a_conversation_that_is_not_open(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    first = scene.talk.conversation
    scene.talk.open(0)
    with qtbot.waitSignal(scene.talk.writing, check_params_cb=lambda c: c == 0):
        scene.backend.gate.set()
    assert scene.store.thread(first)[-1].text.endswith("t00004 ")


def test_coming_back_shows_the_text_so_far(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    first = scene.talk.conversation
    scene.talk.open(0)
    with qtbot.waitSignal(scene.talk.shown) as shown:
        scene.talk.open(first)
    assert shown.args[0][-1].text.startswith("t00000")
    assert shown.args[0][-1].finish is None


def test_deleting_a_conversation_stops_its_answer(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    with qtbot.waitSignal(scene.talk.writing, check_params_cb=lambda c: c == 0):
        scene.talk.delete(scene.talk.conversation)
    assert scene.store.conversations() == []


def test_a_deleted_conversation_comes_back_whole(scene: Scene, qtbot: QtBot) -> None:
    send(scene, qtbot)
    conversation = scene.talk.conversation
    scene.talk.delete(conversation)
    scene.talk.restore(conversation)
    assert [m.role for m in scene.stored()] == ["user", "assistant"]


def test_closing_saves_what_is_being_written_as_interrupted(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    scene.talk.close()
    last = scene.stored()[-1]
    assert last.finish == "interrupted"
    assert last.text.startswith("t00000")


def test_an_event_after_done_changes_nothing(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("a"), Done("stop", STATS), Text("late")]
    assert send(scene, qtbot).text == "a"


def test_neighbours_of_one_role_are_joined_for_the_model() -> None:
    thread = [Message("user", "one"), Message("assistant", ""), Message("user", "two")]
    assert [(m.role, m.text) for m in _history(thread)] == [("user", "one\n\ntwo")]


def test_a_request_has_the_conversation_and_the_draft(scene: Scene, qtbot: QtBot) -> None:
    assert scene.talk.request("").messages == ()
    send(scene, qtbot)
    asked = scene.talk.request("and now?")
    assert [m.role for m in asked.messages] == ["user", "assistant", "user"]
    assert asked.messages[-1].text == "and now?"
    assert scene.talk.request(" ").messages == asked.messages[:-1]
