"""A model elsewhere: what is sent, what comes back, and every way in which it can go wrong."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from chatapp import __main__, remote
from chatapp.chat import Answered, Done, Event, Failed, Loaded, Message, Request, Text, UserError
from chatapp.cut import Cut
from chatapp.endpoint import Endpoint
from chatapp.host import Host
from chatapp.line import Chunks
from chatapp.remote import Remote, checked
from chatapp.settings import Sampling
from chatapp.web import Pace, finished
from tests.asking import TOKEN, running
from tests.fake import FakeBackend, words

KEY = "canary-key-91f2"
QUICK = Pace(stall_s=0.3)
ASKED = Request((Message("user", "hi"),), Sampling(seed=3))


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def delta(text: str, row: int = 0, **more: Any) -> bytes:
    return event(choices=[{"index": row, "delta": {"content": text}, **more}])


STOP = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
USAGE = event(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 2})
DONE = b"data: [DONE]\n\n"
ANSWER = [delta("Good "), delta("day"), STOP, USAGE, DONE]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
Script = Callable[[socket.socket], None]


class Elsewhere:
    """A server of one answer, byte by byte; keeps what it was sent."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.sent: list[bytes] = []
        self.left = threading.Event()  # the client has gone
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError):  # close() ends accept()
            while True:
                client, _ = self._socket.accept()
                with client:
                    client.settimeout(20)
                    self.sent.append(self._request(client))
                    with suppress(OSError):
                        self._script(client)

    def _request(self, client: socket.socket) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw:
            if not (data := client.recv(65536)):
                return raw
            raw += data
        head, _, body = raw.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += client.recv(65536)
        return head + b"\r\n\r\n" + body

    @property
    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.sent[-1].partition(b"\r\n\r\n")[2])
        return told

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@contextmanager
def elsewhere(*pieces: bytes, script: Script | None = None) -> Iterator[Elsewhere]:
    def send(client: socket.socket) -> None:
        for piece in pieces:
            client.sendall(piece)

    there = Elsewhere(script or send)
    try:
        yield there
    finally:
        there.close()


def refusal(status: str, body: Any = None, *headers: str) -> bytes:
    raw = json.dumps(body).encode() if body is not None else b""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def remote_of(there: Elsewhere, pace: Pace = QUICK) -> Remote:
    return Remote(Endpoint(there.url, "There", "big", KEY), "big", pace)


def stream(there: Elsewhere, request: Request = ASKED) -> tuple[list[Event], UserError | None]:
    """The events but for the empty ones, and what ended them."""
    events: list[Event] = []
    try:
        events.extend(told for told in remote_of(there).stream(request) if told != Text(""))
    except UserError as error:
        return events, error
    return events, None


def text_of(events: list[Event], row: int = 0) -> str:
    return "".join(e.text for e in events if isinstance(e, Text) and e.row == row)


# -- what is sent ---------------------------------------------------------------------------------


