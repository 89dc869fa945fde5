"""The line that an answer's reasoning is folded into; it opens and folds it.

While the model thinks it tells for how long and shows the newest line; then how long it took and
how much there is to read. Knows nothing about how the reasoning itself is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from chatapp.ui import look

if TYPE_CHECKING:
    from chatapp.ui.turn import Turn

HEIGHT = 30  # pixels
_ICON = 16
_FRAME = 34  # icon and edges beside the text
_NEWEST = 60  # pieces that surely hold the newest line


class ThoughtLine(QToolButton):
    """Bound to a turn whose answer begins with reasoning."""

    unfold_requested = Signal(int, bool)  # message id

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._turn: Turn | None = None
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._on_clicked)

    def bind(self, turn: Turn, width: float) -> None:
        """Speak for this turn, in at most this many pixels."""
        self._turn = turn
        told = self._told(turn)
        metrics = QFontMetricsF(self.font())
        shown = told
        if turn.thoughts.under_way and not turn.unfolded:
            newest = "".join(turn.thoughts.pieces[-_NEWEST:]).strip().rpartition("\n")[2]
            shown = f"{told}   {newest}"
        room = width - _FRAME
        # An ampersand would be taken for the mark of a key.
        shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room).replace("&", "&&")
        if shown != self.text():
            self.setText(shown)
            self.setAccessibleName(told)
        self._show_icon()
        self.setFixedSize(min(round(width), self.sizeHint().width()), HEIGHT)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours; a new language comes with the next `bind`."""
        if event.type() == QEvent.Type.PaletteChange and self._turn is not None:
            self._show_icon()
        super().changeEvent(event)

    def _told(self, turn: Turn) -> str:
        if turn.thoughts.under_way:
            if not turn.thought_s:
                return self.tr("Thinking")
            return self.tr("Thinking, {seconds} s").format(seconds=_whole(turn.thought_s))
        count = QLocale().toString(turn.thought_words)
        if not turn.thought_s:
            return self.tr("Thought, {count} words").format(count=count)
        text = self.tr("Thought for {seconds} s, {count} words")
        return text.format(seconds=_whole(turn.thought_s), count=count)

    def _show_icon(self) -> None:
        opened = self._turn is not None and self._turn.unfolded
        name = "chevron-down" if opened else "chevron-right"
        self.setIcon(look.icon(name, look.colours().muted))
        self.setAccessibleDescription(self.tr("Open") if opened else self.tr("Folded"))

    def _on_clicked(self) -> None:
        if self._turn is not None:
            self.unfold_requested.emit(self._turn.message.id, not self._turn.unfolded)


def _whole(seconds: float) -> str:
    return QLocale().toString(max(1, round(seconds)))
