"""The tree of a conversation's messages, in SQL: a branch, its versions, and what changes them.

Every function takes an open connection and begins no transaction of its own. Nothing is erased: a
deleted message only counts for nothing, so that its words can come back. Knows nothing about files
or threads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatapp import accounts
from chatapp.chat import Message, clean

if TYPE_CHECKING:
    import sqlite3

    from chatapp.chat import Finish, Origin, Role, Stats

ALL = 1 << 31  # messages

# Versions are the siblings of one role: a question may wait below another one.
_SIBLINGS = """SELECT {what} FROM messages s WHERE s.conversation = m.conversation
    AND s.parent IS m.parent AND s.role = m.role AND s.deleted IS NULL"""
_MESSAGE = f"""
SELECT m.role, m.text, m.id, m.parent, m.created, m.finish, m.stats, m.model,
    ({_SIBLINGS.format(what="count(*)")} AND s.id <= m.id), ({_SIBLINGS.format(what="count(*)")}),
    m.edited, m.rating
"""
# A child is always younger than its parent: the comparison ends the walk in a damaged tree too.
_BRANCH = f"""
WITH RECURSIVE branch (id, parent, depth) AS (
    SELECT m.id, m.parent, 0 FROM messages m WHERE m.id = ?
    UNION ALL
    SELECT m.id, m.parent, depth + 1 FROM branch b JOIN messages m
        ON m.id = b.parent AND m.id < b.id AND depth < ?
)
{_MESSAGE} FROM branch b JOIN messages m ON m.id = b.id ORDER BY b.depth DESC
"""
_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT ? UNION SELECT m.id FROM below b JOIN messages m
        ON m.conversation = ? AND m.parent = b.id AND m.deleted IS NULL
)
"""
# Never what is still shown or has something below it: the bounds of the walk are the messages that
# must stay, and it goes up from them.
_PURGE = """
WITH RECURSIVE needed (id) AS (
    SELECT m.id FROM messages m WHERE m.deleted < :before AND (
        EXISTS (SELECT 1 FROM conversations c WHERE c.id = m.conversation AND c.leaf = m.id)
        OR EXISTS (SELECT 1 FROM messages n WHERE n.conversation = m.conversation
            AND n.parent = m.id AND (n.deleted IS NULL OR n.deleted >= :before)))
    UNION SELECT m.parent FROM needed d JOIN messages m ON m.id = d.id WHERE m.parent IS NOT NULL
)
DELETE FROM messages WHERE deleted < :before AND id NOT IN (SELECT id FROM needed)
"""
_FORK = """INSERT INTO conversations (title, created, updated, system, preset, knobs, adapter)
    SELECT ?, ?, ?, system, preset, knobs, adapter FROM conversations WHERE id = ?"""
_COPY = """INSERT INTO messages
    (conversation, parent, role, text, created, finish, stats, model, edited, rating)
    SELECT ?, ?, role, text, created, CASE role WHEN 'assistant'
        THEN coalesce(finish, 'interrupted') END, stats, model, edited, rating
    FROM messages WHERE id = ?"""


@dataclass(frozen=True, slots=True)
class Removed:
    """What `remove` took away, and where the branch ended before."""

    conversation: int
    messages: tuple[int, ...]
    leaf: int | None


def message(db: sqlite3.Connection, number: int) -> Message:
    """One message; KeyError when there is none."""
    row = db.execute(f"{_MESSAGE} FROM messages m WHERE m.id = ?", (number,)).fetchone()
    if row is None:
        raise KeyError(number)
    return _told(row)


def branch(db: sqlite3.Connection, conversation: int, newest: int = ALL) -> list[Message]:
    """The open branch, from its first message to its leaf; of a long one only the newest."""
    query = "SELECT leaf FROM conversations WHERE id = ?"
    leaf = db.execute(query, (conversation,)).fetchone()
    return lineage(db, leaf[0], newest) if leaf else []


def lineage(db: sqlite3.Connection, number: int | None, newest: int = ALL) -> list[Message]:
    """From the first message down to this one."""
    return [_told(row) for row in db.execute(_BRANCH, (number, newest - 1)).fetchall()]


