"""What the engine says it holds, against what its tensors are."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatapp.engine import holding
from chatapp.engine.local import Local
from tests.engine.conftest import open_local
from tests.engine.test_local import answer, request


@pytest.fixture(autouse=True)
def small_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "BLOCK_BYTES", 1 << 16)
    holding.known_bandwidth.cache_clear()


def test_every_rung_tells_weights_and_cache_to_the_byte(any_folder: Path) -> None:
    local = open_local(any_folder)
    answer(local, request("Hello"))
    held = local.holding
    assert held is not None
    assert held.weights == sum(p.nbytes for p in local.model.parameters())
    assert held.kv_cache == local.forward.cached_bytes > 0
    assert held.kv_per_token > 0
    assert 0 < held.context_left < local.info.context_length
    assert 0 < held.read_per_token <= held.weights


def test_keys_and_values_per_token_are_the_config_s_arithmetic(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    answer(local, request("Hello"))
    config = local.model.config
    assert local.holding is not None
    width = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim
    assert local.holding.kv_per_token == width * 4


def test_packed_weights_count_once(llama_folder: Path) -> None:
    local = open_local(llama_folder, dtype="int8")
    assert local.holding is not None
    packed = local.forward.packed_bytes
    assert packed > 0
    assert local.holding.weights == sum(p.nbytes for p in local.model.parameters()) + packed


def test_the_memory_s_speed_is_measured_while_nobody_asks(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    assert local.holding is not None
    assert local.holding.bandwidth_gb_s == 0
    list(local.rest())
    assert local.holding.bandwidth_gb_s > 0
    answer(local, request("Hello"))
    assert local.holding.bandwidth_gb_s > 0


def test_a_device_too_full_to_measure_says_nothing(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(device: str) -> float:
        raise RuntimeError("out of memory")

    local: Local = open_local(llama_folder)
    monkeypatch.setattr("chatapp.engine.local.known_bandwidth", full)
    list(local.rest())
    assert local.holding is not None
    assert local.holding.bandwidth_gb_s == 0
