"""The store: trees of messages, growing text, damage and migrations."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatapp import database, tree, writer
from chatapp.chat import Manner, Stats, UserError
from chatapp.store import KEEP_DELETED_S, Store
from tests.conftest import BUSY

Opening = Callable[[], Store]
STATS = Stats(12, 4, 30, 0.25, 1.5, 7, 8192)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.sqlite3"


@pytest.fixture
def opening(path: Path) -> Iterator[Opening]:
    """Opens the same file again and again; the one before is closed first."""
    opened: list[Store] = []

    def open_again() -> Store:
        for store in opened:
            store.close()
        opened.append(Store(path))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(opening: Opening) -> Store:
    return opening()


def eventually(look: Callable[[], bool], within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while not (seen := look()) and time.monotonic() < deadline:
        threading.Event().wait(0.002)
    return seen


def on_disk(path: Path, message: int) -> str:
    """What another process would read now."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        text: str = db.execute("SELECT text FROM messages WHERE id = ?", (message,)).fetchone()[0]
    db.close()
    return text


def texts(store: Store, conversation: int) -> list[str]:
    return [message.text for message in store.thread(conversation)]


# -- conversations --------------------------------------------------------------------------------


def test_the_newest_conversation_comes_first(store: Store) -> None:
    first, second = store.new("first"), store.new("second")
    store.add(first.id, "user", "again", None)
    assert [c.id for c in store.conversations()] == [first.id, second.id]


def test_a_deleted_conversation_comes_back_with_its_messages(store: Store) -> None:
    chat = store.new("mine")
    store.add(chat.id, "user", "hello", None)
    store.delete(chat.id)
    assert store.conversations() == []
    store.restore(chat.id)
    assert texts(store, chat.id) == ["hello"]


def test_a_new_title_keeps_the_place_in_the_list(store: Store) -> None:
    old, new = store.new("old"), store.new("new")
    store.rename(old.id, "renamed\x00")
    assert [c.title for c in store.conversations()] == [new.title, "renamed\ufffd"]


def test_what_was_deleted_a_month_ago_is_gone_and_its_number_is_not_used_again(
    opening: Opening, path: Path
) -> None:
    store = opening()
    old, recent = store.new(), store.new()
    parent = None
    for _ in range(3):
        parent = store.add(old.id, "user", "x", parent).id
    store.delete(old.id)
    store.delete(recent.id)
    store.close()
    with sqlite3.connect(path) as db:
        month = (time.time() - KEEP_DELETED_S - 60, old.id)
        db.execute("UPDATE conversations SET deleted = ? WHERE id = ?", month)
    db.close()
    store = opening()
    store.restore(old.id)
    store.restore(recent.id)
    assert [c.id for c in store.conversations()] == [recent.id]
    assert store.new().id > recent.id


# -- the tree -------------------------------------------------------------------------------------


def test_a_thread_runs_from_the_first_message_to_the_last(store: Store) -> None:
    chat = store.new()
    system = store.add(chat.id, "system", "be kind", None)
    user = store.add(chat.id, "user", "hi", system.id)
    reply = store.add(chat.id, "assistant", "", user.id)
    settled = store.settle(reply.id, "hello", "stop", STATS, "tiny")
    assert store.thread(chat.id) == [system, user, settled]


def test_stats_come_back_as_they_went_in(store: Store) -> None:
    chat = store.new()
    reply = store.add(chat.id, "assistant", "", None)
    settled = store.settle(reply.id, "x", "length", STATS, "tiny")
    assert (settled.stats, settled.finish, settled.model) == (STATS, "length", "tiny")


def test_stats_of_another_version_are_left_out(opening: Opening, path: Path) -> None:
    store = opening()
    chat = store.new()
    reply = store.add(chat.id, "assistant", "", None)
    store.settle(reply.id, "x", "stop", STATS, "tiny")
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("""UPDATE messages SET stats = '{"tokens": 3}'""")
    db.close()
    assert opening().thread(chat.id)[0].stats is None


