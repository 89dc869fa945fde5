"""Each step against a row computed by hand."""

from __future__ import annotations

import math

import pytest
import torch

from chatapp.engine import sampling
from chatapp.settings import Sampling
from chatapp.settings import knobs as knobs_of

OUT = -math.inf
OFF = {"top_p": 1.0, "top_k": 0, "min_p": 0.0}


def row(*chances: float) -> torch.Tensor:
    return torch.tensor(chances).log()


def kept(logits: torch.Tensor) -> list[int]:
    return [i for i, value in enumerate(logits.tolist()) if value != OUT]


def test_temperature_divides() -> None:
    assert sampling.temper(torch.tensor([1.0, -2.0]), 0.5).tolist() == [2.0, -4.0]


def test_the_penalty_shrinks_both_signs_of_what_was_seen() -> None:
    seen = torch.tensor([True, True, False])
    assert sampling.penalise(torch.tensor([2.0, -2.0, 2.0]), seen, 2.0).tolist() == [1, -4, 2]


def test_presence_counts_once_and_frequency_each_time() -> None:
    counts = torch.tensor([0.0, 1.0, 3.0])
    lowered = sampling.discourage(torch.zeros(3), counts, 0.5, 0.25)
    assert lowered.tolist() == [0.0, -0.75, -1.25]


def test_the_answer_alone_is_discouraged_not_the_prompt() -> None:
    knobs = Sampling(temperature=0.0, presence_penalty=1.0)
    sampler = sampling.Sampler(knobs, [0], 3, "cpu")
    logits = torch.tensor([1.0, 0.9, -1.0])
    assert [int(sampler.pick(logits)) for _ in range(3)] == [0, 1, 0]


@pytest.mark.parametrize(
    ("k", "left"), [(1, [1]), (2, [1, 2]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3])]
)
def test_top_k_keeps_the_largest(k: int, left: list[int]) -> None:
    assert kept(sampling.keep_top_k(row(0.1, 0.5, 0.3, 0.1 - 1e-3), k)) == left


@pytest.mark.parametrize(
    ("share", "left"), [(0.05, [1]), (0.5, [1]), (0.51, [1, 2]), (0.81, [0, 1, 2])]
)
def test_top_p_keeps_the_fewest_that_reach_the_share(share: float, left: list[int]) -> None:
    assert kept(sampling.keep_top_p(row(0.15, 0.5, 0.3, 0.05), share)) == left


def test_min_p_drops_what_is_far_below_the_best() -> None:
    assert kept(sampling.keep_min_p(row(0.5, 0.3, 0.15, 0.05), 0.2)) == [0, 1, 2]


def test_the_draw_follows_the_chances() -> None:
    generator = torch.Generator().manual_seed(3)
    logits = row(0.6, 0.3, 0.1)
    counts = torch.zeros(3)
    for _ in range(3000):
        counts[sampling.draw(logits, generator)] += 1
    assert torch.allclose(counts / 3000, torch.tensor([0.6, 0.3, 0.1]), atol=0.04)


def test_what_a_filter_dropped_is_never_drawn() -> None:
    generator = torch.Generator().manual_seed(3)
    logits = sampling.keep_top_k(row(0.34, 0.33, 0.33 - 1e-4), 1)
    assert {int(sampling.draw(logits, generator)) for _ in range(200)} == {0}


def picks(knobs: Sampling, count: int = 20) -> list[int]:
    sampler = sampling.Sampler(knobs, [0], 5, "cpu")
    logits = row(0.3, 0.25, 0.2, 0.15, 0.1)
    return [int(sampler.pick(logits)) for _ in range(count)]


def test_temperature_zero_is_greedy() -> None:
    assert set(picks(Sampling(temperature=0.0))) == {0}


def test_one_seed_gives_one_answer() -> None:
    assert picks(Sampling(seed=5)) == picks(Sampling(seed=5))


def test_another_seed_gives_another_answer() -> None:
    assert picks(Sampling(seed=5, **OFF)) != picks(Sampling(seed=6, **OFF))


def test_a_random_seed_is_drawn_and_told() -> None:
    seeds = {sampling.Sampler(Sampling(), [], 5, "cpu").seed for _ in range(4)}
    assert len(seeds) == 4
    assert all(0 <= seed < 1 << 32 for seed in seeds)


def test_the_repetition_penalty_counts_the_prompt_and_the_answer() -> None:
    knobs = Sampling(temperature=0.0, repetition_penalty=2.0)
    sampler = sampling.Sampler(knobs, [0], 3, "cpu")
    logits = torch.tensor([1.0, 0.9, 0.8])
    assert [int(sampler.pick(logits)) for _ in range(3)] == [1, 2, 0]


def test_every_sampling_knob_changes_what_is_drawn() -> None:
    """No dead sliders: each knob, away from its default, changes a draw or the length."""
    base = Sampling(seed=1, top_k=0, top_p=1.0, min_p=0.0, temperature=1.0)
    changed = {
        "temperature": Sampling(seed=1, temperature=0.0, **OFF),
        "top_k": Sampling(seed=1, temperature=1.0, **OFF | {"top_k": 1}),
        "top_p": Sampling(seed=1, temperature=1.0, **OFF | {"top_p": 0.05}),
        "min_p": Sampling(seed=1, temperature=1.0, **OFF | {"min_p": 1.0}),
        "seed": Sampling(seed=2, temperature=1.0, **OFF),
        "repetition_penalty": Sampling(seed=1, temperature=1.0, repetition_penalty=2.0, **OFF),
        "presence_penalty": Sampling(seed=1, temperature=1.0, presence_penalty=2.0, **OFF),
        "frequency_penalty": Sampling(seed=1, temperature=1.0, frequency_penalty=2.0, **OFF),
    }
    assert set(changed) | {"max_new_tokens"} == set(knobs_of(Sampling))
    dead = [name for name, knobs in changed.items() if picks(knobs, 40) == picks(base, 40)]
    assert dead == []
