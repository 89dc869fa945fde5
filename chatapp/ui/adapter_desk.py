"""`AdapterDesk`: what is done with adapters, for every list of them in the window.

Knows nothing about widgets' looks or files.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from chatapp import lessons
from chatapp.ui.bridge import CALM_MS, Stream, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.adapters import Adapter
    from chatapp.chat import Done, Failed, Progress
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.ongoing import Paused
    from chatapp.ui.adapter_list import AdapterList


class AdapterDesk(QObject):
    """Keeps the lists fresh and runs their errands."""

    used = Signal(object)  # adapters.Adapter: it shall answer in the open conversation
    made = Signal(object)  # tuple of adapters.Adapter, as just looked at
    paused = Signal(object)  # tuple of ongoing.Paused, likewise
    merged = Signal()  # a new model is here

    def __init__(self, host: Host, parent: QObject) -> None:
        super().__init__(parent)
        self._host = host
        self._lists: list[AdapterList] = []
        self._merge: Stream | None = None  # under way
        self._name = ""  # of the model that it makes

    def attach(self, shown: AdapterList) -> None:
        """Serve this list too."""
        self._lists.append(shown)
        shown.used.connect(self.used)
        shown.deleted.connect(self._on_deleted)
        shown.exported.connect(self._on_exported)
        shown.imported.connect(self._on_imported)
        shown.folder_requested.connect(self._on_folder_requested)
        shown.merge_requested.connect(self._on_merge_requested)
        shown.merge_stopped.connect(self._on_merge_stopped)

    def refresh(self) -> None:
        """Look again which adapters there are, and what can go on."""
        Stream(self._host.file(lessons.made), self, CALM_MS).found.connect(self._on_made_found)

    # -- private --

    def _tell(self, words: Callable[[], str] | None) -> None:
        for shown in self._lists:
            shown.tell(words)

    def _file(self, errand: Any) -> Stream:
        self._tell(None)
        stream = Stream(self._host.file(errand), self, CALM_MS)
        stream.failed.connect(self._on_errand_failed)
        stream.done.connect(self._on_errand_done)
        return stream

    # -- slots --

    def _on_made_found(
        self, key: int, told: tuple[tuple[Adapter, ...], tuple[Paused, ...]]
    ) -> None:
        adapters, paused = told
        for shown in self._lists:
            shown.show_adapters(adapters)
        self.made.emit(adapters)
        self.paused.emit(paused)

    def _on_deleted(self, adapter: Adapter) -> None:
        self._file(partial(lessons.delete, adapter))

    def _on_exported(self, adapter: Adapter, folder: str) -> None:
        errand = partial(lessons.export, adapter, Path(folder))
        self._file(errand).found.connect(self._on_export_found)

    def _on_export_found(self, key: int, found: tuple[Path]) -> None:
        path = str(found[0])
        self._tell(lambda: self.tr("Exported to {path}.").format(path=path))

    def _on_imported(self, folder: str) -> None:
        self._file(partial(lessons.bring, Path(folder))).found.connect(self._on_bring_found)

    def _on_bring_found(self, key: int, found: tuple[str]) -> None:
        name = found[0]
        self._tell(lambda: self.tr("{name} was imported.").format(name=name))

    def _on_folder_requested(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _on_merge_requested(self, adapter: Adapter, name: str) -> None:
        if self._merge is None:
            errand = partial(lessons.merging, adapter, name)
            self._file(errand).found.connect(self._on_merging_found)

    def _on_merging_found(self, key: int, found: tuple[Adapter, Model, Path]) -> None:
        if self._merge is not None:
            return
        self._name = found[2].name
        merge = self._merge = Stream(self._host.merge(*found), self, CALM_MS)
        merge.progressed.connect(self._on_merge_progressed)
        merge.done.connect(self._on_merge_done)
        merge.failed.connect(self._on_merge_failed)
        self._tell(lambda: self.tr("Waiting for its turn…"))
        self._show_merging(True)

    def _on_merge_progressed(self, key: int, progress: Progress) -> None:
        if progress.stage in ("load", "merge"):
            percent = 100 * progress.done // max(progress.total, 1)
            words = (
                self.tr("Loading the model… {percent} %")
                if progress.stage == "load"
                else self.tr("Adding the adapter… {percent} %")
            )
            self._tell(lambda: words.format(percent=percent))

    def _on_merge_done(self, key: int, done: Done) -> None:
        self._show_merging(False)
        if done.finish == "stopped":
            self._tell(lambda: self.tr("The merge was stopped; nothing was made."))
            return
        name = self._name
        self._tell(lambda: self.tr("{name} was made; it is in the library.").format(name=name))
        self.merged.emit()

    def _on_merge_failed(self, key: int, failure: Failed) -> None:
        self._show_merging(False)
        self._tell(lambda: "  ".join(told(failure)))

    def _on_merge_stopped(self) -> None:
        if self._merge is not None:
            self._merge.cancel()

    def _show_merging(self, merging: bool) -> None:
        if not merging:
            self._merge = None
        for shown in self._lists:
            shown.show_merging(merging)

    def _on_errand_failed(self, key: int, failure: Failed) -> None:
        self._tell(lambda: "  ".join(told(failure)))
        self.refresh()

    def _on_errand_done(self, key: int, done: Done) -> None:
        self.refresh()
