"""The bar that looks for words in the open conversation: a field, a count, the way on and out.

Knows nothing about where the words are or how they are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from chatapp.ui.composing import Composing
from chatapp.ui.search_box import name_clearing
from chatapp.ui.small_button import SmallButton

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_FIELD = 340  # pixels, at most


class FindBar(QFrame):
    """Hidden until it is opened."""

    sought = Signal(str)
    stepped = Signal(int)  # +1 or -1
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self._told = (0, -1, False)
        self.field = QLineEdit()
        self.field.setMaximumWidth(_FIELD)
        self.field.setClearButtonEnabled(True)
        self._composing = Composing(self.field)
        self.count = QLabel()
        self.count.setProperty("tone", "muted")
        self.back = SmallButton("chevron-up", self)
        self.forward = SmallButton("chevron-down", self)
        self.leave = SmallButton("close", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.addWidget(self.field, stretch=1)
        for widget in (self.count, self.back, self.forward):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.leave)
        self.field.textChanged.connect(self.sought)
        self.back.clicked.connect(self._on_back_clicked)
        self.forward.clicked.connect(self._on_forward_clicked)
        self.leave.clicked.connect(self.close_bar)
        self._retranslate()
        self.hide()

    def open_bar(self) -> None:
        """Show it, ready to type."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self.sought.emit(self.field.text())

    def show_words(self, words: str) -> None:
        """Show them as what is sought, without taking the keyboard."""
        self.field.setText(words)
        self.show()

    def close_bar(self) -> None:
        """Hide it."""
        self.hide()
        self.closed.emit()

    def tell(self, count: int, place: int, under_way: bool) -> None:
        """How many there are, and which is the present one (0 = the first)."""
        self._told = (count, place, under_way)
        number = QLocale().toString
        if not self.field.text():
            text = ""
        elif count:
            text = self.tr("{place} of {count}").format(
                place=number(place + 1), count=number(count)
            )
        else:
            text = self.tr("Searching") if under_way else self.tr("Not found")
        self.count.setText(text)
        self.back.setEnabled(count > 0)
        self.forward.setEnabled(count > 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back, Esc closes; never while an input method composes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(-1 if back else 1)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.field.setPlaceholderText(self.tr("Find in this chat"))
        self.field.setAccessibleName(self.tr("Find in this chat"))
        name_clearing(self.field, self.tr("Empty the field"))
        self.back.call(self.tr("The one before"))
        self.forward.call(self.tr("The next one"))
        self.leave.call(self.tr("Close the search"))
        self.tell(*self._told)

    def _on_back_clicked(self) -> None:
        self.stepped.emit(-1)

    def _on_forward_clicked(self) -> None:
        self.stepped.emit(1)
