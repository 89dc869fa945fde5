"""The archive: chats that were put away from the list, to open or to take back.

Knows nothing about the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from chatapp.ui.chat_picker import ChatPicker

if TYPE_CHECKING:
    from PySide6.QtWidgets import QListWidgetItem, QWidget


class Archive(ChatPicker):
    """A double click or Enter opens a chat; it stays put away until somebody goes on with it."""

    opened = Signal(int)
    taken_back = Signal(object)  # list of numbers

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Archived chats"))
        self.about.setText(
            self.tr(
                "Out of the list, but not deleted: the search finds them, and a new message "
                "brings one back."
            )
        )
        self.none.setText(self.tr("Nothing is put away."))
        self.list.setAccessibleName(self.tr("Archived chats"))
        self.show_one = self.add_deed(self.tr("Open"))
        self.take_back = self.add_deed(self.tr("Take back"))
        self.show_one.clicked.connect(self._on_show_clicked)
        self.take_back.clicked.connect(self._on_take_back_clicked)
        self.list.itemActivated.connect(self._on_item_activated)

    def _on_item_activated(self, item: QListWidgetItem) -> None:
        self._on_show_clicked()

    def _on_show_clicked(self) -> None:
        if chosen := self.chosen():
            self.opened.emit(chosen[0])
            self.accept()

    def _on_take_back_clicked(self) -> None:
        self.taken_back.emit(self.chosen())
