"""Puts the real buttons where the painted conversation has room for them, and takes them away.

Only what is in view has buttons; they are used again for other messages. Knows nothing about what
the buttons cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from chatapp.ui import look, question_bar, steps, turn_paint
from chatapp.ui.answer_bar import AnswerBar
from chatapp.ui.cure_row import CureRow
from chatapp.ui.part import SLIDE
from chatapp.ui.question_bar import QuestionBar, QueueLine
from chatapp.ui.slide import Slide
from chatapp.ui.small_button import SIDE, CodeCopy
from chatapp.ui.steps import Steps
from chatapp.ui.thought_line import ThoughtLine
from chatapp.ui.turn import BAR, BUBBLE_Y, CURES, LINE, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.ui.scroll import Scroll
    from chatapp.ui.turn import Turn

    Key = tuple[int, int, int]  # turn, part, code block; in the order of Tab
    Widget = AnswerBar | CodeCopy | CureRow | QuestionBar | QueueLine | Slide | Steps | ThoughtLine

_THOUGHT = -1  # before all parts
_QUESTION, _STEPS, _QUEUE, _CURES, _ANSWER = range(1 << 30, (1 << 30) + 5)  # behind all parts
_SLIDE_KEY = 1 << 30  # behind the code blocks of a part
_KINDS = {_THOUGHT: ThoughtLine, _QUESTION: QuestionBar, _STEPS: Steps, _QUEUE: QueueLine,
          _CURES: CureRow, _ANSWER: AnswerBar}  # fmt: skip
_INSET = (SIDE - 18) // 2  # so that the icon, not its button, meets the text's edge


class Controls(QObject):
    """The buttons inside the view."""

    asked = Signal(str, int)  # what is to be done, message id
    menu_requested = Signal(int, QPoint)  # message id, place on the screen
    code_copied = Signal(str)
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
            lines = self._question if turn.typed else self._answer
            wanted.update(lines(number, turn, left, column, top))
        height = self._ground.height()
        wanted = {
            key: (spot, content)
            for key, (spot, content) in wanted.items()
            if -SIDE < spot.y() < height
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
                x = turn.text_left(left, column) + card.right() - SIDE - 4
                spot = QPoint(round(x), round(top + y + card.top() + 2))
                yield (number, index, which), (spot, code.source)
            if part.slide:
                spot = QPoint(round(left), round(top + y + part.height - SLIDE))
                yield (number, index, _SLIDE_KEY), (spot, (part, width))

    def _question(
        self, number: int, turn: Turn, left: float, column: float, top: float
    ) -> Iterator[tuple[Key, tuple[QPoint, object]]]:
        """Beside the bubble, and below it."""
        if turn.held:
            return
        if not turn.queued:
            bubble = turn.bubble(left, column, top)
            middle = bubble.top() + (min(bubble.height(), 2 * SIDE) - SIDE) / 2
            spot = QPoint(round(bubble.left() - question_bar.WIDTH - 4), round(middle))
            yield (number, _QUESTION, 0), (spot, (turn.message,))
        y = top + turn.text_bottom() + BUBBLE_Y + (LINE - SIDE) / 2
        if turn.has_steps:
            spot = QPoint(round(left + column) - steps.WIDTH, round(y))
            yield (number, _STEPS, 0), (spot, (turn.message,))
            y += LINE
        if turn.queued:
            yield (number, _QUEUE, 0), (QPoint(round(left), round(y)), (turn.message, column))

    def _answer(
        self, number: int, turn: Turn, left: float, column: float, top: float
    ) -> Iterator[tuple[Key, tuple[QPoint, object]]]:
        """Above the text, and below it."""
        if turn.has_thought:
            spot = QPoint(round(left) - _INSET, round(top + turn.above + turn.heading - 4))
            yield (number, _THOUGHT, 0), (spot, (turn, column + _INSET))
        if turn.has_bar:
            y = top + turn.text_bottom() + (look.grown(STATUS) if turn.has_status else 0)
            if turn.has_cures:
                spot = QPoint(round(left), round(y))
                yield (number, _CURES, 0), (spot, (turn.message, turn.offers, column))
                y += CURES
            spot = QPoint(round(left) - _INSET, round(y + (BAR - SIDE) / 2))
            yield (number, _ANSWER, 0), (spot, (turn.message,))

    def _put(self, key: Key, spot: QPoint, content: object) -> None:
        widget = self._used.get(key)
        if widget is None:
            widget = self._used[key] = self._take(key)
        if isinstance(widget, CodeCopy):
            widget.source = str(content)
        else:
            widget.bind(*content)  # type: ignore[misc]
        widget.move(spot)
        widget.show()

    def _take(self, key: Key) -> Widget:
        kind = _kind(key)
        if self._idle.get(kind):
            return self._idle[kind].pop()
        widget = kind(self._ground)
        if isinstance(widget, CodeCopy):
            widget.clicked.connect(self._on_code_clicked)
        elif isinstance(widget, Slide):
            widget.moved.connect(self.slid)
        elif isinstance(widget, ThoughtLine):
            widget.unfold_requested.connect(self.unfold_requested)
        else:
            widget.asked.connect(self.asked)
        if isinstance(widget, AnswerBar | QuestionBar):
            widget.menu_requested.connect(self.menu_requested)
        return widget

    def _release(self, key: Key) -> None:
        widget = self._used.pop(key)
        focus = self._view.window().focusWidget()
        if focus is not None and (widget is focus or widget.isAncestorOf(focus)):
            self._view.setFocus()  # not whatever Qt finds next
        widget.hide()
        self._idle.setdefault(type(widget), []).append(widget)

    def _order(self, keys: list[Key]) -> None:
        """Tab goes from the conversation through its buttons, from top to bottom."""
        previous: QWidget = self._view
        for key in keys:
            widget = self._used[key]
            one = isinstance(widget, CodeCopy | Slide | ThoughtLine)
            stops: list[QWidget] = [widget] if one else widget.stops()  # type: ignore[union-attr]
            for stop in stops:
                QWidget.setTabOrder(previous, stop)
                previous = stop

    def _on_code_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, CodeCopy):
            button.tick()
            self.code_copied.emit(button.source)


def _kind(key: Key) -> type[Widget]:
    if key[1] in _KINDS:
        return _KINDS[key[1]]  # type: ignore[return-value]
    return Slide if key[2] == _SLIDE_KEY else CodeCopy
