"""`Arriving`: what a person in a chat learns of downloads: one is whole, or one has failed.

Between the Library's downloads, the line above the chat, and the rail. Knows nothing about files or
the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp.ui.model_words import called

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.library import Model
    from chatapp.ui.window import Window

PAGE = "library"


class Arriving(QObject):
    """Offers what has come, and keeps a dot on the Library's button until the page is looked at."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._awaited = ""  # the name of a model that is whole, and not listed yet
        self._model: Model | None = None  # the one that is offered
        self._seen: set[str] = set()  # folders of failed downloads that the person has looked at
        window.librarian.built.connect(self._on_librarian_built)
        window.librarian.arrived.connect(self._on_librarian_arrived)
        window.loads.found.connect(self._on_loads_found)
        window.loads.loaded.connect(self._on_loads_loaded)
        window.pages.turned.connect(self._on_pages_turned)

    # -- private --

    def _told(self) -> str:
        return self.tr("{name} is ready.").format(name=called(self._model) if self._model else "")

    def _use(self) -> None:
        if self._model:
            self._window.choosing.choose(self._model)

    # -- slots --

    def _on_librarian_built(self) -> None:
        self._window.librarian.hub.transfers.changed.connect(self._on_transfers_changed)

    def _on_librarian_arrived(self, name: str) -> None:
        self._awaited = name

    def _on_loads_found(self, models: tuple[Model, ...]) -> None:
        model = next((each for each in models if each.name == self._awaited), None)
        if model:
            self._awaited, self._model = "", model
            self._window.banner.tell(self._told, lambda: self.tr("Use it now"), self._use)

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        if self._model and info.path == self._model.path:
            self._window.banner.take_back(self._told)

    def _on_transfers_changed(self) -> None:
        transfers = self._window.librarian.hub.transfers.all
        failed = {each.download.folder for each in transfers if each.state == "failed"}
        self._seen &= failed  # one that is tried again may fail again
        if self._window.pages.current == PAGE:
            self._seen |= failed
        self._window.pages.warn(PAGE, bool(failed - self._seen))

    def _on_pages_turned(self, name: str) -> None:
        if name == PAGE:  # whose slot came first, so that the page is built
            self._on_transfers_changed()
