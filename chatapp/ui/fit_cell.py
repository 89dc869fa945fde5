"""One amount of the table of needs: it can be chosen, by a click or by the arrow keys.

Knows nothing about what it tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

STEPS: dict[int, tuple[int, int]] = {  # rows and columns
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class FitCell(QLabel):
    """Only the chosen one is reached by Tab; from there the arrows lead on."""

    chosen = Signal(int, int)  # its row and column
    stepped = Signal(int, int)  # the row and column that an arrow leads to

    def __init__(self, text: str, tone: str, row: int, column: int) -> None:
        super().__init__(text, wordWrap=True)  # a narrow table grows higher, not wider
        self._place = row, column
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", tone)
        self.setProperty("kind", "cell")
        self.setIndent(0)  # else its frame moves the text further in
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_chosen(False)

    def show_chosen(self, chosen: bool) -> None:
        """Whether it is the one whose parts are told."""
        self.setProperty("chosen", chosen)
        policy = Qt.FocusPolicy
        self.setFocusPolicy(policy.StrongFocus if chosen else policy.ClickFocus)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(*self._place)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        down, right = STEPS.get(event.key(), (0, 0))
        if down or right:
            self.stepped.emit(self._place[0] + down, self._place[1] + right)
        else:
            super().keyPressEvent(event)
