"""`Talk`: the open conversation and the replies under way, between the store and the host.

The way of one prompt: commit what the person wrote, freeze a Request, hand it to the host, save
each frame's text as it grows, settle the message. A reply goes on when another conversation is
opened. Knows nothing about widgets.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp.chat import Done, Failed, Finish, Message, Progress, Request, UserError
from chatapp.settings import Sampling
from chatapp.titles import title_from
from chatapp.ui.bridge import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatapp.host import Host
    from chatapp.store import Store


NEWEST = 100  # messages that a conversation opens with; the others follow
LATER_MS = 30  # after which they do


@dataclass(slots=True)
class Reply:
    """An answer that is being written or waits for its turn."""

    conversation: int
    message: Message
    stream: Stream
    text: str = ""


class Talk(QObject):
    """Sends, answers, stops and saves. `sampling` is what the next request will freeze."""

    listed = Signal(object)  # list[Conversation], after any change of it
    shown = Signal(object)  # list[Message]: the open conversation, whole
    added = Signal(object)  # Message, at the end of the open conversation
    wrote = Signal(int, str)  # message id, piece
    progressed = Signal(int, int, int)  # message id, tokens read, tokens in all
    settled = Signal(object)  # Message
    failed = Signal(int, object)  # message id, Failed
    writing = Signal(int)  # the conversation being answered, 0 = none
    waiting = Signal(int)  # message id: its answer waits for the model
    lost = Signal(object)  # Failed: the accelerator is gone for this process
    refused = Signal(object)  # UserError of the store: what was asked was not done

    def __init__(self, store: Store, host: Host, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._host = host
        self._replies: dict[int, Reply] = {}
        self._messages: list[Message] = []  # of the open branch, as far as they were read
        self._unread = False  # only the newest ones were
        self._failures: dict[int, Failed] = {}  # message id -> why, to be told again
        self.conversation = 0
        self.sampling = Sampling()

    @property
    def _thread(self) -> list[Message]:
        """The open branch, whole."""
        self._complete()
        return self._messages

    def _complete(self) -> None:
        """Read the beginning of a long branch, of which only the end was read."""
        if self._unread:
            self._unread = False
            newest = self._messages
            self._messages = self._read()[: -len(newest)] + newest
            self._present()

    # -- conversations --

    def tell_list(self) -> None:
        """Tell the sidebar what there is."""
        with self._refusing():
            self.listed.emit(self._store.conversations())

    def open(self, conversation: int) -> None:
        """Show this conversation; 0 = a new, empty one, which is stored with its first message."""
        self.conversation = conversation
        self._show()

    def rename(self, conversation: int, title: str) -> None:
        """Give it another title."""
        with self._refusing():
            self._store.rename(conversation, title)
        self.tell_list()

    def delete(self, conversation: int) -> None:
        """Take it out of the list; `restore` brings it back."""
        for reply in self._of(conversation):
            reply.stream.cancel()
        with self._refusing():
            self._store.delete(conversation)
            if conversation == self.conversation:
                self.open(0)
        self.tell_list()

    def restore(self, conversation: int) -> None:
        """Undo a delete."""
        with self._refusing():
            self._store.restore(conversation)
            self.open(conversation)
        self.tell_list()

    # -- messages --

    def send(self, text: str) -> bool:
        """Store the message and ask for an answer; False when there was nothing to send."""
        if not text.strip() or self.is_writing():
            return False
        try:
            if not self.conversation:
                self.conversation = self._store.new(title_from(text)).id
            message = self._store.add(self.conversation, "user", text, self._leaf())
        except UserError as error:
            self.refused.emit(error)
            return False
        self._thread.append(message)
        self.added.emit(message)
        self._answer()
        self.tell_list()
        return True

    def regenerate(self, message: int) -> None:
        """Another version of this answer; the old one is kept and not seen by the model."""
        place = next((i for i, m in enumerate(self._thread) if m.id == message), -1)
        if place < 1 or self.is_writing():
            return
        del self._thread[place:]
        self.shown.emit(list(self._thread))
        self._answer()

    def step_version(self, message: int, step: int) -> None:
        """Walk to the version before (-1) or after (+1)."""
        if self.is_writing():
            return
        with self._refusing():
            self._store.step(message, step)
        self._show()

    def stop(self) -> None:
        """End the open conversation's answer; its text so far stays."""
        for reply in self._of(self.conversation):
            reply.stream.cancel()

    def is_writing(self) -> bool:
        """The open conversation is being answered, or waits for it."""
        return bool(self._of(self.conversation))

    def last_answer(self) -> Message | None:
        """The answer that 'Regenerate' and 'Copy last answer' mean."""
        return next((m for m in reversed(self._thread) if m.role == "assistant"), None)

    def tell_troubles(self) -> None:
        """Tell again, in the present language, which messages failed or wait for the model."""
        for message in self._messages:
            if failure := self._failures.get(message.id):
                self.failed.emit(message.id, failure)
        if self._host.info is None:
            for reply in self._of(self.conversation):
                self.waiting.emit(reply.message.id)

    def close(self) -> None:
        """Leave nothing unsaved: what is still being written becomes interrupted."""
        for reply in list(self._replies.values()):
            reply.text += reply.stream.close()
            self._settle(reply, "interrupted", None)

    def _answer(self) -> None:
        """A growing reply after the thread's last message."""
        request = Request(_history(self._thread), self.sampling)
        try:
            message = self._store.add(self.conversation, "assistant", "", self._leaf())
        except UserError as error:
            self.refused.emit(error)
            self._show()
            return
        if info := self._host.info:  # its heading, until the settled message brings its own
            message = dataclasses.replace(message, model=info.name)
        self._thread.append(message)
        stream = Stream(self._host.reply(request), self, key=message.id)
        reply = Reply(self.conversation, message, stream)
        self._replies[message.id] = reply
        stream.wrote.connect(self._on_stream_wrote)
        stream.progressed.connect(self._on_stream_progressed)
        stream.done.connect(self._on_stream_done)
        stream.failed.connect(self._on_stream_failed)
        self.added.emit(message)
        if self._host.info is None:
            self.waiting.emit(message.id)
        self._tell_writing()

    def _show(self) -> None:
        self._messages = self._read(NEWEST)
        self._unread = len(self._messages) == NEWEST and bool(self._messages[0].parent)
        self._present()
        self._tell_writing()
        if self._unread:
            QTimer.singleShot(LATER_MS, self, self._complete)

    def _present(self) -> None:
        """Tell what was read, with the text of what is still being written."""
        for place, message in enumerate(self._messages):
            if reply := self._replies.get(message.id):
                self._messages[place] = dataclasses.replace(message, text=reply.text, finish=None)
        self.shown.emit(list(self._messages))
        self.tell_troubles()

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """Tell what the store cannot do instead of raising it."""
        try:
            yield
        except UserError as error:
            self.refused.emit(error)

    def _read(self, newest: int = 0) -> list[Message]:
        """All messages of the open branch, or so many of the newest."""
        if not self.conversation:
            return []
        with self._refusing():
            some = (newest,) if newest else ()
            return self._store.thread(self.conversation, *some)
        return []

    def _leaf(self) -> int | None:
        return self._thread[-1].id if self._thread else None

    def _of(self, conversation: int) -> list[Reply]:
        return [r for r in self._replies.values() if r.conversation == conversation]

    def _tell_writing(self) -> None:
        self.writing.emit(next(iter(self._replies.values())).conversation if self._replies else 0)

    def _settle(self, reply: Reply, finish: Finish, done: Done | None) -> Message:
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
        for place, old in enumerate(self._thread):
            if old.id == message.id:
                self._thread[place] = message
        return message

    def _on_stream_wrote(self, message: int, text: str) -> None:
        reply = self._replies[message]
        reply.text += text
        self._store.grow(reply.message.id, reply.text)
        if reply.conversation == self.conversation:
            self.wrote.emit(reply.message.id, text)

    def _on_stream_progressed(self, message: int, progress: Progress) -> None:
        if self._replies[message].conversation == self.conversation:
            self.progressed.emit(message, progress.done, progress.total)

    def _on_stream_done(self, key: int, done: Done) -> None:
        reply = self._replies[key]
        message = self._settle(reply, done.finish, done)
        if reply.conversation == self.conversation:
            self.settled.emit(message)
        self._tell_writing()

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        reply = self._replies[key]
        message = self._settle(reply, "error", None)
        self._failures[message.id] = failure
        if reply.conversation == self.conversation:
            self.settled.emit(message)
            self.failed.emit(message.id, failure)
        if failure.lost:
            self.lost.emit(failure)
        self._tell_writing()


def _history(thread: Sequence[Message]) -> tuple[Message, ...]:
    """What the model is to see: without empty answers, and neighbours of one role joined.

    A failed answer leaves two messages of the person side by side, which many templates refuse.
    """
    history: list[Message] = []
    for message in thread:
        if not message.text:
            continue
        if history and history[-1].role == message.role:
            joined = f"{history[-1].text}\n\n{message.text}"
            history[-1] = dataclasses.replace(message, text=joined)
        else:
            history.append(message)
    return tuple(history)
