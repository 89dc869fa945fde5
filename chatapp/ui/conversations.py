"""The rows of the sidebar: conversations grouped by day, painted and renamed in place.

Knows nothing about the store or the window; a rename shows at once and is told with a signal.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from chatapp.chat import Conversation, clean
from chatapp.fleeting import is_fleeting
from chatapp.ui import look
from chatapp.ui.composing import Composing

TITLE_CHARACTERS = 200
_ROW_HEIGHT = 36
_EDGE = 10

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
Row = Conversation | str  # a string is the key of a day's header
ConversationRole = Qt.ItemDataRole.UserRole
WritingRole = Qt.ItemDataRole.UserRole + 1
OpenRole = Qt.ItemDataRole.UserRole + 2


def day_key(updated: float, today: datetime.date) -> str:
    """Which header a conversation belongs under; `updated` in seconds since the epoch."""
    age = (today - datetime.datetime.fromtimestamp(updated).date()).days
    return "today" if age <= 0 else "yesterday" if age == 1 else "earlier"


def grouped(conversations: list[Conversation], today: datetime.date) -> list[Row]:
    """The temporary ones, the pinned ones, then the newest first; each day has a header."""
    rows: list[Row] = []
    last = ""
    for conversation in sorted(conversations, key=_order):
        key = "pinned" if conversation.pinned else day_key(conversation.updated, today)
        if is_fleeting(conversation.id):
            key = "temporary"
        if key != last:
            rows.append(key)
            last = key
        rows.append(conversation)
    return rows


def _order(conversation: Conversation) -> tuple[bool, bool, float]:
    kept = not is_fleeting(conversation.id)
    return kept, kept and not conversation.pinned, -conversation.updated


class Conversations(QAbstractListModel):
    """The rows as Qt sees them."""

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._writing = 0
        self._open = 0

    def show(self, conversations: list[Conversation]) -> None:
        """Replace everything."""
        rows = grouped(conversations, datetime.date.today())
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def remove(self, conversation_id: int) -> None:
        """Take one row away, and its header when it was the last of that day."""
        left = [row for row in self._rows if not isinstance(row, str) and row.id != conversation_id]
        self.show(left)

    def find(self, conversation_id: int) -> QModelIndex:
        """The row's index, invalid when there is none."""
        for number, row in enumerate(self._rows):
            if isinstance(row, Conversation) and row.id == conversation_id:
                return self.index(number)
        return QModelIndex()

    def conversation(self, index: Index) -> Conversation | None:
        """What the row holds; None for a header."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Conversation) else None

    @property
    def open_id(self) -> int:
        """Which conversation the window shows; 0 = none."""
        return self._open

    def mark_writing(self, conversation_id: int) -> None:
        """Which conversation gets the dot; 0 = none."""
        before, self._writing = self._writing, conversation_id
        self._repaint(before, conversation_id)

    def mark_open(self, conversation_id: int) -> None:
        """Which conversation the window shows; 0 = none."""
        before, self._open = self._open, conversation_id
        self._repaint(before, conversation_id)

    def title(self, conversation: Conversation) -> str:
        """What stands for the conversation in the list."""
        if is_fleeting(conversation.id):
            return conversation.title or self.tr("Temporary chat")
        return conversation.title or self.tr("New chat")

    def retranslate(self) -> None:
        """Paint headers and untitled rows again."""
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Headers included."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headers can be neither chosen nor reached by arrow keys."""
        if self.conversation(index) is None:
            return Qt.ItemFlag.NoItemFlags
        item = Qt.ItemFlag
        return item.ItemIsEnabled | item.ItemIsSelectable | item.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles, headers, and what a screen reader says."""
        row = self._rows[index.row()]
        if isinstance(row, str):
            return self._header(row) if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return self.title(row)
            case Qt.ItemDataRole.EditRole:
                return row.title
            case Qt.ItemDataRole.AccessibleTextRole:
                title = self.title(row)
                return self.tr("{title}, writing").format(title=title) if self._dots(row) else title
            case _ if role == ConversationRole:
                return row
            case _ if role == WritingRole:
                return self._dots(row)
            case _ if role == OpenRole:
                return row.id == self._open
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename; a blank title leaves the old one."""
        conversation = self.conversation(index)
        title = " ".join(clean(str(value)).split())[:TITLE_CHARACTERS]
        if conversation is None or not title or title == conversation.title:
            return False
        self._rows[index.row()] = replace(conversation, title=title)
        self.dataChanged.emit(index, index)
        self.renamed.emit(conversation.id, title)
        return True

    def _repaint(self, *conversation_ids: int) -> None:
        for changed in map(self.find, conversation_ids):
            if changed.isValid():
                self.dataChanged.emit(changed, changed)

    def _dots(self, conversation: Conversation) -> bool:
        return conversation.id == self._writing

    def _header(self, key: str) -> str:
        match key:
            case "temporary":
                return self.tr("Temporary, not saved")
            case "pinned":
                return self.tr("Pinned")
            case "today":
                return self.tr("Today")
            case "yesterday":
                return self.tr("Yesterday")
            case _:
                return self.tr("Earlier")


