"""Conversations to and from files: which formats there are, and the two ways through them.

    for piece in pieces(records, "markdown", thoughts=False): ...
    for found in read(path): ...   # a Record, or a LeftOut that names what could not be read

Knows nothing about the chat file or the window.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp import backups, bundle, dialects, parcel, record_html, record_json, record_markdown
from chatapp.chat import UserError
from chatapp.record import LeftOut, Record, without_thoughts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import Any

    Pieces = Callable[[Iterable[Record]], Iterator[str]]

# What can be written: name -> the ending of its files, and how.
OUT: dict[str, tuple[str, Pieces]] = {
    "markdown": (".md", record_markdown.pieces),
    "html": (".html", record_html.pieces),
    "json": (".json", record_json.pieces),
    "openai": (".jsonl", dialects.openai_pieces),
    "text": (".txt", record_markdown.plain_pieces),
}
IN = ("json", "markdown", *dialects.READERS)  # what can be read
ENDINGS = (".json", ".jsonl", ".ndjson", ".md", ".markdown", ".zip")
_OURS = re.compile(r'\s*\{\s*"format"\s*:\s*"chatapp-chats"\s*,\s*"version"\s*:\s*(\d{1,9})')
_LIST = re.compile(r'"conversations"\s*:\s*(?=\[)')


@dataclass(frozen=True, slots=True)
class Offer:
    """What a file would add, and what of it could not be read."""

    records: tuple[Record, ...]
    problems: tuple[LeftOut, ...]

    @property
    def messages(self) -> int:
        """In all conversations, every version."""
        return sum(len(record.nodes) for record in self.records)


def pieces(records: Iterable[Record], form: str, thoughts: bool) -> Iterator[str]:
    """The file, a piece at a time; reasoning only when it is asked for."""
    return OUT[form][1](records if thoughts else map(without_thoughts, records))


def save(path: Path, text: Iterable[str]) -> None:
    """Write the file beside and rename it, so that a failure leaves the old one."""
    handle = -1
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            for piece in text:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Choose another place, or free some space.",
            file=path.name,
            why=error.strerror or str(error),
        ) from error
    finally:
        if beside and os.path.lexists(beside):
            os.unlink(beside)


def read(path: Path, form: str = "") -> Iterator[Record | LeftOut]:
    """What the file holds, one conversation at a time; `form` is a name of IN, "" = look at it.

    Raises UserError when it cannot be opened or was written by a newer version.
    """
    if backups.is_chat_file(path):
        yield from backups.records(path)
        return
    if bundle.is_bundle(path):
        with bundle.unpacked(path) as chats:
            yield from backups.records(chats)
        return
    skipped = 0
    for sheet in parcel.sheets(path):
        if isinstance(sheet, LeftOut):
            yield sheet
        elif form == "markdown" or not (form or sheet.is_json):
            yield from _markdown(sheet)
        else:
            for found in _values(sheet.text, form):
                if isinstance(found, int):
                    skipped += found
                else:
                    yield found
    if skipped:
        yield LeftOut(
            "{count} parts that are no text (pictures, files, tool calls) are left out.",
            count=skipped,
        )


def offer(found: Iterable[Record | LeftOut]) -> Offer:
    """All that was found, together."""
    every = list(found)
    return Offer(
        tuple(each for each in every if isinstance(each, Record)),
        tuple(each for each in every if isinstance(each, LeftOut)),
    )


def _markdown(sheet: parcel.Sheet) -> Iterator[Record | LeftOut]:
    found = record_markdown.records(sheet.text)
    yield from found
    if not found:
        yield LeftOut("{file} has no heading “## User” or “## Assistant”.", file=sheet.name)


def _values(text: str, form: str) -> Iterator[Record | LeftOut | int]:
    """What the entries of a sheet of JSON mean, and how many of their parts are no text."""
    start = _ours(text) if form in ("", "json") else None
    form = "json" if start is not None else form
    said: list[Any] = []  # messages that stand in the file as they are, without a conversation
    for entry in parcel.entries(text, start or 0):
        if isinstance(entry, LeftOut):
            yield entry
        elif isinstance(entry.value, dict) and "role" in entry.value and "content" in entry.value:
            said.append(entry.value)
        else:
            yield from _one(entry, form)
    if said:
        yield from _one(parcel.Entry(1, {"messages": said}), "openai")


def _one(entry: parcel.Entry, form: str) -> Iterator[Record | LeftOut | int]:
    try:
        if form == "json":
            if not isinstance(entry.value, dict):
                raise LeftOut("Entry {number} is no conversation that ChatApp knows.")
            yield record_json.record(entry.value)
            return
        kind = form or dialects.kind(entry.value)
        if not kind or not isinstance(entry.value, dict):
            raise LeftOut("Entry {number} is no conversation that ChatApp knows.")
        record, skipped = dialects.READERS[kind](entry.value)
        yield record
        yield skipped
    except LeftOut as problem:
        problem.values["number"] = entry.number
        yield problem


def _ours(text: str) -> int | None:
    """Where the list of a file of ours begins; None for another file."""
    head = _OURS.match(text)
    if head is None:
        return None
    if int(head[1]) > record_json.VERSION:
        raise UserError("This file was written by a newer ChatApp.", "Update ChatApp to read it.")
    begin = _LIST.search(text, head.end())
    return begin.end() if begin else None
