"""The question above the message box when a conversation has become too long for the model.

Knows nothing about what an answer does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from chatapp.ui.flow import Flow

if TYPE_CHECKING:
    from chatapp.overflow import Overflow


class FullNotice(QFrame):
    """Hidden until it asks."""

    forget_chosen = Signal()
    stop_chosen = Signal()
    more_chosen = Signal()  # a larger context

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._asked: Overflow | None = None
        self.text = QLabel(wordWrap=True)
        self.forget, self.stop, self.more = QPushButton(), QPushButton(), QPushButton()
        self.forget.setProperty("kind", "primary")
        buttons = Flow()
        for button in (self.forget, self.stop, self.more):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addLayout(buttons)
        self.forget.clicked.connect(self.forget_chosen)
        self.stop.clicked.connect(self.stop_chosen)
        self.more.clicked.connect(self.more_chosen)
        self._retranslate()
        self.hide()

    def ask(self, overflow: Overflow) -> None:
        """Show what is too long, and what each choice does."""
        self._asked = overflow
        self._retranslate()
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("The context is full"))
        self.stop.setText(self.tr("Do not answer"))
        self.stop.setToolTip(self.tr("Nothing is left out, and long chats are not answered"))
        self.more.setText(self.tr("Larger context\u2026"))
        self.more.setToolTip(self.tr("Nothing is left out; needs more memory and a reload"))
        if not self._asked:
            return
        number = QLocale().toString
        needed, limit = number(self._asked.needed), number(self._asked.limit)
        drops, left = number(self._asked.drops), number(self._asked.left)
        text = self.tr(
            "This chat has become too long: {needed} tokens, and {limit} fit. "
            "What you choose is kept for this chat."
        )
        self.text.setText(text.format(needed=needed, limit=limit))
        if self._asked.drops == 1:
            self.forget.setText(self.tr("Leave out the oldest message"))
        else:
            words = self.tr("Leave out the oldest {count} messages")
            self.forget.setText(words.format(count=drops))
        tip = self.tr("{left} tokens are left. You still see all of it; the model does not.")
        self.forget.setToolTip(tip.format(left=left))
