"""Puts the real buttons where the painted conversation has room for them, and takes them away.

Only what is in view has buttons; they are used again for other messages. Knows nothing about what
the buttons cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from chatapp.ui import answer_bar, turn_paint
from chatapp.ui.answer_bar import AnswerBar, CodeCopy
from chatapp.ui.part import SLIDE
from chatapp.ui.slide import Slide
from chatapp.ui.thought_line import ThoughtLine
from chatapp.ui.turn import BAR, HEADING, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.ui.scroll import Scroll
    from chatapp.ui.turn import Turn

    Key = tuple[int, int, int]  # turn, part, code block; in the order of Tab
    Widget = AnswerBar | CodeCopy | Slide | ThoughtLine

_THOUGHT_KEY = -1  # before all parts
_BAR_KEY = 1 << 30  # behind all parts
_SLIDE_KEY = 1 << 30  # behind the code blocks of a part
_INSET = (answer_bar.SIDE - 18) // 2  # so that the icon, not its button, meets the text's edge


class Controls(QObject):
    """The buttons inside the view."""

    copy_requested = Signal(int)  # message id
    code_copied = Signal(str)
    regenerate_requested = Signal(int)
    version_requested = Signal(int, int)
    unfold_requested = Signal(int, bool)
    slid = Signal()

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view)
        self._view = view
        self._ground = view.viewport()
        self._used: dict[Key, Widget] = {}
        self._idle: dict[type, list[Widget]] = {}

    def place(self, scroll: Scroll, left: float, column: float) -> None:
        """Have exactly the buttons that are in view, at their places."""
        wanted: dict[Key, tuple[QPoint, object]] = {}
        for number, turn, top in scroll.visible():
            wanted.update(self._parts(number, turn, left, column, top))
            if turn.has_thought:
                spot = QPoint(round(left) - _INSET, round(top + turn.above + HEADING - 4))
                wanted[number, _THOUGHT_KEY, 0] = (spot, (turn, column + _INSET))
            if turn.has_bar:
                y = top + turn.text_bottom() + (STATUS if turn.has_status else 0)
                spot = QPoint(round(left) - _INSET, round(y + (BAR - answer_bar.SIDE) / 2))
                wanted[number, _BAR_KEY, 0] = (spot, turn.message)
        height = self._ground.height()
        wanted = {
            key: (spot, content)
            for key, (spot, content) in wanted.items()
            if -answer_bar.SIDE < spot.y() < height
        }
        fresh = wanted.keys() != self._used.keys()
        for key in [key for key in self._used if key not in wanted]:
            self._release(key)
        for key, (spot, content) in wanted.items():
            self._put(key, spot, content)
        if fresh:
            self._order(sorted(wanted))

    def clear(self) -> None:
        """Take all buttons away."""
        for key in list(self._used):
            self._release(key)

    def _parts(
        self, number: int, turn: Turn, left: float, column: float, top: float
    ) -> Iterator[tuple[Key, tuple[QPoint, object]]]:
        width = turn.text_width(column)
        for index, part, y in turn.places(-top, self._ground.height() - top):
            if part.rendered is None:
                continue
            for which, code in enumerate(part.rendered.codes):
                card = turn_paint.card(part, code, width)
                x = turn.text_left(left, column) + card.right() - answer_bar.SIDE - 4
                spot = QPoint(round(x), round(top + y + card.top() + 2))
                yield (number, index, which), (spot, code.source)
            if part.slide:
                spot = QPoint(round(left), round(top + y + part.height - SLIDE))
                yield (number, index, _SLIDE_KEY), (spot, (part, width))

    def _put(self, key: Key, spot: QPoint, content: object) -> None:
        widget = self._used.get(key)
        if widget is None:
            widget = self._used[key] = self._take(key)
        if isinstance(widget, CodeCopy):
            widget.source = str(content)
        elif isinstance(widget, AnswerBar):
            widget.bind(content)  # type: ignore[arg-type]
        else:
            widget.bind(*content)  # type: ignore[misc]
        widget.move(spot)
        widget.show()

    def _take(self, key: Key) -> Widget:
        kind = _kind(key)
        if self._idle.get(kind):
            return self._idle[kind].pop()
        if kind is CodeCopy:
            code = CodeCopy(self._ground)
            code.clicked.connect(self._on_code_clicked)
            return code
        if kind is Slide:
            slide = Slide(self._ground)
            slide.moved.connect(self.slid)
            return slide
        if kind is ThoughtLine:
            line = ThoughtLine(self._ground)
            line.unfold_requested.connect(self.unfold_requested)
            return line
        bar = AnswerBar(self._ground)
        bar.copy_requested.connect(self.copy_requested)
        bar.regenerate_requested.connect(self.regenerate_requested)
        bar.version_requested.connect(self.version_requested)
        return bar

    def _release(self, key: Key) -> None:
        widget = self._used.pop(key)
        focus = self._view.window().focusWidget()
        if focus is not None and (widget is focus or widget.isAncestorOf(focus)):
            self._view.setFocus()  # not whatever Qt finds next
        widget.hide()
        self._idle.setdefault(type(widget), []).append(widget)

    def _order(self, keys: list[Key]) -> None:
        """Tab goes from top to bottom."""
        previous: QWidget | None = None
        for key in keys:
            widget = self._used[key]
            stops = widget.stops() if isinstance(widget, AnswerBar) else [widget]
            for stop in stops:
                if previous is not None:
                    QWidget.setTabOrder(previous, stop)
                previous = stop

    def _on_code_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, CodeCopy):
            button.tick()
            self.code_copied.emit(button.source)


def _kind(key: Key) -> type[Widget]:
    if key[1] in {_BAR_KEY, _THOUGHT_KEY}:
        return AnswerBar if key[1] == _BAR_KEY else ThoughtLine
    return Slide if key[2] == _SLIDE_KEY else CodeCopy
