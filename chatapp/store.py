"""Conversations and their trees of messages, kept in SQLite.

Knows nothing about Qt, torch or what a message means; the file itself is `database`'s. `add` and
`settle` are on the disk when they return; `grow` returns at once, and a private thread commits
the newest text of each message.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import database, places
from chatapp.chat import Conversation, Manner, Message, Stats, Token, UserError, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.chat import Finish, Role

KEEP_DELETED_S = 30 * 24 * 3600
_ALL = 1 << 31  # messages
CLOSE_S = 2.0  # how long `close` waits for the writer

_MESSAGE = """
SELECT m.role, m.text, m.id, m.parent, m.created, m.finish, m.stats, m.model,
    (SELECT count(*) FROM messages s WHERE s.conversation = m.conversation
        AND s.parent IS m.parent AND s.id <= m.id),
    (SELECT count(*) FROM messages s WHERE s.conversation = m.conversation
        AND s.parent IS m.parent)
"""
# A child is always younger than its parent: the comparison ends the walk in a damaged tree too.
_BRANCH = f"""
WITH RECURSIVE branch (id, parent, depth) AS (
    SELECT m.id, m.parent, 0 FROM conversations c JOIN messages m ON m.id = c.leaf WHERE c.id = ?
    UNION ALL
    SELECT m.id, m.parent, depth + 1 FROM branch b JOIN messages m
        ON m.id = b.parent AND m.id < b.id AND depth < ?
)
{_MESSAGE} FROM branch b JOIN messages m ON m.id = b.id ORDER BY b.depth DESC
"""
_LATEST = """
WITH RECURSIVE below (id) AS (
    SELECT ? UNION SELECT m.id FROM below b JOIN messages m
        ON m.conversation = ? AND m.parent = b.id
)
SELECT max(id) FROM below
"""
# A text that comes late never replaces a settled one.
_GROW = "UPDATE messages SET text = ? WHERE id = ? AND finish IS NULL AND role = 'assistant'"


class Store:
    """The conversations of one file. Safe to call from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or make the file; raise UserError when it is locked, newer or not writable."""
        # SQLite keeps the -wal beside the file that a link leads to, and so do we.
        self.path = Path(os.path.realpath(path or places.store_file()))
        self.problem: UserError | None = None  # why the newest text is not on the disk yet
        self._lock = threading.RLock()  # one statement of ours at a time on `_db`
        # `damaged`: where an unreadable file was kept
        self._db, self.damaged = database.open_file(self.path, self._prepare)
        self._pending: dict[int, str] = {}
        self._asked = False  # a `grow` since the writer last looked
        self._ready = threading.Condition()
        self._closing = False
        self._writer = threading.Thread(target=self._write, name="store", daemon=True)
        self._writer.start()

    # -- conversations ----------------------------------------------------------------------------

    def conversations(self) -> list[Conversation]:
        """All that are not deleted, the newest first."""
        rows = self._rows(
            "SELECT id, title, updated, leaf FROM conversations WHERE deleted IS NULL"
            " ORDER BY updated DESC, id DESC"
        )
        return [Conversation(*row) for row in rows]

    def new(self, title: str = "") -> Conversation:
        """An empty conversation."""
        now = time.time()
        title = clean(title)
        with self._change() as db:
            row = db.execute(
                "INSERT INTO conversations (title, created, updated) VALUES (?, ?, ?)",
                (title, now, now),
            )
        return Conversation(row.lastrowid or 0, title, now)

    def rename(self, conversation: int, title: str) -> None:
        """Give it another title; its place in the list stays."""
        with self._change() as db:
            db.execute(
                "UPDATE conversations SET title = ? WHERE id = ?", (clean(title), conversation)
            )

    def delete(self, conversation: int) -> None:
        """Hide it; it can be restored for 30 days."""
        with self._change() as db:
            db.execute(
                "UPDATE conversations SET deleted = ? WHERE id = ?", (time.time(), conversation)
            )

    def restore(self, conversation: int) -> None:
        """Undo `delete`."""
        with self._change() as db:
            db.execute("UPDATE conversations SET deleted = NULL WHERE id = ?", (conversation,))

    def manner(self, conversation: int) -> Manner:
        """What it keeps of its own."""
        query = "SELECT system, preset, knobs FROM conversations WHERE id = ?"
        rows = self._rows(query, conversation)
        if not rows:
            raise KeyError(conversation)
        system, preset, changed = rows[0]
        try:
            return Manner(system, preset, tuple(json.loads(changed).items()))
        except (ValueError, AttributeError):  # damaged: the words matter, the knobs can be set anew
            return Manner(system, preset)

    def set_manner(self, conversation: int, manner: Manner) -> None:
        """Keep it with the conversation, whose place in the list stays."""
        row = (clean(manner.system), clean(manner.preset), json.dumps(dict(manner.knobs)))
        with self._change() as db:
            db.execute(
                "UPDATE conversations SET system = ?, preset = ?, knobs = ? WHERE id = ?",
                (*row, conversation),
            )

    # -- messages ---------------------------------------------------------------------------------

    def add(self, conversation: int, role: Role, text: str, parent: int | None) -> Message:
        """Append below `parent` and open that branch. On the disk when it returns."""
        now = time.time()
        with self._change() as db:
            row = db.execute(
                "INSERT INTO messages (conversation, parent, role, text, created)"
                " VALUES (?, ?, ?, ?, ?)",
                (conversation, parent, role, clean(text), now),
            )
            db.execute(
                "UPDATE conversations SET leaf = ?, updated = ? WHERE id = ?",
                (row.lastrowid, now, conversation),
            )
        return self._message(row.lastrowid or 0)

    def grow(self, message_id: int, text: str) -> None:
        """Save a growing reply soon, without waiting; the newest text of each message wins."""
        with self._ready:
            if self._closing:
                raise RuntimeError("the store is closed")
            self._pending[message_id] = text
            self._asked = True
            self._ready.notify()

    def settle(
        self,
        message_id: int,
        text: str,
        finish: Finish,
        stats: Stats | None = None,
        model: str = "",
    ) -> Message:
        """Save a reply for good; a text that `grow` still has in hand is dropped."""
        with self._ready:
            self._pending.pop(message_id, None)
        try:
            self._settle(message_id, text, finish, stats, model)
        except UserError as problem:
            self._keep({message_id: text}, problem)
            raise
        with self._ready:
            self.problem = self.problem if self._pending else None
        return self._message(message_id)

    def thread(self, conversation: int, newest: int = _ALL) -> list[Message]:
        """The open branch, from its first message to its leaf; of a long one only the newest."""
        return [_told(row) for row in self._rows(_BRANCH, conversation, newest - 1)]

    def select(self, message_id: int) -> None:
        """Open this version's branch, down to its latest descendant."""
        with self._change() as db:
            query = "SELECT conversation FROM messages WHERE id = ?"
            row = db.execute(query, (message_id,)).fetchone()
            if row is None:
                raise KeyError(message_id)
            leaf = db.execute(_LATEST, (message_id, row[0])).fetchone()[0]
            db.execute("UPDATE conversations SET leaf = ? WHERE id = ?", (leaf, row[0]))

    def step(self, message_id: int, step: int) -> None:
        """Open the version that many places after this one; at the first and last nothing."""
        versions = self._rows(
            "SELECT s.id FROM messages m JOIN messages s ON s.conversation = m.conversation"
            " AND s.parent IS m.parent WHERE m.id = ? ORDER BY s.id",
            message_id,
        )
        place = versions.index((message_id,)) + step
        if 0 <= place < len(versions):
            self.select(versions[place][0])

    def close(self) -> None:
        """Commit what is growing, then let go of the file; a second call does nothing."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._writer.join(CLOSE_S)
        with self._lock:
            self._db.close()  # the last connection moves the -wal into the file

    # -- the open file ----------------------------------------------------------------------------

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        with self._lock, database.telling():
            return self._db.execute(sql, values).fetchall()

    def _message(self, message: int) -> Message:
        rows = self._rows(f"{_MESSAGE} FROM messages m WHERE m.id = ?", message)
        if not rows:
            raise KeyError(message)
        return _told(rows[0])

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock, database.changing(self._db):
            yield self._db

    def _settle(
        self, message: int, text: str, finish: Finish, stats: Stats | None, model: str
    ) -> None:
        told = None if stats is None else json.dumps(dataclasses.asdict(stats))
        with self._change() as db:
            db.execute(
                "UPDATE messages SET text = ?, finish = ?, stats = ?, model = ? WHERE id = ?",
                (clean(text), finish, told, clean(model), message),
            )
            db.execute(
                "UPDATE conversations SET updated = ?"
                " WHERE id = (SELECT conversation FROM messages WHERE id = ?)",
                (time.time(), message),
            )

    def _write(self) -> None:
        """The writer's thread: commit the newest texts until `close`."""
        db: sqlite3.Connection | None = None
        while texts := self._wait():
            try:
                db = db or database.connect(self.path)
                with database.changing(db):
                    db.executemany(_GROW, [(clean(text), id) for id, text in texts.items()])
                self.problem = None
            except UserError as problem:
                self._keep(texts, problem)
        if db:
            db.close()

    def _wait(self) -> dict[int, str]:
        """What is to be written; empty when there is nothing left and the store closes."""
        with self._ready:
            # After a problem the kept texts wait for the next `grow`, or they would spin here.
            self._ready.wait_for(lambda: (self._asked and self._pending) or self._closing)
            self._asked = False
            texts, self._pending = self._pending, {}
            return texts

    def _keep(self, texts: dict[int, str], problem: UserError) -> None:
        with self._ready:
            self.problem = problem
            if not self._closing:
                self._pending = texts | self._pending

    # -- opening ----------------------------------------------------------------------------------

    def _prepare(self, db: sqlite3.Connection) -> None:
        with database.telling():  # names every column: a sound file that is not ours has others
            db.execute("SELECT id, title, created, updated, deleted, leaf FROM conversations")
            db.execute(_BRANCH, (0, 0))
        try:
            with database.changing(db):
                _mark_interrupted(db)
                _purge(db)
        except database.DamagedError:
            raise
        except UserError as problem:  # a full disk: the old conversations can still be read
            self.problem = problem


