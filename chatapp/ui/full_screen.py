"""`FullScreen`: the menu's tick and the window's state, in step whoever changes either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget


class FullScreen(QObject):
    """The system may end it too, and a window may be opened as it was closed."""

    def __init__(self, window: QWidget, action: QAction) -> None:
        super().__init__(window)
        self._window, self._action = window, action
        action.setCheckable(True)
        action.toggled.connect(self._on_action_toggled)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the tick say what the window is."""
        if event.type() == QEvent.Type.WindowStateChange:
            self._action.setChecked(self._window.isFullScreen())
        return False

    def _on_action_toggled(self, full: bool) -> None:
        if full != self._window.isFullScreen():
            self._window.setWindowState(
                self._window.windowState() ^ Qt.WindowState.WindowFullScreen
            )