def test_the_request_holds_the_messages_and_the_knobs_that_the_api_has() -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, max_new_tokens=9, seed=3, frequency_penalty=1.0,
                        stop_strings="END\n\\n", top_k=7, min_p=0.2)  # fmt: skip
    spoken = (
        Message("system", "Be brief."),
        Message("user", "hi"),
        Message("assistant", "<think>\nhidden\n</think>\n\nGood day"),
        Message("user", "森"),
    )
    with elsewhere(HEAD, *ANSWER) as there:
        stream(there, Request(spoken, sampling))
        assert there.sent[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
        assert f"Authorization: Bearer {KEY}".encode() in there.sent[0]
        assert there.body == {
            "model": "big", "stream": True, "stream_options": {"include_usage": True},
            "max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "seed": 3,
            "frequency_penalty": 1.0, "stop": ["END", "\n"],
            "messages": [
                {"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "Good day"}, {"role": "user", "content": "森"},
            ],
        }  # fmt: skip


def test_a_completion_goes_to_its_own_path() -> None:
    with elsewhere(HEAD, event(choices=[{"index": 0, "text": " upon"}]), DONE) as there:
        events, error = stream(there, Request((Message("user", "Once"),), Sampling(), True))
        assert there.sent[0].startswith(b"POST /v1/completions ")
        assert there.body["prompt"] == "Once"
    assert (text_of(events), error) == (" upon", None)


def test_an_answer_elsewhere_cannot_be_continued() -> None:
    with elsewhere() as there:
        half = (Message("user", "hi"), Message("assistant", "Good"))
        _, error = stream(there, Request(half, Sampling()))
        assert not there.sent
    assert "cannot continue" in str(error)


# -- what comes back ------------------------------------------------------------------------------


def test_text_comes_piece_by_piece_then_what_it_cost() -> None:
    with elsewhere(HEAD, *ANSWER) as there:
        events, error = stream(there)
    assert error is None
    assert events[:2] == [Text("Good "), Text("day")]
    done = events[-1]
    assert isinstance(done, Done)
    assert done.finish == "stop"
    assert done.stats is not None
    assert (done.stats.prompt_tokens, done.stats.new_tokens, done.stats.seed) == (7, 2, 3)


@pytest.mark.parametrize("size", [1, 3, 17])
def test_the_borders_of_packets_do_not_matter(size: int) -> None:
    raw = HEAD + b"".join([b": ping\n\n", delta("森の"), b"event: x\n", delta("朝"), STOP, DONE])
    with elsewhere(*(raw[n : n + size] for n in range(0, len(raw), size))) as there:
        events, error = stream(there)
    assert (text_of(events), error) == ("森の朝", None)


def test_lines_may_end_as_on_windows_and_chunks_may_cut_them() -> None:
    raw = b"".join(ANSWER).replace(b"\n", b"\r\n")
    chunks = [b"%x\r\n%b\r\n" % (len(raw[n : n + 10]), raw[n : n + 10])
              for n in range(0, len(raw), 10)]  # fmt: skip
    head = HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked")
    with elsewhere(head, *chunks, b"0\r\n\r\n") as there:
        events, error = stream(there)
    assert (text_of(events), error) == ("Good day", None)


def test_candidates_are_told_apart() -> None:
    ends = [event(choices=[{"index": row, "delta": {}, "finish_reason": why}])
            for row, why in enumerate(("stop", "length"))]  # fmt: skip
    asked = Request(ASKED.messages, Sampling(candidates=2))
    with elsewhere(HEAD, delta("a"), delta("b", 1), delta("x", 9), *ends, DONE) as there:
        events, error = stream(there, asked)
        assert there.body["n"] == 2
    assert error is None
    assert (text_of(events), text_of(events, 1)) == ("a", "b")
    ended = [(e.row, e.finish) for e in events if isinstance(e, Answered)]
    assert ended == [(0, "stop"), (1, "length")]


def test_a_candidate_that_is_halted_is_listened_to_no_more() -> None:
    asked = Request(ASKED.messages, Sampling(candidates=2))
    end = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    with elsewhere(HEAD, delta("a"), delta("b", 1), delta("c", 1), end, DONE) as there:
        halted: set[int] = set()
        events = []
        for each in remote_of(there).stream(asked, halted):
            events.append(each)
            if each == Text("b", 1):
                halted.add(1)
    assert (text_of(events), text_of(events, 1)) == ("a", "b")
    ended = [(e.row, e.finish) for e in events if isinstance(e, Answered)]
    assert ended == [(1, "stopped"), (0, "stop")]


def test_when_all_candidates_are_halted_the_answer_ends() -> None:
    asked = Request(ASKED.messages, Sampling(candidates=2))
    with elsewhere(HEAD, delta("a"), delta("b", 1), DONE) as there:
        events = list(remote_of(there).stream(asked, {0, 1}))
    assert not text_of(events)
    assert isinstance(events[-1], Done)
    assert events[-1].finish == "stopped"


def test_reasoning_that_comes_apart_is_put_between_its_tags() -> None:
    thoughts = [event(choices=[{"index": 0, "delta": {"reasoning_content": t}}]) for t in "ab"]
    with elsewhere(HEAD, *thoughts, delta("Yes"), STOP, DONE) as there:
        events, _ = stream(there)
    assert text_of(events) == "<think>\nab\n</think>\n\nYes"


def test_without_a_count_no_speed_is_told() -> None:
    with elsewhere(HEAD, delta("a"), delta("b"), STOP, DONE) as there:
        events, _ = stream(there)
    stats = events[-1].stats  # type: ignore[union-attr]
    assert stats is not None
    assert (stats.new_tokens, stats.tokens_per_s) == (0, 0.0)


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    broken = delta("a\u0000b").replace(b"\\u0000", b"\xff\xfe")
    with elsewhere(HEAD, broken, delta("\ud83d \u202e"), STOP, DONE) as there:
        events, error = stream(there)
    assert (text_of(events), error) == ("a\ufffd\ufffdb\ufffd \ufffd", None)


def test_ten_megabytes_in_one_event_are_taken() -> None:
    with elsewhere(HEAD, delta("x" * 10_000_000), STOP, DONE) as there:
        events, error = stream(there)
    assert (len(text_of(events)), error) == (10_000_000, None)


# -- what goes wrong ------------------------------------------------------------------------------

STATUSES = [
    (refusal("401 Unauthorized"), "There refuses the key. Correct the key."),
    (refusal("403 Forbidden"), "There refuses the key. Correct the key."),
    (refusal("429 Slow", None, "Retry-After: 7"),
     "There is asked too often. Try again in 7 s."),
    (refusal("429 Slow"), "There is asked too often. Try again later."),
    (refusal("500 Broken", {"error": {"message": "secret"}}),
     "There has trouble of its own (500). Try again later."),
    (refusal("400 Bad", {"error": {"message": "no model called big"}}),
     "There refuses the request (no model called big). "
     "Check the address, the model's name and the settings."),
    (refusal("404 Not Found"),
     "There refuses the request (404). Check the address, the model's name and the settings."),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "sentence"), STATUSES)
def test_a_status_is_told_in_a_sentence(raw: bytes, sentence: str) -> None:
    with elsewhere(raw) as there:
        events, error = stream(there)
    assert (events, str(error)) == ([], sentence)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed_and_the_key_goes_to_nobody_else(status: str) -> None:
    with elsewhere(HEAD, *ANSWER) as other:
        raw = refusal(status, None, f"Location: {other.url}/chat/completions")
        with elsewhere(raw) as there:
            _, error = stream(there)
        assert not other.sent
    assert str(error).startswith("There sends us on to another address.")


BROKEN = [
    ([delta("half")], "ended in the middle"),
    ([delta("half"), b"data: {\n\n"], "sent something that is no answer"),
    ([delta("half"), b"data: []\n\n"], "sent something that is no answer"),
    ([delta("half"), event(error={"message": "overloaded"})], "(overloaded)"),
    ([delta("half"), b"data: " + b"x" * 17_000_000], "(its answer has no end)"),
]  # fmt: skip


@pytest.mark.parametrize(("pieces", "words_of_it"), BROKEN)
def test_what_has_come_is_kept_when_the_rest_goes_wrong(
    pieces: list[bytes], words_of_it: str
) -> None:
    with elsewhere(HEAD, *pieces) as there:
        events, error = stream(there)
    assert text_of(events) == "half"
    assert words_of_it in str(error)


def waits(client: socket.socket) -> None:
    """Says nothing until the client has left."""
    client.recv(1)


def test_silence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(client: socket.socket) -> None:
        client.sendall(HEAD + delta("half"))
        waits(client)

    for script, text in ((waits, ""), (half, "half")):
        with elsewhere(script=script) as there:
            events, error = stream(there)
        assert text_of(events) == text
        assert "(no data for 0.3 s)" in str(error)


def test_nobody_there_is_told() -> None:
    with elsewhere() as there:
        pass
    _, error = stream(there)
    assert str(error).startswith("There does not answer as it should (")


def test_a_body_that_is_cut_in_a_chunk_is_told() -> None:
    head = HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked")
    first = delta("half")
    with elsewhere(head, b"%x\r\n%b\r\nff\r\ndata" % (len(first), first)) as there:
        events, error = stream(there)
    assert text_of(events) == "half"
    assert error is not None


CHUNKED = HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked")


@pytest.mark.parametrize(
    "before",
    [b"", b"HT", b"HTTP/1.1 200 OK\r\nCont", HEAD[:-2], HEAD, HEAD + delta("half"), CHUNKED,
     CHUNKED + b"1", CHUNKED + b"2\r\nda", CHUNKED + b"1\r\nd", CHUNKED + b"0\r\nTrailer"],
)  # fmt: skip
def test_stop_ends_a_wait_and_the_connection(before: bytes) -> None:
    left = threading.Event()

    def script(client: socket.socket) -> None:
        client.sendall(before)
        with suppress(OSError):
            client.recv(1)
        left.set()

    with elsewhere(script=script) as there:
        events = remote_of(there, Pace(stall_s=600)).stream(ASKED)
        while before.endswith(b"\n\n") and before != HEAD and next(events) != Text("half"):
            pass
        for _ in range(5):
            assert next(events) == Text("")  # it waits
        events.close()  # type: ignore[attr-defined]
        assert left.wait(10)


def test_stop_ends_the_wait_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def look_up(*_: Any) -> Any:
        asked.set()
        answer.wait(60)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    events = Remote(Endpoint("http://localhost:9/v1", "There"), "m").stream(ASKED)
    assert next(events) == Text("")
    assert asked.wait(10)
    events.close()  # type: ignore[attr-defined]
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "chatapp-web":
            thread.join(10)


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 10_000])
def test_chunks_are_read_wherever_they_are_cut(pieces: int) -> None:
    raw = b"5\r\nhello\r\n1;x=y\r\n \r\n10\r\nworld, all of it\r\n0\r\nT: x\r\n\r\nrest"
    chunks = Chunks()
    cut = [raw[at : at + pieces] for at in range(0, len(raw), pieces)]
    assert b"".join(map(chunks.feed, cut)) == b"hello world, all of it"
    assert chunks.ended


