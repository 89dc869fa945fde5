"""Who is let in: no web page, no name but ours, nobody without the token."""

from __future__ import annotations

import itertools
import secrets

import pytest

from chatapp.admission import Access, access, admit, is_strong
from chatapp.chat import UserError
from chatapp.refusal import Refusal
from chatapp.wire import Head
from tests.asking import CHAT, TOKEN, Api, closing, running
from tests.fake import FakeBackend, words

GOOD_HOSTS = ["127.0.0.1:{}", "localhost:{}", "[::1]:{}"]
BAD_HOSTS = [
    "", "127.0.0.1", "localhost", "127.0.0.1:", "127.0.0.1:80", "127.0.0.1:{}1",
    "127.0.0.1.evil.com:{}", "evil.com:{}", "evil.com", "box.local:{}", "box.internal:{}",
    "192.168.1.5:{}", "10.0.0.1:{}", "0.0.0.0:{}", "2130706433:{}", "0x7f000001:{}", "127.1:{}",
    "[::ffff:127.0.0.1]:{}", "::1:{}", "localhost.:{}", "LOCALHOST:{}",
    "user@localhost:{}", "localhost:{}@evil.com", "127.0.0.1:{},evil.com",
]  # fmt: skip
ORIGINS = [
    None, "", "null", "http://localhost:{}", "http://127.0.0.1:{}", "http://localhost:3000",
    "https://evil.com", "file://", "app://x", "chrome-extension://abc", "tauri://localhost",
]  # fmt: skip
GOOD_TOKENS = [f"Bearer {TOKEN}", f"bearer {TOKEN}"]
BAD_TOKENS = [
    None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN,
    f"Bearer  {TOKEN}", f"Basic {TOKEN}", f"Token {TOKEN}", f"Bearer {TOKEN.upper()}",
    f"Bearer {TOKEN}, Bearer {TOKEN}", "Bearer ñ",
]  # fmt: skip
TYPES = [
    "application/json", "application/json; charset=utf-8", "text/plain", None,
    "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx",
]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "OPTIONS"]
PORT = 8642
OPEN = Access("127.0.0.1", PORT, TOKEN)


def expected(
    host: str, origin: str | None, token: str | None, kind: str | None, method: str
) -> int:
    """The table, told independently of how it is checked."""
    if host not in GOOD_HOSTS or origin is not None:
        return 403
    if token not in GOOD_TOKENS:
        return 401
    if method == "POST":
        return 200 if kind and kind.split(";")[0] == "application/json" else 415
    return 405


def head_of(host: str, origin: str | None, token: str | None, method: str) -> Head:
    pairs = {"host": host, "origin": origin, "authorization": token}
    told = [(name, value.format(PORT)) for name, value in pairs.items() if value is not None]
    return Head(method, CHAT, tuple(told))


def test_the_whole_table_of_hosts_origins_and_tokens() -> None:
    rows = itertools.product(GOOD_HOSTS + BAD_HOSTS, ORIGINS, GOOD_TOKENS + BAD_TOKENS, METHODS)
    seen = set()
    for host, origin, token, method in rows:
        try:
            admit(head_of(host, origin, token, method), OPEN)
            status = 0
        except Refusal as refusal:
            status = refusal.status
        wanted = expected(host, origin, token, "application/json", method)
        assert status == (wanted if wanted in (401, 403) else 0), (host, origin, token, method)
        seen.add(status)
    assert seen == {0, 401, 403}


def over_the_wire(
    api: Api, host: str, origin: str | None, token: str | None, kind: str | None, method: str
) -> int:
    pairs = {"Host": host, "Origin": origin, "Authorization": token, "Content-Type": kind}
    headers = {k: v.format(api.access.port) for k, v in pairs.items() if v is not None}
    latin = {name: value.encode("latin-1") for name, value in headers.items()}
    body = b'{"messages":[{"role":"user","content":"hi"}]}' if method == "POST" else b""
    response = api.send(method, CHAT, body, latin)  # type: ignore[arg-type]
    with closing(response):
        response.read()
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
        return response.status


