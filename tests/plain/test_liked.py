"""Training data out of a person's own chats: what was liked, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Sized
from pathlib import Path

import pytest

from chatapp import examples, liked
from chatapp.chat import Manner, Message, UserError
from chatapp.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "chats.sqlite3")
    yield store
    store.close()


class Talk:
    """A conversation that is written turn by turn."""

    def __init__(self, store: Store) -> None:
        self.store, self.id = store, store.new("talk").id
        self.last: int | None = None

    def ask(self, text: str) -> int:
        self.last = self.store.add(self.id, "user", text, self.last).id
        return self.last

    def answer(self, *texts: str) -> list[Message]:
        """Versions of one answer; the first one is open."""
        made = self.store.add_answers(self.id, self.last, len(texts))
        found = [self.store.settle(m.id, t, "stop") for m, t in zip(made, texts, strict=True)]
        self.last = found[0].id
        return found


def told(store: Store) -> list[list[tuple[str, int | None]]]:
    """Each example's turns: text and weight."""
    return [[(t["content"], t.get("weight")) for t in row["messages"]] for row in store.liked()]


def test_only_answers_marked_as_good_are_learned(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    first = talk.answer("1")[0]
    talk.ask("two?")
    talk.answer("2")
    assert told(store) == []
    store.rate(first.id, 1)
    assert told(store) == [[("one?", None), ("1", 1)]]


def test_a_conversation_is_one_example_and_the_rest_of_it_context(store: Store) -> None:
    talk = Talk(store)
    for number in range(3):
        talk.ask(f"{number}?")
        answer = talk.answer(str(number))[0]
        if number != 1:
            store.rate(answer.id, 1)
    assert told(store) == [[("0?", None), ("0", 1), ("1?", None), ("1", 0), ("2?", None), ("2", 1)]]


def test_an_edited_answer_is_learned(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    store.revise(talk.answer("uno")[0].id, "one, of course")
    assert told(store) == [[("one?", None), ("one, of course", 1)]]


def test_of_several_candidates_the_one_that_was_followed_is_learned(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    talk.answer("chosen", "rejected")
    assert told(store) == []
    talk.ask("and then?")
    assert told(store) == [[("one?", None), ("chosen", 1)]]


def test_an_answer_marked_as_bad_is_never_learned(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    chosen = talk.answer("chosen", "rejected")[0]
    talk.ask("and then?")
    store.rate(chosen.id, -1)
    assert told(store) == []


@pytest.mark.parametrize("gather", [liked.rows, liked.pairs])
def test_a_long_chat_is_read_once_however_many_answers_are_liked(
    store: Store, gather: Callable[[sqlite3.Connection], object]
) -> None:
    def cost(answers: int) -> int:
        """In hundreds of SQLite's instructions."""
        talk, steps = Talk(store), [0]
        for number in range(answers):
            talk.ask(f"{number}?")
            store.rate(talk.answer("good", "fair")[0].id, 1)
        store._db.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), 100)
        gather(store._db)
        store._db.set_progress_handler(None, 0)
        store.delete(talk.id)
        return steps[0]

    assert cost(60) < 6 * cost(15)


def test_the_store_is_free_while_liked_answers_are_gathered(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    store.rate(talk.answer("1", "2")[0].id, 1)
    found: list[Sized] = []
    gatherer = threading.Thread(target=lambda: found.extend((store.liked(), store.preferred())))
    with store._lock:
        gatherer.start()
        gatherer.join(5)
        assert [len(each) for each in found] == [1, 1]
    gatherer.join()


def preferred(store: Store) -> list[tuple[str, str]]:
    return [(r["chosen"][0]["content"], r["rejected"][0]["content"]) for r in store.preferred()]


def test_a_liked_answer_is_set_against_each_version_that_is_not(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    first, second, third = talk.answer("good", "fair", "poor")
    assert preferred(store) == []
    store.rate(first.id, 1)
    store.rate(third.id, -1)
    assert preferred(store) == [("good", "fair"), ("good", "poor")]
    store.rate(second.id, 1)
    assert preferred(store) == [("good", "poor"), ("fair", "poor")]


def test_the_candidate_that_was_followed_is_preferred_to_the_others(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    talk.answer("chosen", "rejected", "chosen")
    talk.ask("and then?")
    assert preferred(store) == [("chosen", "rejected")]
    assert store.preferred()[0]["prompt"] == [{"role": "user", "content": "one?"}]


def test_an_edited_answer_is_preferred_to_what_the_model_wrote(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    store.revise(talk.answer("uno")[0].id, "one, of course")
    assert preferred(store) == [("one, of course", "uno")]


def test_pairs_are_what_training_reads_as_pairs(store: Store, tmp_path: Path) -> None:
    talk = Talk(store)
    talk.ask("one?")
    store.rate(talk.answer("1", "2")[0].id, 1)
    store.set_manner(talk.id, dataclasses.replace(Manner(), system="Be brief."))
    path = liked.write_pairs(store.preferred(), tmp_path / "training")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = examples.read(path)
    assert data.pairs == 1
    assert [m.text for m in data.rows[0].against] == ["Be brief.", "one?", "2"]
    with pytest.raises(UserError, match="preferred"):
        liked.write_pairs([], tmp_path)


def test_a_deleted_conversation_teaches_nothing(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    store.rate(talk.answer("1")[0].id, 1)
    store.delete(talk.id)
    assert told(store) == []


def test_the_system_prompt_goes_with_it(store: Store) -> None:
    talk = Talk(store)
    talk.ask("one?")
    store.rate(talk.answer("1")[0].id, 1)
    store.set_manner(talk.id, dataclasses.replace(Manner(), system="Be brief."))
    assert told(store)[0][0] == ("Be brief.", None)


def test_the_file_is_what_training_reads_and_only_its_owner_can(
    store: Store, tmp_path: Path
) -> None:
    talk = Talk(store)
    for number in range(2):
        talk.ask(f"{number}?")
        answer = talk.answer(str(number))[0]
    store.rate(answer.id, 1)
    path = liked.write(store.liked(), tmp_path / "training")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = examples.read(path)
    assert [row.unlearned for row in data.rows] == [(1,)]
    assert json.loads(path.read_text("utf-8"))["messages"][0]["content"] == "0?"


def test_without_a_liked_answer_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="thumb"):
        liked.write([], tmp_path)