def test_siblings_are_counted_as_versions(store: Store) -> None:
    chat = store.new()
    user = store.add(chat.id, "user", "hi", None)
    for number in (1, 2, 3):
        reply = store.add(chat.id, "assistant", str(number), user.id)
        assert (reply.version, reply.versions) == (number, number)
    assert [(m.version, m.versions) for m in store.thread(chat.id)] == [(1, 1), (3, 3)]


def test_an_edited_first_message_is_another_version_of_it(store: Store) -> None:
    chat, other = store.new(), store.new()
    store.add(other.id, "user", "not mine", None)
    store.add(chat.id, "user", "hi", None)
    edited = store.add(chat.id, "user", "hello", None)
    assert (edited.version, edited.versions) == (2, 2)
    assert texts(store, chat.id) == ["hello"]


def test_selecting_a_version_opens_its_latest_descendant(store: Store) -> None:
    chat = store.new()
    user = store.add(chat.id, "user", "q", None)
    first = store.add(chat.id, "assistant", "a1", user.id)
    again = store.add(chat.id, "user", "q2", first.id)
    store.add(chat.id, "assistant", "older", again.id)
    store.add(chat.id, "assistant", "newer", again.id)
    second = store.add(chat.id, "assistant", "a2", user.id)
    store.select(first.id)
    assert texts(store, chat.id) == ["q", "a1", "q2", "newer"]
    store.select(second.id)
    assert texts(store, chat.id) == ["q", "a2"]


def test_stepping_walks_the_versions_and_stops_at_both_ends(store: Store) -> None:
    chat = store.new()
    user = store.add(chat.id, "user", "q", None)
    replies = [store.add(chat.id, "assistant", str(n), user.id) for n in range(3)]
    seen = []
    for start, step in [(2, -1), (1, -1), (0, -1), (0, 1), (1, 1), (2, 1)]:
        store.step(replies[start].id, step)
        seen.append(texts(store, chat.id)[1])
    assert seen == ["1", "0", "0", "1", "2", "2"]


def test_a_parent_from_another_conversation_is_refused(store: Store) -> None:
    here, there = store.new(), store.new()
    parent = store.add(there.id, "user", "x", None)
    with pytest.raises(sqlite3.IntegrityError):
        store.add(here.id, "user", "y", parent.id)
    assert store.thread(here.id) == []


def test_an_unknown_message_is_our_own_mistake(store: Store) -> None:
    with pytest.raises(KeyError):
        store.select(99)


def test_nul_and_lone_surrogates_are_replaced_on_the_way_in(store: Store) -> None:
    chat = store.new("\ud83d")
    message = store.add(chat.id, "user", "a\x00b\udc00", None)
    assert (message.text, chat.title) == ("a\ufffdb\ufffd", "\ufffd")


def test_ten_thousand_messages_open_at_once(store: Store, path: Path) -> None:
    chat = store.new()
    store.close()
    with sqlite3.connect(path) as db:
        rows = ((i, chat.id, i - 1 if i > 1 else None) for i in range(1, 10001))
        db.executemany(
            "INSERT INTO messages (id, conversation, parent, role, text, created)"
            " VALUES (?, ?, ?, 'user', 'text', 0)",
            rows,
        )
        db.execute("UPDATE conversations SET leaf = 10000")
    db.close()
    again = Store(path)
    started = time.perf_counter()
    thread = again.thread(chat.id)
    took = time.perf_counter() - started
    again.close()
    assert [m.id for m in thread] == list(range(1, 10001))
    assert took < 1.5, f"{took:.2f} s"  # 0.3 s on a quiet machine, five times that on a busy one


# -- growing text ---------------------------------------------------------------------------------


def test_growing_text_is_on_the_disk_without_anybody_waiting(store: Store, path: Path) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    for length in range(1, 200):
        store.grow(reply.id, "x" * length)
    assert eventually(lambda: on_disk(path, reply.id) == "x" * 199)


