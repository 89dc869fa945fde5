"""A file of conversations that a stranger may have made: opened, unpacked in memory, cut up.

A ZIP is read member by member within limits and never written out; its names are only shown.
What a file holds comes out as sheets of text, and a sheet of JSON as entries, one at a time, so
that a file that was cut off gives back what is before the cut. Whatever cannot be read comes out
as a `LeftOut` that names it. Knows nothing about what an entry means.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from chatapp import foreign
from chatapp.chat import UserError
from chatapp.record import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 256_000_000  # bytes of a file, or of all members of an archive together
MOST_MEMBERS = 20_000
MOST_ENTRIES = 100_000
_ENTRY = b"PK\x01\x02"  # begins each row of an archive's list
_CHATS = re.compile(r"(?:.*/)?conversations[^/]*\.json", re.IGNORECASE)
_OTHERS = re.compile(r".*\.(?:jsonl|ndjson|json|md|markdown)", re.IGNORECASE)
_BEGINNING = re.compile(r"^[ \t]*(\S)", re.MULTILINE)
_SPACE = re.compile(r"[ \t\r\n]*")
_DAMAGE = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, NotImplementedError,
           struct.error, zlib.error)  # fmt: skip
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The text of one file."""

    name: str
    text: str

    @property
    def is_json(self) -> bool:
        """It begins like JSON or like lines of it."""
        return self.text[:1000].lstrip()[:1] in ("{", "[")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a sheet, by its place (from 1); in a sheet of lines that is its line."""

    number: int
    value: Any


def sheets(path: Path) -> Iterator[Sheet | LeftOut]:
    """The file, or what an archive holds of interest. Raises UserError when nothing is to be had.

    Nothing is read from a pipe or a device, and of a file that is too large nothing at all.
    """
    name = foreign.shown(path.name)
    raw = _read(path)
    if not raw:
        raise UserError("{file} is empty.", "Choose another file.", file=name)
    if raw[:4] != b"PK\x03\x04":
        yield from _sheet(name, raw)
        return
    if _count(raw) > MOST_MEMBERS:
        raise UserError(
            "{file} holds more than {count} files.",
            "Split it, or import a part of it.",
            file=name,
            count=MOST_MEMBERS,
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except _DAMAGE as error:
        raise foreign.damaged(name) from error
    with archive:
        yield from _members(archive)


def entries(text: str, start: int = 0) -> Iterator[Entry | LeftOut]:
    """The values of a list that begins at or after `start`, of an object alone, or of lines."""
    first = _skip(text, start)
    if text[first : first + 1] == "[":
        found = _of_list(text, first + 1)
    elif _is_lines(text):
        found = _of_lines(text)
    else:
        found = _alone(text, first)
    for count, entry in enumerate(found, start=1):
        if count > MOST_ENTRIES:
            yield LeftOut("Only the first {count} entries are read.", count=MOST_ENTRIES)
            return
        yield entry


def _read(path: Path) -> bytes:
    folder = foreign.Folder(path.parent)
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0  # opening it tells why
    if size > LARGEST:
        raise UserError(
            "{file} is larger than {limit} MB.",
            "Split it, or import a part of it.",
            file=foreign.shown(path.name),
            limit=LARGEST // 1_000_000,
        )
    return folder.read(path.name, LARGEST)


def _count(raw: bytes) -> int:
    """How many members an archive's own list has, before anything is made of it.

    zipfile reads entries as long as there are some, whatever the record at the end says of their
    number: so it is the signature of an entry that is counted.
    """
    return raw.count(_ENTRY)


def _members(archive: zipfile.ZipFile) -> Iterator[Sheet | LeftOut]:
    """ChatGPT's and Claude's conversations alone where there are some; else what we can read."""
    inside = [info for info in archive.infolist() if not info.is_dir()]
    chats = [info for info in inside if _CHATS.fullmatch(info.filename)]
    wanted = chats or [info for info in inside if _OTHERS.fullmatch(info.filename)]
    left = LARGEST
    for info in sorted(wanted, key=lambda info: info.filename):
        name = foreign.shown(info.filename)
        try:
            with archive.open(info) as member:
                raw = member.read(left + 1)
        except _DAMAGE:
            yield LeftOut("{file} in the archive cannot be read.", file=name)
            continue
        left -= len(raw)
        if left < 0:
            yield LeftOut("The archive is too large; {file} and what follows is not read.",
                          file=name)  # fmt: skip
            return
        yield from _sheet(name, raw)


def _sheet(name: str, raw: bytes) -> Iterator[Sheet | LeftOut]:
    coding = next((coding for bom, coding in _BOMS.items() if raw.startswith(bom)), "utf-8")
    text = raw.decode(coding, "replace")
    sheet = Sheet(name, text)
    if sheet.is_json and foreign.is_dense(raw):
        yield LeftOut("{file} holds too many values.", file=name)
        return
    if "\ufffd" in text and "\ufffd".encode(coding) not in raw:
        yield LeftOut("Some characters of {file} cannot be read; they are replaced.", file=name)
    yield sheet


def _of_list(text: str, at: int) -> Iterator[Entry | LeftOut]:
    decoder = json.JSONDecoder()
    at = _skip(text, at)
    number = 0
    while text[at : at + 1] != "]":
        number += 1
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield LeftOut(
                "Entry {number} is damaged; it and what follows cannot be read.", number=number
            )
            return
        yield Entry(number, value)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _of_lines(text: str) -> Iterator[Entry | LeftOut]:
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line, start, number = text[start:end].strip(), end + 1, number + 1
        if not line:
            continue
        try:
            yield Entry(number, json.loads(line))
        except (ValueError, RecursionError):
            yield LeftOut("Line {number} is not JSON.", number=number)


def _alone(text: str, at: int) -> Iterator[Entry | LeftOut]:
    try:
        yield Entry(1, json.JSONDecoder().raw_decode(text, at)[0])
    except (ValueError, RecursionError):
        yield LeftOut("Entry {number} is damaged; it and what follows cannot be read.", number=1)


def _is_lines(text: str) -> bool:
    """The first line is an object by itself, or the first two begin one each."""
    beginnings = [match[1] for match in islice(_BEGINNING.finditer(text), 2)]
    if beginnings == ["{", "{"]:
        return True
    line = text[_skip(text, 0) :].split("\n", 1)[0]
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
