"""Names and paths that may break at a line's end, and a label that copies them as they are.

Knows nothing about what they name.
"""

from __future__ import annotations

import re

from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QWidget

BREAK = "\N{ZERO WIDTH SPACE}"
# Lines end after a space, a hyphen or a slash by themselves; this is a run without any.
_RUN = re.compile(r"[!-,.0-~]{25,}")
_PLACE = re.compile(r"[^_.]{12}|[_.]+")


def breakable(text: str) -> str:
    """The same, with places where a line may end in what would be wider than a narrow page."""
    return _RUN.sub(lambda run: _PLACE.sub(lambda part: part[0] + BREAK, run[0]), text)


class CopyLabel(QLabel):
    """Text to select; what is copied of it has no places to break at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, wordWrap=True)

    def copy(self) -> None:
        """What is selected."""
        if self.hasSelectedText():
            QGuiApplication.clipboard().setText(self.selectedText().replace(BREAK, ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("Copy"), self.copy).setEnabled(self.hasSelectedText())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
