"""A document of the conversation, what belongs around it, and its text as a person sees it.

The document holds letters only, and a gap for each drawn formula; the formulas, cards, bars, rules,
list marks and the ground of short code are listed beside it with the blocks they belong to, and
painted by `turn_paint`. Knows nothing about Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)

from chatapp.ui.inset import LETTER, SOURCE

if TYPE_CHECKING:
    from PySide6.QtCore import QUrl

    from chatapp.formula import Formula
    from chatapp.ui.inset import Inset

CODE_HEADER = 34  # pixels above the code: language and Copy
CODE_PAD = 14  # pixels around the code
CODE_TOP = 10  # pixels between header and code, whose lines begin with a little room of their own
COLUMN = 200  # pixels of a table's column before its text is broken rather than slid sideways
QUOTE_STEP = 18  # pixels a quote is moved in
INDENT = 28  # pixels a list is moved in
BREAK = "\u2028"  # a new line in the same paragraph
JOINT = QTextFormat.Property.UserProperty.value + 1  # newlines before a block in plain text
SAME_LINE = -1  # as a joint: no newline at all
LONG_LINE = 2_000  # characters of code in one block of a document
MARK = JOINT + 1  # the list mark before a block, with its indent


@dataclass(frozen=True, slots=True)
class Code:
    """A code block: its first and last document block, and what Copy takes."""

    first: int
    last: int
    left: float
    language: str
    source: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A run of quoted document blocks; `left` is where its bar stands."""

    first: int
    last: int
    left: float


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands before a list item: a number, a bullet or a box."""

    block: int
    text: str


@dataclass(slots=True)
class Rendered:
    """A document and what is to be painted around it. Pixels."""

    document: QTextDocument
    columns: int = 0  # of a document that is one table and nothing else
    cut: bool = False  # that table is a piece of a longer one, as wide as the column
    one_code: bool = False  # the document is one code block and nothing else
    one_picture: bool = False  # it is one formula and nothing else
    span: float = 0  # how wide it wants to be, where it may be wider than the column
    lead: float = 0  # empty part above the letters of a line
    above: float = 0  # room for a card before the first line
    below: float = 0
    codes: list[Code] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)  # blocks
    chips: list[tuple[int, int]] = field(default_factory=list)  # positions of code in a line
    pictures: list[Inset] = field(default_factory=list)
    awaited: list[Formula] = field(default_factory=list)  # shown as source, may become pictures

    def fit(self, width: float) -> None:
        """Lay out for this width; what may slide sideways keeps a width of its own."""
        document = self.document
        wanted = width
        if self.columns and not self.cut:
            document.setTextWidth(-1)
            wanted = min(document.idealWidth(), max(width, self.columns * COLUMN))
            self.span = max(width, wanted)
        if self.one_picture:
            wanted = self.span = max(width, self.pictures[0].width)
        elif not self.columns:
            self._fit_pictures(width)
        if document.textWidth() != wanted:  # setting it lays out everything
            document.setTextWidth(wanted)
        if self.one_code:
            self.span = max(width, document.idealWidth())

    def pictures_with(self, words: str) -> list[tuple[int, int]]:
        """First and last position of each picture whose source has these words."""
        found = (p.position for p in self.pictures if words.casefold() in p.source.casefold())
        return [(at, at + 1) for at in found]

    def _fit_pictures(self, width: float) -> None:
        for picture in self.pictures:
            shape = self.document.findBlock(picture.position).blockFormat()
            beside = shape.leftMargin() + shape.indent() * INDENT
            picture.fit(self.document, width - beside)

    def grow_code(self, more: str) -> None:
        """Add text to the end of a document that is one open code block."""
        code = self.codes[0]
        cursor = QTextCursor(self.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        shape, ink = cursor.blockFormat(), cursor.charFormat()
        shape.setTopMargin(0)
        shape.setProperty(JOINT, 1)
        add_code(cursor, more, shape, ink)
        last = self.document.blockCount() - 1
        self.codes[0] = replace(code, last=last, source=code.source + more)


def add_code(cursor: QTextCursor, text: str, shape: QTextBlockFormat, ink: QTextCharFormat) -> None:
    """Write code; a line that is too long to be laid out in one goes on in the next block."""
    broken = QTextBlockFormat(shape)
    broken.setProperty(JOINT, SAME_LINE)
    for number, line in enumerate(text.split("\n")):
        if number:
            cursor.insertBlock(shape, ink)
        rest = line
        while rest:
            room = LONG_LINE - cursor.positionInBlock()
            if room <= 0:
                cursor.insertBlock(broken, ink)
                room = LONG_LINE
            cursor.insertText(rest[:room], ink)
            rest = rest[room:]


class Paper(QTextDocument):
    """A document that loads nothing, whatever its text names."""

    def __init__(self, font: QFont) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setIndentWidth(INDENT)
        self.setDefaultFont(font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTabStopDistance(4 * QFontMetricsF(font).horizontalAdvance("0"))
        self.setDefaultTextOption(option)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing, for every scheme."""
        return None


def plain_text(document: QTextDocument, start: int = 0, end: int | None = None) -> str:
    """What a person sees between two positions: list marks, tabs between the cells of a table."""
    end = document.characterCount() - 1 if end is None else end
    block, made, row = document.findBlock(start), "", -1
    while block.isValid() and block.position() <= end:
        table = QTextCursor(block).currentTable()
        joint = block.blockFormat().property(JOINT)
        if table is not None:
            before, row = row, table.cellAt(block.position()).row()
            made += ("\n" if made else "") if before != row else "\t"
        elif joint == 0:  # the empty block that Qt wants beside a table
            block, row = block.next(), -1
            continue
        elif made:
            made += "\n" * (2 if joint is None else max(0, joint))
        made += _block_text(block, start, end)
        block = block.next()
    return made


def _block_text(block: QTextBlock, start: int, end: int) -> str:
    first = max(0, start - block.position())
    last = max(first, end - block.position())
    units = block.text().encode("utf-16-le", "surrogatepass")  # what Qt counts
    text = units[2 * first : 2 * last].decode("utf-16-le", "replace").replace(BREAK, "\n")
    if LETTER in text:
        text = _with_sources(block, text, first)
    mark = block.blockFormat().property(MARK)
    return text if mark is None or first else f"{mark} {text}"


def _with_sources(block: QTextBlock, text: str, first: int) -> str:
    """The text from a position in the block on, with what its pictures stand for."""
    cursor, made = QTextCursor(block), ""
    for letter in text:
        first += 2 if letter > "\uffff" else 1
        if letter == LETTER:
            cursor.setPosition(block.position() + first)  # a place has the format before it
            letter = cursor.charFormat().property(SOURCE) or letter
        made += letter
    return made
