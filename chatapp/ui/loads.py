"""`Loads`: the library as last seen, the load under way, and the note that makes a start safe.

A note in the data folder names the model being loaded. When a start finds it, the load before it
brought the program down, and nothing is loaded until the person asks for it.
Knows nothing about widgets.
"""

from __future__ import annotations

import contextlib
import json
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from chatapp import errands, note, places
from chatapp.chat import UserError
from chatapp.host import choose
from chatapp.mixing import Ways
from chatapp.settings import Loading
from chatapp.ui.bridge import CALM_MS, Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatapp.chat import Done, Failed, ModelInfo, Progress, Unloaded
    from chatapp.endpoint import Endpoint
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.shelf import Room, Row, Shelf
    from chatapp.work import Ticket

NOTE = "under-way"


class Loads(QObject):
    """Looks for models and loads one.

    `knobs`, what a model has of its own instead, and `last` are what the next load uses.
    """

    found = Signal(object)  # tuple of library.Model
    weighed = Signal(object)  # shelf.Shelf: which of them fit here
    foreseen = Signal(object, object)  # shelf.Row and shelf.Room: what Auto would take
    begun = Signal()
    progressed = Signal(str, object)  # the model's name, Progress
    loaded = Signal(object)  # ModelInfo
    unloaded = Signal(object)  # Unloaded
    failed = Signal(object)  # Failed
    ended = Signal()  # no load is under way any more

    def __init__(self, host: Host, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._stream: Stream | None = None  # the load under way; its key counts the loads
        self._leaving = False  # the model is being unloaded
        self._count = 0
        self._name = ""  # of the model on its way
        self.fallen = ""  # the name of the model that could not be loaded; empty = not known
        self._latest: Model | None = None  # what was asked for last
        self._endpoint: Endpoint | None = None  # or this, after it
        self._resident: Model | None = None  # what was loaded last
        self.knobs = Loading()
        self.own: Mapping[str, Mapping[str, Any]] = {}  # of these, by the model's folder
        self.last = ""  # the folder of the model that is loaded by itself
        self.suspect = _read_note()  # folder and name of the model that the last start fell over

    # -- public --

    @property
    def under_way(self) -> bool:
        """A model is being loaded, or waits for its turn."""
        return self._stream is not None

    @property
    def ways(self) -> Ways:
        """How each model is loaded."""
        return Ways(self.knobs, self.own)

    @property
    def subject(self) -> str:
        """The folder of the model that was asked for last."""
        return self._latest.path if self._latest else self.last

    def scan(self) -> None:
        """Look through the library; `found` follows."""
        Stream(self._host.scan(), self, CALM_MS).found.connect(self._on_scan_found)

    def weigh(self) -> None:
        """Find out which models fit with the present one unloaded; `weighed` follows."""
        errand = partial(errands.shelf, self.ways, self._returned())
        Stream(self._host.file(errand), self, CALM_MS).found.connect(self._on_shelf_found)

    def foresee(self) -> None:
        """Find out what Auto would take for the model that was asked for last; `foreseen`."""
        if self._latest and not self._endpoint:
            knobs = self.ways.of(self._latest.path)
            errand = partial(errands.foresee, self._latest, knobs, self._returned())
            Stream(self._host.file(errand), self, CALM_MS).found.connect(self._on_row_found)

    def load(self, model: Model) -> None:
        """Load this one; an earlier load ends."""
        self._latest, self._endpoint = model, None
        _write_note(model.path, model.name)
        self._begin(self._host.load(model, self.ways.of(model.path)), model.name)

    def connect_to(self, endpoint: Endpoint) -> None:
        """Let a model elsewhere answer."""
        self._endpoint = endpoint
        self._begin(self._host.connect(endpoint), endpoint.name)

    def load_last(self) -> None:
        """Load the model that was used last, or the first usable one."""
        self._endpoint = None
        there = os.path.isdir(self.last)  # else another model takes its place, in its own way
        knobs = self.ways.of(self.last) if there else self.knobs
        self._begin(self._host.load_last(self.last, knobs), "")

    def load_suspect(self) -> None:
        """Load what the last start fell over, because the person wants it."""
        if self.suspect:
            self.last = self.suspect[0]
            self.load_last()

    def reload(self) -> None:
        """Load again what is there, with the knobs of now."""
        if self._resident:
            self.load(self._resident)
        else:
            self.load_last()

    def again(self) -> None:
        """Once more what was asked for last, with the knobs of now: it has failed."""
        if self._endpoint:
            self.connect_to(self._endpoint)
        elif self._latest:
            self.load(self._latest)
        else:
            self.load_last()

    def unload(self) -> None:
        """Give the model's memory back; the next message loads it again."""
        if self._host.info and not self.under_way:
            self._leaving = True
            Stream(self._host.unload(), self, CALM_MS).unloaded.connect(self._on_stream_unloaded)

    def ensure(self) -> None:
        """Before a message: load the last model if none is there, unless it is suspected."""
        gone = self._host.info is None or self._leaving
        if gone and not self.under_way and not self.suspect:
            self.load_last()

    def cancel(self) -> None:
        """End the load; the resident model stays."""
        if self._stream:
            self._stream.cancel()

    def close(self) -> None:
        """An orderly end is no crash: take the note away, if it is ours."""
        if self._stream:
            _drop_note()

    # -- private --

    def _returned(self) -> int:
        """Bytes that unloading the present model would give back."""
        info = self._host.info
        return info.weights_bytes if info else 0

    def _begin(self, ticket: Ticket, name: str) -> None:
        self.cancel()
        self.suspect = None
        self._count += 1
        self._name = name
        stream = self._stream = Stream(ticket, self, CALM_MS, key=self._count)
        stream.found.connect(self._on_load_found)
        stream.progressed.connect(self._on_load_progressed)
        stream.loaded.connect(self._on_load_loaded)
        stream.failed.connect(self._on_load_failed)
        stream.done.connect(self._on_load_done)
        self.begun.emit()

    def _end(self, key: int) -> None:
        if key == self._count:  # else a later load has taken its place
            self._stream = None
            self.ended.emit()

    # -- slots --

    def _on_scan_found(self, key: int, models: tuple[Model, ...]) -> None:
        self.found.emit(models)

    def _on_shelf_found(self, key: int, told: tuple[Shelf]) -> None:
        self.weighed.emit(told[0])

    def _on_row_found(self, key: int, told: tuple[Row, Room]) -> None:
        self.foreseen.emit(*told)

    def _on_load_found(self, key: int, models: tuple[Model, ...]) -> None:
        self.found.emit(models)
        model = choose(models, self.last)
        if model and key == self._count:
            self._latest, self._name = model, model.name
            _write_note(model.path, model.name)

    def _on_stream_unloaded(self, key: int, told: Unloaded) -> None:
        self._leaving = False
        self.unloaded.emit(told)

    def _on_load_progressed(self, key: int, progress: Progress) -> None:
        if key == self._count:
            self.progressed.emit(self._name, progress)

    def _on_load_loaded(self, key: int, info: ModelInfo) -> None:
        if not info.remote:  # which no start may reach by itself
            self.last = info.path
            if key == self._count:
                self._resident = self._latest
        self.loaded.emit(info)

    def _on_load_failed(self, key: int, failure: Failed) -> None:
        if key == self._count and not failure.lost:  # the next start must not lose it again
            _drop_note()
        self.fallen = self._name if key == self._count and not self._endpoint else ""
        self.failed.emit(failure)
        self._end(key)

    def _on_load_done(self, key: int, done: Done) -> None:
        if key == self._count:
            _drop_note()
        self._end(key)


def _write_note(path: str, name: str) -> None:
    with contextlib.suppress(OSError, UserError):  # a full disk must not stop a load
        note.write(places.data() / NOTE, json.dumps([path, name]))


def _read_note() -> tuple[str, str] | None:
    try:
        path, name = json.loads((places.data() / NOTE).read_text("utf-8"))
    except (OSError, UserError, ValueError, TypeError):
        return None
    return str(path), str(name)


def _drop_note() -> None:
    with contextlib.suppress(OSError, UserError):
        (places.data() / NOTE).unlink()