def versions(db: sqlite3.Connection, number: int) -> list[Message]:
    """A message and its versions, the oldest first."""
    return [message(db, each) for each in _versions(db, number)]


def add(
    db: sqlite3.Connection, conversation: int, role: Role, text: str, parent: int | None
) -> int:
    """Append below `parent` and open that branch."""
    now = time.time()
    row = db.execute(
        "INSERT INTO messages (conversation, parent, role, text, created) VALUES (?, ?, ?, ?, ?)",
        (conversation, parent, role, clean(text), now),
    )
    _open(db, conversation, row.lastrowid)
    back = "UPDATE conversations SET updated = ?, archived = NULL WHERE id = ?"
    db.execute(back, (now, conversation))  # what is gone on with is not put away
    return row.lastrowid or 0


def grow(db: sqlite3.Connection, number: int, text: str) -> None:
    """Write the newest text of a reply that goes on; one that comes late replaces no settled one.

    Another window that opened the file took the reply for one that a crash had cut off.
    """
    db.execute(
        "UPDATE messages SET text = ?, finish = NULL WHERE id = ? AND role = 'assistant'"
        " AND coalesce(finish, 'interrupted') = 'interrupted'",
        (clean(text), number),
    )


def settle(
    db: sqlite3.Connection,
    number: int,
    text: str,
    finish: Finish,
    stats: Stats | None,
    model: str,
    origin: Origin | None,
) -> None:
    """Write a reply's end."""
    told = accounts.written(stats, origin)
    db.execute(
        "UPDATE messages SET text = ?, finish = ?, stats = ?, model = ? WHERE id = ?",
        (clean(text), finish, told, clean(model), number),
    )
    db.execute(
        "UPDATE conversations SET updated = ?"
        " WHERE id = (SELECT conversation FROM messages WHERE id = ?)",
        (time.time(), number),
    )


def reopen(db: sqlite3.Connection, number: int) -> None:
    """Let an answer grow again from the text it has."""
    db.execute("UPDATE messages SET finish = NULL WHERE id = ? AND role = 'assistant'", (number,))


def revise(db: sqlite3.Connection, number: int, text: str) -> int:
    """Another version, by the person's hand, and open it; an answer is marked as edited."""
    old = message(db, number)
    conversation = _conversation(db, number)
    new = add(db, conversation, old.role, text, old.parent)
    if old.role == "assistant":
        db.execute(
            "UPDATE messages SET edited = 1, finish = 'stop', model = ? WHERE id = ?",
            (old.model, new),
        )
    return new


def rate(db: sqlite3.Connection, number: int, rating: int) -> None:
    """Call an answer good (1), bad (-1) or neither (0)."""
    db.execute("UPDATE messages SET rating = ? WHERE id = ?", (rating, number))


def select(db: sqlite3.Connection, number: int) -> None:
    """Open this version's branch, down to its latest descendant."""
    conversation = _conversation(db, number)
    latest = f"{_BELOW} SELECT max(id) FROM below"
    _open(db, conversation, db.execute(latest, (number, conversation)).fetchone()[0])


def step(db: sqlite3.Connection, number: int, step: int) -> None:
    """Open the version that many places after this one; at the first and last nothing."""
    known = _versions(db, number)
    place = known.index(number) + step
    if 0 <= place < len(known):
        select(db, known[place])


def remove(db: sqlite3.Connection, number: int) -> Removed:
    """Take a message and what follows it away; a neighbouring version is opened, if there is one.

    `bring_back` undoes it.
    """
    gone = message(db, number)
    conversation = _conversation(db, number)
    known = _versions(db, number)
    below = [row[0] for row in db.execute(f"{_BELOW} SELECT id FROM below", (number, conversation))]
    query = "SELECT leaf FROM conversations WHERE id = ?"
    leaf = db.execute(query, (conversation,)).fetchone()[0]
    now = time.time()
    db.executemany("UPDATE messages SET deleted = ? WHERE id = ?", [(now, each) for each in below])
    place = known.index(number)
    if left := known[max(0, place - 1) : place] or known[place + 1 : place + 2]:
        select(db, left[0])
    else:
        _open(db, conversation, gone.parent)
    return Removed(conversation, tuple(below), leaf)


