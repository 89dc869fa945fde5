"""`Accounting`: lays the driver's readings and the engine's account together, once a second.

Between the readings, the host, the strip, the panel above it and the list of devices. Knows nothing
about how memory is read or measured.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp import memory, verdict

if TYPE_CHECKING:
    from chatapp.chat import Message, Reading
    from chatapp.host import Host
    from chatapp.ui.bridge import Stream
    from chatapp.ui.gauge import Gauge
    from chatapp.ui.ledger_panel import LedgerPanel
    from chatapp.ui.loads import Loads
    from chatapp.ui.menus import Menus
    from chatapp.ui.settings_panel import SettingsPanel
    from chatapp.ui.talk import Talk


class Accounting(QObject):
    """Shows where the memory is, and judges each answer's speed."""

    def __init__(
        self,
        host: Host,
        talk: Talk,
        loads: Loads,
        gauge: Gauge,
        panel: LedgerPanel,
        settings: SettingsPanel,
        menus: Menus,
    ) -> None:
        super().__init__(panel)
        self._settings = settings
        self._host = host
        self._gauge = gauge
        self._panel = panel
        self._action = menus["ledger"]
        self._reading: Reading | None = None
        self._busy: float | None = None  # the highest load while the present answer is written
        self._action.setCheckable(True)
        self._action.toggled.connect(self.open)
        gauge.more.toggled.connect(self._action.setChecked)
        talk.wrote.connect(self._on_talk_wrote)
        talk.settled.connect(self._on_talk_settled)
        loads.loaded.connect(self._forget)
        loads.unloaded.connect(self._forget)
        self._writing = False

    def open(self, shown: bool) -> None:
        """Show the panel or hide it."""
        self._panel.setVisible(shown)
        self._gauge.more.setChecked(shown)
        self._account()

    def follow(self, readings: Stream) -> None:
        """Take every reading of this stream."""
        readings.read.connect(self._on_stream_read)

    def _account(self) -> None:
        if self._panel.isVisible() and self._reading:
            self._panel.show_ledger(memory.account(self._reading, self._host.holding))

    def _forget(self, *_: object) -> None:
        """What was judged is not the model that is there now."""
        self._gauge.show_speed(0.0)
        self._panel.show_verdict(None)
        self._account()

    def _on_stream_read(self, key: int, reading: Reading) -> None:
        self._reading = reading
        load = None if reading.load_percent is None else reading.load_percent / 100
        share = None
        if reading.used_bytes is not None and reading.total_bytes:
            share = reading.used_bytes / reading.total_bytes
        self._panel.history.add(load, share, self._gauge.working)
        if self._writing and reading.load_percent is not None:
            self._busy = max(self._busy or 0.0, reading.load_percent)
        self._gauge.show_reading(reading)
        self._panel.show_programs(reading.others)
        self._settings.show_devices(reading.devices)
        self._account()

    def _on_talk_wrote(self, message: int, text: str) -> None:
        self._writing = True

    def _on_talk_settled(self, message: Message) -> None:
        self._writing, busy, self._busy = False, self._busy, None
        if message.stats is None:
            return
        reading, holding = self._reading, self._host.holding
        ledger = memory.account(reading, holding) if reading else None
        if reading:
            reading = dataclasses.replace(reading, load_percent=busy)
        said = verdict.of(message.stats, holding, reading, ledger)
        self._gauge.show_speed(message.stats.tokens_per_s, said.share if said else 0.0)
        info = self._host.info
        self._panel.show_verdict(said, info.rung if info else "")
