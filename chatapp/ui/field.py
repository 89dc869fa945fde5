"""A field of plain text that grows a little with what is written.

Knows nothing about what the text is for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from chatapp.chat import clean
from chatapp.ui.composing import Composing

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent


class Field(QPlainTextEdit):
    """Plain text; Tab goes on to the next control. `lines` is seen at least and at most."""

    left = Signal()  # the keyboard is elsewhere now

    def __init__(self, lines: tuple[int, int], longest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines, self._longest = lines, longest
        self.setTabChangesFocus(True)
        self.composing = Composing(self)
        self.textChanged.connect(self.fit)
        self.fit()

    def text(self) -> str:
        """What stands there, without what is being composed."""
        return clean(self.toPlainText())

    def fit(self) -> None:
        """Take the height of the text, within bounds; then scroll."""
        line = self.fontMetrics().lineSpacing()
        # Of a plain text's layout the height is told in lines.
        lines = math.ceil(self.document().size().height())
        least, most = self._lines
        self.setFixedHeight(line * min(max(lines, least), most) + 28)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font."""
        if event.type() == QEvent.Type.FontChange:
            self.fit()
        super().changeEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell it, once the input method has given back what it had."""
        super().focusOutEvent(event)
        self.left.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste clean text, as much as there is room for."""
        selected = len(self.textCursor().selectedText())
        room = self._longest + 1 - self.document().characterCount() + selected
        self.insertPlainText(clean(source.text())[: max(0, room)])
