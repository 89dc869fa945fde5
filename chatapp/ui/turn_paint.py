"""Paints one turn: bubble, author, cards, bars, text and the line below it.

Reads positions from the turn and colours from `look`. Knows nothing about scrolling or input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPalette,
    QPen,
    QTextCharFormat,
    QTextCursor,
)

from chatapp.ui import answer_bar, look, question_bar
from chatapp.ui.paper import CODE_HEADER, CODE_PAD, CODE_TOP, QUOTE_STEP
from chatapp.ui.part import CARD
from chatapp.ui.small_button import SIDE
from chatapp.ui.turn import ABOVE, BAR, BELOW, CURES, HEADING, STATUS, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QTextBlock, QTextDocument, QTextLine

    from chatapp.ui.paper import Code, Mark, Rendered
    from chatapp.ui.part import Part
    from chatapp.ui.phrases import Phrases
    from chatapp.ui.turn import Turn


WIDEST = 760  # pixels of text: a line that is still easy to read
_SIDE, _BARE_SIDE = 28, 14  # pixels free at each side of the column
_MARK = 16  # pixels from the column to the bar beside a marked message
_RADIUS = 10
_GAP = 10  # pixels between a name and a time
_BUBBLE_RADIUS = 16


@dataclass(frozen=True, slots=True)
class Tint:
    """A ground behind some letters: first and last position, and its colour."""

    start: int
    end: int
    ground: str


if TYPE_CHECKING:
    Tints = Callable[[int], list[Tint]]  # of a part


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn is painted: the column's left and width, the turn's top. Pixels."""

    left: float
    column: float
    top: float


def column(room: float, bare: bool) -> tuple[float, float]:
    """Left edge and width of the text in a view of this width. Pixels."""
    side = _BARE_SIDE if bare else _SIDE
    width = max(1, min(WIDEST * max(100, look.zoom()) // 100, room - 2 * side))
    return float((room - width) // 2), float(width)


def card(part: Part, code: Code, width: float) -> QRectF:
    """The ground of a code block, from the part's corner."""
    made = part.rendered
    if made is None:
        return QRectF()
    corner = part.origin()
    top = _block_rect(made, code.first).top() - CODE_HEADER - CODE_TOP
    bottom = _block_rect(made, code.last).bottom() + CODE_PAD
    lead = made.lead  # code lines have it above their letters as well
    left = code.left + (QUOTE_STEP if part.manner == "thought" else 0)
    return QRectF(left, corner.y() + top + lead, width - left, bottom - top - lead)


def paint(
    painter: QPainter, turn: Turn, place: Place, clip: QRectF, tints: Tints, phrases: Phrases
) -> None:
    """The turn, as far as it is inside `clip` (view coordinates)."""
    if place.top + turn.height < clip.top():
        return
    wear = look.colours()
    if turn.marked:
        high = turn.height - turn.above - BELOW
        bar = QRectF(place.left - _MARK, place.top + turn.above, 3, high)
        _rounded(painter, bar, wear.accent, None, 1.5)
    if turn.first_seen:
        _unseen(painter, place, phrases.unseen())
    if turn.typed and not turn.held:
        bubble = turn.bubble(place.left, place.column, place.top)
        _rounded(painter, bubble, wear.bubble, None, _BUBBLE_RADIUS)
        _asked(painter, turn, place, bubble, phrases.when(turn.message))
    elif not (turn.typed or turn.bare) and clip.top() < place.top + turn.above + turn.heading:
        _author(painter, turn, place, phrases)
    left, width = turn.text_left(place.left, place.column), turn.text_width(place.column)
    for number, part, y in turn.places(clip.top() - place.top, clip.bottom() - place.top):
        if part.manner == "thought":
            high = part.gap if number else 0  # one bar beside all of it
            bar = QRectF(left, place.top + y - high, 3, part.height + high)
            painter.fillRect(bar, QColor(wear.border))
        if part.rendered:
            _part(painter, part, QPointF(left, place.top + y), width, clip, tints(number))
    bottom = place.top + turn.text_bottom()
    if turn.has_status:
        _status(painter, turn, place, bottom, phrases)
        bottom += look.grown(STATUS)
    bottom += CURES if turn.has_cures else 0
    if turn.has_bar:
        _stats(painter, turn, place, bottom, phrases.stats(turn.message))


def _unseen(painter: QPainter, place: Place, text: str) -> None:
    """A line across the column with words in its middle."""
    wear, box = look.colours(), QRectF(place.left, place.top + ABOVE, place.column, UNSEEN - ABOVE)
    painter.setFont(QGuiApplication.font())
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.column)
    side = max(0.0, (place.column - metrics.horizontalAdvance(text)) / 2 - 12)
    middle = round(box.center().y())
    for left in (box.left(), box.right() - side):
        painter.fillRect(QRectF(left, middle, side, 1), QColor(wear.border_strong))
    painter.setPen(QColor(wear.muted))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _author(painter: QPainter, turn: Turn, place: Place, phrases: Phrases) -> None:
    font = look.zoomed(QGuiApplication.font())
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(QColor(look.colours().muted))
    rect = QRectF(place.left, place.top + turn.above, place.column, look.grown(HEADING) - 8)
    when, metrics = phrases.when(turn.message), QFontMetricsF(font)
    room = place.column - metrics.horizontalAdvance(when) - _GAP
    name = metrics.elidedText(phrases.author(turn.message), Qt.TextElideMode.ElideMiddle, room)
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, name)
    painter.setFont(QGuiApplication.font())
    rect.setLeft(place.left + metrics.horizontalAdvance(name) + _GAP)
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, when)


