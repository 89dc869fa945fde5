"""`Replies`: the answers under way, each saved as it grows, whichever conversation is open.

The way of one answer: its message is in the store before it begins; each frame's text is saved and
told; at its end the message is settled. Knows nothing about widgets or which conversation is open.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chatapp.chat import Done, Failed, Finish, Message, Progress, UserError
from chatapp.ui.bridge import Stream

if TYPE_CHECKING:
    from chatapp.chat import Request
    from chatapp.host import Host
    from chatapp.store import Store


@dataclass(slots=True)
class Reply:
    """An answer that is being written or waits for its turn."""

    conversation: int
    message: Message
    stream: Stream
    text: str = ""


class Replies(QObject):
    """Starts, saves, stops and settles answers. Every signal begins with the conversation."""

    wrote = Signal(int, int, str)  # conversation, message id, piece
    progressed = Signal(int, int, object)  # conversation, message id, Progress
    settled = Signal(int, object)  # conversation, Message
    failed = Signal(int, int, object)  # conversation, message id, Failed; after `settled`
    changed = Signal()  # an answer began or ended
    refused = Signal(object)  # UserError of the store: an end is not saved yet

    def __init__(self, store: Store, host: Host, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._host = host
        self._replies: dict[int, Reply] = {}  # by message id, the oldest first
        self.failures: dict[int, Failed] = {}  # message id -> why, to be told again

    @property
    def conversation(self) -> int:
        """The one that is being answered now, 0 = none."""
        return next(iter(self._replies.values())).conversation if self._replies else 0

    def of(self, conversation: int) -> list[Reply]:
        """What is being written in this conversation, or waits."""
        return [r for r in self._replies.values() if r.conversation == conversation]

    def start(self, conversation: int, message: Message, request: Request) -> None:
        """Have this stored, empty message written."""
        stream = Stream(self._host.reply(request), self, key=message.id)
        self._replies[message.id] = Reply(conversation, message, stream)
        stream.wrote.connect(self._on_stream_wrote)
        stream.progressed.connect(self._on_stream_progressed)
        stream.done.connect(self._on_stream_done)
        stream.failed.connect(self._on_stream_failed)
        self.changed.emit()

    def stop(self, conversation: int) -> None:
        """End its answers; their text so far stays."""
        for reply in self.of(conversation):
            reply.stream.cancel()

    def present(self, message: Message) -> Message:
        """The same with the text that it has by now."""
        if reply := self._replies.get(message.id):
            return dataclasses.replace(message, text=reply.text, finish=None)
        return message

    def close(self) -> None:
        """Leave nothing unsaved: what is still being written becomes interrupted."""
        for reply in list(self._replies.values()):
            reply.text += reply.stream.close()
            self._settle(reply, "interrupted", None)

    def _settle(self, reply: Reply, finish: Finish, done: Done | None) -> None:
        self._replies.pop(reply.message.id, None)
        model = self._host.info.name if self._host.info else ""
        stats = done.stats if done else None
        try:
            message = self._store.settle(reply.message.id, reply.text, finish, stats, model)
        except UserError as error:  # the store still holds the text and tries again
            message = dataclasses.replace(
                reply.message, text=reply.text, finish=finish, stats=stats, model=model
            )
            self.refused.emit(error)
        self.settled.emit(reply.conversation, message)

    def _on_stream_wrote(self, key: int, text: str) -> None:
        reply = self._replies[key]
        reply.text += text
        self._store.grow(key, reply.text)
        self.wrote.emit(reply.conversation, key, text)

    def _on_stream_progressed(self, key: int, progress: Progress) -> None:
        self.progressed.emit(self._replies[key].conversation, key, progress)

    def _on_stream_done(self, key: int, done: Done) -> None:
        self._settle(self._replies[key], done.finish, done)
        self.changed.emit()

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        reply = self._replies[key]
        self.failures[key] = failure
        self._settle(reply, "error", None)
        self.failed.emit(reply.conversation, key, failure)
        self.changed.emit()
