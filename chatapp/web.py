"""HTTPS with the standard library: few words, patience, and the token for one host only.

Everything that waits is a generator that yields while it waits, so that whoever drives it can stop
it. Knows nothing about models. Nothing here is called before a person asked for the network.
"""

from __future__ import annotations

import base64
import contextlib
import email.utils
import http.client
import json
import os
import random
import ssl
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from chatapp import __version__, hub_token
from chatapp.chat import UserError
from chatapp.cut import Cut, cut_of, stalled
from chatapp.foreign import parse, shown
from chatapp.line import TICK_S, Chunks, Line, aside, head
from chatapp.offline import is_offline, sign

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

Given = TypeVar("Given")

HUB = "https://huggingface.co"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
REDIRECTS = {301, 302, 303, 307, 308}
HOPS = 5
CONNECT_S = 10.0
BLOCK = 1 << 16  # bytes
JSON_LIMIT = 32_000_000  # bytes; the list of the largest repository is a tenth of it


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a transfer is. Seconds and bytes."""

    chunk_bytes: int = 8_000_000  # at most so much is sent again after a crash
    stall_s: float = 30.0  # without a byte
    wait_s: float = 1.0  # before the second try; doubled before each later one
    longest_s: float = 60.0
    tries: int = 5  # in a row without a byte
    tell_s: float = 0.1  # between two pieces of news


# -- whom to ask, and as whom ---------------------------------------------------------------------


def offline() -> bool:
    """The person, or an administrator, wants no connection."""
    return is_offline()


def refuse_offline() -> None:
    """Raises UserError when nobody may be asked."""
    if sign():
        raise UserError(
            "ChatApp is offline (HF_HUB_OFFLINE is set).",
            "Unset it to search and to download; your models work without.",
        )
    if offline():
        raise UserError(
            "ChatApp is offline.",
            "Switch “Offline” off in the preferences to search and to download; your models work "
            "without.",
        )


def endpoint() -> str:
    """The Hub, or what HF_ENDPOINT puts in its place; http only on this machine."""
    url = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or HUB
    parts = split(url)
    if parts is None:
        raise UserError(
            "HF_ENDPOINT is not an https address ({url}).",
            "Correct it, or unset it.",
            url=_bare(url),
        )
    return url


def split(url: str) -> SplitResult | None:
    """The parts of an address that may be asked, else None; http only on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")  # an empty or too long name between two dots has no address
    except ValueError:
        return None
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return parts if safe and host and parts.username is None else None


def _bare(url: str) -> str:
    """For a sentence: without a password, short."""
    return shown(url.rpartition("@")[2])


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def is_endpoint(url: str) -> bool:
    """The same scheme, host and port: only there does the token go."""
    return _origin(urlsplit(url)) == _origin(urlsplit(endpoint()))


# -- one request ----------------------------------------------------------------------------------


class Answer:
    """Status and headers of a response whose body is still to be read."""

    def __init__(self, url: str, response: http.client.HTTPResponse, line: Line) -> None:
        self.url = url
        self.status = response.status
        self.headers = response.headers
        self._chunks = Chunks() if response.chunked else None
        self._left = response.length  # bytes; None = until the connection ends, or in chunks
        self._line = line

    def read(self, limit: int) -> bytes | None:
        """Some bytes; none at the end; None when nothing came within a tick. Raises Cut."""
        if self._left == 0 or (self._chunks and self._chunks.ended):
            return b""  # though the server may keep the connection open
        try:
            raw = self._line.read(limit if self._left is None else min(limit, self._left))
        except OSError as error:
            raise cut_of(error) from error
        if raw is None or self._chunks is None:
            if self._left is not None:
                self._left -= len(raw or b"")
            return raw
        if not raw:
            raise Cut("the connection was cut")
        return self._chunks.feed(raw) or (b"" if self._chunks.ended else None)

    def close(self) -> None:
        """Drop the connection, whatever is still to come."""
        self._line.close()


