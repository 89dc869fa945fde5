"""The conversation view: shows messages, grows the open answer, selects and copies.

It scrolls by pixel over turns that are measured when they come into view (`scroll`), cut into
blocks that are rendered once (`turn`, `document`) and painted here (`turn_paint`). A streamed piece
costs a list append; a timer shows what arrived, at most 30 times a second. Knows nothing about
where messages come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from chatapp import thoughts
from chatapp.ui import answer_bar, look, turn_paint
from chatapp.ui.arrivals import Arrivals
from chatapp.ui.caret import Caret
from chatapp.ui.controls import Controls
from chatapp.ui.finding import Finding
from chatapp.ui.guests import Guests
from chatapp.ui.jump import Jump
from chatapp.ui.links import Links
from chatapp.ui.mark import Mark
from chatapp.ui.offers import Offers
from chatapp.ui.phrases import Phrases
from chatapp.ui.pictures import Pictures
from chatapp.ui.pointer import Pointer
from chatapp.ui.scroll import NEAR, Scroll
from chatapp.ui.selection import END, Selection, Spot
from chatapp.ui.tail import Tail
from chatapp.ui.tints import Tints
from chatapp.ui.turn import Turn, is_open
from chatapp.ui.welcome import Welcome

if TYPE_CHECKING:
    from chatapp.chat import Message


class Transcript(QAbstractScrollArea):
    """A conversation of any length."""

    asked = Signal(str, int)  # what is to be done, message id
    link_opened = Signal(str)  # http or https only
    prompt_chosen = Signal(str)  # a starter prompt
    copied = Signal(str)  # what went to the clipboard

    def __init__(self, parent: QWidget | None = None, bare: bool = False) -> None:
        """`bare`: only the texts, without headings and actions."""
        super().__init__(parent)
        self._bare = bare
        self._phrases = Phrases(self)
        self._scroll = Scroll(self._prepare)
        self._tail = Tail(self._scroll)
        self._selection = Selection()
        self._by_id: dict[int, Turn] = {}
        self._arrivals = Arrivals(self)
        self._arrivals.flushed.connect(self._arrange)
        self._seen_from = 0  # the first message that the model saw, 0 = all
        self._wanted = 0  # the message to scroll to when it comes
        self._settling = False  # the scroll bar is moved by us
        self._pointer = Pointer(self, self._scroll, self._selection, self._column)
        self._pointer.changed.connect(self.viewport().update)
        self._pointer.link_clicked.connect(self.link_opened)
        self._caret = Caret(self._scroll, self._selection)
        self._links = Links(self._scroll)
        self.finding = Finding(lambda: self._scroll.turns, self)
        self.finding.changed.connect(self._on_finding_changed)
        self._pictures = Pictures(self._scroll, self._selection, self.finding, self)
        self._pictures.ready.connect(self._arrange)
        self.mark = Mark(self.viewport(), self._scroll, self._phrases)
        self._tints = Tints(self._scroll, self._selection, self.finding, self._links)
        self.offers = Offers(self, self._scroll, self._selection, self._pointer)
        self.offers.asked.connect(self._on_asked)
        self.offers.copy_requested.connect(self.copy)
        self.offers.markdown_requested.connect(self.copy_markdown)
        self.offers.address_requested.connect(self._copy)
        self.offers.all_requested.connect(self.select_all)
        self.guests = Guests(self, self._scroll)
        self.guests.changed.connect(self._arrange)
        self._controls = Controls(self)
        self._controls.asked.connect(self._on_asked)
        self._controls.menu_requested.connect(self.offers.open_below)
        self._controls.code_copied.connect(self._copy)
        self._controls.unfold_requested.connect(self.unfold)
        self._controls.slid.connect(self.viewport().update)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing below it
        self.verticalScrollBar().setSingleStep(24)
        self.welcome = Welcome(self.viewport())
        self.welcome.chosen.connect(self.prompt_chosen)
        self.welcome.hide()
        self.jump = Jump(self.viewport())
        self.jump.clicked.connect(self.jump_to_latest)
        self.setAccessibleName(self.tr("Conversation"))

    @property
    def count(self) -> int:
        """How many messages it shows."""
        return len(self._scroll.turns)

    # -- public slots ------------------------------------------------------------------------------

    def show_messages(self, messages: list[Message]) -> None:
        """Show this conversation, at its end; at the same place when it was shown already."""
        known = {turn.message.id: turn for turn in self._scroll.turns if not turn.growing}
        turns = []
        for message in messages:
            turn = known.get(message.id)
            if turn is None or turn.message != message:
                turn = Turn(message, is_open(message), self._bare)
            if message.role != "system":
                turns.append(turn)
        if not any(turn.message.id in known for turn in turns[:1] + turns[-1:]):
            self._scroll.following = True
        self._begin(turns)

    def show_empty(self, prompts: list[str]) -> None:
        """Show a headline and prompts to start with."""
        self._begin([])
        self.welcome.offer(prompts, self)
        self.welcome.show()

    def add(self, message: Message) -> None:
        """One more message at the end; one of the person's scrolls there."""
        self.welcome.hide()
        self.mark.clear()
        turn = Turn(message, is_open(message), self._bare)
        self._by_id[message.id] = turn
        self._scroll.add(turn)
        self._scroll.following |= message.role == "user"
        self._arrange()

    def append(self, message_id: int, text: str) -> None:
        """A streamed piece. The first one is painted at once."""
        if turn := self._by_id.get(message_id):
            self._arrivals.append(turn, text)

    def flush(self) -> None:
        """Show what arrived."""
        self._arrivals.flush()

    def show_progress(self, message_id: int, done: int, total: int) -> None:
        """How much of the prompt is read, until the first text. Tokens."""
        turn = self._by_id.get(message_id)
        if turn and not turn.text:
            turn.growing, turn.waiting, turn.progress = True, "", (done, total)
            self._changed(turn)

    def show_waiting(self, message_id: int, text: str) -> None:
        """A quiet line at the message, until progress or text."""
        if turn := self._by_id.get(message_id):
            turn.waiting = text
            self._changed(turn)

    def show_queued(self, message_id: int, queued: bool) -> None:
        """A message of the person waits for the answer before it, or no longer."""
        if turn := self._by_id.get(message_id):
            turn.queued = queued
            self._changed(turn)

    def replace(self, message: Message) -> None:
        """The same message with another rating."""
        if turn := self._by_id.get(message.id):
            turn.message = message
            self._arrange()

    def settle(self, message: Message) -> None:
        """The answer is final: its stats and actions appear."""
        turn = self._by_id.get(message.id)
        if turn is None:
            return
        self._arrivals.drop(turn)
        turn.settle(message)
        self.finding.renew()
        self._changed(turn)
        if self.isVisible() and not self._bare:
            said = QAccessibleAnnouncementEvent(self, self.tr("The answer is finished."))
            QAccessible.updateAccessibility(said)

    def show_failure(self, message_id: int, sentence: str, remedy: str, offers: Any = ()) -> None:
        """A calm card at the message: what is the case, what to do, and buttons for that."""
        if turn := self._by_id.get(message_id):
            turn.fail(sentence, remedy, offers)
            self._changed(turn)

    def reveal(self, message_id: int) -> None:
        """Scroll to a message; to one that is not here yet as soon as it comes."""
        self._wanted = 0 if message_id in self._by_id else message_id
        if turn := self._by_id.get(message_id):
            self._scroll.following = False
            self._scroll.reveal_top(self._scroll.turns.index(turn))
            self._arrange()

    def bring_into_view(self, message_id: int) -> None:
        """Scroll no further than is needed to see this message whole."""
        if turn := self._by_id.get(message_id):
            self._scroll.bring_into_view(self._scroll.turns.index(turn))
            self._arrange()

    def show_seen_from(self, message_id: int) -> None:
        """What stands above this message was left out when the last answer began; 0 = nothing."""
        old, self._seen_from = self._seen_from, message_id
        for turn in filter(None, map(self._by_id.get, {old, message_id})):
            turn.begin_seen(turn.message.id == message_id)
            self._changed(turn)

    def unfold(self, message_id: int, unfolded: bool) -> None:
        """Open or fold an answer's reasoning."""
        if turn := self._by_id.get(message_id):
            self._scroll.following = False
            self._selection.clear()  # its parts are counted anew
            turn.unfold(unfolded)
            self.finding.renew()
            self._changed(turn)

    def follow_habits(self) -> None:
        """Show all anew as the person is used to it."""
        self._selection.clear()  # parts are counted anew
        for turn in self._scroll.turns:
            turn.follow_habit()
        self.finding.renew()
        self.forget()

    def copy(self) -> None:
        """Copy the selection as plain text."""
        self._copy(self._selection.text(self._scroll.turns))

    def copy_markdown(self) -> None:
        """Copy the source of every block that the selection touches."""
        self._copy(self._selection.source(self._scroll.turns))

    def seek(self, words: str, message_id: int = 0) -> None:
        """Look for these words, from this message or the top of the view on; "" = for nothing."""
        turn, scroll = self._by_id.get(message_id), self._scroll
        number = scroll.turns.index(turn) if turn else scroll.at(scroll.value)
        self.finding.seek(words, Spot(number, 0, 0))

    def show_raw(self, message_id: int, raw: bool) -> None:
        """Show an answer's source as it is, or what it means."""
        if turn := self._by_id.get(message_id):
            self._selection.clear()  # its parts are counted anew
            turn.show_raw(raw)
            self.finding.renew()
            self._changed(turn)

    def set_zoom(self, percent: int) -> None:
        """The size of the text."""
        look.set_zoom(percent)
        self.forget()

    def select_all(self) -> None:
        """Select the whole conversation."""
        self._selection.select(Spot(0, 0, 0), Spot(END, END, END))
        self.viewport().update()

    def step_mark(self, step: int) -> None:
        """Put the keyboard at the message before (-1) or after (+1)."""
        self.mark.step(step)
        self._arrange()

    def jump_to_latest(self) -> None:
        """Show the end and follow it."""
        self._scroll.following = True
        self._arrange()

    # -- Qt events ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the turns in view."""
        painter = QPainter(self.viewport())
        # A pixel beyond: at a scale of 1.5 the edge of the rectangle is half of one.
        painter.fillRect(event.rect().adjusted(-1, -1, 1, 1), look.colours().base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, column = self._column()
        clip = QRectF(event.rect())
        with self._arrivals.painting():
            for number, turn, top in self._scroll.visible():
                place = turn_paint.Place(left, column, top)
                turn_paint.paint(painter, turn, place, clip, self._tints.of(number), self._phrases)
        self._tail.note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width."""
        super().resizeEvent(event)
        self.welcome.setGeometry(self.viewport().rect())
        self._arrange()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The scroll bar moved."""
        if not self._settling:
            self._scroll.look_at(self.verticalScrollBar().value())
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language, the colours and the font."""
        kind = event.type()
        if kind == QEvent.Type.LanguageChange:
            self.setAccessibleName(self.tr("Conversation"))
            self._arrange()
        elif kind in {QEvent.Type.PaletteChange, QEvent.Type.FontChange}:
            self.forget()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, select all, and the ends; scrolling by page and line is the scroll area's."""
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif self._caret.move(event):
            self._scroll.following = False
            self._arrange()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._links.present:
            self.link_opened.emit(self._links.present.address)
        elif event.key() == Qt.Key.Key_End:
            self.jump_to_latest()
        elif event.key() == Qt.Key.Key_Home:
            bar.setValue(0)
        elif event.key() == Qt.Key.Key_Escape and self._selection:
            self._selection.clear()
            self.viewport().update()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """The mouse is the pointer's; a link tells where it leads before it is clicked."""
        if isinstance(event, QMouseEvent) and self._pointer.follow(event):
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._pointer.link(QPointF(event.pos())), self)
            return True
        return super().viewportEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stops at the links in view before it goes on to the buttons."""
        stepped = self.hasFocus() and self._links.step(forward)
        if not stepped:
            self._links.leave()
        self.viewport().update()
        return stepped or super().focusNextPrevChild(forward)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Sideways, or with Shift, the block under the mouse slides."""
        if self._pointer.slide(event):
            self._arrange()
        elif not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy what is selected, else the message under the mouse."""
        if menu := self.offers.at(QPointF(event.pos())):
            menu.popup(event.globalPos())

    # -- private -----------------------------------------------------------------------------------

    def _begin(self, turns: list[Turn]) -> None:
        self._arrivals.clear()
        self._selection.clear()
        self._controls.clear()
        self.welcome.hide()
        self._by_id = {turn.message.id: turn for turn in turns}
        for turn in turns:
            turn.begin_seen(turn.message.id == self._seen_from)
        self._scroll.replace(turns)
        self.finding.renew()
        self._arrange()
        if self._wanted in self._by_id:
            self.reveal(self._wanted)

    def _changed(self, turn: Turn) -> None:
        self._scroll.suppose(turn)
        self._arrange()

    def forget(self) -> None:
        """Lay out everything anew: fonts or colours changed."""
        self._scroll.forget()
        self.guests.forget()
        self._arrange()

    def _column(self) -> tuple[float, float]:
        """Left edge and width of the text."""
        return turn_paint.column(self.viewport().width(), self._bare)

    def _prepare(self, turn: Turn) -> None:
        """Before a turn is measured: do its stats fit beside its actions?"""
        if turn.has_bar:
            text = self._phrases.stats(turn.message)
            turn.stats_height = answer_bar.wrapped(turn.message, text, self._column()[1])

    def _arrange(self, grown: tuple[Turn, ...] = ()) -> None:
        """Lay out, and paint; where only these turns have grown, what that has changed."""
        left, column = self._column()
        view, scroll, bar = self.viewport().height(), self._scroll, self.verticalScrollBar()
        self.guests.measure(column)
        scroll.arrange(column, view)
        if self._pictures.swap():
            scroll.arrange(column, view)
        self._settling = True
        bar.setPageStep(view)
        bar.setRange(0, round(scroll.most))
        bar.setValue(round(scroll.value))
        self._settling = False
        self._controls.place(scroll, left, column)
        self.guests.place(left, column)
        self.jump.place(bool(scroll.turns) and scroll.most - scroll.value > NEAR)
        kept = self._tail.changed_from(grown)
        self.viewport().update(self.viewport().rect().adjusted(0, kept, 0, 0))

    def _copy(self, text: str) -> None:
        if text:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(text)

    def _on_finding_changed(self) -> None:
        """Show the present one, marked as if a person had selected it."""
        if self.finding.leads and (span := self.finding.span()):
            self._selection.select(*span)
            self._scroll.following = False
            self._scroll.reveal_spot(span[0].turn, span[0].part, span[0].position)
        self._arrange()

    def _on_asked(self, what: str, message_id: int) -> None:
        """What concerns the view alone is done here."""
        turn = self._by_id.get(message_id)
        if turn and what == "copy":
            self._copy(thoughts.answer(turn.text))
        elif turn and what == "raw":
            self.show_raw(message_id, not turn.raw)
        else:
            self.asked.emit(what, message_id)
