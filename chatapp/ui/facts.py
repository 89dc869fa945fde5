"""Facts as two columns: what, and how much. Knows nothing about what they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from chatapp.ui.wrapping import CopyLabel, breakable

if TYPE_CHECKING:
    from collections.abc import Sequence


class Facts(QWidget):
    """One row for each pair whose second text is not empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._pairs: list[tuple[QLabel, QLabel]] = []

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show these instead."""
        told = [(what, text) for what, text in pairs if text]
        while len(self._pairs) < len(told):
            self._add_row()
        for row, labels in enumerate(self._pairs):
            texts = told[row] if row < len(told) else ("", "")
            for label, text in zip(labels, texts, strict=True):
                label.setText(breakable(text))
                label.setVisible(bool(text))
            labels[1].setAccessibleName(": ".join(texts))

    def _add_row(self) -> None:
        what, text = QLabel(), CopyLabel()
        what.setProperty("tone", "muted")
        for column, label in enumerate((what, text)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(label, len(self._pairs), column, top)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._pairs.append((what, text))
