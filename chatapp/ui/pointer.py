"""The mouse over the conversation view: selecting across messages, and links.

Turns a point of the view into a spot in a document. Knows nothing about keys, the clipboard or
what becomes of a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QTextCursor, QWheelEvent

from chatapp.ui import markdown
from chatapp.ui.selection import Selection, Spot

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractScrollArea

    from chatapp.ui.part import Part
    from chatapp.ui.scroll import Scroll

_TICK_MS = 30  # while the mouse is held outside the view
_FASTEST = 60  # pixels scrolled in such a tick


class Pointer(QObject):
    """Follows the mouse; `Selection` and the view's cursor shape change with it."""

    changed = Signal()  # the selection
    link_clicked = Signal(str)

    def __init__(
        self,
        view: QAbstractScrollArea,
        scroll: Scroll,
        selection: Selection,
        column: Callable[[], tuple[float, float]],
    ) -> None:
        super().__init__(view)
        self._view = view
        self._scroll = scroll
        self._selection = selection
        self._column = column
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._since_double = QElapsedTimer()
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def follow(self, event: QMouseEvent) -> bool:
        """Take an event of the mouse; False for what is not the pointer's."""
        kind = QEvent.Type
        acts = {
            kind.MouseButtonPress: self.press,
            kind.MouseButtonDblClick: self.double,
            kind.MouseMove: self.move,
            kind.MouseButtonRelease: self.release,
        }
        act = acts.get(event.type())
        if act is not None:
            act(event)
        return act is not None

    def press(self, event: QMouseEvent) -> None:
        """Begin a selection; extend it with Shift; a third click takes the paragraph."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = self._pressed = event.position()
        pause = QGuiApplication.styleHints().mouseDoubleClickInterval()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._selection.anchor:
            self._selection.extend(self.spot(at))
        elif self._since_double.isValid() and self._since_double.elapsed() < pause:
            self._take(at, QTextCursor.SelectionType.BlockUnderCursor)
        else:
            self._selection.start(self.spot(at))
        self.changed.emit()

    def double(self, event: QMouseEvent) -> None:
        """Select a word."""
        self._since_double.start()
        self._take(event.position(), QTextCursor.SelectionType.WordUnderCursor)
        self.changed.emit()

    def move(self, event: QMouseEvent) -> None:
        """Extend the selection, or show what can be clicked."""
        self._last = event.position()
        if self._pressed is None:
            self._view.viewport().setCursor(self._shape(self._last))
            return
        self._selection.extend(self.spot(self._last))
        outside = not self._view.viewport().rect().contains(self._last.toPoint())
        if outside and not self._timer.isActive():
            self._timer.start()
        elif not outside:
            self._timer.stop()
        self.changed.emit()

    def release(self, event: QMouseEvent) -> None:
        """Tell a link that was clicked and not dragged."""
        pressed, self._pressed = self._pressed, None
        self._timer.stop()
        if pressed is None or self._selection or event.button() != Qt.MouseButton.LeftButton:
            return
        link = self.link(event.position())
        if link and link == self.link(pressed):
            self.link_clicked.emit(link)

    def slide(self, event: QWheelEvent) -> bool:
        """Move the block under the mouse sideways; False for a turn that is not for it."""
        turned, at = event.pixelDelta() or event.angleDelta() / 2, event.position()
        held = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        sideways = turned.y() if held and not turned.x() else turned.x()
        part = self.part_under(at)
        if part is None or not part.slide or abs(sideways) <= (0 if held else abs(turned.y())):
            return False
        part.offset = max(0, min(part.slide, part.offset - sideways))
        event.accept()
        return True

    def spot(self, at: QPointF) -> Spot | None:
        """The place between characters nearest to a point of the view."""
        found = self._part(at)
        if found is None:
            return None
        turn, index, part, inside = found
        if part.rendered is None:
            return Spot(turn, index, 0)
        layout = part.rendered.document.documentLayout()
        position = layout.hitTest(inside, Qt.HitTestAccuracy.FuzzyHit)
        return Spot(turn, index, max(0, position))

    def link(self, at: QPointF) -> str:
        """The address under a point, empty when there is none to open."""
        found = self._part(at)
        if found is None or found[2].rendered is None:
            return ""
        layout = found[2].rendered.document.documentLayout()
        return markdown.web_link(layout.anchorAt(found[3]))

    def turn(self, at: QPointF) -> int | None:
        """The number of the turn at a point."""
        found = self._part(at)
        return found[0] if found else None

    def _part(self, at: QPointF) -> tuple[int, int, Part, QPointF] | None:
        """Turn, part and the point in the part's document; the nearest ones."""
        left, column = self._column()
        found = None
        for number, turn, top in self._scroll.visible():
            if turn.all_parts() and (found is None or at.y() >= top):
                found = number, turn, top
        if found is None:
            return None
        number, turn, top = found
        index = turn.part_at(at.y() - top)
        part = turn.all_parts()[index]
        corner = QPointF(turn.text_left(left, column), top + turn.part_top(index)) + part.origin()
        return number, index, part, at - corner

    def part_under(self, at: QPointF) -> Part | None:
        """The part at a point, None beside all of them."""
        found = self._part(at)
        if found is None:
            return None
        part, inside = found[2], found[3] + found[2].origin()
        return part if 0 <= inside.y() <= part.height else None

    def _shape(self, at: QPointF) -> Qt.CursorShape:
        if self.link(at):
            return Qt.CursorShape.PointingHandCursor
        found = self._part(at)
        if found is None or found[2].rendered is None:
            return Qt.CursorShape.ArrowCursor
        layout = found[2].rendered.document.documentLayout()
        on_text = layout.hitTest(found[3], Qt.HitTestAccuracy.ExactHit) >= 0
        return Qt.CursorShape.IBeamCursor if on_text else Qt.CursorShape.ArrowCursor

    def _take(self, at: QPointF, what: QTextCursor.SelectionType) -> None:
        spot, found = self.spot(at), self._part(at)
        if spot is None or found is None or found[2].rendered is None:
            return
        cursor = QTextCursor(found[2].rendered.document)
        cursor.setPosition(spot.position)
        cursor.select(what)
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        self._selection.select(Spot(spot.turn, spot.part, first), Spot(spot.turn, spot.part, last))

    def _on_timer_timeout(self) -> None:
        height = self._view.viewport().height()
        beyond = self._last.y() - (height if self._last.y() > height else 0)
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + round(max(-_FASTEST, min(_FASTEST, beyond))))
        self._selection.extend(self.spot(self._last))
        self.changed.emit()
