"""A copy of the chat file each day, and the way back from one."""

from __future__ import annotations

import datetime
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatapp import backups, database, exchange
from chatapp.chat import Origin, UserError
from chatapp.store import Store
from tests.plain.test_exchange import TALK

DAY = datetime.date(2026, 11, 26)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "chats.sqlite3")
    yield store
    store.close()


def say(store: Store, text: str) -> None:
    store.add(store.new("A").id, "user", text, None)


def later(days: int) -> datetime.date:
    return DAY + datetime.timedelta(days)


def age(copy: Path | None) -> None:
    """As if it had been made long ago."""
    assert copy is not None
    os.utime(copy, (1, 1))


def test_a_copy_is_whole_while_chats_go_on(store: Store) -> None:
    say(store, "hello")
    copy = backups.make(store.path, DAY)
    assert copy is not None
    say(store, "not in the copy")
    with sqlite3.connect(copy) as db:
        assert db.execute("SELECT text FROM messages").fetchall() == [("hello",)]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert copy.name == "chats-2026-11-26.sqlite3"


@pytest.mark.skipif(sys.platform == "win32", reason="another idea of permissions")
def test_a_copy_is_for_nobody_else(store: Store) -> None:
    say(store, "hello")
    copy = backups.make(store.path, DAY)
    assert copy is not None
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_one_copy_a_day_and_seven_in_all(store: Store) -> None:
    for number in range(10):
        say(store, f"day {number}")
        age(backups.make(store.path, later(number)))
        assert backups.make(store.path, later(number)) is None
    assert [day for day, _ in backups.days(store.path)] == [later(n) for n in range(9, 2, -1)]


def test_without_a_change_no_copy_pushes_an_older_one_out(store: Store) -> None:
    assert backups.make(store.path, DAY) is None
    assert not database.copies(store.path).exists()
    say(store, "hello")
    assert backups.make(store.path, DAY) is not None
    assert backups.make(store.path, later(1)) is None


def test_a_clock_that_was_set_back_makes_no_copy(store: Store) -> None:
    say(store, "hello")
    age(backups.make(store.path, later(5)))
    assert backups.make(store.path, DAY) is None


def test_what_a_crash_left_is_cleared_away(store: Store) -> None:
    say(store, "hello")
    place = database.copies(store.path)
    place.mkdir()
    (place / "unfinished").write_bytes(b"half")
    assert backups.make(store.path, DAY) is not None
    assert [path.name for path in place.iterdir()] == ["chats-2026-11-26.sqlite3"]


def test_strange_files_in_the_folder_are_no_copies(store: Store) -> None:
    place = database.copies(store.path)
    place.mkdir()
    for name in ("chats-x.sqlite3", "chats-2026-99-99.sqlite3", "other.sqlite3"):
        (place / name).touch()
    assert backups.days(store.path) == []


def test_the_chats_of_a_copy_come_back_with_every_version(store: Store, tmp_path: Path) -> None:
    store.adopt(TALK)
    copy = backups.make(store.path, DAY)
    assert copy is not None
    before = copy.read_bytes()
    assert exchange.offer(exchange.read(copy)).records == (TALK,)
    assert copy.read_bytes() == before


def test_an_older_chat_file_is_read_too(tmp_path: Path) -> None:
    from chatapp import database

    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as db:
        for statement in database.MIGRATIONS[0]:
            db.execute(statement)
        db.execute("INSERT INTO conversations (title, created, updated) VALUES ('Old', 1, 2)")
        db.execute(
            "INSERT INTO messages (conversation, role, text, created) VALUES (1, 'user', 'hi', 1)"
        )
        db.execute("UPDATE conversations SET leaf = 1")
        db.execute("PRAGMA user_version = 1")
    db.close()
    offer = exchange.offer(exchange.read(path))
    assert [(r.title, r.nodes[0].text) for r in offer.records] == [("Old", "hi")]


def test_a_copy_does_not_say_from_where_a_model_is_loaded(store: Store) -> None:
    origin = Origin("m", "/evil", "", "", "", (), ())
    store.adopt(replace(TALK, nodes=(replace(TALK.nodes[0], origin=origin),), leaf=0))
    copy = backups.make(store.path, DAY)
    assert copy is not None
    [record] = exchange.offer(exchange.read(copy)).records
    assert record.nodes[0].origin is not None
    assert record.nodes[0].origin.path == ""


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE messages SET text = x'ff00', created = 'never', model = 7, rating = 'x'",
        "UPDATE conversations SET title = x'00', knobs = '[[', created = 'x', updated = -1",
        "UPDATE messages SET stats = '[1, 2'",
    ],
)
def test_odd_values_of_a_strangers_file_harm_nothing(store: Store, harm: str) -> None:
    store.adopt(TALK)
    copy = backups.make(store.path, DAY)
    assert copy is not None
    with sqlite3.connect(copy) as db:
        db.execute(harm)
    db.close()
    offer = exchange.offer(exchange.read(copy))
    for record in offer.records:
        store.adopt(record)
    assert len(offer.records) + len(offer.problems) == 1


@pytest.mark.parametrize("kind", ["view", "cut", "spoilt", "foreign", "newer"])
def test_a_file_that_only_looks_like_ours_is_told(store: Store, tmp_path: Path, kind: str) -> None:
    for number in range(30):
        say(store, f"hello {number} " + "word " * 300)
    copy = backups.make(store.path, DAY)
    assert copy is not None
    path = tmp_path / "x.sqlite3"
    shutil.copy(copy, path)
    if kind in ("cut", "spoilt"):
        raw = bytearray(path.read_bytes())
        path.write_bytes(raw[: len(raw) // 2] if kind == "cut" else raw[:6000] + b"\xff" * 9000)
    else:
        with sqlite3.connect(path) as db:
            match kind:
                case "view":
                    db.execute("PRAGMA legacy_alter_table = ON")
                    db.execute("ALTER TABLE messages RENAME TO m")
                    db.execute("CREATE VIEW messages AS SELECT * FROM m")
                case "foreign":
                    db.execute("DROP TABLE messages")
                case "newer":
                    db.execute("PRAGMA user_version = 99")
        db.close()
    with pytest.raises(UserError, match=r"damaged|newer"):
        list(exchange.read(path))


def test_a_full_disk_leaves_the_older_copies(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    say(store, "hello")
    age(backups.make(store.path, DAY))

    def full(path: Path, changing: bool = False) -> sqlite3.Connection:
        db = visit(path, changing)
        db.execute("PRAGMA temp_store = MEMORY")
        db.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY
                          if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK)  # fmt: skip
        return db

    from chatapp import database

    visit = database.visit
    monkeypatch.setattr(database, "visit", full)
    with pytest.raises(UserError):
        backups.make(store.path, later(1))
    assert [day for day, _ in backups.days(store.path)] == [DAY]
    assert len(list(database.copies(store.path).iterdir())) == 1
