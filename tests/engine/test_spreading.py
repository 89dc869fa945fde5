"""A model on several devices: the CPU plays the card beside itself.

accelerate takes a device object for another device than the word "cpu", so its hooks do what they
do for a card: what lies in main memory is brought for as long as it computes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp import cards, gate, memory
from chatapp.cards import Card
from chatapp.chat import UserError
from chatapp.engine import faults, loading, reading, spreading
from chatapp.engine.ladder import SPREAD
from chatapp.engine.local import Local
from chatapp.engine.teaching import borrowed
from chatapp.settings import Loading
from chatapp.sharing import Share
from tests.engine.conftest import CONFIGS, make_model, open_local
from tests.engine.test_adapted import make_adapter
from tests.engine.test_local import GREEDY, answer, request
from tests.engine.test_teaching import asked

CARD, SPARE = Card("card", "cuda", 1, 1, "cpu:0"), Card("memory", "cpu", 1, 1, "cpu")
SHARES = (Share(CARD, range(1), 1, 0, 0, 0), Share(SPARE, range(1, 2), 1, 0, 0, 0))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Local]:
    """Opens a folder whose second layer does not fit."""
    card, places, dispatch = torch.device("cpu"), spreading.device_map, spreading.dispatch_model

    def placed(*given: Any) -> dict[str, Any]:
        return {name: at if at == "cpu" else card for name, at in places(*given).items()}

    def dispatched(model: Any, devices: dict[str, Any], main_device: str, **more: Any) -> Any:
        return dispatch(model, devices, main_device=card, **more)

    def open_it(folder: Path, **knobs: Any) -> Local:
        with monkeypatch.context() as patch:
            patch.setattr(spreading, "device_map", placed)
            patch.setattr(spreading, "dispatch_model", dispatched)
            patch.setattr(loading, "shared_out", lambda *given: SHARES)
            return open_local(folder, device="cpu", **{"dtype": "float32", **knobs})

    return open_it


def test_the_words_are_those_of_the_whole_model(
    any_folder: Path, opened: Callable[..., Local]
) -> None:
    turn = request("Tell me a story, please.")
    expected, _ = answer(open_local(any_folder, device="cpu", dtype="float32"), turn)
    local = opened(any_folder)
    assert answer(local, turn)[0] == expected
    assert (local.info.rung, local.info.why) == ("generic", loading.WHY_SPREAD)
    assert any(weight.is_meta for weight in local.model.parameters())


def test_the_reason_for_the_slow_path_is_logged_once(
    llama_folder: Path, opened: Callable[..., Local], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        local = opened(llama_folder)
        for text in ("Hi", "Hello"):
            answer(local, request(text))
    assert caplog.text.count(SPREAD) == 1


def test_candidates_and_a_second_turn_are_those_of_the_whole_model(
    llama_folder: Path, opened: Callable[..., Local]
) -> None:
    several = replace(GREEDY, temperature=1.0, seed=3, candidates=3)
    whole, local = open_local(llama_folder, device="cpu", dtype="float32"), opened(llama_folder)
    for turn in (request("Hi", sampling=several), request("Hi", "So", "And then?")):
        assert answer(local, turn)[0] == answer(whole, turn)[0]


def test_what_was_read_waits_on_the_shelf(llama_folder: Path, opened: Callable[..., Local]) -> None:
    local = opened(llama_folder)
    long = request("word " * 70)
    first, _ = answer(local, long)
    answer(local, request("Another one. " * 5))
    again, done = answer(local, long)
    assert again == first
    assert done.stats is not None
    assert done.stats.reused_tokens > 256


def test_the_layers_that_lie_elsewhere_are_told(
    llama_folder: Path, opened: Callable[..., Local]
) -> None:
    local = opened(llama_folder)
    answer(local, request("Hi"))
    held = local.holding
    assert held is not None
    assert held.layers == (1, 2)
    layer = sum(weight.nbytes for weight in local.model.model.layers[1].parameters())
    assert held.elsewhere == layer
    assert held.weights + held.elsewhere == local.info.weights_bytes


@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_few_bits_are_refused(llama_folder: Path, opened: Callable[..., Local], dtype: str) -> None:
    with pytest.raises(UserError, match=f"cannot run in {dtype}"):
        opened(llama_folder, dtype=dtype)


def test_an_adapter_is_refused_and_the_model_answers_on(
    llama_folder: Path, tmp_path: Path, opened: Callable[..., Local]
) -> None:
    adapter = make_adapter(llama_folder, tmp_path / "adapter")
    local = opened(llama_folder)
    with pytest.raises(UserError, match="needs the whole model on one device"):
        list(local.stream(replace(request("Hi"), adapter=str(adapter))))
    assert answer(local, request("Hi"))[0]


def test_no_training_borrows_it(
    llama_folder: Path, tmp_path: Path, opened: Callable[..., Local]
) -> None:
    course = asked(tmp_path / "data.jsonl", llama_folder)
    assert borrowed(course, opened(llama_folder)) is None
    assert borrowed(course, open_local(llama_folder, device="cpu")) is not None


def test_the_progress_is_that_of_all_parts_together(
    llama_folder: Path, opened: Callable[..., Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(loading, "shared_out", lambda *given: SHARES)
    monkeypatch.setattr(spreading, "dispatch_model", lambda model, *_, **__: model)
    told = list(loading.load(llama_folder, Loading(device="cpu")))
    done = [event.done for event in told]
    assert done == sorted(done)
    assert {event.total for event in told} == {done[-1]}


# -- which of them, and where ---------------------------------------------------------------------


def two_layers(kind: str) -> Any:
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(CONFIGS[kind]())


@pytest.mark.parametrize("kind", list(CONFIGS))
def test_every_weight_has_a_place_and_only_layers_go_elsewhere(kind: str) -> None:
    model = two_layers(kind)
    devices = spreading.device_map(model, SHARES)
    away = [name for name, device in devices.items() if device == "cpu"]
    assert len(away) == 1
    assert away[0].endswith(".1")
    for name, _ in model.named_parameters():
        assert loading._device_of(name, devices) == ("cpu" if f"{away[0]}." in name else "cpu:0")


def test_a_model_with_another_number_of_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="2 layers were found, not 3"):
        spreading.device_map(two_layers("llama"), (*SHARES, replace(SHARES[1], layers=range(2, 3))))


@pytest.fixture
def small_card(monkeypatch: pytest.MonkeyPatch) -> dict[str, Card]:
    """A card with no room for all of the model, and one with room."""
    rooms = {
        "cuda": Card("card", "cuda", 1 << 40, 0, "cuda:0"),
        "cpu": replace(SPARE, free_bytes=1 << 40),
    }
    monkeypatch.setattr(cards, "rooms", lambda: tuple(rooms.values()))
    return rooms


def shared(folder: Path, **knobs: Any) -> tuple[Share, ...]:
    facts = gate.check(folder)
    return loading.shared_out(
        "m", Loading(**{"offload": "auto", **knobs}), facts, "cuda:0", torch.bfloat16
    )


def test_a_model_that_does_not_fit_is_shared_out_when_that_is_asked_for(
    tmp_path: Path, small_card: dict[str, Card]
) -> None:
    folder = make_model(tmp_path / "deep", num_hidden_layers=8)
    shape = gate.check(folder).shape
    assert shape is not None
    total = memory.total_bytes(shape, memory.Plan("bfloat16", 512))
    small_card["cuda"] = replace(small_card["cuda"], free_bytes=total - 1)
    assert [len(share.layers) for share in shared(folder)] == [6, 2]  # one needs room on its way
    assert shared(folder, offload="never") == ()
    small_card["cuda"] = replace(small_card["cuda"], free_bytes=total)
    assert shared(folder) == ()


@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_packed_weights_are_not_shared_out(
    llama_folder: Path, small_card: dict[str, Card], dtype: str
) -> None:
    with pytest.raises(UserError, match="packed weights cannot be offloaded"):
        shared(llama_folder, dtype=dtype)


def test_a_card_without_room_for_a_layer_is_told(
    llama_folder: Path, small_card: dict[str, Card]
) -> None:
    with pytest.raises(UserError, match="Not one layer"):
        shared(llama_folder)


def test_a_full_card_points_to_offload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "give_back", lambda device: None)
    monkeypatch.setattr(faults, "free_bytes", lambda device: 10**9)
    monkeypatch.setattr(faults, "used_bytes", lambda device: 0)
    monkeypatch.setattr(faults.placing, "has_few_bits", lambda device: True)
    card, main_memory = (
        str(faults.Lack(torch.device(kind), 0, 0).of_load("m", 2 * 10**9))
        for kind in ("cuda", "cpu")
    )
    assert "smaller precision or Offload" in card
    assert "Offload" not in main_memory
