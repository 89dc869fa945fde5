"""The rows of the list of models: a model, and below it what can be done with it.

Each holds what choosing it does. Knows nothing about models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chatapp.ui import look
from chatapp.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.ui.lines import Tone

_HEIGHT, _EDGE, _TICK, _GAP = 34, 12, 16, 8  # pixels
_END = 0.6  # of a row's width at most, for the words at its right
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
PickRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Pick:
    """One row. What stands at its right says of it why it is grey, or what is known of it."""

    title: str
    end: str = ""
    tone: Tone = "muted"  # of the words at its right
    ticked: bool = False
    below: bool = False  # belongs to the row above
    grey: bool = False
    act: Callable[[], object] | None = None  # what choosing it does; None = nothing

    @property
    def spoken(self) -> str:
        """For a screen reader, and where the row is cut."""
        return ", ".join(filter(None, (self.title, self.end)))


class PickRows(QAbstractListModel):
    """The rows as Qt sees them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[tuple[Pick, ...], ...] = ()
        self._words: tuple[str, ...] = ()
        self.picks: tuple[Pick, ...] = ()

    def show_groups(self, groups: tuple[tuple[Pick, ...], ...]) -> None:
        """Each group is a row and what belongs to it."""
        self._groups = groups
        self._arrange()

    def look_for(self, words: tuple[str, ...]) -> None:
        """Offer what is called by all these words; without any, everything."""
        self._words = words
        self._arrange()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.picks)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What does nothing cannot be reached."""
        item = Qt.ItemFlag
        acts = self.picks[index.row()].act is not None
        return item.ItemIsEnabled | item.ItemIsSelectable if acts else item.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        pick = self.picks[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return pick.title
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return pick.spoken
            case _ if role == PickRole:
                return pick
        return None

    def _arrange(self) -> None:
        self.beginResetModel()
        self.picks = tuple(pick for group in self._groups for pick in self._found(group))
        self.endResetModel()

    def _found(self, group: tuple[Pick, ...]) -> tuple[Pick, ...]:
        """All of it where its head fits; else what fits, with the head that it belongs to."""
        head, *rest = group
        if self._fits(head):
            return group
        found = tuple(pick for pick in rest if self._fits(pick))
        return (head, *found) if found else ()

    def _fits(self, pick: Pick) -> bool:
        folded = fold(pick.title)
        return all(word in folded for word in self._words)


class PickDelegate(QStyledItemDelegate):
    """Paints a row; a name is cut in its middle, since models differ at their names' ends."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All are equally high."""
        return QSize(0, max(_HEIGHT, option.fontMetrics.height() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        pick: Pick = index.data(PickRole)
        colours, state = look.colours(), QStyle.StateFlag
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & state.State_Selected)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent_soft if chosen else colours.hover))
        if chosen or (pick.act and option.state & state.State_MouseOver):
            painter.drawRoundedRect(option.rect.adjusted(4, 1, -4, -1), 7, 7)
        box = option.rect.adjusted(_EDGE, 0, -_EDGE, 0)
        if pick.below:
            box.setLeft(box.left() + _TICK + _GAP)
        if pick.ticked:
            spot = QRect(box.left(), box.center().y() - _TICK // 2 + 1, _TICK, _TICK)
            look.icon("check").paint(painter, spot)
        box.setLeft(box.left() + _TICK + _GAP)
        self._write(painter, option, box, pick)
        painter.restore()

    def _write(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, pick: Pick
    ) -> None:
        colours, metrics, side = look.colours(), option.fontMetrics, Qt.AlignmentFlag
        wide = metrics.horizontalAdvance(pick.title) + 1  # a width is rounded
        room = max(round(box.width() * (1 - _END)), box.width() - wide - 2 * _GAP)
        end = metrics.elidedText(pick.end, Qt.TextElideMode.ElideRight, room)
        painter.setFont(option.font)
        painter.setPen(QColor(getattr(colours, pick.tone)))
        painter.drawText(box, side.AlignRight | side.AlignVCenter, end)
        left = box.width() - (metrics.horizontalAdvance(end) + 2 * _GAP if end else 0)
        title = metrics.elidedText(pick.title, Qt.TextElideMode.ElideMiddle, left)
        painter.setPen(QColor(colours.muted if pick.grey else colours.text))
        painter.drawText(box, side.AlignLeft | side.AlignVCenter, title)