@pytest.mark.parametrize("raw", [b"xyz\r\n", b"-5\r\n", b"1\r\nab\r\n", b"\r\n", b"1" * 9999])
def test_what_is_no_chunk_is_a_cut(raw: bytes) -> None:
    with pytest.raises(Cut):
        Chunks().feed(raw)


def test_a_head_behind_a_passing_one_is_the_answer() -> None:
    with elsewhere(b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD, *ANSWER) as there:
        events, error = stream(there)
    assert (text_of(events), error) == ("Good day", None)


@pytest.mark.parametrize(
    "url", ["https://a..b/v1", f"https://{'a' * 64}.org/v1", "https://.a/v1", "https://a..b"]
)
def test_a_host_that_no_name_can_be_is_refused_at_once(url: str) -> None:
    with pytest.raises(UserError, match="is not an address that ChatApp may ask"):
        finished(Remote.open(Endpoint(url, "There", "m"), QUICK))


def test_endless_comments_do_not_keep_stop_from_working() -> None:
    def script(client: socket.socket) -> None:
        client.sendall(HEAD)
        while True:
            client.sendall(b": ping\n\n" * 1000)

    with elsewhere(script=script) as there:
        events = remote_of(there).stream(ASKED)
        assert all(next(events) == Text("") for _ in range(5000))
        events.close()  # type: ignore[attr-defined]


