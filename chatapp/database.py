"""The chat file: its tables and their history, opening it, and what its faults mean.

Knows nothing about trees of messages or threads. Opening: look at the file without changing a
byte; keep a damaged one aside under another name, and make a fresh one; connect; migrate.
`synchronous=FULL` with a write-ahead log, so that a commit also survives a power cut.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from chatapp import note
from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Step = tuple[str, ...] | Callable[[sqlite3.Connection], None]

BUSY_S = 2.0  # how long a write waits for another one
OURS = {"conversations", "messages"}  # the tables of every version
SIDES = ("-wal", "-shm", "-journal")

# A reference pairs the conversation with the message, so SQLite itself refuses a parent or a leaf
# from another conversation. AUTOINCREMENT: settings and Undo remember ids, so none is used twice.
_FIRST = (
    """
    CREATE TABLE conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted REAL,
        leaf INTEGER,
        FOREIGN KEY (id, leaf) REFERENCES messages (conversation, id)
    )
    """,
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversations (id),
        parent INTEGER,
        role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
        text TEXT NOT NULL,
        created REAL NOT NULL,
        finish TEXT,
        stats TEXT,
        model TEXT NOT NULL DEFAULT '',
        UNIQUE (conversation, id),
        FOREIGN KEY (conversation, parent) REFERENCES messages (conversation, id)
    )
    """,
    "CREATE INDEX messages_by_parent ON messages (conversation, parent)",
    "CREATE INDEX messages_unfinished ON messages (id) WHERE finish IS NULL AND role = 'assistant'",
)
# What a conversation keeps of its own, and what a person did to a message.
_SECOND = (
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN system TEXT NOT NULL DEFAULT ''",  # the system prompt
    "ALTER TABLE conversations ADD COLUMN preset TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN knobs TEXT NOT NULL DEFAULT '{}'",  # changed ones, JSON
    "ALTER TABLE conversations ADD COLUMN adapter TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN draft TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE messages ADD COLUMN edited INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE messages ADD COLUMN rating INTEGER NOT NULL DEFAULT 0",  # 1 good, -1 bad
    "ALTER TABLE messages ADD COLUMN deleted REAL",  # second, NULL = not
)
# What is purged at every start must be found without reading every message.
_DELETED = ("CREATE INDEX messages_deleted ON messages (deleted) WHERE deleted IS NOT NULL",)
# What a search has to look at again, in the order in which it changed; a growing answer never is.
# The mark tells this file from every other one.
_CHANGED = (
    "CREATE TABLE search (mark TEXT NOT NULL)",
    "INSERT INTO search VALUES (hex(randomblob(16)))",
    "CREATE TABLE changed (place INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER NOT NULL)",
    """
    CREATE TRIGGER message_added AFTER INSERT ON messages
    WHEN new.finish IS NOT NULL OR new.role != 'assistant'
    BEGIN INSERT INTO changed (message) VALUES (new.id); END
    """,
    """
    CREATE TRIGGER message_changed AFTER UPDATE OF text, finish, deleted ON messages
    WHEN new.finish IS NOT NULL OR new.role != 'assistant'
    BEGIN INSERT INTO changed (message) VALUES (new.id); END
    """,
    """
    CREATE TRIGGER message_erased AFTER DELETE ON messages
    BEGIN INSERT INTO changed (message) VALUES (old.id); END
    """,
)
# Put away from the list, without being deleted.
_ARCHIVED = ("ALTER TABLE conversations ADD COLUMN archived REAL",)  # second, NULL = not
MIGRATIONS: list[Step] = [
    _FIRST,
    _SECOND,
    _DELETED,
    _CHANGED,
    _ARCHIVED,
]  # how version n becomes n + 1

_TROUBLES = (  # SQLite's own words; Python shows its error codes only since 3.11
    (
        ("full",),
        "The disk is full; the newest text is not saved yet.",
        "Free some space, then try again.",
    ),
    (
        ("locked",),
        "The chat file is in use by another program.",
        "Close that program, then try again.",
    ),
    (
        ("readonly", "unable to open", "I/O"),
        "The chat file cannot be read or written.",
        "Check the drive and its permissions.",
    ),
)


class DamagedError(UserError):
    """The file is not a database of ours, or not any more."""

    def __init__(self) -> None:
        super().__init__(
            "The chat file is damaged.",
            "Start ChatApp again: it keeps the file and opens a new one.",
        )


def open_file(
    path: Path, prove: Callable[[sqlite3.Connection], None]
) -> tuple[sqlite3.Connection, Path | None]:
    """A connection to a sound file, and where an unsound one was kept.

    `prove` uses the connection once; when it meets damage, the file counts as damaged.
    Raises UserError when the file is locked, cannot be read, or is from a newer version.
    """
    try:
        _examine(path)
        return _opened(path, prove), None
    except DamagedError:
        kept = _set_aside(path)
        return _opened(path, prove), kept


