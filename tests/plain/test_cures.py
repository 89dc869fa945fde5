"""What one click changes of how a model is loaded."""

from __future__ import annotations

from typing import get_args

import pytest

from chatapp.chat import EngineLost, UserError
from chatapp.cures import LOADS, Cure, cured
from chatapp.settings import Loading


def test_a_shorter_context_is_half_of_what_the_model_sees() -> None:
    knobs = Loading(context_length=8192)
    assert cured("shorten_context", knobs).context_length == 4096
    assert cured("shorten_context", knobs, limit=2048).context_length == 1024


def test_a_context_too_short_to_halve_stays() -> None:
    knobs = Loading(context_length=768)
    assert cured("shorten_context", knobs) == knobs


@pytest.mark.parametrize(
    ("cure", "changed"),
    [
        ("load_4bit", Loading(device="cuda", dtype="int4")),
        ("load_float32", Loading(device="cuda", dtype="float32")),
        ("offload", Loading(device="cuda", dtype="float16", offload="auto")),
        ("use_cpu", Loading(device="cpu", dtype="float16")),
        ("auto_device", Loading(dtype="float16")),
        ("auto_precision", Loading(device="cuda")),
    ],
)
def test_each_changes_one_thing(cure: Cure, changed: Loading) -> None:
    assert cured(cure, Loading(device="cuda", dtype="float16")) == changed


def test_what_changes_no_load_leaves_it_alone() -> None:
    others = [cure for cure in get_args(Cure) if cure not in LOADS]
    assert others
    assert {cured(cure, Loading()) for cure in others} == {Loading()}


def test_an_error_keeps_its_cures_as_an_event_and_back() -> None:
    error = UserError("{name} is full.", "Wait.", "retry", "choose_model", name="x")
    event = error.event()
    assert event.cures == event.error.cures == ("retry", "choose_model")
    assert dict(event.values) == {"name": "x"}
    lost = EngineLost("Gone.", "Wait.").event()
    assert lost.lost
    assert isinstance(lost.error, EngineLost)
