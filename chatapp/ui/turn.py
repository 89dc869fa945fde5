"""One message in the conversation view: its parts, their heights, and how they are painted.

A turn is cut into parts when it is first seen, and a part has a document only while it is near the
view; until then its height is an estimate. Knows nothing about scrolling, threads or selection.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QPointF, QRectF

from chatapp.ui import document, markdown
from chatapp.ui.markdown import Block, Splitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.chat import Message
    from chatapp.ui.paper import Rendered

HEADING = 30  # pixels above an answer: who wrote it
GAP = 14  # between parts
TIGHT = 4  # between parts of one list or paragraph
BUBBLE_X, BUBBLE_Y = 16, 9  # around what the person wrote
BUBBLE_SHARE = 0.84  # of the column
CARD = 16  # around a notice
CARD_LEFT = 46  # with its sign
STATUS = 30  # a quiet line while waiting
BAR = 40  # actions and stats
ABOVE, BELOW = 12, 14
_EM = 15  # pixels, for estimates only: asking for the font would cost more than the sum

Manner = Literal["markdown", "typed", "notice"]


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
    per_line = max(1.0, width / (_EM * (0.52 if text.isascii() else 0.95)))
    return (text.count("\n") * 0.6 + len(text) / per_line + 0.8) * _EM * 1.6


class Part:
    """A block of a message with, while it is near the view, its document."""

    def __init__(self, block: Block, manner: Manner = "markdown") -> None:
        self.block = block
        self.manner = manner
        self.rendered: Rendered | None = None
        self.height = 0.0
        self.width = 0.0  # the height was measured at; 0 = it is an estimate
        self.coloured = True

    @property
    def gap(self) -> int:
        """Pixels to the part above."""
        return TIGHT if self.block.continued else GAP

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
            wanted = self._text_width(width)
            if self.rendered.document.textWidth() != wanted:  # setting it lays out everything
                self.rendered.document.setTextWidth(wanted)
            self.measure(width)

    def measure(self, width: float) -> None:
        """Take the height from the document."""
        made = self.rendered
        if made is not None:
            self.height = made.above + made.document.size().height() + made.below
            self.height += 2 * CARD if self.manner == "notice" else 0
            self.width = width

    def grow(self, block: Block) -> None:
        """Show the next state of a block that is still being written."""
        before, self.block = self.block, block
        made = self.rendered
        if made is None:
            self.height = 0
            return
        if block.source.rstrip() == before.source.rstrip():
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
        return QPointF(0, above - lead)

    def _text_width(self, width: float) -> float:
        return width - CARD_LEFT - CARD if self.manner == "notice" else width

    def render_aside(self, known: dict[str, Any]) -> Rendered:
        """A document that is not kept."""
        source = self.block.source
        if self.manner == "markdown":
            return document.render(self.block, known, self.coloured)
        return document.render_plain(source.rstrip("\n"), bold_first=self.manner == "notice")


class Turn:
    """One message: parts below each other, then a status line or the actions."""

    def __init__(self, message: Message, growing: bool = False) -> None:
        self.message = message
        self.growing = growing
        self.parts: list[Part] | None = None
        self.progress: tuple[int, int] | None = None
        self.waiting = ""
        self.height = 0.0
        self.width = 0.0  # of the column the height is for
        self.stats_height = 0.0  # below the actions; 0 = beside them
        self.arrived: list[str] = []  # pieces not shown yet
        self.known: dict[str, Any] = {}  # link definitions
        self._splitter = Splitter()
        self._written: list[str] = [message.text]
        self._tail: Part | None = None
        self._notice: Part | None = None

    @property
    def typed(self) -> bool:
        """The person wrote it."""
        return self.message.role == "user"

    @property
    def text(self) -> str:
        """The source, as far as it is known."""
        return "".join(self._written)

    @property
    def has_status(self) -> bool:
        """A quiet line stands below the text."""
        nothing = self.parts == [] if self.parts is not None else not self.text.strip()
        quiet = self.waiting or self.progress or (nothing and not self._notice)
        return not self.typed and bool(quiet)

    @property
    def has_bar(self) -> bool:
        """Actions stand below the text."""
        return not self.typed and not self.growing

    @property
    def tail_length(self) -> int:
        """Characters that the next piece renders again."""
        return len(self._tail.block.source) if self._tail and self._tail.coloured else 0

    # -- text --------------------------------------------------------------------------------------

    def grow(self) -> None:
        """Show the pieces that arrived."""
        text = "".join(self.arrived)
        self.arrived.clear()
        if not self.growing:
            self.growing, self.parts = True, None  # it was taken for a finished one
        self.progress, self.waiting = None, ""
        parts = self._cut()
        self._written.append(text)
        for block in self._splitter.feed(text):
            self._put(parts, block, settled=True)
        tail = self._splitter.tail
        if tail.source.strip():
            self._put(parts, tail, settled=False)

    def settle(self, message: Message) -> None:
        """Take the final message; what was shown stays where its text is the same."""
        if self.arrived:
            self.grow()
        same, self.message = self.text == message.text, message
        self.growing, self.progress, self.waiting = False, None, ""
        if self.parts is not None and same:
            for block in self._splitter.finish():
                self._put(self.parts, block, settled=True)
            self._splitter, self._tail = Splitter(), None
            self.known = markdown.references(message.text)
            for part in self.parts if self.known else ():
                part.forget()
        else:
            self._written, self.parts, self._tail = [message.text], None, None
        self.width = 0

    def fail(self, sentence: str, remedy: str) -> None:
        """Put a notice below the text."""
        self.growing, self.progress, self.waiting = False, None, ""
        self._notice = Part(Block(f"{sentence}\n{remedy}"), "notice")
        self.width = 0

    def forget(self) -> None:
        """Drop every document: colours or fonts changed."""
        for part in self.all_parts():
            part.forget()
        self.width = 0

    def cut_parts(self) -> list[Part]:
        """All parts, made where they were not yet."""
        self._cut()
        return self.all_parts()

    def _cut(self) -> list[Part]:
        """The parts, made now when the turn is seen or written to for the first time."""
        if self.parts is None:
            self.parts = []
            if self.growing:
                for block in self._splitter.feed(self.text):
                    self._put(self.parts, block, settled=True)
                if self._splitter.tail.source.strip():
                    self._put(self.parts, self._splitter.tail, settled=False)
            elif self.typed:
                self.parts = [Part(block, "typed") for block in markdown.verbatim(self.text)]
            else:
                self.known = markdown.references(self.text)
                self.parts = [Part(block) for block in markdown.blocks(self.text)]
        return self.parts

    def _put(self, parts: list[Part], block: Block, settled: bool) -> None:
        """The next block, or the next state of the last one."""
        coloured = settled or self._splitter.fence is None
        coloured &= document.can_be_coloured(block)
        part = self._tail
        if part is None:
            part = Part(block)
            parts.append(part)
        elif coloured != part.coloured:
            part.block = block
            part.forget()
        else:
            part.grow(block)
        part.coloured = coloured
        self._tail = None if settled else part

    # -- geometry ----------------------------------------------------------------------------------

    def all_parts(self) -> list[Part]:
        """The blocks and the notice, as far as they were made."""
        return [*(self.parts or []), *([self._notice] if self._notice else [])]

    def text_width(self, column: float) -> float:
        """The width that its text is laid out for."""
        return round(column * BUBBLE_SHARE) - 2 * BUBBLE_X if self.typed else column

    def suppose(self, column: float) -> None:
        """Have some height for this width of the column, without looking at the text."""
        if self.width != column:
            for part in self.all_parts():
                part.suppose(self.text_width(column))
            self._add_up(column)

    def arrange(self, column: float, top: float, bottom: float, shelf: Shelf) -> float:
        """Lay out what lies between `top` and `bottom`; how much grew above `top`. Pixels."""
        before, width = self.height, self.text_width(column)
        self._cut()
        for part in self.all_parts():
            if not part.height:
                part.suppose(width)
        self._add_up(column)
        shift = self.height - before if top > 0 else 0.0
        above, below = top + shift, bottom + shift
        for part, y in self.places():
            if y + part.height < above or y > below:
                continue
            old = part.height
            part.lay_out(width, self.known, shelf)
            if y < above:
                shift += part.height - old
        self._add_up(column)
        return shift

    def places(self) -> Iterator[tuple[Part, float]]:
        """Each part with its top, from the turn's top."""
        y = float(ABOVE + (BUBBLE_Y if self.typed else HEADING))
        for number, part in enumerate(self.all_parts()):
            y += part.gap if number and not self.typed else 0
            yield part, y
            y += part.height

    def text_bottom(self) -> float:
        """Where the last part ends, from the turn's top."""
        y = float(ABOVE + (BUBBLE_Y if self.typed else HEADING))
        for part, top in self.places():
            y = top + part.height
        return y

    def text_left(self, left: float, column: float) -> float:
        """Where its text begins."""
        return self.bubble(left, column, 0).left() + BUBBLE_X if self.typed else left

    def bubble(self, left: float, column: float, y: float) -> QRectF:
        """The ground behind what the person wrote, when the turn's top is at `y`."""
        width = 0.0
        for part in self.parts or []:
            ideal = part.rendered.document.idealWidth() if part.rendered else 0.0
            width = max(width, ideal)
        if len(self.parts or []) != 1:
            width = self.text_width(column)
        width = min(self.text_width(column), width) + 2 * BUBBLE_X
        height = self.text_bottom() + BUBBLE_Y - ABOVE
        return QRectF(left + column - width, y + ABOVE, width, height)

    def _add_up(self, column: float) -> None:
        self.width = column
        if self.parts is None:
            body = estimate(self.text, self.text_width(column)) if self.text else 0.0
            body += ABOVE + HEADING
        else:
            body = self.text_bottom()
        self.height = round(body + self._foot() + BELOW)

    def _foot(self) -> float:
        foot = float(STATUS if self.has_status else 0)
        if self.typed:
            return foot + BUBBLE_Y
        return foot + (BAR + self.stats_height if self.has_bar else 0)
