"""What a search found, as a list: title and day, and the line in which the words are marked.

Knows nothing about how words are found or what opening a hit means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.search import Hit

_EDGE, _GAP = 12, 3  # pixels
_LINES = 2  # of a hit's text
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
HitRole = Qt.ItemDataRole.UserRole
MomentRole = Qt.ItemDataRole.UserRole + 1


class HitRows(QAbstractListModel):
    """The hits as Qt sees them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hits: Sequence[Hit] = ()

    def show(self, hits: Sequence[Hit]) -> None:
        """Replace everything."""
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """One for each hit."""
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The title, what a screen reader says, and the hit itself."""
        hit = self.hits[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.title(hit)
            case Qt.ItemDataRole.AccessibleTextRole:
                parts = (self.title(hit), self.speaker(hit), self.moment(hit), hit.line)
                return ", ".join(part for part in parts if part)
            case _ if role == HitRole:
                return hit
            case _ if role == MomentRole:
                return self.moment(hit)
        return None

    def title(self, hit: Hit) -> str:
        """What stands for the conversation."""
        return hit.title or self.tr("New chat")

    def moment(self, hit: Hit) -> str:
        """Its day, and where the conversation is when it is not in the list."""
        if hit.archived:
            return self.tr("Archived, {day}").format(day=day(hit.moment))
        return day(hit.moment)

    def speaker(self, hit: Hit) -> str:
        """Who wrote the message."""
        if not hit.message:
            return ""
        return self.tr("You") if hit.role == "user" else self.tr("Answer")


class HitDelegate(QStyledItemDelegate):
    """Paints a hit."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line for a title, and those of the text."""
        lines = 1 + _LINES if index.data(HitRole).message else 1
        return QSize(0, lines * option.fontMetrics.height() + _GAP + 16)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The title and the day, then the line."""
        hit: Hit = index.data(HitRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        box = QRectF(option.rect).adjusted(_EDGE + 2, 8, -_EDGE, -4)
        height = option.fontMetrics.height()
        title = QRectF(box.left(), box.top(), box.width(), height)
        moment = index.data(MomentRole)
        wide = option.fontMetrics.horizontalAdvance(moment)
        painter.setPen(QColor(look.colours().muted))
        painter.setFont(option.font)
        painter.drawText(title, Qt.AlignmentFlag.AlignRight, moment)
        title.setWidth(max(0.0, box.width() - wide - 10))
        in_title = () if hit.message else hit.spans
        text = index.data(Qt.ItemDataRole.DisplayRole)
        paint_text(painter, title, text, in_title, _bold(option.font), 1)
        under = box.adjusted(0, height + _GAP, 0, 0)
        if hit.message:
            paint_text(painter, under, hit.line, hit.spans, option.font, _LINES)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours, state = look.colours(), option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        focused = chosen and bool(state & QStyle.StateFlag.State_Active)
        painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
        if chosen:
            painter.setBrush(QColor(colours.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(option.rect.adjusted(4, 1, -5, -2), 8, 8)


class HitList(QListView):
    """The list; Enter or a click opens a hit, Up on the first one and Esc go back."""

    opened = Signal(object)  # Hit
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = HitRows(self)
        self.setModel(self.rows)
        self.setItemDelegate(HitDelegate(self))
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._on_row_activated)

    def enter(self) -> None:
        """Come from the field above: the first hit is chosen."""
        if self.rows.rowCount():
            self.setFocus()
            self.setCurrentIndex(self.rows.index(0))

    def open_first(self) -> None:
        """What Enter in the field means."""
        if self.rows.rowCount():
            self.opened.emit(self.rows.hits[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open and leave; the rest is the list's own."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_row_activated(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape or (
            event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0
        ):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _on_row_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index.data(HitRole))


def day(moment: float) -> str:
    """The day of a second since the epoch; empty for none."""
    if not moment:
        return ""
    date = QDateTime.fromSecsSinceEpoch(round(moment)).date()
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def paint_text(
    painter: QPainter,
    box: QRectF,
    text: str,
    spans: Sequence[tuple[int, int]],
    font: QFont,
    lines: int,
) -> None:
    """So many lines of a text, its spans marked; what does not fit is not shown."""
    layout = QTextLayout(text, font)
    if lines == 1:
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        kept = len(shown) if shown == text else len(shown) - 1
        spans = [(start, min(end, kept)) for start, end in spans if start < kept]
        layout.setText(shown)
    option = QTextOption()
    anywhere = QTextOption.WrapMode.WrapAnywhere
    option.setWrapMode(
        anywhere if lines == 1 else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    )
    layout.setTextOption(option)
    layout.setFormats([_mark(text, start, end) for start, end in spans])
    layout.beginLayout()
    top = 0.0
    for _ in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(box.width())
        line.setPosition(QPointF(0, top))
        top += line.height()
    layout.endLayout()
    painter.setPen(QColor(look.colours().text))
    layout.draw(painter, box.topLeft())


def _mark(text: str, start: int, end: int) -> QTextLayout.FormatRange:
    mark = QTextLayout.FormatRange()
    mark.start = _units(text[:start])
    mark.length = _units(text[start:end])
    mark.format.setBackground(QColor(look.colours().found))
    return mark


def _units(text: str) -> int:
    """Qt counts in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