def _asked(painter: QPainter, turn: Turn, place: Place, bubble: QRectF, when: str) -> None:
    """When the person wrote it: beside the buttons that stand beside the bubble."""
    right = bubble.left() - question_bar.WIDTH - _GAP
    if turn.queued or right - place.left < QFontMetricsF(painter.font()).horizontalAdvance(when):
        return
    painter.setFont(QGuiApplication.font())
    painter.setPen(QColor(look.colours().muted))
    rect = QRectF(place.left, bubble.top(), right - place.left, min(bubble.height(), 2 * SIDE))
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, when)


def _part(
    painter: QPainter,
    part: Part,
    corner: QPointF,
    width: float,
    clip: QRectF,
    tints: list[Tint],
) -> None:
    made = part.rendered
    if made is None:
        return
    painter.save()
    painter.translate(corner)
    if part.manner == "notice":
        _notice(painter, part, width)
    for code in made.codes:
        _code(painter, part, code, width)
    origin = part.origin()
    window = clip.translated(-corner)
    if part.slide:
        edge = 1 if made.codes else 0
        window &= QRectF(edge, -2, width - 2 * edge, part.height + 2)
    painter.translate(origin)
    for quote in made.quotes:
        _quote(painter, made, quote.first, quote.last, quote.left)
    for rule in made.rules:
        y = _block_rect(made, rule).center().y() + made.lead
        painter.fillRect(QRectF(0, y, width, 1), QColor(look.colours().border))
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(QPalette.ColorRole.Text, QColor(look.colours().text))
    context.clip = window.translated(-origin)
    context.selections = [_selection(made.document, tint) for tint in tints]
    painter.setClipRect(context.clip)
    for start, end in made.chips:
        _chip(painter, made.document, start, end)
    for mark in made.marks:
        _mark(painter, made, mark)
    made.document.documentLayout().draw(painter, context)
    for picture in made.pictures:
        picture.paint(painter, made.document)
    painter.restore()


def _selection(document: QTextDocument, tint: Tint) -> QAbstractTextDocumentLayout.Selection:
    last = document.characterCount() - 1
    cursor = QTextCursor(document)
    cursor.setPosition(min(tint.start, last))
    cursor.setPosition(min(tint.end, last), QTextCursor.MoveMode.KeepAnchor)
    shape = QTextCharFormat()
    shape.setBackground(QColor(tint.ground))
    shape.setForeground(QColor(look.colours().text))  # quiet text would be too weak on it
    made = QAbstractTextDocumentLayout.Selection()
    made.cursor = cursor
    made.format = shape
    return made


def _block_rect(made: Rendered, number: int) -> QRectF:
    layout = made.document.documentLayout()
    return layout.blockBoundingRect(made.document.findBlockByNumber(number))


