"""Which value wins, and presets as files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatapp import mixing
from chatapp.chat import UserError
from chatapp.settings import Sampling, Settings, load, save


def mixed(**places: dict[str, Any]) -> mixing.Mixed:
    order = ("model", "kept", "preset", "own")
    return mixing.mix(Sampling(), *(places.get(place, {}) for place in order))


def test_the_conversation_s_own_value_wins_over_every_other_place() -> None:
    one = {"temperature": 0.1}
    all_four = mixed(model=one, kept={"temperature": 0.2}, preset={"temperature": 0.3},
                     own={"temperature": 0.4})  # fmt: skip
    assert (all_four.sampling.temperature, all_four.base.temperature) == (0.4, 0.3)
    assert all_four.origins == {"temperature": "changed"}


def test_a_preset_wins_over_what_is_kept_for_a_model_and_that_over_the_model_s_wish() -> None:
    assert mixed(model={"top_k": 1}, kept={"top_k": 2}, preset={"top_k": 3}).sampling.top_k == 3
    two = mixed(model={"top_k": 1, "top_p": 0.5}, kept={"top_k": 2})
    assert (two.sampling.top_k, two.sampling.top_p) == (2, 0.5)
    assert two.origins == {"top_k": "kept", "top_p": "model"}


def test_what_no_place_changes_is_ours_and_has_no_origin() -> None:
    assert mixed().sampling == Sampling()
    assert mixed().origins == {}


def test_every_shipped_preset_is_within_the_bounds() -> None:
    for values in mixing.SHIPPED.values():
        assert mixing.unpack(mixing.pack("one", values)) == ("one", values)


@pytest.mark.parametrize(
    ("config", "wished"),
    [
        ({}, {}),
        ({"temperature": 0.6, "top_k": 20}, {"temperature": 0.6, "top_k": 20}),
        ({"temperature": None, "top_p": 2.0, "min_p": "high"}, {}),
        ({"do_sample": False, "temperature": 0.9}, {"temperature": 0.0}),
        ({"do_sample": True}, {}),
        ({"max_length": 20, "max_new_tokens": 64}, {"max_new_tokens": 64}),
        ({"seed": 7, "candidates": 8, "stop_strings": "x"}, {}),
    ],
)
def test_a_model_s_wishes_are_read_as_far_as_they_are_within_the_bounds(
    config: dict[str, Any], wished: dict[str, Any]
) -> None:
    assert mixing.suggested(config) == wished


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert mixing.free_name("Mine", {}) == "Mine"
    assert mixing.free_name("Mine", {"Mine": {}, "Mine 2": {}}) == "Mine 3"
    assert mixing.free_name("Precise", {}) == "Precise 2"
    assert mixing.free_name("  ", {}) == "Preset"


def test_a_preset_is_found_in_any_case_and_a_stranger_is_named() -> None:
    assert mixing.find("pRECISE", {}) == {"temperature": 0.0}
    assert mixing.find("mine", {"Mine": {"top_k": 3}}) == {"top_k": 3}
    with pytest.raises(UserError, match="no preset called Nobody"):
        mixing.find("Nobody", {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a preset"),
        ("[]", "not a preset"),
        ('{"format": "other"}', "not a preset"),
        ("[" * 100_000, "not a preset"),
        (json.dumps({"format": mixing.FORMAT, "name": "x", "values": 3}), "not a preset"),
        (
            json.dumps({"format": mixing.FORMAT, "name": "x", "values": {"top_p": 9}}),
            "top_p must be between",
        ),
        (
            json.dumps({"format": mixing.FORMAT, "name": "x", "values": {"nobody": 9}}),
            "'nobody' is no setting",
        ),
    ],
)
def test_a_file_that_is_no_preset_is_told(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        mixing.unpack(text)


def test_half_a_character_in_a_preset_is_replaced_and_the_settings_are_still_saved() -> None:
    values = {"stop_strings": "\ud83d", "top_k": 3}
    packed = json.dumps({"format": mixing.FORMAT, "name": "Mine \udc00", "values": values})
    name, read = mixing.unpack(packed)
    assert (name, read) == ("Mine \ufffd", {"stop_strings": "\ufffd", "top_k": 3})
    save(Settings(presets={name: read}))
    assert load()[0].presets == {name: read}


def test_presets_and_kept_values_survive_the_settings_file() -> None:
    own = Settings(presets={"Mine": {"top_k": 3}}, models={"/a/b": {"temperature": 0.5}})
    save(own)
    assert load()[0] == own


def test_a_bad_value_in_a_preset_of_the_file_is_left_out() -> None:
    save(Settings(presets={"Mine": {"top_k": 3, "top_p": 7.0, "nobody": 1}}))
    assert load()[0].presets == {"Mine": {"top_k": 3}}
