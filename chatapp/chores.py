"""What the window has done with chats and files elsewhere: each is a generator of Events.

Only the worker's thread imports what that needs, since none of it may delay the first paint. Knows
nothing about threads or widgets.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp.chat import Found, Progress, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chatapp.chat import Event
    from chatapp.record import LeftOut, Record
    from chatapp.record_rows import Adopted
    from chatapp.store import Store

ENDINGS = {"markdown": ".md", "html": ".html", "json": ".json", "openai": ".jsonl", "text": ".txt"}


@dataclass(frozen=True, slots=True)
class Look:
    """What a file would add. `known` are the places of the records that seem to be here already."""

    name: str
    records: tuple[Record, ...]
    known: frozenset[int]
    problems: tuple[LeftOut, ...]


def look(store: Store, path: Path) -> Iterator[Event]:
    """Found: one Look. Raises UserError when the file holds nothing that can be read."""
    from chatapp import exchange, foreign

    found = []
    for each in exchange.read(path):
        found.append(each)
        yield Progress("file", len(found), 0)
    offer = exchange.offer(found)
    name = foreign.shown(path.name)
    if not offer.records:
        if offer.problems:
            problem = offer.problems[0]
            raise UserError(problem.sentence, "Choose another file.", **problem.values)
        raise UserError("{file} holds no conversation.", "Choose another file.", file=name)
    yield Found((Look(name, offer.records, store.known(offer.records), offer.problems),))


def adopt(store: Store, records: Sequence[Record]) -> Iterator[Event]:
    """Found: an Adopted for each; many transactions, so that nobody waits long."""
    from chatapp import record_rows

    added: list[Adopted] = []
    for batch in record_rows.batches(records):
        added += store.adopt_all(batch)
        yield Progress("file", len(added), len(records))
    yield Found(tuple(added))


def discard(store: Store, added: Sequence[Adopted]) -> Iterator[Event]:
    """Found: those that stay, because they were gone on with."""
    yield Found(tuple(each for each in added if not store.discard(each)))


def back_up(chats: Path) -> Iterator[Event]:
    """Found: today's copy of the chat file, or nothing when there is one."""
    from chatapp import backups

    copy = backups.make(chats, datetime.date.today())
    yield Found((copy,) if copy else ())


def newest_backup(chats: Path) -> tuple[datetime.date, Path] | None:
    """Day and file of the newest copy."""
    from chatapp import backups

    return next(iter(backups.days(chats)), None)


def write(
    store: Store, path: Path, wanted: int | None, form: str, thoughts: bool
) -> Iterator[Event]:
    """Found: the file's name. `wanted` is one conversation, None = all but the temporary ones."""
    from chatapp import exchange, fleeting, foreign

    chats = store.conversations() + store.conversations(archived=True)
    every = [each.id for each in chats if not fleeting.is_fleeting(each.id)]
    numbers = every if wanted is None else [wanted]
    records = (store.record(number) for number in numbers)
    exchange.save(path, exchange.pieces(records, form, thoughts))
    yield Found((foreign.shown(path.name),))
