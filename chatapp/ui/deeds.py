"""`Deeds`: what a person does to the messages of the open branch, beyond asking.

Each deed changes the tree in the store and shows what became of the branch; none erases a word.
Knows nothing about widgets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chatapp import asking
from chatapp.chat import UserError
from chatapp.replay import replay_of
from chatapp.script import script

if TYPE_CHECKING:
    from chatapp.chat import Message, Origin
    from chatapp.replay import Replay
    from chatapp.store import Store
    from chatapp.tree import Removed
    from chatapp.ui.talk import Talk

MOST_COMPARED = 8
UNKNOWN = UserError(
    "How this answer was made was not kept.", "Write it again to have a script of it."
)
NOBODY = UserError(
    "A message in another chat was not answered, because no model is loaded.",
    "It is kept there: choose a model, then write an answer to it.",
    "choose_model",
)


class Deeds(QObject):
    """Works on the branch that `talk` has open."""

    rated = Signal(object)  # Message
    removed = Signal(object)  # Removed, for `bring_back`
    contrasted = Signal(object, str)  # list[Message]: with the adapter in this folder, and without

    def __init__(self, store: Store, talk: Talk) -> None:
        super().__init__(talk)
        self._store = store
        self._talk = talk
        talk.unanswered.connect(self.give_back)

    def give_back(self, conversation: int, messages: list[int]) -> None:
        """What waited and will not be answered goes back into the box; elsewhere it is told."""
        talk = self._talk
        if conversation != talk.conversation:
            talk.refused.emit(NOBODY)
            return
        texts = [each.text for each in talk.branch if each.id in messages]
        with talk.refusing():
            for message in reversed(messages):
                self._store.take_out(message)
            talk.show_again()
            talk.withdrawn.emit("\n\n".join(texts))

    def edit(self, message: int, text: str) -> None:
        """Another version with this text: a question is answered, an answer marked as edited."""
        talk = self._talk
        place = talk.place(message)
        if place is None or not text.strip() or text == talk.branch[place].text or talk.is_busy():
            return
        with talk.refusing():
            made = self._store.revise(message, text)
            talk.branch[place:] = [made]
            talk.present()
            if made.role == "user":
                talk.answer(talk.conversation, talk.wish())
        talk.tell_list()

    def step_version(self, message: int, step: int) -> None:
        """Walk to the version before (-1) or after (+1)."""
        if self._talk.is_busy():
            return
        with self._talk.refusing():
            self._store.step(message, step)
        self._talk.show_again()

    def choose(self, message: int) -> None:
        """Make this version the one in the thread; the others stay beside it."""
        with self._talk.refusing():
            if self._talk.prefer(message) or not self._talk.is_busy():
                self._store.select(message)
        self._talk.show_again()

    def contrast(self, message: int) -> None:
        """Answer its question anew with the adapter and without, from one seed, side by side."""
        talk = self._talk
        place = talk.place(message)
        if place is None or not talk.adapter or talk.is_busy():
            return
        thread = talk.branch
        del thread[place if thread[place].role == "assistant" else place + 1 :]
        if not thread:
            return
        talk.shown.emit(list(thread))
        wish = talk.wish()
        sampling = replace(asking.seeded(wish.sampling), candidates=1)
        with talk.refusing():
            answers = self._store.add_answers(talk.conversation, thread[-1].id, 2)
            thread.append(answers[0])
            talk.added.emit(answers[0])
            for answer, adapter in zip(answers, (wish.adapter, ""), strict=True):
                asked = replace(wish, sampling=sampling, adapter=adapter)
                request = asking.request(thread[:-1], asked)
                talk.replies.start(talk.conversation, [answer], request)
            self.contrasted.emit(answers, wish.adapter)

    def compare(self, message: int) -> None:
        """Offer a message's versions side by side, at most the newest eight."""
        with self._talk.refusing():
            self._talk.offer(self._store.versions(message)[-MOST_COMPARED:])

    def rate(self, message: int, rating: int) -> None:
        """Call an answer good (1), bad (-1) or neither (0)."""
        with self._talk.refusing():
            self.rated.emit(self._talk.replace(self._store.rate(message, rating)))

    def fork(self, message: int) -> None:
        """A new conversation that shares everything up to this message."""
        with self._talk.refusing():
            self._talk.open(self._store.fork(message, self.tr("{title} (branch)")))
        self._talk.tell_list()

    def origin(self, message: int) -> Origin | None:
        """What an answer was made with; None when it was not kept."""
        with self._talk.refusing():
            return self._store.origin(message)
        return None

    def script(self, message: int) -> str:
        """A program that makes this answer again; empty when it cannot be told how."""
        with self._talk.refusing():
            *before, answer = self._store.lineage(message)
            origin = self._store.origin(message)
            if origin is None or not origin.path:
                raise UNKNOWN
            cost = answer.stats
            seen = self._seen(before, cost.dropped_messages if cost else 0)
            return script(seen, origin, cost.seed if cost else None)
        return ""

    def replay(self, message: int) -> Replay | None:
        """What to ask so that this answer is made again; None, and told, when it was not kept."""
        with self._talk.refusing():
            *before, answer = self._store.lineage(message)
            origin = self._store.origin(message)
            if origin is None:
                raise UNKNOWN
            cost = answer.stats
            seen = self._seen(before, cost.dropped_messages if cost else 0)
            return replay_of(seen, origin, cost)
        return None

    def _seen(self, before: list[Message], dropped: int) -> list[Message]:
        """What the model was shown: with the system prompt, without what had to be left out."""
        seen = list(asking.request(before, self._talk.wish()).messages)
        head = int(bool(seen) and seen[0].role == "system")
        del seen[head : head + dropped]
        return seen

    def remove(self, message: int) -> None:
        """Delete a message and what follows it; `bring_back` undoes it."""
        if self._talk.place(message) is None or self._talk.is_busy():
            return
        with self._talk.refusing():
            removed = self._store.remove(message)
            self._talk.show_again()
            self.removed.emit(removed)

    def bring_back(self, removed: Removed) -> None:
        """Undo `remove`."""
        with self._talk.refusing():
            self._store.bring_back(removed)
            self._talk.open(removed.conversation)
