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
    from chatapp.adapters import Adapter
    from chatapp.chat import Done, Failed
    from chatapp.host import Host
    from chatapp.ongoing import Paused
    from chatapp.ui.adapter_list import AdapterList


class AdapterDesk(QObject):
    """Keeps the lists fresh and runs their errands."""

    used = Signal(object)  # adapters.Adapter: it shall answer in the open conversation
    made = Signal(object)  # tuple of adapters.Adapter, as just looked at
    paused = Signal(object)  # tuple of ongoing.Paused, likewise

    def __init__(self, host: Host, parent: QObject) -> None:
        super().__init__(parent)
        self._host = host
        self._lists: list[AdapterList] = []

    def attach(self, shown: AdapterList) -> None:
        """Serve this list too."""
        self._lists.append(shown)
        shown.used.connect(self.used)
        shown.deleted.connect(self._on_deleted)
        shown.exported.connect(self._on_exported)
        shown.folder_requested.connect(self._on_folder_requested)

    def refresh(self) -> None:
        """Look again which adapters there are, and what can go on."""
        Stream(self._host.file(lessons.made), self, CALM_MS).found.connect(self._on_made_found)

    # -- private --

    def _file(self, errand: Any) -> Stream:
        for shown in self._lists:
            shown.tell(None)
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
        for shown in self._lists:
            shown.tell(lambda: self.tr("Exported to {path}.").format(path=path))

    def _on_folder_requested(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _on_errand_failed(self, key: int, failure: Failed) -> None:
        for shown in self._lists:
            shown.tell(lambda: "  ".join(told(failure)))
        self.refresh()

    def _on_errand_done(self, key: int, done: Done) -> None:
        self.refresh()
