"""Threads: a Worker drives one job after the other, a Ticket carries what each tells.

Anything slow is a generator of Events. Whoever asked drains the ticket: the window on a timer, the
terminal by iterating. Knows nothing about what a job does.
"""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator

from chatapp.chat import Done, Event, Failed, UserError

log = logging.getLogger(__name__)

Job = Callable[[threading.Event], Iterator[Event]]  # gets the ticket's stop flag
Rest = Callable[[], Iterator[None]]  # small steps of what to do while no job waits


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
        events: Iterator[Event] = iter(())
        try:
            events = job(ticket.stop)
            for event in events:
                if ticket.stop.is_set():
                    break
                ticket.put(event)
        except UserError as error:
            # Without its values: a template's or an endpoint's words may hold a person's.
            log.info("%s: %s", self._name, error.sentence)
            failure = error.event()
        except Exception:
            log.exception("%s: a job broke", self._name)
            trace = traceback.format_exc()
            failure = Failed(BUG[0], BUG[1], details=trace, cures=("retry",))
        finally:
            if isinstance(events, Generator):
                events.close()
        ticket.put(failure or Done("stopped" if ticket.stop.is_set() else "stop"))


BUG = ("Something went wrong in ChatApp. Your text is saved.", "Send the message again.")
