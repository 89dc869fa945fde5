"""Asks the model what could come next, while somebody looks and things are at rest.

Between the host and the pane that shows it. Knows nothing about chances or knobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp.ui.bridge import Stream
from chatapp.ui.counting import has_turns

if TYPE_CHECKING:
    from chatapp.chat import Message, Outlook, Request
    from chatapp.host import Host
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.next_word import NextWord
    from chatapp.ui.resting import Resting
    from chatapp.ui.talk import Talk


ROOMY = 760  # pixels of window above which it is unfolded by itself


class Foretelling(QObject):
    """A new question ends the one before, and an answer that begins ends them all."""

    def __init__(
        self, host: Host, talk: Talk, resting: Resting, pane: NextWord, keeper: Keeper
    ) -> None:
        super().__init__(pane)
        self._host, self._resting, self._pane, self._keeper = host, resting, pane, keeper
        self._stream: Stream | None = None
        self._asked = 0  # counts the questions
        self._known: object = None  # what the shown outlook is of
        self._settled = 0  # the answer that was written last
        talk.settled.connect(self._on_talk_settled)
        resting.stirred.connect(self.close)
        resting.rested.connect(self._ask)
        pane.appeared.connect(self._on_pane_appeared)
        pane.unfolded.connect(self._on_pane_unfolded)

    def restore(self) -> None:
        """Unfolded as the person left it, at first where there is room."""
        wish = self._keeper.settings.app.next_word
        roomy = self._pane.window().height() >= ROOMY
        self._pane.unfold(wish == "open" or (wish == "auto" and roomy))

    def close(self) -> None:
        """Ask no more."""
        if self._stream:
            self._stream.close()
            self._stream = self._known = None

    def _ask(self) -> None:
        info, request = self._host.info, self._resting.request()
        if not self._pane.wanted or info is None:
            return
        about = (info.path, request.messages, request.sampling.thinking)
        if about == self._known:
            return
        self.close()
        self._known = None
        if not has_turns(request) or self._is_old(request):
            self._pane.clear()
            return
        self._begin(request, about)

    def _is_old(self, request: Request) -> bool:
        """An answer of another day, with no draft below it: it would be read only for this."""
        last = request.messages[-1]
        return last.role == "assistant" and last.id != self._settled

    def _begin(self, request: Request, about: object) -> None:
        self._asked, self._known = self._asked + 1, about
        stream = self._stream = Stream(self._host.outlook(request), self, key=self._asked)
        stream.looked.connect(self._on_stream_looked)
        stream.failed.connect(self._on_stream_failed)
        stream.done.connect(self._on_stream_done)
        self._pane.show_asking()

    # -- slots --

    def _on_talk_settled(self, message: Message) -> None:
        self._settled = message.id

    def _on_pane_unfolded(self, unfolded: bool) -> None:
        self._keeper.remember(next_word="open" if unfolded else "folded")

    def _on_pane_appeared(self) -> None:
        if self._resting.is_at_rest():
            self._ask()

    def _on_stream_looked(self, key: int, outlook: Outlook) -> None:
        if key == self._asked:
            self._pane.show_outlook(outlook)

    def _on_stream_failed(self, key: int) -> None:
        if key == self._asked:
            self._stream = self._known = None
            self._pane.clear()

    def _on_stream_done(self, key: int) -> None:
        if key == self._asked:
            self._stream = None
