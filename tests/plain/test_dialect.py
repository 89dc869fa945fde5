"""What may be asked: every field is understood or refused by name, every bound is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chatapp import settings
from chatapp.chat import Message
from chatapp.dialect import DEEPEST, KNOBS, Asked, parse, read
from chatapp.refusal import Refusal
from chatapp.settings import Sampling

MESSAGES = [{"role": "user", "content": "hi"}]


def chat(**fields: Any) -> Asked:
    return read({"messages": MESSAGES} | fields, True, Sampling())


def refusal(**fields: Any) -> Refusal:
    with pytest.raises(Refusal) as told:
        chat(**fields)
    return told.value


def test_every_field_reaches_its_knob() -> None:
    asked = chat(
        temperature=0.5, top_p=0.5, max_tokens=7, seed=3, presence_penalty=1, frequency_penalty=-1,
        n=2, top_k=5, min_p=0.1, repetition_penalty=1.5, thinking="on", when_full="stop",
        stop=["\n", "a\\b", "\t"], logit_bias={"42": -100, "7": 1.5},
    )  # fmt: skip
    sampling = asked.request.sampling
    assert [getattr(sampling, name) for name in dict.fromkeys(KNOBS.values())] == [
        0.5, 0.5, 7, 3, 1.0, -1.0, 2, 5, 0.1, 1.5, "on", "stop",
    ]  # fmt: skip
    assert settings.stops(sampling.stop_strings) == ("\n", "a\\b", "\t")
    assert settings.biases(sampling.logit_bias) == ((42, -100.0), (7, 1.5))


def test_what_is_not_said_is_as_usual() -> None:
    usual = Sampling(temperature=0.2, seed=9)
    asked = read({"messages": MESSAGES, "temperature": None}, True, usual)
    assert asked.request.sampling == usual
    assert (asked.stream, asked.tell_usage, asked.likeliest) == (False, False, None)


@pytest.mark.parametrize("field", sorted(KNOBS))
def test_a_bound_is_named_in_the_refusal(field: str) -> None:
    knob = settings.knobs(Sampling)[KNOBS[field]]
    if knob.choices:
        assert f"{field} must be one of" in refusal(**{field: "much"}).message
        return
    assert knob.low is not None
    assert knob.high is not None
    for value in (knob.low - 1, knob.high + 1, 10**12, 1e300, -(10**400)):
        told = refusal(**{field: value})
        assert told.status == 400
        assert told.param == field
        assert told.message.startswith(f"{field} must be ")
        assert f"{knob.low:g} and {knob.high:.10g}" in told.message or value == -(10**400)


@pytest.mark.parametrize("field", [f for f in sorted(KNOBS) if f not in ("thinking", "when_full")])
@pytest.mark.parametrize("value", ["0.5", True, [], {}, "x"])
def test_what_is_no_number_is_refused(field: str, value: Any) -> None:
    assert refusal(**{field: value}).message == f"{field} must be a number."


def test_half_a_token_is_refused() -> None:
    assert refusal(max_tokens=1.5).message == "max_tokens must be a whole number."
    assert chat(max_tokens=16.0).request.sampling.max_new_tokens == 16


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tools", [{"type": "function"}]), ("functions", []), ("response_format", {"type": "json"}),
        ("chat_template_kwargs", {}), ("echo", True), ("best_of", 2), ("store", True),
        ("prompt", "x"), ("guided_json", {}), ("audio", {}), ("", 1), ("__proto__", 1),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_by_name(field: str, value: Any) -> None:
    told = refusal(**{field: value})
    assert (told.status, told.param, told.code) == (400, field, "unsupported_parameter")
    assert told.message == f"Not supported: {field}."


@pytest.mark.parametrize(
    ("field", "value"),
    [("tools", []), ("response_format", {"type": "text"}), ("store", False), ("user", "me"),
     ("tools", None), ("anything", None)],
)  # fmt: skip
def test_a_field_that_asks_for_nothing_is_taken(field: str, value: Any) -> None:
    assert chat(**{field: value}) == chat()


@pytest.mark.parametrize("stop", [5, [5], "", [""], ["x"] * 9, "x" * 65, ["x"] * 100_000, {"a": 1}])
def test_stops_beyond_their_bounds_are_refused(stop: Any) -> None:
    assert refusal(stop=stop).message == "stop may be 8 texts of 1 to 64 characters."


@pytest.mark.parametrize(
    "bias",
    [[], {"x": 1}, {"-1": 1}, {"1": 101}, {"1": "2"}, {"1": True}, {"²": 1}, {"9" * 10: 1},
     {str(n): 1 for n in range(301)}],
)  # fmt: skip
def test_biases_beyond_their_bounds_are_refused(bias: Any) -> None:
    assert refusal(logit_bias=bias).param == "logit_bias"


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        (None, "messages"), ([], "messages"), ("hi", "messages"), ({}, "messages"),
        ([{}] * 10_001, "messages"), ([{"role": "user", "content": ""}], "messages"),
        (["hi"], "messages[0]"), ([{"content": "x"}], "messages[0].role"),
        ([{"role": "tool", "content": "x"}], "messages[0].role"),
        ([{"role": ["user"], "content": "x"}], "messages[0].role"),
        ([*MESSAGES, {"role": "user"}], "messages[1].content"),
        ([{"role": "user", "content": "x", "name": "n"}], "messages[0].name"),
        ([{"role": "assistant", "content": "x", "tool_calls": [{}]}], "messages[0].tool_calls"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}],
         "messages[0].content[0]"),
        ([{"role": "user", "content": [{"type": "text", "text": 5}]}],
         "messages[0].content[0].text"),
    ],
)  # fmt: skip
def test_a_message_that_is_none_is_refused_with_its_place(messages: Any, param: str) -> None:
    told = refusal(messages=messages)
    assert (told.status, told.param) == (400, param)


def test_texts_are_cleaned_and_parts_joined() -> None:
    parts = [{"type": "text", "text": "a\x00b"}, {"type": "text", "text": "\ud83d"}]
    spoken = [
        {"role": "developer", "content": "be\u202ebrief"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "so", "refusal": None, "annotations": []},
    ]
    assert chat(messages=spoken).request.messages == (
        Message("system", "be\ufffdbrief"),
        Message("user", "a\ufffdb\n\ufffd"),
        Message("assistant", "so"),
    )


def test_a_completion_continues_its_prompt() -> None:
    asked = read({"prompt": ["Once"], "logprobs": 3}, False, Sampling())
    assert asked.request.complete
    assert asked.request.messages == (Message("user", "Once"),)
    assert (asked.likeliest, asked.request.alternatives) == (3, 3)


@pytest.mark.parametrize("prompt", [None, "", [], ["a", "b"], [1, 2], [[1]], 5])
def test_another_prompt_than_one_text_is_refused(prompt: Any) -> None:
    with pytest.raises(Refusal, match="prompt must be one text"):
        read({"prompt": prompt}, False, Sampling())


@pytest.mark.parametrize(
    "fields",
    [
        {"top_logprobs": 3}, {"logprobs": True, "top_logprobs": 21}, {"logprobs": 3},
        {"logprobs": True, "top_logprobs": True}, {"stream": 1}, {"stream": "true"},
        {"stream_options": {"include_usage": True}}, {"stream": True, "stream_options": {"x": 1}},
        {"stream": True, "stream_options": {"include_usage": 1}}, {"model": 5}, {"user": 5},
        {"max_tokens": 5, "max_completion_tokens": 5},
    ],
)  # fmt: skip
def test_other_fields_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    assert refusal(**fields).param in fields.keys() | {"include_usage"}


# -- the body as JSON -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"hi", b"{", b"[]", b"5", b'"x"', b"null", b"{'a': 1}", b'{"a": 1}x', b"\xff\xfe{}",
        b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), b'{"a": NaN}', b'{"a": Infinity}',
        b'{"a": 1, "a": 2}', b'{"m": {"a": 1, "a": 1}}', b'{"a": ' + b"1" * 10_000 + b"}",
        b'{"a": "\n"}', b'{"a": "', b'{"a\\', b'"' * 1001,
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal) as told:
        parse(raw)
    assert told.value.status == 400


@pytest.mark.parametrize("depth", [DEEPEST + 1, 10_000, 4_000_000])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_a_deep_body_is_refused_before_it_is_parsed(depth: int, bracket: bytes) -> None:
    with pytest.raises(Refusal, match=r"levels deep|at most 200000 values"):
        parse(b'{"a":' + (bracket * depth)[:8_000_000])


def test_the_deepest_that_is_allowed_is_read() -> None:
    raw = b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"
    assert list(parse(raw)) == ["a"]


@pytest.mark.parametrize("piece", [b"{},", b"0,", b'"",', b"[],", b'"a":0,'])
def test_a_body_of_a_million_values_is_refused_before_it_is_parsed(piece: bytes) -> None:
    with pytest.raises(Refusal, match="at most 200000 values"):
        parse((b'{"a":[' + piece * 1_000_000)[:8_000_000])


def test_brackets_and_quotes_inside_a_text_do_not_count() -> None:
    told = "[" * 1000 + '\\"{[' * 1000 + "\\"
    assert parse(json.dumps({"a": told}).encode()) == {"a": told}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    [*KNOBS, "messages", "prompt", "stop", "logit_bias", "logprobs", "top_logprobs", "stream",
     "stream_options", "model", "user", "tools"]
) | st.text()  # fmt: skip


@given(st.dictionaries(names, values, max_size=4), st.booleans(), values)
@examples(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
def test_any_body_is_understood_or_refused(body: dict[str, Any], chat: bool, content: Any) -> None:
    body.setdefault("messages" if chat else "prompt", [{"role": "user", "content": content}])
    status = 400
    try:
        asked = read(body, chat, Sampling())
    except Refusal as told:
        status = told.status
        json.dumps(told.told()).encode("ascii")
    else:
        for message in asked.request.messages:
            message.text.encode("utf-8")
            assert "\x00" not in message.text
        for name in settings.knobs(Sampling):
            settings.check(Sampling, name, getattr(asked.request.sampling, name))
    assert status == 400
