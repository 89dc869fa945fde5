"""Puts drawn formulas where their source is shown, in the parts that are in view.

A part changes when all its formulas are drawn and nothing else rests on its letters: it is not
growing, not selected, and nothing was found in it. Knows nothing about how a formula is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp import typesetter

if TYPE_CHECKING:
    from chatapp.ui.finding import Finding
    from chatapp.ui.part import Part
    from chatapp.ui.scroll import Scroll
    from chatapp.ui.selection import Selection
    from chatapp.ui.turn import Turn

_LOOK_MS = 30  # between two looks at what is drawn meanwhile


class Pictures(QObject):
    """Looks at the parts in view after each layout, and again while some wait."""

    ready = Signal()  # some can be shown: lay out again

    def __init__(
        self, scroll: Scroll, selection: Selection, finding: Finding, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._scroll = scroll
        self._selection = selection
        self._finding = finding
        self._timer = QTimer(self, interval=_LOOK_MS, singleShot=True)
        self._timer.timeout.connect(self.ready)

    def swap(self) -> bool:
        """Let the parts in view be rendered with pictures; True when one is to be laid out anew."""
        changed = waiting = False
        for number, turn, top in self._scroll.visible():
            for index, part, _ in turn.places(-top, self._scroll.view - top):
                if not part.rendered or not part.rendered.awaited:
                    continue
                if self._is_held(number, index, turn, part):
                    continue
                if typesetter.shared.ask(part.rendered.awaited):
                    part.pictured = changed = True
                    part.forget()
                else:
                    waiting = True
        if waiting or changed:  # a lower picture brings more into view
            self._timer.start()
        return changed

    def _is_held(self, number: int, index: int, turn: Turn, part: Part) -> bool:
        growing = turn.growing and part is turn.all_parts()[-1]
        found = self._finding.inside(number, index)
        return growing or bool(found) or self._selection.inside(number, index) is not None