def ask(
    url: str, pace: Pace, headers: Mapping[str, str] | None = None
) -> Generator[None, None, Answer]:
    """GET, redirects followed; the token goes to the endpoint only. Raises Cut and UserError."""
    refuse_offline()
    for _ in range(HOPS):
        answer = yield from send(url, pace, _headers(url, headers or {}))
        if answer.status not in REDIRECTS:
            return answer
        answer.close()
        url = _target(url, answer.headers.get("Location", ""))
    raise Cut("the server sends us on too often")


def _headers(url: str, more: Mapping[str, str]) -> dict[str, str]:
    told = {"User-Agent": f"chatapp/{__version__}", "Accept-Encoding": "identity", **more}
    if is_endpoint(url) and (secret := hub_token.read()):
        told["Authorization"] = f"Bearer {secret}"
    return told


def _target(url: str, location: str) -> str:
    """Where a redirect leads; never from https to http."""
    try:
        target = urljoin(url, location)
    except ValueError:
        target = ""
    parts = split(target)
    if parts is None or (parts.scheme == "http" and urlsplit(url).scheme == "https"):
        raise UserError(
            "{host} sends us on to an unsafe address.",
            "Try again later, or from another network.",
            host=urlsplit(url).hostname or "",
        )
    return target


def send(
    url: str, pace: Pace, headers: dict[str, str], body: bytes | None = None
) -> Generator[None, None, Answer]:
    """GET, or POST with a body, of one address; nothing is followed. Raises Cut and UserError."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection, by_proxy = _connection(parts, pace, headers)
    method = "GET" if body is None else "POST"

    def open_line() -> Line:
        connection.connect()
        connection.sock.settimeout(pace.stall_s)
        connection.request(method, url if by_proxy else path, body, headers)
        return Line(connection.sock)

    try:
        line = yield from aside(open_line, connection.close)
        response = yield from head(line, pace.stall_s)
        return Answer(url, response, line)
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise UserError(
            "The certificate of {host} cannot be trusted.",
            "Check this computer's clock, and the network's proxy.",
            host=parts.hostname or "",
        ) from error
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        connection.close()
        raise cut_of(error) from error
    except BaseException:
        connection.close()
        raise


def _connection(
    parts: SplitResult, pace: Pace, headers: dict[str, str]
) -> tuple[http.client.HTTPConnection, bool]:
    """To the host or to its proxy; the flag says that the proxy wants the whole address."""
    host, timeout = parts.hostname or "", min(CONNECT_S, pace.stall_s)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    proxy = _proxy(parts)
    if proxy is None:
        return kind(host, parts.port, timeout=timeout), False
    connection = kind(proxy.hostname or "", proxy.port or 80, timeout=timeout)
    login = {}
    if proxy.username is not None:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        login["Proxy-Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    if parts.scheme == "https":
        connection.set_tunnel(host, parts.port or 443, login)
        return connection, False
    headers.update(login)
    return connection, True


def _proxy(parts: SplitResult) -> SplitResult | None:
    """The system's proxy for this host."""
    found = urllib.request.getproxies()
    told = found.get(parts.scheme) or found.get("all") or ""
    if not told or parts.hostname in LOOPBACK or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    try:
        proxy = urlsplit(told if "://" in told else f"http://{told}")
        (proxy.hostname or "").encode("idna")
        usable = proxy.scheme == "http" and proxy.hostname and proxy.port is not False
    except ValueError:
        usable, proxy = None, urlsplit("")
    if not usable:
        raise UserError(
            "The proxy {proxy} is of a kind that ChatApp does not speak to.",
            "Set https_proxy to an http:// proxy.",
            proxy=_bare(told),
        )
    return proxy


# -- patience -------------------------------------------------------------------------------------