def bring_back(db: sqlite3.Connection, removed: Removed) -> None:
    """Undo `remove`, and open the branch that was open then."""
    gone = [(each,) for each in removed.messages]
    db.executemany("UPDATE messages SET deleted = NULL WHERE id = ?", gone)
    _open(db, removed.conversation, removed.leaf)


def take_out(db: sqlite3.Connection, number: int) -> None:
    """Take away this message alone: what follows it moves up."""
    gone = message(db, number)
    conversation = _conversation(db, number)
    db.execute("UPDATE messages SET parent = ? WHERE parent = ?", (gone.parent, number))
    db.execute("UPDATE messages SET deleted = ? WHERE id = ?", (time.time(), number))
    db.execute(
        "UPDATE conversations SET leaf = ? WHERE id = ? AND leaf = ?",
        (gone.parent, conversation, number),
    )


def move(db: sqlite3.Connection, number: int, parent: int) -> None:
    """Put a message and what follows it below another, older one."""
    db.execute("UPDATE messages SET parent = ? WHERE id = ?", (parent, number))


def fork(db: sqlite3.Connection, number: int, naming: str) -> int:
    """A new conversation with everything up to this message; `naming` has room for {title}."""
    now = time.time()
    old = _conversation(db, number)
    title = db.execute("SELECT title FROM conversations WHERE id = ?", (old,)).fetchone()[0]
    row = db.execute(_FORK, (clean(naming.format(title=title)), now, now, old))
    new = row.lastrowid or 0
    last: int | None = None
    for each in lineage(db, number):
        last = db.execute(_COPY, (new, last, each.id)).lastrowid
    _open(db, new, last)
    return new


def origin(db: sqlite3.Connection, number: int) -> Origin | None:
    """What an answer was made with; None when it was not kept."""
    row = db.execute("SELECT stats FROM messages WHERE id = ?", (number,)).fetchone()
    return accounts.read(row[0])[1] if row else None


def erase(db: sqlite3.Connection, conversation: int) -> None:
    """Delete a conversation for good, with the bytes that its words were written in."""
    db.execute("PRAGMA secure_delete = ON")
    db.execute("UPDATE conversations SET leaf = NULL WHERE id = ?", (conversation,))
    db.execute("DELETE FROM messages WHERE conversation = ?", (conversation,))
    db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))


def mark_interrupted(db: sqlite3.Connection) -> None:
    """Tell which replies a crash cut off."""
    db.execute(
        "UPDATE messages SET finish = 'interrupted' WHERE finish IS NULL AND role = 'assistant'"
    )


def purge(db: sqlite3.Connection, before: float) -> None:
    """Drop for good what was deleted before this second."""
    old = "(SELECT id FROM conversations WHERE deleted < ?)"
    db.execute(f"UPDATE conversations SET leaf = NULL WHERE id IN {old}", (before,))
    db.execute(f"DELETE FROM messages WHERE conversation IN {old}", (before,))
    db.execute("DELETE FROM conversations WHERE deleted < ?", (before,))
    db.execute(_PURGE, {"before": before})


def _versions(db: sqlite3.Connection, number: int) -> list[int]:
    query = f"""SELECT v.id FROM messages m JOIN messages v ON v.id IN
        ({_SIBLINGS.format(what="s.id")}) WHERE m.id = ? ORDER BY v.id"""
    return [row[0] for row in db.execute(query, (number,)).fetchall()]


def _open(db: sqlite3.Connection, conversation: int, leaf: int | None) -> None:
    db.execute("UPDATE conversations SET leaf = ? WHERE id = ?", (leaf, conversation))


def _conversation(db: sqlite3.Connection, number: int) -> int:
    row = db.execute("SELECT conversation FROM messages WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise KeyError(number)
    return int(row[0])


def _told(row: tuple[Any, ...]) -> Message:
    values = list(row)
    values[6] = accounts.read_stats(row[6]) if row[6] else None
    values[10] = bool(row[10])
    return Message(*values)
