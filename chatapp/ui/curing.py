"""`Curing`: the buttons of errors, at a message and in the banner, and what a press of one does.

An error names what helps; here it gets its words and is done. What no press could change now has
no button. Knows nothing about why something failed.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from chatapp import __version__, cures
from chatapp.chat import Failed
from chatapp.ui.bridge import told
from chatapp.ui.cure_row import DETAILS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chatapp.chat import UserError
    from chatapp.cures import Cure
    from chatapp.host import Host
    from chatapp.settings import Loading
    from chatapp.ui.banner import Banner
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.loads import Loads
    from chatapp.ui.manners import Manners
    from chatapp.ui.menus import Menus
    from chatapp.ui.model_picker import ModelPicker
    from chatapp.ui.pages import Pages
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.suiting import Suiting
    from chatapp.ui.talk import Talk
    from chatapp.ui.transcript import Transcript


class Curing(QObject):
    """Tells errors with their buttons."""

    def __init__(
        self,
        host: Host,
        talk: Talk,
        loads: Loads,
        choosing: Choosing,
        manners: Manners,
        picker: ModelPicker,
        transcript: Transcript,
        panel: SettingsPanel,
        pages: Pages,
        menus: Menus,
        banner: Banner,
        suiting: Suiting,
    ) -> None:
        super().__init__(talk)
        self._host, self._talk, self._loads = host, talk, loads
        self._choosing, self._manners, self._picker = choosing, manners, picker
        self._transcript, self._panel, self._pages = transcript, panel, pages
        self._menus, self._banner, self._suiting = menus, banner, suiting
        talk.failed.connect(self._on_talk_failed)
        transcript.asked.connect(self._on_transcript_asked)
        loads.loaded.connect(talk.tell_troubles)  # other buttons may help now
        self._of_load: Callable[[], str] = str  # what the banner tells of a model
        loads.begun.connect(self._on_loads_begun)

    def tell(self, error: Failed | UserError) -> None:
        """An error that belongs to no message."""
        self._tell(error, lambda: "  ".join(told(error)))

    def tell_load(self, error: Failed | UserError, name: str) -> None:
        """Why this model cannot be loaded; told until another load begins."""
        self._of_load = lambda: self._told_load(error, name)
        self._tell(error, self._of_load)

    def act(self, what: str, error: Failed | UserError, message: int = 0) -> None:
        """Do it, then have the message answered, or the model loaded, once more."""
        match what:
            case "copy_details":
                _copy(error)
            case "raise_context" | "open_knobs":
                self._show_knobs(what)
            case "choose_model":
                self._pages.show_page("chat")
                self._picker.open_menu()
            case "open_library" | "open_api":
                self._pages.show_page(what.removeprefix("open_"))
            case "new_chat":
                self._menus["new"].trigger()
            case "stop":
                self._talk.stop()
            case "forget_turns":
                self._manners.own(when_full="forget")
                self._repeat(message)
            case _:
                self._load(what, message)
                self._repeat(message)

    # -- private --

    def _tell(self, error: Failed | UserError, words: Callable[[], str]) -> None:
        offers = [(self._labeller(what), self._actor(what, error)) for what in self._offers(error)]
        first = offers[0] if offers else (None, None)
        self._banner.tell(words, *first, *offers[1:2])

    def _told_load(self, error: Failed | UserError, name: str) -> str:
        problem = "  ".join(told(error))
        text = self.tr("{name}: {problem}")
        return text.format(name=name, problem=problem) if name else problem

    def _offers(self, error: Failed | UserError, message: int = 0) -> Iterator[str]:
        """What a press can do about it now."""
        for cure in error.cures:
            if cure not in cures.LOADS or self._cured(cure, message) != self._present:
                yield cure
        if isinstance(error, Failed) and error.details:
            yield DETAILS

    def _limit(self, message: int) -> int:
        """How many tokens the model sees that answered; 0 where none did."""
        info = self._host.info
        return info.context_length if info and message else 0

    @property
    def _present(self) -> Loading:
        """How the model is loaded that the error is about."""
        return self._loads.ways.of(self._loads.subject)

    def _cured(self, cure: Cure, message: int) -> Loading:
        return cures.cured(cure, self._present, self._limit(message))

    def _load(self, what: str, message: int) -> None:
        """Change how the model is loaded, and load it; as it is, where only a retry is asked."""
        cure = next((each for each in cures.LOADS if each == what), None)
        if cure:
            self._suiting.apply(self._loads.subject, self._cured(cure, message))
        if cure and message:
            self._choosing.reload()
        elif not message:
            self._loads.again()
            self._choosing.show_loading()

    def _repeat(self, message: int) -> None:
        """Let the answer go on from the text that was kept, or begin again where there is none."""
        place = self._talk.place(message)
        if place is None:
            return
        self._choosing.ensure()
        remote = self._host.info is not None and bool(self._host.info.remote)
        if self._talk.branch[place].text and not remote:  # elsewhere no answer is continued
            self._talk.resume(message)
        else:
            self._talk.regenerate(message)

    def _show_knobs(self, what: str) -> None:
        self._pages.show_page("chat")
        if not self._menus["panel"].isChecked():
            self._menus["panel"].trigger()
        if what == "raise_context":
            self._panel.show_context_length()
        else:
            self._panel.show_inspector(False)

    def _labeller(self, what: str) -> Callable[[], str]:
        return lambda: self._label(what)

    def _actor(self, what: str, error: Failed | UserError) -> Callable[[], object]:
        return lambda: self.act(what, error)

    def _label(self, what: str) -> str:
        return {
            "shorten_context": self.tr("Shorten the context"),
            "load_4bit": self.tr("Load in 4 bits"),
            "load_float32": self.tr("Load as float32"),
            "offload": self.tr("Offload a part"),
            "use_cpu": self.tr("Use the CPU"),
            "auto_device": self.tr("Choose the device automatically"),
            "auto_precision": self.tr("Choose the precision automatically"),
            "raise_context": self.tr("Change the context length"),
            "open_knobs": self.tr("Open the settings"),
            "choose_model": self.tr("Choose a model"),
            "open_library": self.tr("Open the Library"),
            "open_api": self.tr("Open the API page"),
            "forget_turns": self.tr("Leave out the oldest"),
            "new_chat": self.tr("New chat"),
            "stop": self.tr("Stop"),
            "retry": self.tr("Try again"),
            DETAILS: self.tr("Copy details"),
        }[what]

    # -- slots --

    def _on_loads_begun(self) -> None:
        self._banner.take_back(self._of_load)

    def _on_talk_failed(self, message: int, failure: Failed) -> None:
        offers = tuple((what, self._label(what)) for what in self._offers(failure, message))
        self._transcript.show_failure(message, *told(failure), offers)

    def _on_transcript_asked(self, what: str, message: int) -> None:
        failure = self._talk.replies.failures.get(message)
        if failure and what in (*failure.cures, DETAILS):
            self.act(what, failure, message)


def _copy(error: Failed | UserError) -> None:
    """What a report needs; a traceback holds no text of a chat."""
    if isinstance(error, Failed):
        head = f"ChatApp {__version__}, Python {platform.python_version()}, {platform.platform()}"
        QGuiApplication.clipboard().setText(f"{head}\n\n{error.details}")
