"""Which device gets which layers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatapp import cards, catalogue, devices, memory, sharing, sizes
from chatapp.cards import Card, reserve_bytes
from chatapp.chat import Reading, UserError
from chatapp.memory import Plan
from chatapp.sharing import Need, Share, share_out

NEED = Need(layers=(100,) * 10, rest=50, kv_cache=200, workspace=30, runtime=20)
LLAMA_8B = sizes.read(catalogue.SHAPES["llama-3.1-8b"])


def rooms(*free: int) -> list[Card]:
    """Cards with so many bytes, and main memory."""
    *first, last = free
    made = [Card("a card", "cuda", n, n, f"cuda:{place}") for place, n in enumerate(first)]
    return [*made, Card("memory", "cpu", last, last, "cpu")]


def shared(*free: int) -> tuple[Share, ...]:
    return share_out("m", NEED, rooms(*free))


def counts(*free: int) -> list[int]:
    return [len(share.layers) for share in shared(*free)]


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        ((1300, 0), [10, 0]),  # all of it, to the byte
        ((1299, 1000), [8, 2]),  # a layer on its way needs room, too
        ((900, 1000), [5, 5]),
        ((900, 600, 0), [6, 4, 0]),  # cards before main memory
        ((900, 500, 1000), [5, 3, 2]),
        ((900, 10, 1000), [5, 0, 5]),  # a card that holds nothing
    ],
)
def test_a_card_gets_as_many_layers_as_it_holds(free: tuple[int, ...], expected: list[int]) -> None:
    assert counts(*free) == expected


@pytest.mark.parametrize("free", [(900, 1000), (900, 500, 1000), (700, 300, 300, 900)])
def test_nothing_is_lost_or_taken_twice(free: tuple[int, ...]) -> None:
    shares = shared(*free)
    assert [layer for share in shares for layer in share.layers] == list(range(10))
    assert sum(share.weights for share in shares) == NEED.weights
    assert sum(share.kv_cache for share in shares) == NEED.kv_cache
    assert all(share.total <= share.card.free_bytes for share in shares)


def test_keys_and_values_of_main_memory_s_layers_lie_on_the_first_card() -> None:
    first, second, spare = shared(900, 500, 1000)
    assert (first.kv_cache, second.kv_cache, spare.kv_cache) == (140, 60, 0)
    assert (first.workspace, second.workspace, spare.workspace) == (130, 30, 0)


def test_too_little_altogether_is_told_with_both_amounts() -> None:
    need = replace(NEED, layers=(10**9,) * 10)
    with pytest.raises(UserError, match=r"m needs 9\.3 GB; .* together have 8\.4 GB free"):
        share_out("m", need, rooms(5 * 10**9, 4 * 10**9))


def test_a_card_that_holds_no_layer_is_told() -> None:
    with pytest.raises(UserError, match="Not one layer of m fits on the graphics card"):
        shared(400, 10_000)


def test_the_need_is_the_forecast_s() -> None:
    plan = Plan("bfloat16", 8192)
    need, parts = sharing.need_of(LLAMA_8B, plan), memory.parts(LLAMA_8B, plan)
    assert (need.weights, len(need.layers)) == (parts["weights"], 32)
    assert need.rest == pytest.approx(2 * 128256 * 4096 * 2, rel=0.001)
    assert need.kv_cache == parts["kv_cache"]


# -- where there is room --


def card(name: str, used: int, total: int) -> Reading:
    return Reading(name, "", used, total, gpu=True)


@pytest.mark.parametrize(
    ("chosen", "order"),
    [("auto", ["cuda:1", "cuda:0", "cpu"]), ("cuda:0", ["cuda:0", "cuda:1", "cpu"])],
)
def test_the_chosen_card_comes_first_and_main_memory_last(
    monkeypatch: pytest.MonkeyPatch, chosen: str, order: list[str]
) -> None:
    looks = {
        "cuda:0": card("small", 1 << 30, 8 << 30),
        "cuda:1": card("large", 2 << 30, 24 << 30),
        "cpu": Reading("processor", "", 4 << 30, 64 << 30),
    }
    here = tuple((key, reading.device) for key, reading in looks.items())
    monkeypatch.setattr(devices, "look", looks.__getitem__)
    monkeypatch.setattr(devices, "read", lambda: replace(looks["cuda:1"], devices=here))
    devices.choose(chosen)
    found = cards.rooms()
    assert [room.device for room in found] == order
    large = next(room for room in found if room.device == "cuda:1")
    assert large.free_bytes == (22 << 30) - reserve_bytes(24 << 30)


def test_without_a_card_there_is_main_memory_only(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading("processor", "no card", 1, 100, devices=(("cpu", "processor"),))
    monkeypatch.setattr(devices, "look", lambda device: reading)
    monkeypatch.setattr(devices, "read", lambda: reading)
    assert [room.kind for room in cards.rooms()] == ["cpu"]
