"""`Drafts`: what was written but not sent, kept with each conversation and brought back.

Saved a second after the last key and before another conversation is shown; the text that an input
method still composes is not part of it. Knows nothing about how a message is sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp import unsent
from chatapp.attachments import Attachment
from chatapp.chat import UserError

if TYPE_CHECKING:
    from chatapp.store import Store
    from chatapp.ui.composer import Composer
    from chatapp.ui.talk import Talk

SAVE_MS = 1000


class Drafts(QObject):
    """Between the composer and the store; a chat that is not stored yet has a file of its own."""

    refused = Signal(object)  # UserError

    def __init__(self, talk: Talk, composer: Composer, store: Store) -> None:
        super().__init__(composer)
        self._composer = composer
        self._store = store
        self._conversation = talk.conversation
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self.save)
        self._show(unsent.draft())
        composer.edited.connect(self._on_composer_edited)
        talk.opened.connect(self._on_talk_opened)
        talk.begun.connect(self._on_talk_begun)

    def save(self) -> None:
        """Keep what stands in the box, now."""
        self._timer.stop()
        try:
            if self._conversation:
                self._store.set_draft(self._conversation, self._packed())
            else:
                unsent.keep_draft(self._packed())
        except UserError as error:
            self.refused.emit(error)

    # -- private --

    def _packed(self) -> str:
        files = [[one.name, one.text] for one in self._composer.files.attachments()]
        text, pasted = self._composer.editor.toPlainText(), self._composer.chip.text
        if not (text or pasted or files):
            return ""
        return json.dumps({"text": text, "pasted": pasted, "files": files}, ensure_ascii=False)

    def _show(self, packed: str) -> None:
        parts = _unpacked(packed)
        self._composer.set_text(parts["text"])
        if parts["pasted"]:
            self._composer.chip.add(parts["pasted"])
        for name, text in parts["files"]:
            self._composer.files.add(Attachment(name, text))
        self._timer.stop()  # nothing has changed

    # -- slots --

    def _on_composer_edited(self) -> None:
        self._timer.start()

    def _on_talk_opened(self, conversation: int) -> None:
        if conversation == self._conversation:
            return
        if self._timer.isActive():
            self.save()
        self._conversation = conversation
        try:
            self._show(self._store.draft(conversation) if conversation else unsent.draft())
        except UserError as error:
            self.refused.emit(error)

    def _on_talk_begun(self, conversation: int) -> None:
        self._conversation = conversation
        try:
            unsent.keep_draft("")
        except UserError as error:
            self.refused.emit(error)


def _unpacked(packed: str) -> dict[str, Any]:
    """What a draft holds; a damaged one is empty."""
    empty: dict[str, Any] = {"text": "", "pasted": "", "files": []}
    try:
        found = json.loads(packed) if packed else {}
        files = [(str(name), str(text)) for name, text in found.get("files", [])]
        return {"text": str(found.get("text", "")), "pasted": str(found.get("pasted", "")),
                "files": files}  # fmt: skip
    except (ValueError, TypeError, AttributeError):
        return empty