class Patience:
    """Waits longer after each fault, then gives up with a sentence."""

    def __init__(self, url: str, pace: Pace, keeps: bool = False) -> None:
        """`keeps`: what has come stays, which a sentence then tells."""
        self._host = urlsplit(url).hostname or ""
        self._keeps = keeps
        self._through = _proxy(urlsplit(url))
        self._pace = pace
        self.faults = 0  # in a row

    def renew(self) -> None:
        """Something came: faults before it do not count any more."""
        self.faults = 0

    def wait(self, fault: Cut) -> Generator[float, None, None]:
        """Until the next try; yields the seconds that are left. Raises UserError without one."""
        self.faults += 1
        pace = self._pace
        # Full doubling with half of it by chance, so that many clients do not come back at once.
        longest = min(pace.wait_s * 2 ** (self.faults - 1), pace.longest_s)
        seconds = longest * random.uniform(0.5, 1.0)
        if fault.after_s is not None:
            seconds = max(fault.after_s, 0.0)
        if self.faults >= pace.tries or seconds > 5 * pace.longest_s:
            raise self._given_up(fault, seconds)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            yield left
            time.sleep(min(left, TICK_S))

    def _given_up(self, fault: Cut, seconds: float) -> UserError:
        if fault.after_s is not None:
            return UserError(
                "{host} is asked too often.",
                "Try again in {seconds} s; what has come is kept."
                if self._keeps
                else "Try again in {seconds} s.",
                host=self._host,
                seconds=round(seconds),
            )
        if self._through is not None:
            return UserError(
                "{host} does not answer through the proxy {proxy} ({why}).",
                "Check the proxy, then try again; what has come is kept."
                if self._keeps
                else "Check the proxy, then try again.",
                host=self._host,
                proxy=self._through.hostname or "",
                why=fault.why,
            )
        return UserError(
            "{host} does not answer as it should ({why}).",
            "Check the network, then try again; what has come is kept."
            if self._keeps
            else "Check the network, then try again.",
            host=self._host,
            why=fault.why,
        )


def passing(answer: Answer) -> Cut | None:
    """The fault of a status that may be gone at the next try."""
    if answer.status == 429:
        return Cut("the server asks to wait", retry_after(answer))
    if answer.status >= 500:
        return Cut(
            "the server has trouble, error {status}", retry_after(answer), status=answer.status
        )
    if answer.status in (408, 416):
        return Cut("the server says {status}", retry_after(answer), status=answer.status)
    return None


def retry_after(answer: Answer) -> float | None:
    """Seconds, from a number or a date."""
    told = answer.headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return float(told[:9])
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - time.time())
    return 0.0 if answer.status == 429 and told else None


def get(url: str, pace: Pace) -> Generator[None, None, tuple[Answer, Any]]:
    """A JSON answer, tried again where that helps; (answer, None) where the status is not 200."""
    patience = Patience(url, pace)
    while True:
        try:
            return (yield from _get(url, pace))
        except Cut as fault:
            for _ in patience.wait(fault):
                yield


def _get(url: str, pace: Pace) -> Generator[None, None, tuple[Answer, Any]]:
    answer = yield from ask(url, pace)
    try:
        if fault := passing(answer):
            raise fault
        if answer.status != 200:
            return answer, None
        raw = yield from whole(answer, pace)
    finally:
        answer.close()
    try:
        return answer, parse(raw)
    except (ValueError, json.JSONDecodeError) as error:  # a captive portal, or half an answer
        raise Cut("its answer is not JSON") from error


def whole(answer: Answer, pace: Pace, limit: int = JSON_LIMIT) -> Generator[None, None, bytes]:
    """All of a body, at most `limit` bytes. Raises Cut."""
    raw, heard = bytearray(), time.monotonic()
    while (data := answer.read(BLOCK)) != b"":
        if data is None:
            if time.monotonic() - heard > pace.stall_s:
                raise stalled(pace.stall_s)
            yield
            continue
        heard = time.monotonic()
        raw += data
        if len(raw) > limit:
            raise Cut("its answer has no end")
    return bytes(raw)


def finished(steps: Generator[Any, None, Given]) -> Given:
    """Drive to the end, waiting; what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
