"""The field for words that are looked for in all chats.

What an input method still composes is not looked for. Knows nothing about the search.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from chatapp.ui import keymap, look
from chatapp.ui.composing import Composing

WAIT_MS = 90  # after the last letter
LONGEST = 200  # characters
_CLEARING = "_q_qlineeditclearaction"


def name_clearing(field: QLineEdit, title: str) -> None:
    """Give the button that empties a field the name that Qt does not give it."""
    if action := field.findChild(QAction, _CLEARING):
        action.setText(title)


class SearchBox(QLineEdit):
    """Tells what to look for, soon after it changed."""

    sought = Signal(str)  # empty = for nothing any more
    entered = Signal()  # Enter
    stepped = Signal()  # Down, to the list below
    focused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaxLength(LONGEST)
        self.setClearButtonEnabled(True)
        self._composing = Composing(self)
        self._icon = QAction(self)
        self.addAction(self._icon, QLineEdit.ActionPosition.LeadingPosition)
        self._icon.triggered.connect(self.setFocus)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self.textChanged.connect(self._on_text_changed)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text again, and the icon in the colours of now."""
        self._icon.setIcon(look.icon("search"))
        self._icon.setText(self.tr("Search"))
        name_clearing(self, self.tr("Empty the field"))
        self.setPlaceholderText(self.tr("Search"))
        self.setAccessibleName(self.tr("Search all chats"))
        self.setToolTip(keymap.hint(self.tr("Search all chats"), "search"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Down goes to the hits, Esc empties; never while an input method composes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.stepped.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _on_text_changed(self, text: str) -> None:
        if text.strip():
            self._timer.start()
        else:
            self._timer.stop()
            self.sought.emit("")

    def _on_timer_timeout(self) -> None:
        self.sought.emit(self.text())