# -- as a backend ---------------------------------------------------------------------------------


def test_the_models_are_listed_and_the_first_one_answers() -> None:
    listed = refusal("200 OK", {"data": [{"id": "one"}, {"id": "two"}, {"x": 1}, 5]})
    with elsewhere(listed) as there:
        opened = finished(Remote.open(Endpoint(there.url, "There", key=KEY), QUICK))
        assert there.sent[0].startswith(b"GET /v1/models ")
    assert (opened.info.name, opened.info.remote, opened.info.path) == ("one", "There", there.url)


def test_a_connection_that_stays_open_after_its_answer_is_not_waited_for() -> None:
    def script(client: socket.socket) -> None:
        client.sendall(
            refusal("200 OK", {"data": [{"id": "one"}]}).replace(b"close", b"keep-alive")
        )
        waits(client)

    with elsewhere(script=script) as there:
        assert finished(remote.models(Endpoint(there.url), QUICK)) == ("one",)


@pytest.mark.parametrize("raw", [refusal("404 Not Found"), refusal("200 OK", ["x"])])
def test_an_endpoint_that_lists_no_models_needs_a_name(raw: bytes) -> None:
    with elsewhere(raw) as there:
        with pytest.raises(UserError, match="does not say which models"):
            finished(Remote.open(Endpoint(there.url, "There"), QUICK))
        opened = finished(Remote.open(Endpoint(there.url, model="mine"), QUICK))
    assert opened.info.name == "mine"


