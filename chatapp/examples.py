"""Training data as people have it: a file -> conversations and passages, and what is wrong with it.

JSONL or one JSON list, of `messages` (OpenAI), `conversations` (ShareGPT), `instruction` (Alpaca),
prompt and answer, chosen against rejected, or `text`; CSV with two columns;
plain text; Markdown. A bad row costs only itself and is told with its line. Knows nothing about
tokens or models. `forms` says what a parsed row means.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from chatapp import foreign, forms
from chatapp.chat import UserError, clean
from chatapp.forms import MEND, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TABLES = (".csv", ".tsv")
MOST_BYTES = 1 << 30  # of a file
MOST_JSON_BYTES = 256 << 20  # of a JSON list, which is parsed as a whole text
MOST_ROWS = 1_000_000
LONGEST_ROW = 2_000_000  # characters
PASSAGE = 2_000  # characters: paragraphs are joined until a passage of plain text is this long
TOLD = 100  # bad rows that are kept with their reason; the others are only counted

_BREAK = re.compile(r"\n[ \t]*\n")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be used."""

    line: int  # where it begins; 1 is the first
    problem: UserError


@dataclass(frozen=True, slots=True)
class Data:
    """What a file holds."""

    name: str
    sha256: str
    rows: tuple[Row, ...]  # without repetitions
    forms: dict[str, int] = field(default_factory=dict)  # form -> rows
    bad: tuple[Bad, ...] = ()  # the first TOLD of them
    bad_rows: int = 0  # all of them
    duplicates: int = 0

    @property
    def pairs(self) -> int:
        """Rows that hold a better and a worse answer."""
        return sum(bool(row.against) for row in self.rows)


def read(path: Path, columns: tuple[str, str] | None = None) -> Data:
    """Everything usable in the file. Raises UserError when that is nothing.

    `columns` names the two of a CSV file that are question and answer; without it they are known
    by their usual names, or are the only two.
    """
    raw = _read(path)
    suffix = path.suffix.lower()
    if columns and suffix not in TABLES:
        raise UserError(
            "{file} is no table, so it has no columns to choose.",
            "Leave the columns out.",
            file=foreign.shown(path.name),
        )
    found = _Found()
    if suffix in (".jsonl", ".ndjson") or (suffix == ".json" and not raw.lstrip().startswith(b"[")):
        found.take(_json_lines(raw))
    elif suffix == ".json":
        found.take(_json_list(raw))
    elif suffix in TABLES:
        found.take(_csv(raw, "\t" if suffix == ".tsv" else ",", columns))
    else:
        found.take(_passages(raw, markdown=suffix in (".md", ".markdown")))
    if not found.rows and found.bad:
        raise found.bad[0].problem
    if not found.rows:
        raise UserError(
            "{file} holds no examples.", "Add at least one example.", file=foreign.shown(path.name)
        )
    return Data(
        foreign.shown(path.name),
        hashlib.sha256(raw).hexdigest(),
        tuple(found.rows),
        dict(found.forms),
        tuple(found.bad),
        found.bad_rows,
        found.duplicates,
    )


def split(items: Sequence[T], share: float, seed: int) -> tuple[list[T], list[T]]:
    """What is trained and what is held out to measure; the same seed gives the same two lists.

    An item is a whole conversation. Something stays to train on, whatever the share.
    """
    shuffled = list(items)
    random.Random(seed).shuffle(shuffled)
    held = min(round(len(shuffled) * share), len(shuffled) - 1)
    return shuffled[held:], shuffled[:held]


class _Found:
    """Rows as they are found: repeated ones are dropped, bad ones kept apart."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.bad: list[Bad] = []
        self.bad_rows = self.duplicates = 0
        self.forms: Counter[str] = Counter()
        self._seen: set[bytes] = set()

    def take(self, entries: Iterator[Row | Bad]) -> None:
        """All of them, up to the most that are kept. Raises UserError beyond."""
        for entry in entries:
            if isinstance(entry, Bad):
                self.bad_rows += 1
                if len(self.bad) < TOLD:
                    self.bad.append(entry)
            elif (mark := entry.mark()) in self._seen:
                self.duplicates += 1
            else:
                self._seen.add(mark)
                self.rows.append(entry)
                self.forms[entry.form] += 1
            if len(self.rows) + self.bad_rows > MOST_ROWS:
                raise UserError(
                    "The data has more than {limit} rows.", "Split the file.", limit=MOST_ROWS
                )


def _read(path: Path) -> bytes:
    """The file's bytes. Raises UserError for a pipe, a folder, or what is too large."""
    real = Path(os.path.realpath(os.path.expanduser(path)))
    limit = MOST_JSON_BYTES if path.suffix.lower() == ".json" else MOST_BYTES
    with foreign.Folder(real.parent).open(real.name) as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise UserError(
            "{file} is larger than {limit} MB.",
            "Split it.",
            file=foreign.shown(path.name),
            limit=limit >> 20,
        )
    return raw.removeprefix(codecs.BOM_UTF8)


def _lines(raw: bytes) -> Iterator[tuple[int, str | UserError]]:
    """Each line that is not blank, with its number; an error for one that is no text."""
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, _checked(line.decode("utf-8").rstrip("\r"), number)
        except UnicodeDecodeError:
            yield number, _not_text(number)
        except UserError as error:
            yield number, error


def _not_text(line: int) -> UserError:
    return UserError("Line {line} is not UTF-8 text.", "Save the file as UTF-8.", line=line)


def _checked(text: str, line: int) -> str:
    if len(text) > LONGEST_ROW:
        raise _too_long(line)
    return text


