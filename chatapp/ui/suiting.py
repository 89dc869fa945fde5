"""`Suiting`: the precision that one model keeps of its own, between the Model tab and the loads.

The tab shows how the model that answers is loaded. Knows nothing about what a precision needs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.settings import Loading
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.loads import Loads
    from chatapp.ui.settings_panel import SettingsPanel


class Suiting(QObject):
    """Receives what is changed in the Model tab; the rest of the program asks `loads`."""

    def __init__(self, loads: Loads, panel: SettingsPanel, keeper: Keeper) -> None:
        super().__init__(panel)
        self._loads, self._panel, self._keeper = loads, panel, keeper
        self._path = ""  # of the model that the tab speaks of
        self._shown = loads.knobs
        loads.own = keeper.settings.loads
        panel.loading_changed.connect(self._on_panel_loading_changed)
        panel.installEventFilter(self)
        loads.loaded.connect(self._on_loads_loaded)

    def keep(self, path: str, dtype: str) -> None:
        """The model in this folder is loaded in this precision; the others as before."""
        self._loads.own = self._loads.ways.keeping(path, dtype=dtype).own
        self._keeper.keep(loads=self._loads.own)
        self._show()

    def forget(self, path: str) -> None:
        """It is loaded as all are."""
        self.keep(path, self._loads.knobs.dtype)

    def apply(self, path: str, wanted: Loading) -> None:
        """Load this model so: the precision is its own, all else holds for every model."""
        self._set_usual(replace(wanted, dtype=self._loads.knobs.dtype))
        self.keep(path, wanted.dtype)
        self._shown = wanted
        self._panel.show_loading(wanted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The note is in the window's language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._show_note()
        return super().eventFilter(watched, event)

    # -- private --

    def _set_usual(self, loading: Loading) -> None:
        self._loads.knobs = loading
        self._keeper.keep(loading=loading)

    def _show(self) -> None:
        """How the tab's model is loaded, where the tab says otherwise."""
        wanted = self._loads.ways.of(self._path)
        if wanted != self._shown:
            self._shown = wanted
            self._panel.show_loading(wanted)
        self._show_note()

    def _show_note(self) -> None:
        own = "dtype" in self._loads.own.get(self._path, {})
        note = self.tr("Kept for this model only.") if own else ""
        self._panel.model_page.rows["dtype"].show_note(note)

    # -- slots --

    def _on_panel_loading_changed(self, loading: Loading) -> None:
        self._shown = loading
        if "dtype" in self._loads.own.get(self._path, {}):
            self._set_usual(replace(loading, dtype=self._loads.knobs.dtype))
            self.keep(self._path, loading.dtype)
        else:
            self._set_usual(loading)

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        if not info.remote:
            self._path = info.path
            self._show()
