"""The palette: type a few letters, and do a command, open a chat, or go to a place in one.

The keyboard stays in the field; arrows walk the list below it. Knows nothing about what a command
does or how words are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QLabel,
    QListView,
    QVBoxLayout,
)

from chatapp.ui.palette_rows import PaletteDelegate, PaletteRows, RowRole
from chatapp.ui.search_box import SearchBox
from chatapp.words import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Conversation
    from chatapp.search import Hits
    from chatapp.ui.palette_rows import Command

WIDEST, HIGHEST, TOP = 640, 440, 60  # pixels
_WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PaletteField(SearchBox):
    """The field, whose arrows belong to the list."""

    walked = Signal(QKeyEvent)

    def retranslate(self) -> None:
        """Set every text again."""
        super().retranslate()
        self.setPlaceholderText(self.tr("A command, a chat, or words in a chat"))
        self.setAccessibleName(self.tr("Commands and chats"))
        self.setToolTip("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Esc closes; the rest is the search box's."""
        if event.key() in _WALKING:
            self.walked.emit(event)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the dialog's
        else:
            super().keyPressEvent(event)


class Palette(QDialog):
    """Opens below the window's upper edge; deleted when it is closed."""

    chosen = Signal(object)  # Command, Conversation or Hit
    sought = Signal(str)  # words to be looked for in the messages

    def __init__(
        self, commands: Sequence[Command], chats: Sequence[Conversation], parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("palette")
        self.setWindowTitle(self.tr("Commands and chats"))
        self.field = PaletteField()
        self.rows = PaletteRows(commands, chats, self)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("What fits"))
        self.list.setModel(self.rows)
        self.list.setItemDelegate(PaletteDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.none = QLabel(self.tr("Nothing fits."))
        self.none.setProperty("tone", "muted")
        self.none.setContentsMargins(14, 10, 14, 10)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self.field)
        column.addWidget(self.none)
        column.addWidget(self.list, stretch=1)
        self.field.textChanged.connect(self._on_text_changed)
        self.field.sought.connect(self.sought)
        self.field.entered.connect(self._on_field_entered)
        self.field.walked.connect(self._on_field_walked)
        self.list.clicked.connect(self._choose)
        self._on_text_changed("")
        self._place(parent)

    def show_hits(self, hits: Hits) -> None:
        """What was found in the messages; of other words than now it is too late."""
        if hits.words == split(self.field.text()):
            before = self.list.currentIndex().data(RowRole)
            self.rows.add_hits(hits.hits)
            self._show_rows()
            if before in self.rows.rows:
                self.list.setCurrentIndex(self.rows.index(self.rows.rows.index(before)))

    # -- private --

    def _place(self, window: QWidget) -> None:
        self.resize(min(WIDEST, window.width() - 40), min(HIGHEST, window.height() - TOP - 20))
        corner = QPoint((window.width() - self.width()) // 2, TOP)
        self.move(window.mapToGlobal(corner))

    def _show_rows(self) -> None:
        found = bool(self.rows.rows)
        self.list.setVisible(found)
        self.none.setVisible(not found)
        self.list.setCurrentIndex(self.rows.first())

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(RowRole) if index.isValid() else None
        if row and row.brings:
            self.accept()
            self.chosen.emit(row.brings)

    # -- slots --

    def _on_text_changed(self, text: str) -> None:
        self.rows.look_for(split(text))
        self._show_rows()

    def _on_field_entered(self) -> None:
        self._choose(self.list.currentIndex())

    def _on_field_walked(self, event: QKeyEvent) -> None:
        QApplication.sendEvent(self.list, event)
        if said := self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole):
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, said))
