"""`Replies`: the answers under way, each saved as it grows, whichever conversation is open.

The way of one answer: its message is in the store before it begins; each frame's text is saved and
told; at its end the message is settled. One request may be answered by several candidates, which
are versions of one message. Knows nothing about widgets or which conversation is open.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chatapp.chat import (
    Answered,
    Done,
    Failed,
    Finish,
    Message,
    Progress,
    Request,
    Stats,
    UserError,
)
from chatapp.origins import origin_of
from chatapp.overflow import overflow_of
from chatapp.ui.bridge import Stream

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.host import Host
    from chatapp.overflow import Overflow
    from chatapp.store import Store


@dataclass(slots=True)
class Reply:
    """An answer that is being written or waits for its turn."""

    message: Message
    text: str  # with what it began with
    going: bool = True


@dataclass(slots=True)
class Round:
    """One request under way, and its answers in the order of the rows."""

    conversation: int
    request: Request
    stream: Stream
    replies: list[Reply]
    halted: set[int]  # rows that are to end before the others; the worker reads it
    info: ModelInfo | None = None  # the model, once it has begun
    full: Failed | None = None  # the context is, and a person has to say what to do

    @property
    def going(self) -> list[Reply]:
        """Those that have not ended."""
        return [reply for reply in self.replies if reply.going]


class Replies(QObject):
    """Starts, saves, stops and settles answers. Every signal begins with the conversation."""

    wrote = Signal(int, int, str)  # conversation, message id, piece
    progressed = Signal(int, int, object)  # conversation, message id, Progress
    settled = Signal(int, object)  # conversation, Message
    failed = Signal(int, int, object)  # conversation, message id, Failed; after `settled`
    filled = Signal(int, int, object)  # conversation, message id, Overflow: it waits for `decide`
    stopping = Signal(int)  # conversation: it was asked to end
    changed = Signal()  # a request began
    ended = Signal(int)  # conversation: all answers of a request have ended
    refused = Signal(object)  # UserError of the store: an end is not saved yet

    def __init__(self, store: Store, host: Host, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._host = host
        self._rounds: dict[int, Round] = {}  # by the first message's id, the oldest first
        self.failures: dict[int, Failed] = {}  # message id -> why, to be told again

    @property
    def conversation(self) -> int:
        """The one that is being answered now, 0 = none."""
        return next((each.conversation for each in self._rounds.values() if not each.full), 0)

    def of(self, conversation: int) -> list[Message]:
        """What is being written in this conversation, or waits, with its text so far."""
        rounds = [r for r in self._rounds.values() if r.conversation == conversation]
        return [self.present(reply.message) for each in rounds for reply in each.replies]

    def waits(self, message: int) -> bool:
        """Whether an answer has not begun: the model loads, or writes something else."""
        return any(
            each.info is None and not each.full and reply.message.id == message
            for each in self._rounds.values()
            for reply in each.replies
        )

    def start(self, conversation: int, messages: list[Message], request: Request) -> None:
        """Have these stored messages written: versions of one, each from the text it has."""
        key = messages[0].id
        halted: set[int] = set()
        stream = self._ask(key, request, halted)
        replies = [Reply(message, message.text) for message in messages]
        for message in messages:
            self.failures.pop(message.id, None)  # it goes on
        self._rounds[key] = Round(conversation, request, stream, replies, halted)
        self.changed.emit()

    def decide(self, conversation: int, when_full: str) -> None:
        """What waits there because its context is full is asked once more, in this way."""
        for key, each in self._rounds.items():
            if each.full and each.conversation == conversation:
                sampling = dataclasses.replace(each.request.sampling, when_full=when_full)
                each.request = dataclasses.replace(each.request, sampling=sampling)
                each.stream, each.full = self._ask(key, each.request, each.halted), None
        self.changed.emit()

    def overflows(self) -> dict[int, tuple[int, Overflow]]:
        """The conversations that wait for `decide`, each with its message and what is too long."""
        return {
            each.conversation: (each.replies[0].message.id, overflow)
            for each in self._rounds.values()
            if each.full and (overflow := overflow_of(each.full))
        }

    def stop(self, conversation: int) -> None:
        """End its answers; their text so far stays. One that has not begun ends at once."""
        for key, each in list(self._rounds.items()):
            if each.conversation == conversation:
                self.stopping.emit(conversation)
                self._stop(key)

    def halt(self, conversation: int, message: int) -> None:
        """End this candidate; the others go on. The last one that goes on ends them all."""
        for key, each in self._rounds.items():
            rows = {reply.message.id: row for row, reply in enumerate(each.replies) if reply.going}
            if message not in rows:
                continue
            if not set(rows.values()) - each.halted - {rows[message]}:
                alone = sum(other.conversation == conversation for other in self._rounds.values())
                if alone == 1:
                    self.stop(conversation)
                else:  # another round, with another adapter, goes on
                    self._stop(key)
                return
            each.halted.add(rows[message])
            if each.info is None:  # it has not begun, and may wait for long
                self._settle(each, each.replies[rows[message]], "stopped", None)
            return

    def present(self, message: Message) -> Message:
        """The same with the text that it has by now; one that nobody writes has ended."""
        for each in self._rounds.values():
            for reply in each.going:
                if reply.message.id == message.id:
                    return dataclasses.replace(message, text=reply.text, finish=None)
        if message.role == "assistant" and message.finish is None:  # a full disk kept it open
            return dataclasses.replace(message, finish="interrupted")
        return message

    def close(self) -> None:
        """Leave nothing unsaved: what is still being written becomes interrupted."""
        for key in list(self._rounds):
            self._finish(key, "interrupted")

    def _ask(self, key: int, request: Request, halted: set[int]) -> Stream:
        stream = Stream(self._host.reply(request, halted), self, key=key)
        stream.wrote.connect(self._on_stream_wrote)
        stream.progressed.connect(self._on_stream_progressed)
        stream.answered.connect(self._on_stream_answered)
        stream.done.connect(self._on_stream_done)
        stream.failed.connect(self._on_stream_failed)
        return stream

    def _stop(self, key: int) -> None:
        each = self._rounds[key]
        if each.info is None:
            self._finish(key, "stopped")
            self.ended.emit(each.conversation)
        else:
            each.stream.cancel()

    def _finish(self, key: int, finish: Finish) -> None:
        """End it now, with what has come by now."""
        each = self._rounds[key]
        if not each.full:  # else its stream has ended
            for row, text in each.stream.close().items():
                each.replies[row].text += text
        self._end(key, finish, None)

    def _end(self, key: int, finish: Finish, stats: Stats | None) -> None:
        """Settle what has not ended yet."""
        each = self._rounds.pop(key)
        for reply in each.going:
            self._settle(each, reply, finish, stats)

    def _settle(self, each: Round, reply: Reply, finish: Finish, stats: Stats | None) -> None:
        reply.going = False
        began = reply.message
        if stats and began.stats:
            stats = _continued(began.stats, stats)
        info = each.info or self._host.info
        model = info.name if info else ""
        origin = None
        if info:
            asked = each.request
            origin = origin_of(info, asked.sampling, began.text, asked.adapter)
        try:
            message = self._store.settle(began.id, reply.text, finish, stats, model, origin)
        except UserError as error:  # the store still holds the text and tries again
            message = dataclasses.replace(
                began, text=reply.text, finish=finish, stats=stats, model=model
            )
            self.refused.emit(error)
        self.settled.emit(each.conversation, message)

    def _begin(self, key: int) -> Round:
        """The first sign of life says which model answers."""
        each = self._rounds[key]
        each.info = each.info or self._host.info
        return each

    def _on_stream_wrote(self, key: int, row: int, text: str) -> None:
        each = self._begin(key)
        reply = each.replies[row]
        if not reply.going:
            return
        reply.text += text
        self._store.grow(reply.message.id, reply.text)
        self.wrote.emit(each.conversation, reply.message.id, text)

    def _on_stream_progressed(self, key: int, progress: Progress) -> None:
        each = self._begin(key)
        for reply in each.replies:
            self.progressed.emit(each.conversation, reply.message.id, progress)

    def _on_stream_answered(self, key: int, answered: Answered) -> None:
        each = self._begin(key)
        reply = each.replies[answered.row]
        if reply.going:
            self._settle(each, reply, answered.finish, answered.stats)

    def _on_stream_done(self, key: int, done: Done) -> None:
        each = self._begin(key)
        several = len(each.replies) > 1  # each of which has told its own
        self._end(key, done.finish, None if several else done.stats)
        self.ended.emit(each.conversation)

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        each = self._begin(key)
        if overflow := overflow_of(failure):
            each.full, each.info = failure, None
            self.changed.emit()
            self.filled.emit(each.conversation, each.replies[0].message.id, overflow)
            return
        unfinished = [reply.message.id for reply in each.going]
        self.failures |= dict.fromkeys(unfinished, failure)
        self._end(key, "error", None)
        for message in unfinished:
            self.failed.emit(each.conversation, message, failure)
        self.ended.emit(each.conversation)


def _continued(before: Stats, after: Stats) -> Stats:
    """What an answer cost that was written in two goes."""
    return dataclasses.replace(
        after,
        prompt_tokens=before.prompt_tokens,
        reused_tokens=before.reused_tokens,
        new_tokens=before.new_tokens + after.new_tokens,
        first_token_s=before.first_token_s,
        decode_s=before.decode_s + after.decode_s,
        tokens=(*before.tokens, *after.tokens) if before.tokens and after.tokens else (),
    )
