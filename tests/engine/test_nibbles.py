"""8 bits as on a card: the same room runs on a CPU, which has the 4-bit kernel too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from chatapp import places
from chatapp.engine import nibbles, quality
from chatapp.engine.bench import Options, _quality
from chatapp.engine.formats import FORMATS
from chatapp.engine.nibbles import Nibbles
from tests.engine.conftest import make_model, open_local
from tests.engine.test_int4 import drawn
from tests.engine.test_local import answer, request


@pytest.fixture(autouse=True)
def _untried() -> Iterator[None]:
    nibbles.require.cache_clear()
    yield
    nibbles.require.cache_clear()


@pytest.fixture
def on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU takes the card's way."""
    monkeypatch.setitem(FORMATS, "int8", Nibbles)


def test_no_weight_is_further_away_than_half_a_step() -> None:
    weight = drawn(48, 128) * torch.logspace(-6, 3, 48)[:, None]
    codes, steps = nibbles.quantised(weight)
    apart = (nibbles.restored(codes, steps) - weight).abs()
    assert bool((apart <= 0.5001 * steps.repeat_interleave(nibbles.GROUP, 1)).all())
    assert bool(((codes >= 1) & (codes <= 255)).all())


def test_both_halves_of_a_weight_are_exact_in_bfloat16() -> None:
    _, steps = nibbles.quantised(drawn(64, 256) * torch.logspace(-9, 4, 64)[:, None])
    for half in range(16):
        for part in (16 * steps * (half - 8), steps * half, 8 * steps):
            assert torch.equal(part.to(torch.bfloat16).float(), part)


@pytest.mark.parametrize("shape", [(64, 64), (344, 172), (40, 33), (5000, 64)])
@pytest.mark.parametrize("rows", [1, 5, 70])
def test_the_product_is_that_of_the_restored_weights(shape: tuple[int, int], rows: int) -> None:
    weight, bias, x = drawn(*shape), drawn(shape[0]), drawn(rows, shape[1]).bfloat16().float()
    padded = torch.nn.functional.pad(weight, (0, -shape[1] % nibbles.GROUP))
    right = x @ nibbles.restored(*nibbles.quantised(padded))[:, : shape[1]].T + bias
    apart = (Nibbles(weight, bias)(x) - right).abs().max()
    assert apart <= 2**-8 * right.abs().max()  # the result's own rounding to bfloat16


def test_rows_of_zeros_stay_zeros() -> None:
    assert not Nibbles(torch.zeros(16, 64), None)(torch.ones(2, 64)).any()


def test_a_kernel_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    multiply = nibbles.multiply
    monkeypatch.setattr(nibbles, "multiply", lambda *given: multiply(*given).flip(-1))
    with pytest.raises(NotImplementedError, match="wrong on this device"):
        Nibbles(drawn(16, 64), None)


@pytest.mark.parametrize("kind", ["llama", "qwen2", "gemma2"])
@pytest.mark.usefixtures("on_a_card")
def test_a_model_answers_in_the_card_s_eight_bits(tmp_path: Path, kind: str) -> None:
    engine = open_local(make_model(tmp_path / "m", kind), dtype="int8", device="cpu")
    assert (engine.info.rung, engine.info.dtype) == ("fused, traced", "int8")
    assert engine.model.model.layers[0].mlp.up_proj.weight.numel() == 0
    assert answer(engine, request("Hello"))


@pytest.mark.usefixtures("on_a_card")
def test_the_guide_says_the_same_in_the_card_s_eight_bits() -> None:
    figures = _quality(Options("smollm2-135m", "int8", model=str(places.starter())))
    assert 0 < figures["mean_kl"] < quality.MOST_KL / 4
    assert figures["top1_agreement"] > 0.97
