"""The way between the versions of one message: back, "2 / 3", on.

Knows nothing about what a version holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from chatapp.ui.small_button import SIDE, SmallButton

if TYPE_CHECKING:
    from chatapp.chat import Message

_COUNT = 52  # pixels of "2 / 3"
_GAP = 2
WIDTH = 2 * (SIDE + _GAP) + _COUNT


class Steps(QWidget):
    """Bound to one message at a time."""

    asked = Signal(str, int)  # "version_back" or "version_on", message id

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = 0
        self.back = SmallButton("chevron-left", self)
        self.count = QLabel(self)
        self.count.setProperty("tone", "muted")
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.count.setFixedWidth(_COUNT)
        self.forward = SmallButton("chevron-right", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for widget in (self.back, self.count, self.forward):
            row.addWidget(widget)
        self.setFixedSize(WIDTH, SIDE)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.back.clicked.connect(self._on_back_clicked)
        self.forward.clicked.connect(self._on_forward_clicked)
        self._retranslate()

    def bind(self, message: Message) -> None:
        """Walk the versions of this message."""
        self._message = message.id
        self.back.setEnabled(message.version > 1)
        self.forward.setEnabled(message.version < message.versions)
        self.count.setText(f"{message.version} / {message.versions}")

    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [self.back, self.forward]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.back.call(self.tr("Show the version before"))
        self.forward.call(self.tr("Show the next version"))

    def _on_back_clicked(self) -> None:
        self.asked.emit("version_back", self._message)

    def _on_forward_clicked(self) -> None:
        self.asked.emit("version_on", self._message)
