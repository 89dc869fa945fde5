"""The card of the preferences that tells where a person's files are, and what is done with them.

Knows nothing about how it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from chatapp.ui.card import Card, toned
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEDS = ("back_up", "bundle", "settings", "diagnose")


class Belongings(Card):
    """A line for each folder, buttons for what is done with all, and what came of it."""

    opened = Signal(str)  # a folder
    asked = Signal(str)  # a name of the buttons

    def __init__(self, folders: Mapping[str, str], parent: QWidget | None = None) -> None:
        """`folders`: by "chats", "models", "logs"."""
        super().__init__(parent)
        self.heading.setProperty("tone", "title")
        self.folders = dict(folders)
        self._labels = {name: QLabel() for name in folders}
        self.openers = {name: QPushButton() for name in folders}
        self.buttons = {name: QPushButton() for name in _DEEDS}
        for name, path in folders.items():
            self.column.addLayout(self._line(name, path))
        ground = QWidget()
        flow = Flow(ground)
        for name, button in self.buttons.items():
            flow.addWidget(button)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(self._on_button_clicked)
        self.column.addWidget(ground)
        self.note = toned("muted")
        self.note.hide()
        self.column.addWidget(self.note)
        self._retranslate()

    def tell(self, text: str) -> None:
        """What came of it."""
        self.note.setText(text)
        self.note.show()

    def told(self) -> str:
        """Every word that it shows: for a search."""
        labels = [each.text() for each in self._labels.values()]
        buttons = [each.text() for each in self.buttons.values()]
        return " ".join((self.heading.text(), *labels, *buttons))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    # -- private --

    def _line(self, name: str, path: str) -> QHBoxLayout:
        self._labels[name].setProperty("tone", "heading")
        where, button = ElidedLabel(), self.openers[name]
        where.setText(path)
        where.setProperty("tone", "muted")
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(self._on_opener_clicked)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._labels[name])
        words.addWidget(where)
        row = QHBoxLayout()
        row.addLayout(words, stretch=1)
        row.addWidget(button)
        return row

    def _retranslate(self) -> None:
        self.heading.setText(self.tr("Data"))
        labels = {"chats": self.tr("Chats"), "models": self.tr("Models"), "logs": self.tr("Logs")}
        names = {
            "chats": self.tr("Open the folder of the chats"),
            "models": self.tr("Open the folder of the models"),
            "logs": self.tr("Open the folder of the logs"),
        }
        for name, opener in self.openers.items():
            self._labels[name].setText(labels[name])
            opener.setText(self.tr("Open folder"))
            opener.setAccessibleName(names[name])
        self.buttons["back_up"].setText(self.tr("Back up the chats now"))
        self.buttons["bundle"].setText(self.tr("Save everything as ZIP"))
        self.buttons["bundle"].setToolTip(self.tr("Chats and settings, without models and keys"))
        self.buttons["settings"].setText(self.tr("Import settings"))
        self.buttons["diagnose"].setText(self.tr("Copy diagnostics"))
        self.buttons["diagnose"].setToolTip(
            self.tr("Versions, devices, memory and folders; nothing that you wrote")
        )

    def _on_opener_clicked(self) -> None:
        self.opened.emit(self.folders[self.sender().objectName()])

    def _on_button_clicked(self) -> None:
        self.asked.emit(self.sender().objectName())
