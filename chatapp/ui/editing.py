"""`Editing`: one message at a time is changed in its place in the conversation.

What was begun in a conversation that is left comes back with it, while the window lives. Knows
nothing about how a version is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chatapp.chat import UserError
from chatapp.ui.edit_box import EditBox
from chatapp.ui.editor import is_heavy

if TYPE_CHECKING:
    from chatapp.chat import Message
    from chatapp.ui.composer import Composer
    from chatapp.ui.deeds import Deeds
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript

TOO_LONG = UserError(
    "This message is too long to edit here.", "Copy it, change the copy, and send that."
)


class Editing(QObject):
    """Opens, saves and leaves the editor in the conversation view."""

    asked = Signal()  # a question is about to be answered
    refused = Signal(object)  # UserError

    def __init__(
        self, talk: Talk, deeds: Deeds, transcript: Transcript, composer: Composer
    ) -> None:
        super().__init__(talk)
        self._talk, self._deeds = talk, deeds
        self._transcript, self._composer = transcript, composer
        self._box: EditBox | None = None
        self._begun: dict[int, str] = {}  # message id -> what was typed so far
        talk.shown.connect(self._on_talk_shown)

    def open(self, message: int) -> None:
        """Edit this message; another one that is open is kept for later."""
        place = self._talk.place(message)
        if place is None or (self._box and self._box.message == message):
            return
        old = self._talk.branch[place]
        text = self._begun.get(message, old.text)
        if is_heavy(text):
            self.refused.emit(TOO_LONG)
            return
        self._keep()
        box = self._box = EditBox(old, text)
        box.saved.connect(self._on_box_saved)
        box.left.connect(self._on_box_left)
        self._transcript.guests.hold(message, box)
        self._transcript.bring_into_view(message)
        box.setFocus()

    def _keep(self) -> None:
        """Close the editor and remember what was changed in it."""
        if self._box:
            text = self._box.text()
            if text != self._box.original:
                self._begun[self._box.message] = text
            self._close()

    def _close(self) -> None:
        box, self._box = self._box, None
        if box:
            self._transcript.guests.let_go(box.message)

    def _on_box_saved(self, message: int, text: str) -> None:
        place = self._talk.place(message)
        if place is None or not text.strip():
            return
        old = self._talk.branch[place]
        if text != old.text and self._talk.is_busy():
            return  # the text stays where it is
        self._begun.pop(message, None)
        self._close()
        self._composer.setFocus()
        if old.role == "user":
            self.asked.emit()
        self._deeds.edit(message, text)

    def _on_box_left(self, message: int) -> None:
        self._begun.pop(message, None)
        self._close()
        self._composer.setFocus()

    def _on_talk_shown(self, messages: list[Message]) -> None:
        if not (self._box or self._begun):
            return
        here = {message.id for message in messages}
        if self._box and self._box.message not in here:
            self._keep()
        if self._box is None and (begun := [each for each in self._begun if each in here]):
            self.open(begun[-1])
