"""Which message the keyboard is at: stepped from one to the next, and told aloud.

Knows nothing about what will be done to the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from chatapp.thoughts import answer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.ui.phrases import Phrases
    from chatapp.ui.scroll import Scroll
    from chatapp.ui.turn import Turn

_SAID = 300  # characters that are read aloud


class Mark(QObject):
    """At most one message of a view."""

    def __init__(self, view: QWidget, scroll: Scroll, phrases: Phrases) -> None:
        super().__init__(view)
        self._view, self._scroll, self._phrases = view, scroll, phrases
        self._turn: Turn | None = None

    @property
    def message(self) -> int:
        """Its id; 0 = none is marked."""
        return self._turn.message.id if self._turn else 0

    def clear(self) -> None:
        """Mark none."""
        if self._turn:
            self._turn.marked = False
            self._turn = None
            self._view.update()

    def step(self, step: int) -> None:
        """Go to the message before (-1) or after (+1); the first step goes to the last message."""
        turns = self._scroll.turns
        if not turns:
            return
        at = turns.index(self._turn) if self._turn in turns else len(turns)
        number = max(0, min(at + step, len(turns) - 1))
        self.clear()
        turn = self._turn = turns[number]
        turn.marked = True
        self._scroll.following = False
        self._scroll.bring_into_view(number)
        words = f"{self._phrases.author(turn.message)}: {answer(turn.text)[:_SAID]}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._view, words))
