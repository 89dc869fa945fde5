"""`Talk`: the open conversation and what is done to it, between the window and the store.

The way of one prompt: commit what the person wrote, freeze a Request, hand both to `replies`, which
saves the answer as it grows. An answer goes on when another conversation is opened. Knows nothing
about widgets or threads.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp.chat import Failed, Message, Progress, Request, UserError
from chatapp.settings import Sampling
from chatapp.titles import title_from
from chatapp.ui.replies import Replies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatapp.host import Host
    from chatapp.store import Store


NEWEST = 100  # messages that a conversation opens with; the others follow
LATER_MS = 30  # after which they do


class Talk(QObject):
    """Sends, answers, stops and saves. `sampling` is what the next request will freeze."""

    opened = Signal(int)  # this conversation, before it is shown; 0 = a new, empty one
    begun = Signal(int)  # the new one is stored now, as this conversation
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
        self._replies = Replies(store, host, self)
        self._replies.wrote.connect(self._on_replies_wrote)
        self._replies.progressed.connect(self._on_replies_progressed)
        self._replies.settled.connect(self._on_replies_settled)
        self._replies.failed.connect(self._on_replies_failed)
        self._replies.changed.connect(self._tell_writing)
        self._replies.refused.connect(self.refused)
        self._messages: list[Message] = []  # of the open branch, as far as they were read
        self._unread = False  # only the newest ones were
        self.conversation = 0
        self.sampling = Sampling()
        self.system = ""  # the system prompt

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
        self.opened.emit(conversation)
        self._show()

    def rename(self, conversation: int, title: str) -> None:
        """Give it another title."""
        with self._refusing():
            self._store.rename(conversation, title)
        self.tell_list()

    def delete(self, conversation: int) -> None:
        """Take it out of the list; `restore` brings it back."""
        self._replies.stop(conversation)
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

    def request(self, draft: str = "") -> Request:
        """What the model would be asked with this draft, as the knobs are set now."""
        drafts = [Message("user", draft)] if draft.strip() else []
        return Request((*self._head(), *_history([*self._thread, *drafts])), self.sampling)

    def send(self, text: str) -> bool:
        """Store the message and ask for an answer; False when there was nothing to send."""
        if not text.strip() or self.is_writing():
            return False
        try:
            if not self.conversation:
                self.conversation = self._store.new(title_from(text)).id
                self.begun.emit(self.conversation)
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
        self._replies.stop(self.conversation)

    def is_writing(self) -> bool:
        """The open conversation is being answered, or waits for it."""
        return bool(self._replies.of(self.conversation))

    def last_answer(self) -> Message | None:
        """The answer that 'Regenerate' and 'Copy last answer' mean."""
        return next((m for m in reversed(self._thread) if m.role == "assistant"), None)

    def tell_troubles(self) -> None:
        """Tell again, in the present language, which messages failed or wait for the model."""
        for message in self._messages:
            if failure := self._replies.failures.get(message.id):
                self.failed.emit(message.id, failure)
        if self._host.info is None:
            for reply in self._replies.of(self.conversation):
                self.waiting.emit(reply.message.id)

    def close(self) -> None:
        """Leave nothing unsaved: what is still being written becomes interrupted."""
        self._replies.close()

    def _answer(self) -> None:
        """A growing reply after the thread's last message."""
        request = Request((*self._head(), *_history(self._thread)), self.sampling)
        try:
            message = self._store.add(self.conversation, "assistant", "", self._leaf())
        except UserError as error:
            self.refused.emit(error)
            self._show()
            return
        if info := self._host.info:  # its heading, until the settled message brings its own
            message = dataclasses.replace(message, model=info.name)
        self._thread.append(message)
        self.added.emit(message)
        self._replies.start(self.conversation, message, request)
        if self._host.info is None:
            self.waiting.emit(message.id)

    def _show(self) -> None:
        self._messages = self._read(NEWEST)
        self._unread = len(self._messages) == NEWEST and bool(self._messages[0].parent)
        self._present()
        self._tell_writing()
        if self._unread:
            QTimer.singleShot(LATER_MS, self, self._complete)

    def _present(self) -> None:
        """Tell what was read, with the text of what is still being written."""
        self._messages = [self._replies.present(message) for message in self._messages]
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

    def _head(self) -> tuple[Message, ...]:
        return (Message("system", self.system),) if self.system.strip() else ()

    def _leaf(self) -> int | None:
        return self._thread[-1].id if self._thread else None

    def _tell_writing(self) -> None:
        self.writing.emit(self._replies.conversation)

    def _on_replies_wrote(self, conversation: int, message: int, text: str) -> None:
        if conversation == self.conversation:
            self.wrote.emit(message, text)

    def _on_replies_progressed(self, conversation: int, message: int, progress: Progress) -> None:
        if conversation == self.conversation:
            self.progressed.emit(message, progress.done, progress.total)

    def _on_replies_settled(self, conversation: int, message: Message) -> None:
        if conversation == self.conversation:
            for place, old in enumerate(self._messages):
                if old.id == message.id:
                    self._messages[place] = message
            self.settled.emit(message)

    def _on_replies_failed(self, conversation: int, message: int, failure: Failed) -> None:
        if conversation == self.conversation:
            self.failed.emit(message, failure)
        if failure.lost:
            self.lost.emit(failure)


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
