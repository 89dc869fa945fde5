"""A scroll area that cannot be seen: no frame, and the ground of what it stands on.

Knows nothing about what it shows.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class BareArea(QScrollArea):
    """Scrolls up and down only; what is inside is as wide as there is room.

    Tab does not stop at it: what is inside hands on the keys that scroll.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def hold(self, inside: QWidget) -> None:
        """Show this widget, which keeps no ground of its own."""
        self.setWidget(inside)
        inside.setAutoFillBackground(False)  # setWidget had switched it on
