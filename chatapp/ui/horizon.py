"""Which of the open conversation's messages the model did not see when it wrote the last answer.

Knows nothing about tokens or painting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from chatapp.chat import Message
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript

LATER_MS = 50  # by then the beginning of a long conversation is read too


class Horizon(QObject):
    """Between the conversation and its view."""

    def __init__(self, talk: Talk, transcript: Transcript) -> None:
        super().__init__(transcript)
        self._talk, self._transcript = talk, transcript
        self._dropped = 0  # messages that the last answer did not see
        self._timer = QTimer(self, singleShot=True, interval=LATER_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        talk.shown.connect(self._on_talk_shown)
        talk.settled.connect(self._on_talk_settled)

    def _look_at(self, answer: Message | None) -> None:
        self._dropped = answer.stats.dropped_messages if answer and answer.stats else 0
        if self._dropped:
            self._timer.start()
        else:
            self._timer.stop()
            self._transcript.show_seen_from(0)

    def _on_talk_shown(self, messages: list[Message]) -> None:
        self._look_at(next((m for m in reversed(messages) if m.role == "assistant"), None))

    def _on_talk_settled(self, message: Message) -> None:
        self._look_at(message)

    def _on_timer_timeout(self) -> None:
        messages = self._talk.request().messages
        head = bool(messages and messages[0].role == "system")
        seen = messages[self._dropped + head :]
        self._transcript.show_seen_from(seen[0].id if seen else 0)
