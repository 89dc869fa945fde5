"""The bar below a block that is wider than the column: it slides the block sideways.

Knows nothing about what the block holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QScrollBar, QWidget

from chatapp.ui.part import SLIDE

if TYPE_CHECKING:
    from chatapp.ui.part import Part

_STEP = 24  # pixels of one key press


class Slide(QScrollBar):
    """Moves one part; reached with Tab and moved with the arrows, too."""

    moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._part: Part | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSingleStep(_STEP)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.valueChanged.connect(self._on_value_changed)
        self._retranslate()

    def bind(self, part: Part, width: float) -> None:
        """Move this part, below which it is `width` pixels wide."""
        self._part = part
        with QSignalBlocker(self):
            self.setRange(0, part.slide)
            self.setPageStep(round(width))
            self.setValue(part.offset)
        self.resize(round(width), SLIDE)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.setAccessibleName(self.tr("Show more to the side"))

    def _on_value_changed(self, value: int) -> None:
        if self._part is not None:
            self._part.offset = value
            self.moved.emit()
