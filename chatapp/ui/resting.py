"""Tells when conversation, draft and knobs have come to rest, so that the model may be asked.

What an input method still composes is no part of a draft. Knows nothing about what is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from chatapp.chat import Request
    from chatapp.ui.composer import Composer
    from chatapp.ui.loads import Loads
    from chatapp.ui.manners import Manners
    from chatapp.ui.talk import Talk

REST_MS = 300  # after the last key


class Resting(QObject):
    """Between what changes and whoever asks; nothing is asked while an answer is written."""

    stirred = Signal()  # something changed: what was asked before is out of date
    rested = Signal()

    def __init__(self, talk: Talk, composer: Composer, loads: Loads, manners: Manners) -> None:
        super().__init__(talk)
        self._talk, self._composer = talk, composer
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        for changed in (composer.edited, loads.loaded, manners.changed, talk.shown, talk.writing):
            changed.connect(self._stir)

    def request(self) -> Request:
        """What the model would be asked now."""
        return self._talk.request(self._composer.text())

    def is_at_rest(self) -> bool:
        """Nothing has changed for a while, and nothing is being written."""
        return not self._timer.isActive() and not self._talk.is_writing()

    def close(self) -> None:
        """Tell no more."""
        self._timer.stop()

    def _stir(self, *_: object) -> None:
        self.stirred.emit()
        self._timer.start()

    def _on_timer_timeout(self) -> None:
        if not self._talk.is_writing():  # its end comes to rest again
            self.rested.emit()
