"""`Choosing`: between the model picker and the loads, and what the window says of both.

Knows nothing about how a model is found or loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from chatapp import places

if TYPE_CHECKING:
    from chatapp.chat import Failed, ModelInfo, Progress, Unloaded, UserError
    from chatapp.library import Model
    from chatapp.shelf import Shelf
    from chatapp.ui.banner import Banner
    from chatapp.ui.composer import Composer
    from chatapp.ui.gauge import Gauge
    from chatapp.ui.loads import Loads
    from chatapp.ui.model_picker import ModelPicker


GIB = 1024.0**3


class Choosing(QObject):
    """Which model is loaded, told in the picker, the gauge, the banner and the composer's hint."""

    refused = Signal(object, str)  # Failed or UserError, the model's name; empty = not known
    lost = Signal(object)  # Failed: the accelerator is gone
    remembered = Signal(str)  # the loaded model's folder

    def __init__(
        self, loads: Loads, picker: ModelPicker, banner: Banner, composer: Composer, gauge: Gauge
    ) -> None:
        super().__init__(loads)
        self._loads = loads
        self._picker = picker
        self._banner = banner
        self._composer = composer
        self._gauge = gauge
        picker.opened.connect(loads.scan)
        picker.opened.connect(loads.weigh)
        picker.unload_requested.connect(loads.unload)
        loads.weighed.connect(self._on_loads_weighed)
        picker.chosen.connect(self.choose)
        picker.cancelled.connect(loads.cancel)
        picker.folder_requested.connect(self.open_folder)
        loads.found.connect(picker.show_models)
        loads.progressed.connect(self._on_loads_progressed)
        loads.loaded.connect(self._on_loads_loaded)
        loads.unloaded.connect(self._on_loads_unloaded)
        loads.failed.connect(self._on_loads_failed)
        loads.ended.connect(self._on_loads_ended)

    def start(self, load: bool) -> None:
        """Load the last model, unless the last start fell over it."""
        if self._loads.suspect:
            self._tell_suspect(self._loads.suspect[1])
        if load and not self._loads.suspect:
            self._loads.load_last()
            self.show_loading()
        else:
            self._loads.scan()

    def choose(self, model: Model) -> None:
        """Load this one, or tell why it cannot be."""
        problem: UserError | None = model.problem
        if problem:
            self.refused.emit(problem, model.title or self._picker.called(model.name))
            return
        self._loads.load(model)
        self.show_loading()

    def ensure(self) -> None:
        """A message needs a model: the last one loads by itself."""
        self._loads.ensure()
        self.show_loading()

    def reload(self) -> None:
        """Load again with the knobs of now."""
        self._loads.reload()
        self.show_loading()

    def open_folder(self) -> None:
        """The models folder, in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(places.models())))

    def show_loading(self) -> None:
        """What a load under way means for a message."""
        waits = self.tr("Will be sent when the model is ready")
        self._composer.set_hint(waits if self._loads.under_way else "")

    # -- private --

    def _tell_suspect(self, name: str) -> None:
        self._banner.tell(
            lambda: self.tr(
                "ChatApp ended while it was loading {name}. No model is loaded this time."
            ).format(name=self._picker.called(name)),
            lambda: self.tr("Load anyway"),
            self._on_suspect_accepted,
        )

    def _told_base(self) -> str:
        return self.tr(
            "This model continues text; it was not trained to chat. Write the beginning of a text, "
            "and Continue below the answer writes on."
        )

    # -- slots --

    def _on_suspect_accepted(self) -> None:
        self._loads.load_suspect()
        self.show_loading()

    def _on_loads_weighed(self, shelf: Shelf) -> None:
        self._picker.show_fits({row.model.path: row.light for row in shelf.rows if row.light})

    def _on_loads_progressed(self, name: str, progress: Progress) -> None:
        self._picker.show_progress(name, progress)
        self._gauge.show_phase(progress.stage)

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        self._picker.show_loaded(info)
        if not info.remote:
            self.remembered.emit(info.path)
        if info.chat_template:
            self._banner.take_back(self._told_base)
        else:
            self._banner.tell(self._told_base)

    def _on_loads_unloaded(self, told: Unloaded) -> None:
        self._picker.show_unloaded()
        self._banner.tell(
            lambda: self.tr(
                "{name} was unloaded; {amount} GB came back. The next message loads it again."
            ).format(name=self._picker.called(told.name), amount=f"{told.returned / GIB:.2f}")
        )

    def _on_loads_failed(self, failure: Failed) -> None:
        if failure.lost:
            self.lost.emit(failure)
        else:
            self.refused.emit(failure, self._picker.called(self._loads.fallen))

    def _on_loads_ended(self) -> None:
        self._picker.show_idle()
        self._gauge.show_phase("idle")
        self.show_loading()
