"""The list below the model's button: type a few letters of a name, and choose with Enter.

The keyboard stays in the field; arrows walk the list below it, Esc closes it. Knows nothing about
models or what choosing one does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLabel,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui.pick_rows import PickDelegate, PickRole, PickRows
from chatapp.ui.search_box import SearchBox
from chatapp.words import split

if TYPE_CHECKING:
    from chatapp.ui.pick_rows import Pick

WIDEST, MOST = 560, 12  # pixels, rows that are seen at once
_EDGE = 16  # pixels that are left to the window's edges
_WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PickField(SearchBox):
    """The field, whose arrows belong to the list."""

    walked = Signal(QKeyEvent)

    def retranslate(self) -> None:
        """Set every text again."""
        super().retranslate()
        self.setPlaceholderText(self.tr("A part of the name"))
        self.setAccessibleName(self.tr("Look for a model"))
        self.setToolTip("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Esc closes; the rest is the search box's."""
        if event.key() in _WALKING:
            self.walked.emit(event)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the list's
        else:
            super().keyPressEvent(event)


class PickList(QFrame):
    """Opens below a widget; a click elsewhere closes it."""

    opened = Signal()
    folder_requested = Signal()

    def __init__(self, below: QWidget) -> None:
        super().__init__(below, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)  # the button's press closes it
        self.setObjectName("picks")
        self._below = below
        self.field, self.list, self.none = PickField(), QListView(), QLabel()
        self.folder = QPushButton()
        self.rows = PickRows(self)
        self.list.setModel(self.rows)
        self.list.setItemDelegate(PickDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.none.setProperty("tone", "muted")
        self.none.setContentsMargins(12, 10, 12, 10)
        self.folder.setProperty("kind", "quiet")
        self._build()
        self.retranslate()

    def show_groups(self, groups: tuple[tuple[Pick, ...], ...]) -> None:
        """Show these; the current row stays the current one by its name."""
        at = self.list.currentIndex()
        before = (at.row(), self.rows.picks[at.row()].title) if at.isValid() else None
        self.rows.show_groups(groups)
        places = [(row, pick.title) for row, pick in enumerate(self.rows.picks)]
        same = [row for row, title in places if before and title == before[1]]
        if before in places:  # of several that are called so, the one at its place
            self._turn(before[0])
        else:
            self._turn(same[0] if same else self._first())
        if self.isVisible():
            self._fit()

    def open(self) -> None:
        """Show it, with everything in it and the keyboard in its field."""
        self.opened.emit()
        self.field.clear()
        self.rows.look_for(())
        self._turn(self._first())
        self._fit()
        self.show()
        self.field.setFocus()

    def trigger(self, row: int) -> None:
        """Do what this row is for."""
        act = self.rows.picks[row].act if 0 <= row < len(self.rows.picks) else None
        if act:
            self.hide()
            act()

    def retranslate(self) -> None:
        """Set every text again; the rows are others'."""
        self.setAccessibleName(self.tr("Models"))
        self.list.setAccessibleName(self.tr("Models"))
        self.none.setText(self.tr("Nothing fits."))
        self.folder.setText(self.tr("Open models folder"))

    # -- Qt events --

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    # -- private --

    def _build(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.field, self.none, self.list, self.folder):
            column.addWidget(widget, stretch=int(widget is self.list))
        column.setAlignment(self.folder, Qt.AlignmentFlag.AlignLeft)
        self.field.textChanged.connect(self._on_text_changed)
        self.field.entered.connect(self._on_field_entered)
        self.field.walked.connect(self._on_field_walked)
        self.list.clicked.connect(self._on_list_clicked)
        self.folder.clicked.connect(self._on_folder_clicked)

    def _first(self) -> int:
        """The row that is marked, or the first that does something."""
        ticked = [row for row, pick in enumerate(self.rows.picks) if pick.ticked]
        doing = [row for row, pick in enumerate(self.rows.picks) if pick.act]
        return (ticked or doing or [-1])[0]

    def _turn(self, row: int) -> None:
        self.list.setCurrentIndex(self.rows.index(row))

    def _fit(self) -> None:
        """As high as its rows, where there is room for them in the window."""
        window, found = self._below.window(), len(self.rows.picks)
        corner = self._below.mapTo(window, QPoint(0, self._below.height() + 4))
        self.none.setVisible(not found)
        self.list.setVisible(bool(found))
        row = self.list.sizeHintForRow(0) if found else 0
        self.list.setFixedHeight(row)
        around = self._column.totalSizeHint().height() - row
        room = (window.height() - corner.y() - _EDGE - around) // max(row, 1)
        self.list.setFixedHeight(row * min(found, MOST, max(3, room)))
        width = min(WIDEST, window.width() - 2 * _EDGE)
        self.resize(width, self._column.totalSizeHint().height())
        left = min(corner.x(), window.width() - width - _EDGE)
        self.move(window.mapToGlobal(QPoint(max(left, 0), corner.y())))

    # -- slots --

    def _on_text_changed(self, text: str) -> None:
        self.rows.look_for(split(text))
        self._turn(self._first())
        self._fit()

    def _on_field_entered(self) -> None:
        self.trigger(self.list.currentIndex().row())

    def _on_field_walked(self, event: QKeyEvent) -> None:
        QApplication.sendEvent(self.list, event)
        index = self.list.currentIndex()
        if index.isValid():
            said = index.data(PickRole).spoken
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, said))

    def _on_list_clicked(self, index: QModelIndex) -> None:
        self.trigger(index.row())

    def _on_folder_clicked(self) -> None:
        self.hide()
        self.folder_requested.emit()