def test_growing_never_waits_for_the_disk(store: Store, path: Path) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    started = time.perf_counter()
    store.grow(reply.id, "while somebody else writes")
    took = time.perf_counter() - started
    holder.execute("ROLLBACK")
    holder.close()
    assert took < 0.1 * BUSY
    assert eventually(lambda: on_disk(path, reply.id) == "while somebody else writes")


def test_growing_text_is_made_fit_for_the_disk(store: Store, path: Path) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    store.grow(reply.id, "a\x00\ud83d")
    assert eventually(lambda: on_disk(path, reply.id) == "a\ufffd\ufffd")


def test_text_grows_on_when_another_window_opens_the_file(store: Store, path: Path) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    store.grow(reply.id, "seen")
    assert eventually(lambda: on_disk(path, reply.id) == "seen")
    Store(path).close()
    store.grow(reply.id, "seen and more")
    assert eventually(lambda: on_disk(path, reply.id) == "seen and more")
    assert store.lineage(reply.id)[-1].finish is None  # the next start tells that it was cut off


def test_the_file_is_written_at_a_pace(
    opening: Opening, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PACE_S", 600.0)
    store = opening()
    reply = store.add(store.new().id, "assistant", "", None)
    store.grow(reply.id, "one")
    assert eventually(lambda: on_disk(path, reply.id) == "one")
    store.grow(reply.id, "one two")
    assert not eventually(lambda: on_disk(path, reply.id) != "one", within_s=0.1)
    store.close()
    assert on_disk(path, reply.id) == "one two"


def test_an_older_text_on_its_way_never_replaces_the_last_words(store: Store, path: Path) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    store.grow(reply.id, "early")
    assert eventually(lambda: bool(store._writer._hand))
    ending = threading.Thread(target=store.settle, args=(reply.id, "final", "interrupted"))
    ending.start()
    assert eventually(lambda: not store._writer._hand)
    holder.execute("ROLLBACK")
    holder.close()
    ending.join()
    store.close()
    assert on_disk(path, reply.id) == "final"


def test_two_replies_may_grow_at_once(store: Store, path: Path) -> None:
    chat = store.new()
    one, two = (store.add(chat.id, "assistant", "", None) for _ in range(2))
    store.grow(one.id, "one")
    store.grow(two.id, "two")
    assert eventually(lambda: (on_disk(path, one.id), on_disk(path, two.id)) == ("one", "two"))


def test_a_late_text_never_replaces_a_settled_one(opening: Opening) -> None:
    store = opening()
    chat = store.new()
    for number in range(50):
        reply = store.add(chat.id, "assistant", "", None)
        store.grow(reply.id, "early")
        store.settle(reply.id, f"final {number}", "stop", None, "")
        store.grow(reply.id, "late")
    again = opening()
    again.select(reply.id)
    assert texts(again, chat.id) == ["final 49"]


def test_closing_commits_what_is_still_growing(opening: Opening) -> None:
    store = opening()
    chat = store.new()
    reply = store.add(chat.id, "assistant", "", None)
    store.grow(reply.id, "the last words")
    assert texts(opening(), chat.id) == ["the last words"]


def test_closing_leaves_one_file(store: Store, path: Path) -> None:
    store.grow(store.add(store.new().id, "assistant", "", None).id, "x")
    store.close()
    assert [file.name for file in path.parent.glob("chats*")] == ["chats.sqlite3"]


def test_a_closed_store_takes_no_more_text(store: Store) -> None:
    store.close()
    with pytest.raises(RuntimeError):
        store.grow(1, "x")


def test_a_reply_cut_by_a_crash_is_marked_and_a_question_is_not(
    opening: Opening, path: Path, tmp_path: Path
) -> None:
    store = opening()
    chat = store.new()
    user = store.add(chat.id, "user", "q", None)
    store.add(chat.id, "assistant", "half an ans", user.id)
    crashed = tmp_path / "crashed.sqlite3"
    for side in ("", "-wal"):
        shutil.copy(f"{path}{side}", f"{crashed}{side}")
    after = Store(crashed)
    told = [(m.text, m.finish) for m in after.thread(chat.id)]
    after.close()
    assert told == [("q", None), ("half an ans", "interrupted")]


# -- a disk that fails ----------------------------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch, store: Store) -> Iterator[Callable[[], None]]:
    """No more pages for anybody who connects from now on; calling it frees the disk."""
    connections: list[sqlite3.Connection] = [store._db]
    connect = database.connect
    pages = [1]  # SQLite takes it as: as many as there are now

    def limit(db: sqlite3.Connection) -> None:
        db.execute(f"PRAGMA max_page_count = {pages[-1]}")

    def connected(path: Path) -> sqlite3.Connection:
        connections.append(connect(path))
        limit(connections[-1])
        return connections[-1]

    def free() -> None:
        pages.append(1_000_000)
        for db in connections:
            limit(db)

    limit(store._db)
    monkeypatch.setattr(database, "connect", connected)
    return free


LONG = "many words " * 5000


def test_a_full_disk_is_told_when_a_message_is_added(
    store: Store, full_disk: Callable[[], None]
) -> None:
    chat = store.new()
    with pytest.raises(UserError, match="The disk is full"):
        store.add(chat.id, "user", LONG, None)
    full_disk()
    assert store.add(chat.id, "user", LONG, None).text == LONG


def test_growing_text_waits_for_room_on_a_full_disk(
    store: Store, full_disk: Callable[[], None], path: Path
) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    store.grow(reply.id, LONG)
    assert eventually(lambda: store.problem is not None)
    assert "The disk is full" in str(store.problem)
    full_disk()
    store.grow(reply.id, LONG + "end")
    assert eventually(lambda: store.problem is None)
    assert on_disk(path, reply.id) == LONG + "end"


def test_a_text_that_could_not_be_settled_is_kept_for_the_next_try(
    opening: Opening, store: Store, full_disk: Callable[[], None]
) -> None:
    chat = store.new()
    reply = store.add(chat.id, "assistant", "", None)
    with pytest.raises(UserError, match="The disk is full"):
        store.settle(reply.id, LONG, "stop", None, "")
    full_disk()
    assert texts(opening(), chat.id) == [LONG]


def test_a_refused_ending_is_written_by_itself_when_there_is_room(
    store: Store, full_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.01)
    reply = store.add(store.new().id, "assistant", "", None)
    with pytest.raises(UserError, match="The disk is full"):
        store.settle(reply.id, LONG, "stop", STATS, "tiny")
    full_disk()
    assert eventually(lambda: store.problem is None)
    told = store.lineage(reply.id)[-1]
    assert (told.text, told.finish, told.stats, told.model) == (LONG, "stop", STATS, "tiny")


def test_a_full_disk_is_not_asked_again_and_again(
    store: Store, full_disk: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    kept: list[object] = []
    keep = store._writer._keep
    monkeypatch.setattr(store._writer, "_keep", lambda *given: (kept.append(given), keep(*given)))
    store.grow(reply.id, LONG)
    assert not eventually(lambda: len(kept) > 1, within_s=0.1)
    assert len(kept) == 1


def test_settling_ends_the_problem(store: Store, full_disk: Callable[[], None]) -> None:
    reply = store.add(store.new().id, "assistant", "", None)
    store.grow(reply.id, LONG)
    assert eventually(lambda: store.problem is not None)
    full_disk()
    store.settle(reply.id, LONG, "stop", None, "")
    assert store.problem is None


def test_a_locked_file_is_told_and_kept(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr(database, "BUSY_S", 0.02)
    again = Store(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(UserError, match="in use by another program"):
        again.new()
    holder.close()
    again.close()
    assert again.damaged is None


def test_a_file_locked_while_it_opens_can_still_be_read(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = store.new("there")
    monkeypatch.setattr(database, "BUSY_S", 0.02)
    store._db.execute("BEGIN IMMEDIATE")
    again = Store(path)
    store._db.execute("ROLLBACK")
    assert [c.id for c in again.conversations()] == [chat.id]
    assert again.problem is not None
    again.close()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("database or disk is full", "The disk is full"),
        ("database table is locked", "in use by another program"),
        ("attempt to write a readonly database", "cannot be read or written"),
        ("unable to open database file", "cannot be read or written"),
        ("disk I/O error", "cannot be read or written"),
        ("database disk image is malformed", "is damaged"),
    ],
)
def test_each_fault_of_the_file_has_its_sentence(said: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence), database.telling():
        raise sqlite3.OperationalError(said)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read or written"):
        Store(tmp_path / "no such folder" / "chats.sqlite3")


# -- opening --------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_file(store: Store, path: Path) -> None:
    store.new()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("chats*")}
    assert modes == {0o600}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_others_could_read_is_closed_to_them(opening: Opening, path: Path) -> None:
    opening().close()
    path.chmod(0o644)
    opening()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_usual_place_is_the_default(home: Path) -> None:
    store = Store()
    store.close()
    assert store.path == home.resolve() / "chats.sqlite3"


def test_a_link_to_the_file_is_followed(path: Path, store: Store, tmp_path: Path) -> None:
    chat = store.new("elsewhere")
    store.close()
    link = tmp_path / "link.sqlite3"
    link.symlink_to(path)
    linked = Store(link)
    assert [c.id for c in linked.conversations()] == [chat.id]
    linked.close()


def test_what_a_commit_means_is_not_left_to_chance(store: Store) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys")
    assert [store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["wal", 2, 1]


def test_a_newer_file_is_told_and_not_touched(path: Path, store: Store) -> None:
    store.new()
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="written by a newer ChatApp"):
        Store(path)
    assert [file.name for file in path.parent.glob("chats*")] == [path.name]
    assert path.read_bytes() == before


def test_an_older_file_is_brought_up_to_date(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = opening().new("old")

    def add_colour(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE conversations ADD COLUMN colour INTEGER NOT NULL DEFAULT 1")

    monkeypatch.setattr(database, "MIGRATIONS", [*database.MIGRATIONS, add_colour])
    later = opening()
    row = later._db.execute("SELECT id, colour FROM conversations").fetchone()
    assert row == (chat.id, 1)
    assert later._db.execute("PRAGMA user_version").fetchone()[0] == len(database.MIGRATIONS)


def test_a_file_of_the_first_version_keeps_its_words(
    opening: Opening, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:1])
        db, _ = database.open_file(path, lambda db: None)
        db.execute("INSERT INTO conversations VALUES (7, 'old', 1.0, 1.0, NULL, NULL)")
        db.execute(
            "INSERT INTO messages (conversation, role, text, created)"
            " VALUES (7, 'user', 'hello', 1)"
        )
        db.execute("UPDATE conversations SET leaf = 1")
        db.close()
    later = opening()
    (copy,) = database.copies(path).iterdir()
    with sqlite3.connect(copy) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
        assert old.execute("SELECT text FROM messages").fetchall() == [("hello",)]
    old.close()
    assert [m.text for m in later.thread(7)] == ["hello"]
    assert later._db.execute("SELECT system, knobs FROM conversations").fetchone() == ("", "{}")


def test_a_conversation_keeps_its_own_manner(opening: Opening) -> None:
    store = opening()
    chat, other = store.new("a"), store.new("b")
    manner = Manner("Be brief.\x00", "Precise", (("top_k", 3), ("thinking", "off")))
    store.set_manner(chat.id, manner)
    store.close()
    again = opening()
    assert again.manner(chat.id) == dataclasses.replace(manner, system="Be brief.\ufffd")
    assert again.manner(other.id) == Manner()


def test_damaged_knobs_cost_no_system_prompt(opening: Opening) -> None:
    store = opening()
    chat = store.new("a")
    store.set_manner(chat.id, Manner("Be brief."))
    for damaged in ("{", "[]", "7"):
        with store._change() as db:
            db.execute("UPDATE conversations SET knobs = ?", (damaged,))
        assert store.manner(chat.id) == Manner("Be brief.")


def test_a_migration_that_breaks_leaves_the_old_file(
    opening: Opening, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = opening().new("old")
    wrong = ("ALTER TABLE conversations ADD COLUMN pinned INTEGER", "INSERT INTO conversations")
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", [*database.MIGRATIONS, wrong])
        patch.setattr(database, "_set_aside", lambda _: pytest.fail("the file was sound"))
        with pytest.raises(RuntimeError, match="migration"):
            opening()
    assert [c.id for c in opening().conversations()] == [chat.id]


def test_a_restored_copy_goes_back_to_the_log(opening: Opening, path: Path, tmp_path: Path) -> None:
    store = opening()
    chat = store.new("kept")
    copy = tmp_path / "copy"
    store._db.execute("VACUUM INTO ?", (str(copy),))
    store.close()
    copy.replace(path)
    again = opening()
    assert [c.id for c in again.conversations()] == [chat.id]
    assert again._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


# -- damage ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file and its -wal as a power cut leaves them: 3 messages moved over, 200 in the log."""
    folder = tmp_path_factory.mktemp("crashed")
    file = folder / "live.sqlite3"
    store = Store(file)
    chat = store.new("chat")
    parent = None
    for number in range(203):
        if number == 3:
            store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        parent = store.add(chat.id, "user", f"message {number} " + "x" * 50, parent).id
    for side in ("", "-wal"):
        shutil.copy(f"{file}{side}", folder / f"chats.sqlite3{side}")
    store.close()
    return folder / "chats.sqlite3"


def copied(crashed: Path, path: Path) -> None:
    for side in ("", "-wal"):
        shutil.copy(f"{crashed}{side}", f"{path}{side}")


def written(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda p: written(p, b""), id="empty"),
        pytest.param(lambda p: written(p, bytes(8192)), id="zeroed"),
        pytest.param(lambda p: written(p, b"not a database at all" * 400), id="other"),
        pytest.param(lambda p: written(p, p.read_bytes()[:9000]), id="cut"),
        pytest.param(lambda p: written(p, p.read_bytes()[:50]), id="cut in its header"),
        pytest.param(
            lambda p: written(p, p.read_bytes()[:4096] + bytes(4096) + p.read_bytes()[8192:]),
            id="zeroed page",
        ),
    ],
)
def test_a_damaged_file_is_kept_byte_for_byte(
    path: Path, crashed: Path, opening: Opening, break_it: Callable[[Path], None]
) -> None:
    shutil.copy(crashed, path)
    break_it(path)
    before = path.read_bytes()
    store = opening()
    assert store.damaged is not None
    assert store.damaged.name.startswith("chats.sqlite3.damaged-")
    assert store.damaged.read_bytes() == before
    assert store.conversations() == []


def test_the_log_of_a_damaged_file_is_kept_beside_it(
    path: Path, crashed: Path, opening: Opening
) -> None:
    copied(crashed, path)
    path.write_bytes(b"gone" * 2048)
    log = Path(f"{path}-wal").read_bytes()
    store = opening()
    assert Path(f"{store.damaged}-wal").read_bytes() == log


def test_a_log_without_its_file_is_kept(path: Path, crashed: Path, opening: Opening) -> None:
    shutil.copy(f"{crashed}-wal", f"{path}-wal")
    store = opening()
    assert store.damaged is not None
    assert store.damaged.read_bytes() == Path(f"{crashed}-wal").read_bytes()


@pytest.mark.parametrize("version", [0, 1])
def test_another_program_s_database_is_kept(path: Path, opening: Opening, version: int) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE people (who TEXT)")
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    before = path.read_bytes()
    assert (damaged := opening().damaged) is not None
    assert damaged.read_bytes() == before


def test_a_folder_in_the_way_is_kept(path: Path, opening: Opening) -> None:
    path.mkdir()
    (path / "note").write_text("mine")
    assert (damaged := opening().damaged) is not None
    assert (damaged / "note").read_text() == "mine"


def test_damage_that_only_shows_in_use_is_damage(
    path: Path, crashed: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(crashed, path)
    purge = tree.purge

    def purged(db: sqlite3.Connection, before: float) -> None:
        if db.execute("SELECT count(*) FROM messages").fetchone()[0]:
            raise sqlite3.DatabaseError("database disk image is malformed")
        purge(db, before)

    monkeypatch.setattr(tree, "purge", purged)
    assert opening().damaged is not None


def test_a_tree_that_bites_its_tail_still_opens(opening: Opening, path: Path) -> None:
    store = opening()
    chat = store.new()
    first = store.add(chat.id, "user", "first", None)
    last = store.add(chat.id, "assistant", "last", first.id)
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE messages SET parent = ? WHERE id = ?", (last.id, first.id))
    db.close()
    again = opening()
    assert texts(again, chat.id) == ["first", "last"]
    again.select(first.id)


def test_a_damaged_table_name_is_damage(path: Path, crashed: Path, opening: Opening) -> None:
    shutil.copy(crashed, path)
    raw = path.read_bytes()
    assert raw.count(b"CREATE TABLE messages") == 1
    path.write_bytes(raw.replace(b"CREATE TABLE messages", b"CREATE TABLE \xdfessa(es"))
    assert opening().damaged is not None


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders there")
def test_a_pipe_in_the_way_does_not_hang(path: Path, opening: Opening) -> None:
    os.mkfifo(path)
    assert opening().damaged is not None


def test_two_damaged_files_of_one_second_are_both_kept(
    path: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "strftime", lambda _: "now")
    kept = []
    for raw in (b"one", b"two"):
        path.write_bytes(raw)
        store = opening()
        store.close()
        kept.append(store.damaged)
        path.unlink()
    assert [file and file.read_bytes() for file in kept] == [b"one", b"two"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rounds", [25, pytest.param(3000, marks=pytest.mark.full)])
def test_random_damage_never_stops_the_start(path: Path, crashed: Path, rounds: int) -> None:
    """Bits flipped anywhere in the file or its log: it opens, or tells; it never raises else."""
    for seed in range(rounds):
        chance = random.Random(seed)
        copied(crashed, path)
        for side in chance.choice([("",), ("-wal",), ("", "-wal")]):
            raw = bytearray(Path(f"{path}{side}").read_bytes())
            for _ in range(chance.choice([1, 20])):
                raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            Path(f"{path}{side}").write_bytes(raw)
        try:
            store = Store(path)
            for chat in store.conversations():
                store.thread(chat.id)
            store.close()
        except UserError:
            pass
        for file in path.parent.glob("chats.sqlite3*"):
            file.unlink()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rounds", [15, pytest.param(5000, marks=pytest.mark.full)])
def test_a_cut_log_keeps_the_messages_before_the_cut(
    path: Path, crashed: Path, rounds: int
) -> None:
    log = Path(f"{crashed}-wal").read_bytes()
    for seed in range(rounds):
        chance = random.Random(seed)
        shutil.copy(crashed, path)
        keep = chance.randrange(len(log))
        raw = bytearray(log[:keep])
        if raw and seed % 2:
            raw[-chance.randrange(1, min(len(raw), 3000) + 1)] ^= 0x10
        Path(f"{path}-wal").write_bytes(raw)
        store = Store(path)
        told = texts(store, 1)
        sound = store._db.execute("PRAGMA integrity_check").fetchone()[0]
        store.close()
        assert [text.split()[1] for text in told] == [str(n) for n in range(len(told))], seed
        assert (len(told) >= 3, sound, store.damaged) == (True, "ok", None), seed


def test_a_closed_file_was_not_changed(opening: Opening) -> None:
    store = opening()
    store.close()
    assert not store.was_changed()
