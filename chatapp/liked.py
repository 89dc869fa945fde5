"""The answers that a person wants more of, out of their own chats, as training data.

Liked are answers marked as good, answers that were edited, and the one of several versions that
the person went on with; none that was marked as bad. A conversation is one example, in which only
the liked answers are learned. Knows nothing about models or windows.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from chatapp import tree
from chatapp.chat import UserError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from chatapp.chat import Message

# A version is chosen when the conversation went on from it and from none of the others.
_LIKED = """
SELECT m.id, c.system FROM messages m JOIN conversations c ON c.id = m.conversation
WHERE c.deleted IS NULL AND m.deleted IS NULL AND m.role = 'assistant' AND m.finish IS NOT NULL
    AND trim(m.text) != '' AND m.rating >= 0 AND (m.rating = 1 OR m.edited = 1 OR (
        EXISTS (SELECT 1 FROM messages n WHERE n.conversation = m.conversation
            AND n.parent = m.id AND n.role = 'user' AND n.deleted IS NULL)
        AND EXISTS (SELECT 1 FROM messages s WHERE s.conversation = m.conversation
            AND s.parent IS m.parent AND s.role = m.role AND s.deleted IS NULL AND s.id != m.id)
        AND NOT EXISTS (SELECT 1 FROM messages s JOIN messages n ON n.parent = s.id
            AND n.conversation = s.conversation WHERE s.conversation = m.conversation
            AND s.parent IS m.parent AND s.role = m.role AND s.deleted IS NULL AND s.id != m.id
            AND n.deleted IS NULL)))
ORDER BY m.id
"""


def rows(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Conversations in OpenAI's form, the oldest first; weight 0 marks what is only context."""
    liked: dict[int, str] = dict(db.execute(_LIKED).fetchall())
    threads = {number: tree.lineage(db, number) for number in liked}
    within = {m.id for number, thread in threads.items() for m in thread if m.id != number}
    ends = [number for number in liked if number not in within]
    return [_row(threads[number], liked[number], set(liked)) for number in ends]


def _row(thread: Sequence[Message], system: str, liked: set[int]) -> dict[str, Any]:
    turns: list[dict[str, Any]] = []
    if system.strip():
        turns.append({"role": "system", "content": system})
    for message in thread:
        if not message.text.strip():
            continue
        turn: dict[str, Any] = {"role": message.role, "content": message.text}
        if message.role == "assistant":
            turn["weight"] = int(message.id in liked)
        turns.append(turn)
    return {"messages": turns}


def pairs(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Each liked answer against each version of it that is not liked, the oldest first."""
    liked: dict[int, str] = dict(db.execute(_LIKED).fetchall())
    found = []
    for number, system in liked.items():
        *before, better = tree.lineage(db, number)
        head = [{"role": "system", "content": system}] if system.strip() else []
        prompt = head + [_turn(message) for message in before if message.text.strip()]
        for worse in tree.versions(db, number):
            told = worse.finish is not None and worse.text.strip()
            if told and worse.id not in liked and worse.text != better.text:
                both = {"chosen": [_turn(better)], "rejected": [_turn(worse)]}
                found.append({"prompt": prompt, **both})
    return found


def _turn(message: Message) -> dict[str, str]:
    return {"role": message.role, "content": message.text}


def write(found: Sequence[dict[str, Any]], folder: Path) -> Path:
    """A JSONL file of answers, readable by its owner alone. Raises UserError."""
    if not found:
        raise UserError(
            "No answer is marked as good yet.",
            "Press the thumb under answers that you like, or edit some; then come back.",
        )
    return _written(found, folder / time.strftime("my-chats-%Y%m%d-%H%M%S.jsonl"))


def write_pairs(found: Sequence[dict[str, Any]], folder: Path) -> Path:
    """The same of pairs. Raises UserError."""
    if not found:
        raise UserError(
            "No answer was preferred to another version of it yet.",
            "Choose among several answers, edit some, or press the thumb under the better version.",
        )
    return _written(found, folder / time.strftime("my-pairs-%Y%m%d-%H%M%S.jsonl"))


def _written(found: Sequence[dict[str, Any]], path: Path) -> Path:
    """A JSONL file named after the moment."""
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Choose another folder.",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    return path
