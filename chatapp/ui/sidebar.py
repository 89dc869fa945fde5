"""The sidebar: start, find, open, rename and delete conversations, with Undo for a deletion.

Knows nothing about the store: it shows the rows it is given, changes them at once as the person
asks, and tells the window with signals what to make lasting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from chatapp.fleeting import is_fleeting
from chatapp.ui import keymap, look
from chatapp.ui.conversations import ConversationRole, Conversations, OpenRole, RowDelegate
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.flow import Flow
from chatapp.ui.hits import HitList
from chatapp.ui.search_box import SearchBox
from chatapp.ui.under_way import UnderWay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Conversation
    from chatapp.search import Hit

UNDO_MS = 10_000
SMALLEST_WIDTH = 180
_NATIVE = QKeySequence.SequenceFormat.NativeText


class ConversationView(QListView):
    """The list. F2 and Delete are plain keys here: as shortcuts they would clash with a menu's."""

    rename_pressed = Signal()
    delete_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(RowDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Rename and delete; the rest is the list's own."""
        if event.key() == Qt.Key.Key_F2:
            self.rename_pressed.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def is_editing(self) -> bool:
        """True while a title is being renamed."""
        return self.state() == QAbstractItemView.State.EditingState


class UndoBar(QFrame):
    """Offers for ten seconds to bring a deleted conversation back, or one that was put away."""

    undone = Signal(int, bool)  # the conversation, and whether it was put away

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._conversation: Conversation | None = None
        self._title = ""
        self._archived = False
        self._label = ElidedLabel()
        self.button = QPushButton()
        self.button.clicked.connect(self._on_button_clicked)
        self._timer = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.button)
        self.retranslate()
        self.hide()

    def offer(self, conversation: Conversation, title: str, archived: bool = False) -> None:
        """Show the bar for this one; an earlier offer ends."""
        self._conversation, self._title, self._archived = conversation, title, archived
        self._show_text()
        self.show()
        self._timer.start(UNDO_MS)

    def retranslate(self) -> None:
        """Set every text again."""
        self.button.setText(self.tr("Undo"))
        self.button.setToolTip(self.tr("Bring the chat back"))
        self._show_text()

    def _show_text(self) -> None:
        done = self.tr("Archived “{title}”") if self._archived else self.tr("Deleted “{title}”")
        text = done.format(title=self._title)
        self.setAccessibleName(text)
        self._label.setText(text)

    def _on_button_clicked(self) -> None:
        self._timer.stop()
        self.hide()
        if self._conversation is not None:
            self.undone.emit(self._conversation.id, self._archived)

    def _on_timer_timeout(self) -> None:
        if self.underMouse() or self.button.hasFocus():
            self._timer.start(1000)  # someone is about to press it
        else:
            self.hide()


