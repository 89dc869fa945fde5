"""Temporary chats: a database in memory, with numbers that no chat of the file has.

Nothing of it reaches the disk: no file, no journal, no index of the search, no backup. It is gone
when it is closed. Knows nothing about messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatapp import database

if TYPE_CHECKING:
    import sqlite3

FIRST = 1 << 30  # a file would need a billion messages to come so far; Qt's numbers go to 2^31


def is_fleeting(number: int) -> bool:
    """Whether the conversation, or the message, of this number is temporary."""
    return number >= FIRST


def open_memory() -> sqlite3.Connection:
    """Empty tables, as the chat file has them."""
    db = database.in_memory()
    for table in ("conversations", "messages"):
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, FIRST))
    return db
