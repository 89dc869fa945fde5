"""What is selected in the conversation view, across parts and messages, and its text.

Positions are counted in the documents, so they stay right while text is added at the end. Knows
nothing about the mouse, the clipboard or painting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatapp.ui.paper import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.ui.part import Part
    from chatapp.ui.turn import Turn

END = 1 << 40  # behind whatever there is
_MOST_RENDERED = 500  # parts laid out only for a copy; further ones are copied as their source


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place between two characters: turn, part in it, position in the part's document."""

    turn: int
    part: int
    position: int


class Selection:
    """An anchor and a head; nothing is selected while they are the same."""

    def __init__(self) -> None:
        self.anchor: Spot | None = None
        self.head: Spot | None = None

    def __bool__(self) -> bool:
        return self.anchor is not None and self.head is not None and self.anchor != self.head

    def clear(self) -> None:
        """Select nothing."""
        self.anchor = self.head = None

    def start(self, spot: Spot | None) -> None:
        """Put the anchor, with nothing selected yet."""
        self.anchor = self.head = spot

    def extend(self, spot: Spot | None) -> None:
        """Move the head."""
        if spot is not None and self.anchor is not None:
            self.head = spot

    def select(self, first: Spot, last: Spot) -> None:
        """Select from one spot to another."""
        self.anchor, self.head = first, last

    @property
    def span(self) -> tuple[Spot, Spot] | None:
        """First and last spot in reading order, None when nothing is selected."""
        if self.anchor is None or self.head is None or self.anchor == self.head:
            return None
        return min(self.anchor, self.head), max(self.anchor, self.head)

    def inside(self, turn: int, part: int) -> tuple[int, int] | None:
        """The selected positions of a part, or None."""
        span = self.span
        if span is None or not (span[0].turn, span[0].part) <= (turn, part) <= (
            span[1].turn,
            span[1].part,
        ):
            return None
        first = span[0].position if (span[0].turn, span[0].part) == (turn, part) else 0
        last = span[1].position if (span[1].turn, span[1].part) == (turn, part) else END
        return first, last

    def covers(self, turns: Sequence[Turn], turn: int, part: int) -> bool:
        """Whether a part is meant: reasoning only when the selection lies in reasoning alone."""
        span = self.span
        if span is None or not turns[turn].is_thought(part):
            return span is not None
        return all(turns[end.turn].is_thought(end.part) for end in span if end.turn < len(turns))

    def text(self, turns: Sequence[Turn]) -> str:
        """What a person sees of it: parts apart by a blank line."""
        rendered, made = 0, ""
        for number, index, part in self._touched(turns):
            live = part.rendered
            if live is None and rendered < _MOST_RENDERED:
                rendered += 1
                live = part.render_aside(turns[number].known)
            first, last = self.inside(number, index) or (0, 0)
            if live is None:
                text = part.block.source.strip("\n")
            else:
                end = min(last, live.document.characterCount() - 1)
                text = plain_text(live.document, first, end)
            made = _joined(made, text, part)
        return made

    def source(self, turns: Sequence[Turn]) -> str:
        """The Markdown of every block that it touches."""
        made = ""
        for _, _, part in self._touched(turns):
            made = _joined(made, part.block.source.strip("\n"), part)
        return made

    def _touched(self, turns: Sequence[Turn]) -> list[tuple[int, int, Part]]:
        span = self.span
        if span is None:
            return []
        return [
            (number, index, part)
            for number in range(span[0].turn, min(span[1].turn, len(turns) - 1) + 1)
            for index, part in enumerate(turns[number].cut_parts())
            if self.inside(number, index) and self.covers(turns, number, index)
        ]


def _joined(made: str, text: str, part: Part) -> str:
    """A blank line between two parts, none where a part was only cut for its length."""
    joint = "\n" if part.block.continued else "\n\n"
    return f"{made}{joint if made and text else ''}{text}"
