"""The links in view as stops of the keyboard: Tab walks through them, Enter opens one.

Knows nothing about what opening means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatapp.ui import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QTextBlock, QTextDocument

    from chatapp.ui.scroll import Scroll


class Link(NamedTuple):
    """Where a link stands, in reading order, and where it leads."""

    turn: int
    part: int
    start: int
    end: int
    address: str


class Links:
    """One of the links in view is the present one, or none."""

    def __init__(self, scroll: Scroll) -> None:
        self._scroll = scroll
        self.present: Link | None = None

    def step(self, forward: bool) -> bool:
        """Go to the next one in view or the one before; False when there is none further."""
        links = list(self._in_view())
        links = links if forward else links[::-1]
        if self.present in links:
            links = links[links.index(self.present) + 1 :]
        self.present = links[0] if links else None
        return self.present is not None

    def leave(self) -> None:
        """Be at none."""
        self.present = None

    def _in_view(self) -> Iterator[Link]:
        for number, turn, top in self._scroll.visible():
            for index, part, _ in turn.places(-top, self._scroll.view - top):
                if part.rendered is None:
                    continue
                for anchor in _anchors(part.rendered.document):
                    yield Link(number, index, *anchor)


def _anchors(document: QTextDocument) -> Iterator[tuple[int, int, str]]:
    block = document.begin()
    while block.isValid():
        yield from _anchors_of(block)
        block = block.next()


def _anchors_of(block: QTextBlock) -> Iterator[tuple[int, int, str]]:
    """Neighbouring fragments of one address are one link."""
    found: tuple[int, int, str] | None = None
    at = block.begin()
    while not at.atEnd():
        piece = at.fragment()
        address = markdown.web_link(piece.charFormat().anchorHref())
        if found and found[2] == address:
            found = (found[0], piece.position() + piece.length(), address)
        else:
            if found:
                yield found
            end = piece.position() + piece.length()
            found = (piece.position(), end, address) if address else None
        at += 1
    if found:
        yield found
