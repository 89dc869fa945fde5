"""Conversations as Markdown, both ways, and as plain text.

    # Title

    ## User

    What is a monad?

    ## Assistant

    A monoid in the category of endofunctors.

Only the open branch is written. A line of a message that would be read as a heading of ours gets
a backslash, which a reader of Markdown does not see, and loses it on the way back. Blank lines
around a message are not part of it. Knows nothing about files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatapp.chat import clean
from chatapp.record import Node, chain, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chatapp.chat import Role
    from chatapp.record import Record

NAMES: dict[Role, str] = {"system": "System", "user": "User", "assistant": "Assistant"}
_HEADING = re.compile(r"(\\*)## (System|User|Assistant)[ \t]*")
_TITLE = re.compile(r"(\\*)# (.*)")
_UNTITLED = "Chat"


def pieces(records: Iterable[Record]) -> Iterator[str]:
    """The file, a conversation at a time."""
    for number, record in enumerate(records):
        yield "\n" * bool(number) + f"# {one_line(record.title) or _UNTITLED}\n"
        for role, text in spoken(record):
            shown = _escaped(text)
            yield f"\n## {NAMES[role]}\n" + (f"\n{shown}\n" if shown else "")


def plain_pieces(records: Iterable[Record]) -> Iterator[str]:
    """The same for reading only."""
    for number, record in enumerate(records):
        title = one_line(record.title) or _UNTITLED
        yield "\n\n" * bool(number) + f"{title}\n{'=' * min(len(title), 40)}\n"
        for role, text in spoken(record):
            yield f"\n{NAMES[role]}:\n{text.strip()}\n"


def spoken(record: Record) -> list[tuple[Role, str]]:
    """The system prompt, then the open branch."""
    said = [(node.role, node.text) for node in record.branch()]
    return [("system", record.manner.system), *said] if record.manner.system else said


def records(text: str) -> list[Record]:
    """Every conversation in it; none when there is no heading of ours."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[tuple[str, list[Node]]] = []
    title, begins = "", True
    for number, (line, heading) in enumerate(zip(lines, map(_heading, lines), strict=True)):
        if heading is None:
            named = _named(line)
            if named is not None and _begins_tree(lines, number):
                title, begins = named, True
            continue
        if begins:
            found.append((title, []))
            begins = False
        found[-1][1].append(Node(heading, _body(lines, number + 1)))
    return [chain(one_line(title), nodes) for title, nodes in found]


def _heading(line: str) -> Role | None:
    match = _HEADING.fullmatch(line)
    if match is None or match[1]:
        return None
    return next(role for role, name in NAMES.items() if name == match[2])


def _named(line: str) -> str | None:
    match = _TITLE.fullmatch(line)
    return match[2] if match and not match[1] else None


def _begins_tree(lines: Sequence[str], number: int) -> bool:
    """Whether the next line that is not blank is a heading of ours."""
    following = (line for line in lines[number + 1 :] if line.strip())
    return _heading(next(following, "")) is not None


def _body(lines: Sequence[str], first: int) -> str:
    """The text from this line to the next heading, or to the title above it."""
    last = first
    while last < len(lines) and _heading(lines[last]) is None:
        last += 1
    kept = _cut(lines[first:last])
    if kept and last < len(lines) and _named(kept[-1]) is not None:
        kept = _cut(kept[:-1])
    if kept and _TITLE.fullmatch(kept[-1]):
        kept[-1] = kept[-1].removeprefix("\\")
    plain = [line[1:] if _HEADING.fullmatch(line) else line for line in kept]
    return clean(_trimmed("\n".join(plain)))


def _cut(lines: Sequence[str]) -> list[str]:
    """Without the blank lines at the end."""
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    return list(lines[:last])


def _escaped(text: str) -> str:
    lines = _trimmed(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    lines = [f"\\{line}" if _HEADING.fullmatch(line) else line for line in lines]
    if _TITLE.fullmatch(lines[-1]):  # the next heading would make it a title
        lines[-1] = f"\\{lines[-1]}"
    return "\n".join(lines)


def _trimmed(text: str) -> str:
    """Without blank lines around it; the first line keeps its indentation."""
    return re.sub(r"\A(?:[^\S\n]*\n)+", "", text.rstrip())
