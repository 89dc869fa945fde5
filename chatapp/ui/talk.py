"""`Talk`: the open conversation and what is done to it, between the window and the store.

The way of one prompt: commit what the person wrote, freeze a Request, hand both to `replies`, which
saves the answer as it grows. An answer goes on when another conversation is opened. Knows nothing
about widgets or threads.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp import asking
from chatapp.asking import Wish
from chatapp.chat import Failed, Message, Progress, Request, UserError
from chatapp.settings import Sampling
from chatapp.titles import SOON, title_of
from chatapp.ui.replies import Replies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.host import Host
    from chatapp.store import Store


NEWEST = 100  # messages that a conversation opens with; the others follow
LATER_MS = 30  # after which they do
BUSY = UserError(
    "An answer is being written in this chat.", "Stop it, or wait until it is finished.", "stop"
)


@dataclass(slots=True)
class Queue:
    """What was sent while an answer was written, to be answered together after it."""

    messages: list[int]
    wish: Wish  # of the newest


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
    offered = Signal(object)  # list[Message]: candidates of the open conversation
    queued = Signal(int, bool)  # message id: it waits for the answer before it, or no longer
    withdrawn = Signal(str)  # a queued text that was taken back
    unanswered = Signal(int, object)  # conversation, list of message ids that no model is left for
    writing = Signal(int)  # the conversation being answered, 0 = none
    stopping = Signal()  # the open conversation's answer was asked to end
    waiting = Signal(int)  # message id: its answer waits for the model
    lost = Signal(object)  # Failed: the accelerator is gone for this process
    refused = Signal(object)  # UserError: what was asked was not done

    def __init__(self, store: Store, host: Host, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._host = host
        self.replies = Replies(store, host, self)
        self.replies.wrote.connect(self._on_replies_wrote)
        self.replies.progressed.connect(self._on_replies_progressed)
        self.replies.settled.connect(self._on_replies_settled)
        self.replies.failed.connect(self._on_replies_failed)
        self.replies.changed.connect(self._tell_writing)
        self.replies.ended.connect(self._on_replies_ended)
        self.replies.stopping.connect(self._on_replies_stopping)
        self.replies.refused.connect(self.refused)
        self._queues: dict[int, Queue] = {}  # by conversation
        self._chosen: set[int] = set()  # the first ones of candidates that were decided about
        self._messages: list[Message] = []  # of the open branch, as far as they were read
        self._unread = False  # only the newest ones were
        self.conversation = 0
        self.sampling = Sampling()
        self.system = ""  # the system prompt
        self.alternatives = 0  # that answers tell at each place
        self.adapter = ""  # the folder of the one that answers; empty = without
        self.held = False  # something long is before any answer: a training

    @property
    def branch(self) -> list[Message]:
        """The open branch, whole."""
        self._complete()
        return self._messages

    def _complete(self) -> None:
        """Read the beginning of a long branch, of which only the end was read."""
        if self._unread:
            self._unread = False
            newest = self._messages
            self._messages = self._read()[: -len(newest)] + newest
            self.present()

    # -- conversations --

    def tell_list(self) -> None:
        """Tell the sidebar what there is."""
        with self.refusing():
            self.listed.emit(self._store.conversations())

    def open(self, conversation: int) -> None:
        """Show this conversation; 0 = a new, empty one, which is stored with its first message."""
        self.conversation = conversation
        self.opened.emit(conversation)
        self.show_again()

    def open_at(self, conversation: int, message: int) -> None:
        """Show all of this conversation, on a branch that holds this message."""
        if conversation != self.conversation:
            self.open(conversation)
        if self.place(message) is None and not self.is_busy():
            with self.refusing():
                if self._store.holds(message):
                    self._store.select(message)
            self.show_again()
        self._complete()

    def rename(self, conversation: int, title: str) -> None:
        """Give it another title."""
        with self.refusing():
            self._store.rename(conversation, title)
        self.tell_list()

    def delete(self, conversation: int) -> None:
        """Take it out of the list; `restore` brings it back."""
        self._queues.pop(conversation, None)
        self.replies.stop(conversation)
        with self.refusing():
            self._store.delete(conversation)
            if conversation == self.conversation:
                self.open(0)
        self.tell_list()

    def restore(self, conversation: int) -> None:
        """Undo a delete."""
        with self.refusing():
            self._store.restore(conversation)
            self.open(conversation)
        self.tell_list()

    # -- messages --

    def request(self, draft: str = "") -> Request:
        """What the model would be asked with this draft, as the knobs are set now."""
        drafts = [Message("user", draft)] if draft.strip() else []
        return asking.request([*self.branch, *drafts], self.wish())

    def wish(self, opening: str = "") -> Wish:
        """How the next answer is to be written, as the knobs are set now."""
        return Wish(self.sampling, self.system, opening, self.alternatives, self.adapter)

    def send(self, text: str, opening: str = "") -> bool:
        """Store the message and have it answered; False when there was nothing to send.

        `opening` is how the answer is to begin. While an answer is written the message is queued.
        """
        if not text.strip():
            return False
        try:
            if not self.conversation:
                self.conversation = self._store.new(title_of([text])).id
                self.begun.emit(self.conversation)
            message = self._store.add(self.conversation, "user", text, self._leaf())
            self.branch.append(message)
            self._entitle()
        except UserError as error:
            self.refused.emit(error)
            return False
        self.added.emit(message)
        if self.is_writing():
            queue = self._queues.setdefault(self.conversation, Queue([], self.wish()))
            queue.messages.append(message.id)
            queue.wish = self.wish(opening or queue.wish.opening)
            self.queued.emit(message.id, True)
        else:
            self.answer(self.conversation, self.wish(opening))
        self.tell_list()
        return True

    def withdraw(self, message: int) -> None:
        """Take a queued message back before it is answered."""
        queue = self._queues.get(self.conversation)
        place = self.place(message)
        if queue is None or message not in queue.messages or place is None:
            return
        text = self.branch[place].text
        with self.refusing():
            self._store.take_out(message)
            queue.messages.remove(message)
            if not queue.messages:
                del self._queues[self.conversation]
            self.show_again()
            self.withdrawn.emit(text)

    def regenerate(self, message: int, opening: str = "") -> None:
        """Another version of this answer, or an answer to this question; with this beginning.

        The old one is kept and not seen by the model.
        """
        place = self.place(message)
        if place is None or self.is_busy():
            return
        thread = self.branch
        del thread[place if thread[place].role == "assistant" else place + 1 :]
        self.shown.emit(list(thread))
        self.answer(self.conversation, self.wish(opening))

    def resume(self, message: int) -> None:
        """Let an answer go on where it ended; an earlier one as another version of it."""
        place = self.place(message)
        if place is None or self.is_busy():
            return
        thread = self.branch
        answer, last = thread[place], place == len(thread) - 1
        with self.refusing():
            if last:
                self._store.reopen(message)
                answers = [answer]
            else:
                parent, text = answer.parent, answer.text
                made = self._store.add_answers(self.conversation, parent, 1, text)
                answers = [dataclasses.replace(made[0], stats=answer.stats)]
            thread[place:] = answers
            self._write(self.conversation, thread, answers, self.wish())
            self.present()

    def stop(self) -> None:
        """End the open conversation's answer; its text so far stays."""
        self.replies.stop(self.conversation)

    def halt(self, message: int) -> None:
        """End this one of several answers; the others go on."""
        self.replies.halt(self.conversation, message)

    @property
    def writes(self) -> int:
        """How many answers of the open conversation are being written, or wait for it."""
        return len(self.replies.of(self.conversation))

    def is_writing(self) -> bool:
        """The open conversation is being answered, or waits for it."""
        return self.writes > 0

    def is_answering(self) -> bool:
        """Some conversation is being answered."""
        return bool(self.replies.conversation)

    def is_empty(self) -> bool:
        """There is no message yet."""
        return not self._messages

    def last_answer(self) -> Message | None:
        """The answer that 'Regenerate' and 'Copy last answer' mean."""
        newest = next((m for m in reversed(self._messages) if m.role == "assistant"), None)
        return newest or next((m for m in reversed(self.branch) if m.role == "assistant"), None)

    def last_question(self) -> Message | None:
        """What 'Edit the last message' means."""
        return next((m for m in reversed(self.branch) if m.role == "user"), None)

    def last_versioned(self) -> Message | None:
        """The message whose versions the arrow keys walk."""
        return next((m for m in reversed(self.branch) if m.versions > 1), None)

    def last(self) -> Message | None:
        """The end of the open branch."""
        return self.branch[-1] if self.branch else None

    def tell_troubles(self) -> None:
        """Tell again, in the present language, which messages failed or wait for the model."""
        for message in self._messages:
            if failure := self.replies.failures.get(message.id):
                self.failed.emit(message.id, failure)
        for message in self.replies.of(self.conversation):
            if self.replies.waits(message.id) and self._is_blocked():
                self.waiting.emit(message.id)
        if queue := self._queues.get(self.conversation):
            for waits in queue.messages:
                self.queued.emit(waits, True)

    def close(self) -> None:
        """Leave nothing unsaved: what is still being written becomes interrupted."""
        self.replies.close()

    def answer(self, conversation: int, wish: Wish) -> None:
        """A growing reply, or several, below the end of this conversation's branch."""
        here = conversation == self.conversation
        try:
            thread = self.branch if here else self._store.thread(conversation)
            leaf = thread[-1].id if thread else None
            answers = self._store.add_answers(conversation, leaf, wish.answers, wish.opening)
        except UserError as error:
            self.refused.emit(error)
            self.show_again()
            return
        if info := self._host.info:  # their heading, until the settled message brings its own
            answers = [dataclasses.replace(answer, model=info.name) for answer in answers]
        thread.append(answers[0])
        if here:
            self.added.emit(answers[0])
        self._write(conversation, thread, answers, wish)

    def _write(
        self, conversation: int, thread: list[Message], answers: list[Message], wish: Wish
    ) -> None:
        """Have these answers written, of which the first is the thread's last message."""
        wish = dataclasses.replace(wish, sampling=asking.seeded(wish.sampling))
        self.replies.start(conversation, answers, asking.request(thread, wish))
        if conversation == self.conversation:
            if len(answers) > 1:
                self.offered.emit(answers)
            if self._is_blocked():
                self.waiting.emit(answers[0].id)

    def offer(self, messages: list[Message]) -> None:
        """Have these versions shown side by side."""
        self.offered.emit([self.replies.present(message) for message in messages])

    def prefer(self, message: int) -> bool:
        """Let what waits follow this candidate; False for one that is not being written."""
        written = [each.id for each in self.replies.of(self.conversation)]
        if message not in written:
            return False
        if queue := self._queues.get(self.conversation):
            self._store.move(queue.messages[0], message)
        self._chosen.add(written[0])
        return True

    def show_again(self) -> None:
        """Read the open conversation anew and show it."""
        self._messages = self._read(NEWEST)
        part = self._unread = len(self._messages) == NEWEST and bool(self._messages[0].parent)
        self.present()
        self._tell_writing()
        several = self.replies.of(self.conversation)
        if len(several) > 1 and several[0].id not in self._chosen:
            self.offered.emit(several)
        if part:  # all was read already where somebody who was told of the part asked for it
            QTimer.singleShot(LATER_MS, self, self._complete if self._unread else self.present)

    def present(self) -> None:
        """Tell what was read, with the text of what is still being written."""
        self._messages = [self.replies.present(message) for message in self._messages]
        self.shown.emit(list(self._messages))
        self.tell_troubles()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Tell what the store cannot do instead of raising it."""
        try:
            yield
        except UserError as error:
            self.refused.emit(error)

    def _read(self, newest: int = 0) -> list[Message]:
        """All messages of the open branch, or so many of the newest."""
        if not self.conversation:
            return []
        with self.refusing():
            some = (newest,) if newest else ()
            return self._store.thread(self.conversation, *some)
        return []

    def place(self, message: int) -> int | None:
        """Where in the open branch this message stands."""
        return next((i for i, m in enumerate(self.branch) if m.id == message), None)

    def replace(self, message: Message) -> Message:
        """Take this for what the branch had of it; the same, with the text that it has by now."""
        message = self.replies.present(message)
        for place, old in enumerate(self._messages):
            if old.id == message.id:
                self._messages[place] = message
        return message

    def is_busy(self) -> bool:
        """The branch must stay as it is while it is written; told, not ignored in silence."""
        if self.is_writing():
            self.refused.emit(BUSY)
        return self.is_writing()

    def _is_blocked(self) -> bool:
        """Nothing can be answered here now: no model yet, or it writes in another conversation."""
        here = self.replies.conversation == self.conversation
        return self.held or self._host.info is None or not here

    def _leaf(self) -> int | None:
        return self.branch[-1].id if self.branch else None

    def _entitle(self) -> None:
        """A temporary chat begins without a name; after a greeting the next message may give it."""
        texts = [each.text for each in self._messages if each.role == "user"]
        if 0 < len(texts) <= SOON:
            self._store.entitle(self.conversation, texts)

    def _tell_writing(self) -> None:
        self.writing.emit(self.replies.conversation)

    def _on_replies_wrote(self, conversation: int, message: int, text: str) -> None:
        if conversation == self.conversation:
            self.wrote.emit(message, text)

    def _on_replies_progressed(self, conversation: int, message: int, progress: Progress) -> None:
        if conversation == self.conversation:
            self.progressed.emit(message, progress.done, progress.total)

    def _on_replies_settled(self, conversation: int, message: Message) -> None:
        if conversation == self.conversation:
            self.replace(message)
            self.settled.emit(message)

    def _on_replies_ended(self, conversation: int) -> None:
        """Answer what was sent meanwhile, once nothing is written here any more."""
        if self.replies.of(conversation):
            self._tell_writing()
            return
        if queue := self._queues.pop(conversation, None):
            if conversation == self.conversation:
                for message in queue.messages:
                    self.queued.emit(message, False)
            if self._host.info:
                self.answer(conversation, queue.wish)
            else:
                self.unanswered.emit(conversation, queue.messages)
        self._tell_writing()

    def _on_replies_stopping(self, conversation: int) -> None:
        if conversation == self.conversation:
            self.stopping.emit()

    def _on_replies_failed(self, conversation: int, message: int, failure: Failed) -> None:
        if conversation == self.conversation:
            self.failed.emit(message, failure)
        if failure.lost:
            while self._queues:  # nothing more can be answered here
                left, queue = self._queues.popitem()
                self.unanswered.emit(left, queue.messages)
            self.lost.emit(failure)
