"""A message being changed in its place: its text, Save and Cancel.

The keys that send in the composer save what the person wrote; in an answer, which has many lines,
Enter makes a new one and Ctrl+Enter saves. Keys of an input method stay its own. Knows nothing
about what becomes of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from chatapp.ui import habits, look
from chatapp.ui.editor import Box, Editor
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.guests import Guest
from chatapp.ui.help import native

if TYPE_CHECKING:
    from chatapp.chat import Message

_FRAME = 64  # pixels around the text: edges and the line of buttons


class EditBox(Guest):
    """Holds one message's text until it is saved or left."""

    saved = Signal(int, str)  # message id, text
    left = Signal(int)  # message id

    def __init__(self, message: Message, text: str) -> None:
        super().__init__()
        self.message, self.original = message.id, message.text
        self._typed = message.role == "user"
        self.editor = Editor(long=not self._typed)
        self.forget()
        self.hint = ElidedLabel()
        self.hint.setProperty("tone", "muted")
        self.save = QPushButton()
        self.save.setProperty("kind", "primary")
        self.cancel = QPushButton()
        self.cancel.setProperty("kind", "quiet")
        box = Box(self.editor)
        inside = QVBoxLayout(box)
        inside.setContentsMargins(8, 6, 6, 6)
        inside.addWidget(self.editor)
        row = QHBoxLayout()
        row.addWidget(self.hint, stretch=1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(box)
        column.addLayout(row)
        self.editor.sent.connect(self._on_save_clicked)
        self.editor.escaped.connect(self._on_cancel_clicked)
        self.editor.pasted_heavy.connect(self._on_editor_pasted_heavy)
        self.save.clicked.connect(self._on_save_clicked)
        self.cancel.clicked.connect(self._on_cancel_clicked)
        self.editor.setPlainText(text)
        self.editor.moveCursor(self.editor.textCursor().MoveOperation.End)
        self.setFocusProxy(self.editor)
        self._retranslate()

    def height_for(self, width: int, tallest: int) -> int:
        """As high as the text, then it scrolls inside."""
        self.editor.tallest = max(self.editor.one_line(), tallest - _FRAME)
        self.editor.fit()
        return self.sizeHint().height()

    def forget(self) -> None:
        """Wear the font of the conversation."""
        self.editor.setFont(look.text_font(QGuiApplication.font()))

    def text(self) -> str:
        """What would be saved, with what is being composed."""
        if self.editor.composing.active:
            QGuiApplication.inputMethod().commit()
        return self.editor.toPlainText()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.editor.setAccessibleName(self.tr("Edit the message"))
        self.cancel.setText(self.tr("Cancel"))
        self.save.setText(self.tr("Send") if self._typed else self.tr("Save"))
        hint = self.tr("{keys} saves, Esc leaves")
        if self._typed:
            hint = self.tr("{keys} sends it as a new version, Esc leaves")
            if habits.enter_sends():
                hint = self.tr("Enter sends it as a new version, Esc leaves")
        self.hint.setText(hint.format(keys=native("Ctrl+Return")))

    def _on_save_clicked(self) -> None:
        self.saved.emit(self.message, self.text())

    def _on_cancel_clicked(self) -> None:
        self.left.emit(self.message)

    def _on_editor_pasted_heavy(self) -> None:
        self.hint.setText(self.tr("That is too long to paste here"))
