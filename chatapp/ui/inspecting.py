"""Looks at the tokens of an answer: while the inspector can be seen, answers tell theirs.

An answer without tokens is scored again by the model that is loaded; closed, nothing is asked and
nothing is told. Knows nothing about chances or how tokens are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from chatapp import asking
from chatapp.chat import BUILT_IN
from chatapp.ui.bridge import Stream, told
from chatapp.ui.token_view import TokenView

if TYPE_CHECKING:
    from chatapp.chat import Choice, Failed, Message, Progress, Scored, Token
    from chatapp.host import Host
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.menus import Menus
    from chatapp.ui.panes import Panes
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript

TOLD = 8  # alternatives of each token
OPENING = 16  # characters of an answer that a template may have written


class Inspecting(QObject):
    """Between the conversation, its view, the pane and the host."""

    def __init__(
        self,
        host: Host,
        talk: Talk,
        transcript: Transcript,
        panel: SettingsPanel,
        panes: Panes,
        choosing: Choosing,
        menus: Menus,
    ) -> None:
        super().__init__(talk)
        self._host, self._talk, self._transcript = host, talk, transcript
        self._panel, self._pane, self._panes = panel, panel.inspector, panes
        self._choosing = choosing
        self._view: TokenView | None = None
        self._message = 0  # whose tokens are looked at, or are to come
        self._number = 0  # of the token
        self._stream: Stream | None = None
        self._pulled = False  # the panel was hidden, and is to be again
        self._pane.appeared.connect(self._on_pane_appeared)
        self._pane.vanished.connect(self._leave)
        self._pane.stepped.connect(self._on_pane_stepped)
        self._pane.chosen.connect(self._on_pane_chosen)
        transcript.asked.connect(self._on_transcript_asked)
        menus["inspect"].triggered.connect(self._on_inspect_triggered)
        talk.shown.connect(self._on_talk_shown)
        talk.settled.connect(self._on_talk_settled)
        talk.writing.connect(self._on_talk_writing)

    def close(self) -> None:
        """Ask no more."""
        if self._stream:
            self._stream.close()
            self._stream = None

    # -- private --

    def _open(self, message: int) -> None:
        """Look at this answer."""
        self._message = message
        if self._pane.isVisible():
            self._look()
        else:
            self._pulled = not self._panes.is_shown("panel")
            self._panes.show_pane("panel", True)
            self._panel.show_inspector(True)  # and `appeared` follows

    def _leave(self) -> None:
        self._talk.alternatives = self._message = 0
        self.close()
        self._let_go()

    def _let_go(self) -> None:
        view, self._view = self._view, None
        if view:
            self._transcript.guests.let_go(view.message)

    def _look(self) -> None:
        """Show the tokens of the answer that is meant, or why there are none."""
        self.close()
        self._let_go()
        self._pane.show_source("")
        place = self._talk.place(self._message)
        answer = self._talk.branch[place] if place is not None else self._talk.last_answer()
        if answer is None or answer.role != "assistant":
            self._pane.show_words(self.tr("There is no answer to look at yet."))
            return
        self._message = answer.id
        if answer.finish is None:
            self._pane.show_words(self.tr("Its tokens come when the answer is finished."))
        elif self._transcript.guests.holds(answer.id):
            self._pane.show_words(self.tr("Close what stands in the answer's place first."))
        elif not answer.text:
            self._pane.show_words(self.tr("This answer has no text."))
        elif answer.stats and (before := _told_before(answer)) is not None:
            self._pane.show_source(self.tr("Told while the answer was written."))
            self._show(before, answer.stats.tokens)
        else:
            self._score(answer)

    def _score(self, answer: Message) -> None:
        info = self._host.info
        if info is None or self._talk.is_answering():
            words = self.tr("The model that is loaded can score it when nothing is written.")
            self._pane.show_words(words)
            return
        self._pane.show_words(self.tr("Scoring the answer…"))
        talk = self._talk
        thread = talk.branch[: (talk.place(answer.id) or 0) + 1]
        request = asking.request(thread, talk.wish())
        stream = self._stream = Stream(self._host.score(request), self, key=answer.id)
        stream.progressed.connect(self._on_stream_progressed)
        stream.scored.connect(self._on_stream_scored)
        stream.failed.connect(self._on_stream_failed)

    def _show(self, before: str, tokens: tuple[Token, ...], after: str = "") -> None:
        view = self._view = TokenView(self._message, before, tokens, after)
        view.pointed.connect(self._go_to)
        view.left.connect(self._on_view_left)
        self._transcript.guests.hold(self._message, view)
        self._go_to(0)
        self._transcript.bring_into_view(self._message)

    def _go_to(self, number: int) -> None:
        if self._view:
            self._number = number
            self._view.go_to(number)
            tokens = self._view.tokens
            self._pane.show_token(tokens[number], number, len(tokens))

    # -- slots --

    def _on_inspect_triggered(self) -> None:
        if self._pane.isVisible():
            self._panel.show_inspector(False)
            if self._pulled:
                self._panes.show_pane("panel", False)
        else:
            self._open(0)

    def _on_transcript_asked(self, what: str, message: int) -> None:
        if what == "inspect":
            self._open(message)

    def _on_pane_appeared(self) -> None:
        self._talk.alternatives = TOLD
        self._look()

    def _on_pane_stepped(self, step: int) -> None:
        if self._view:
            self._go_to(max(0, min(len(self._view.tokens) - 1, self._number + step)))

    def _on_pane_chosen(self, choice: Choice) -> None:
        """Another version, which begins as this one did and goes on with the choice."""
        if self._view:
            opening = self._view.text_before(self._number) + choice.text
            self._choosing.ensure()
            self._talk.regenerate(self._view.message, opening)

    def _on_view_left(self) -> None:
        """An editor took its place."""
        self._view = None
        self._pane.show_words(self.tr("There is no answer to look at yet."))

    def _on_talk_shown(self, messages: list[Message]) -> None:
        here = any(message.id == self._message for message in messages)
        if self._pane.isVisible() and not (here and self._view):
            self._look()

    def _on_talk_writing(self, conversation: int) -> None:
        """An answer comes before a score; what waited for its end is asked now."""
        asking = self._stream is not None
        if self._pane.isVisible() and (asking if conversation else not (asking or self._view)):
            self._look()

    def _on_talk_settled(self, message: Message) -> None:
        if self._pane.isVisible():
            self._message = message.id
            self._look()

    def _on_stream_progressed(self, key: int, progress: Progress) -> None:
        if key == self._message:
            percent = round(100 * progress.done / max(1, progress.total))
            self._pane.show_words(self.tr("Scoring the answer, {n} %").format(n=percent))

    def _on_stream_scored(self, key: int, scored: Scored) -> None:
        if key != self._message or not scored.tokens:
            return
        self._stream = None
        if self._transcript.guests.holds(key):
            return  # an editor was quicker
        place = self._talk.place(key)
        text = self._talk.branch[place].text if place is not None else ""
        name = self._host.info.name if self._host.info else ""
        if name == BUILT_IN:
            name = QCoreApplication.translate("Phrases", "Built-in guide")
        self._pane.show_source(self.tr("Scored again by {name}.").format(name=name))
        before = _before(text, scored.tokens) or ""
        whole = before + "".join(token.text for token in scored.tokens)
        self._show(before, scored.tokens, text[len(whole) :])  # a very long one in part

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        if key == self._message:
            self._stream = None
            self._pane.show_words("  ".join(told(failure)))


def _before(text: str, tokens: tuple[Token, ...]) -> str | None:
    """What stands before the first token; None where the text does not begin with the tokens.

    A template may have begun the answer, and a stop string may have ended it earlier.
    """
    whole = "".join(token.text for token in tokens)
    if not tokens or not tokens[0].others:
        return None
    if whole.startswith(text):
        return ""
    place = text.find(whole, 0, len(whole) + OPENING) if whole else -1
    return text[:place] if place >= 0 else None


def _told_before(answer: Message) -> str | None:
    """The same for the tokens that were told with an answer, which must reach its end."""
    tokens = answer.stats.tokens if answer.stats else ()
    before = _before(answer.text, tokens)
    reached = sum(len(token.text) for token in tokens)
    return before if before is not None and len(before) + reached >= len(answer.text) else None