def _too_long(line: int) -> UserError:
    return UserError(
        "Line {line} is longer than {limit} characters.", MEND, line=line, limit=LONGEST_ROW
    )


# -- JSON -----------------------------------------------------------------------------------------


def _json_lines(raw: bytes) -> Iterator[Row | Bad]:
    for number, line in _lines(raw):
        if isinstance(line, UserError):
            yield Bad(number, line)
            continue
        try:
            value = foreign.parse(line.encode("utf-8"))
        except ValueError:
            yield Bad(number, _no_json(number))
            continue
        yield _row(value, number)


def _json_list(raw: bytes) -> Iterator[Row | Bad]:
    """The list's entries one by one, so that those before a mistake are used."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Bad(line := raw.count(b"\n", 0, error.start) + 1, _not_text(line))
        return
    decoder, line, place = json.JSONDecoder(), 1, text.index("[") + 1
    line += text.count("\n", 0, place)
    while True:
        begin = place
        while text[place : place + 1] in (" ", "\n", "\r", "\t", ","):
            place += 1
        line += text.count("\n", begin, place)
        if text[place : place + 1] == "]":
            return
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            yield Bad(line, _no_json(line))
            return
        yield _row(value, line) if end - place <= LONGEST_ROW else Bad(line, _too_long(line))
        line += text.count("\n", place, end)
        place = end


def _no_json(line: int) -> UserError:
    return UserError("Line {line} is no JSON.", MEND, line=line)


def _row(value: Any, line: int) -> Row | Bad:
    try:
        return forms.row(value, line)
    except UserError as error:
        return Bad(line, error)


# -- two columns ----------------------------------------------------------------------------------


def _csv(raw: bytes, comma: str, columns: tuple[str, str] | None) -> Iterator[Row | Bad]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Bad(line := raw.count(b"\n", 0, error.start) + 1, _not_text(line))
        return
    if comma == "," and ";" in (first := text.partition("\n")[0]) and "," not in first:
        comma = ";"  # as spreadsheets write it where the comma is the decimal sign
    csv.field_size_limit(LONGEST_ROW)
    table = _records(text, comma)
    head = next((record for _, record in table if isinstance(record, list)), [])
    two, named = _columns(head, columns)
    if not named:
        table = _records(text, comma)
    for line, record in table:
        if isinstance(record, UserError):
            yield Bad(line, record)
        elif max(two) >= len(record):
            yield Bad(line, _too_few(line, len(record)))
        else:
            yield _row({"prompt": record[two[0]], "response": record[two[1]]}, line)


def _records(text: str, comma: str) -> Iterator[tuple[int, list[str] | UserError]]:
    """Each record that is not blank, with the line it begins in."""
    rows = csv.reader(text.splitlines(keepends=True), delimiter=comma, strict=True)
    while True:
        line = rows.line_num + 1
        try:
            record = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield line, UserError("Line {line} has a quotation mark too many.", MEND, line=line)
            continue
        if any(cell.strip() for cell in record):
            yield line, record


def _columns(head: list[str], asked: tuple[str, str] | None) -> tuple[tuple[int, int], bool]:
    """Where question and answer are, and whether the first line only names them."""
    names = [name.strip().casefold() for name in head]
    if asked:
        wanted = [name.strip().casefold() for name in asked]
        if missing := [name for name in wanted if name not in names]:
            raise UserError(
                "There is no column {name}.",
                "Name two of these: {names}.",
                name=foreign.shown(missing[0]),
                names=foreign.shown(", ".join(head)),
            )
        return (names.index(wanted[0]), names.index(wanted[1])), True
    for question, answer in forms.PAIRS:
        if question in names and answer in names:
            return (names.index(question), names.index(answer)), True
    if len(head) == 2:
        return (0, 1), False
    raise UserError(
        "The columns of question and answer are not known.",
        "Call them prompt and response, or name two of these: {names}.",
        names=foreign.shown(", ".join(head)),
    )


def _too_few(line: int, count: int) -> UserError:
    return UserError("Line {line} has too few columns ({count}).", MEND, line=line, count=count)


# -- plain text and Markdown ----------------------------------------------------------------------


def _passages(raw: bytes, markdown: bool) -> Iterator[Row | Bad]:
    """Paragraphs joined to passages; of Markdown, the sections under each heading."""
    text, line = "", 1
    for number, entry in _paragraphs(raw, markdown):
        if isinstance(entry, UserError):
            yield Bad(number, entry)
            continue
        if text and (markdown or len(text) >= PASSAGE):
            yield Row("markdown" if markdown else "text", line, text=text)
            text = ""
        line = line if text else number
        text = f"{text}\n\n{entry}" if text else entry
    if text:
        yield Row("markdown" if markdown else "text", line, text=text)


def _paragraphs(raw: bytes, markdown: bool) -> Iterator[tuple[int, str | UserError]]:
    """Parts between blank lines, or from heading to heading; lines that are no text are told."""
    good: list[str] = []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        try:
            good.append(line.decode("utf-8").rstrip("\r"))
        except UnicodeDecodeError:
            yield number, _not_text(number)
            good.append("")
    text = clean("\n".join(good))
    cuts = [match.start() for match in _HEADING.finditer(text)] if markdown else []
    cuts = cuts or [match.end() for match in _BREAK.finditer(text)]
    begun = 1
    for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        part = text[begin:end]
        number = begun + part.count("\n", 0, len(part) - len(part.lstrip()))
        begun += part.count("\n")
        if not part.strip():
            continue
        try:
            yield number, _checked(part.strip(), number)
        except UserError as error:
            yield number, error
