"""`Acting`: what is asked for a message, in its bar, its menu or the menu bar, gets done.

From the menu bar a deed is for the message that the keyboard is at, else for the last one that it
fits. Knows nothing about how the store keeps messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from chatapp.ui.comparing import Comparing
from chatapp.ui.copying import Copying
from chatapp.ui.details import Details
from chatapp.ui.editing import Editing
from chatapp.ui.patience import Patience
from chatapp.ui.replaying import Replaying

if TYPE_CHECKING:
    from chatapp.chat import Message
    from chatapp.host import Host
    from chatapp.tree import Removed
    from chatapp.ui.banner import Banner
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.composer import Composer
    from chatapp.ui.deeds import Deeds
    from chatapp.ui.menus import Menus
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript

UNDO_MS = 10_000
OF_MESSAGE = ("edit", "regenerate", "contrast", "resume", "version_back", "version_on", "good",
              "bad", "details", "script", "fork", "remove")  # fmt: skip
CHANGES = {"edit", "regenerate", "contrast", "resume", "version_back", "version_on", "remove"}
_ANSWERS = {"resume", "good", "bad", "details", "script"}  # deeds that fit answers only


class Acting(QObject):
    """Between the conversation view, the menus, and `talk` with its `deeds`."""

    def __init__(
        self,
        host: Host,
        talk: Talk,
        deeds: Deeds,
        transcript: Transcript,
        composer: Composer,
        choosing: Choosing,
        menus: Menus,
        banner: Banner,
    ) -> None:
        super().__init__(talk)
        self._host = host
        self._talk, self._deeds = talk, deeds
        self._transcript, self._composer = transcript, composer
        self._choosing, self._menus, self._banner = choosing, menus, banner
        self._removed: Removed | None = None  # what Undo brings back
        self._timer = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self.editing = Editing(talk, deeds, transcript, composer)
        self.comparing = Comparing(host, talk, deeds, transcript, menus)
        self.editing.asked.connect(choosing.ensure)
        self.editing.refused.connect(talk.refused)
        transcript.asked.connect(self.act)
        talk.queued.connect(transcript.show_queued)
        talk.waiting.connect(self._on_talk_waiting)
        talk.stopping.connect(composer.show_stopping)
        talk.withdrawn.connect(composer.put_back)
        for changed in (talk.shown, talk.added, talk.writing):
            changed.connect(self._enable)
        deeds.rated.connect(transcript.replace)
        deeds.removed.connect(self._on_deeds_removed)
        for name in OF_MESSAGE:
            menus[name].triggered.connect(self._on_menus_triggered)
        composer.editor.recalled.connect(menus["edit"].trigger)
        composer.edited.connect(transcript.mark.clear)  # the next deed is for the end again
        menus["message_up"].triggered.connect(self._on_up_triggered)
        menus["message_down"].triggered.connect(self._on_down_triggered)
        menus["opening"].triggered.connect(composer.open_opening)
        menus["attach"].triggered.connect(composer.attach_requested)
        self.copying = Copying(talk, menus, transcript)
        self.patience = Patience(talk, banner)

    def act(self, what: str, message: int) -> None:
        """Do what is asked for this message."""
        match what:
            case "regenerate":
                self._choosing.ensure()
                self._talk.regenerate(message)
            case "contrast":
                self._choosing.ensure()
                self._deeds.contrast(message)
            case "resume":
                self._choosing.ensure()
                self._talk.resume(message)
            case "edit":
                self.editing.open(message)
            case "withdraw":
                self._talk.withdraw(message)
            case "version_back" | "version_on":
                self._deeds.step_version(message, 1 if what == "version_on" else -1)
            case "good" | "bad":
                self._rate(message, 1 if what == "good" else -1)
            case "compare":
                self._deeds.compare(message)
            case "details":
                self._show_details(message)
            case "script":
                self._copy_script(message)
            case "fork":
                self._deeds.fork(message)
            case "remove":
                self._deeds.remove(message)

    # -- private --

    def _enable(self) -> None:
        """Offer in the menu bar what can be done now."""
        here, empty = self._talk.is_writing(), self._talk.is_empty()
        self._menus["stop"].setEnabled(here)
        for name in (*OF_MESSAGE, "copy_last", "copy_code", "plain", "message_up", "message_down"):
            self._menus[name].setEnabled(not empty and not (here and name in CHANGES))

    def _meant(self, what: str) -> Message | None:
        """The message that the menu bar means."""
        place = self._talk.place(self._transcript.mark.message)
        if place is not None:
            marked = self._talk.branch[place]
            fits = what not in _ANSWERS or marked.role == "assistant"
            return marked if fits else None
        if what in {"version_back", "version_on"}:
            return self._talk.last_versioned()
        if what == "edit":
            return self._talk.last_question()
        if what in _ANSWERS:
            return self._talk.last_answer()
        return self._talk.last()

    def _rate(self, message: int, rating: int) -> None:
        """The same once more takes it back."""
        place = self._talk.place(message)
        if place is not None:
            same = self._talk.branch[place].rating == rating
            self._deeds.rate(message, 0 if same else rating)

    def _show_details(self, message: int) -> None:
        place = self._talk.place(message)
        if place is not None:
            answer, origin = self._talk.branch[place], self._deeds.origin(message)
            page = Details(answer, origin, self._transcript.window())
            page.script_requested.connect(self._copy_script)
            Replaying(self._host, self._deeds, answer, origin, page)
            page.open()

    def _copy_script(self, message: int) -> None:
        if program := self._deeds.script(message):
            QGuiApplication.clipboard().setText(program)
            self._banner.tell(self._told_copied)

    def _told_copied(self) -> str:
        return self.tr("The script is on the clipboard. It needs PyTorch and transformers.")

    def _told_removed(self) -> str:
        count = len(self._removed.messages) if self._removed else 0
        if count == 1:
            return self.tr("The message was deleted.")
        return self.tr("{count} messages were deleted.").format(count=count)

    def _told_undo(self) -> str:
        return self.tr("Undo")

    # -- slots --

    def _on_menus_triggered(self) -> None:
        what = self.sender().objectName()
        if message := self._meant(what):
            self.act(what, message.id)

    def _on_up_triggered(self) -> None:
        self._transcript.step_mark(-1)

    def _on_down_triggered(self) -> None:
        self._transcript.step_mark(1)

    def _on_talk_waiting(self, message: int) -> None:
        if self._host.info is None:
            text = self.tr("Will be answered when the model is ready")
        elif self._talk.held:
            text = self.tr("Will be answered after the training")
        else:
            text = self.tr("Will be answered after the answer in another chat")
        self._transcript.show_waiting(message, text)

    def _on_deeds_removed(self, removed: Removed) -> None:
        self._removed = removed
        self._banner.tell(self._told_removed, self._told_undo, self._on_undo_pressed)
        self._timer.start()

    def _on_undo_pressed(self) -> None:
        self._timer.stop()
        if self._removed:
            self._deeds.bring_back(self._removed)

    def _on_timer_timeout(self) -> None:
        self._banner.take_back(self._told_removed)
