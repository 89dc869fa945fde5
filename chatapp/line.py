"""The bytes of one HTTP connection as they come, never waited for longer than a tick.

http.client waits for a whole head and a whole line of a chunk, for as long as the other side likes;
here whoever drives us gets the word back in between. Knows nothing about what is asked.
"""

from __future__ import annotations

import http.client
import io
import queue
import re
import selectors
import ssl
import threading
import time
from typing import TYPE_CHECKING, TypeVar, cast

from chatapp.cut import Cut, stalled

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator

Given = TypeVar("Given")

TICK_S = 0.1  # how long a wait lasts
LONGEST_LINE = 4096  # bytes, between two chunks
LONGEST_HEAD = 256_000  # bytes
HEAD_BLOCK = 1 << 16
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_PASSING = re.compile(rb"HTTP/1\.\d 1\d\d")  # "100 Continue": another head follows
_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}")


class Line:
    """A connected socket, read in small steps."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._held = b""
        sock.setblocking(False)

    def put_back(self, raw: bytes) -> None:
        """The next that is read."""
        self._held = raw + self._held

    def read(self, limit: int) -> bytes | None:
        """What is here; none at the end; None when nothing came within a tick. Raises OSError."""
        if self._held:
            held, self._held = self._held[:limit], self._held[limit:]
            return held
        raw = self._received(limit)
        if raw is None and self._waits():
            raw = self._received(limit)
        return raw

    def close(self) -> None:
        """Drop the connection."""
        self._socket.close()

    def _received(self, limit: int) -> bytes | None:
        try:
            return self._socket.recv(limit)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except ssl.SSLEOFError:
            return b""

    def _waits(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return bool(selector.select(TICK_S))


class Chunks:
    """Takes the frame of `Transfer-Encoding: chunked` off, wherever the pieces are cut."""

    def __init__(self) -> None:
        self._line = b""  # the beginning of one
        self._left = 0  # bytes of the chunk
        self._closing = False  # the line break behind a chunk is next
        self._last = False  # only trailers follow
        self.ended = False

    def feed(self, raw: bytes) -> bytes:
        """What of it belongs to the body. Raises Cut."""
        body = bytearray()
        while raw and not self.ended:
            if self._left:
                body += raw[: self._left]
                taken = min(len(raw), self._left)
                self._left -= taken
                self._closing = not self._left
                raw = raw[taken:]
                continue
            first, found, raw = raw.partition(b"\n")
            self._line += first
            if len(self._line) > LONGEST_LINE:
                raise Cut("its answer has no end")
            if found:
                self._end_line(self._line.strip())
                self._line = b""
        return bytes(body)

    def _end_line(self, line: bytes) -> None:
        if self._closing:
            self._closing = False
            if line:
                raise Cut("the bytes were repacked on the way")
            return
        if self._last:
            self.ended = not line
            return
        size = _SIZE.fullmatch(line.partition(b";")[0].strip())
        if size is None:
            raise Cut("the bytes were repacked on the way")
        self._left = int(size[0], 16)
        self._last = not self._left


class _Heard:
    """A head that has come, in the shape from which http.client reads it."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def makefile(self, mode: str) -> io.BufferedReader:
        """As a socket's."""
        return io.BufferedReader(io.BytesIO(self._head))


def aside(work: Callable[[], Given], undo: Callable[[], None]) -> Generator[None, None, Given]:
    """Let a thread do what can only be waited for: a name, a connection, a long request.

    Closing the generator does not wait for it; `undo` is called when it has ended.
    """
    done: queue.SimpleQueue[Given | BaseException] = queue.SimpleQueue()
    given_up = threading.Event()

    def run() -> None:
        try:
            done.put(work())
        except BaseException as error:  # raised again where it is waited for
            done.put(error)
        if given_up.is_set():
            undo()

    thread = threading.Thread(target=run, name="chatapp-web", daemon=True)
    thread.start()
    try:
        while True:
            thread.join(TICK_S)
            if not thread.is_alive():
                break
            yield
    except GeneratorExit:
        given_up.set()
        raise
    outcome = done.get()
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def head(line: Line, stall_s: float) -> Generator[None, None, http.client.HTTPResponse]:
    """Status and headers, however slowly they come. Raises Cut, OSError and HTTPException."""
    held, heard = b"", time.monotonic()
    while True:
        end = _HEAD_END.search(held)
        if end is not None:
            response = http.client.HTTPResponse(cast("socket.socket", _Heard(held[: end.end()])))
            held = held[end.end() :]
            if not _PASSING.match(response.fp.peek(16)):
                response.begin()
                line.put_back(held)
                return response
            continue
        raw = line.read(HEAD_BLOCK)
        if raw == b"":
            raise Cut("the connection was cut")
        if raw is None:
            if time.monotonic() - heard > stall_s:
                raise stalled(stall_s)
            yield
            continue
        held, heard = held + raw, time.monotonic()
        if len(held) > LONGEST_HEAD:
            raise Cut("its answer has no end")
