"""Worker, Ticket and Host, with scripted jobs."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Generator, Iterator, Set

import pytest

from chatapp import devices, library
from chatapp import host as host_room
from chatapp.chat import (
    NO_ROWS,
    Done,
    EngineLost,
    Event,
    Failed,
    Found,
    Loaded,
    Message,
    ModelInfo,
    Outlook,
    Progress,
    Rendered,
    Request,
    Scored,
    Text,
    Token,
    UserError,
)  # fmt: skip
from chatapp.holding import Holding
from chatapp.host import Host
from chatapp.library import Model
from chatapp.settings import Loading, Sampling
from chatapp.work import Ticket, Worker

REQUEST = Request((Message("user", "hi"),), Sampling())


def info(name: str) -> ModelInfo:
    return ModelInfo(name, "", "CPU", "float32", "", 1, 1, 512, True)


class Echo:
    """Answers with the last message, a word at a time; rests in steps that it counts."""

    def __init__(self, name: str, rests: int = 0) -> None:
        self.info = info(name)
        self.closed = False
        self.holding: Holding | None = None
        self.rests = rests
        self.rested = threading.Semaphore(0)

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        for word in request.messages[-1].text.split():
            yield Text(word)
        yield Done()

    def render(self, request: Request, borders: bool = False) -> Rendered:
        return Rendered("", (), 0, 0, 0, 0)

    def score(self, request: Request) -> Iterator[Event]:
        yield Scored((Token(request.messages[-1].text, 1, 0.5),))
        yield Done()

    def outlook(self, request: Request) -> Iterator[Event]:
        yield Outlook((), ((0.25, 4.0),))
        yield Done()

    def rest(self) -> Iterator[None]:
        for _ in range(self.rests):
            self.rested.release()
            yield

    def close(self) -> None:
        self.closed = True


def opener(model: Model, loading: Loading) -> Generator[Event, None, Echo]:
    if model.name == "malformed":
        raise UserError("{file} has a damaged header.", "Download it again.", file="x")
    yield Progress("load", 1, 2)
    if model.name == "broken":
        raise UserError("{file} is damaged.", "Download it again.", file="x")
    return Echo(model.name)


def model(name: str) -> Model:
    return Model(name=name, path=name, source="folder", bytes=1, usable=True)


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("test")
    yield worker
    assert worker.close(5)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host(opener)
    yield host
    assert host.close(5)


def test_events_arrive_in_order_with_done_last(worker: Worker) -> None:
    ticket = worker.submit(lambda stop: iter([Text("a"), Text("b"), Done()]))
    assert list(ticket) == [Text("a"), Text("b"), Done()]


def test_a_job_without_done_still_ends(worker: Worker) -> None:
    assert list(worker.submit(lambda stop: iter([Text("a")]))) == [Text("a"), Done()]


def test_what_follows_done_is_dropped(worker: Worker) -> None:
    ticket = worker.submit(lambda stop: iter([Done(), Text("late")]))
    worker.close(5)
    assert ticket.drain() == [Done()]


def test_a_users_error_becomes_failed_with_its_templates(worker: Worker) -> None:
    def job(stop: threading.Event) -> Iterator[Event]:
        raise UserError("{file} is damaged.", "Download it again.", file="x")
        yield

    assert list(worker.submit(job)) == [
        Failed("{file} is damaged.", "Download it again.", (("file", "x"),))
    ]


def test_the_log_has_an_errors_sentence_without_what_a_stranger_said(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def job(stop: threading.Event) -> Iterator[Event]:
        raise UserError("The template refused ({why}).", "Try again.", why="my secret words")
        yield

    with caplog.at_level("INFO"):
        list(worker.submit(job))
    assert "The template refused ({why})." in caplog.text
    assert "secret" not in caplog.text


def test_a_bug_becomes_failed_with_details_and_the_worker_lives(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    (failed,) = list(worker.submit(lambda stop: (1 / 0 for _ in [1])))
    assert isinstance(failed, Failed)
    assert "ZeroDivisionError" in failed.details
    assert next(iter(worker.submit(lambda stop: iter([Text("alive")])))) == Text("alive")
    caplog.clear()


def test_a_job_that_breaks_before_its_first_event_ends_its_ticket(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(stop: threading.Event) -> Iterator[Event]:
        raise UserError("No.", "Ask again.")

    def explode(stop: threading.Event) -> Iterator[Event]:
        raise OSError("a circle of links")

    refused, broken = worker.submit(refuse), worker.submit(explode)
    assert [type(event) for event in (*refused, *broken)] == [Failed, Failed]
    assert next(iter(worker.submit(lambda stop: iter([Text("alive")])))) == Text("alive")
    caplog.clear()


def test_cancel_closes_the_generator_and_ends_as_stopped(worker: Worker) -> None:
    closed, started = threading.Event(), threading.Event()

    def job(stop: threading.Event) -> Iterator[Event]:
        try:
            while True:
                yield Text("x")
                started.set()
        finally:
            closed.set()

    ticket = worker.submit(job)
    assert started.wait(5)
    ticket.cancel()
    assert list(ticket)[-1] == Done("stopped")
    assert closed.is_set()


def test_a_cancelled_ticket_in_the_queue_never_starts(worker: Worker) -> None:
    gate, ran = threading.Event(), threading.Event()

    def wait(stop: threading.Event) -> Iterator[Event]:
        gate.wait(5)
        yield Done()

    def second(stop: threading.Event) -> Iterator[Event]:
        ran.set()
        yield Done()

    worker.submit(wait)
    ticket = worker.submit(second)
    ticket.cancel()
    gate.set()
    assert list(ticket) == [Done("stopped")]
    assert not ran.is_set()


def test_close_stops_an_endless_job() -> None:
    worker = Worker("test")

    def job(stop: threading.Event) -> Iterator[Event]:
        while True:
            yield Text("x")

    ticket = worker.submit(job)
    next(iter(ticket))
    assert worker.close(5)


def test_close_tells_when_a_job_will_not_end() -> None:
    worker, gate = Worker("test"), threading.Event()

    def job(stop: threading.Event) -> Iterator[Event]:
        gate.wait(5)
        yield Done()

    worker.submit(job)
    assert not worker.close(0.05)
    gate.set()
    assert worker.close(5)


def test_a_job_after_close_is_stopped_at_once() -> None:
    worker = Worker("test")
    worker.close(1)
    assert list(worker.submit(lambda stop: iter([Text("x")]))) == [Done("stopped")]


def test_drain_never_waits() -> None:
    assert Ticket().drain() == []


def test_a_load_makes_the_model_resident(host: Host) -> None:
    events = list(host.load(model("one"), Loading()))
    assert events == [Progress("load", 1, 2), Loaded(info("one")), Done()]
    assert host.info == info("one")


def test_a_reply_waits_behind_a_load(host: Host) -> None:
    host.load(model("one"), Loading())
    assert list(host.reply(REQUEST)) == [Text("hi"), Done()]


def test_a_reply_without_a_model_says_so(host: Host) -> None:
    (failed,) = host.reply(REQUEST)
    assert failed.sentence == "No model is loaded."


def test_a_broken_model_leaves_the_present_one(host: Host) -> None:
    list(host.load(model("one"), Loading()))
    assert isinstance(list(host.load(model("broken"), Loading()))[-1], Failed)
    assert next(iter(host.reply(REQUEST))) == Text("hi")


@pytest.fixture
def crowded(host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    """One model is resident, and there is no room for a second beside it."""
    monkeypatch.setattr(host_room, "_has_room", lambda needed_bytes: False)
    list(host.load(model("one"), Loading()))
    return host


def test_without_room_for_both_a_malformed_model_leaves_the_present_one(crowded: Host) -> None:
    first = crowded._backend
    assert isinstance(list(crowded.load(model("malformed"), Loading()))[-1], Failed)
    assert crowded._backend is first
    assert not first.closed
    assert next(iter(crowded.reply(REQUEST))) == Text("hi")


def test_without_room_for_both_the_present_model_goes_before_the_next_is_read(
    crowded: Host,
) -> None:
    first = crowded._backend
    assert isinstance(list(crowded.load(model("broken"), Loading()))[-1], Failed)
    assert first.closed
    assert crowded.info is None


def test_without_room_for_both_a_load_that_is_stopped_is_closed(crowded: Host) -> None:
    list(crowded.load(model("two"), Loading()))
    assert crowded.info == info("two")
    closed = []

    def endless(chosen: Model, loading: Loading) -> Generator[Event, None, Echo]:
        try:
            while True:
                yield Progress("load", 1, 2)
        finally:
            closed.append(chosen.name)

    crowded._open = endless
    ticket = crowded.load(model("three"), Loading())
    next(iter(ticket))
    ticket.cancel()
    assert list(ticket)[-1] == Done("stopped")
    assert closed == ["three"]


def test_a_model_with_a_known_problem_is_not_opened(host: Host) -> None:
    problem = UserError("config.json is damaged.", "Download it again.")
    bad = Model(name="x", path="x", source="folder", bytes=1, usable=False, problem=problem)
    assert list(host.load(bad, Loading())) == [problem.event()]


def test_switching_closes_the_model_before(host: Host) -> None:
    list(host.load(model("one"), Loading()))
    first = host._backend
    list(host.load(model("two"), Loading()))
    assert first.closed
    assert host.info == info("two")


def test_readings_are_of_the_device_that_the_model_was_loaded_on(host: Host) -> None:
    list(host.load(model("small"), Loading(device="cpu")))
    assert devices.choose("cpu") == "cpu"
    assert isinstance(list(host.load(model("broken"), Loading(device="cuda:1")))[-1], Failed)
    assert devices.choose("cpu") == "cpu"


def test_a_model_that_avoids_the_card_says_so_in_the_readings(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    avoiding = dataclasses.replace(info("small"), avoided="It runs on the CPU.")
    monkeypatch.setitem(globals(), "info", lambda name: avoiding)
    list(host.load(model("small"), Loading()))
    assert devices.read().why == "It runs on the CPU."
    assert isinstance(list(host.load(model("broken"), Loading(device="cuda:1")))[-1], Failed)
    assert devices.read().why == "It runs on the CPU."
    monkeypatch.undo()
    list(host.load(model("small"), Loading()))
    assert devices.read().why != "It runs on the CPU."


def test_the_forecast_is_held_against_the_truth_once_a_model_has_answered(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def correct(holding: Holding) -> int:
        compared.append(holding.kv_cache)
        return 1

    monkeypatch.setattr(host_room, "_correct", correct)
    held = Holding(1, 0, 0, 0, 0, 1, 9, 1, 0.0)
    list(host.load(model("one"), Loading()))
    assert host._backend is not None
    for kv_cache in (0, 7, 8):  # nothing was answered yet; then it has; that was it
        monkeypatch.setattr(host._backend, "holding", dataclasses.replace(held, kv_cache=kv_cache))
        list(host._rest())
    assert compared == [7]


def test_closing_the_host_closes_the_model() -> None:
    host = Host(opener)
    list(host.load(model("one"), Loading()))
    backend = host._backend
    assert host.close(5)
    assert backend.closed


def test_the_watch_reads_until_cancelled(host: Host) -> None:
    ticket = host.watch()
    reading = next(iter(ticket))
    ticket.cancel()
    assert reading.total_bytes
    assert list(ticket)[-1] == Done("stopped")


class Losing(Echo):
    """Loses its accelerator with the first request."""

    asked = 0

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        self.asked += 1
        raise EngineLost("It stopped.", "Wait.")
        yield


def test_a_lost_accelerator_is_told_and_not_touched_again() -> None:
    backend = Losing("a")

    def opener(chosen: Model, loading: Loading) -> Generator[Event, None, Echo]:
        yield Progress("load", 1, 2)
        return backend

    host = Host(opener)
    list(host.load(model("a"), Loading()))
    told = Failed("It stopped.", "Wait.", lost=True)
    assert [list(host.reply(REQUEST)) for _ in range(2)] == [[told], [told]]
    assert list(host.load(model("b"), Loading())) == [told]
    assert host.close(5)
    assert backend.asked == 1
    assert not backend.closed  # closing it would call the device


def test_the_last_model_is_loaded_or_the_first_usable_one(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = dataclasses.replace(model("broken"), usable=False)
    here = [broken, model("a"), model("b")]
    monkeypatch.setattr(library, "models", lambda: here)
    for path, loaded in (("b", "b"), ("broken", "a"), ("", "a")):
        events = list(host.load_last(path, Loading()))
        assert events[0] == Found(tuple(here))
        assert Loaded(info(loaded)) in events


def test_without_a_usable_model_the_last_one_is_not_loaded(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "models", list)
    assert list(host.load_last("a", Loading())) == [Found(()), Done()]


def resting(backend: Echo) -> Host:
    def opener(model: Model, loading: Loading) -> Generator[Event, None, Echo]:
        yield Progress("load", 1, 1)
        return backend

    host = Host(opener)
    list(host.load(model("one"), Loading()))
    return host


def test_the_worker_rests_after_a_reply() -> None:
    backend = Echo("one", rests=3)
    host = resting(backend)
    list(host.reply(REQUEST))
    assert all(backend.rested.acquire(timeout=5) for _ in range(3))
    assert host.close()


def test_a_reply_ends_an_endless_rest() -> None:
    backend = Echo("one", rests=10**9)
    host = resting(backend)
    assert backend.rested.acquire(timeout=5)
    assert isinstance(list(host.reply(REQUEST))[-1], Done)
    assert host.close()


def test_a_rest_that_breaks_is_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    backend = Echo("one")

    def breaks() -> Iterator[None]:
        raise RuntimeError("boom")
        yield

    backend.rest = breaks  # type: ignore[method-assign]
    host = resting(backend)
    assert isinstance(list(host.reply(REQUEST))[-1], Done)
    assert host.close()
    assert "an idle job broke" in caplog.text
    caplog.clear()


def test_a_prompt_is_rendered_by_the_model_that_is_loaded() -> None:
    host = Host(opener)
    try:
        (failed,) = host.render(REQUEST)
        assert isinstance(failed, Failed)
        list(host.load(model("one"), Loading()))
        rendered, done = host.render(REQUEST)
        assert isinstance(rendered, Rendered)
        assert isinstance(done, Done)
    finally:
        host.close(5)


def test_after_a_look_at_the_prompt_the_model_rests_again() -> None:
    echo = Echo("one", rests=2)

    def gives(model: Model, loading: Loading) -> Generator[Event, None, Echo]:
        yield Progress("load", 1, 2)
        return echo

    host = Host(gives)
    try:
        list(host.load(model("one"), Loading()))
        assert all(echo.rested.acquire(timeout=5) for _ in range(2))
        list(host.render(REQUEST))
        assert all(echo.rested.acquire(timeout=5) for _ in range(2))
    finally:
        host.close(5)


def test_looks_into_the_model_are_jobs_of_the_one_worker() -> None:
    host = Host(opener)
    try:
        list(host.load(model("one"), Loading()))
        assert [type(event) for event in host.score(REQUEST)] == [Scored, Done]
        assert [type(event) for event in host.outlook(REQUEST)] == [Outlook, Done]
    finally:
        host.close(5)
