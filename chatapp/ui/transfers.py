"""`Transfers`: the downloads of this window, from a click, or an earlier start, to a whole model.

The host brings one after the other. A pause keeps what has come. Knows nothing about widgets, and
nothing about files or the network.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from chatapp import errands
from chatapp.ui.bridge import CALM_MS, Stream

if TYPE_CHECKING:
    from chatapp.chat import Done, Failed, Fetched
    from chatapp.downloads import Download
    from chatapp.host import Host
    from chatapp.hub import Offer

State = Literal["waiting", "running", "paused", "failed", "done"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """One download as it stands. `news` is the newest of this run, none while it connects."""

    download: Download
    state: State
    news: Fetched | None = None
    failure: Failed | None = None
    began: float = 0.0  # monotonic second of this run

    @property
    def name(self) -> str:
        """The model's."""
        return self.download.entry.name

    @property
    def done(self) -> int:
        """Bytes that are here."""
        return self.news.done if self.news else self.download.kept


class Transfers(QObject):
    """Holds them by their folders, in the order in which they came."""

    changed = Signal()  # `all` says how
    finished = Signal(str, float)  # a model is whole now: its name, seconds of the last run
    refused = Signal(object)  # Failed: it could not be begun, or not be removed

    def __init__(self, host: Host, parent: QObject) -> None:
        super().__init__(parent)
        self._host = host
        self._held: dict[str, Transfer] = {}
        self._streams: dict[int, tuple[str, Stream]] = {}  # key -> folder, its run
        self._unwanted: set[str] = set()  # folders that go as soon as their run has ended
        self._count = 0

    @property
    def all(self) -> tuple[Transfer, ...]:
        """What there is, the oldest first."""
        return tuple(self._held.values())

    def restore(self) -> None:
        """What an earlier start left; nothing goes on by itself."""
        Stream(self._host.file(errands.under_way), self, CALM_MS).found.connect(self._on_left_found)

    def begin(self, offer: Offer) -> None:
        """Bring this model."""
        stream = Stream(self._host.file(partial(errands.begin, offer)), self, CALM_MS)
        stream.found.connect(self._on_begin_found)
        stream.failed.connect(self._on_errand_failed)

    def resume(self, folder: str) -> None:
        """Go on; behind those that run."""
        transfer = self._held[folder]
        if transfer.state in ("waiting", "running", "done"):
            return
        self._count += 1
        kept = replace(transfer.download, kept=transfer.done)
        ticket = self._host.fetch(partial(errands.fetch, kept))
        stream = Stream(ticket, self, CALM_MS, key=self._count)
        stream.fetched.connect(self._on_stream_fetched)
        stream.done.connect(self._on_stream_done)
        stream.failed.connect(self._on_stream_failed)
        self._streams[self._count] = (folder, stream)
        state: State = "running" if len(self._streams) == 1 else "waiting"
        self._set(folder, Transfer(kept, state, began=time.monotonic()))

    def resume_denied(self) -> None:
        """There is another token now: those go on that wanted one."""
        for folder, transfer in list(self._held.items()):
            denied = transfer.failure is not None and "give_token" in transfer.failure.cures
            if transfer.state == "failed" and denied:
                self.resume(folder)

    def pause(self, folder: str) -> None:
        """Stop for now; everything that has come is kept."""
        key = next((key for key, run in self._streams.items() if run[0] == folder), None)
        if key is None:
            return
        if key == next(iter(self._streams)):
            self._streams[key][1].cancel()
        else:  # the host has not come to it, and may not for hours
            self._streams.pop(key)[1].close()
            self._set(folder, replace(self._held[folder], state="paused"))

    def remove(self, folder: str) -> None:
        """Forget it, and what has come; a whole model only leaves this list."""
        transfer = self._held[folder]
        if transfer.state in ("waiting", "running"):
            self.pause(folder)
            transfer = self._held[folder]
        if transfer.state in ("waiting", "running"):
            self._unwanted.add(folder)
            return
        del self._held[folder]
        if transfer.state != "done":
            stream = Stream(self._host.file(partial(errands.remove, transfer.download)), self)
            stream.failed.connect(self._on_errand_failed)
        self.changed.emit()

    # -- private --

    def _set(self, folder: str, transfer: Transfer) -> None:
        self._held[folder] = transfer
        self.changed.emit()

    def _ended(self, key: int) -> tuple[str, Transfer]:
        folder, _ = self._streams.pop(key)
        if self._streams:  # the host comes to the next one
            after = next(iter(self._streams.values()))[0]
            self._held[after] = replace(self._held[after], state="running")
        return folder, self._held[folder]

    # -- slots --

    def _on_left_found(self, key: int, downloads: tuple[Download, ...]) -> None:
        for download in downloads:
            if download.folder not in self._held:
                self._set(download.folder, Transfer(download, "paused"))

    def _on_begin_found(self, key: int, downloads: tuple[Download]) -> None:
        (download,) = downloads
        held = self._held.get(download.folder)
        if held is None or held.state == "done":
            self._held[download.folder] = Transfer(download, "paused")
        self.resume(download.folder)

    def _on_errand_failed(self, key: int, failure: Failed) -> None:
        self.refused.emit(failure)

    def _on_stream_fetched(self, key: int, news: Fetched) -> None:
        folder, _ = self._streams[key]
        self._set(folder, replace(self._held[folder], state="running", news=news))

    def _on_stream_done(self, key: int, done: Done) -> None:
        folder, transfer = self._ended(key)
        whole = done.finish == "stop"
        self._set(folder, replace(transfer, state="done" if whole else "paused"))
        if whole:
            self.finished.emit(transfer.name, time.monotonic() - transfer.began)
        elif folder in self._unwanted:
            self.remove(folder)
        self._unwanted.discard(folder)

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        folder, transfer = self._ended(key)
        self._set(folder, replace(transfer, state="failed", failure=failure))
        if folder in self._unwanted:
            self._unwanted.discard(folder)
            self.remove(folder)
