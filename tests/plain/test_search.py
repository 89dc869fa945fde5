"""Search over all conversations: what is found, and an index that keeps up and may be lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatapp import database, search, search_bench
from chatapp.search import Hits, Search
from chatapp.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "chats.sqlite3")
    yield store
    store.close()


@pytest.fixture
def seeker(store: Store) -> Iterator[Search]:
    seeker = Search(store.path)
    yield seeker
    seeker.close()


def say(store: Store, text: str, title: str = "", role: str = "user") -> int:
    """One message in a conversation of its own; the message's number."""
    message = store.add(store.new(title).id, "user" if role == "user" else "assistant", text, None)
    if role == "assistant":
        store.settle(message.id, text, "stop")
    return message.id


def found(hits: Hits) -> list[int]:
    return [hit.message for hit in hits.hits]


def test_words_of_two_characters_and_of_one_are_found(store: Store, seeker: Search) -> None:
    first = say(store, "明日の天気は晴れです")
    second = say(store, "It rains at the end: 雨")
    assert found(seeker.find("天気")) == [first]
    assert found(seeker.find("雨")) == [second]
    assert found(seeker.find("天気は")) == [first]
    assert found(seeker.find("天 気")) == [first]
    assert found(seeker.find("天気 雨")) == []


def test_titles_come_before_messages_and_the_newest_first(store: Store, seeker: Search) -> None:
    older, newer = say(store, "the weather"), say(store, "weather again", "Weather in Nara")
    hits = seeker.find("WEATHER").hits
    assert [(hit.message, hit.title) for hit in hits] == [
        (0, "Weather in Nara"), (newer, "Weather in Nara"), (older, ""),
    ]  # fmt: skip
    assert [hits[0].title[a:b] for a, b in hits[0].spans] == ["Weather"]
    assert [hits[2].line[a:b] for a, b in hits[2].spans] == ["weather"]


def test_every_version_is_found_but_neither_system_prompt_nor_reasoning(
    store: Store, seeker: Search
) -> None:
    chat = store.new()
    store.add(chat.id, "system", "secret words", None)
    user = store.add(chat.id, "user", "question", None)
    answers = []
    for text in ("<think>secret</think>\nfirst answer", "second answer"):
        answers.append(store.add(chat.id, "assistant", "", user.id).id)
        store.settle(answers[-1], text, "stop")
    assert found(seeker.find("answer")) == answers[::-1]
    assert found(seeker.find("secret")) == []


def test_an_answer_is_found_once_it_is_settled(store: Store, seeker: Search) -> None:
    chat = store.new()
    answer = store.add(chat.id, "assistant", "", None)
    seeker.find("zebra")
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE messages SET text = 'a zebra' WHERE id = ?", (answer.id,))
        assert db.execute("SELECT count(*) FROM changed").fetchone() == (0,)
    db.close()
    assert found(seeker.find("zebra")) == []
    store.settle(answer.id, "a zebra", "stop")
    assert found(seeker.find("zebra")) == [answer.id]


def test_the_index_keeps_up_with_edits_deletions_and_what_comes_back(
    store: Store, seeker: Search
) -> None:
    number = say(store, "a zebra here")
    assert found(seeker.find("zebra")) == [number]
    edited = store.revise(number, "a giraffe here")
    assert found(seeker.find("giraffe")) == [edited.id]
    gone = store.remove(edited.id)
    assert found(seeker.find("giraffe")) == []
    store.bring_back(gone)
    assert found(seeker.find("giraffe")) == [edited.id]


def test_a_deleted_conversation_is_not_found_until_it_is_restored(
    store: Store, seeker: Search
) -> None:
    number = say(store, "a zebra here", "zebra title")
    chat = store.conversations()[0].id
    store.delete(chat)
    assert seeker.find("zebra").hits == ()
    store.restore(chat)
    assert found(seeker.find("zebra")) == [0, number]


def test_an_import_and_its_undo_are_followed(store: Store, seeker: Search) -> None:
    from tests.plain.test_exchange import TALK

    adopted = store.adopt(TALK)
    assert len(seeker.find("ships?").hits) == 1
    store.discard(adopted)
    assert seeker.find("ships?").hits == ()


@pytest.mark.parametrize("text", ['say "weather" AND OR NOT *', "a-b (c) {d}: ^e", "100% _x_ 'q'"])
def test_signs_mean_themselves(store: Store, seeker: Search, text: str) -> None:
    number = say(store, text)
    say(store, "something else entirely")
    for word in text.split():
        if word not in ("a-b",):
            assert number in found(seeker.find(word))
    assert found(seeker.find(text)) == [number]


