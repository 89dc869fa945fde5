"""`Dropping`: what is let fall anywhere on the chat, or on its composer.

A model's folder is opened as a model, an export of chats is offered for import, and every other
file goes with the next message. Knows nothing about what is in a file.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent

from chatapp import errands
from chatapp.ui.bridge import CALM_MS, Stream
from chatapp.ui.editor import local_files

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.ui.attaching import Attaching
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.composer import Composer
    from chatapp.ui.exchanging import Exchanging

EXPORTS = (".zip", ".sqlite3")  # which no message can hold
EITHER = (".json", ".jsonl", ".ndjson")  # chats, or something to talk about


class Dropping(QObject):
    """Between the chat's page and the rooms that read files."""

    refused = Signal(object)  # Failed

    def __init__(
        self,
        host: Host,
        page: QWidget,
        composer: Composer,
        attaching: Attaching,
        exchanging: Exchanging,
        choosing: Choosing,
    ) -> None:
        super().__init__(page)
        self._host, self._choosing = host, choosing
        self._attaching, self._exchanging = attaching, exchanging
        page.setAcceptDrops(True)  # what nothing nearer takes comes here
        page.installEventFilter(self)
        composer.files_dropped.connect(self.take)
        exchanging.declined.connect(self._on_exchanging_declined)

    def take(self, paths: list[str]) -> None:
        """Each where it belongs."""
        folders = [path for path in paths if Path(path).is_dir()]
        files = [path for path in paths if path not in folders]
        if folders:
            self._open(folders[0])
        ending = Path(files[0]).suffix.lower() if len(files) == 1 else ""
        if ending in EXPORTS:
            self._exchanging.look_into(files[0])
        elif ending in EITHER:
            self._exchanging.offer(files[0])
        elif files:
            self._attaching.add(files)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files, over the page or let go."""
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent):
            return False
        paths = local_files(event.mimeData())
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.take(paths)
        return True

    # -- private --

    def _open(self, folder: str) -> None:
        stream = Stream(self._host.file(partial(errands.open_model, folder)), self, CALM_MS)
        stream.found.connect(self._on_model_found)
        stream.failed.connect(self._on_model_failed)

    # -- slots --

    def _on_model_found(self, key: int, found: tuple[Model]) -> None:
        self._choosing.choose(found[0])

    def _on_model_failed(self, key: int, failure: Failed) -> None:
        self.refused.emit(failure)

    def _on_exchanging_declined(self, path: str) -> None:
        """It holds no chats."""
        self._attaching.add([path])
