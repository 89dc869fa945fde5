"""The grounds behind letters of the conversation: what was found, selected, or has the focus.

Knows where they begin and end, not how they are painted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatapp.ui import look
from chatapp.ui.turn_paint import Tint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.ui.finding import Finding
    from chatapp.ui.links import Links
    from chatapp.ui.scroll import Scroll
    from chatapp.ui.selection import Selection


class Tints:
    """Asked at paint time; what comes later lies above."""

    def __init__(
        self, scroll: Scroll, selection: Selection, finding: Finding, links: Links
    ) -> None:
        self._scroll, self._selection = scroll, selection
        self._finding, self._links = finding, links

    def of(self, turn: int) -> Callable[[int], list[Tint]]:
        """Those of each part of a turn."""

        def tints(part: int) -> list[Tint]:
            wear = look.colours()
            made = [Tint(*span, wear.found) for span in self._finding.inside(turn, part)]
            span = self._selection.inside(turn, part)
            if span and self._selection.covers(self._scroll.turns, turn, part):
                made.append(Tint(*span, wear.selection))
            link = self._links.present
            if link and (link.turn, link.part) == (turn, part):
                made.append(Tint(link.start, link.end, wear.accent_soft))
            return made

        return tints
