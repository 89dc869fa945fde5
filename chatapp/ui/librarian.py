"""`Librarian`: between the Library page and the host, which does everything slow.

Knows nothing about widgets' looks, files or the network.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from chatapp import chat_template, errands
from chatapp.chat import UserError
from chatapp.ui.bridge import CALM_MS, Stream, told
from chatapp.ui.hub_desk import HubDesk
from chatapp.ui.library_page import LibraryPage
from chatapp.ui.model_words import called
from chatapp.ui.shelf_tab import ShelfTab
from chatapp.ui.template_page import TemplatePage

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.chat import Done, Failed
    from chatapp.chat_template import Template
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.settings import Loading
    from chatapp.shelf import Elsewhere, Shelf
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.loads import Loads
    from chatapp.ui.pages import Pages
    from chatapp.ui.suiting import Suiting
    from chatapp.ui.transfers import Transfer

PAGE = "library"


class Librarian(QObject):
    """Puts the page on the rail, keeps its list fresh, and runs its errands."""

    arrived = Signal(str, float)  # a model is whole: its name, seconds it took
    built = Signal(object)  # the page, with all its tabs
    link_opened = Signal(str)  # an address that the person wants to see

    def __init__(
        self,
        pages: Pages,
        host: Host,
        loads: Loads,
        choosing: Choosing,
        suiting: Suiting,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._pages, self._host, self._loads, self._choosing = pages, host, loads, choosing
        self._suiting = suiting
        self._looks = 0  # the latest look at the shelf
        self._steps = [self._build_shelf, self._build_hub]  # of the page, yet to be taken
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._on_builder_timeout)
        self._counted = 0, ""  # the latest count for another card, and the model's folder
        self._refusal: Callable[[], str] = str  # what the banner tells of the Hub's
        self._asked = ""  # the model whose chat template is on its way
        self.page = LibraryPage()
        loads.ended.connect(self._on_loads_ended)
        pages.add(PAGE, self.page)
        pages.turned.connect(self._on_pages_turned)

    def start(self) -> None:
        """Build the page, which takes longer than the first paint may wait, step by step."""
        self._builder.start()

    def finish(self) -> None:
        """Build what is missing of the page now."""
        while self._steps:
            self._steps.pop(0)()
        self._builder.stop()

    def refresh(self) -> None:
        """Look through the library again."""
        self._looks += 1
        errand = partial(errands.shelf, self._loads.ways, self.returned_bytes())
        ticket = self._host.file(errand)
        Stream(ticket, self, CALM_MS, key=self._looks).found.connect(self._on_look_found)
        self.hub.refresh()

    def returned_bytes(self) -> int:
        """What unloading the present model would give back."""
        info = self._host.info
        return info.weights_bytes if info else 0

    def under_way(self) -> list[Transfer]:
        """The downloads that run, or wait for their turn."""
        if self._steps:  # without its page nothing has been begun
            return []
        return [each for each in self.hub.transfers.all if each.state in ("running", "waiting")]

    def tell(self, error: Failed | UserError) -> None:
        """What went wrong, above the tabs."""
        self.page.banner.tell(lambda: "  ".join(told(error)))

    # -- private --

    def _knobs(self) -> Loading:
        """How a model that comes from the Hub will be loaded."""
        return self._loads.knobs

    def _build_shelf(self) -> None:
        self.shelf = ShelfTab()
        self.page.add_tab(self.shelf)

    def _build_hub(self) -> None:
        self.hub = HubDesk(self.page, self._host, self.returned_bytes, self._knobs, self)
        self.page.add_tab(self.hub.find)
        self.page.add_tab(self.hub.advice)
        detail = self.shelf.detail
        self.shelf.folder_added.connect(self._on_shelf_folder_added)
        detail.chat_requested.connect(self._on_detail_chat_requested)
        detail.offload_requested.connect(self._on_detail_offload_requested)
        detail.load_requested.connect(self._on_detail_load_requested)
        detail.forget_requested.connect(self._on_detail_forget_requested)
        detail.renamed.connect(self._on_detail_renamed)
        detail.deleted.connect(self._on_detail_deleted)
        detail.folder_requested.connect(self._on_detail_folder_requested)
        detail.template_requested.connect(self._on_detail_template_requested)
        detail.again_requested.connect(self.hub.search)
        detail.card_requested.connect(self._on_detail_card_requested)
        detail.others_requested.connect(self._on_detail_others_requested)
        self.hub.link_opened.connect(self.link_opened)
        self.hub.refused.connect(self._on_hub_refused)
        self.hub.asked_again.connect(self._on_hub_asked_again)
        self.hub.arrived.connect(self._on_hub_arrived)
        self.hub.chat_requested.connect(self._on_hub_chat_requested)
        self.hub.shelf_requested.connect(self._on_hub_shelf_requested)
        self.hub.transfers.changed.connect(self._on_transfers_changed)
        self.hub.transfers.restore()
        self.built.emit(self.page)

    def _change(self, errand: Any) -> None:
        """Run an errand after which the list is another one."""
        stream = Stream(self._host.file(errand), self, CALM_MS)
        stream.done.connect(self._on_change_done)
        stream.failed.connect(self._on_change_failed)

    # -- slots --

    def _on_builder_timeout(self) -> None:
        if self._steps:
            self._steps.pop(0)()
        else:
            self._builder.stop()

    def _on_pages_turned(self, name: str) -> None:
        if name == PAGE:
            self.finish()
            self.refresh()

    def _on_loads_ended(self) -> None:
        if self._pages.current == PAGE:
            self.refresh()

    def _on_look_found(self, key: int, told: tuple[Shelf]) -> None:
        if key == self._looks:
            self.shelf.show_shelf(told[0])
            self.hub.find.show_local(self.shelf.count)

    def _on_change_done(self, key: int, done: Done) -> None:
        self.refresh()
        self._loads.scan()

    def _on_change_failed(self, key: int, failure: Failed) -> None:
        self.tell(failure)
        self.refresh()

    def _on_shelf_folder_added(self, path: str) -> None:
        self._change(partial(errands.add_folder, path))

    def _on_detail_chat_requested(self, model: Model) -> None:
        self._pages.show_page("chat")
        self._choosing.choose(model)

    def _on_detail_offload_requested(self, model: Model) -> None:
        self._suiting.apply(model.path, replace(self._loads.ways.of(model.path), offload="auto"))
        self._on_detail_chat_requested(model)

    def _on_detail_load_requested(self, model: Model, dtype: str) -> None:
        self._suiting.keep(model.path, dtype)
        self._on_detail_chat_requested(model)

    def _on_detail_forget_requested(self, model: Model) -> None:
        self._suiting.forget(model.path)
        self.refresh()

    def _on_detail_renamed(self, model: Model, name: str) -> None:
        self._change(partial(errands.rename, model, name))

    def _on_detail_deleted(self, model: Model) -> None:
        info = self._host.info
        if info and info.path == model.path:
            self.tell(UserError("{name} is in use.", "Load another model first.", name=model.name))
            return
        self._change(partial(errands.delete, model))

    def _on_detail_folder_requested(self, path: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _on_detail_card_requested(self, model: Model, name: str) -> None:
        self._counted = self._counted[0] + 1, model.path
        ticket = self._host.file(partial(errands.elsewhere, model, self._loads.ways, name))
        stream = Stream(ticket, self, CALM_MS, key=self._counted[0])
        stream.found.connect(self._on_elsewhere_found)

    def _on_elsewhere_found(self, key: int, told: tuple[Elsewhere]) -> None:
        if key == self._counted[0]:
            self.shelf.detail.show_elsewhere(self._counted[1], told[0])

    def _on_detail_others_requested(self) -> None:
        self.page.show_tab(self.hub.advice)

    def _on_detail_template_requested(self, model: Model) -> None:
        self._asked = called(model)
        ticket = self._host.file(partial(chat_template.look, Path(model.path)))
        stream = Stream(ticket, self, CALM_MS)
        stream.found.connect(self._on_template_found)
        stream.failed.connect(self._on_change_failed)

    def _on_template_found(self, key: int, told: tuple[Template]) -> None:
        TemplatePage(self._asked, told[0], self.page.window()).open()

    def _on_hub_refused(self, failure: Failed) -> None:
        self._refusal = lambda: "  ".join(told(failure))
        self.page.banner.tell(self._refusal)

    def _on_hub_asked_again(self) -> None:
        self.page.banner.take_back(self._refusal)

    def _on_hub_arrived(self, name: str, seconds: float) -> None:
        self.arrived.emit(name, seconds)
        self.refresh()
        self._loads.scan()

    def _on_hub_chat_requested(self, name: str) -> None:
        if model := self.shelf.model(name):
            self._on_detail_chat_requested(model)

    def _on_hub_shelf_requested(self, name: str) -> None:
        self.page.show_tab(self.shelf)
        self.shelf.choose(name)

    def _on_transfers_changed(self) -> None:
        """The rail tells how far the one that runs is."""
        running = self.under_way()
        share = running[0].done / max(running[0].download.bytes, 1) if running else None
        self._pages.mark(PAGE, share)
