"""`Keeper`: the settings as they are now, written to their file half a second after a change.

Knows nothing about what a setting does.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp import settings
from chatapp.chat import UserError

if TYPE_CHECKING:
    from chatapp.settings import Settings

SAVE_MS = 500


class Keeper(QObject):
    """Holds the settings of this window. `due` comes before a write, so that others may add."""

    due = Signal()
    altered = Signal(str, object)  # a field of `settings.App` and its new value
    refused = Signal()  # the file could not be written

    def __init__(self, saved: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self.settings = saved
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self.save)

    def keep(self, **groups: Any) -> None:
        """Replace whole groups: `sampling=...`, `loading=...`; written soon."""
        self.settings = dataclasses.replace(self.settings, **groups)
        self._timer.start()

    def remember(self, **changes: Any) -> None:
        """Replace fields of `settings.App`; written soon."""
        before = self.settings.app
        self.keep(app=dataclasses.replace(before, **changes))
        for name, value in changes.items():
            if value != getattr(before, name):
                self.altered.emit(name, value)

    def touch(self) -> None:
        """Something that `due` will bring has changed."""
        self._timer.start()

    def save(self) -> None:
        """Write the settings file now."""
        self.due.emit()
        self._timer.stop()
        try:
            settings.save(self.settings)
        except (OSError, UserError):
            self.refused.emit()
