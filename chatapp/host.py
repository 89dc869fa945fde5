"""`Host`: the workers, and which backend is resident.

One persistent worker owns the GPU, so that load and reply queue behind each other.
Knows nothing about tokens, widgets or SQL.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from chatapp.chat import (
    NO_ROWS,
    Done,
    EngineLost,
    Event,
    Failed,
    Found,
    Loaded,
    Progress,
    Unloaded,
    UserError,
)
from chatapp.work import Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Set
    from pathlib import Path

    from chatapp.adapters import Adapter
    from chatapp.admission import Access
    from chatapp.chat import Backend, ModelInfo, Request
    from chatapp.course import Course
    from chatapp.endpoint import Endpoint
    from chatapp.holding import Holding
    from chatapp.library import Model
    from chatapp.server import Sampler
    from chatapp.settings import Loading
    from chatapp.work import Rest, Ticket

log = logging.getLogger(__name__)

Errand = Callable[[], Iterator[Event]]
Opener = Callable[["Model", "Loading"], Generator[Event, None, "Backend"]]


class Host:
    """The workers, and the one resident backend."""

    def __init__(self, opener: Opener | None = None) -> None:
        self._open = opener or _open_local
        self._gpu = Worker("chatapp-gpu", self._rest)
        self._eyes = Worker("chatapp-watch")
        self._files = Worker("chatapp-files")
        self._asks = Worker("chatapp-asks")  # the network: a question must not wait for a download
        self._fetches = Worker("chatapp-fetches")
        self._api = Worker("chatapp-api")
        self._more: list[Worker] = []
        self._backend: Backend | None = None
        self._compared = False  # its memory with what was forecast
        self._question: Ticket | None = None  # the latest to the network
        self._lost: Failed | None = None  # the accelerator is gone: nothing touches it again

    @property
    def info(self) -> ModelInfo | None:
        """What is loaded now."""
        backend = self._backend
        return backend.info if backend else None

    @property
    def holding(self) -> Holding | None:
        """What the resident model holds of the device; None = no model, or not known."""
        backend = self._backend
        return backend.holding if backend else None

    def load(self, model: Model, loading: Loading) -> Ticket:
        """Make this model the resident one. When it cannot be, the present one stays."""
        return self._gpu.submit(lambda stop: self._guarded(self._load(model, loading)))

    def load_last(self, path: str, loading: Loading) -> Ticket:
        """Look for this model and load it, or the first usable one; Found precedes the load."""
        return self._gpu.submit(lambda stop: self._guarded(self._load_last(path, loading)))

    def connect(self, endpoint: Endpoint) -> Ticket:
        """Let a model elsewhere answer. When it cannot be reached, the present one stays."""
        return self._gpu.submit(lambda stop: self._guarded(self._connect(endpoint)))

    def unload(self) -> Ticket:
        """Let go of the resident model: one Unloaded, which tells what memory came back."""
        return self._gpu.submit(lambda stop: self._guarded(self._unload_told()))

    def reply(self, request: Request, halted: Set[int] = NO_ROWS) -> Ticket:
        """Answer; waits its turn behind a load. Halted candidates end before the others."""
        return self._gpu.submit(lambda stop: self._guarded(self._reply(request, halted)))

    def render(self, request: Request, borders: bool = False) -> Ticket:
        """One Rendered: the prompt of this request; the model does not run."""
        return self._gpu.submit(lambda stop: self._guarded(self._render(request, borders)))

    def score(self, request: Request) -> Ticket:
        """Progress, then Scored: the tokens of the last message, which is an answer."""
        return self._gpu.submit(lambda stop: self._guarded(self._score(request)))

    def outlook(self, request: Request) -> Ticket:
        """Progress, then Outlook: what the next token could be."""
        return self._gpu.submit(lambda stop: self._guarded(self._outlook(request)))

    def train(self, asked: Course) -> Ticket:
        """Train: a Prepared, a Loss a step, and Trained; a reply waits until that ends.

        An adapter for the resident model is trained beside it, without a second copy. What was
        learned until a cancel is kept, and a course with `resume` goes on.
        """
        return self._gpu.submit(lambda stop: self._guarded(_teach(asked, self._backend)))

    def preview(self, asked: Course) -> Ticket:
        """One Previewed: what this course would learn; the model is not touched."""
        return self._gpu.submit(lambda stop: self._guarded(_preview(asked)))

    def merge(self, found: Adapter, base: Model, folder: Path, dtype: str = "auto") -> Ticket:
        """Progress, then Merged: a new model of this one and the adapter, in the folder."""
        return self._gpu.submit(lambda stop: _merge(found, base, folder, dtype))

    def watch(self) -> Ticket:
        """A Reading once a second until cancelled."""
        return self._eyes.submit(_watch)

    def scan(self) -> Ticket:
        """Look through the library: one Found."""
        return self._files.submit(lambda stop: iter([Found(_models())]))

    def file(self, errand: Errand) -> Ticket:
        """Run this where files may be slow."""
        return self._files.submit(lambda stop: errand())

    def ask(self, errand: Errand) -> Ticket:
        """Run this question to the network now; an earlier one ends."""
        if self._question:
            self._question.cancel()
        self._question = self._asks.submit(lambda stop: errand())
        return self._question

    def fetch(self, errand: Errand) -> Ticket:
        """Bring something from the network; one after the other."""
        return self._fetches.submit(lambda stop: errand())

    def serve(self, access: Access, sampler: Sampler, adapter: str = "") -> Ticket:
        """Answer other programs (`chatapp.server`) until it is cancelled."""
        return self._api.submit(lambda stop: _serve(self, access, sampler, adapter, stop))

    def worker(self, name: str, rest: Rest = lambda: iter(())) -> Worker:
        """One more thread, for its owner's jobs; it ends with the others."""
        self._more.append(Worker(name, rest))
        return self._more[-1]

    def close(self, deadline_s: float = 2.0) -> bool:
        """End all jobs and threads; False when one would not end in time."""
        end = time.monotonic() + deadline_s
        workers = (
            self._api,
            self._gpu,
            self._eyes,
            self._files,
            self._asks,
            self._fetches,
            *self._more,
        )
        results = [worker.close(max(0.0, end - time.monotonic())) for worker in workers]
        ended = all(results)  # a list, so that every worker was asked
        if ended and self._backend and not self._lost:
            self._backend.close()
            self._backend = None
        return ended

    def _guarded(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, as long as the accelerator lives."""
        if self._lost:
            raise self._lost.error
        try:
            yield from events
        except EngineLost as error:
            self._lost = error.event()  # not the error, whose frames hold tensors
            raise

    def _load_last(self, path: str, loading: Loading) -> Iterator[Event]:
        models = _models()
        yield Found(models)
        if model := choose(models, path):
            yield from self._load(model, loading)

    def _load(self, model: Model, loading: Loading) -> Iterator[Event]:
        if model.problem:
            raise model.problem
        before = _look_at(loading.device)
        try:
            opening = self._open(model, loading)
            if self._backend and not _has_room(2 * model.bytes):
                opening = self._cleared(opening)
            backend = yield from opening
        except BaseException:
            present = self._backend
            _look_at(before, present.info.avoided if present else "")  # it stays, and its device
            raise
        if backend.info.avoided:
            _look_at(loading.device, backend.info.avoided)
        yield from self._install(backend)

    def _connect(self, endpoint: Endpoint) -> Iterator[Event]:
        backend = yield from _open_remote(endpoint)
        yield from self._install(backend)

    def _install(self, backend: Backend) -> Iterator[Event]:
        yield from self._unload()
        self._backend, self._compared = backend, False
        yield Loaded(backend.info)
        yield Done()

    def _cleared(self, opening: Generator[Event, None, Backend]) -> Generator[Event, None, Backend]:
        """The same where there is no room for two: the present model goes once this one is checked.

        An opener tells its first Progress of the load when the files have passed and nothing is
        allocated yet, so a malformed model leaves the present one untouched.
        """
        with contextlib.closing(opening):
            while True:
                try:
                    event = next(opening)
                except StopIteration as end:
                    backend: Backend = end.value
                    return backend
                if isinstance(event, Progress) and event.stage == "load":
                    yield from self._unload()
                yield event

    def _unload(self) -> Iterator[Event]:
        backend, self._backend = self._backend, None
        if backend:
            backend.close()
        yield from ()

    def _unload_told(self) -> Iterator[Event]:
        name = self._backend.info.name if self._backend else ""
        before = _own_bytes()
        yield from self._unload()
        yield Unloaded(name, before, _own_bytes())

    def _rest(self) -> Iterator[None]:
        if self._backend and not self._lost:
            self._compare(self._backend.holding)
            yield from self._backend.rest()

    def _compare(self, holding: Holding | None) -> None:
        """The memory's forecast with the truth, once a model has answered."""
        if self._compared or holding is None or not holding.kv_cache:
            return
        self._compared = True
        if (apart := _correct(holding)) is not None:
            log.info("memory: the libraries took %+d MB against the forecast", apart // 10**6)

    def _reply(self, request: Request, halted: Set[int]) -> Iterator[Event]:
        yield from self._resident().stream(request, halted)

    def _render(self, request: Request, borders: bool) -> Iterator[Event]:
        yield self._resident().render(request, borders)

    def _score(self, request: Request) -> Iterator[Event]:
        yield from self._resident().score(request)

    def _outlook(self, request: Request) -> Iterator[Event]:
        yield from self._resident().outlook(request)

    def _resident(self) -> Backend:
        if self._backend is None:
            raise UserError(
                "No model is loaded.", "Choose a model at the top of the window.", "choose_model"
            )
        return self._backend


# What the window can do without for its first paint is imported by the thread that needs it.


def _watch(stop: threading.Event) -> Iterator[Event]:
    from chatapp import devices

    return devices.watch(stop)


def _serve(
    host: Host, access: Access, sampler: Sampler, adapter: str, stop: threading.Event
) -> Iterator[Event]:
    from chatapp import server

    return server.serve(host, access, sampler, adapter=adapter)(stop)


def _teach(asked: Course, backend: Backend | None) -> Iterator[Event]:
    from chatapp.preload import preload

    yield from preload()
    from chatapp.engine import teaching

    yield from teaching.teach(asked, teaching.borrowed(asked, backend))


def _preview(asked: Course) -> Iterator[Event]:
    from chatapp.preload import preload

    yield from preload()
    from chatapp.engine import previewing

    yield from previewing.preview(asked)


def _merge(found: Adapter, base: Model, folder: Path, dtype: str) -> Iterator[Event]:
    from chatapp.preload import preload

    yield from preload()
    from chatapp.engine import merging

    yield from merging.merge(found, base, folder, dtype)


def _own_bytes() -> int:
    """What this process holds of the graphics card, else of the computer's memory."""
    from chatapp import devices

    reading = devices.read()
    own = reading.own_gpu_bytes if reading.gpu else reading.own_bytes
    return own or 0


def _correct(holding: Holding) -> int | None:
    """By how many bytes the forecast was too low; it is no longer."""
    from chatapp import devices, memory

    return memory.compare(devices.read(), holding)


def _models() -> tuple[Model, ...]:
    from chatapp import library

    return tuple(library.models())


def _look_at(device: str, avoided: str = "") -> str:
    """Readings are of this device from now on, or of the CPU and why; the one before."""
    from chatapp import devices

    return devices.choose(device, avoided)


def _has_room(needed_bytes: int) -> bool:
    from chatapp import devices

    return needed_bytes < devices.free_bytes()


def choose(models: tuple[Model, ...], path: str) -> Model | None:
    """The usable model in this folder, else the first usable one."""
    usable = [model for model in models if model.usable]
    last = [model for model in usable if model.path == path]
    return next(iter(last or usable), None)


def _open_local(model: Model, loading: Loading) -> Generator[Event, None, Backend]:
    """The engine, imported only now: torch takes seconds and the window must not wait for it."""
    from chatapp.preload import preload

    yield from preload()
    from chatapp.engine.local import Local

    return (yield from Local.open(model, loading))


def _open_remote(endpoint: Endpoint) -> Generator[Event, None, Backend]:
    from chatapp.remote import Remote

    return (yield from Remote.open(endpoint))
