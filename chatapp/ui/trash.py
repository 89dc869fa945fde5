"""The trash: chats that were deleted within 30 days, to bring back or to delete for good.

Knows nothing about the store.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from chatapp.ui.chat_picker import ChatPicker


class Trash(ChatPicker):
    """`updated` of its chats is when each was deleted."""

    restored = Signal(object)  # list of numbers
    erased = Signal(object)  # list of numbers

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Trash"))
        self.about.setText(self.tr("Deleted chats stay here for 30 days."))
        self.none.setText(self.tr("The trash is empty."))
        self.list.setAccessibleName(self.tr("Deleted chats"))
        self.restore = self.add_deed(self.tr("Restore"))
        self.erase = self.add_deed(self.tr("Delete for good"))
        self.erase.setProperty("kind", "danger")
        self.restore.clicked.connect(self._on_restore_clicked)
        self.erase.clicked.connect(self._on_erase_clicked)

    # -- slots --

    def _on_restore_clicked(self) -> None:
        self.restored.emit(self.chosen())

    def _on_erase_clicked(self) -> None:
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setText(self.tr("Delete {count} for good?").format(count=len(self.chosen())))
        question.setInformativeText(
            self.tr(
                "This cannot be undone. The copies of the last days (folder backups) and training"
                " files made of your chats (folder training) may still hold the words."
            )
        )
        roles = QMessageBox.ButtonRole
        deletes = question.addButton(self.tr("Delete for good"), roles.AcceptRole)
        deletes.setAutoDefault(False)
        question.setDefaultButton(question.addButton(self.tr("Cancel"), roles.RejectRole))
        question.accepted.connect(self._on_question_accepted)
        question.open()

    def _on_question_accepted(self) -> None:
        self.erased.emit(self.chosen())
