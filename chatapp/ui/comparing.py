"""`Comparing`: candidates on their way to the columns, and the choice on its way back.

What several answers cost is told against the last single answer of the same model, as both were
measured here; without one it is not told. Knows nothing about how columns look.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp.ui.bridge import told
from chatapp.ui.candidates import Candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Failed, Message, ModelInfo, Stats
    from chatapp.host import Host
    from chatapp.ui.deeds import Deeds
    from chatapp.ui.menus import Menus
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript

ENOUGH = 32  # tokens from which on a speed is told
USES = tuple(f"use_{number}" for number in range(1, 9))


class Comparing(QObject):
    """Holds the columns that are open, at most one set of them."""

    def __init__(
        self, host: Host, talk: Talk, deeds: Deeds, transcript: Transcript, menus: Menus
    ) -> None:
        super().__init__(talk)
        self._host, self._talk, self._deeds = host, talk, deeds
        self._transcript, self._menus = transcript, menus
        self._open: Candidates | None = None
        self._contrasts = False  # they are with and without an adapter
        self._held = 0  # the message in the thread whose place they take
        self._costs: dict[int, Stats] = {}  # of those that have ended
        self._grouped: set[int] = set()  # messages that were written beside others
        self._alone: tuple[ModelInfo | None, float] = (None, 0.0)  # seconds a token of one answer
        talk.offered.connect(self._on_talk_offered)
        deeds.contrasted.connect(self._on_deeds_contrasted)
        talk.shown.connect(self._on_talk_shown)
        talk.added.connect(self._on_talk_added)
        talk.wrote.connect(self._on_talk_wrote)
        talk.progressed.connect(self._on_talk_progressed)
        talk.settled.connect(self._on_talk_settled)
        talk.failed.connect(self._on_talk_failed)
        for name in USES:
            menus[name].triggered.connect(self._on_use_triggered)
        self._show_uses()

    def close(self) -> None:
        """Show the thread's own answer again."""
        if self._open:
            self._open = None
            self._transcript.guests.let_go(self._held)
            self._show_uses()

    # -- private --

    def _show_uses(self) -> None:
        count = len(self._open.columns) if self._open else 0
        for number, name in enumerate(USES):
            self._menus[name].setVisible(number < count)

    def _choose(self, message: int) -> None:
        self.close()
        self._deeds.choose(message)

    def _measure(self, opened: Candidates) -> None:
        """Tell what they cost together, once all have ended."""
        info, alone = self._alone
        if self._contrasts:  # they came one after the other
            return
        if len(self._costs) < len(opened.columns) or not alone or info is not self._host.info:
            return
        steps = max(cost.new_tokens for cost in self._costs.values())
        spent = max(cost.decode_s for cost in self._costs.values())
        if steps >= ENOUGH:
            opened.show_times(spent / (steps - 1) / alone)

    def _remember_alone(self, cost: Stats) -> None:
        if cost.new_tokens >= ENOUGH:
            self._alone = (self._host.info, cost.decode_s / (cost.new_tokens - 1))

    # -- slots --

    def _on_deeds_contrasted(self, messages: list[Message], adapter: str) -> None:
        names = (os.path.basename(adapter), self.tr("without"))
        self._offer(messages, names)
        self._contrasts = True

    def _on_talk_offered(self, messages: list[Message]) -> None:
        self._offer(messages, ())
        self._contrasts = False

    def _offer(self, messages: list[Message], names: Sequence[str]) -> None:
        """Open a column for each, called by its letter and its name."""
        self.close()
        numbers = [
            number for number, m in enumerate(messages) if self._talk.place(m.id) is not None
        ]
        if not numbers:
            return
        opened = self._open = Candidates(messages, numbers[0], names)
        self._held = messages[numbers[0]].id
        self._costs = {m.id: m.stats for m in messages if m.stats and self._talk.is_writing()}
        self._grouped |= {message.id for message in messages}
        opened.chosen.connect(self._choose)
        opened.halted.connect(self._talk.halt)
        opened.link_opened.connect(self._transcript.link_opened)
        self._transcript.guests.hold(self._held, opened)
        self._transcript.bring_into_view(self._held)
        self._show_uses()

    def _on_talk_shown(self, messages: list[Message]) -> None:
        if self._open and self._held not in {message.id for message in messages}:
            self.close()

    def _on_talk_added(self, message: Message) -> None:
        """The conversation goes on from the one in the thread."""
        if self._open and not (message.role == "user" and self._talk.is_writing()):
            self.close()

    def _on_talk_wrote(self, message: int, text: str) -> None:
        if self._open and message in self._open.columns:
            self._open.columns[message].view.append(message, text)

    def _on_talk_progressed(self, message: int, done: int, total: int) -> None:
        if self._open and message in self._open.columns:
            self._open.columns[message].view.show_progress(message, done, total)

    def _on_talk_settled(self, message: Message) -> None:
        opened = self._open
        if opened and message.id in opened.columns:
            opened.settle(message)
            if message.stats:
                self._costs[message.id] = message.stats
                self._measure(opened)
        elif message.stats and message.id not in self._grouped:
            self._remember_alone(message.stats)

    def _on_talk_failed(self, message: int, failure: Failed) -> None:
        if self._open and message in self._open.columns:
            self._open.columns[message].view.show_failure(message, *told(failure))

    def _on_use_triggered(self) -> None:
        number = USES.index(self.sender().objectName())
        if self._open and number < len(self._open.columns):
            self._choose(list(self._open.columns)[number])
