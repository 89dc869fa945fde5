"""Copies of the chat file, one a day, the newest seven; and reading the chats of such a copy.

A copy is made by SQLite itself while chats go on, under another name first, so that a file with a
copy's name is always whole. Knows nothing about the window or about when a copy is due.
"""

from __future__ import annotations

import contextlib
import datetime
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from chatapp import database, foreign, record_json, record_rows
from chatapp.chat import UserError
from chatapp.record import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.record import Record

KEPT = 7
LARGEST = 4_000_000_000  # bytes of a chat file that is read like an export
HEAD = b"SQLite format 3\x00"


def days(chats: Path) -> list[tuple[datetime.date, Path]]:
    """The copies there are, the newest first."""
    found = []
    for path in database.copies(chats).glob("chats-*.sqlite3"):
        with contextlib.suppress(ValueError):
            name = path.stem.removeprefix("chats-")
            found.append((datetime.date.fromisoformat(name), path))
    return sorted(found, reverse=True)


def make(chats: Path, today: datetime.date, again: bool = False) -> Path | None:
    """Today's copy, unless there is one or nothing has changed; the oldest ones go.

    `again`: also in place of the one of today, and though nothing has changed.
    Raises UserError when the disk is full or the chat file cannot be read.
    """
    known = days(chats)
    if known and known[0][0] >= today and not again:
        return None
    made = known[0][1].stat().st_mtime if known else 0.0
    copy = database.copy_of(chats, today)
    with contextlib.closing(database.visit(chats)) as db:
        with database.telling():
            newest = db.execute("SELECT max(updated) FROM conversations").fetchone()[0]
        if newest is None or (newest <= made and not again):
            return None  # a copy of the same would push an older one out
        db.isolation_level = None
        database.copy(db, copy)
    for _, old in days(chats)[KEPT:]:
        old.unlink(missing_ok=True)
    return copy


def is_chat_file(path: Path) -> bool:
    """Whether it begins like one; a pipe or a device never does."""
    with contextlib.suppress(OSError, ValueError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(len(HEAD)) == HEAD
    return False


def records(path: Path) -> Iterator[Record | LeftOut]:
    """Every chat in a chat file, also of an older version. Raises UserError.

    The file is copied first, because reading it may mean bringing it up to date.
    """
    if path.stat().st_size > LARGEST:
        raise UserError(
            "{file} is larger than {limit} MB.",
            "Split it, or import a part of it.",
            file=foreign.shown(path.name),
            limit=LARGEST // 1_000_000,
        )
    with tempfile.TemporaryDirectory(prefix="chatapp-") as place:
        copy = Path(place) / "chats"
        shutil.copyfile(path, copy)
        try:
            _check(copy)
            db = database.visit(copy, changing=True)
        except database.DamagedError as error:
            name = foreign.shown(path.name)
            raise UserError("{file} is damaged.", "Choose another file.", file=name) from error
        with contextlib.closing(db):
            yield from _read(db)


def _check(copy: Path) -> None:
    """A stranger's file may call something else a table; ours are plain ones."""
    with database.telling(), contextlib.closing(sqlite3.connect(copy)) as db:
        kinds = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        plain = (str(kinds.get(name)).lstrip().upper() for name in database.OURS)
        if not all(sql.startswith("CREATE TABLE") for sql in plain):
            raise database.DamagedError
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise database.DamagedError


def _read(db: sqlite3.Connection) -> Iterator[Record | LeftOut]:
    with database.telling():
        db.execute("PRAGMA trusted_schema = OFF")
        query = "SELECT id FROM conversations WHERE deleted IS NULL ORDER BY updated DESC"
        numbers = [row[0] for row in db.execute(query)]
    for number in numbers:
        try:
            with database.telling():
                # Once through our own form, which trusts no value of a file.
                yield record_json.record(record_json.told(record_rows.read(db, number)))
        except (database.DamagedError, LeftOut, TypeError, ValueError):
            yield LeftOut("Entry {number} is damaged.", number=number)
