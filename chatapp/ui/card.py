"""A framed part of a page with a heading. Knows nothing about what stands in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout, QWidget


class Card(QFrame):
    """The heading, and below it what is added to `column`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(18, 16, 18, 16)
        self.column.setSpacing(12)
        self.heading = toned("heading")
        self.column.addWidget(self.heading)


class Fold(QToolButton):
    """A line that opens what lies below it, and closes it again."""

    def __init__(self, below: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._below = below
        self.setProperty("kind", "fold")
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggled.connect(self._on_toggled)
        self._on_toggled(False)

    def _on_toggled(self, opened: bool) -> None:
        arrow = Qt.ArrowType
        self.setArrowType(arrow.DownArrow if opened else arrow.RightArrow)
        self._below.setVisible(opened)


def toned(tone: str) -> QLabel:
    """A label of plain text in this tone, which goes on in the next line where it must."""
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("tone", tone)
    return label
