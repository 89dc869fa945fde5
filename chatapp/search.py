"""Looks for words in all conversations, by an index that can be thrown away.

The index is a file of its own beside the chat file, so that saving an answer never waits for it
and damage to it loses nothing. The chat file keeps a log of the messages that changed; `catch_up`
works it off in small steps. What is indexed is what a person reads: without reasoning, width,
case and composition of letters made equal. Words of three characters and more are found by their
trigrams; of a shorter word, whose trigrams nobody asked for, by every trigram that begins with it.

Knows nothing about threads: one at a time may use it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp import database
from chatapp.chat import UserError
from chatapp.thoughts import answer
from chatapp.words import around, fold, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chatapp.chat import Role
    from chatapp.words import Spans

VERSION = 1  # of the index; another one is made anew
MOST = 100  # hits that are told
STEP = 200  # messages that are indexed at once
NEW = 2_000  # messages that are read through before a short word is looked up
BUDGET_S = 0.05  # of catching up before a search answers
TRIGRAM = 3
_END = "\n\n"  # behind each text, so that its last letters begin a trigram too
_TABLES = (
    "CREATE TABLE mark (mark TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'trigram case_sensitive 1')",
)
_TEXTS = "SELECT id, role, text FROM messages WHERE deleted IS NULL AND role != 'system'"
_ROWS = """
SELECT m.id, m.conversation, m.role, m.text, m.created, c.title, c.archived
FROM messages m JOIN conversations c ON c.id = m.conversation
WHERE m.deleted IS NULL AND c.deleted IS NULL AND m.role != 'system'
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where all the words stand: in a message, or in a title (`message` = 0)."""

    conversation: int
    title: str
    message: int = 0
    role: Role = "user"
    moment: float = 0.0  # seconds since the epoch
    line: str = ""  # of the message, around the first word
    spans: Spans = ()  # where words stand in the line, or in the title
    archived: bool = False  # its conversation is put away


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found: titles first, then messages, the newest first."""

    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    more: bool = False  # than are told
    waiting: int = 0  # messages that are not indexed yet


