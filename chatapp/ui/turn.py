"""One message in the conversation view: its parts below each other, and where each of them stands.

A turn is cut into parts when it is first seen; until then its height is an estimate. Reasoning that
stands before an answer is folded and has parts only while it is open. Where a part stands is kept
and worked out again only below the first one that changed, so that a long answer grows as cheaply
at its end as at its beginning. Knows nothing about scrolling, threads or selection.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF

from chatapp.thoughts import Thoughts, answer, count_words
from chatapp.ui import habits, look, markdown
from chatapp.ui.markdown import Block
from chatapp.ui.part import Growth, Part, Shelf, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.chat import Message

HEADING = 30  # pixels above an answer: who wrote it
THOUGHT = 38  # the line that reasoning is folded into
BUBBLE_X, BUBBLE_Y = 16, 9  # around what the person wrote
BUBBLE_SHARE = 0.84  # of the column
STATUS = 30  # a quiet line while waiting
LINE = 34  # below the person's words: versions, and that they wait
BAR = 40  # actions and stats
CURES = 44  # what helps against an error
ABOVE, BELOW = 12, 14
UNSEEN = 36  # the line above the first message that the model saw


def is_open(message: Message) -> bool:
    """An answer that has not ended."""
    return message.role == "assistant" and message.finish is None


class Turn:
    """One message: parts below each other, then a status line or the actions."""

    # Until it is cut, a turn shares these: a conversation may have 10,000 of them.
    thoughts = Thoughts()
    marked = False  # the keyboard is at it
    first_seen = False  # what stands above it was left out when the last answer began
    _reasoning = Growth("thought")

    def __init__(self, message: Message, growing: bool = False, bare: bool = False) -> None:
        self.message = message
        self.bare = bare  # without heading and actions
        self.growing = growing
        self.progress: tuple[int, int] | None = None
        self.waiting = ""
        self.queued = False  # the person's words wait for the answer before them
        self.held = 0.0  # pixels that a widget takes in place of the text; 0 = there is none
        self.height = 0.0
        self.width = 0.0  # of the column the height is for; 0 = it is to be measured again
        self.stats_height = 0.0  # below the actions; 0 = beside them
        self.arrived: list[str] = []  # pieces not shown yet
        self.known: dict[str, Any] = {}  # link definitions
        self.raw = False  # shown as its source
        self.unfolded = habits.thoughts_open()  # its reasoning
        self.thought_s = 0.0  # how long it took; 0 = nobody watched
        self._words = -1  # of the reasoning; below 0 = not counted
        self._began = 0.0  # monotonic, 0 = not watched from its start
        self._written: list[str] = [message.text]
        self._answer: Growth | None = None  # None = not cut yet
        self._notice: Part | None = None
        self.offers: tuple[tuple[str, str], ...] = ()  # against an error: what, and its words
        self._bottoms: list[float] = []  # of the first parts, from the turn's top
        self._column = 0.0  # the last width of the column

    @property
    def above(self) -> int:
        """Pixels between its top and what it shows first."""
        return (0 if self.bare else ABOVE) + (UNSEEN if self.first_seen else 0)

    @property
    def heading(self) -> int:
        """Pixels for who wrote it."""
        return 0 if self.bare else look.grown(HEADING)

    @property
    def typed(self) -> bool:
        """The person wrote it."""
        return self.message.role == "user"

    @property
    def text(self) -> str:
        """The source, as far as it is known."""
        return "".join(self._written)

    @property
    def has_thought(self) -> bool:
        """The answer begins with reasoning, which has a line of its own."""
        return self.thoughts.found and not self.raw and not self.held

    @property
    def thought_words(self) -> int:
        """Words of the reasoning, counted when it has come to its end."""
        if self._words < 0:
            self._words = count_words(self.thoughts.text)
        return self._words

    @property
    def has_status(self) -> bool:
        """A quiet line stands below the text."""
        if self.typed or self.held:
            return False
        if self._answer is None:
            nothing = not self.text.strip()
        else:
            nothing = not (self._answer.parts or self._notice or self.thoughts.under_way)
        return bool(self.waiting or self.progress or nothing)

    @property
    def has_bar(self) -> bool:
        """Actions stand below the text."""
        return not (self.typed or self.growing or self.held or self.bare)

    @property
    def has_cures(self) -> bool:
        """Buttons against an error stand below the text."""
        return bool(self.offers) and self.has_bar

    @property
    def has_steps(self) -> bool:
        """The way between versions of what the person wrote stands below it."""
        return self.typed and self.message.versions > 1 and not self.held

    # -- text --------------------------------------------------------------------------------------

    def grow(self) -> None:
        """Show the pieces that arrived."""
        text = "".join(self.arrived)
        self.arrived.clear()
        if not self.growing:
            self.growing = True  # it was taken for a finished one
            self._recut()
        self.progress, self.waiting = None, ""
        parts = self._cut()
        self._written.append(text)
        self._feed(parts, text)

    def settle(self, message: Message) -> None:
        """Take the final message; what was shown stays where its text is the same."""
        if self.arrived:
            self.grow()
        same, self.message = self.text == message.text, message
        self.growing, self.progress, self.waiting = False, None, ""
        if self._answer is not None and same:
            cut_short = self.thoughts.under_way
            self._feed(self._answer, self.thoughts.finish())
            self._answer.finish()
            self._reasoning.finish()
            if cut_short:
                self._open_reasoning()
            self.known = markdown.references(answer(message.text))
            for part in self._answer.parts if self.known else ():
                part.forget()
            self._bottoms.clear()
        else:
            self._written = [message.text]
            self._recut()
        self.width = 0

    def fail(self, sentence: str, remedy: str, offers: tuple[tuple[str, str], ...] = ()) -> None:
        """Put a notice below the text, and what helps below that."""
        self.offers = () if self.bare else offers
        self.growing, self.progress, self.waiting = False, None, ""
        self._notice = Part(Block(f"{sentence}\n{remedy}"), "notice")
        self._bottoms.clear()
        self.width = 0

    def begin_seen(self, first_seen: bool) -> None:
        """Have the line above it that says what the model did not see, or not."""
        if first_seen != self.first_seen:
            self.first_seen = first_seen
            self._bottoms.clear()
            self.width = 0

    def show_raw(self, raw: bool) -> None:
        """Show the source as it is, or what it means. Not while it grows."""
        self.raw = raw
        self._recut()

    def unfold(self, unfolded: bool) -> None:
        """Open or fold the reasoning."""
        self.unfolded = unfolded
        self._cut()
        self._open_reasoning()

    def follow_habit(self) -> None:
        """Open or fold the reasoning as the person is used to it."""
        self.unfolded = habits.thoughts_open()
        if self._answer is not None:
            self._open_reasoning()

    def is_thought(self, number: int) -> bool:
        """Whether this part is reasoning."""
        return number < len(self._reasoning.parts)

    def forget(self) -> None:
        """Drop every document: colours or fonts changed."""
        for part in self.all_parts():
            part.forget()
        self._bottoms.clear()
        self.width = 0

    def cut_parts(self) -> list[Part]:
        """All parts, made where they were not yet."""
        self._cut()
        return self.all_parts()

    def all_parts(self) -> list[Part]:
        """Reasoning where it is open, the answer and the notice, as far as they were made."""
        written = self._answer.parts if self._answer else []
        return self._reasoning.parts + written + ([self._notice] if self._notice else [])

    def _cut(self) -> Growth:
        """The answer in parts, made now when the turn is seen for the first time."""
        if self._answer is None:
            plain = self.typed or self.raw
            parts = self._answer = Growth("typed" if plain else "markdown")
            self.thoughts, self._began, self._words = Thoughts(), 0.0, -1
            if plain:
                parts.parts = [Part(block, "typed") for block in markdown.verbatim(self.text)]
            elif self.growing:
                self._feed(parts, self.text)
                self._began = 0.0 if self.text else self._began
            else:
                text = self.thoughts.feed(self.text) + self.thoughts.finish()
                self.known = markdown.references(text)
                parts.parts = [Part(block) for block in markdown.blocks(text)]
            self._open_reasoning()
        return self._answer

    def _feed(self, parts: Growth, text: str) -> None:
        """Take a piece, which may be reasoning, answer or both."""
        thoughts, known = self.thoughts, len(self.thoughts.pieces)
        before, now = thoughts.under_way, time.monotonic()
        rest, self._words = thoughts.feed(text), -1 if before else self._words
        if thoughts.under_way and not before:
            self._began = now
            self._bottoms.clear()  # a line for it comes above
        if before and self._began:
            self.thought_s = now - self._began
        first = len(self._reasoning.parts)
        if self.unfolded and (more := "".join(thoughts.pieces[known:])):
            first = self._reasoning.feed(more)
        if rest:
            first = min(first, len(self._reasoning.parts)) + parts.feed(rest)
        del self._bottoms[first:]

    def _open_reasoning(self) -> None:
        """Make the parts of the reasoning, or drop them."""
        self._reasoning = Growth("thought")
        if self.unfolded and self.has_thought:
            self._reasoning.feed(self.thoughts.text)
            if not self.thoughts.under_way:
                self._reasoning.finish()
        self._bottoms.clear()
        self.width = 0

    def _recut(self) -> None:
        """Begin again from the source, when it is seen next."""
        self._answer, self._reasoning = None, Growth("thought")
        self._bottoms.clear()
        self.width = 0

    # -- geometry ----------------------------------------------------------------------------------

    def text_width(self, column: float) -> float:
        """The width that its text is laid out for."""
        return round(column * BUBBLE_SHARE) - 2 * BUBBLE_X if self.typed else column

    def suppose(self, column: float) -> None:
        """Have some height for this width of the column, without looking at the text."""
        if self.width != column:
            if self._answer is not None:
                for part in self.all_parts():
                    part.suppose(self.text_width(column))
                self._bottoms.clear()
            self._add_up(column)

    def arrange(self, column: float, top: float, bottom: float, shelf: Shelf) -> float:
        """Lay out what lies between `top` and `bottom`; how much grew above `top`. Pixels."""
        before, width = self.height, self.text_width(column)
        self._cut()
        self._add_up(column)
        shift = self.height - before if top > 0 else 0.0
        if self.held:
            return shift
        above, below = top + shift, bottom + shift
        parts = self.all_parts()
        number = bisect_left(self._stack(), above)
        while number < len(parts):
            part, y = parts[number], self._stack()[number] - parts[number].height
            if y > below:
                break
            old = part.height
            part.lay_out(width, self.known, shelf)
            if part.height != old:
                del self._bottoms[number:]
                shift += part.height - old if y < above else 0
            number += 1
        self._add_up(column)
        return shift

    def places(
        self, top: float = float("-inf"), bottom: float = float("inf")
    ) -> Iterator[tuple[int, Part, float]]:
        """Number, part and its top, for what reaches into this stretch of the turn. Pixels."""
        parts, bottoms = ([], []) if self.held else (self.all_parts(), self._stack())
        for number in range(bisect_left(bottoms, top), len(parts)):
            y = bottoms[number] - parts[number].height
            if y > bottom:
                return
            yield number, parts[number], y

    def part_top(self, number: int) -> float:
        """Where a part begins."""
        return self._stack()[number] - self.all_parts()[number].height

    def part_at(self, y: float) -> int:
        """The number of the part at this height, or the last one."""
        bottoms = self._stack()
        return min(bisect_left(bottoms, y), len(bottoms) - 1)

    def text_bottom(self) -> float:
        """Where the last part ends, from the turn's top."""
        if self.held:
            return self.text_top() + self.held
        bottoms = self._stack()
        return bottoms[-1] if bottoms else self.text_top()

    def text_left(self, left: float, column: float) -> float:
        """Where its text begins."""
        return self.bubble(left, column, 0).left() + BUBBLE_X if self.typed else left

    def bubble(self, left: float, column: float, y: float) -> QRectF:
        """The ground behind what the person wrote, when the turn's top is at `y`."""
        width, parts = self.text_width(column), self.all_parts()
        if len(parts) == 1 and parts[0].rendered:
            width = min(width, parts[0].rendered.document.idealWidth())
        width += 2 * BUBBLE_X
        height = self.text_bottom() + BUBBLE_Y - self.above
        return QRectF(left + column - width, y + self.above, width, height)

    def text_top(self) -> float:
        top = self.above + (BUBBLE_Y if self.typed else self.heading)
        return float(top + (THOUGHT if self.has_thought else 0))

    def _stack(self) -> list[float]:
        """The bottom of each part, brought up to date."""
        parts, bottoms = self.all_parts(), self._bottoms
        for number in range(len(bottoms), len(parts)):
            part = parts[number]
            if not part.height:
                part.suppose(self.text_width(self._column))
            top = bottoms[-1] + part.gap if number else self.text_top()
            bottoms.append(top + part.height)
        return bottoms

    def _add_up(self, column: float) -> None:
        self.width = self._column = column
        if self._answer is None and not self.held:
            body = estimate(self.text, self.text_width(column)) if self.text else 0.0
            body += self.above + self.heading
        else:
            body = self.text_bottom()
        self.height = round(body + self._foot() + BELOW)

    def _foot(self) -> float:
        if self.typed:
            return BUBBLE_Y + LINE * (self.has_steps + self.queued)
        foot = float(look.grown(STATUS) if self.has_status else 0)
        foot += CURES if self.has_cures else 0
        return foot + (BAR + self.stats_height if self.has_bar else 0)
