"""`Patience`: says when a stop is not obeyed, and offers to open the window again.

A native call that never returns holds the worker; only a new process gets rid of it. Knows nothing
about what is being computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp.fleeting import is_fleeting

if TYPE_CHECKING:
    from chatapp.ui.banner import Banner
    from chatapp.ui.talk import Talk

STOP_MS = 2000  # until a stop that was not obeyed is told
WAIT_MS = 10_000  # until it is told once more, to a person who keeps waiting


class Patience(QObject):
    """Between the stop of an answer and its end."""

    reopen_requested = Signal()

    def __init__(self, talk: Talk, banner: Banner) -> None:
        super().__init__(talk)
        self._talk, self._banner = talk, banner
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_timer_timeout)
        talk.stopping.connect(self._on_talk_stopping)
        talk.writing.connect(self._on_talk_writing)

    # -- private --

    def _told(self) -> str:
        return self.tr("The model does not answer. Your text is saved.")

    def _told_wait(self) -> str:
        return self.tr("Keep waiting")

    def _told_reopen(self) -> str:
        return self.tr("Reopen here")

    # -- slots --

    def _on_talk_stopping(self) -> None:
        if not self._timer.isActive():
            self._timer.start(STOP_MS)

    def _on_talk_writing(self) -> None:
        """It has ended, here or in a chat that was left."""
        if not self._talk.is_answering():
            self._timer.stop()
            self._banner.take_back(self._told)

    def _on_timer_timeout(self) -> None:
        if not self._talk.is_answering():
            return
        reopen = (self._told_reopen, self.reopen_requested.emit)
        offers = [] if is_fleeting(self._talk.conversation) else [reopen]  # it would be gone
        self._banner.tell(self._told, self._told_wait, self._on_wait_pressed, *offers)

    def _on_wait_pressed(self) -> None:
        self._timer.start(WAIT_MS)
