"""The plain arithmetic of the filters against the sampler that draws with them."""

from __future__ import annotations

import itertools

import pytest
import torch

from chatapp.engine.sampling import OUT, Sampler, plan_of, read_told, tell
from chatapp.odds import FILTERS, reshape
from chatapp.settings import Sampling

VOCAB = 300
KNOBS = [
    Sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    for temperature, top_k, top_p, min_p in itertools.product(
        (0.3, 1.0, 1.8), (0, 1, 5, 40), (0.4, 0.95, 1.0), (0.0, 0.05, 0.3)
    )
]


def scores_of(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(1, VOCAB, generator=generator)


def drawn_from(knobs: Sampling, scores: torch.Tensor) -> torch.Tensor:
    """(vocab,) chances with which the sampler draws, in the order of the ids."""
    sampler = Sampler(plan_of(knobs, VOCAB), VOCAB, "cpu")
    sampler.set(knobs, [])
    ordered, ids = sampler._ordered(sampler._reshaped(scores))
    left = torch.full((1, VOCAB), OUT).scatter(1, ids, sampler._filtered(ordered))
    return torch.softmax(left, -1)[0]


def told_of(scores: torch.Tensor, told: int) -> tuple[list[int], list[float], tuple]:
    best = scores.argmax(-1, keepdim=True)
    pick = read_told(0, int(best), tell(scores, best, told)[0].tolist(), told)
    return [t for t, _ in pick.others], [c for _, c in pick.others], pick.rest


@pytest.mark.parametrize("knobs", KNOBS)
def test_with_every_chance_told_the_sampler_and_the_arithmetic_agree(knobs: Sampling) -> None:
    for seed in range(4):
        scores = scores_of(seed)
        ids, chances, rest = told_of(scores, VOCAB)
        odds, expected = reshape(chances, rest, knobs), drawn_from(knobs, scores)
        assert odds.chances == pytest.approx(expected[ids].tolist(), abs=1e-5)
        assert [not by for by in odds.cut_by] == [bool(chance) for chance in expected[ids]]
        assert VOCAB - sum(odds.cuts) == int((expected > 0).sum())


@pytest.mark.parametrize("knobs", KNOBS)
def test_with_eight_chances_told_the_groups_stand_for_the_others(knobs: Sampling) -> None:
    for seed in range(4):
        scores = scores_of(seed)
        ids, chances, rest = told_of(scores, 8)
        odds, expected = reshape(chances, rest, knobs), drawn_from(knobs, scores)
        assert odds.chances == pytest.approx(expected[ids].tolist(), abs=0.03)


def test_the_same_token_is_drawn_at_temperature_zero() -> None:
    odds = reshape((0.5, 0.3, 0.2), (), Sampling(temperature=0.0))
    assert (odds.chances, odds.cut_by) == ((1, 0, 0), ("", "temperature", "temperature"))


def test_each_filter_says_what_it_took() -> None:
    knobs = Sampling(temperature=1.0, top_k=5, top_p=0.85, min_p=0.2)
    odds = reshape((0.5, 0.3, 0.08, 0.06, 0.04, 0.02), (), knobs)
    assert odds.cut_by == ("", "", "min_p", "top_p", "top_p", "top_k")
    assert dict(zip(FILTERS, odds.cuts, strict=True)) == {
        "temperature": 0, "top_k": 1, "top_p": 2, "min_p": 1,
    }  # fmt: skip
    assert odds.chances[:2] == pytest.approx((0.625, 0.375))


def test_a_filter_that_is_off_takes_nothing() -> None:
    off = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
    odds = reshape((0.5, 0.2), ((0.003, 100),), off)
    assert odds.cuts == (0, 0, 0, 0)
    assert odds.chances == pytest.approx((0.5, 0.2))


def test_what_ties_with_the_last_of_top_k_stays() -> None:
    knobs = Sampling(temperature=1.0, top_k=2, top_p=1.0, min_p=0.0)
    assert reshape((0.4, 0.2, 0.2, 0.2), (), knobs).cut_by == ("", "", "", "")
