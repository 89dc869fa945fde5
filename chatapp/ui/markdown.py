"""Markdown source: cut into blocks that never change again, and parsed into safe tokens.

A reply grows at its end only. `Splitter` cuts it at blank lines outside fences and lists, so that
whatever it hands out is rendered once; only the tail is rendered again. The cuts depend on complete
lines before them, so pieces of any size give the blocks of the whole text. Raw HTML is text here.
Knows nothing about documents, fonts or colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatapp.chat import clean
from chatapp.ui import maths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEEPEST = 32  # nested quotes and lists; a deeper block is shown as its source
_LONG_LIST = 2_000  # characters, then a list goes on in the next block
_LONG_TEXT = 8_000  # the same for a paragraph without a blank line
_MANY_LINES = 250  # of such a paragraph
_MANY_CELLS = 160  # the same for a table
_WIDEST_CELL = 40  # letters; a column of a cut table gets its share of the width by its text
_TOO_LONG = 16_000  # a block that cannot be cut: shown as its source, in pieces
_FEWEST_ROWS = 4
_PIECE = 8_000  # characters of such a piece
_MOST_REFERENCES = 200_000  # characters searched for link definitions

_ITEM_STARTS = frozenset("-+*0123456789")

_FENCE = re.compile(r"( {0,3})(?:(`{3,})([^`]*)|(~{3,})(.*))$")
_RULER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_MARKER = re.compile(r"( {0,3}(?:[-+*]|\d{1,9}[.)]))( {1,4}(?! )| |\t|$)")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of source that is rendered on its own."""

    source: str
    plain: bool = False  # show the source as it is
    continued: bool = False  # goes on where the block before was cut for its length
    table: str = ""  # the head of the table that it goes on with
    shares: tuple[int, ...] = ()  # of the columns of a cut table


@dataclass(frozen=True, slots=True)
class Fence:
    """The opening line of a fenced code block."""

    mark: str  # the run of backticks or tildes
    language: str

    def closes(self, line: str) -> bool:
        """True when `line` ends the block."""
        bare = line.strip(" \t")
        return _indent(line) < 4 and len(bare) >= len(self.mark) and not bare.strip(self.mark[0])

    def may_close(self, start: str) -> bool:
        """True when a line that starts so may still end the block."""
        return not start.strip(" \t").strip(self.mark[0])


def opening(line: str) -> Fence | None:
    """The fence that `line` opens, or None."""
    match = _FENCE.match(line)
    if match is None:
        return None
    words = (match[3] or match[5] or "").split()
    return Fence(match[2] or match[4], words[0] if words else "")


def fenced_code(source: str) -> str | None:
    """What a block that begins with a fence holds so far; None for any other block."""
    head, _, body = source.partition("\n")
    fence = opening(head)
    body = body.removesuffix("\n")
    kept, _, last = body.rpartition("\n")
    if fence is None:
        return None
    return kept if fence.closes(last) else body


