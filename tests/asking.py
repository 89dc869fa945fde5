"""A local API with a scripted backend behind it, and a client that reads answers byte by byte."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chatapp.admission import Access, access
from chatapp.chat import Event, Listening, Request
from chatapp.host import Host
from chatapp.server import Sampler, serve
from chatapp.settings import Loading, Sampling
from chatapp.wire import Limits
from chatapp.work import Ticket, Worker
from tests.fake import FakeBackend, host_of, model

TOKEN = "canary-token-5c1f"
CHAT = "/v1/chat/completions"
QUESTION = {"messages": [{"role": "user", "content": "canary-prompt-77aa"}]}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Api:
    """One running server."""

    def __init__(
        self, host: Host, backend: FakeBackend, limits: Limits, sampler: Sampler, adapter: str
    ) -> None:
        self.backend = backend
        self.host = host
        self.access: Access = access("127.0.0.1", free_port(), TOKEN)
        self.asked = threading.Semaphore(0)  # counts the requests that reached the host
        reply = host.reply

        def counted(request: Request) -> Ticket:
            ticket = reply(request)
            self.asked.release()
            return ticket

        host.reply = counted  # type: ignore[method-assign]
        self._worker = Worker("test-api")
        self._ticket = self._worker.submit(serve(host, self.access, sampler, limits, adapter))
        self.events: Iterator[Event] = iter(self._ticket)
        assert next(self.events) == Listening(self.access.url)

    def close(self) -> None:
        assert self._worker.close(10)

    # -- what a client does --

    def headers(self, **more: str | None) -> dict[str, str]:
        """Those of a good client; None takes one away."""
        usual: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.access.port}",
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": "application/json",
        }
        usual |= {name.replace("_", "-"): value for name, value in more.items()}
        return {name: value for name, value in usual.items() if value is not None}

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.access.port, timeout=30)

    def send(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """The answer, its body still to be read; the connection is the answer's own."""
        connection = self.connection()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        told = self.headers() if headers is None else headers
        for name, value in ({"Content-Length": str(len(body))} | told).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        response.connection = connection  # type: ignore[attr-defined]
        return response

    def post(self, body: dict[str, Any] | bytes, path: str = CHAT) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = self.send("POST", path, raw)
        with closing(response):
            return response.status, json.loads(response.read())

    def chunks(self, body: dict[str, Any], path: str = CHAT) -> list[Any]:
        """Every event of a stream, parsed; the last one must be [DONE]."""
        response = self.send("POST", path, json.dumps(body | {"stream": True}).encode())
        with closing(response):
            assert response.status == 200, response.read()
            assert response.headers["Content-Type"].startswith("text/event-stream")
            *events, last, rest = response.read().decode().split("\n\n")
        assert (last, rest) == ("data: [DONE]", "")
        assert all(event.startswith("data: ") and "\n" not in event for event in events)
        return [json.loads(event.removeprefix("data: ")) for event in events]

    def raw(self, sent: bytes) -> socket.socket:
        """A connection over which these bytes have gone."""
        found = socket.create_connection(("127.0.0.1", self.access.port), timeout=30)
        found.sendall(sent)
        return found

    def request(self, body: dict[str, Any], path: str = CHAT) -> bytes:
        """A good request's bytes."""
        raw = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(raw)}"]
        lines += [f"{name}: {value}" for name, value in self.headers().items()]
        return "\r\n".join([*lines, "", ""]).encode() + raw


@contextmanager
def closing(response: http.client.HTTPResponse) -> Iterator[None]:
    try:
        yield
    finally:
        response.close()
        response.connection.close()  # type: ignore[attr-defined]


@contextmanager
def running(
    backend: FakeBackend,
    limits: Limits | None = None,
    load: bool = True,
    sampler: Sampler = lambda info: Sampling(),
    adapter: str = "",
) -> Iterator[Api]:
    host = host_of(backend)
    if load:
        list(host.load(model(backend.info.name), Loading()))
    api = Api(host, backend, limits or Limits(), sampler, adapter)
    try:
        yield api
    finally:
        api.close()
        assert host.close(10)
