"""The local API: the shapes that clients read, and what they may not do to us."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from chatapp import server
from chatapp.chat import Answered, Choice, Done, ModelInfo, Served, Stats, Text, Token, UserError
from chatapp.settings import Sampling
from chatapp.wire import Limits
from tests.asking import CHAT, QUESTION, TOKEN, Api, closing, running
from tests.fake import STATS, FakeBackend, words

PROMPT = {"prompt": "canary-prompt-77aa"}
COMPLETIONS = "/v1/completions"
SAID = "t00000 t00001 t00002 "
USAGE = {
    "prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17,
    "prompt_tokens_details": {"cached_tokens": 0},
}  # fmt: skip


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(words(3))


@pytest.fixture
def api(backend: FakeBackend) -> Iterator[Api]:
    with running(backend) as running_api:
        yield running_api


def get(api: Api, path: str) -> tuple[int, dict[str, Any]]:
    response = api.send("GET", path)
    with closing(response):
        return response.status, json.loads(response.read())


# -- shapes ---------------------------------------------------------------------------------------


def test_the_model_that_answers_is_listed(api: Api) -> None:
    row = {"id": "fake", "object": "model", "created": 0, "owned_by": "chatapp"}
    assert get(api, "/v1/models") == (200, {"object": "list", "data": [row]})
    assert get(api, "/v1/models/fake") == (200, row)
    assert get(api, "/v1/models/other")[0] == 404


def test_a_chat_is_one_object(api: Api) -> None:
    status, told = api.post(QUESTION | {"model": "fake", "max_tokens": 9, "temperature": 0.1})
    assert status == 200
    assert (told["object"], told["model"], told["usage"]) == ("chat.completion", "fake", USAGE)
    assert told["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": SAID, "refusal": None},
         "logprobs": None, "finish_reason": "stop"},
    ]  # fmt: skip
    request = api.backend.requests[0]
    assert (request.sampling.max_new_tokens, request.sampling.temperature) == (9, 0.1)
    assert not request.complete


def test_a_completion_is_one_object(api: Api) -> None:
    status, told = api.post(PROMPT, COMPLETIONS)
    assert (status, told["object"], told["usage"]) == (200, "text_completion", USAGE)
    assert told["choices"] == [
        {"index": 0, "text": SAID, "logprobs": None, "finish_reason": "stop"}
    ]
    assert api.backend.requests[0].complete


def test_the_adapter_of_the_server_answers_every_request(backend: FakeBackend) -> None:
    with running(backend, adapter="/adapters/letters") as api:
        api.post(QUESTION)
        api.post(PROMPT, COMPLETIONS)
    assert [request.adapter for request in backend.requests] == ["/adapters/letters"] * 2


def test_a_chat_streams_every_piece_once_and_in_order(backend: FakeBackend) -> None:
    backend.script = words(200, "length")
    with running(backend) as api:
        first, *pieces, last = api.chunks(QUESTION)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    deltas = [chunk["choices"][0]["delta"]["content"] for chunk in pieces]
    assert deltas == [f"t{n:05} " for n in range(200)]
    assert last["choices"] == [
        {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "length"}
    ]
    every = [first, *pieces, last]
    assert {chunk["object"] for chunk in every} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in every}) == 1
    assert not any("usage" in chunk for chunk in every)


def test_a_completion_streams(api: Api) -> None:
    chunks = api.chunks(PROMPT, COMPLETIONS)
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == SAID
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * 3 + ["stop"]


def test_usage_comes_in_a_chunk_of_its_own_where_it_is_wished(api: Api) -> None:
    *before, last = api.chunks(QUESTION | {"stream_options": {"include_usage": True}})
    assert (last["choices"], last["usage"]) == ([], USAGE)
    assert all(chunk["usage"] is None for chunk in before)


def of_two() -> list[Any]:
    first, second = Stats(12, 4, 5, 0.1, 0.2, 7, 512), Stats(12, 4, 9, 0.1, 0.2, 8, 512)
    return [Text("a"), Text("b", 1), Text("A"), Answered(0, "stop", first), Text("B", 1),
            Answered(1, "length", second), Done("stop", first)]  # fmt: skip


def test_candidates_are_choices_and_all_their_tokens_count(backend: FakeBackend) -> None:
    backend.script = of_two()
    with running(backend) as api:
        _, told = api.post(QUESTION | {"n": 2})
        chunks = api.chunks(QUESTION | {"n": 2})
    assert [(c["message"]["content"], c["finish_reason"]) for c in told["choices"]] == [
        ("aA", "stop"), ("bB", "length"),
    ]  # fmt: skip
    assert told["usage"]["completion_tokens"] == 14
    assert told["usage"]["prompt_tokens_details"] == {"cached_tokens": 4}
    texts = ["", ""]
    for chunk in chunks:
        (choice,) = chunk["choices"]
        texts[choice["index"]] += choice["delta"].get("content", "")
    assert texts == ["aA", "bB"]


def test_greedy_candidates_are_the_same_answer_computed_once(api: Api) -> None:
    _, told = api.post(QUESTION | {"n": 3, "temperature": 0})
    assert [choice["message"]["content"] for choice in told["choices"]] == [SAID] * 3
    assert told["usage"] == USAGE


def test_chances_are_told_where_they_are_wished(backend: FakeBackend) -> None:
    a, b = Choice("a", 1, 0.5), Choice("b", 2, 0.25)
    tokens = (Token("a", 1, 0.5, (a, b)), Token("é", 3, 0.0, (Choice("a", 1, 1.0),)))
    stats = Stats(12, 0, 2, 0.1, 0.2, 7, 512, tokens=tokens)
    backend.script = [Text("aé"), Done("stop", stats)]
    wish = QUESTION | {"logprobs": True, "top_logprobs": 1}
    with running(backend) as api:
        _, told = api.post(wish)
        last = api.chunks(wish)[-1]
        _, older = api.post(PROMPT | {"logprobs": 2}, COMPLETIONS)
        _, bare = api.post(QUESTION | {"logprobs": True})
    content = told["choices"][0]["logprobs"]["content"]
    half = {"token": "a", "logprob": pytest.approx(-0.6931, abs=1e-4), "bytes": [97]}
    assert content[0] == half | {"top_logprobs": [half]}
    assert content[1]["logprob"] == -9999.0
    assert content[1]["bytes"] == [0xC3, 0xA9]
    assert last["choices"][0]["logprobs"]["content"] == content
    lists = older["choices"][0]["logprobs"]
    assert (lists["tokens"], lists["text_offset"]) == (["a", "é"], [0, 1])
    assert list(lists["top_logprobs"][0]) == ["a", "b"]
    assert bare["choices"][0]["logprobs"]["content"][0]["top_logprobs"] == []
    assert [request.alternatives for request in backend.requests] == [1, 1, 2, 1]


def test_a_context_that_is_full_ends_as_length(backend: FakeBackend) -> None:
    backend.script = words(1, "context")
    with running(backend) as api:
        assert api.post(QUESTION)[1]["choices"][0]["finish_reason"] == "length"


def test_requests_share_a_connection(api: Api) -> None:
    connection = api.connection()
    for body in (QUESTION, {"messages": 5}, QUESTION):  # a refused one keeps it too
        connection.request("POST", CHAT, json.dumps(body), api.headers())
        response = connection.getresponse()
        response.read()
        assert response.status == (400 if body["messages"] == 5 else 200)
        sock = connection.sock
    assert sock is not None
    connection.close()


def test_a_client_that_waits_for_permission_gets_it(api: Api) -> None:
    request = api.request(QUESTION).replace(b"\r\n", b"\r\nExpect: 100-continue\r\n", 1)
    head, body = request.split(b"\r\n\r\n", 1)
    with api.raw(head + b"\r\n\r\n") as client:
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(body)
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_the_older_protocol_streams_until_the_end_of_the_connection(api: Api) -> None:
    request = api.request(QUESTION | {"stream": True}).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with api.raw(request) as client:
        answer = client.makefile("rb").read()
    assert b"chunked" not in answer
    assert answer.endswith(b"data: [DONE]\n\n")


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/", 404, None), ("GET", "/v1", 404, None), ("GET", "/v1/", 404, None),
        ("POST", "/v1/embeddings", 404, None), ("GET", "/v1/models/", 404, None),
        ("POST", "/v1/models", 405, "GET"), ("DELETE", "/v1/models/fake", 405, "GET"),
        ("GET", CHAT, 405, "POST"), ("HEAD", CHAT, 405, "POST"), ("OPTIONS", CHAT, 405, "POST"),
        ("PATCH", COMPLETIONS, 405, "POST"), ("GET", "/v1/../etc/passwd", 404, None),
    ],
)  # fmt: skip
def test_other_paths_and_methods_are_refused(
    api: Api, method: str, path: str, status: int, allowed: str | None
) -> None:
    response = api.send(method, path)
    with closing(response):
        assert (response.status, response.headers["Allow"]) == (status, allowed)
        body = response.read()
    assert method == "HEAD" or json.loads(body)["error"]["type"] == "invalid_request_error"


def test_another_model_is_not_found(api: Api) -> None:
    status, told = api.post(QUESTION | {"model": "gpt-5"})
    assert (status, told["error"]["code"]) == (404, "model_not_found")
    assert told["error"]["message"] == "The model that answers here is fake."


def test_without_a_model_the_service_is_unavailable(backend: FakeBackend) -> None:
    with running(backend, load=False) as api:
        assert api.post(QUESTION) == (
            503,
            {"error": {"message": "No model is loaded.", "type": "server_error", "param": None,
                       "code": None}},
        )  # fmt: skip
        assert get(api, "/v1/models") == (200, {"object": "list", "data": []})


def test_a_model_elsewhere_is_not_handed_on(backend: FakeBackend) -> None:
    backend.info = dataclasses.replace(backend.info, remote="Friend")
    with running(backend) as api:
        assert api.post(QUESTION)[0] == 503
        assert get(api, "/v1/models")[1]["data"] == []
    assert not backend.requests


FULL = UserError("The conversation needs {needed} tokens; {limit} fit.", "Shorten it.",
                 needed=900, limit=511)  # fmt: skip
REFUSED = UserError("This model's chat template refused the conversation ({reason}).", "Choose.",
                    reason="canary-prompt-77aa")  # fmt: skip
OF_A_FILE = UserError("{file} is damaged.", "Download it again.", file="/home/canary-path/x")
MEMORY = UserError("{device} ran out of memory.", "Shorten the context.", device="CPU")
FAILURES = [
    (FULL, 400, "The conversation needs 900 tokens; 511 fit. Shorten it."),
    (REFUSED, 400, "The model's chat template refused the conversation. "
     "Many want the roles user and assistant by turns."),
    (OF_A_FILE, 503, "The model cannot answer now. ChatApp's window or log says why."),
    (MEMORY, 503, "CPU ran out of memory. Shorten the context."),
    (RuntimeError("canary-prompt-77aa"), 500,
     "Something went wrong in ChatApp. Its log says what."),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "message"), FAILURES)
@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_is_told_without_paths_and_prompts(
    backend: FakeBackend, caplog: pytest.LogCaptureFixture, error: Exception, status: int,
    message: str, stream: bool,
) -> None:  # fmt: skip
    backend.script = [error]
    with running(backend) as api:
        answered, told = api.post(QUESTION | {"stream": stream})
    assert (answered, told["error"]["message"]) == (status, message)
    caplog.clear()


def test_a_failure_in_the_middle_of_a_stream_ends_it_with_an_error(backend: FakeBackend) -> None:
    backend.script = [Text("half"), MEMORY]
    with running(backend) as api:
        response = api.send("POST", CHAT, json.dumps(QUESTION | {"stream": True}).encode())
        with closing(response):
            *_, half, error, rest = response.read().decode().split("\n\n")
        assert next(api.events).status == 503  # type: ignore[union-attr]
    assert json.loads(half.removeprefix("data: "))["choices"][0]["delta"] == {"content": "half"}
    assert json.loads(error.removeprefix("data: "))["error"]["message"].startswith("CPU ran out")
    assert rest == ""


def test_what_is_not_said_is_as_the_model_that_answers_has_it(backend: FakeBackend) -> None:
    names = []

    def sampler(info: ModelInfo) -> Sampling:
        names.append(info.name)
        return Sampling(temperature=0.25, top_k=7)

    with running(backend, sampler=sampler) as api:
        assert api.post(QUESTION | {"top_k": 9})[0] == 200
    sampling = backend.requests[0].sampling
    assert (names, sampling.temperature, sampling.top_k) == (["fake"], 0.25, 9)


def test_our_own_fault_is_told_as_500_and_logged_without_its_words(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(body: dict[str, Any], *_: Any) -> None:
        raise KeyError(body["messages"][0]["content"])

    monkeypatch.setattr(server.dialect, "read", breaks)
    assert api.post(QUESTION)[0] == 500
    assert "KeyError" in caplog.text
    assert "canary" not in caplog.text
    caplog.clear()


# -- abuse ----------------------------------------------------------------------------------------


def test_a_body_of_100_megabytes_is_refused_and_not_kept(api: Api) -> None:
    api.post(QUESTION)
    before = psutil.Process().memory_info().rss
    length = b"Content-Length: 100000000"
    head = api.request(QUESTION).split(b"\r\n\r\n")[0]
    head = b"\r\n".join(line for line in head.split(b"\r\n") if b"Content-Length" not in line)
    with api.raw(head + b"\r\n" + length + b"\r\n\r\n") as client:
        block = bytes(1_000_000)
        for _ in range(100):
            client.sendall(block)
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"at most 8000000 bytes" in answer
    with api.raw(head + b"\r\nTransfer-Encoding: chunked\r\n\r\n") as client:
        for _ in range(10):
            client.sendall(b"f4240\r\n" + block + b"\r\n")
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 413 ")
    assert psutil.Process().memory_info().rss - before < 100_000_000


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"messages":[' + b'{"role":"user","content":"x"},' * 250_000 + b"{}]}",
        json.dumps(QUESTION | {"max_tokens": 10**12}).encode(),
        json.dumps(QUESTION | {"max_tokens": -1}).encode(),
        json.dumps(QUESTION | {"n": 10**6}).encode(),
        json.dumps(QUESTION | {"stop": ["x"] * 100_000}).encode(),
        b'{"messages":[{"role":"user","content":"a","content":"b"}]}',
        b"\xff",
    ],
    ids=["deep", "messages", "max_tokens", "negative", "n", "stops", "twice", "bytes"],
)
def test_a_hostile_body_is_refused_and_the_next_one_answered(api: Api, raw: bytes) -> None:
    assert api.post(raw)[0] == 400
    assert not api.backend.requests
    assert api.post(QUESTION)[0] == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_a_compressed_body_is_refused(api: Api, encoding: str) -> None:
    response = api.send("POST", CHAT, b"x", api.headers(Content_Encoding=encoding))
    with closing(response):
        assert response.status == 415


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100,
     b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: x\r\n\r\n", b"GET /" + b"x" * 20_000,
     b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_http_is_refused_or_dropped(api: Api, sent: bytes) -> None:
    with api.raw(sent) as client:
        client.shutdown(socket.SHUT_WR)
        answer = client.makefile("rb").read()
    assert answer[:10] in (b"HTTP/1.1 4", b"")
    assert api.post(QUESTION)[0] == 200


def test_slow_clients_are_dropped_and_others_answered(backend: FakeBackend) -> None:
    with running(backend, Limits(head_s=0.3, body_s=0.3)) as api:
        head, _ = api.request(QUESTION).split(b"\r\n\r\n", 1)
        slow = [api.raw(b"GET /v1/mod") for _ in range(50)]
        body = api.raw(head + b"\r\n\r\n{")
        assert api.post(QUESTION)[0] == 200
        assert [client.makefile("rb").read() for client in slow] == [b""] * 50
        assert body.makefile("rb").read().startswith(b"HTTP/1.1 408 ")
        for client in (*slow, body):
            client.close()


def test_beyond_256_connections_one_more_is_dropped(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 3)
    with running(backend) as api:
        idle = [api.raw(b"") for _ in range(3)]
        with api.raw(b"") as more, contextlib.suppress(ConnectionError):
            assert more.recv(1) == b""
        for client in idle:
            client.close()


def test_a_client_that_does_not_read_is_dropped(backend: FakeBackend) -> None:
    backend.script = [Text("x" * 1_000_000) for _ in range(50)] + [Done("stop", STATS)]
    with running(backend, Limits(write_s=0.2, linger_s=0.2)) as api:
        with api.raw(api.request(QUESTION | {"stream": True})):
            served = next(api.events)
        assert isinstance(served, Served)
        assert served.status == 499


def wait_for_text(client: socket.socket) -> None:
    """Until the first token of a stream is there."""
    got = b""
    while b"t00000" not in got:
        got += client.recv(4096)


@pytest.mark.parametrize("times", [20, pytest.param(500, marks=pytest.mark.full)])
def test_a_client_that_leaves_stops_its_answer(backend: FakeBackend, times: int) -> None:
    backend.gate.clear()  # no answer would ever end by itself
    with running(backend) as api:
        for stream in (True,) * times:
            with api.raw(api.request(QUESTION | {"stream": stream})) as client:
                wait_for_text(client)
        with api.raw(api.request(QUESTION)):  # nothing has come yet when this one leaves
            pass
        backend.gate.set()
        assert api.post(QUESTION)[0] == 200
        statuses = [next(api.events).status for _ in range(times + 2)]  # type: ignore[union-attr]
    assert statuses == [499] * (times + 1) + [200]


def test_four_may_wait_and_the_next_is_told_to_come_again(backend: FakeBackend) -> None:
    backend.gate.clear()
    with running(backend) as api:
        waiting = [api.raw(api.request(QUESTION)) for _ in range(5)]
        assert all(api.asked.acquire(timeout=10) for _ in waiting)
        response = api.send("POST", CHAT, json.dumps(QUESTION).encode())
        with closing(response):
            assert (response.status, response.headers["Retry-After"]) == (429, "1")
            assert json.loads(response.read())["error"]["type"] == "rate_limit_error"
        assert get(api, "/v1/models")[0] == 200  # which needs no place
        backend.gate.set()
        for client in waiting:
            with client:
                assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_closing_ends_an_answer_that_is_being_written(backend: FakeBackend) -> None:
    backend.gate.clear()
    with running(backend) as api:
        client = api.raw(api.request(QUESTION | {"stream": True}))
        wait_for_text(client)
    with client:
        rest = client.makefile("rb").read()
    assert b"[DONE]" not in rest


def test_when_the_app_closes_an_answer_says_so(backend: FakeBackend) -> None:
    backend.gate.clear()
    with running(backend) as api:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(api.post(QUESTION)))
        asking.start()
        assert api.asked.acquire(timeout=10)
        assert api.host.close(10)
        asking.join(10)
    assert answers[0][0] == 503
    assert answers[0][1]["error"]["message"] == "ChatApp is closing."


# -- the socket -----------------------------------------------------------------------------------


def test_a_port_in_use_names_the_next_free_one(api: Api) -> None:
    port = api.access.port
    with pytest.raises(UserError) as told:
        server.listen("127.0.0.1", port)
    assert str(told.value).startswith(f"Port {port} is in use. Use port ")
    server.listen("127.0.0.1", int(told.value.values["free"])).close()


def test_another_computers_address_is_refused() -> None:
    with pytest.raises(UserError, match="is not an address of this computer"):
        server.listen("192.0.2.1", 8642)


def test_a_job_whose_port_is_taken_fails_with_the_sentence(api: Api) -> None:
    job = server.serve(api.host, api.access, lambda info: Sampling())
    with pytest.raises(UserError, match="is in use"):
        next(iter(job(threading.Event())))


# -- secrets --------------------------------------------------------------------------------------


def test_neither_token_nor_prompt_is_logged_or_told(
    backend: FakeBackend, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    bodies = []
    with running(backend) as api:
        for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Origin": "null"},
                        {"Host": "evil.com"}, {"Content-Type": "text/plain"}):  # fmt: skip
            for path in (CHAT, f"{CHAT}?key={TOKEN}", f"/v1/models/{TOKEN}", f"/{TOKEN}"):
                response = api.send(
                    "POST", path, json.dumps(QUESTION).encode(), api.headers(**headers)
                )
                with closing(response):
                    bodies.append(response.read())
        wrong = [QUESTION | {"n": 99}, QUESTION | {"tools": "canary-prompt-77aa"},
                 {"messages": ["canary-prompt-77aa"]}, QUESTION | {"stop": 5}]  # fmt: skip
        bodies += [json.dumps(api.post(body)).encode() for body in wrong]
        served = [next(api.events) for _ in range(24)]
    assert "canary" not in caplog.text
    assert "canary" not in "".join(capfd.readouterr())
    assert b"canary" not in b"".join(bodies)
    assert "canary" not in repr(served)
