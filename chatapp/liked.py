"""The answers that a person wants more of, out of their own chats, as training data.

Liked are answers marked as good, answers that were edited, and the one of several versions that
the person went on with; none that was marked as bad. A conversation is one example, in which only
the liked answers are learned. Knows nothing about models or windows.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from chatapp.chat import UserError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# A version is chosen when the conversation went on from it and from none of the others.
_LIKED = """
SELECT m.id, m.conversation, c.system FROM messages m JOIN conversations c ON c.id = m.conversation
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
_ALL = """SELECT id, conversation, parent, role, text, finish IS NULL OR deleted IS NOT NULL
    FROM messages WHERE conversation = ? ORDER BY id"""


class _Told(NamedTuple):
    """A message, as far as it matters here."""

    id: int
    conversation: int
    parent: int | None
    role: str
    text: str
    ignored: bool  # deleted, or not whole

    @property
    def turn(self) -> dict[str, Any]:
        return {"role": self.role, "content": self.text}


class _Chats:
    """Each conversation with a liked answer, read once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        found = db.execute(_LIKED).fetchall()
        self.systems: dict[int, str] = {number: system for number, _, system in found}
        self._known: dict[int, _Told] = {}
        self._versions: dict[tuple[int, int | None, str], list[_Told]] = {}
        for chat in dict.fromkeys(chat for _, chat, _ in found):
            for told in map(_Told._make, db.execute(_ALL, (chat,))):
                self._known[told.id] = told
                self._versions.setdefault((chat, told.parent, told.role), []).append(told)

    def above(self, number: int) -> Iterator[int]:
        """The messages before this one, the nearest first."""
        # A child is always younger than its parent: this ends the walk in a damaged tree too.
        while (parent := self._known[number].parent) in self._known and parent < number:
            yield parent
            number = parent

    def thread(self, number: int) -> list[_Told]:
        """From the first message down to this one."""
        numbers = (number, *self.above(number))
        return [self._known[each] for each in reversed(numbers)]

    def worse(self, number: int) -> list[_Told]:
        """Its versions that say something else and are not liked, the oldest first."""
        better = self._known[number]
        return [
            each
            for each in self._versions[better.conversation, better.parent, better.role]
            if not each.ignored and each.text.strip()
            if each.id not in self.systems and each.text != better.text
        ]


def rows(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Conversations in OpenAI's form, the oldest first; weight 0 marks what is only context."""
    chats = _Chats(db)
    within: set[int] = set()
    for number in chats.systems:
        for above in chats.above(number):
            if above in within:  # and so is all above it
                break
            within.add(above)
    ends = [number for number in chats.systems if number not in within]
    return [_row(chats.thread(number), chats.systems) for number in ends]


def _row(thread: Sequence[_Told], liked: Mapping[int, str]) -> dict[str, Any]:
    turns = _head(liked[thread[-1].id])
    for told in thread:
        if told.text.strip():
            weight = {"weight": int(told.id in liked)} if told.role == "assistant" else {}
            turns.append(told.turn | weight)
    return {"messages": turns}


def _head(system: str) -> list[dict[str, Any]]:
    return [{"role": "system", "content": system}] if system.strip() else []


def pairs(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Each liked answer against each version of it that is not liked, the oldest first."""
    chats = _Chats(db)
    found = []
    for number, system in chats.systems.items():
        if not (others := chats.worse(number)):
            continue
        *before, better = chats.thread(number)
        prompt = _head(system) + [told.turn for told in before if told.text.strip()]
        found += [
            {"prompt": prompt, "chosen": [better.turn], "rejected": [worse.turn]}
            for worse in others
        ]
    return found


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
