"""How the next answer is to begin: a line below the message, shown when it is asked for.

It counts for one answer. Knows nothing about how an answer is begun.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from chatapp.chat import clean
from chatapp.ui import habits
from chatapp.ui.composing import Composing
from chatapp.ui.small_button import SmallButton

_LONGEST = 2_000  # characters
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class OpeningLine(QWidget):
    """Hidden until it is opened; the keys that send do so here too, Esc leaves."""

    sent = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel()
        self._label.setProperty("tone", "muted")
        self.field = QLineEdit()
        self.field.setMaxLength(_LONGEST)
        self._composing = Composing(self.field)
        self.leave = SmallButton("close", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        row.addWidget(self.field, stretch=1)
        row.addWidget(self.leave)
        self.leave.clicked.connect(self.close_line)
        self.setFocusProxy(self.field)
        self.retranslate()
        self.hide()

    def open_line(self) -> None:
        """Show it, ready to type."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def close_line(self) -> None:
        """Ask for no beginning any more."""
        self.clear()
        self.left.emit()

    def clear(self) -> None:
        """Forget it, and hide."""
        if self._composing.active:
            QGuiApplication.inputMethod().commit()
        self.field.clear()
        self.hide()

    def text(self) -> str:
        """How the answer is to begin; empty = as it likes."""
        return clean(self.field.text()) if self.field.text().strip() else ""

    def retranslate(self) -> None:
        """Set every text again."""
        self._label.setText(self.tr("The reply starts with"))
        self.field.setAccessibleName(self.tr("The reply starts with"))
        self.field.setPlaceholderText(self.tr("Sure, here are three:"))
        self.leave.call(self.tr("Let the reply start as it likes"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The field passes on what it has no use for."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain, control = not modifiers, modifiers == Qt.KeyboardModifier.ControlModifier
        sends = control or (plain and habits.enter_sends())
        if event.key() in _ENTER and (plain or control):
            if sends and not event.isAutoRepeat():
                self.sent.emit()
        elif plain and event.key() == Qt.Key.Key_Escape:
            self.close_line()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
