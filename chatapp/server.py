"""The local API: OpenAI's `models`, `chat/completions` and `completions` in front of a Host.

`serve` is a job like any other: a generator of Events on a thread of its own, ended by its
ticket. Each connection is a task of one asyncio loop, so that a thousand idle clients cost no
thread. The way of a request: `wire` reads its head, `admission` lets it in, its body becomes
`Asked`, a Host's ticket brings events, `wording` makes them an answer.
Off unless a person starts it. Logs routes and numbers, never what was asked or answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import socket
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from chatapp import dialect
from chatapp.admission import admit
from chatapp.chat import Done, Failed, Listening, Served, UserError
from chatapp.refusal import Refusal, refused
from chatapp.wire import Gone, Limits, Wire, measured
from chatapp.wording import Wording

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from threading import Event as Flag

    from chatapp.admission import Access
    from chatapp.chat import Event, ModelInfo
    from chatapp.host import Host
    from chatapp.settings import Sampling
    from chatapp.wire import Head
    from chatapp.work import Job, Ticket

log = logging.getLogger(__name__)

Sampler = Callable[["ModelInfo"], "Sampling"]

QUEUED = 4  # answers that may wait behind the one being written
CONNECTIONS = 256
LOOK_S = 0.01  # between two looks at a ticket
TELL_S = 0.1  # between two looks at the journal and the stop flag
NEXT_PORTS = 100
MODELS, CHAT, COMPLETIONS = "/v1/models", "/v1/chat/completions", "/v1/completions"
METHODS = {MODELS: "GET", MODELS + "/": "GET", CHAT: "POST", COMPLETIONS: "POST"}
KNOWN = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
LEFT = 499  # the status, in the journal only, of a client that did not wait
JSON = ("Content-Type", "application/json")
STREAM = ("Content-Type", "text/event-stream; charset=utf-8")


def listen(address: str, port: int) -> socket.socket:
    """A socket that takes connections. Raises UserError when the port is not free."""
    try:
        return _bound(address, port)
    except OSError as error:
        taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
    if not taken:
        raise UserError(
            "{address} is not an address of this computer.",
            "Use 127.0.0.1, or the address by which the others reach this computer.",
            address=address,
        )
    raise UserError(
        "Port {port} is in use.", "Use port {free}.", port=port, free=_free(address, port + 1)
    )


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Windows means something else by the same word: two programs on one port.
        option = "SO_EXCLUSIVEADDRUSE" if os.name == "nt" else "SO_REUSEADDR"
        found.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
        found.bind((address, port))
        found.listen(128)
        found.setblocking(False)
    except BaseException:
        found.close()
        raise
    return found


def _free(address: str, first: int) -> int:
    """The next port that nobody has; 0 when there is none near."""
    for port in range(first, min(first + NEXT_PORTS, 65536)):
        with contextlib.suppress(OSError):
            _bound(address, port).close()
            return port
    return 0


def serve(
    host: Host,
    access: Access,
    sampler: Sampler,
    limits: Limits | None = None,
    adapter: str = "",
) -> Job:
    """The job that answers until it is stopped: Listening, then one Served for each request.

    `sampler` tells what holds where a request says nothing; it is called on the job's thread.
    `adapter` is the folder of the one that answers all of them.
    The job fails where its port is not free.
    """
    limits = limits or Limits()

    def job(stop: Flag) -> Iterator[Event]:
        listener = listen(access.address, access.port)
        server = Server(host, access, sampler, limits, adapter)
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(server.start(listener))
            yield Listening(access.url)
            while not stop.is_set():
                loop.run_until_complete(asyncio.sleep(TELL_S))
                while server.journal:
                    yield server.journal.popleft()
        finally:
            loop.run_until_complete(server.close())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            listener.close()

    return job


class Server:
    """The connections, and how many answers are under way."""

    def __init__(
        self, host: Host, access: Access, sampler: Sampler, limits: Limits, adapter: str
    ) -> None:
        self._host, self._access, self._limits = host, access, limits
        self._sampler, self._adapter = sampler, adapter
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._acceptor: asyncio.Server | None = None
        self.journal: deque[Served] = deque(maxlen=1000)

    async def start(self, listener: socket.socket) -> None:
        """Take connections from this socket."""
        self._acceptor = await asyncio.start_server(self._welcome, sock=listener)

    async def close(self) -> None:
        """Take no more, and end those that are there."""
        if self._acceptor:
            self._acceptor.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- connections --

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.ensure_future(self._attend(Wire(reader, writer, self._limits)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, wire: Wire) -> None:
        """All requests of one connection."""
        try:
            while await self._next(wire):
                pass
            await wire.close()
        finally:
            wire.drop()

    async def _next(self, wire: Wire) -> bool:
        """One request; False when no other can come."""
        entry = Served(0.0, "-", "-", LEFT)
        try:
            if (head := await wire.head()) is None:
                return False
            entry = Served(time.time(), head.method if head.method in KNOWN else "-", "-", LEFT)
            admit(head, self._access)
            entry = replace(entry, route=_route(head.path))
            entry = await self._answer(wire, head, entry)
        except Gone:
            if not entry.at:
                return False
        except Refusal as refusal:
            entry = replace(entry, at=time.time(), status=refusal.status)
            await _refuse(wire, refusal)
        except Exception as error:
            # Without the error's own words, which may repeat what was asked.
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("a request broke: %s\n%s", type(error).__name__, trace)
            entry = replace(entry, status=500)
            await _refuse(wire, Refusal(500, "Something went wrong in ChatApp. Its log says what."))
        log.info("%s %s %d", entry.method, entry.route, entry.status)
        self.journal.append(entry)
        return entry.status != LEFT

    # -- requests --

    async def _answer(self, wire: Wire, head: Head, entry: Served) -> Served:
        if head.method == "POST":
            measured(head, self._limits)
        if entry.route == "-":
            raise Refusal(404, f"There are {MODELS}, {CHAT} and {COMPLETIONS}.")
        if head.method != METHODS[entry.route]:
            allowed = METHODS[entry.route]
            raise Refusal(405, f"Use {allowed}.", headers=(("Allow", allowed),))
        if head.method == "GET":
            await wire.body()  # there is none, as a rule
            await wire.answer(200, (JSON,), _encoded(self._models(head.path)))
            return replace(entry, status=200)
        with self._place():
            body = dialect.parse(await wire.body())
            usual = self._sampler(self._model(""))
            asked = dialect.read(body, entry.route == CHAT, usual)
            wording = Wording(asked, self._model(asked.model).name)
            ticket = self._host.reply(replace(asked.request, adapter=self._adapter))
            try:
                status = await (_stream if asked.stream else _tell)(wire, ticket, wording)
            finally:
                ticket.cancel()
        return replace(
            entry,
            status=status,
            prompt_tokens=wording.prompt_tokens,
            new_tokens=wording.new_tokens,
        )

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """A place in the queue for as long as a request needs one. Raises Refusal."""
        if self._under_way > QUEUED:
            raise Refusal(
                429,
                f"One answer is being written and {QUEUED} wait. Try again soon.",
                headers=(("Retry-After", "1"),),
            )
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def _model(self, name: str) -> ModelInfo:
        info = self._host.info
        if info is None:
            raise Refusal(503, "No model is loaded.")
        if info.remote:  # a program would send its words to somebody whom it does not know
            raise Refusal(503, "The model in ChatApp runs elsewhere, and answers in ChatApp only.")
        if name not in ("", info.name):
            raise Refusal(
                404, f"The model that answers here is {info.name}.", "model", "model_not_found"
            )
        return info

    def _models(self, path: str) -> dict[str, Any]:
        """The list of the one model, or the one that the path names."""
        info = self._host.info
        rows = []
        if info is not None and not info.remote:
            row = {"id": info.name, "object": "model", "created": 0, "owned_by": "chatapp"}
            rows.append(row)
        if path == MODELS:
            return {"object": "list", "data": rows}
        self._model(unquote(path.removeprefix(MODELS + "/")))
        return rows[0]


# -- one answer -----------------------------------------------------------------------------------


async def _tell(wire: Wire, ticket: Ticket, wording: Wording) -> int:
    async with contextlib.aclosing(_events(wire, ticket)) as events:
        async for event in events:
            wording.take(event)
    await wire.answer(200, (JSON,), _encoded(wording.whole()))
    return 200


async def _stream(wire: Wire, ticket: Ticket, wording: Wording) -> int:
    """Server-sent events. The status waits for the first event, which may be a failure."""
    begun = False
    try:
        async with contextlib.aclosing(_events(wire, ticket)) as events:
            async for event in events:
                chunks = wording.take(event)
                if not begun:
                    begun = True
                    await wire.begin(200, (STREAM,))
                    chunks = wording.opened() + chunks
                if chunks:
                    await wire.write(b"".join(b"data: %b\n\n" % _encoded(c) for c in chunks))
    except Refusal as refusal:
        if not begun:
            raise
        await wire.write(b"data: %b\n\n" % _encoded(refusal.told()))
        await wire.end()
        return refusal.status
    await wire.write(b"data: [DONE]\n\n")
    await wire.end()
    return 200


async def _events(wire: Wire, ticket: Ticket) -> AsyncGenerator[Event, None]:
    """What the ticket brings. Raises Gone as soon as the client has left, and Refusal."""
    leaving = asyncio.ensure_future(wire.gone())
    try:
        while True:
            for event in ticket.drain():
                match event:
                    case Failed():
                        raise refused(event)
                    case Done("stopped"):  # not by us
                        raise Refusal(503, "ChatApp is closing.")
                yield event
                if isinstance(event, Done):
                    return
            await asyncio.wait({leaving}, timeout=LOOK_S)
            if leaving.done():
                raise Gone
    finally:
        leaving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await leaving


async def _refuse(wire: Wire, refusal: Refusal) -> None:
    with contextlib.suppress(Gone):
        await wire.answer(refusal.status, (JSON, *refusal.headers), _encoded(refusal.told()))


def _route(path: str) -> str:
    """The route that a path belongs to, without what a stranger put into it; "-" for none."""
    if path in METHODS:
        return path if path != MODELS + "/" else "-"
    return MODELS + "/" if path.startswith(MODELS + "/") else "-"


def _encoded(value: Any) -> bytes:
    # ASCII: some clients take U+2028 inside a text for the end of a line.
    return json.dumps(value, separators=(",", ":")).encode("ascii")
