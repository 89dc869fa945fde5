"""One block of a message: its source, its height and, while it is near the view, its document.

A height is an estimate until the block is laid out. A block that is wider than the column, code or
a table, slides sideways. Knows nothing about messages, scrolling, threads or selection.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QPointF, QRectF

from chatapp.ui import document, look, markdown
from chatapp.ui.markdown import Splitter
from chatapp.ui.paper import QUOTE_STEP

if TYPE_CHECKING:
    from chatapp.ui.markdown import Block
    from chatapp.ui.paper import Rendered

GAP = 14  # pixels between parts
TIGHT = 4  # between parts of one list or paragraph
MEET = 3  # pixels that the pieces of a long table lie over each other
CARD = 16  # around a notice
CARD_LEFT = 46  # with its sign
SLIDE = 12  # the bar below a block that is wider than the column
_EDGE = 20  # pixels beside what is brought into view
_EM = 15  # pixels, for estimates only: asking for the font would cost more than the sum

Manner = Literal["markdown", "thought", "typed", "notice"]


class Shelf:
    """The parts that hold a document, oldest first; the oldest give theirs up."""

    def __init__(self, places: int = 150) -> None:
        self._places = places
        self._parts: OrderedDict[Part, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._parts)

    def touch(self, part: Part) -> None:
        """The part is in use now."""
        self._parts[part] = None
        self._parts.move_to_end(part)
        while len(self._parts) > self._places:
            self._parts.popitem(last=False)[0].rendered = None


def estimate(text: str, width: float) -> float:
    """About how high the text will be, from its length. Pixels."""
    em = _EM * look.zoom() / 100
    per_line = max(1.0, width / (em * (0.52 if text.isascii() else 0.95)))
    return (text.count("\n") * 0.6 + len(text) / per_line + 0.8) * em * 1.6


class Part:
    """A block of a message with, while it is near the view, its document."""

    def __init__(self, block: Block, manner: Manner = "markdown") -> None:
        self.block = block
        self.manner = manner
        self.rendered: Rendered | None = None
        self.height = 0.0
        self.width = 0.0  # the height was measured at; 0 = it is an estimate
        self.coloured = True
        self.pictured = False  # its formulas may be pictures
        self.offset = 0  # pixels that a wide block is moved to the left

    @property
    def gap(self) -> int:
        """Pixels to the part above."""
        if self.manner == "typed":
            return 0
        if self.block.table:
            return -MEET
        return TIGHT if self.block.continued else GAP

    @property
    def slide(self) -> int:
        """Pixels that the block is wider than its column."""
        made = self.rendered
        return max(0, round(made.span - self.text_width(self.width))) if made and made.span else 0

    def suppose(self, width: float) -> None:
        """Estimate the height where it is not known for this width."""
        if self.width != width:
            self.width = 0
            self.height = estimate(self.block.source, width)

    def lay_out(self, width: float, known: dict[str, Any], shelf: Shelf) -> None:
        """Have a document, laid out."""
        shelf.touch(self)
        if self.rendered is None:
            self.rendered = self.render_aside(known)
            self.width = 0
        if self.width != width:
            self.rendered.fit(self.text_width(width))
            self.measure(width)

    def measure(self, width: float) -> None:
        """Take the height from the document."""
        made = self.rendered
        if made is not None:
            self.width = width
            self.height = made.above + made.document.size().height() + made.below
            self.height += 2 * CARD if self.manner == "notice" else 0
            self.height += SLIDE if self.slide else 0
            self.offset = min(self.offset, self.slide)

    def grow(self, block: Block) -> None:
        """Show the next state of a block that is still being written."""
        before, self.block = self.block, block
        made = self.rendered
        if made is None:
            self.height = 0
            return
        if block.source.rstrip("\n") == before.source.rstrip("\n"):
            return
        code = None if self.coloured else markdown.fenced_code(block.source)
        if code is not None and made.codes and code.startswith(made.codes[0].source):
            made.grow_code(code[len(made.codes[0].source) :])
        else:
            self.rendered = None
        self.width = 0

    def forget(self) -> None:
        """Drop the document, keep the height as an estimate."""
        self.rendered = None
        self.width = 0

    def origin(self) -> QPointF:
        """Where the document's corner is, from the part's."""
        made = self.rendered
        above, lead = (made.above, made.lead) if made else (0.0, 0.0)
        if self.manner == "notice":
            return QPointF(CARD_LEFT, CARD - lead)
        return QPointF((QUOTE_STEP if self.manner == "thought" else 0) - self.offset, above - lead)

    def line(self, position: int) -> QRectF:
        """The line that holds a position of its document, from the part's corner."""
        made = self.rendered
        if made is None:
            return QRectF()
        block = made.document.findBlock(position)
        line = block.layout().lineForTextPosition(position - block.position())
        if not line.isValid():
            return QRectF(0, 0, 0, self.height)
        corner = made.document.documentLayout().blockBoundingRect(block).topLeft() + self.origin()
        x = line.cursorToX(position - block.position())[0]  # type: ignore[index]
        return QRectF(corner.x() + x, corner.y() + line.y(), 1, line.height())

    def slide_to(self, x: float) -> None:
        """Slide so far that this place, from the part's corner, is in view."""
        if self.slide and not _EDGE <= x <= self.width - _EDGE:
            self.offset = max(0, min(self.slide, round(self.offset + x - self.width / 2)))

    def text_width(self, width: float) -> float:
        """The width that its text is laid out for, in a column of this width."""
        if self.manner == "notice":
            return width - CARD_LEFT - CARD
        return width - QUOTE_STEP if self.manner == "thought" else width

    def render_aside(self, known: dict[str, Any]) -> Rendered:
        """A document that is not kept."""
        source = self.block.source
        if self.manner == "markdown":
            return document.render(self.block, known, self.coloured, pictured=self.pictured)
        if self.manner == "thought":
            return document.render(self.block, known, self.coloured, True, self.pictured)
        return document.render_plain(source.rstrip("\n"), bold_first=self.manner == "notice")


class Growth:
    """A text that grows at its end, as parts: whatever is settled is rendered once."""

    def __init__(self, manner: Manner) -> None:
        self.parts: list[Part] = []
        self._manner = manner
        self._splitter = Splitter()
        self._tail: Part | None = None

    def feed(self, text: str) -> int:
        """Take the next piece; the number of the first part that it changed."""
        first = len(self.parts) - (1 if self._tail else 0)
        for block in self._splitter.feed(text):
            self._put(block, settled=True)
        tail = self._splitter.tail
        if tail.source.strip():
            self._put(tail, settled=False)
        return first

    def finish(self) -> None:
        """The text is at its end."""
        for block in self._splitter.finish():
            self._put(block, settled=True)
        self._splitter, self._tail = Splitter(), None

    def _put(self, block: Block, settled: bool) -> None:
        """The next block, or the next state of the last one."""
        coloured = settled or self._splitter.fence is None
        coloured &= document.can_be_coloured(block)
        part = self._tail
        if part is None:
            part = Part(block, self._manner)
            self.parts.append(part)
        elif coloured != part.coloured:
            part.block = block
            part.forget()
        else:
            part.grow(block)
        part.coloured = coloured
        self._tail = None if settled else part
