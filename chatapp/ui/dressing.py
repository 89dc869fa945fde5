"""`Dressing`: which adapter answers in the open conversation, told in the picker and chosen there.

The base stays loaded: only the next request names another adapter. Knows nothing about how an
adapter acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chatapp.chat import UserError
from chatapp.ui.adapter_tab import AdapterTab

if TYPE_CHECKING:
    from chatapp.adapters import Adapter
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.ui.adapter_desk import AdapterDesk
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.library_page import LibraryPage
    from chatapp.ui.loads import Loads
    from chatapp.ui.manners import Manners
    from chatapp.ui.menus import Menus
    from chatapp.ui.model_picker import ModelPicker
    from chatapp.ui.pages import Pages


class Dressing(QObject):
    """Between the picker, the Training page and what a conversation keeps."""

    refused = Signal(object)  # UserError

    def __init__(
        self, host: Host, loads: Loads, choosing: Choosing, picker: ModelPicker, manners: Manners,
        desk: AdapterDesk, pages: Pages, menus: Menus,
    ) -> None:  # fmt: skip
        super().__init__(picker)
        self._host, self._choosing, self._picker = host, choosing, picker
        self._manners, self._pages, self._desk = manners, pages, desk
        self._models: tuple[Model, ...] = ()
        loads.found.connect(self._on_loads_found)
        picker.opened.connect(desk.refresh)
        picker.dressed.connect(self.dress)
        desk.made.connect(picker.show_adapters)
        desk.used.connect(self.use)
        pages.turned.connect(self._on_pages_turned)
        manners.changed.connect(self._on_manners_changed)
        self._contrast = menus["contrast"]
        self._contrast.setVisible(False)
        self._contrast.changed.connect(self._on_contrast_changed)
        picker.contrast.clicked.connect(self._contrast.trigger)

    def dress(self, model: Model, adapter: str) -> None:
        """Answer with this adapter, or with none; load its model where another one is there."""
        info = self._host.info
        if adapter and (info is None or info.path != model.path):
            self._choosing.choose(model)
        self._manners.wear(adapter)

    def use(self, adapter: Adapter) -> None:
        """In the open conversation, with the model that it was made for."""
        model = next((m for m in self._models if m.name == adapter.base and m.usable), None)
        if model is None:
            self.refused.emit(
                UserError(
                    "This is an adapter for {base}.",
                    "{base} is not here; download it first.",
                    base=adapter.base,
                )
            )
            return
        self._pages.show_page("chat")
        self.dress(model, adapter.path)

    def add_tab(self, library: LibraryPage) -> None:
        """The adapters among the tabs of the Library."""
        tab = AdapterTab()
        self._desk.attach(tab.list)
        tab.train_requested.connect(self._on_tab_train_requested)
        library.add_tab(tab)

    # -- slots --

    def _on_pages_turned(self, name: str) -> None:
        if name == "library":
            self._desk.refresh()

    def _on_tab_train_requested(self) -> None:
        self._pages.show_page("train")

    def _on_loads_found(self, models: tuple[Model, ...]) -> None:
        self._models = models

    def _on_manners_changed(self) -> None:
        worn = self._manners.manner.adapter
        self._contrast.setVisible(bool(worn))
        self._picker.show_worn(worn)

    def _on_contrast_changed(self) -> None:
        self._picker.contrast.setEnabled(self._contrast.isEnabled())
