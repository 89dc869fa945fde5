"""`Idling`: gives the model's memory back after a while without an answer.

Knows nothing about how a model is unloaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.loads import Loads
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.talk import Talk

MINUTE_MS = 60_000


class Idling(QObject):
    """Counts from the last answer or load on; an answer under way, or a job, keeps the model."""

    def __init__(self, loads: Loads, talk: Talk, keeper: Keeper, panel: SettingsPanel) -> None:
        super().__init__(loads)
        self._loads = loads
        self._keeper = keeper
        self._panel = panel
        self._writing = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_timer_timeout)
        talk.writing.connect(self._on_talk_writing)
        loads.loaded.connect(self._wait)
        panel.idle.show_value(keeper.settings.app.idle_minutes)
        panel.idle.changed.connect(self._on_panel_changed)
        keeper.altered.connect(self._on_keeper_altered)

    def _wait(self, *_: object) -> None:
        minutes = self._keeper.settings.app.idle_minutes
        self._timer.stop()
        if minutes and not self._writing:
            self._timer.start(minutes * MINUTE_MS)

    def _on_talk_writing(self, conversation: int) -> None:
        self._writing = bool(conversation)
        self._wait()

    def _on_panel_changed(self, name: str, value: object) -> None:
        self._keeper.remember(**{name: value})

    def _on_keeper_altered(self, name: str, value: int) -> None:
        if name == "idle_minutes":
            self._panel.idle.show_value(value)
            self._wait()

    def _on_timer_timeout(self) -> None:
        self._loads.unload()
