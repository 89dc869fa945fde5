"""Threads, and which backend is resident: Worker, Ticket, Host.

Anything slow is a generator of Events. A Worker thread drives it, a Ticket carries its events,
and whoever asked drains the ticket: the window on a timer, the terminal by iterating. One
persistent worker owns the GPU, so that load and reply queue behind each other.
Knows nothing about tokens, widgets or SQL.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from chatapp.chat import Done, EngineLost, Event, Failed, Found, Loaded, Progress, UserError

if TYPE_CHECKING:
    from chatapp.admission import Access
    from chatapp.chat import Backend, Holding, ModelInfo, Request
    from chatapp.course import Course
    from chatapp.endpoint import Endpoint
    from chatapp.library import Model
    from chatapp.server import Sampler
    from chatapp.settings import Loading

log = logging.getLogger(__name__)

Job = Callable[[threading.Event], Iterator[Event]]  # gets the ticket's stop flag
Rest = Callable[[], Iterator[None]]  # small steps of what to do while no job waits
Errand = Callable[[], Iterator[Event]]
Opener = Callable[["Model", "Loading"], Generator[Event, None, "Backend"]]


class Ticket:
    """The events of one job, from the worker's thread to whoever asked."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._events: deque[Event] = deque()
        self._news = threading.Condition()
        self._ended = False

    def cancel(self) -> None:
        """Ask the job to end; its last event will be Done('stopped')."""
        self.stop.set()

    def put(self, event: Event) -> None:
        """Add an event; the first Done or Failed ends the ticket and what follows is dropped."""
        with self._news:
            if self._ended:
                return
            self._events.append(event)
            self._ended = isinstance(event, (Done, Failed))
            self._news.notify_all()

    def drain(self) -> list[Event]:
        """What has come since the last call; never waits."""
        with self._news:
            events = list(self._events)
            self._events.clear()
        return events

    @property
    def ended(self) -> bool:
        """Done or Failed has been put, though perhaps not drained."""
        return self._ended

    def __iter__(self) -> Iterator[Event]:
        """Each event as it comes, the last one included."""
        while True:
            with self._news:
                # A bounded wait keeps Ctrl+C alive in the terminal.
                while not self._events:
                    if self._ended:
                        return
                    self._news.wait(0.2)
                event = self._events.popleft()
            yield event


END = object()


class Worker:
    """One persistent thread that runs jobs in turn. The thread starts with the first job."""

    def __init__(self, name: str, rest: Rest = lambda: iter(())) -> None:
        self._name = name
        self._rest = rest  # what to do after a job while no other waits
        self._jobs: queue.Queue[tuple[Job, Ticket] | None] = queue.Queue()
        self._live: set[Ticket] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, job: Job) -> Ticket:
        """Queue the job and return at once."""
        ticket = Ticket()
        if self._closed:
            ticket.put(Done("stopped"))
            return ticket
        self._live.add(ticket)
        self._jobs.put((job, ticket))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return ticket

    def close(self, deadline_s: float) -> bool:
        """Cancel everything and wait for the thread; False when it would not end in time."""
        self._closed = True
        for ticket in tuple(self._live):
            ticket.cancel()
        if self._thread is None:
            return True
        self._jobs.put(None)
        self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._jobs.get()) is not None:
            job, ticket = work
            self._drive(job, ticket)
            self._live.discard(ticket)
            del work, job, ticket  # a waiting thread must not keep a model alive
            self._idle()

    def _idle(self) -> None:
        """Take small steps until somebody asks for something."""
        steps = self._rest()
        try:
            while self._jobs.empty() and next(steps, END) is not END:
                pass
        except Exception:
            log.exception("%s: an idle job broke", self._name)
        finally:
            if isinstance(steps, Generator):
                steps.close()

    def _drive(self, job: Job, ticket: Ticket) -> None:
        """Run one job to its end and always leave a Done or Failed behind."""
        if ticket.stop.is_set():
            ticket.put(Done("stopped"))
            return
        failure: Failed | None = None
        events = job(ticket.stop)
        try:
            for event in events:
                if ticket.stop.is_set():
                    break
                ticket.put(event)
        except UserError as error:
            log.info("%s: %s", self._name, error)
            failure = error.event()
        except Exception:
            log.exception("%s: a job broke", self._name)
            failure = Failed(BUG[0], BUG[1], details=traceback.format_exc())
        finally:
            if isinstance(events, Generator):
                events.close()
        ticket.put(failure or Done("stopped" if ticket.stop.is_set() else "stop"))


BUG = ("Something went wrong in ChatApp. Your text is saved.", "Send the message again.")


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

    def reply(self, request: Request) -> Ticket:
        """Answer; waits its turn behind a load."""
        return self._gpu.submit(lambda stop: self._guarded(self._reply(request)))

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

    def serve(self, access: Access, sampler: Sampler) -> Ticket:
        """Answer other programs (`chatapp.server`) until it is cancelled."""
        return self._api.submit(lambda stop: _serve(self, access, sampler, stop))

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
        opening = self._open(model, loading)
        if self._backend and not _has_room(2 * model.bytes):
            opening = self._cleared(opening)
        backend = yield from opening
        yield from self._install(backend)

    def _connect(self, endpoint: Endpoint) -> Iterator[Event]:
        backend = yield from _open_remote(endpoint)
        yield from self._install(backend)

    def _install(self, backend: Backend) -> Iterator[Event]:
        yield from self._unload()
        self._backend = backend
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

    def _rest(self) -> Iterator[None]:
        if self._backend and not self._lost:
            yield from self._backend.rest()

    def _reply(self, request: Request) -> Iterator[Event]:
        yield from self._resident().stream(request)

    def _render(self, request: Request, borders: bool) -> Iterator[Event]:
        yield self._resident().render(request, borders)

    def _score(self, request: Request) -> Iterator[Event]:
        yield from self._resident().score(request)

    def _outlook(self, request: Request) -> Iterator[Event]:
        yield from self._resident().outlook(request)

    def _resident(self) -> Backend:
        if self._backend is None:
            raise UserError("No model is loaded.", "Choose a model at the top of the window.")
        return self._backend


# What the window can do without for its first paint is imported by the thread that needs it.


def _watch(stop: threading.Event) -> Iterator[Event]:
    from chatapp import devices

    return devices.watch(stop)


def _serve(host: Host, access: Access, sampler: Sampler, stop: threading.Event) -> Iterator[Event]:
    from chatapp import server

    return server.serve(host, access, sampler)(stop)


def _teach(asked: Course, backend: Backend | None) -> Iterator[Event]:
    from chatapp.preload import preload

    yield from preload()
    from chatapp.engine import teaching

    yield from teaching.teach(asked, teaching.borrowed(asked, backend))


def _models() -> tuple[Model, ...]:
    from chatapp import library

    return tuple(library.models())


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