class Search:
    """The words of one chat file."""

    def __init__(self, chats: Path) -> None:
        """Nothing is opened before it is used."""
        self._path = chats
        self.index = chats.with_name(chats.name + ".search")
        self._lock = threading.Lock()  # against `close` only
        self._chats: sqlite3.Connection | None = None
        self._index: sqlite3.Connection | None = None
        self._plain = False  # there are no trigrams: every message is read through
        self._closed = False

    def find(self, asked: str) -> Hits:
        """Where all these words stand. Raises UserError when the chat file cannot be read."""
        words = split(asked)
        with self._lock, database.telling():
            if not words or self._closed:
                return Hits(words, ())
            try:
                return self._find(words)
            except sqlite3.DatabaseError:
                self._drop()  # if it was the index, the next one is sound
                return self._find(words)

    def catch_up(self) -> Iterator[None]:
        """Index what changed, a small step at a time, until nothing is left."""
        more = True
        while more:
            with self._lock:
                more = not self._closed and self._caught()
            yield

    def close(self) -> None:
        """Let go of both files."""
        with self._lock:
            self._closed = True
            for db in (self._chats, self._index):
                if db:
                    db.close()

    # -- the index --------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        if self._chats is None:
            self._chats = database.visit(self._path, changing=True)
        if self._index is None and not self._plain:
            self._index = self._opened(self._chats)
            self._plain = self._index is None
        return self._chats

    def _opened(self, chats: sqlite3.Connection) -> sqlite3.Connection | None:
        """The index of this chat file, made anew where it is damaged, older or another file's.

        None where SQLite has no trigrams.
        """
        mark = chats.execute("SELECT mark FROM search").fetchone()[0]
        with contextlib.suppress(sqlite3.Error, UserError):
            return self._sound(mark, chats)
        self._remove()
        with database.changing(chats):
            chats.execute("DELETE FROM changed")
            chats.execute("INSERT INTO changed (message) SELECT id FROM messages ORDER BY id DESC")
        with contextlib.suppress(sqlite3.Error, UserError):
            self._make(mark)
            return self._sound(mark, chats)
        self._remove()
        chats.execute("DELETE FROM changed")
        return None

    def _sound(self, mark: str, chats: sqlite3.Connection) -> sqlite3.Connection:
        """Open what is there; raises sqlite3.Error when it is not our index of these chats."""
        if not self.index.exists():
            raise sqlite3.OperationalError
        db = database.connect(self.index)
        try:
            if not self._fits(db, mark, chats):
                raise sqlite3.OperationalError
            db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, instance)")
        except BaseException:
            db.close()
            raise
        return db

    def _fits(self, db: sqlite3.Connection, mark: str, chats: sqlite3.Connection) -> bool:
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            return False
        newest = db.execute("SELECT max(rowid) FROM words").fetchone()[0] or 0
        query = "SELECT seq FROM sqlite_sequence WHERE name = 'messages'"
        last = (chats.execute(query).fetchone() or (0,))[0]
        return bool(db.execute("SELECT mark FROM mark").fetchone() == (mark,) and newest <= last)

    def _make(self, mark: str) -> None:
        """An empty index."""
        with contextlib.closing(database.connect(self.index)) as db:
            with contextlib.suppress(OSError):
                self.index.chmod(0o600)
            db.execute("PRAGMA journal_mode = WAL")
            for statement in _TABLES:
                db.execute(statement)
            db.execute("INSERT INTO mark VALUES (?)", (mark,))
            db.execute(f"PRAGMA user_version = {VERSION}")

    def _drop(self) -> None:
        """Throw the index away; it is made again when it is needed."""
        if self._index:
            self._index.close()
            self._index = None
            self._remove()

    def _caught(self) -> bool:
        """One step; damage of the index throws it away, and other trouble waits."""
        try:
            self._open()
            return self._step()
        except (sqlite3.DatabaseError, UserError):
            self._drop()
            return False

    def _remove(self) -> None:
        for side in ("", *database.SIDES):
            with contextlib.suppress(OSError):
                os.unlink(f"{self.index}{side}")

    def _step(self) -> bool:
        """Index the next few messages; whether there were any."""
        chats, index = self._chats, self._index
        if chats is None or index is None:
            return False
        query = "SELECT place, message FROM changed ORDER BY place LIMIT ?"
        rows = chats.execute(query, (STEP,)).fetchall()
        if not rows:
            return False
        numbers = {message for _, message in rows}
        some = ",".join(map(str, numbers))
        texts = chats.execute(f"{_TEXTS} AND id IN ({some})").fetchall()
        with database.changing(index):
            index.execute(f"DELETE FROM words WHERE rowid IN ({some})")
            index.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)",
                [(number, fold(_read(role, text)) + _END) for number, role, text in texts],
            )
        with database.changing(chats):  # after it is in the index for good
            chats.execute("DELETE FROM changed WHERE place <= ?", (rows[-1][0],))
        return True

    def _waiting(self, chats: sqlite3.Connection) -> int:
        if self._index is None:
            return 0
        return int(chats.execute("SELECT count(*) FROM changed").fetchone()[0])

    # -- finding ----------------------------------------------------------------------------------

    def _find(self, words: tuple[str, ...]) -> Hits:
        chats = self._open()
        until = time.monotonic() + BUDGET_S
        while time.monotonic() < until and self._step():
            pass
        found = list(itertools.islice(self._messages(chats, words), MOST + 1))
        hits = sorted(found[:MOST], key=lambda hit: -hit.moment)
        titles = self._titles(chats, words)[:MOST]
        return Hits(words, (*titles, *hits), len(found) > MOST, self._waiting(chats))

    def _messages(self, chats: sqlite3.Connection, words: tuple[str, ...]) -> Iterator[Hit]:
        """The messages that hold all the words, about the newest first."""
        numbers = self._candidates(chats, words)
        while some := list(itertools.islice(numbers, STEP)):
            listed = ",".join(map(str, some))
            rows = {row[0]: row for row in chats.execute(f"{_ROWS} AND m.id IN ({listed})")}
            for number in some:
                if row := rows.get(number):
                    _, conversation, role, text, moment, title, archived = row
                    if found := around(_read(role, text), words):
                        away = archived is not None
                        yield Hit(conversation, title, number, role, moment, *found, away)

    def _candidates(self, chats: sqlite3.Connection, words: tuple[str, ...]) -> Iterator[int]:
        """Numbers of messages that may hold all the words, each once."""
        long = [word for word in words if len(word) >= TRIGRAM]
        if self._index is None:
            yield from _all(chats)
        elif long:
            wanted = " ".join('"' + word.replace('"', '""') + '"' for word in long)
            query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC"
            yield from (row[0] for row in self._index.execute(query, (wanted,)))
        else:
            # A common word is in the newest messages often enough; a rare one has few trigrams.
            newest = list(itertools.islice(_all(chats), NEW))
            yield from newest
            if len(newest) == NEW:
                yield from self._beginning(max(words, key=len), before=newest[-1])

    def _beginning(self, word: str, before: int) -> list[int]:
        """The older messages with a trigram that begins with this word."""
        assert self._index is not None
        query = "SELECT DISTINCT doc FROM temp.terms WHERE term >= ? AND term < ? AND doc < ?"
        rows = self._index.execute(query, (word, word + "\U0010ffff", before))
        return sorted((row[0] for row in rows), reverse=True)

    def _titles(self, chats: sqlite3.Connection, words: tuple[str, ...]) -> list[Hit]:
        query = "SELECT id, title, updated, archived FROM conversations WHERE deleted IS NULL"
        return [
            Hit(number, title, moment=updated, spans=place[1], archived=archived is not None)
            for number, title, updated, archived in chats.execute(f"{query} ORDER BY updated DESC")
            if (place := around(title, words))
        ]


def _all(chats: sqlite3.Connection) -> Iterator[int]:
    return (row[0] for row in chats.execute("SELECT id FROM messages ORDER BY id DESC"))


def _read(role: str, text: str) -> str:
    """What a person reads of a message."""
    return answer(text) if role == "assistant" else text
