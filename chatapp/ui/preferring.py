"""`Preferring`: between the page of preferences, the menus and the settings file.

Languages and colours go through their menus, so that both tell the same. Knows nothing about who
follows a setting: the keeper tells what has altered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

from chatapp import offline
from chatapp.ui import habits
from chatapp.ui.menus import CHOICES
from chatapp.ui.preferences import CARDS, Preferences

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from chatapp.settings import Settings
    from chatapp.ui.banner import Banner
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.menus import Menus
    from chatapp.ui.safekeeping import Safekeeping


class Preferring(QObject):
    """Opens the page, and applies what no other room does."""

    language_chosen = Signal(str)
    scheme_chosen = Signal(str)
    reading_changed = Signal()  # answers are to be shown in another way

    def __init__(
        self, keeper: Keeper, menus: Menus, safekeeping: Safekeeping, banner: Banner,
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._safekeeping, self._banner = safekeeping, banner
        safekeeping.told.connect(self._on_safekeeping_told)
        safekeeping.imported.connect(self._on_safekeeping_imported)
        self._keeper, self._menus, self._window = keeper, menus, window
        self._page: Preferences | None = None
        menus["preferences"].triggered.connect(self.open)
        menus.groups["language"].triggered.connect(self._on_language_triggered)
        menus.groups["scheme"].triggered.connect(self._on_scheme_triggered)
        keeper.altered.connect(self._on_keeper_altered)
        for name in CHOICES:
            menus.check(name, getattr(keeper.settings.app, name))
        for name in habits.NAMES:
            habits.wear(name, getattr(keeper.settings.app, name))
        offline.switch(keeper.settings.app.offline == "on")

    def open(self) -> None:
        """Show the page."""
        folders = self._safekeeping.folders()
        page = self._page = Preferences(self._keeper.settings.app, folders, self._window)
        page.belongings.opened.connect(self._safekeeping.open_folder)
        page.belongings.asked.connect(self._on_belongings_asked)
        page.changed.connect(self.apply)
        page.finished.connect(self._on_page_finished)
        page.open()
        page.field.setFocus()

    def apply(self, name: str, value: str | int) -> None:
        """Have this setting so from now on."""
        if name in CHOICES:
            self._menus.choose(name, str(value))
        elif name == "notify":
            self._menus["notify"].setChecked(value == "on")
        else:
            self._keeper.remember(**{name: value})

    # -- slots --

    def _on_page_finished(self) -> None:
        self._page = None

    def _on_keeper_altered(self, name: str, value: str | int) -> None:
        if self._page:
            self._page.show_values({name: value})
        if name == "offline":
            offline.switch(value == "on")
        elif name == "send":
            habits.wear(name, str(value))
            # Every widget that tells keys beside its text sets its texts again on this.
            QApplication.sendEvent(self._window, QEvent(QEvent.Type.LanguageChange))
        elif name in habits.NAMES:
            habits.wear(name, str(value))
            self.reading_changed.emit()

    def _on_belongings_asked(self, what: str) -> None:
        self._safekeeping.do(what, self._page or self._window)

    def _on_safekeeping_told(self, words: Callable[[], str]) -> None:
        if self._page:
            self._page.tell(words())
        else:
            self._banner.tell(words)

    def _on_safekeeping_imported(self, found: Settings) -> None:
        """Rows hold at once; what other rooms have read at the start holds from the next one on."""
        for names in CARDS.values():
            for name in names:
                self.apply(name, getattr(found.app, name))
        self._keeper.keep(
            sampling=found.sampling, loading=found.loading, presets=found.presets,
            models=found.models, loads=found.loads, tuning=found.tuning, keys=found.keys,
        )  # fmt: skip

    def _on_language_triggered(self, action: QAction) -> None:
        self._keeper.remember(language=action.data())
        self.language_chosen.emit(action.data())

    def _on_scheme_triggered(self, action: QAction) -> None:
        self._keeper.remember(scheme=action.data())
        self.scheme_chosen.emit(action.data())
