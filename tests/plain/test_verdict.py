"""What a speed says about the machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatapp import memory, verdict
from chatapp.chat import Reading, Stats
from chatapp.holding import Holding

GIB = 2**30
HELD = Holding(
    weights=GIB, kv_cache=0, workspace=0, slack=0, kv_per_token=0, rows=1, context_left=9,
    read_per_token=10**9, bandwidth_gb_s=100.0,
)  # fmt: skip
READ = Reading("a card", "", 2 * GIB, 24 * GIB, 95.0, gpu=True, own_gpu_bytes=2 * GIB)


def stats(tokens_per_s: float, tokens: int = 101) -> Stats:
    return Stats(10, 0, tokens, 0.1, (tokens - 1) / tokens_per_s, 7, 512)


def said(speed: float, reading: Reading = READ) -> tuple[float, str, str]:
    told = verdict.of(stats(speed), HELD, reading, memory.account(reading, HELD))
    assert told is not None
    return round(told.share, 2), told.cause, told.other


def test_a_speed_near_the_memory_s_limit_is_good() -> None:
    assert said(74) == (0.74, "memory", "")


def test_keys_and_values_are_read_too() -> None:
    held = replace(HELD, kv_per_token=10**6)
    told = verdict.of(stats(50), held, READ, None)
    assert told is not None
    assert told.share == pytest.approx(50 * (10**9 + 10**6 * (10 + 50)) / 100e9)


@pytest.mark.parametrize(
    ("changes", "cause", "other"),
    [
        ({}, "steps", ""),
        ({"load_percent": 30.0}, "waits", ""),
        ({"held_back": "heat"}, "heat", ""),
        ({"held_back": "power", "load_percent": 30.0}, "power", ""),
        ({"used_bytes": 12 * GIB, "others": (("game", GIB),)}, "shared", "game"),
        ({"gpu": False, "load_percent": 30.0}, "steps", ""),
    ],
)
def test_a_low_speed_has_a_cause(changes: dict[str, object], cause: str, other: str) -> None:
    assert said(20, replace(READ, **changes)) == (0.2, cause, other)  # type: ignore[arg-type]


def test_layers_on_other_devices_are_the_cause_whatever_the_speed() -> None:
    away = replace(HELD, elsewhere=GIB, layers=(12, 32))
    for speed in (2, 80):
        told = verdict.of(stats(speed), away, READ, None)
        assert told is not None
        assert (told.cause, told.layers) == ("offloaded", (12, 32))


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert verdict.of(stats(20), None, READ, None) is None
    assert verdict.of(stats(20), replace(HELD, bandwidth_gb_s=0.0), READ, None) is None
    assert verdict.of(stats(20), replace(HELD, rows=4), READ, None) is None
    assert verdict.of(stats(20, tokens=5), HELD, READ, None) is None