@pytest.mark.parametrize("method", METHODS)
def test_the_table_over_the_wire(method: str) -> None:
    names = [*GOOD_HOSTS, *BAD_HOSTS]
    tokens = [GOOD_TOKENS[0], None]
    with running(FakeBackend(words(1))) as api:
        for row in itertools.product(names, [None, "null"], tokens, TYPES[1:3]):
            assert over_the_wire(api, *row, method) == expected(*row, method), row
        for token in GOOD_TOKENS + BAD_TOKENS:
            row = (GOOD_HOSTS[0], None, token, TYPES[0])
            assert over_the_wire(api, *row, method) == expected(*row, method), row
        for origin in ORIGINS:
            row = (GOOD_HOSTS[1], origin, GOOD_TOKENS[0], TYPES[0])
            assert over_the_wire(api, *row, method) == expected(*row, method), row
        for kind in TYPES:
            row = (GOOD_HOSTS[2], None, GOOD_TOKENS[0], kind)
            assert over_the_wire(api, *row, method) == expected(*row, method), row


RAW = {
    "two hosts": ("GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.com\r\n", 400),
    "no host": ("GET /v1/models HTTP/1.1\r\n", 400),
    "no host in the older protocol": ("GET /v1/models HTTP/1.0\r\n", 403),
    "an address of ours in the path": (
        "GET http://127.0.0.1:{port}/v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n", 403,
    ),
    "another address in the path": (
        "GET http://evil.com/v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n", 403,
    ),
    "a tunnel": ("CONNECT evil.com:443 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n", 403),
    "every path": ("OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n", 403),
    "a preflight": (
        "OPTIONS /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://evil.com\r\n"
        "Access-Control-Request-Method: POST\r\n", 403,
    ),
    "the token twice": (
        "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Authorization: Bearer {token}\r\n", 401,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_what_no_library_sends_is_refused(name: str) -> None:
    text, status = RAW[name]
    with running(FakeBackend(words(1))) as api:
        lines = text + "Authorization: Bearer {token}\r\n\r\n"
        with api.raw(lines.format(port=api.access.port, token=TOKEN).encode()) as client:
            answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"access-control" not in answer.lower()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{CHAT}?token={TOKEN}", {}),
        (f"{CHAT}?api_key={TOKEN}", {}),
        (CHAT, {"x_api_key": TOKEN}),
        (CHAT, {"Cookie": f"token={TOKEN}"}),
        (CHAT, {"Proxy_Authorization": f"Bearer {TOKEN}"}),
    ],
)
def test_the_token_in_another_place_is_none(path: str, headers: dict[str, str]) -> None:
    with running(FakeBackend(words(1))) as api:
        response = api.send("GET", path, b"", api.headers(Authorization=None, **headers))
        with closing(response):
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"


# -- where it may listen --------------------------------------------------------------------------


def test_without_a_token_loopback_gets_one_of_256_bits() -> None:
    first, second = access("127.0.0.1", PORT, ""), access("localhost", PORT, "")
    assert first.address == second.address == "127.0.0.1"
    assert first.token != second.token
    assert len(first.token) == 43


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "::", "", "evil.com", "127.0.0.1:80", "fe80::1%lo", "1", "127.1"]
)
def test_what_is_not_one_address_in_numbers_is_refused(address: str) -> None:
    with pytest.raises(UserError, match="one address of this computer"):
        access(address, PORT, secrets.token_urlsafe(32))


@pytest.mark.parametrize("token", ["", "secret", "a" * 64, "0123456789" * 3, "deadbeef" * 3])
def test_other_computers_need_a_strong_token(token: str) -> None:
    with pytest.raises(UserError, match="strong token"):
        access("192.168.1.5", PORT, token)


def test_a_strong_token_opens_another_address_and_its_host_name() -> None:
    opened = access("192.168.1.5", PORT, secrets.token_hex(16))
    assert not opened.is_loopback
    assert f"192.168.1.5:{PORT}" in opened.hosts
    assert access("fd00::5", PORT, secrets.token_urlsafe(16)).url == f"http://[fd00::5]:{PORT}/v1"


def test_what_chance_gives_is_strong() -> None:
    makers = (secrets.token_hex, secrets.token_urlsafe)
    assert all(is_strong(maker(16)) for maker in makers for _ in range(200))


@pytest.mark.parametrize("token", ["two words", "tökén", "a\nb", "x" * 1025])
def test_a_token_that_no_header_may_hold_is_refused(token: str) -> None:
    with pytest.raises(UserError, match="no header may"):
        access("127.0.0.1", PORT, token)


def test_the_token_is_not_in_what_is_printed_of_it() -> None:
    assert TOKEN not in repr(OPEN)