def _opened(path: Path, prove: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    db = connect(path)
    try:
        _migrate(db, path)
        prove(db)
        _log_ahead(db)  # a restored copy may have left that mode
    except BaseException:
        db.close()
        raise
    return db


def in_memory() -> sqlite3.Connection:
    """Our tables in a database that no disk ever sees."""
    db = connect(":memory:")
    db.execute("PRAGMA temp_store = MEMORY")  # also what it sorts
    _migrate(db)
    return db


def connect(path: Path | str) -> sqlite3.Connection:
    """A connection that commits to the disk; transactions are begun by hand."""
    with telling():
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.text_factory = _text
        return db


def visit(path: Path, changing: bool = False) -> sqlite3.Connection:
    """A connection beside a window that may have the file open: nothing is mended or moved aside.

    Raises UserError when there is no such file, or when another version wrote it; to change it,
    a missing one is made and an older one brought up to date.
    """
    if not path.exists():
        if not changing:
            raise UserError("There are no chats on this computer yet.", "Start one in the window.")
        _create(path)
    with telling():
        db = connect(path) if changing else sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        with telling():
            db.text_factory = _text
            version = db.execute("PRAGMA user_version").fetchone()[0]
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        if version and OURS - tables:
            raise DamagedError
        if version > len(MIGRATIONS):
            raise _newer()
        if changing:
            _migrate(db, path)
        elif version < len(MIGRATIONS):
            raise UserError(
                "The chat file was written by an older ChatApp.",
                "Open the window once, then try again.",
            )
    except BaseException:
        db.close()
        raise
    return db


@contextlib.contextmanager
def changing(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction: all of it or nothing. Raises UserError for the disk's faults."""
    with telling():
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk may have rolled back already
                db.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Turn the file's and the disk's faults into a UserError; our own stay what they are."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise _user_error(error) from error
    except UnicodeDecodeError as error:  # SQLite names a damaged table in its message
        raise DamagedError from error


def _newer() -> UserError:
    """The error for a file of a version that is not made yet."""
    return UserError("This chat file was written by a newer ChatApp.", "Update ChatApp to open it.")


def _user_error(error: sqlite3.DatabaseError) -> UserError:
    for signs, sentence, remedy in _TROUBLES:
        if any(sign in str(error) for sign in signs):
            return UserError(sentence, remedy)
    return DamagedError()


def _text(raw: bytes) -> str:
    """One flipped bit makes one odd character, not an unreadable conversation."""
    return raw.decode("utf-8", "replace")


def _create(path: Path) -> None:
    """Make the file beside and rename it: an empty file under the right name is never ours."""
    beside = path.with_name(path.name + ".new")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with contextlib.closing(connect(beside)) as db:
            _log_ahead(db)  # also writes the first page
        beside.replace(path)
        note.settle(path.parent)
    except OSError as error:
        raise UserError(
            "The chat file cannot be read or written.", "Check the drive and its permissions."
        ) from error


def _log_ahead(db: sqlite3.Connection) -> None:
    with telling():
        db.execute("PRAGMA journal_mode = WAL")


def _examine(path: Path) -> None:
    """Look without changing a byte. Raise DamagedError, or UserError for a newer version."""
    if not os.path.lexists(path):
        if _beside(path, "-wal").exists():  # SQLite would delete it; it may hold the last words
            raise DamagedError
        return
    if not path.is_file() or path.stat().st_size == 0:
        raise DamagedError
    alone = "" if _beside(path, "-wal").exists() else "&immutable=1"  # leaves no -shm behind
    address = f"{path.as_uri()}?mode=ro{alone}"
    with (
        telling(),
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as db,
    ):
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    if sound and version > len(MIGRATIONS):
        raise _newer()
    foreign = bool(OURS - tables) if version else bool(tables)  # another program's
    if not sound or foreign:
        raise DamagedError


def _beside(path: Path, side: str) -> Path:
    return path.with_name(path.name + side)


def _set_aside(path: Path) -> Path:
    """Rename the file and its companions, so that SQLite could still open them together."""
    kept = first = _beside(path, f".damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    count = 1
    while any(os.path.lexists(_beside(kept, side)) for side in ("", *SIDES)):
        count += 1
        kept = _beside(first, f"-{count}")
    try:
        for side in ("", *SIDES):
            if os.path.lexists(_beside(path, side)):
                _beside(path, side).rename(_beside(kept, side))
    except OSError as error:
        raise UserError(
            "The chat file is damaged and cannot be moved aside.",
            "Check the drive and its permissions.",
        ) from error
    return kept if os.path.lexists(kept) else _beside(kept, "-wal")


def copies(chats: Path) -> Path:
    """The folder with the copies of this chat file."""
    return chats.with_name("backups")


def copy_of(chats: Path, day: datetime.date) -> Path:
    """The copy that was made on that day."""
    return copies(chats) / f"chats-{day.isoformat()}.sqlite3"


def copy(db: sqlite3.Connection, path: Path) -> None:
    """Make a copy of this name: a whole one or none. Raises UserError and OSError."""
    beside = path.with_name("unfinished")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    beside.unlink(missing_ok=True)
    try:
        with telling():
            db.execute("VACUUM INTO ?", (str(beside),))
        beside.chmod(0o600)
        with open(beside, "rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
        note.settle(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _migrate(db: sqlite3.Connection, path: Path | None = None) -> None:
    """Bring an older file up to date, one version and one transaction at a time.

    Its words are copied first, among the copies of the days.
    """
    with telling():
        version = db.execute("PRAGMA user_version").fetchone()[0]
    if path and 0 < version < len(MIGRATIONS):
        try:
            copy(db, copy_of(path, datetime.date.today()))
        except OSError as error:
            raise UserError(
                "The chat file cannot be read or written.", "Check the drive and its permissions."
            ) from error
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        try:
            with changing(db):
                _apply(db, step)
                db.execute(f"PRAGMA user_version = {number}")
        except DamagedError as error:  # the file was just found sound: the step is wrong
            raise RuntimeError(f"the migration to version {number} broke") from error


def _apply(db: sqlite3.Connection, step: Step) -> None:
    if callable(step):
        step(db)
    else:
        for statement in step:
            db.execute(statement)
