"""What stands beside and below a message of the person: edit, more; and that it waits.

Knows nothing about where it is put or what it causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from chatapp.ui.small_button import SIDE, SmallButton

if TYPE_CHECKING:
    from chatapp.chat import Message

_GAP = 2
WIDTH = 2 * SIDE + _GAP  # pixels
LINE = 34  # the height of the line that says that a message waits


class QuestionBar(QWidget):
    """Edit, and a menu for the rest."""

    asked = Signal(str, int)  # what is to be done, message id
    menu_requested = Signal(int, QPoint)  # message id, place on the screen

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = 0
        self.edit = SmallButton("pencil", self)
        self.more = SmallButton("more", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.more)
        row.addWidget(self.edit)
        self.setFixedSize(WIDTH, SIDE)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.edit.clicked.connect(self._on_edit_clicked)
        self.more.clicked.connect(self._on_more_clicked)
        self._retranslate()

    def bind(self, message: Message) -> None:
        """Act for this message."""
        self._message = message.id

    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [self.more, self.edit]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.edit.call(self.tr("Edit this message"))
        self.more.call(self.tr("More actions for this message"))

    def _on_edit_clicked(self) -> None:
        self.asked.emit("edit", self._message)

    def _on_more_clicked(self) -> None:
        corner = self.more.mapToGlobal(QPoint(0, self.more.height()))
        self.menu_requested.emit(self._message, corner)


class QueueLine(QWidget):
    """Says that a message waits for the answer before it, and takes it back."""

    asked = Signal(str, int)  # "withdraw", message id

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = 0
        self._label = QLabel()
        self._label.setProperty("tone", "muted")
        self.cancel = QPushButton()
        self.cancel.setProperty("kind", "quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._label)
        row.addWidget(self.cancel)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.cancel.clicked.connect(self._on_cancel_clicked)
        self._retranslate()

    def bind(self, message: Message, width: float) -> None:
        """Speak for this message, as wide as the column."""
        self._message = message.id
        self.setFixedSize(round(width), LINE)

    def stops(self) -> list[QWidget]:
        """Where Tab stops."""
        return [self.cancel]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self._label.setText(self.tr("Will be sent after this answer"))
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Take this message back"))

    def _on_cancel_clicked(self) -> None:
        self.asked.emit("withdraw", self._message)
