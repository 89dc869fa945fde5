"""`Starting`: while only the built-in guide answers, what comes after it, on an empty chat's card.

Between that card, the Library and the loads. Knows nothing about looks, files or the network.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp import errands, places
from chatapp.host import choose
from chatapp.ui.bridge import CALM_MS, Stream

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.first_steps import FirstSteps
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.ui.window import Window


class Starting(QObject):
    """Looks again whenever the library may be another one."""

    def __init__(self, host: Host, window: Window) -> None:
        super().__init__(window)
        self._host, self._window = host, window
        self._steps: FirstSteps | None = None
        self._guided = False  # the guide is the model in use
        self._looks = 0  # answers to earlier ones come too late
        self._welcome = window.transcript.welcome
        self._welcome.start.chosen.connect(self._on_start_chosen)
        window.loads.loaded.connect(self._on_loads_loaded)
        window.loads.found.connect(self._on_loads_found)
        window.loads.ended.connect(self._look)

    # -- private --

    def _look(self) -> None:
        self._looks += 1
        another = self._host.info is not None and self._window.loads.under_way
        if not self._guided or another:
            self._show(None)
            return
        returned = self._window.librarian.returned_bytes()
        ticket = self._host.file(partial(errands.first_steps, self._window.loads.ways, returned))
        stream = Stream(ticket, self, CALM_MS, key=self._looks)
        stream.found.connect(self._on_look_found)

    def _show(self, steps: FirstSteps | None) -> None:
        self._steps = steps
        self._welcome.show_steps(steps)

    # -- slots --

    def _on_loads_found(self, models: tuple[Model, ...]) -> None:
        if self._host.info is None:  # the card need not wait for the engine
            first = choose(models, self._window.loads.last)
            self._guided = first is not None and first.path == str(places.starter())
        self._look()

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        self._guided = not info.remote and info.path == str(places.starter())

    def _on_look_found(self, key: int, told: tuple[FirstSteps]) -> None:
        if key == self._looks:
            self._show(told[0])

    def _on_start_chosen(self, deed: str) -> None:
        window, steps = self._window, self._steps
        if steps is None:
            return
        if deed == "start" and steps.here:
            window.choosing.choose(steps.here.model)
        elif deed == "open":
            window.choosing.open_folder()
        else:
            window.pages.show_page("library")  # which builds what is missing of it
            librarian = window.librarian
            if deed == "get" and steps.advice:
                librarian.hub.offer(steps.advice.model)
            elif deed == "others":
                librarian.page.show_tab(librarian.hub.advice)
            elif deed == "add":
                librarian.page.show_tab(librarian.shelf)
                librarian.shelf.ask_folder()
