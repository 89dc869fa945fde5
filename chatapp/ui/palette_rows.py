"""What the palette offers: commands, chats and places in them, under three headings.

A row holds what choosing it brings, and knows nothing about how that is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chatapp.ui import look
from chatapp.ui.hits import day, paint_text
from chatapp.words import around, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Conversation
    from chatapp.search import Hit
    from chatapp.words import Spans

MOST_CHATS, MOST_HITS = 8, 30
_HEIGHT, _EDGE = 34, 14  # pixels
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
RowRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Command:
    """Something a menu offers."""

    menu: str
    action: QAction
    name: str
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it says, where its words are marked, what stands at its end."""

    text: str
    spans: Spans = ()
    end: str = ""
    brings: Command | Conversation | Hit | None = None  # None = a heading


class PaletteRows(QAbstractListModel):
    """The rows as Qt sees them."""

    def __init__(self, commands: Sequence[Command], chats: Sequence[Conversation],
                 parent: QObject) -> None:  # fmt: skip
        super().__init__(parent)
        self._commands = commands
        self._chats = chats
        self._hits: Sequence[Hit] = ()
        self._words: tuple[str, ...] = ()
        self.rows: list[Row] = []

    def look_for(self, words: tuple[str, ...]) -> None:
        """Offer what holds all these words; without any, everything."""
        self._words = words
        self._hits = [hit for hit in self._hits if words and around(hit.line, words)]
        self._arrange()

    def add_hits(self, hits: Sequence[Hit]) -> None:
        """What a search found for the words of now."""
        self._hits = [hit for hit in hits if hit.message][:MOST_HITS]
        self._arrange()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Headings included."""
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """A heading can be neither chosen nor reached by arrow keys."""
        item = Qt.ItemFlag
        if self.rows[index.row()].brings is None:
            return item.NoItemFlags
        return item.ItemIsEnabled | item.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Its text, what a screen reader says, and the row itself."""
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(part for part in (row.text, row.end) if part)
            case _ if role == RowRole:
                return row
        return None

    def first(self) -> QModelIndex:
        """The first row that brings something."""
        places = (place for place, row in enumerate(self.rows) if row.brings)
        place = next(places, None)
        return QModelIndex() if place is None else self.index(place)

    # -- private --

    def _arrange(self) -> None:
        groups: tuple[tuple[str, list[Row]], ...] = (
            (self.tr("Commands"), self._of_commands()),
            (self.tr("Chats"), self._of_chats()),
            (self.tr("In the chats"), [
                Row(hit.line, hit.spans, hit.title or day(hit.moment), hit) for hit in self._hits
            ]),
        )  # fmt: skip
        if not self._words:  # there are too many commands to see the chats below them
            groups = (groups[1], groups[0])
        self.beginResetModel()
        self.rows = [row for title, rows in groups if rows for row in (Row(title), *rows)]
        self.endResetModel()

    def _of_commands(self) -> list[Row]:
        """Those whose name begins with the first word come first."""
        found = []
        for command in self._commands:
            if place := around(command.name, self._words):
                end = command.keys or command.menu
                found.append(Row(command.name, place[1], end, command))
            elif around(f"{command.menu} {command.name}", self._words):
                found.append(Row(command.name, (), command.menu, command))
        if self._words:
            found.sort(key=lambda row: not fold(row.text).startswith(self._words[0]))
        return found

    def _of_chats(self) -> list[Row]:
        found = []
        for chat in self._chats:
            title = chat.title or self.tr("New chat")
            if place := around(title, self._words):
                found.append(Row(title, place[1], day(chat.updated), chat))
            if len(found) == MOST_CHATS:
                break
        return found


class PaletteDelegate(QStyledItemDelegate):
    """Paints a heading or a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All are equally high."""
        return QSize(0, max(_HEIGHT, option.fontMetrics.height() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One line."""
        row: Row = index.data(RowRole)
        colours = look.colours()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(_EDGE, 0, -_EDGE, 0)
        if row.brings is None:
            font = QFont(option.font)
            font.setPointSizeF(font.pointSizeF() * 0.85)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(QColor(colours.muted))
            bottom = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(box.adjusted(0, 0, 0, -5), bottom, row.text)
        else:
            self._paint_row(painter, option, box, row)
        painter.restore()

    def _paint_row(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRectF, row: Row
    ) -> None:
        colours = look.colours()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_soft if chosen else colours.hover))
        if chosen or hovered:
            painter.drawRoundedRect(option.rect.adjusted(4, 1, -4, -1), 7, 7)
        metrics, elide = option.fontMetrics, Qt.TextElideMode.ElideRight
        end = metrics.elidedText(row.end, elide, round(box.width() * 0.35))
        painter.setPen(QColor(colours.muted))
        painter.setFont(option.font)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, right, end)
        height = metrics.height()
        text = box.adjusted(0, (box.height() - height) / 2, 0, 0)
        text.setWidth(box.width() - metrics.horizontalAdvance(end) - 16)
        paint_text(painter, text, row.text, row.spans, option.font, 1)