class Sidebar(QFrame):
    """New chat, the list, and the offer to undo a deletion."""

    new_requested = Signal()
    opened = Signal(int)
    renamed = Signal(int, str)
    deleted = Signal(int)
    restored = Signal(int)
    pinned = Signal(int, bool)
    archived = Signal(int, bool)  # to be put away, or taken back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self.setMinimumWidth(SMALLEST_WIDTH)
        self._waiting: list[Conversation] | None = None
        self.model = Conversations(self)
        self.new_button = QPushButton()
        self.box = SearchBox()
        self.hits = HitList()
        self.note = QLabel()
        self.view = ConversationView()
        self.empty = QLabel()
        self.undo_bar = UndoBar()
        self.under_way = UnderWay()
        self.trash, self.archive = QPushButton(), QPushButton()
        self._deleted = self._put_away = 0
        self._pin, self._archive = QAction(self), QAction(self)
        self._rename = QAction(self)
        self._delete = QAction(self)
        self._build()
        self._connect()
        self.retranslate()
        self._show_emptiness()

    # -- slots ------------------------------------------------------------------------------------

    def show_conversations(self, conversations: list[Conversation]) -> None:
        """Replace the list; while a title is being edited this waits until the edit is over."""
        if self.view.is_editing():
            self._waiting = conversations
            return
        self._waiting = None
        current = self.model.conversation(self.view.currentIndex())
        scrolled = self.view.verticalScrollBar().value()
        self.model.show(conversations)
        self._show_emptiness()
        chosen = self.model.open_id if current is None else current.id
        self.view.setCurrentIndex(self.model.find(chosen))
        self.view.verticalScrollBar().setValue(scrolled)

    def mark_current(self, conversation_id: int) -> None:
        """Which conversation is open; 0 = none."""
        self.model.mark_open(conversation_id)
        index = self.model.find(conversation_id)
        self.view.setCurrentIndex(index)
        if index.isValid():
            self.view.scrollTo(index)

    def mark_writing(self, conversation_id: int) -> None:
        """Which conversation an answer is being written in; 0 = none."""
        self.model.mark_writing(conversation_id)

    def show_hits(self, hits: Sequence[Hit], note: str) -> None:
        """What a search found, and a word on it; nothing of both brings the chats back."""
        self.hits.rows.show(hits)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        if hits or note:
            self._pages.setCurrentWidget(self._found)
        else:
            self._show_emptiness()

    def rename_current(self) -> None:
        """Open the chosen title for editing."""
        index = self._chosen()
        if index.isValid() and not self.view.is_editing():
            self.view.setFocus()
            self.view.setCurrentIndex(index)
            self.view.edit(index)

    def pin_current(self) -> None:
        """Pin the chosen conversation, or unpin it."""
        conversation = self.model.conversation(self._chosen())
        if conversation is not None:
            self.pinned.emit(conversation.id, not conversation.pinned)

    def show_trash(self, count: int) -> None:
        """How many deleted chats there are; without any there is nothing to see."""
        self._deleted = count
        self.trash.setVisible(count > 0)
        self.trash.setText(self.tr("Trash ({count})").format(count=QLocale().toString(count)))

    def show_archive(self, count: int) -> None:
        """How many chats are put away; without any there is nothing to see."""
        self._put_away = count
        self.archive.setVisible(count > 0)
        self.archive.setText(self.tr("Archived ({count})").format(count=QLocale().toString(count)))

    def delete_current(self) -> None:
        """Delete the chosen conversation and offer to undo it."""
        if conversation := self._take_out(archived=False):
            self.deleted.emit(conversation.id)

    def archive_current(self) -> None:
        """Put the chosen conversation away and offer to undo it."""
        if conversation := self._take_out(archived=True):
            self.archived.emit(conversation.id, True)

    def retranslate(self) -> None:
        """Set every text again."""
        self.new_button.setText(self.tr("New chat"))
        self.new_button.setToolTip(keymap.hint(self.tr("Start a new chat"), "new"))
        self.view.setAccessibleName(self.tr("Chats"))
        self.hits.setAccessibleName(self.tr("What was found"))
        self.empty.setText(self.tr("No chats yet. Write a message to begin."))
        self._rename.setText(self.tr("Rename") + "\tF2")
        self._delete.setText(self.tr("Delete") + "\t" + QKeySequence("Del").toString(_NATIVE))
        self._archive.setText(self.tr("Archive"))
        self.show_trash(self._deleted)
        self.show_archive(self._put_away)
        self.undo_bar.retranslate()
        self.model.retranslate()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the scheme."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.new_button.setIcon(look.icon("plus"))
            self.trash.setIcon(look.icon("trash"))
            self.archive.setIcon(look.icon("archive"))
        super().changeEvent(event)

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.view.setModel(self.model)
        self.new_button.setIcon(look.icon("plus"))
        self.new_button.setMinimumHeight(36)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("tone", "muted")
        self.note.setWordWrap(True)
        self.note.setProperty("tone", "muted")
        self.note.setContentsMargins(12, 8, 12, 8)
        self._found = QWidget()
        inside = QVBoxLayout(self._found)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.hits, 1)
        inside.addWidget(self.note)
        footer = Flow(gap=2)
        for button, icon in ((self.archive, "archive"), (self.trash, "trash")):
            button.setProperty("kind", "quiet")
            button.setIcon(look.icon(icon))
            footer.addWidget(button)
        self._pages = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.new_button)
        layout.addWidget(self.box)
        layout.addLayout(self._pages, 1)  # first, or Python would delete its widgets once more
        self._pages.addWidget(self.view)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._found)
        layout.addWidget(self.undo_bar)
        layout.addLayout(footer)
        layout.addWidget(self.under_way)

    def _connect(self) -> None:
        self.new_button.clicked.connect(self.new_requested)
        self.model.renamed.connect(self.renamed)
        self.view.clicked.connect(self._on_view_activated)
        self.view.activated.connect(self._on_view_activated)
        self.view.customContextMenuRequested.connect(self._on_view_menu_requested)
        self.view.itemDelegate().closeEditor.connect(self._on_editor_closed)
        self.view.rename_pressed.connect(self.rename_current)
        self.view.delete_pressed.connect(self.delete_current)
        self._pin.triggered.connect(self.pin_current)
        self._archive.triggered.connect(self.archive_current)
        self._rename.triggered.connect(self.rename_current)
        self._delete.triggered.connect(self.delete_current)
        self.undo_bar.undone.connect(self._on_undo_bar_undone)
        self.box.stepped.connect(self.hits.enter)
        self.box.entered.connect(self.hits.open_first)
        self.hits.left.connect(self.box.setFocus)

    def _chosen(self) -> QModelIndex:
        """The row the keys or the menu point at; from elsewhere, the open conversation."""
        inside = self.view.hasFocus() and self.view.currentIndex().isValid()
        return self.view.currentIndex() if inside else self.model.find(self.model.open_id)

    def _take_out(self, archived: bool) -> Conversation | None:
        """Take the chosen conversation out of the list, and offer to undo it."""
        conversation = self.model.conversation(self._chosen())
        if conversation is not None:
            self.model.remove(conversation.id)
            self._show_emptiness()
            self.undo_bar.offer(conversation, self.model.title(conversation), archived)
        return conversation

    def _show_emptiness(self) -> None:
        if self._pages.currentWidget() is self._found and self.box.text().strip():
            return  # a search goes on
        self._pages.setCurrentWidget(self.view if self.model.rowCount() else self.empty)

    def _on_undo_bar_undone(self, conversation: int, archived: bool) -> None:
        if archived:
            self.archived.emit(conversation, False)
        else:
            self.restored.emit(conversation)

    def _on_view_activated(self, index: QModelIndex) -> None:
        conversation = self.model.conversation(index)
        if conversation is not None and not index.data(OpenRole):
            self.opened.emit(conversation.id)

    def _on_view_menu_requested(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if self.model.conversation(index) is None:
            return
        self.view.setFocus()
        self.view.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        pinned = index.data(ConversationRole).pinned
        self._pin.setText(self.tr("Unpin") if pinned else self.tr("Pin"))
        self._archive.setVisible(not is_fleeting(index.data(ConversationRole).id))
        menu.addActions([self._pin, self._archive, self._rename, self._delete])
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _on_editor_closed(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        QTimer.singleShot(0, self, self._show_waiting)  # the view is still closing the editor

    def _show_waiting(self) -> None:
        if self._waiting is not None:
            self.show_conversations(self._waiting)