class Splitter:
    """Takes a text in pieces and hands out its blocks, each as soon as it can not change."""

    def __init__(self) -> None:
        self.fence: Fence | None = None  # open at top level now
        self._lines: list[str] = []  # of the open block, complete with their newline
        self._size = 0
        self._rest = ""  # of the line that is still growing
        self._held = ""  # a carriage return whose line feed may still come
        self._blank = False  # the line before was blank
        self._list = 0  # column of the text in the open top-level list, 0 outside
        self._plain = False
        self._continued = False
        self._table = ""  # the head of the table that was cut before
        self._shares: tuple[int, ...] = ()

    @property
    def tail(self) -> Block:
        """The block that is still growing, with an open fence closed as if it ended here."""
        rest = self._rest
        if self.fence and self.fence.may_close(rest):
            rest = ""  # a closing fence on its way; do not show it as code
        long = not self.fence and self._size + len(rest) >= _TOO_LONG
        source = "".join(self._lines) + rest
        return Block(source, self._plain or long, self._continued, self._table, self._shares)

    def feed(self, text: str) -> list[Block]:
        """Take the next piece; the blocks that it completed."""
        text = self._held + clean(text)
        self._held = "\r" if text.endswith("\r") else ""
        text = text[: len(text) - len(self._held)].replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._rest = (
            (self._rest + text).split("\n") if "\n" in text else [self._rest + text]
        )
        done: list[Block] = []
        for line in lines:
            done += self._take(line)
        if not self.fence and self._lines and self._surely_ends_before(self._rest):
            done += self._cut()
        return done

    def finish(self) -> list[Block]:
        """The blocks that were left when the text is at its end."""
        done = self.feed("\n") if self._held else []
        if self._rest:
            rest, self._rest = self._rest, ""
            done += self._take(rest)
        return done + self._cut()

    def _take(self, line: str) -> list[Block]:
        if self.fence:
            self._keep(line)
            if not self.fence.closes(line):
                return []
            self.fence = None
            return self._cut()
        done = []
        if self._ends_before(line):
            done = self._cut()
        elif self._is_full_before(line):
            done = self._cut(going_on=True)
        fence = opening(line)
        if fence and (not self._list or _indent(line) < self._list):
            done += self._cut()
            self.fence = fence
        self._keep(line)
        self._note(line)
        if not self.fence and self._size >= (_PIECE if self._plain else _TOO_LONG):
            self._plain = True
            done += self._cut(going_on=True)
        return done

    def _ends_before(self, line: str) -> bool:
        """A blank line, then text at the margin: nothing later can reach what is above."""
        if not self._blank or line[:1] in {"", " ", "\t"}:
            return False
        return not (self._list and _MARKER.match(line))

    def _surely_ends_before(self, start: str) -> bool:
        """The same for a line of which only the start is known."""
        may_be_item = self._list and start[:1] in _ITEM_STARTS
        return self._ends_before(start) and not may_be_item

    def _is_full_before(self, line: str) -> bool:
        if line[:1] in {"", " ", "\t", ">"} or self._plain:
            return False
        if self._list:
            return self._size > _LONG_LIST and bool(_MARKER.match(line))
        if columns := self._columns():
            rows = max(_FEWEST_ROWS, _MANY_CELLS // columns)
            return len(self._lines) >= rows + (0 if self._table else 2)
        long = self._size > _LONG_TEXT or len(self._lines) > _MANY_LINES
        return long and "|" not in line

    def _columns(self) -> int:
        """How many columns the open table has, 0 = there is none."""
        head = self._table.splitlines() or self._lines[:2]
        if len(head) < 2 or "|" not in head[0] or "|" not in head[1]:
            return 0
        return head[1].strip(" \t\n|").count("|") + 1 if _RULER.match(head[1].rstrip("\n")) else 0

    def _note(self, line: str) -> None:
        """Remember what the next line's meaning depends on."""
        self._blank = not line.strip(" \t")
        marker = _MARKER.match(line)
        if marker and (not self._list or _indent(line) < self._list):
            self._list = len(marker[1]) + max(1, len(marker[2]))
        elif self.fence or line[:1] in {"#", ">"}:
            self._list = 0

    def _keep(self, line: str) -> None:
        self._lines.append(line + "\n")
        self._size += len(line) + 1

    def _cut(self, going_on: bool = False) -> list[Block]:
        """Hand out the open block; `going_on` when only its length ended it."""
        source = "".join(self._lines)
        columns = self._columns() if going_on and not self._plain else 0
        if columns and not self._table:
            self._shares = _shares(self._lines, columns)
        done = []
        if source.strip() and self._plain:
            done = _pieces(source, self._continued)
        elif source.strip():
            done = [Block(source, False, self._continued, self._table, self._shares)]
        if not columns:
            self._table, self._shares = "", ()
        elif not self._table:
            self._table = "".join(self._lines[:2])
        self._continued = going_on
        self._plain = self._plain and going_on
        self._lines, self._size, self._list = [], 0, 0
        return done


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shares(rows: list[str], columns: int) -> tuple[int, ...]:
    """How much of the width each column should get, in percent, from its longest text."""
    widest = [3] * columns
    for row in rows:
        for column, cell in enumerate(row.strip(" \t\n|").split("|")[:columns]):
            widest[column] = max(widest[column], min(_WIDEST_CELL, len(cell.strip())))
    return tuple(100 * width // sum(widest) for width in widest)


def _pieces(source: str, continued: bool) -> list[Block]:
    starts = range(0, len(source), _PIECE)
    return [Block(source[at : at + _PIECE], True, continued or at > 0) for at in starts]


def verbatim(text: str) -> list[Block]:
    """The whole text to be shown as it is, in pieces that can be laid out one by one."""
    done: list[Block] = []
    lines: list[str] = []
    size = 0
    for line in clean(text).strip("\n").split("\n"):
        if lines and size + len(line) > _PIECE:
            done += _pieces("\n".join(lines), bool(done))
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    return done + _pieces("\n".join(lines), bool(done))


def blocks(text: str) -> list[Block]:
    """The whole text cut into blocks, exactly as a stream of its pieces would be."""
    splitter = Splitter()
    return splitter.feed(text) + splitter.finish()


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """CommonMark with tables and strike-through; what a link may do is decided by `web_link`."""
    # Imported with the first message: the window's first paint needs none of it.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": DEEPEST})
    parser.enable(["table", "strikethrough"])
    maths.enable(parser)
    # Every destination may pass: only its text is ever shown.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def references(text: str) -> dict[str, Any]:
    """The link definitions of a whole message: any of its blocks may use them."""
    if len(text) > _MOST_REFERENCES or "]:" not in text:
        return {}
    found: dict[str, Any] = {}
    _parser().parse(clean(text), found)
    return dict(found.get("references", {}))


def parse(block: Block, known: dict[str, Any] | None = None) -> Sequence[Token] | None:
    """The block's tokens; None when it is to be shown as its source."""
    if block.plain:
        return None
    tokens = _parser().parse(block.table + block.source, {"references": dict(known or {})})
    if block.table:
        end = next(i for i, token in enumerate(tokens) if token.type == "thead_close")
        tokens = tokens[:1] + tokens[end + 1 :]
    deepest = max((token.level for token in tokens), default=0)
    return None if deepest >= DEEPEST - 1 else tokens


def web_link(target: str) -> str:
    """The address when it is one for a browser (http or https with a host), else an empty text."""
    if any(character <= " " or character == "\\" for character in target):
        return ""
    if clean(target) != target:
        return ""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    # A name before the host makes it look like another one.
    named = bool(parts.hostname) and not set("%@") & set(parts.netloc)
    return target if named and parts.scheme.lower() in {"http", "https"} else ""


def host(target: str) -> str:
    """Where a picture would have come from; empty when not from the web."""
    return (urlsplit(target).hostname or "") if web_link(target) else ""
