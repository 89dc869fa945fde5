"""The trash: chats that were deleted within 30 days, to bring back or to delete for good.

Knows nothing about the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui.hits import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Conversation

_MARGIN = 24


class Trash(QDialog):
    """A list and what can be done with what is chosen in it; deleted when it is closed."""

    restored = Signal(object)  # list of numbers
    erased = Signal(object)  # list of numbers

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Trash"))
        about = QLabel(self.tr("Deleted chats stay here for 30 days."), wordWrap=True)
        about.setProperty("tone", "muted")
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Deleted chats"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._on_choice_changed)
        role = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox()
        self.restore = buttons.addButton(self.tr("Restore"), role.ActionRole)
        self.erase = buttons.addButton(self.tr("Delete for good"), role.ActionRole)
        self.erase.setProperty("kind", "danger")
        buttons.addButton(self.tr("Close"), role.RejectRole)
        for button in (self.restore, self.erase):
            button.setAutoDefault(False)
        self.restore.clicked.connect(self._on_restore_clicked)
        self.erase.clicked.connect(self._on_erase_clicked)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 16)
        column.setSpacing(12)
        for widget in (about, self.list, buttons):
            column.addWidget(widget)
        self.resize(min(520, parent.width() - 40), min(420, parent.height() - 40))

    def show_chats(self, chats: Sequence[Conversation]) -> None:
        """Replace the list; `updated` is when each was deleted."""
        self.list.clear()
        for chat in chats:
            title = chat.title or self.tr("New chat")
            item = QListWidgetItem(f"{title}   {day(chat.updated)}")
            item.setData(Qt.ItemDataRole.UserRole, chat.id)
            self.list.addItem(item)
        if chats:
            self.list.setCurrentRow(0)
        self._on_choice_changed()

    # -- private --

    def _chosen(self) -> list[int]:
        return [item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]

    # -- slots --

    def _on_choice_changed(self) -> None:
        for button in (self.restore, self.erase):
            button.setEnabled(bool(self._chosen()))

    def _on_restore_clicked(self) -> None:
        self.restored.emit(self._chosen())

    def _on_erase_clicked(self) -> None:
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setText(self.tr("Delete {count} for good?").format(count=len(self._chosen())))
        question.setInformativeText(self.tr("This cannot be undone."))
        roles = QMessageBox.ButtonRole
        deletes = question.addButton(self.tr("Delete for good"), roles.AcceptRole)
        deletes.setAutoDefault(False)
        question.setDefaultButton(question.addButton(self.tr("Cancel"), roles.RejectRole))
        question.accepted.connect(self._on_question_accepted)
        question.open()

    def _on_question_accepted(self) -> None:
        self.erased.emit(self._chosen())
