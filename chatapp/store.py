"""Conversations and their trees of messages, kept in SQLite.

Knows nothing about Qt, torch or what a message means; the file itself is `database`'s, the tree's
SQL `tree`'s. `add` and `settle` are on the disk when they return; `grow` returns at once, and the
`writer`'s thread commits the newest text of each message.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import database, fleeting, liked, places, record_rows, tree
from chatapp.chat import Conversation, Manner, Message, Origin, Stats, UserError, clean
from chatapp.titles import retitled
from chatapp.writer import Ending, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatapp.chat import Finish, Role
    from chatapp.record import Record
    from chatapp.record_rows import Adopted

KEEP_DELETED_S = 30 * 24 * 3600


class Store:
    """The conversations of one file. Safe to call from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or make the file; raise UserError when it is locked, newer or not writable."""
        # SQLite keeps the -wal beside the file that a link leads to, and so do we.
        self.path = Path(os.path.realpath(path or places.store_file()))
        self._writer = Writer(self.path)
        self._lock = threading.RLock()  # one statement of ours at a time on `_db`
        # `damaged`: where an unreadable file was kept
        self._db, self.damaged = database.open_file(self.path, self._prepare)
        self._memory = fleeting.open_memory()  # of temporary chats
        self._closing = False
        self._version = 0  # of the file's content, as SQLite counts changes by others
        self.was_changed()

    @property
    def problem(self) -> UserError | None:
        """Why the newest text is not on the disk yet."""
        return self._writer.problem

    # -- conversations ----------------------------------------------------------------------------

    def conversations(self, archived: bool = False) -> list[Conversation]:
        """The temporary ones, then the others, the newest first; or those that were put away."""
        query = """SELECT id, title, updated, leaf, pinned FROM conversations
            WHERE deleted IS NULL AND (archived IS NOT NULL) = ? ORDER BY updated DESC, id DESC"""
        rows = self._rows(query, archived, of=fleeting.FIRST) + self._rows(query, archived)
        return [
            Conversation(number, title, updated, leaf, bool(pinned))
            for number, title, updated, leaf, pinned in rows
        ]

    def was_changed(self) -> bool:
        """Whether another connection has changed the file since this was last asked."""
        if self._closing:  # the system may tell a window that it is in front while it leaves
            return False
        version = int(self._rows("PRAGMA data_version")[0][0])
        changed, self._version = version != self._version, version
        return changed

    def deleted(self) -> list[Conversation]:
        """Those that can be restored, the last one first; `updated` is when it was deleted."""
        rows = self._rows(
            "SELECT id, title, deleted, leaf FROM conversations WHERE deleted IS NOT NULL"
            " ORDER BY deleted DESC, id DESC"
        )
        return [Conversation(*row) for row in rows]

    def new(self, title: str = "", temporary: bool = False) -> Conversation:
        """An empty conversation; a temporary one is never written to the disk."""
        now = time.time()
        title = clean(title)
        with self._change(fleeting.FIRST if temporary else 0) as db:
            row = db.execute(
                "INSERT INTO conversations (title, created, updated) VALUES (?, ?, ?)",
                (title, now, now),
            )
        return Conversation(row.lastrowid or 0, title, now)

    def keep(self, conversation: int) -> int:
        """Move a temporary conversation into the file, on the disk when it returns; its number."""
        with self._look(conversation) as db:
            record = record_rows.read(db, conversation)
        manner, draft = self.manner(conversation), self.draft(conversation)
        number = self.adopt(record).conversation
        self.set_manner(number, manner)
        self.set_draft(number, draft)
        with self._change(conversation) as db:
            tree.erase(db, conversation)
        return number

    def rename(self, conversation: int, title: str) -> None:
        """Give it another title; its place in the list stays."""
        with self._change(conversation) as db:
            db.execute(
                "UPDATE conversations SET title = ? WHERE id = ?", (clean(title), conversation)
            )

    def entitle(self, conversation: int, texts: Sequence[str]) -> None:
        """Name it after what these messages say, unless a person has named it."""
        with self._change(conversation) as db:
            query = "SELECT title FROM conversations WHERE id = ?"
            title = db.execute(query, (conversation,)).fetchone()[0]
            named = (retitled(title, texts), conversation)
            db.execute("UPDATE conversations SET title = ? WHERE id = ?", named)

    def delete(self, conversation: int) -> None:
        """Hide it; it can be restored for 30 days."""
        with self._change(conversation) as db:
            db.execute(
                "UPDATE conversations SET deleted = ? WHERE id = ?", (time.time(), conversation)
            )

    def restore(self, conversation: int) -> None:
        """Undo `delete`, and show it in the list."""
        back = "UPDATE conversations SET deleted = NULL, archived = NULL WHERE id = ?"
        with self._change(conversation) as db:
            db.execute(back, (conversation,))

    def erase(self, conversation: int) -> None:
        """Delete it for good, if it is deleted."""
        if conversation in {each.id for each in self.deleted()}:
            with self._change(conversation) as db:
                tree.erase(db, conversation)

    def pin(self, conversation: int, pinned: bool) -> None:
        """Let it stand above the others, or no more; its date stays."""
        with self._change(conversation) as db:
            row = (int(pinned), conversation)
            db.execute("UPDATE conversations SET pinned = ? WHERE id = ?", row)

    def archive(self, conversation: int, archived: bool) -> None:
        """Put it away from the list, or take it back; it is found as before."""
        with self._change(conversation) as db:
            row = (time.time() if archived else None, conversation)
            db.execute("UPDATE conversations SET archived = ? WHERE id = ?", row)

    def manner(self, conversation: int) -> Manner:
        """What it keeps of its own."""
        query = "SELECT system, preset, knobs, adapter FROM conversations WHERE id = ?"
        rows = self._rows(query, conversation, of=conversation)
        if not rows:
            raise KeyError(conversation)
        system, preset, changed, adapter = rows[0]
        try:
            return Manner(system, preset, tuple(json.loads(changed).items()), adapter)
        except (ValueError, AttributeError):  # damaged: the words matter, the knobs can be set anew
            return Manner(system, preset, adapter=adapter)

    def set_manner(self, conversation: int, manner: Manner) -> None:
        """Keep it with the conversation, whose place in the list stays."""
        words = (clean(manner.system), clean(manner.preset), json.dumps(dict(manner.knobs)))
        with self._change(conversation) as db:
            db.execute(
                "UPDATE conversations SET system = ?, preset = ?, knobs = ?, adapter = ?"
                " WHERE id = ?",
                (*words, clean(manner.adapter), conversation),
            )

    def liked(self) -> list[dict[str, Any]]:
        """What a person wants more of, as training data."""
        with self._aside() as db:
            return liked.rows(db)

    def preferred(self) -> list[dict[str, Any]]:
        """Liked answers against versions that are not, as `liked` tells them."""
        with self._aside() as db:
            return liked.pairs(db)

    def draft(self, conversation: int) -> str:
        """What was written there and not sent, as it was given to `set_draft`."""
        query = "SELECT draft FROM conversations WHERE id = ?"
        rows = self._rows(query, conversation, of=conversation)
        return str(rows[0][0]) if rows else ""

    def set_draft(self, conversation: int, draft: str) -> None:
        """Keep it; the conversation's place in the list stays."""
        with self._change(conversation) as db:
            db.execute(
                "UPDATE conversations SET draft = ? WHERE id = ?", (clean(draft), conversation)
            )

    # -- messages ---------------------------------------------------------------------------------

    def add(self, conversation: int, role: Role, text: str, parent: int | None) -> Message:
        """Append below `parent` and open that branch. On the disk when it returns."""
        with self._change(conversation) as db:
            return tree.message(db, tree.add(db, conversation, role, text, parent))

    def add_answers(
        self, conversation: int, parent: int | None, count: int, text: str = ""
    ) -> list[Message]:
        """So many versions of one answer, which begin with this text, and open the first."""
        with self._change(conversation) as db:
            made = [tree.add(db, conversation, "assistant", text, parent) for _ in range(count)]
            tree.select(db, made[0])
            return [tree.message(db, each) for each in made]

    def reopen(self, message_id: int) -> None:
        """Let an answer grow again from the text it has."""
        with self._change(message_id) as db:
            tree.reopen(db, message_id)

    def grow(self, message_id: int, text: str) -> None:
        """Save a growing reply soon, without waiting; the newest text of each message wins."""
        if not fleeting.is_fleeting(message_id):
            self._writer.grow(message_id, text)
            return
        with self._change(message_id) as db:
            tree.grow(db, message_id, text)

    def settle(
        self,
        message_id: int,
        text: str,
        finish: Finish,
        stats: Stats | None = None,
        model: str = "",
        origin: Origin | None = None,
    ) -> Message:
        """Save a reply for good; a text that `grow` still has in hand is dropped.

        Raises UserError when the disk refuses it; the writer then tries again until it is there.
        """
        ending = Ending(text, finish, stats, model, origin)
        self._writer.drop(message_id)
        try:
            with self._change(message_id) as db:
                ending.write(db, message_id)
        except UserError as problem:
            self._writer.refuse(message_id, ending, problem)
            raise
        self._writer.relieve()
        with self._look(message_id) as db:
            return tree.message(db, message_id)

    def thread(self, conversation: int, newest: int = tree.ALL) -> list[Message]:
        """The open branch, from its first message to its leaf; of a long one only the newest."""
        with self._look(conversation) as db:
            return tree.branch(db, conversation, newest)

    def lineage(self, message_id: int) -> list[Message]:
        """From the first message down to this one, whichever branch is open."""
        with self._look(message_id) as db:
            return tree.lineage(db, message_id)

    def versions(self, message_id: int) -> list[Message]:
        """A message and its versions, the oldest first."""
        with self._look(message_id) as db:
            return tree.versions(db, message_id)

    def origin(self, message_id: int) -> Origin | None:
        """What an answer was made with; None when it was not kept."""
        with self._look(message_id) as db:
            return tree.origin(db, message_id)

    def holds(self, message_id: int) -> bool:
        """Whether this message is there and not deleted."""
        query = "SELECT 1 FROM messages WHERE id = ? AND deleted IS NULL"
        return bool(self._rows(query, message_id, of=message_id))

    def select(self, message_id: int) -> None:
        """Open this version's branch, down to its latest descendant."""
        with self._change(message_id) as db:
            tree.select(db, message_id)

    def step(self, message_id: int, step: int) -> None:
        """Open the version that many places after this one; at the first and last nothing."""
        with self._change(message_id) as db:
            tree.step(db, message_id, step)

    def revise(self, message_id: int, text: str) -> Message:
        """Another version, by the person's hand, and open it; the old one stays."""
        with self._change(message_id) as db:
            return tree.message(db, tree.revise(db, message_id, text))

    def rate(self, message_id: int, rating: int) -> Message:
        """Call an answer good (1), bad (-1) or neither (0)."""
        with self._change(message_id) as db:
            tree.rate(db, message_id, rating)
            return tree.message(db, message_id)

    def remove(self, message_id: int) -> tree.Removed:
        """Take a message and what follows it away, for `bring_back` or 30 days."""
        with self._change(message_id) as db:
            return tree.remove(db, message_id)

    def bring_back(self, removed: tree.Removed) -> None:
        """Undo `remove`."""
        with self._change(removed.conversation) as db:
            tree.bring_back(db, removed)

    def take_out(self, message_id: int) -> None:
        """Take away this message alone: what follows it moves up."""
        with self._change(message_id) as db:
            tree.take_out(db, message_id)

    def move(self, message_id: int, parent: int) -> None:
        """Put a message and what follows it below another, older one."""
        with self._change(message_id) as db:
            tree.move(db, message_id, parent)

    def fork(self, message_id: int, naming: str = "{title}") -> int:
        """A new conversation with everything up to this message."""
        with self._change(message_id) as db:
            return tree.fork(db, message_id, naming)

    # -- whole conversations, to and from files ---------------------------------------------------

    def record(self, conversation: int) -> Record:
        """All of it as a value; KeyError when there is none of that number."""
        with self._look(conversation) as db:
            return record_rows.read(db, conversation)

    def known(self, records: Sequence[Record]) -> frozenset[int]:
        """Places of those that seem to be here already."""
        with self._look() as db:
            return record_rows.known(db, records)

    def adopt(self, record: Record) -> Adopted:
        """Add a conversation from a file; `discard` undoes it."""
        return self.adopt_all([record])[0]

    def adopt_all(self, records: Sequence[Record]) -> list[Adopted]:
        """Add all of them, or none."""
        with self._change() as db:
            return [record_rows.write(db, record) for record in records]

    def discard(self, adopted: Adopted) -> bool:
        """Take it out for good, unless it was gone on with; whether it is gone."""
        with self._change() as db:
            return record_rows.discard(db, adopted)

    def close(self) -> None:
        """Commit what is growing, then let go of the file; a second call does nothing."""
        self._closing = True
        self._writer.close()
        with self._lock:
            self._memory.close()
            self._db.close()  # the last connection moves the -wal into the file

    # -- the open file ----------------------------------------------------------------------------

    def _home(self, number: int) -> sqlite3.Connection:
        """Where the conversation, or the message, of this number is."""
        return self._memory if fleeting.is_fleeting(number) else self._db

    def _rows(self, sql: str, *values: Any, of: int = 0) -> list[Any]:
        with self._lock, database.telling():
            return self._home(of).execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _look(self, number: int = 0) -> Iterator[sqlite3.Connection]:
        with self._lock, database.telling():
            yield self._home(number)

    @contextlib.contextmanager
    def _aside(self) -> Iterator[sqlite3.Connection]:
        """The file as it is now, for a long look that keeps nobody waiting."""
        with contextlib.closing(database.visit(self.path)) as db, database.telling():
            db.execute("BEGIN")
            yield db

    @contextlib.contextmanager
    def _change(self, number: int = 0) -> Iterator[sqlite3.Connection]:
        db = self._home(number)
        with self._lock, database.changing(db):
            yield db

    # -- opening ----------------------------------------------------------------------------------

    def _prepare(self, db: sqlite3.Connection) -> None:
        with database.telling():  # names every column: a sound file that is not ours has others
            db.execute("SELECT id, title, created, updated, deleted, leaf FROM conversations")
            tree.lineage(db, 0)
        try:
            with database.changing(db):
                tree.mark_interrupted(db)
                tree.purge(db, time.time() - KEEP_DELETED_S)
        except database.DamagedError:
            raise
        except UserError as problem:  # a full disk: the old conversations can still be read
            self._writer.problem = problem


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
