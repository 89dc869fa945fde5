"""`Preferring`: between the page of preferences, the menus and the settings file.

Languages and colours go through their menus, so that both tell the same. Knows nothing about who
follows a setting: the keeper tells what has altered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

from chatapp.ui import habits
from chatapp.ui.menus import CHOICES
from chatapp.ui.preferences import Preferences

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from chatapp.ui.keeper import Keeper
    from chatapp.ui.menus import Menus


class Preferring(QObject):
    """Opens the page, and applies what no other room does."""

    language_chosen = Signal(str)
    scheme_chosen = Signal(str)
    reading_changed = Signal()  # answers are to be shown in another way

    def __init__(self, keeper: Keeper, menus: Menus, window: QWidget) -> None:
        super().__init__(window)
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

    def open(self) -> None:
        """Show the page."""
        page = self._page = Preferences(self._keeper.settings.app, self._window)
        page.changed.connect(self._on_page_changed)
        page.finished.connect(self._on_page_finished)
        page.open()
        page.field.setFocus()

    # -- slots --

    def _on_page_changed(self, name: str, value: str | int) -> None:
        if name in CHOICES:
            self._menus.choose(name, str(value))
        elif name == "notify":
            self._menus["notify"].setChecked(value == "on")
        else:
            self._keeper.remember(**{name: value})

    def _on_page_finished(self) -> None:
        self._page = None

    def _on_keeper_altered(self, name: str, value: str | int) -> None:
        if self._page:
            self._page.show_values({name: value})
        if name == "send":
            habits.wear(name, str(value))
            # Every widget that tells keys beside its text sets its texts again on this.
            QApplication.sendEvent(self._window, QEvent(QEvent.Type.LanguageChange))
        elif name in habits.NAMES:
            habits.wear(name, str(value))
            self.reading_changed.emit()

    def _on_language_triggered(self, action: QAction) -> None:
        self._keeper.remember(language=action.data())
        self.language_chosen.emit(action.data())

    def _on_scheme_triggered(self, action: QAction) -> None:
        self._keeper.remember(scheme=action.data())
        self.scheme_chosen.emit(action.data())