def _mark_interrupted(db: sqlite3.Connection) -> None:
    """Tell which replies a crash cut off."""
    db.execute(
        "UPDATE messages SET finish = 'interrupted' WHERE finish IS NULL AND role = 'assistant'"
    )


def _purge(db: sqlite3.Connection) -> None:
    """Drop what was deleted more than 30 days ago."""
    old = "(SELECT id FROM conversations WHERE deleted < ?)"
    before = (time.time() - KEEP_DELETED_S,)
    db.execute(f"UPDATE conversations SET leaf = NULL WHERE id IN {old}", before)
    db.execute(f"DELETE FROM messages WHERE conversation IN {old}", before)
    db.execute("DELETE FROM conversations WHERE deleted < ?", before)


def last_used(path: Path | None = None) -> dict[str, float]:
    """Model -> second of its newest answer. Read only: a window may have the file open."""
    file = path or places.store_file()
    try:
        db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return {}
    with contextlib.closing(db), contextlib.suppress(sqlite3.Error):
        return dict(
            db.execute("SELECT model, max(created) FROM messages WHERE model != '' GROUP BY model")
        )
    return {}


def _told(row: tuple[Any, ...]) -> Message:
    role, text, number, parent, created, finish, stats, model, version, versions = row
    return Message(
        role, text, number, parent, created, finish, _stats(stats), model, version, versions
    )


def _stats(told: str | None) -> Stats | None:
    """Stats of this or another version; what does not fit is left out, not guessed."""
    try:
        return None if told is None else _rebuilt(json.loads(told))
    except (TypeError, ValueError, KeyError):
        return None


def _rebuilt(values: dict[str, Any]) -> Stats:
    tokens = tuple(
        Token(
            token["text"], token["chance"], tuple((one, chance) for one, chance in token["others"])
        )
        for token in values.pop("tokens", ())
    )
    return Stats(**values, tokens=tokens)
