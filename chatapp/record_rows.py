"""A whole conversation to and from the rows of the chat file.

Works on a connection that somebody else opened and guards. Knows nothing about files or formats.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatapp import accounts, tree
from chatapp.chat import Manner, clean
from chatapp.record import Node, Record

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

BATCH = 500  # messages; a transaction costs as much as a hundred of them
_ROOT = """
SELECT title, created, updated, leaf, pinned, system, preset, knobs FROM conversations WHERE id = ?
"""
_NODES = """
SELECT id, parent, role, text, created, finish, stats, model, edited, rating
FROM messages WHERE conversation = ? AND deleted IS NULL ORDER BY id
"""
_ADD_ROOT = """
INSERT INTO conversations (title, created, updated, pinned, system, preset, knobs)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_ADD_NODE = """
INSERT INTO messages (conversation, parent, role, text, created, finish, stats, model, edited,
    rating) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A conversation that came from a file, and its newest message then."""

    conversation: int
    newest: int  # 0 = it has none


def read(db: sqlite3.Connection, conversation: int) -> Record:
    """All of it that is not deleted; raises KeyError when there is none of that number."""
    root = db.execute(_ROOT, (conversation,)).fetchone()
    if root is None:
        raise KeyError(conversation)
    title, created, updated, leaf, pinned, system, preset, changed = root
    places: dict[int | None, int | None] = {None: None}
    nodes: list[Node] = []
    for number, parent, role, text, *rest in db.execute(_NODES, (conversation,)):
        if parent in places:  # else what it answers is deleted, and it with that
            places[number] = len(nodes)
            made, finish, stats, model, edited, rating = rest
            if role == "assistant":
                finish = finish or "interrupted"  # it is still being written
            nodes.append(
                Node(role, text, places[parent], made, finish, *accounts.read(stats), model,
                     bool(edited), rating)
            )  # fmt: skip
    manner = Manner(system, preset, knobs(changed))
    last = len(nodes) - 1 if nodes else None
    return Record(
        title, tuple(nodes), places.get(leaf, last) if leaf else None, created, updated,
        bool(pinned), manner,
    )  # fmt: skip


def knobs(changed: str) -> tuple[tuple[str, Any], ...]:
    """What the column holds; nothing where it is damaged."""
    try:
        return tuple(json.loads(changed).items())
    except (ValueError, AttributeError, RecursionError):
        return ()


def write(db: sqlite3.Connection, record: Record) -> Adopted:
    """Add it as a conversation of its own, inside the caller's transaction."""
    now = time.time()
    manner = record.manner
    own = (clean(manner.system), clean(manner.preset), json.dumps(dict(manner.knobs)))
    created = record.created or record.updated or now
    row = (clean(record.title), created, record.updated or created, int(record.pinned), *own)
    conversation = db.execute(_ADD_ROOT, row).lastrowid or 0
    numbers: list[int] = []
    for node in record.nodes:
        stats = accounts.written(node.stats, node.origin)
        finish = node.finish or ("stop" if node.role == "assistant" else None)
        parent = None if node.parent is None else numbers[node.parent]
        about = (finish, stats, clean(node.model), int(node.edited), node.rating)
        given = (conversation, parent, node.role, clean(node.text), node.created or created, *about)
        numbers.append(db.execute(_ADD_NODE, given).lastrowid or 0)
    if record.leaf is not None:
        leaf = (numbers[record.leaf], conversation)
        db.execute("UPDATE conversations SET leaf = ? WHERE id = ?", leaf)
    return Adopted(conversation, numbers[-1] if numbers else 0)


def known(db: sqlite3.Connection, records: Sequence[Record]) -> frozenset[int]:
    """Places of those that began in the same moment as one that is there and not deleted."""
    query = "SELECT created FROM conversations WHERE deleted IS NULL"
    begun = {row[0] for row in db.execute(query)}
    return frozenset(
        place for place, each in enumerate(records) if each.created and each.created in begun
    )


def batches(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The same in transactions that hold nobody up for long."""
    batch: list[Record] = []
    messages = 0
    for record in records:
        batch.append(record)
        messages += len(record.nodes)
        if messages >= BATCH:
            yield batch
            batch, messages = [], 0
    if batch:
        yield batch


def discard(db: sqlite3.Connection, adopted: Adopted) -> bool:
    """Take it out again for good, unless it was gone on with; whether it is gone."""
    number = adopted.conversation
    newest = "SELECT coalesce(max(id), 0) FROM messages WHERE conversation = ?"
    if db.execute(newest, (number,)).fetchone()[0] != adopted.newest:
        return False
    tree.erase(db, number)
    return True
