"""`Backing`: a copy of the chat file each day, made while nobody waits for it.

Knows nothing about how a copy is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from chatapp import chores
from chatapp.ui.bridge import CALM_MS, Stream, told

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed
    from chatapp.host import Host
    from chatapp.ui.banner import Banner

FIRST_MS = 60_000  # after the start, when the model is surely loaded
AGAIN_MS = 3_600_000  # a window may stay open for days


class Backing(QObject):
    """Looks once an hour whether today's copy is there."""

    def __init__(self, chats: Path, host: Host, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._chats = chats
        self._host = host
        self._banner = banner
        self._failed = False  # told once is enough
        self._timer = QTimer(self, interval=FIRST_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Make today's copy, unless there is one."""
        self._timer.setInterval(AGAIN_MS)
        stream = Stream(self._host.file(lambda: chores.back_up(self._chats)), self, CALM_MS)
        stream.failed.connect(self._on_stream_failed)

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        if not self._failed:
            self._failed = True
            self._banner.tell(
                lambda: "  ".join(
                    (self.tr("Today's copy of your chats could not be made."), *told(failure))
                )
            )
