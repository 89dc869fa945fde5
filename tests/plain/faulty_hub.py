"""A Hub on this machine that does everything wrong on request."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Asked:
    """One request that came."""

    path: str
    headers: dict[str, str]
    start: int = 0  # of the range
    sent: int = 0  # bytes of body


Fault = Callable[["Handler", bytes, int], bool]  # True: it has answered


@dataclass
class Hub:
    """What it serves, what it was asked, and the faults to come, one for each request of a file."""

    files: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # another name in the tree
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    etag: str = '"one"'
    url: str = ""
    slow_s: float = 0.0  # after each KiB
    other: str = ""  # where another host is
    ended: threading.Event = field(default_factory=threading.Event)

    def of(self, name: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.endswith("/" + name)]

    def tree(self) -> list[dict[str, Any]]:
        entries = []
        for name, raw in self.files.items():
            entry: dict[str, Any] = {
                "type": "file", "path": self.names.get(name, name), "size": len(raw),
                "oid": hashlib.sha1(b"blob %d\0" % len(raw) + raw).hexdigest(),
            }  # fmt: skip
            if name.endswith(".safetensors"):
                entry["lfs"] = {"oid": hashlib.sha256(raw).hexdigest(), "size": len(raw)}
            entries.append(entry)
        return entries


class Handler(BaseHTTPRequestHandler):
    server: Server
    asked: Asked

    @property
    def hub(self) -> Hub:
        return self.server.hub

    def do_GET(self) -> None:
        self.asked = Asked(self.path, dict(self.headers))
        self.hub.asked.append(self.asked)
        with suppress(BrokenPipeError, ConnectionResetError):
            self._answer()

    def _answer(self) -> None:
        name = self.path.partition("?")[0].rpartition("/")[2]
        if self.path.startswith("/api/models/") and "/tree/" in self.path:
            return self.json(self.hub.tree())
        if self.path.startswith("/api/models?"):
            return self.json([{"id": "org/tiny", **self.hub.about}])
        if self.path.startswith("/api/"):
            return self.json({"id": "org/tiny", "sha": COMMIT, **self.hub.about})
        if name not in self.hub.files:
            return self.plain(404)
        raw = self.hub.files[name]
        start = self.start(len(raw))
        self.asked.start = start
        if self.hub.faults and self.hub.faults.pop(0)(self, raw, start):
            return None
        return self.file(raw, start)

    def start(self, size: int) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        fits = self.headers.get("If-Range", self.hub.etag) == self.hub.etag
        return int(found[1]) if found and fits and int(found[1]) < size else 0

    def plain(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def json(self, value: Any) -> None:
        raw = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def head(self, raw: bytes, start: int, **more: str) -> None:
        self.send_response(206 if start else 200)
        told = {"ETag": self.hub.etag, "Content-Length": str(len(raw) - start)}
        if start:
            told["Content-Range"] = f"bytes {start}-{len(raw) - 1}/{len(raw)}"
        told |= {name.replace("_", "-"): value for name, value in more.items()}
        for name, value in told.items():
            if value:
                self.send_header(name, value)
        self.end_headers()

    def file(self, raw: bytes, start: int) -> None:
        self.head(raw, start)
        self.body(raw[start:])

    def body(self, raw: bytes) -> None:
        step = 1024 if self.hub.slow_s else len(raw) or 1
        for place in range(0, len(raw), step):
            self.wfile.write(raw[place : place + step])
            self.asked.sent += len(raw[place : place + step])
            if self.hub.slow_s:
                time.sleep(self.hub.slow_s)

    def reset(self) -> None:
        """End the connection as a pulled cable does."""
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    hub: Hub

    def handle_error(self, request: object, address: object) -> None:
        pass


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub on a free port of this machine."""
    server = Server(("127.0.0.1", 0), Handler)
    server.hub = hub
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


# -- the faults -----------------------------------------------------------------------------------


def cut(at: int) -> Fault:
    """End the body after so many bytes."""

    def fault(handler: Handler, raw: bytes, start: int) -> bool:
        handler.head(raw, start)
        handler.body(raw[start : start + at])
        handler.reset()
        return True

    return fault


def status(code: int, **headers: str) -> Fault:
    def fault(handler: Handler, raw: bytes, start: int) -> bool:
        handler.plain(code, **headers)
        return True

    return fault


def whole(handler: Handler, raw: bytes, start: int) -> bool:
    """200 where a range was asked for."""
    handler.asked.start = 0
    handler.file(raw, 0)
    return True


def spoilt(handler: Handler, raw: bytes, start: int) -> bool:
    """One bit is wrong."""
    handler.file(bytes([raw[0] ^ 1]) + raw[1:], start)
    return True


def stall(handler: Handler, raw: bytes, start: int) -> bool:
    """Half a body, then silence."""
    handler.head(raw, start)
    handler.body(raw[start : (start + len(raw)) // 2])
    handler.hub.ended.wait(10)
    return True


def mute(handler: Handler, raw: bytes, start: int) -> bool:
    """Not even a header."""
    handler.hub.ended.wait(10)
    return True


def announced(length: int) -> Fault:
    """Another length than the file has."""

    def fault(handler: Handler, raw: bytes, start: int) -> bool:
        body = (raw + b"x" * length)[:length]
        handler.head(raw, start, Content_Length=str(length))
        handler.body(body)
        return True

    return fault


def endless(handler: Handler, raw: bytes, start: int) -> bool:
    """More bytes than the file has, and no length."""
    handler.head(raw, start, Content_Length="")
    handler.body(raw[start:] + b"more")
    return True


def squeezed(handler: Handler, raw: bytes, start: int) -> bool:
    """gzip, though nobody asked for it."""
    handler.head(raw, start, Content_Encoding="gzip")
    handler.body(raw[start:])
    return True


def elsewhere(handler: Handler, raw: bytes, start: int) -> bool:
    """A range, but not the one that was asked for."""
    handler.send_response(206)
    handler.send_header("Content-Range", f"bytes {start + 1}-{len(raw) - 1}/{len(raw)}")
    handler.send_header("Content-Length", str(len(raw) - start - 1))
    handler.end_headers()
    handler.body(raw[start + 1 :])
    return True


def sent_on(url: str) -> Fault:
    """Redirect to another host."""

    def fault(handler: Handler, raw: bytes, start: int) -> bool:
        handler.plain(302, Location=url)
        return True

    return fault
