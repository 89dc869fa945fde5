"""A conversation as one read-only text: for screen readers, for searching by eye, for printing.

Knows nothing about where messages come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from chatapp.thoughts import answer
from chatapp.ui import look
from chatapp.ui.help import Help
from chatapp.ui.phrases import Phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Message

MOST = 200  # messages: the newest
_SHARE = 0.9  # of the window


class ReadingView(Help):
    """The cursor stands at the last message, and can be moved with the keys."""

    def __init__(self, messages: Sequence[Message], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Plain reading view"))
        self._phrases = Phrases(self)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(look.text_font(QApplication.font()))
        self.text.setAccessibleName(self.windowTitle())
        self.text.setTextInteractionFlags(
            self.text.textInteractionFlags() | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        parts = [self._told(message) for message in messages[-MOST:]]
        if len(messages) > MOST:
            count = QLocale().toString(len(messages) - MOST)
            parts.insert(0, self.tr("{count} earlier messages are left out.").format(count=count))
        self.text.setPlainText("\n\n".join(parts))
        cursor = self.text.textCursor()
        cursor.setPosition(len("\n\n".join([*parts[:-1], ""])) if len(parts) > 1 else 0)
        self.text.setTextCursor(cursor)
        self.column.addWidget(self.text, stretch=1)
        self.finish()
        self.resize(round(parent.width() * _SHARE), round(parent.height() * _SHARE))
        self.text.setFocus()

    def _told(self, message: Message) -> str:
        """Who wrote it, when, and what."""
        when = QDateTime.fromSecsSinceEpoch(int(message.created))
        told = QLocale().toString(when, QLocale.FormatType.ShortFormat)
        head = ", ".join(part for part in (self._phrases.author(message),
                                           told if message.created else "") if part)  # fmt: skip
        return f"{head}\n{answer(message.text).strip()}"
