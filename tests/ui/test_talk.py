"""The way of one prompt, from the person's text to the settled answer in the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chatapp.asking import history
from chatapp.chat import Answered, Done, Failed, Message, Text, UserError
from chatapp.settings import Loading, Sampling
from chatapp.store import Store
from chatapp.ui.deeds import Deeds
from chatapp.ui.talk import Talk
from tests.fake import STATS, FakeBackend, host_of, model, words


class Scene:
    def __init__(self, home: Path) -> None:
        self.backend = FakeBackend(words(5))
        self.store = Store(home / "chats.sqlite3")
        self.host = host_of(self.backend)
        list(self.host.load(model(), Loading()))
        self.talk = Talk(self.store, self.host)
        self.deeds = Deeds(self.store, self.talk)

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


def test_regenerate_keeps_the_old_answer_unseen(scene: Scene, qtbot: QtBot) -> None:
    old = send(scene, qtbot)
    with qtbot.waitSignal(scene.talk.settled) as settled:
        scene.talk.regenerate(old.id)
    new = settled.args[0]
    assert (new.version, new.versions) == (2, 2)
    assert [m.role for m in scene.backend.requests[-1].messages] == ["user"]
    scene.deeds.step_version(new.id, -1)
    assert scene.stored()[-1].id == old.id


def test_a_question_without_an_answer_can_be_answered(scene: Scene, qtbot: QtBot) -> None:
    scene.store.add(scene.store.new("cut").id, "user", "Hi", None)
    scene.talk.open(scene.store.conversations()[0].id)
    with qtbot.waitSignal(scene.talk.settled):
        scene.talk.regenerate(scene.stored()[-1].id)
    assert [(m.role, m.text[:6]) for m in scene.stored()] == [
        ("user", "Hi"),
        ("assistant", "t00000"),
    ]


# -- a reply's beginning and its end --------------------------------------------------------------


def test_an_answer_goes_on_from_its_end_as_the_same_message(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = words(2, "length")
    old = send(scene, qtbot)
    with qtbot.waitSignals([scene.talk.shown, scene.talk.settled]):
        scene.talk.resume(old.id)
    last = scene.stored()[-1]
    assert (last.id, last.text) == (old.id, "t00000 t00001 t00000 t00001 ")
    assert [(m.role, m.text) for m in scene.backend.requests[-1].messages] == [
        ("user", "Hi"),
        ("assistant", "t00000 t00001 "),
    ]
    assert last.stats is not None
    assert (last.stats.new_tokens, last.stats.decode_s) == (2 * STATS.new_tokens, 0.4)


def test_an_earlier_answer_goes_on_as_another_version(scene: Scene, qtbot: QtBot) -> None:
    first = send(scene, qtbot, "One")
    send(scene, qtbot, "Two")
    with qtbot.waitSignal(scene.talk.settled) as settled:
        scene.talk.resume(first.id)
    new = settled.args[0]
    assert (new.version, new.versions) == (2, 2)
    assert new.text == 2 * first.text
    assert [m.text for m in scene.stored()] == ["One", new.text]
    scene.deeds.step_version(new.id, -1)
    assert [m.text for m in scene.stored()][2] == "Two"


def test_a_reply_begins_as_the_person_wished(scene: Scene, qtbot: QtBot) -> None:
    with qtbot.waitSignal(scene.talk.settled) as settled:
        scene.talk.send("Hi", "Sure: ")
    assert settled.args[0].text == "Sure: t00000 t00001 t00002 t00003 t00004 "
    assert scene.backend.requests[-1].messages[-1].text == "Sure: "


def test_the_wished_beginning_is_on_the_disk_before_the_answer(scene: Scene) -> None:
    scene.talk.send("Hi", "Sure: ")
    assert [m.text for m in scene.stored()] == ["Hi", "Sure: "]


# -- editing --------------------------------------------------------------------------------------


def test_an_edited_question_is_answered_on_a_branch_of_its_own(scene: Scene, qtbot: QtBot) -> None:
    send(scene, qtbot, "One")
    question = scene.stored()[0]
    send(scene, qtbot, "Two")
    with qtbot.waitSignal(scene.talk.settled):
        scene.deeds.edit(question.id, "Uno")
    assert [m.text[:6] for m in scene.stored()] == ["Uno", "t00000"]
    assert [m.text for m in scene.backend.requests[-1].messages] == ["Uno"]
    scene.deeds.step_version(scene.stored()[0].id, -1)
    assert [m.text for m in scene.stored()][::2] == ["One", "Two"]


def test_an_edited_answer_is_marked_and_what_the_model_sees_next(
    scene: Scene, qtbot: QtBot
) -> None:
    answer = send(scene, qtbot, "One")
    scene.deeds.edit(answer.id, "better")
    last = scene.stored()[-1]
    assert (last.text, last.edited, last.version, last.versions) == ("better", True, 2, 2)
    assert len(scene.backend.requests) == 1
    send(scene, qtbot, "Two")
    assert [m.text for m in scene.backend.requests[-1].messages] == ["One", "better", "Two"]


@pytest.mark.parametrize("text", ["One", "", "  "])
def test_an_edit_that_changes_nothing_adds_no_version(
    scene: Scene, qtbot: QtBot, text: str
) -> None:
    send(scene, qtbot, "One")
    scene.deeds.edit(scene.stored()[0].id, text)
    assert [m.versions for m in scene.stored()] == [1, 1]
    assert len(scene.backend.requests) == 1


def test_a_branch_opens_as_a_conversation_of_its_own(scene: Scene, qtbot: QtBot) -> None:
    first = send(scene, qtbot, "One")
    send(scene, qtbot, "Two")
    old = scene.talk.conversation
    scene.deeds.fork(first.id)
    assert scene.talk.conversation != old
    assert [m.text for m in scene.stored()] == ["One", first.text]
    send(scene, qtbot, "Three")
    assert [m.text for m in scene.store.thread(old)][2] == "Two"


def test_a_deleted_message_comes_back_with_what_followed(scene: Scene, qtbot: QtBot) -> None:
    send(scene, qtbot, "One")
    send(scene, qtbot, "Two")
    whole = scene.stored()
    with qtbot.waitSignal(scene.deeds.removed) as removed:
        scene.deeds.remove(whole[2].id)
    assert scene.stored() == whole[:2]
    scene.deeds.bring_back(removed.args[0])
    assert scene.stored() == whole


def test_a_rating_is_stored_and_told(scene: Scene, qtbot: QtBot) -> None:
    answer = send(scene, qtbot)
    with qtbot.waitSignal(scene.deeds.rated) as changed:
        scene.deeds.rate(answer.id, -1)
    assert changed.args[0].rating == -1
    assert scene.stored()[-1].rating == -1


@pytest.mark.parametrize("act", ["regenerate", "resume", "remove"])
def test_what_would_change_the_branch_is_refused_aloud_while_it_is_written(
    scene: Scene, qtbot: QtBot, act: str
) -> None:
    answer = send(scene, qtbot, "One")
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Two")
    with qtbot.waitSignal(scene.talk.refused):
        getattr(scene.deeds if act == "remove" else scene.talk, act)(answer.id)
    assert len(scene.stored()) == 4


# -- waiting --------------------------------------------------------------------------------------


def test_a_message_sent_while_an_answer_is_written_is_answered_after_it(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("One")
    with qtbot.waitSignal(scene.talk.queued):
        assert scene.talk.send("Two")
    assert [m.text for m in scene.stored()][::2] == ["One", "Two"]
    with qtbot.waitSignals([scene.talk.settled, scene.talk.settled]):
        scene.backend.gate.set()
    assert [m.role for m in scene.stored()] == ["user", "assistant"] * 2
    assert [m.text[:6] for m in scene.backend.requests[-1].messages] == ["One", "t00000", "Two"]


def test_several_waiting_messages_get_one_answer(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("One")
    scene.talk.send("Two")
    scene.talk.send("Three")
    with qtbot.waitSignals([scene.talk.settled, scene.talk.settled]):
        scene.backend.gate.set()
    assert [m.role for m in scene.stored()] == ["user", "assistant", "user", "user", "assistant"]
    assert scene.backend.requests[-1].messages[-1].text == "Two\n\nThree"


def test_a_waiting_message_can_be_taken_back(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("One")
    scene.talk.send("Two")
    scene.talk.send("Three")
    with qtbot.waitSignal(scene.talk.withdrawn) as withdrawn:
        scene.talk.withdraw(scene.stored()[2].id)
    assert withdrawn.args == ["Two"]
    with qtbot.waitSignals([scene.talk.settled, scene.talk.settled]):
        scene.backend.gate.set()
    assert [m.text for m in scene.backend.requests[-1].messages][2:] == ["Three"]


def test_a_message_waits_for_its_own_conversation_when_another_is_opened(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("One")
    scene.talk.send("Two")
    first = scene.talk.conversation
    scene.talk.open(0)
    with qtbot.waitSignal(scene.talk.writing, check_params_cb=lambda c: c == 0):
        scene.backend.gate.set()
    assert [m.role for m in scene.store.thread(first)] == ["user", "assistant"] * 2


def test_stop_ends_the_answer_and_the_waiting_message_is_answered(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("One")
    scene.talk.send("Two")
    with qtbot.waitSignals([scene.talk.stopping, scene.talk.settled]):
        scene.talk.stop()
    with qtbot.waitSignal(scene.talk.settled) as settled:
        scene.backend.gate.set()
    assert settled.args[0].finish == "stop"
    assert [m.finish for m in scene.stored()] == [None, "stopped", None, "stop"]


def test_an_answer_that_waits_for_the_model_stops_at_once(home: Path, qtbot: QtBot) -> None:
    store = Store(home / "chats.sqlite3")
    host = host_of(FakeBackend(words(1)))
    talk = Talk(store, host)
    talk.send("Hi")
    talk.stop()
    assert not talk.is_writing()
    assert store.thread(talk.conversation)[-1].finish == "stopped"
    host.close(5)
    store.close()


# -- candidates -----------------------------------------------------------------------------------


def several(scene: Scene, qtbot: QtBot, rows: int = 3) -> list[Message]:
    """Ask for that many answers, each of which says its row and ends by itself."""
    scene.backend.script = [
        *(Text(f"row {row}", row) for row in range(rows)),
        *(Answered(row, "stop", replace(STATS, seed=7 + row)) for row in reversed(range(rows))),
        Done("stop", STATS),
    ]
    scene.talk.sampling = Sampling(candidates=rows)
    with (
        qtbot.waitSignal(scene.talk.offered) as offered,
        qtbot.waitSignals([scene.talk.settled] * rows),
    ):
        scene.talk.send("Hi")
    scene.backend.script, scene.talk.sampling = words(5), Sampling()
    return [scene.store.versions(m.id)[m.version - 1] for m in offered.args[0]]


def test_candidates_are_versions_each_with_its_own_text_and_stats(
    scene: Scene, qtbot: QtBot
) -> None:
    made = several(scene, qtbot)
    assert [(m.text, m.version, m.versions) for m in made] == [
        ("row 0", 1, 3),
        ("row 1", 2, 3),
        ("row 2", 3, 3),
    ]
    assert [m.stats and m.stats.seed for m in made] == [7, 8, 9]
    assert len(scene.backend.requests) == 1


def test_a_chosen_candidate_is_the_one_the_model_sees(scene: Scene, qtbot: QtBot) -> None:
    made = several(scene, qtbot)
    scene.deeds.choose(made[1].id)
    send(scene, qtbot, "Two")
    assert [m.text for m in scene.backend.requests[-1].messages] == ["Hi", "row 1", "Two"]


def test_regenerated_candidates_do_not_see_the_old_answer(scene: Scene, qtbot: QtBot) -> None:
    old = send(scene, qtbot)
    scene.talk.sampling = Sampling(candidates=2)
    scene.talk.regenerate(old.id)
    assert [m.text for m in scene.backend.requests[-1].messages] == ["Hi"]
    assert [m.versions for m in scene.stored()] == [1, 3]


def test_at_temperature_0_there_is_one_answer(scene: Scene, qtbot: QtBot) -> None:
    scene.talk.sampling = Sampling(temperature=0.0, candidates=4)
    assert send(scene, qtbot).versions == 1


def test_stop_ends_the_candidates_that_go_on_and_keeps_what_they_have(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.script = [Text("a", 0), Answered(0, "stop", STATS), Text("b", 1), Done()]
    scene.backend.gate.clear()
    scene.talk.sampling = Sampling(candidates=2)
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    with qtbot.waitSignals([scene.talk.settled] * 2):
        scene.talk.stop()
    made = scene.store.versions(scene.stored()[-1].id)
    assert made[0].text == "a"
    assert {m.finish for m in made} == {"stopped"}


def test_closing_keeps_what_each_candidate_had(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("a", 0), Text("b", 1), Done()]
    scene.talk.sampling = Sampling(candidates=2)
    scene.talk.send("Hi")
    first = scene.stored()[-1].id
    ticket = scene.talk.replies._rounds[first].stream.ticket
    qtbot.waitUntil(lambda: ticket.ended)  # its text waits to be drained
    scene.talk.close()
    assert [(m.text, m.finish) for m in scene.store.versions(first)] == [
        ("a", "interrupted"),
        ("b", "interrupted"),
    ]


def test_a_failure_is_told_at_each_candidate(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("a", 0), UserError("It broke.", "Try again.")]
    scene.talk.sampling = Sampling(candidates=2)
    with qtbot.waitSignals([scene.talk.failed] * 2):
        scene.talk.send("Hi")
    made = scene.store.versions(scene.stored()[-1].id)
    assert [(m.text, m.finish) for m in made] == [("a", "error"), ("", "error")]


def test_a_message_that_waits_follows_the_candidate_that_is_chosen(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.script = [Text("a", 0), Text("b", 1), Done()]
    scene.backend.gate.clear()
    scene.talk.sampling = Sampling(candidates=2)
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    made = scene.store.versions(scene.stored()[-1].id)
    scene.talk.send("Two")
    scene.deeds.choose(made[1].id)
    scene.backend.script, scene.talk.sampling = words(1), Sampling()
    assert [m.id for m in scene.stored()][1] == made[1].id
    with qtbot.waitSignals([scene.talk.settled] * 3):
        scene.backend.gate.set()
    assert [m.text for m in scene.backend.requests[-1].messages] == ["Hi", "b", "Two"]


def test_coming_back_offers_the_candidates_that_are_still_written(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.backend.script = [Text("a", 0), Text("b", 1), Done()]
    scene.backend.gate.clear()
    scene.talk.sampling = Sampling(candidates=2)
    with qtbot.waitSignal(scene.talk.wrote):
        scene.talk.send("Hi")
    first = scene.talk.conversation
    scene.talk.open(0)
    with qtbot.waitSignal(scene.talk.offered) as offered:
        scene.talk.open(first)
    assert [m.text for m in offered.args[0]] == ["a", ""]
    with qtbot.assertNotEmitted(scene.talk.offered):
        scene.deeds.choose(offered.args[0][0].id)


# -- failures -------------------------------------------------------------------------------------


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
    assert [(m.role, m.text) for m in history(thread)] == [("user", "one\n\ntwo")]


def test_a_request_has_the_conversation_and_the_draft(scene: Scene, qtbot: QtBot) -> None:
    assert scene.talk.request("").messages == ()
    send(scene, qtbot)
    asked = scene.talk.request("and now?")
    assert [m.role for m in asked.messages] == ["user", "assistant", "user"]
    assert asked.messages[-1].text == "and now?"
    assert scene.talk.request(" ").messages == asked.messages[:-1]
