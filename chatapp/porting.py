"""Export and import from the command line, beside a window that may have the chat file open.

An export only reads. An import adds a few conversations in each transaction, so that a
window waits for none of them long; it touches nothing that is there. Knows nothing about the
window.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import database, exchange, foreign, places, record_rows
from chatapp.chat import UserError

if TYPE_CHECKING:
    import argparse
    import sqlite3
    from collections.abc import Iterator


_LIST = """
SELECT id, title, updated, (SELECT count(*) FROM messages m
    WHERE m.conversation = c.id AND m.deleted IS NULL)
FROM conversations c WHERE deleted IS NULL ORDER BY updated DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import added, or would add."""

    conversations: int
    messages: int
    known: int  # left out, because they are here already
    problems: tuple[str, ...]


def export(options: argparse.Namespace) -> int:
    """The command `export`: to standard output or to a file."""
    if options.list:
        _show(_rows() if _file().exists() else [], options.json)
        return 0
    form = options.format or _form(options.out)
    pieces = _pieces(form, options.thoughts, options.conversation, options.all)
    if options.out != "-":
        exchange.save(Path(options.out).absolute(), pieces)
        return 0
    for piece in pieces:
        sys.stdout.buffer.write(piece.encode())
    return 0


def bring(options: argparse.Namespace) -> int:
    """The command `import`."""
    path = Path(options.file).absolute()
    brought = _brought(path, options.format, options.dry_run, options.again)
    if options.json:
        print(foreign.as_json(dataclasses.asdict(brought)))
        return 0
    for problem in brought.problems:
        print(problem, file=sys.stderr)
    verb = "Would add" if options.dry_run else "Added"
    chats, texts = _many(brought.conversations, "conversation"), _many(brought.messages, "message")
    print(f"{verb} {chats} with {texts}.")
    if brought.known:
        print(f"Here already: {brought.known}; --again adds them once more.")
    return 0


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(foreign.as_json(rows))
        return
    if not rows:
        print("There are no chats on this computer yet.", file=sys.stderr)
    for row in rows:
        day = time.strftime("%Y-%m-%d", time.localtime(row["updated"]))
        print(f"{row['id']:6}  {day}  {row['messages']:5}  {row['title']}")


def _rows() -> list[dict[str, Any]]:
    """Every conversation, the newest first."""
    with _reading() as db, database.telling():
        return [
            {"id": number, "title": title, "updated": updated, "messages": messages}
            for number, title, updated, messages in db.execute(_LIST)
        ]


def _form(out: str) -> str:
    """The form that a file's ending stands for; Markdown where it stands for none."""
    ending = Path(out).suffix.lower()
    return next((form for form, (end, _) in exchange.OUT.items() if end == ending), "markdown")


def _pieces(form: str, thoughts: bool, wanted: int | None, every: bool) -> Iterator[str]:
    """The exported text: one conversation (None = the newest), or all. Raises UserError."""
    with _reading() as db, database.telling():
        numbers = [row[0] for row in db.execute(_LIST)]
        if not numbers:
            raise UserError("There are no chats on this computer yet.", "Start one in the window.")
        if wanted is not None and wanted not in numbers:
            raise UserError(
                "There is no chat with the number {number}.",
                "See the numbers with 'chatapp export --list'.",
                number=wanted,
            )
        chosen = numbers if every else [numbers[0] if wanted is None else wanted]
        records = (record_rows.read(db, number) for number in chosen)
        yield from exchange.pieces(records, form, thoughts)


def _brought(path: Path, form: str, dry: bool, again: bool) -> Brought:
    """Add what the file holds; `dry` = only look, `again` = also what is here already."""
    offer = exchange.offer(exchange.read(path, form))
    problems = tuple(str(problem) for problem in offer.problems)
    if not offer.records:
        why = problems[0] if problems else ""
        raise UserError(
            "{file} holds no conversation that can be read. {why}",
            "Choose another file, or name its form with --format.",
            file=foreign.shown(path.name),
            why=why.removesuffix(" The rest can be imported."),
        )
    new = list(offer.records)
    if not dry or _file().exists():
        with contextlib.closing(database.visit(_file(), changing=not dry)) as db:
            with database.telling():
                known = frozenset() if again else record_rows.known(db, new)
            new = [record for place, record in enumerate(new) if place not in known]
            for batch in () if dry else record_rows.batches(new):
                with database.changing(db):
                    for record in batch:
                        record_rows.write(db, record)
    messages = sum(len(record.nodes) for record in new)
    return Brought(len(new), messages, len(offer.records) - len(new), problems)


def _file() -> Path:
    return Path(os.path.realpath(places.store_file()))


@contextlib.contextmanager
def _reading() -> Iterator[sqlite3.Connection]:
    """One moment of the file, whatever a window writes meanwhile."""
    with contextlib.closing(database.visit(_file())) as db:
        with database.telling():
            db.isolation_level = None
            db.execute("BEGIN")
        yield db