class TitleEdit(QLineEdit):
    """The field a title is renamed in."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMaxLength(TITLE_CHARACTERS)
        self.composing = Composing(self)


class RowDelegate(QStyledItemDelegate):
    """Paints a header or a title, and edits a title."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high: the view then lays out thousands without asking each."""
        return QSize(0, max(_ROW_HEIGHT, option.fontMetrics.height() + 16))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(ConversationRole) is None:
            self._paint_header(painter, option, index)
        else:
            self._paint_row(painter, option, index)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A line edit that leaves Enter to a composing input method."""
        editor = TitleEdit(parent)
        editor.setAccessibleName(self.tr("Chat title"))
        editor.setPlaceholderText(str(index.data(Qt.ItemDataRole.DisplayRole)))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Start from the title, all selected."""
        assert isinstance(editor, TitleEdit)
        editor.setText(index.data(Qt.ItemDataRole.EditRole))
        editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Hand the new title over."""
        assert isinstance(editor, TitleEdit)
        model.setData(index, editor.text())

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """The whole row: a rename needs the room."""
        editor.setGeometry(_box(option.rect))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Qt's own filter commits on Enter; a composing input method comes first."""
        if (
            isinstance(editor, TitleEdit)
            and isinstance(event, QKeyEvent)
            and editor.composing.claims(event)
        ):
            event.accept()
            return True
        return super().eventFilter(editor, event)

    def _paint_header(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        font = QFont(option.font)
        font.setPointSizeF(font.pointSizeF() * 0.85)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(look.colours().muted))
        bottom = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        box = option.rect.adjusted(_EDGE + 4, 0, -_EDGE, -6)
        painter.drawText(box, bottom, index.data(Qt.ItemDataRole.DisplayRole))

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = look.colours()
        self._paint_ground(painter, option, bool(index.data(OpenRole)))
        text = option.rect.adjusted(_EDGE + 4, 0, -_EDGE - 4, 0)
        if index.data(WritingRole):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(QPoint(text.right() - 4, text.center().y() + 1), 4, 4)
            text.setRight(text.right() - 18)
        painter.setPen(QColor(colours.text))
        title = option.fontMetrics.elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideRight, text.width()
        )
        painter.setFont(option.font)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, opened: bool) -> None:
        colours = look.colours()
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QColor(colours.accent) if focused else Qt.PenStyle.NoPen)
        if opened:
            painter.setBrush(QColor(colours.accent_soft))
        elif hovered:
            painter.setBrush(QColor(colours.hover))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(_box(option.rect), 8, 8)


def _box(row: QRect) -> QRect:
    return row.adjusted(4, 1, -5, -2)
