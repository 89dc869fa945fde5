"""A dialog with a list of chats, and buttons for what can be done with those that are chosen in it.

Knows nothing about the store or what the buttons mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui.hits import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Conversation

_MARGIN = 24


class ChatPicker(QDialog):
    """Deleted when it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.about = QLabel(wordWrap=True)
        self.about.setProperty("tone", "muted")
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._on_choice_changed)
        self.none = QLabel(wordWrap=True)  # in the place of an empty list
        self.none.setProperty("tone", "muted")
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QDialogButtonBox()
        self._buttons.addButton(self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.rejected.connect(self.reject)
        self._deeds: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 16)
        column.setSpacing(12)
        for widget in (self.about, self.list, self.none, self._buttons):
            column.addWidget(widget, stretch=int(widget in (self.list, self.none)))
        self.resize(min(520, parent.width() - 40), min(420, parent.height() - 40))

    def add_deed(self, label: str) -> QPushButton:
        """A button that can be pressed while something is chosen."""
        button = self._buttons.addButton(label, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)
        self._deeds.append(button)
        return button

    def show_chats(self, chats: Sequence[Conversation]) -> None:
        """Replace the list; `updated` is the moment that each is told with."""
        self.list.clear()
        for chat in chats:
            title = chat.title or self.tr("New chat")
            item = QListWidgetItem(f"{title}   {day(chat.updated)}")
            item.setData(Qt.ItemDataRole.UserRole, chat.id)
            self.list.addItem(item)
        self.list.setVisible(bool(chats))
        self.none.setVisible(not chats)
        if chats:
            self.list.setCurrentRow(0)
        self._on_choice_changed()

    def chosen(self) -> list[int]:
        """The numbers of the chats."""
        return [item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]

    def _on_choice_changed(self) -> None:
        for button in self._deeds:
            button.setEnabled(bool(self.chosen()))
