"""A question that one line answers: room for a long name, and buttons of words alone.

Knows nothing about what is asked.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import QInputDialog, QPushButton, QWidget

LETTERS = 60  # of the answer, that are seen at once


class LineQuestion(QInputDialog):
    """Goes away once it is answered."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def sizeHint(self) -> QSize:
        """As wide as a long name, where the window is."""
        wanted, parent = super().sizeHint(), self.parentWidget()
        wide = self.fontMetrics().averageCharWidth() * LETTERS
        most = parent.window().width() - 40 if parent else wide
        return QSize(max(wanted.width(), min(wide, most)), wanted.height())

    def showEvent(self, event: QShowEvent) -> None:
        """The style's pictures of yes and no stand nowhere else."""
        for button in self.findChildren(QPushButton):
            button.setIcon(QIcon())
        super().showEvent(event)
