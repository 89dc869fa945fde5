"""`Drafts`: what was written but not sent, kept with each conversation and brought back.

Saved a second after the last key and before another conversation is shown; the text that an input
method still composes is not part of it. Knows nothing about how a message is sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp.attachments import Attachment
from chatapp.chat import UserError

if TYPE_CHECKING:
    from chatapp.store import Store
    from chatapp.ui.composer import Composer
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.talk import Talk

SAVE_MS = 1000
LONGEST = 100_000  # characters in the settings file


class Drafts(QObject):
    """Between the composer and the store; a chat that is not stored yet keeps its in the settings.

    The settings file takes the text alone, of a reasonable length.
    """

    refused = Signal(object)  # UserError

    def __init__(self, talk: Talk, composer: Composer, keeper: Keeper, store: Store) -> None:
        super().__init__(composer)
        self._composer = composer
        self._keeper = keeper
        self._store = store
        self._conversation = talk.conversation
        composer.set_text(keeper.settings.app.draft)
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self.save)
        composer.edited.connect(self._on_composer_edited)
        talk.opened.connect(self._on_talk_opened)
        talk.begun.connect(self._on_talk_begun)
        keeper.due.connect(self._on_keeper_due)

    def save(self) -> None:
        """Keep what stands in the box, now."""
        self._timer.stop()
        if not self._conversation:
            self._keeper.touch()  # `due` brings it
            return
        try:
            self._store.set_draft(self._conversation, self._packed())
        except UserError as error:
            self.refused.emit(error)

    # -- private --

    def _packed(self) -> str:
        files = [[one.name, one.text] for one in self._composer.files.attachments()]
        text, pasted = self._composer.editor.toPlainText(), self._composer.chip.text
        if not (text or pasted or files):
            return ""
        return json.dumps({"text": text, "pasted": pasted, "files": files}, ensure_ascii=False)

    def _show(self, packed: str, text: str = "") -> None:
        parts = _unpacked(packed)
        self._composer.set_text(parts["text"] or text)
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
        self._on_keeper_due()
        if self._timer.isActive():
            self.save()
        self._conversation = conversation
        try:
            kept = self._store.draft(conversation) if conversation else ""
            self._show(kept, "" if conversation else self._keeper.settings.app.draft)
        except UserError as error:
            self.refused.emit(error)

    def _on_talk_begun(self, conversation: int) -> None:
        self._conversation = conversation
        self._keeper.remember(draft="")

    def _on_keeper_due(self) -> None:
        text = self._composer.editor.toPlainText()[:LONGEST]
        if not self._conversation and text != self._keeper.settings.app.draft:
            self._keeper.remember(draft=text)


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
