"""The small buttons of the conversation view and of bars: a line icon with a name.

Real buttons, so that they can be reached with Tab and read aloud. Knows nothing about where they
are put or what they cause.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QToolButton, QWidget

from chatapp.ui import look

SIDE = 30  # pixels of a button
_SHOWN_MS = 1500  # how long a tick says that something was copied


class SmallButton(QToolButton):
    """A line icon with a name; one that can be checked wears the accent while it is."""

    def __init__(self, name: str, parent: QWidget, checkable: bool = False) -> None:
        super().__init__(parent)
        self._name = name
        self.setFixedSize(SIDE, SIDE)
        self.setIconSize(QSize(18, 18))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(checkable)
        self.toggled.connect(self._show_icon)
        self._show_icon()

    def call(self, title: str) -> None:
        """Give it its name, for the eye and for a screen reader."""
        self.setToolTip(title)
        self.setAccessibleName(title)

    def tick(self) -> None:
        """Say for a moment that it was done."""
        self.setIcon(look.icon("check", look.colours().accent))
        QTimer.singleShot(_SHOWN_MS, self, self._show_icon)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours."""
        if event.type() == QEvent.Type.PaletteChange:
            self._show_icon()
        super().changeEvent(event)

    def _show_icon(self) -> None:
        wear = look.colours()
        self.setIcon(look.icon(self._name, wear.accent if self.isChecked() else wear.muted))


class CodeCopy(SmallButton):
    """Copies one code block."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("copy", parent)
        self.source = ""
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.call(self.tr("Copy this code"))
