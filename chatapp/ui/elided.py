"""A label that gives way: what does not fit ends in an ellipsis, and the tooltip has it whole."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QToolTip, QWidget


class ElidedLabel(QLabel):
    """One line of plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """A few characters and the ellipsis."""
        wanted = super().sizeHint()
        few = self.fontMetrics().horizontalAdvance("MMMM…")
        return QSize(min(few, wanted.width()), wanted.height())

    def event(self, event: QEvent) -> bool:
        """Without a tooltip of its own, the whole text where it is cut."""
        if isinstance(event, QHelpEvent) and not self.toolTip() and self.is_cut():
            QToolTip.showText(event.globalPos(), self.text(), self)
            return True
        return super().event(event)

    def is_cut(self) -> bool:
        """True when the text does not fit."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, cut to the width there is."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics, elide = self.fontMetrics(), Qt.TextElideMode.ElideRight
        text = metrics.elidedText(self.text(), elide, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