def _code(painter: QPainter, part: Part, code: Code, width: float) -> None:
    wear, rect = look.colours(), card(part, code, width)
    _rounded(painter, rect, wear.code, wear.border, _RADIUS)
    head = QRectF(rect.left(), rect.top(), rect.width(), CODE_HEADER)
    line = QRectF(rect.left() + 1, head.bottom(), rect.width() - 2, 1)
    painter.fillRect(line, QColor(wear.border))
    painter.setFont(QGuiApplication.font())
    painter.setPen(QColor(wear.muted))
    text = QFontMetricsF(painter.font()).elidedText(
        code.language, Qt.TextElideMode.ElideRight, rect.width() - 60
    )
    painter.drawText(head.adjusted(CODE_PAD, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def _quote(painter: QPainter, made: Rendered, first: int, last: int, left: float) -> None:
    top = _block_rect(made, first).top() + made.lead / 2
    bottom = _block_rect(made, last).bottom() + made.lead / 2
    _rounded(painter, QRectF(left, top, 3, bottom - top), look.colours().border_strong, None, 1.5)


def _line_top(document: QTextDocument, block: QTextBlock, line: QTextLine) -> QPointF:
    """A line's corner in the document."""
    return document.documentLayout().blockBoundingRect(block).topLeft() + line.position()


def _chip(painter: QPainter, document: QTextDocument, start: int, end: int) -> None:
    """The ground of code inside a line of text, line by line."""
    block = document.findBlock(start)
    begin = block.position()
    for number in range(block.layout().lineCount()):
        line = block.layout().lineAt(number)
        first = max(start - begin, line.textStart())
        last = min(end - begin, line.textStart() + line.textLength())
        if first < last:
            corner = document.documentLayout().blockBoundingRect(block).topLeft()
            left, right = (float(line.cursorToX(at)[0]) for at in (first, last))  # type: ignore[index]
            base = corner.y() + line.y() + line.ascent()
            high, deep = _chip_extent(painter)
            rect = QRectF(corner.x() + left - 2, base - high, right - left + 4, high + deep)
            _rounded(painter, rect, look.colours().bubble, None, 4)


def _chip_extent(painter: QPainter) -> tuple[float, float]:
    metrics = QFontMetricsF(look.code_font(QGuiApplication.font()))
    return metrics.ascent() + 1.5, metrics.descent() + 1.5


def _mark(painter: QPainter, made: Rendered, mark: Mark) -> None:
    """What stands before a list item, to the left of its first line."""
    block = made.document.findBlockByNumber(mark.block)
    line = block.layout().lineAt(0)
    corner = _line_top(made.document, block, line)
    base, metrics = corner.y() + line.ascent(), QFontMetricsF(made.document.defaultFont())
    middle = base - metrics.xHeight() / 2
    wear = look.colours()
    if mark.text in "•◦▪":
        _bullet(painter, mark.text, QPointF(corner.x() - 14, middle), wear.muted)
    elif mark.text in "☐☑":
        _box(painter, mark.text == "☑", QRectF(corner.x() - 23, base - 13, 15, 15))
    else:
        painter.setFont(made.document.defaultFont())
        painter.setPen(QColor(wear.muted))
        width = metrics.horizontalAdvance(mark.text)
        painter.drawText(QPointF(corner.x() - 8 - width, base), mark.text)


def _bullet(painter: QPainter, text: str, middle: QPointF, ink: str) -> None:
    painter.setPen(QPen(QColor(ink), 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush if text == "◦" else QColor(ink))
    if text == "▪":
        painter.drawRect(QRectF(middle.x() - 1.8, middle.y() - 1.8, 3.6, 3.6))
    else:
        painter.drawEllipse(middle, 2.2, 2.2)


def _box(painter: QPainter, done: bool, rect: QRectF) -> None:
    wear = look.colours()
    edge = wear.accent if done else wear.border_strong
    _rounded(painter, rect, wear.accent if done else wear.base, edge, 4)
    if done:
        _icon(painter, "check", wear.accent_text, rect.adjusted(1, 1, -1, -1))


def _icon(painter: QPainter, name: str, ink: str, rect: QRectF) -> None:
    ratio = painter.device().devicePixelRatioF()
    sign = look.icon(name, ink).pixmap(QSize(round(rect.width()), round(rect.height())), ratio)
    painter.drawPixmap(rect.topLeft(), sign)


def _notice(painter: QPainter, part: Part, width: float) -> None:
    wear = look.colours()
    rect = QRectF(0, 0, width, part.height)
    _rounded(painter, rect, wear.warning_soft, None, _RADIUS)
    painter.setOpacity(0.4)
    _rounded(painter, rect, "#00000000", wear.warning, _RADIUS)
    painter.setOpacity(1)
    _icon(painter, "warning", wear.warning, QRectF(CARD, CARD, 20, 20))


def _status(painter: QPainter, turn: Turn, place: Place, top: float, phrases: Phrases) -> None:
    if turn.waiting:
        text = turn.waiting
    elif turn.progress:
        text = phrases.reading(*turn.progress)
    else:
        text = phrases.writing() if turn.growing else phrases.empty()
    wear = look.colours()
    painter.setFont(look.zoomed(QGuiApplication.font()))
    painter.setPen(QColor(wear.muted))
    rect = QRectF(place.left, top, place.column, look.grown(STATUS) - 8)
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)
    if turn.progress and not turn.waiting and turn.progress[1]:
        share = min(1.0, turn.progress[0] / turn.progress[1])
        track = QRectF(place.left, rect.bottom() + 2, min(220.0, place.column), 4)
        _rounded(painter, track, wear.border, None, 2)
        track.setWidth(track.width() * share)
        _rounded(painter, track, wear.accent, None, 2)


def _stats(painter: QPainter, turn: Turn, place: Place, top: float, text: str) -> None:
    painter.setFont(look.zoomed(QGuiApplication.font()))
    painter.setPen(QColor(look.colours().muted))
    beside = answer_bar.width(turn.message) + 10
    rect = QRectF(place.left + beside, top, place.column - beside, BAR)
    if turn.stats_height:
        rect = QRectF(place.left, top + BAR - 2, place.column, turn.stats_height)
        text = answer_bar.in_lines(text, place.column)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(rect, flags, text)


def _rounded(painter: QPainter, rect: QRectF, fill: str, edge: str | None, radius: float) -> None:
    painter.setBrush(QColor(fill))
    painter.setPen(QColor(edge) if edge else Qt.PenStyle.NoPen)
    inside = rect.adjusted(0.5, 0.5, -0.5, -0.5) if edge else rect
    painter.drawRoundedRect(inside, radius, radius)
