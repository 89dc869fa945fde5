"""The values everyone speaks."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp import chat
from chatapp.chat import Done, Failed, Message, Request, Stats, Text, UserError, clean
from chatapp.settings import Sampling


@given(st.text(st.characters()))
def test_cleaned_text_can_always_be_written(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    assert len(cleaned) == len(text)
    cleaned.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_sound_text_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_an_emoji_survives_and_half_of_one_does_not() -> None:
    assert clean("🚀" + "\ud83d") == "🚀\ufffd"


def test_an_error_is_two_sentences_with_their_values() -> None:
    error = UserError("{file} is damaged.", "Get {file} again.", file="a{b}.txt")
    assert str(error) == "a{b}.txt is damaged. Get a{b}.txt again."


def test_an_error_keeps_its_templates_for_the_translator() -> None:
    error = UserError("{n} of {m}.", "Wait.", n=1, m=2)
    assert (error.sentence, error.remedy, error.values) == (
        "{n} of {m}.",
        "Wait.",
        {"n": 1, "m": 2},
    )


def test_an_error_becomes_an_event_and_an_error_again() -> None:
    error = UserError("{file} is damaged.", "Try again.", file="x")
    event = error.event()
    assert event == Failed("{file} is damaged.", "Try again.", (("file", "x"),))
    assert str(event.error) == str(error)


def test_decode_speed_leaves_out_the_first_token() -> None:
    stats = Stats(10, 0, 101, 0.5, 2.0, 1, 512)
    assert stats.tokens_per_s == 50.0


@pytest.mark.parametrize(("tokens", "seconds"), [(1, 0.0), (0, 0.0), (5, 0.0)])
def test_decode_speed_of_no_time_is_nothing(tokens: int, seconds: float) -> None:
    assert Stats(10, 0, tokens, 0.5, seconds, 1, 512).tokens_per_s == 0.0


def test_values_can_cross_into_another_process() -> None:
    stats = Stats(1, 2, 3, 4.0, 5.0, 6, 7)
    sent = [
        Request((Message("user", "hi"),), Sampling()),
        Text("a"),
        Done("stop", stats),
        UserError("{a}.", "b.", a=1).event(),
    ]
    assert pickle.loads(pickle.dumps(sent)) == sent


def test_values_cannot_be_changed_on_the_way() -> None:
    with pytest.raises(AttributeError):
        Message("user", "hi").text = "other"  # type: ignore[misc]


def test_every_event_is_a_frozen_value() -> None:
    assert all(kind.__dataclass_params__.frozen for kind in chat.Event.__args__)
