"""The button that floats above the end of the conversation while the reader is elsewhere.

Knows nothing about scrolling.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from chatapp.ui import look

_ABOVE = 14  # pixels to the edge


class Jump(QPushButton):
    """Hidden while the end is in view."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setProperty("kind", "pill")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._retranslate()
        self.hide()

    def place(self, away: bool) -> None:
        """Show it in the middle of its parent's bottom, or not at all."""
        self.setVisible(away)
        if away:
            size = self.sizeHint()
            left = (self._ground.width() - size.width()) // 2
            self.resize(size)
            self.move(left, self._ground.height() - size.height() - _ABOVE)
            self.raise_()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the colours."""
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.setText(self.tr("Jump to latest"))
        self.setIcon(look.icon("chevron-down"))
