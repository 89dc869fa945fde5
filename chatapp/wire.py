"""One HTTP/1.1 connection of a client to us, within limits of size and time.

h11 reads and writes the protocol; here are the bytes, the patience and the end. Nothing is waited
for without a deadline, and a client that leaves is noticed while it is being answered.
Knows nothing about who may ask, JSON or models.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import h11

from chatapp.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

Given = TypeVar("Given")
Headers = tuple[tuple[str, str], ...]

BLOCK = 1 << 16  # bytes
ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long. Bytes and seconds."""

    head_bytes: int = 16_384
    body_bytes: int = 8_000_000
    head_s: float = 10.0  # from the first wait to the last byte of it
    body_s: float = 20.0
    write_s: float = 30.0  # for a client that does not take what it asked for
    linger_s: float = 2.0  # for what a refused client is still sending


class Gone(Exception):
    """The client has left, or is too slow to be waited for."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines of a request. Header names are in small letters."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """Without what stands behind a question mark."""
        return self.target.partition("?")[0]

    def all(self, name: str) -> list[str]:
        """Every value of this header."""
        return [value for key, value in self.headers if key == name]


class Wire:
    """Requests one after another: `head`, perhaps `body`, then `answer` or `begin ... end`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits
    ) -> None:
        self._reader, self._writer, self._limits = reader, writer, limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)
        self._bare = False  # an answer to HEAD has no body

    async def head(self) -> Head | None:
        """The next request; None when no other comes. Raises Gone, and Refusal for no HTTP."""
        if self._http.our_state is not h11.IDLE:
            if not self._http.our_state is self._http.their_state is h11.DONE:
                return None  # a body that nobody wanted, or what was no HTTP
            self._http.start_next_cycle()
        event = await self._within(self._limits.head_s, self._event())
        if not isinstance(event, h11.Request):
            return None
        pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in event.headers]
        self._bare = event.method == b"HEAD"
        return Head(event.method.decode("ascii"), event.target.decode("latin-1"), tuple(pairs))

    async def body(self) -> bytes:
        """All of it. Raises Refusal when it is too large or too slow, and Gone."""
        try:
            return await asyncio.wait_for(self._body(), self._limits.body_s)
        except asyncio.TimeoutError:
            raise Refusal(408, f"The body took more than {self._limits.body_s:g} s.") from None

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """A whole answer. Raises Gone."""
        await self.begin(status, (*headers, ("Content-Length", str(len(body)))))
        if not self._bare:
            await self.write(body)
        await self.end()

    async def begin(self, status: int, headers: Headers) -> None:
        """Status and headers; without a length the body ends with `end`."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            raise Gone
        about = [("Date", email.utils.formatdate(usegmt=True)), *ALWAYS, *headers]
        if self._http.their_state is not h11.DONE:
            about.append(("Connection", "close"))
        reason = HTTPStatus(status).phrase.encode("ascii")
        await self._send(h11.Response(status_code=status, headers=about, reason=reason))

    async def write(self, piece: bytes) -> None:
        """A piece of the body."""
        await self._send(h11.Data(data=piece))

    async def end(self) -> None:
        """The body is complete."""
        await self._send(h11.EndOfMessage())

    async def gone(self) -> None:
        """Return once the client has left; it may send its next request meanwhile."""
        ahead = 0
        with contextlib.suppress(OSError):
            while (data := await self._reader.read(BLOCK)) and ahead < BLOCK:
                ahead += len(data)
                self._http.receive_data(data)

    async def close(self) -> None:
        """End our side, and read for a while what the client still sends; then `drop`.

        Ending with unread bytes would make the system forget our answer before it is read.
        """
        with contextlib.suppress(OSError, Gone):
            self._writer.write_eof()
            await self._within(self._limits.linger_s, self._ignore())

    def drop(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    async def _ignore(self) -> None:
        while await self._reader.read(BLOCK):
            pass

    async def _body(self) -> bytes:
        limit = self._limits.body_bytes
        if self._http.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > limit:
                raise too_large(limit)
        if not isinstance(event, h11.EndOfMessage):
            raise Gone
        return bytes(body)

    async def _event(self) -> Any:
        """h11's next event of the client."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(BLOCK))
        except OSError:
            raise Gone from None
        except h11.RemoteProtocolError as error:
            if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
                raise Gone from None
            raise Refusal(error.error_status_hint, "This is not an HTTP/1.1 request.") from None
        return event

    async def _send(self, event: h11.Event) -> None:
        try:
            self._writer.write(self._http.send(event) or b"")
            await self._within(self._limits.write_s, self._writer.drain())
        except OSError:
            raise Gone from None

    async def _within(self, seconds: float, work: Coroutine[Any, Any, Given]) -> Given:
        try:
            return await asyncio.wait_for(work, seconds)
        except asyncio.TimeoutError:
            raise Gone from None


def measured(head: Head, limits: Limits) -> None:
    """Raise Refusal when the head says already that the body is no JSON, or too large."""
    kinds = [value.partition(";")[0].strip().lower() for value in head.all("content-type")]
    packed = [value for value in head.all("content-encoding") if value.lower() != "identity"]
    if kinds != ["application/json"] or packed:
        raise Refusal(415, "The body must be application/json, not compressed.")
    sizes: Sequence[str] = head.all("content-length")
    if any(len(size) > 18 or int(size) > limits.body_bytes for size in sizes):
        raise too_large(limits.body_bytes)


def too_large(limit_bytes: int) -> Refusal:
    """The error for a body that is too large."""
    return Refusal(413, f"The body may have at most {limit_bytes} bytes.")
