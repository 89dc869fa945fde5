"""`Suiting`: the precision that one model keeps of its own, between the Model tab and the loads.

The tab shows how the model that answers is loaded, and what Auto would take for it here. Knows
nothing about what a precision needs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from chatapp.ui.model_words import auto_choice

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.settings import Loading
    from chatapp.shelf import Room, Row
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.loads import Loads
    from chatapp.ui.settings_panel import SettingsPanel

REST_MS = 150  # after a change, before Auto is asked again: a slider makes many


class Suiting(QObject):
    """Receives what is changed in the Model tab; the rest of the program asks `loads`."""

    def __init__(self, loads: Loads, panel: SettingsPanel, keeper: Keeper) -> None:
        super().__init__(panel)
        self._loads, self._panel, self._keeper = loads, panel, keeper
        self._path = ""  # of the model that the tab speaks of
        self._shown = loads.knobs
        self._auto: tuple[Row, Room] | None = None  # what Auto would take for it
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(loads.foresee)
        loads.own = keeper.settings.loads
        panel.loading_changed.connect(self._on_panel_loading_changed)
        panel.installEventFilter(self)
        loads.loaded.connect(self._on_loads_loaded)
        loads.unloaded.connect(self._timer.start)
        loads.foreseen.connect(self._on_loads_foreseen)

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
        row = self._panel.model_page.rows["dtype"]
        row.show_note("\n".join(filter(None, (note, self._told_auto()))))

    def _told_auto(self) -> str:
        """What Auto takes for the tab's model, where Auto is set and its device is the one told."""
        if self._auto is None or self._shown.dtype != "auto":
            return ""
        row, room = self._auto
        device = {"mps": "apple"}.get(self._shown.device, self._shown.device.partition(":")[0])
        here = row.model.path == self._path and device in ("auto", room.kind)
        return auto_choice(row, room.kind) if here else ""

    # -- slots --

    def _on_panel_loading_changed(self, loading: Loading) -> None:
        self._shown = loading
        if "dtype" in self._loads.own.get(self._path, {}):
            self._set_usual(replace(loading, dtype=self._loads.knobs.dtype))
            self.keep(self._path, loading.dtype)
        else:
            self._set_usual(loading)
        self._show_note()
        self._timer.start()

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        if not info.remote:
            self._path = info.path
            self._show()
            self._timer.start()

    def _on_loads_foreseen(self, row: Row, room: Room) -> None:
        self._auto = row, room
        self._show_note()