def test_a_wrong_key_is_told_before_anything_is_sent() -> None:
    with elsewhere(refusal("401 No")) as there:
        with pytest.raises(UserError, match="refuses the key"):
            finished(Remote.open(Endpoint(there.url, "There", "big", KEY), QUICK))
        assert b"POST" not in there.sent[0]


def test_what_only_a_local_model_can_tell_is_refused() -> None:
    backend = Remote(Endpoint("https://x/v1", "There"), "big")
    for ask in (backend.render, backend.score, backend.outlook):
        with pytest.raises(UserError, match="does not tell this"):
            ask(ASKED)


def test_a_host_answers_through_it_and_keeps_the_present_model_when_it_fails() -> None:
    host = Host()
    with running(FakeBackend(words(3))) as api:
        there = Endpoint(api.access.url, "Friend", key=TOKEN)
        events = list(host.connect(there))
        assert isinstance(events[-2], Loaded)
        assert host.info is not None
        assert (host.info.name, host.info.remote) == ("fake", "Friend")
        spoken = list(host.reply(ASKED))
        assert text_of(spoken) == "t00000 t00001 t00002 "
        assert isinstance(spoken[-1], Done)
        assert spoken[-1].stats is not None
        assert spoken[-1].stats.new_tokens == 5
        assert api.backend.requests[-1].sampling.seed == 3
        (*_, failed) = host.connect(Endpoint(api.access.url, "Friend", key="wrong"))
        assert isinstance(failed, Failed)
        assert host.info.remote == "Friend"
    assert host.close(5)


# -- the address and the key ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://example.com/v1", "ftp://x", "x", "", "https://", "https://u:p@x/v1", "https://x?k=1",
     "https://x:99999999/v1", "https://x/#a", "https://" + "x" * 300],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="is not an address that ChatApp may ask"):
        checked(Endpoint(url))


def test_an_address_is_completed() -> None:
    made = checked(Endpoint(" https://api.example.com/ ", key=" k1 \n"))
    assert (made.name, made.url, made.key) == (
        "api.example.com", "https://api.example.com/v1", "k1",
    )  # fmt: skip
    assert checked(Endpoint("http://localhost:8000/v1")).url == "http://localhost:8000/v1"
    assert "k1" not in repr(made)


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel", "a\x00"])
def test_a_key_that_no_header_may_hold_is_refused(key: str) -> None:
    with pytest.raises(UserError, match="no key has"):
        checked(Endpoint("https://x", key=key))


def test_offline_means_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match="offline"):
        finished(remote.models(Endpoint("https://192.0.2.1")))


# -- the command ----------------------------------------------------------------------------------


def test_ask_reaches_a_model_elsewhere(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    key = tmp_path / "key"
    key.write_text(TOKEN + "\n")
    with running(FakeBackend(words(2))) as api:
        url = api.access.url
        assert __main__.main(["ask", "hi", "--remote", url, "--key-file", str(key)]) == 0
        assert __main__.main(["ask", "hi", "--remote", url]) == 1
        assert __main__.main(["ask", "hi", "--remote", url, "--key-file", "/no/such"]) == 1
    told = capsys.readouterr()
    assert told.out == "t00000 t00001 \n"
    assert told.err == (
        "127.0.0.1 refuses the key. Correct the key.\n"
        "The key's file /no/such cannot be read. Check its name and permissions.\n"
    )
    assert TOKEN not in caplog.text
