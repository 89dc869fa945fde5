"""`Filling`: asks what to do when a conversation has become too long, and lets the answer go on.

Between the answers that wait, the question above the message box, and what a conversation keeps of
its own. Knows nothing about tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from chatapp.overflow import Overflow
    from chatapp.ui.full_notice import FullNotice
    from chatapp.ui.loads import Loads
    from chatapp.ui.manners import Manners
    from chatapp.ui.menus import Menus
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript


class Filling(QObject):
    """The question is of the open conversation; another one keeps its own until it is opened."""

    def __init__(
        self,
        talk: Talk,
        manners: Manners,
        loads: Loads,
        transcript: Transcript,
        notice: FullNotice,
        panel: SettingsPanel,
        menus: Menus,
    ) -> None:
        super().__init__(notice)
        self._talk, self._manners = talk, manners
        self._transcript, self._notice, self._panel = transcript, notice, panel
        self._menus = menus
        talk.shown.connect(self.show)
        talk.writing.connect(self.show)
        talk.replies.filled.connect(self.show)
        loads.loaded.connect(self._on_loads_loaded)
        notice.forget_chosen.connect(self._on_forget_chosen)
        notice.stop_chosen.connect(self._on_stop_chosen)
        notice.more_chosen.connect(self._on_more_chosen)

    def show(self, *_: object) -> None:
        """Ask what waits in the open conversation."""
        waiting: tuple[int, Overflow] | None
        waiting = self._talk.replies.overflows().get(self._talk.conversation)
        if waiting:
            message, overflow = waiting
            self._transcript.show_waiting(message, self.tr("Waits for your choice below"))
            self._notice.ask(overflow)
        else:
            self._notice.hide()

    # -- private --

    def _choose(self, when_full: str) -> None:
        self._manners.own(when_full=when_full)
        self._talk.replies.decide(self._talk.conversation, when_full)

    # -- slots --

    def _on_loads_loaded(self) -> None:
        """Another model, or the same with a larger context: perhaps it fits now."""
        for conversation in self._talk.replies.overflows():
            self._talk.replies.decide(conversation, "ask")

    def _on_forget_chosen(self) -> None:
        self._choose("forget")

    def _on_stop_chosen(self) -> None:
        self._choose("stop")

    def _on_more_chosen(self) -> None:
        if not self._menus["panel"].isChecked():
            self._menus["panel"].trigger()
        self._panel.show_context_length()
