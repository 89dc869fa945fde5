"""Tabs as plain words with a line under the chosen one. Knows nothing about what they turn to."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar, QWidget

from chatapp.ui import look

HEIGHT = 40


class TabBar(QTabBar):
    """Plain words with a line under the chosen one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setMouseTracking(True)

    def tabSizeHint(self, index: int) -> QSize:
        """High enough to hit with a finger."""
        hint = super().tabSizeHint(index)
        return QSize(hint.width() + 16, max(hint.height(), HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two words, the line, and a frame around the one with the keyboard's focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRect(0, self.height() - 1, self.width(), 1)
        painter.fillRect(ground, QColor(look.colours().border))
        for index in range(self.count()):
            self._paint_tab(painter, index)

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        colours, box = look.colours(), self.tabRect(index)
        chosen = index == self.currentIndex()
        painter.setPen(QColor(colours.text if chosen else colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.tabText(index))
        if chosen:
            line = QRect(box.left() + 16, box.bottom() - 2, box.width() - 32, 3)
            painter.fillRect(line, QColor(colours.accent))
        if chosen and self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.drawRoundedRect(box.adjusted(4, 4, -5, -7), 6, 6)
