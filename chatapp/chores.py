"""What the window has done with chats and files elsewhere: each is a generator of Events.

Only the worker's thread imports what that needs, since none of it may delay the first paint. Knows
nothing about threads or widgets.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatapp import places, settings
from chatapp.chat import Found, Progress, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatapp.chat import Event
    from chatapp.record import LeftOut, Record
    from chatapp.record_rows import Adopted
    from chatapp.store import Store

TICK_S = 0.1  # how long a wait lasts before it yields
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


def back_up(chats: Path, again: bool = False) -> Iterator[Event]:
    """Found: today's copy of the chat file, or nothing when there is one and `again` is False."""
    from chatapp import backups

    copy = backups.make(chats, datetime.date.today(), again)
    yield Found((copy,) if copy else ())


def bundle(chats: Path, target: Path) -> Iterator[Event]:
    """Found: the name of the ZIP that has the chats and the settings."""
    from chatapp import bundle, foreign

    bundle.write(chats, places.settings_file(), target)
    yield Found((foreign.shown(target.name),))


def read_settings(path: Path) -> Iterator[Event]:
    """Found: the Settings of a settings file or of a bundle. Raises UserError."""
    from chatapp import bundle

    text = bundle.settings_text(path)
    try:
        values = json.loads(text)
        if not (isinstance(values, dict) and isinstance(values.get("app"), dict)):
            raise ValueError("not settings")
    except (ValueError, RecursionError) as error:
        raise bundle.no_settings(path) from error
    yield Found((settings.whole(values),))


def diagnose() -> Iterator[Event]:
    """Found: what `chatapp doctor` prints. Its own process: looking at a card takes memory of it.

    Raises UserError.
    """
    package = Path(__file__).resolve().parent.parent
    paths = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows
    with tempfile.TemporaryFile() as out:
        doctor = subprocess.Popen(
            [sys.executable, "-m", "chatapp", "doctor"],
            stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
            creationflags=flags,
        )  # fmt: skip
        try:
            while doctor.poll() is None:
                yield Progress("ask", 0, 0)
                time.sleep(TICK_S)
        finally:
            if doctor.poll() is None:
                doctor.kill()
            doctor.wait()
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if doctor.returncode or not text.strip():
        raise UserError(
            "The diagnostics could not be made.", "Run 'chatapp doctor' in a terminal instead."
        )
    yield Found((text,))


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
