"""Examples as the model will see them: what is learned in the text's colour, the rest grey.

Of a pair the worse answer stands below, in a colour of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.taught import Shown

HEIGHT = 260  # pixels


class ExampleView(QTextEdit):
    """Plain text in two colours; nothing of it is markup."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Sequence[Shown] = ()
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(HEIGHT)
        self.retranslate()

    def show_examples(self, shown: Sequence[Shown]) -> None:
        """These instead."""
        self._shown = shown
        self.retranslate()

    def retranslate(self) -> None:
        """All of it again, in the colours of now."""
        wear = look.colours()
        self.setAccessibleName(self.tr("Examples; what is not learned is grey"))
        self.clear()
        cursor = QTextCursor(self.document())
        head, learned, context = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        head.setForeground(QColor(wear.accent))
        learned.setForeground(QColor(wear.text))
        context.setForeground(QColor(wear.muted))
        context.setFontItalic(True)  # colour alone must not carry it
        worse = QTextCharFormat()
        worse.setForeground(QColor(wear.warning))
        for example in self._shown:
            words = (
                self.tr("Line {line}, {count} tokens, cut")
                if example.cut
                else self.tr("Line {line}, {count} tokens")
            )
            if not cursor.atStart():
                cursor.insertText("\n\n", context)
            cursor.insertText(words.format(line=example.line, count=example.tokens) + "\n", head)
            for text, counts in example.parts:
                cursor.insertText(text, learned if counts else context)
            if example.worse:
                cursor.insertText("\n" + self.tr("Worse answer:") + "\n", head)
                cursor.insertText(example.worse, worse)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)