def test_a_rare_short_word_is_found_behind_many_messages(
    store: Store, seeker: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEW", 5)
    number = say(store, "ends in 天気")
    for count in range(12):
        say(store, f"filler {count}")
    assert found(seeker.find("天気")) == [number]
    assert found(seeker.find("気")) == [number]
    assert found(seeker.find("11")) != []


def test_no_more_than_some_are_told_and_that_there_are_more(
    store: Store, seeker: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 3)
    numbers = [say(store, f"weather {count}") for count in range(5)]
    hits = seeker.find("weather")
    assert (found(hits), hits.more) == (numbers[:1:-1], True)


def test_what_waits_for_the_index_is_told(
    store: Store, seeker: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BUDGET_S", 0)
    number = say(store, "weather")
    assert seeker.find("weather").waiting == 1
    for _ in seeker.catch_up():
        pass
    hits = seeker.find("weather")
    assert (found(hits), hits.waiting) == ([number], 0)


# -- an index that is lost ------------------------------------------------------------------------


def spoil(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for at in range(100, len(raw), 512):
        raw[at] ^= 0xFF
    path.write_bytes(raw)


@pytest.mark.parametrize("harm", ["gone", "spoilt", "empty", "text", "folderless"])
def test_a_lost_or_damaged_index_is_made_anew(store: Store, harm: str) -> None:
    number = say(store, "a zebra here")
    for _ in range(2):
        seeker = Search(store.path)
        assert found(seeker.find("zebra")) == [number]
        seeker.close()
        match harm:
            case "gone":
                seeker.index.unlink()
            case "spoilt":
                spoil(seeker.index)
            case "empty":
                seeker.index.write_bytes(b"")
            case "text":
                seeker.index.write_text("hello" * 1000)
            case "folderless":
                seeker.index.unlink()
                seeker.index.symlink_to(seeker.index.with_name("nowhere"))


def test_damage_that_shows_while_searching_loses_nothing(store: Store) -> None:
    numbers = [say(store, f"a zebra here {count} " + "filler " * 200) for count in range(50)]
    seeker = Search(store.path)
    seeker.find("zebra")
    assert seeker._index is not None
    seeker._index.execute("DROP TABLE words_data")
    assert len(found(seeker.find("zebra"))) == len(numbers)
    seeker.close()


def test_the_index_of_another_chat_file_is_not_used(tmp_path: Path) -> None:
    found_in = []
    for text in ("a zebra here", "a giraffe here"):
        path = tmp_path / "chats.sqlite3"
        for side in ("", "-wal", "-shm"):
            path.with_name(path.name + side).unlink(missing_ok=True)
        store = Store(path)
        say(store, text)
        seeker = Search(path)
        found_in.append((len(seeker.find("zebra").hits), len(seeker.find("giraffe").hits)))
        seeker.close()
        store.close()
    assert found_in == [(1, 0), (0, 1)]


def test_an_older_copy_of_the_chat_file_gets_an_index_of_its_own(tmp_path: Path) -> None:
    path, copy = tmp_path / "chats.sqlite3", tmp_path / "copy"
    store = Store(path)
    say(store, "a zebra here")
    store.close()
    copy.write_bytes(path.read_bytes())
    store = Store(path)
    say(store, "a lion here")
    seeker = Search(path)
    seeker.find("lion")
    seeker.close()
    store.close()
    path.write_bytes(copy.read_bytes())
    store = Store(path)
    seeker = Search(path)
    assert len(seeker.find("zebra").hits) == 1
    assert seeker.find("lion").hits == ()
    seeker.close()
    store.close()


def test_without_trigrams_every_message_is_read_through(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(path: Path) -> sqlite3.Connection:
        db = database_connect(path)
        if path.suffix == ".search":
            db.set_authorizer(
                lambda action, *_: (
                    sqlite3.SQLITE_DENY
                    if action == sqlite3.SQLITE_CREATE_VTABLE
                    else sqlite3.SQLITE_OK
                )
            )
        return db

    database_connect = database.connect
    monkeypatch.setattr(database, "connect", without)
    number = say(store, "明日の天気 and a zebra")
    seeker = Search(store.path)
    for words in ("zebra", "天気", "気"):
        assert found(seeker.find(words)) == [number]
    assert not seeker.index.exists()
    with contextlib.closing(sqlite3.connect(store.path)) as db:
        assert db.execute("SELECT count(*) FROM changed").fetchone() == (0,)
    seeker.close()


def test_a_closed_search_finds_nothing_and_opens_nothing(store: Store) -> None:
    say(store, "a zebra here")
    seeker = Search(store.path)
    seeker.close()
    assert seeker.find("zebra").hits == ()
    assert list(seeker.catch_up()) == [None]
    assert not seeker.index.exists()


def test_the_index_is_for_nobody_else(store: Store, seeker: Search) -> None:
    say(store, "a zebra here")
    seeker.find("zebra")
    assert seeker.index.stat().st_mode & 0o077 == 0


def test_the_measurement_counts_what_it_measured() -> None:
    figures = search_bench.measure(1, messages=600)
    assert (figures["messages"], figures["rare_hits"]) == (600, 2)
    assert figures["slowest"] in search_bench.WORDS
