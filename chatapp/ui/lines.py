"""A list whose rows have two lines: a name with a word at its right, and facts below.

Knows nothing about models; each row carries what whoever made it wants back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from chatapp.ui import look

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

Index = QModelIndex | QPersistentModelIndex
Tone = Literal["text", "muted", "accent", "warning", "danger"]
_NO_PARENT = QModelIndex()
_LineRole = Qt.ItemDataRole.UserRole + 1
_PAD, _GAP = 12, 4  # pixels


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `about` is the lower line, `word` stands at the right in a colour.

    `key` tells a row from all others, also where their titles are the same; empty = the title does.
    """

    title: str
    about: str
    word: str = ""
    tone: Tone = "muted"
    about_tone: Tone = "muted"
    thing: Any = None
    key: str = ""

    @property
    def identity(self) -> str:
        """What stays the same when the list is shown again."""
        return self.key or self.title

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return ", ".join(filter(None, (self.title, self.word, self.about)))


class Lines(QAbstractListModel):
    """The rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show these instead."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.title
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return line.spoken
        return line if role == _LineRole else None


class LineDelegate(QStyledItemDelegate):
    """Paints both lines; what does not fit ends in an ellipsis."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, 2 * option.fontMetrics.lineSpacing() + _GAP + 2 * _PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: Line = index.data(_LineRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        box = option.rect.adjusted(_PAD + 4, _PAD - 2, -_PAD - 4, 0)
        height = option.fontMetrics.lineSpacing()
        upper = QRect(box.left(), box.top(), box.width(), height)
        lower = upper.translated(0, height + _GAP)
        wide = option.fontMetrics.horizontalAdvance(line.word)
        self._write(painter, option, upper, line.word, line.tone, right=True)
        upper.setRight(upper.right() - wide - 2 * _PAD)
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        self._write(painter, option, upper, line.title, "text")
        painter.setFont(option.font)
        self._write(painter, option, lower, line.about, line.about_tone)
        painter.restore()

    def _write(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        box: QRect,
        text: str,
        tone: Tone,
        right: bool = False,
    ) -> None:
        painter.setPen(QColor(getattr(look.colours(), tone)))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        elide = Qt.TextElideMode.ElideRight
        cut = painter.fontMetrics().elidedText(text, elide, box.width())
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, cut)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        wear, state = look.colours(), QStyle.StateFlag
        chosen = bool(option.state & state.State_Selected)
        focused = bool(option.state & state.State_HasFocus)
        ground = wear.accent_soft if chosen else wear.hover
        over = chosen or bool(option.state & state.State_MouseOver)
        painter.setPen(QColor(wear.accent) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground) if over else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(option.rect.adjusted(4, 1, -5, -2), 8, 8)


class LineView(QListView):
    """The list; Enter opens, F2 and Delete are told."""

    turned = Signal(object)  # the thing of the row that is the current one now
    opened = Signal(object)  # Enter, or a double click
    rename_pressed = Signal()
    delete_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = Lines(self)
        self.setModel(self.lines)
        self.setItemDelegate(LineDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.activated.connect(self._on_activated)
        self.clicked.connect(self._on_activated)
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    @property
    def thing(self) -> Any:
        """What the current row carries, or None."""
        index = self.currentIndex()
        return self.lines.lines[index.row()].thing if index.isValid() else None

    def show_lines(self, lines: tuple[Line, ...], neighbour: bool = False) -> None:
        """Show these; the current row stays the current one, and the list where it was scrolled to.

        Where that row is gone, none is current; with `neighbour` the nearest one that is left is.
        """
        index, before = self.currentIndex(), [line.identity for line in self.lines.lines]
        scrolled = self.verticalScrollBar().value()
        self.lines.show_lines(lines)
        self.doItemsLayout()  # the bar's range is of these rows now
        self.verticalScrollBar().setValue(scrolled)
        places = {line.identity: place for place, line in enumerate(lines)}
        order = before[index.row() :] + before[: index.row()][::-1] if index.isValid() else []
        left = [places[each] for each in (order if neighbour else order[:1]) if each in places]
        if left:
            self.choose(left[0])
        elif index.isValid():
            self.turned.emit(None)

    def choose(self, row: int) -> None:
        """Make this row the current one."""
        self.setCurrentIndex(self.lines.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.rename_pressed.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: Index) -> None:
        self.opened.emit(self.lines.lines[index.row()].thing)

    def _on_current_changed(self, index: Index, before: Index) -> None:
        if index.isValid():
            self.turned.emit(self.lines.lines[index.row()].thing)
