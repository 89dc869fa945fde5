"""What a person does to messages, as the store keeps it: versions, branches, deletion, ratings."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatapp import tree
from chatapp.chat import Manner, Message, Origin, Stats
from chatapp.store import KEEP_DELETED_S, Store

STATS = Stats(12, 4, 30, 0.25, 1.5, 7, 8192)
KNOBS = (("temperature", 0.7), ("stop_strings", "END"))
ORIGIN = Origin("tiny", "/tiny", "CPU", "float32", "fused", KNOBS, (("torch", "2.13.0"),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


@pytest.fixture
def chat(store: Store) -> int:
    return store.new("Trip").id


def spoken(store: Store, chat: int, *texts: str) -> list[Message]:
    """A branch whose messages are in turn the person's and the model's."""
    made: list[Message] = []
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        message = store.add(chat, role, text, made[-1].id if made else None)
        made.append(store.settle(message.id, text, "stop") if number % 2 else message)
    return made


def texts(store: Store, chat: int) -> list[str]:
    return [message.text for message in store.thread(chat)]


def test_an_edited_question_is_a_version_below_the_same_answer(store: Store, chat: int) -> None:
    *_, answer, question, _ = spoken(store, chat, "q", "a", "q2", "a2")
    edited = store.revise(question.id, "q3")
    assert (edited.role, edited.parent, edited.version, edited.versions) == (
        "user", answer.id, 2, 2)  # fmt: skip
    assert not edited.edited
    assert texts(store, chat) == ["q", "a", "q3"]
    store.step(edited.id, -1)
    assert texts(store, chat) == ["q", "a", "q2", "a2"]


def test_an_edited_answer_is_a_version_that_says_so(store: Store, chat: int) -> None:
    question = store.add(chat, "user", "q", None)
    answer = store.add(chat, "assistant", "", question.id)
    store.settle(answer.id, "a", "length", STATS, "tiny")
    edited = store.revise(answer.id, "b\x00")
    assert (edited.text, edited.finish, edited.model, edited.stats) == (
        "b\ufffd", "stop", "tiny", None)  # fmt: skip
    assert edited.edited
    assert [m.edited for m in store.versions(edited.id)] == [False, True]


def test_a_rating_stays_with_its_message(store: Store, chat: int) -> None:
    _, answer = spoken(store, chat, "q", "a")
    assert store.rate(answer.id, 1).rating == 1
    assert [m.rating for m in store.thread(chat)] == [0, 1]
    assert store.rate(answer.id, 0).rating == 0


def test_candidates_are_versions_and_the_first_is_open(store: Store, chat: int) -> None:
    question = store.add(chat, "user", "q", None)
    made = store.add_answers(chat, question.id, 3)
    assert [(m.version, m.versions, m.text) for m in made] == [(1, 3, ""), (2, 3, ""), (3, 3, "")]
    assert store.thread(chat)[-1].id == made[0].id


def test_a_continued_answer_may_be_cut_by_a_crash_and_keeps_its_beginning(
    store: Store, chat: int, path: Path
) -> None:
    _, answer = spoken(store, chat, "q", "beginning")
    store.reopen(answer.id)
    store.grow(answer.id, "beginning and more")
    store.close()
    again = Store(path)
    last = again.thread(chat)[-1]
    assert (last.text, last.finish) == ("beginning and more", "interrupted")
    again.close()


def test_a_deleted_message_takes_what_follows_with_it_and_comes_back(
    store: Store, chat: int
) -> None:
    messages = spoken(store, chat, "q", "a", "q2", "a2")
    removed = store.remove(messages[2].id)
    assert texts(store, chat) == ["q", "a"]
    assert removed.messages == (messages[2].id, messages[3].id)
    store.bring_back(removed)
    assert texts(store, chat) == ["q", "a", "q2", "a2"]


def test_a_deleted_version_opens_its_neighbour(store: Store, chat: int) -> None:
    question = store.add(chat, "user", "q", None)
    first, second, third = store.add_answers(chat, question.id, 3)
    for answer, text in ((first, "1"), (second, "2"), (third, "3")):
        store.settle(answer.id, text, "stop")
    store.remove(second.id)
    assert texts(store, chat) == ["q", "1"]
    assert store.thread(chat)[-1].versions == 2
    store.remove(first.id)
    assert texts(store, chat) == ["q", "3"]
    last = store.thread(chat)[-1]
    assert (last.version, last.versions) == (1, 1)


def test_the_first_message_can_be_deleted_too(store: Store, chat: int) -> None:
    first, _ = spoken(store, chat, "q", "a")
    removed = store.remove(first.id)
    assert store.thread(chat) == []
    store.add(chat, "user", "another", None)
    assert (store.thread(chat)[0].version, store.thread(chat)[0].versions) == (1, 1)
    store.bring_back(removed)
    assert texts(store, chat) == ["q", "a"]


def test_a_message_taken_out_alone_leaves_what_follows(store: Store, chat: int) -> None:
    _, answer = spoken(store, chat, "q", "a")
    waiting = store.add(chat, "user", "one", answer.id)
    other = store.add(chat, "user", "two", waiting.id)
    store.take_out(waiting.id)
    assert texts(store, chat) == ["q", "a", "two"]
    store.take_out(other.id)
    assert store.thread(chat)[-1].id == answer.id


def test_a_branch_shares_the_beginning_and_nothing_after(store: Store, chat: int) -> None:
    store.set_manner(chat, Manner("Be brief.", "Precise"))
    messages = spoken(store, chat, "q", "a", "q2", "a2")
    store.rate(messages[1].id, 1)
    new = store.fork(messages[1].id, "{title} (branch)")
    assert texts(store, new) == ["q", "a"]
    assert [(m.finish, m.rating) for m in store.thread(new)] == [(None, 0), ("stop", 1)]
    assert store.manner(new) == Manner("Be brief.", "Precise")
    assert store.conversations()[0].title == "Trip (branch)"
    store.add(new, "user", "elsewhere", store.thread(new)[-1].id)
    assert texts(store, chat) == ["q", "a", "q2", "a2"]


def test_a_title_with_braces_can_be_branched(store: Store) -> None:
    chat = store.new("{x} {0} {")
    message = store.add(chat.id, "user", "q", None)
    store.fork(message.id, "{title} *")
    assert store.conversations()[0].title == "{x} {0} { *"


def test_what_an_answer_was_made_with_is_kept_with_it_and_read_when_asked_for(
    store: Store, chat: int
) -> None:
    answer = store.add(chat, "assistant", "", None)
    settled = store.settle(answer.id, "x", "stop", STATS, "tiny", ORIGIN)
    assert settled.stats == STATS
    assert store.origin(answer.id) == ORIGIN


def test_an_answer_that_was_stopped_keeps_what_it_was_made_with(store: Store, chat: int) -> None:
    answer = store.add(chat, "assistant", "", None)
    settled = store.settle(answer.id, "x", "stopped", None, "tiny", ORIGIN)
    assert settled.stats is None
    assert store.origin(answer.id) == ORIGIN


@pytest.mark.parametrize("told", [None, "", "{", "[]", "7", "{}", '{"origin": 3}',
                                  '{"origin": {"model": "x"}}'])  # fmt: skip
def test_an_origin_that_does_not_fit_is_left_out(store: Store, chat: int, told: str | None) -> None:
    answer = store.add(chat, "assistant", "x", None)
    store._db.execute("UPDATE messages SET stats = ?", (told,))
    assert store.origin(answer.id) is None
    assert store.thread(chat)[-1].stats is None


def test_messages_deleted_a_month_ago_are_gone_and_later_ones_stay(
    store: Store, chat: int, path: Path
) -> None:
    messages = spoken(store, chat, "q", "a", "q2", "a2")
    store.remove(messages[2].id)
    again = store.add(chat, "user", "q3", messages[1].id)
    store.remove(again.id)
    store.close()
    month = time.time() - KEEP_DELETED_S - 60
    with sqlite3.connect(path) as db:
        old = json.dumps([messages[2].id, messages[3].id])
        query = "UPDATE messages SET deleted = ? WHERE id IN (SELECT value FROM json_each(?))"
        db.execute(query, (month, old))
    db.close()
    later = Store(path)
    left = [text for (text,) in later._db.execute("SELECT text FROM messages ORDER BY id")]
    assert left == ["q", "a", "q3"]
    assert texts(later, chat) == ["q", "a"]
    later.close()


def test_a_message_that_something_still_hangs_on_is_not_purged(
    store: Store, chat: int, path: Path
) -> None:
    messages = spoken(store, chat, "q", "a")
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE messages SET deleted = 1.0 WHERE id = ?", (messages[0].id,))
    db.close()
    later = Store(path)
    assert later.damaged is None
    assert texts(later, chat) == ["q", "a"]
    later.close()


def test_a_long_deleted_branch_is_purged_in_few_steps(store: Store, chat: int) -> None:
    top = store.add(chat, "user", "top", None)
    parent = top.id
    for _ in range(400):
        parent = store.add(chat, "user", "x", parent).id
    store.remove(top.id)
    kept = spoken(store, store.new().id, *["y"] * 400)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    store._db.set_progress_handler(count, 1000)  # a step is as many instructions of SQLite
    with store._change() as db:
        tree.purge(db, time.time() + 1)
    store._db.set_progress_handler(None, 0)
    left = [number for (number,) in store._db.execute("SELECT id FROM messages ORDER BY id")]
    assert left == [message.id for message in kept]
    assert steps < 400


def test_what_waits_can_be_moved_below_another_version(store: Store, chat: int) -> None:
    question = store.add(chat, "user", "q", None)
    first, second = store.add_answers(chat, question.id, 2, "Sure: ")
    waiting = store.add(chat, "user", "next", first.id)
    store.move(waiting.id, second.id)
    store.select(second.id)
    assert [m.id for m in store.thread(chat)] == [question.id, second.id, waiting.id]
    assert [m.id for m in store.lineage(first.id)] == [question.id, first.id]
    assert {m.text for m in store.versions(first.id)} == {"Sure: "}
