"""The menus of the conversation view: what can be done to a message, and at a place in it.

Tell what was asked for by its name; know nothing about how it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from chatapp.chat import Message

_CHANGES = {"edit", "regenerate", "resume", "remove"}  # have to wait while the branch is written


class MessageMenu(QMenu):
    """Made for one message, and gone when it closes."""

    asked = Signal(str, int)  # what is to be done, message id

    def __init__(self, parent: QWidget, message: Message, raw: bool, busy: bool) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._message = message
        self._raw = raw
        self._busy = busy
        self.triggered.connect(self._on_triggered)

    def offer(self) -> None:
        """Add what can be done to the message."""
        texts = self._question() if self._message.role == "user" else self._answer()
        for name, text in texts.items():
            if name in {"fork", "remove"} and not self.isEmpty():
                self.addSeparator()
            action = self.addAction(text)
            action.setData(name)
            action.setEnabled(not (self._busy and name in _CHANGES))

    def _question(self) -> dict[str, str]:
        return {
            "edit": self.tr("Edit"),
            "regenerate": self.tr("Write another answer"),
            "fork": self.tr("New chat from here"),
            "remove": self._removal(),
        }

    def _answer(self) -> dict[str, str]:
        several = self._message.versions > 1
        compare = {"compare": self.tr("Compare the versions")} if several else {}
        return {
            "edit": self.tr("Edit"),
            "resume": self.tr("Continue"),
            **compare,
            "raw": self.tr("Show formatted") if self._raw else self.tr("Show as written"),
            "inspect": self.tr("Look at its tokens"),
            "details": self.tr("Details"),
            "script": self.tr("Copy as script"),
            "fork": self.tr("New chat from here"),
            "remove": self._removal(),
        }

    def _removal(self) -> str:
        if self._message.versions > 1:
            return self.tr("Delete this version")
        return self.tr("Delete from here on")

    def _on_triggered(self, action: QAction) -> None:
        if action.data():
            self.asked.emit(action.data(), self._message.id)


class SpotMenu(MessageMenu):
    """The same with what can be copied at a place of the view."""

    copy_requested = Signal()
    markdown_requested = Signal()
    address_requested = Signal(str)
    all_requested = Signal()

    def __init__(self, parent: QWidget, message: Message, raw: bool, busy: bool, link: str) -> None:
        super().__init__(parent, message, raw, busy)
        self._link = link
        self.addAction(self.tr("Copy")).triggered.connect(self.copy_requested)
        self.addAction(self.tr("Copy as Markdown")).triggered.connect(self.markdown_requested)
        if link:
            self.addAction(self.tr("Copy the link's address"), self._on_address_triggered)
        self.addAction(self.tr("Select all")).triggered.connect(self.all_requested)
        self.addSeparator()

    def _on_address_triggered(self) -> None:
        self.address_requested.emit(self._link)
