"""Each step against a row computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from chatapp.engine import sampling
from chatapp.settings import Sampling
from chatapp.settings import knobs as knobs_of

OUT = -math.inf
OFF = {"top_p": 1.0, "top_k": 0, "min_p": 0.0}


def row(*chances: float) -> torch.Tensor:
    return torch.tensor([chances]).log()


def kept(ordered: torch.Tensor) -> int:
    """How many of a row's scores, from the largest down, are left."""
    left = [value != OUT for value in ordered[0].tolist()]
    assert left == sorted(left, reverse=True)
    return sum(left)


def sampler_of(knobs: Sampling, prompt: list[int], vocab: int, rows: int = 1, told: int = 0):
    sampler = sampling.Sampler(sampling.plan_of(knobs, vocab, rows, told), vocab, "cpu")
    sampler.set(knobs, prompt)
    return sampler


def drawn(sampler: sampling.Sampler, scores: torch.Tensor, count: int) -> list[list[int]]:
    """So many steps over the same scores: the rows' tokens."""
    steps = []
    for _ in range(count):
        sampler.shake()
        picks = sampler.picks(sampler.pick(scores).tolist())
        assert picks is not None
        steps.append([pick.token for pick in picks])
    return steps


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
    sampler = sampler_of(Sampling(temperature=0.0, presence_penalty=1.0), [0], 3)
    assert drawn(sampler, torch.tensor([[1.0, 0.9, -1.0]]), 3) == [[0], [1], [0]]


@pytest.mark.parametrize(("k", "left"), [(1, 1), (2, 2), (4, 4)])
def test_top_k_keeps_the_largest(k: int, left: int) -> None:
    assert kept(sampling.keep_top_k(row(0.5, 0.3, 0.1, 0.1 - 1e-3), k)) == left


def test_top_k_keeps_what_ties_with_the_last() -> None:
    assert kept(sampling.keep_top_k(row(0.5, 0.2, 0.2, 0.1), 2)) == 3


@pytest.mark.parametrize(("share", "left"), [(0.05, 1), (0.5, 1), (0.51, 2), (0.81, 3)])
def test_top_p_keeps_the_fewest_that_reach_the_share(share: float, left: int) -> None:
    assert kept(sampling.keep_top_p(row(0.5, 0.3, 0.15, 0.05), share)) == left


def test_min_p_drops_what_is_far_below_the_best() -> None:
    assert kept(sampling.keep_min_p(row(0.5, 0.3, 0.15, 0.05), 0.2)) == 3


def test_the_draw_follows_the_chances() -> None:
    noise = torch.empty(3000, 3).exponential_(generator=torch.Generator().manual_seed(3))
    places = sampling.draw(row(0.6, 0.3, 0.1), noise).flatten()
    shares = torch.bincount(places, minlength=3) / 3000
    assert torch.allclose(shares, torch.tensor([0.6, 0.3, 0.1]), atol=0.04)


def test_what_a_filter_dropped_is_never_drawn() -> None:
    knobs = Sampling(seed=3, temperature=1.0, **OFF | {"top_k": 1})
    steps = drawn(sampler_of(knobs, [], 3), row(0.33, 0.34, 0.33), 200)
    assert steps == [[1]] * 200


@pytest.mark.parametrize("knobs", [Sampling(seed=5), Sampling(seed=5, top_k=0)])
def test_a_candidate_is_drawn_as_if_it_were_alone(knobs: Sampling) -> None:
    scores = torch.randn(1, 900, generator=torch.Generator().manual_seed(0))
    together = drawn(sampler_of(knobs, [], 900, rows=3), scores.expand(3, -1), 12)
    for number in range(3):
        alone = drawn(sampler_of(replace(knobs, seed=5 + number), [], 900), scores, 12)
        assert [step[number] for step in together] == [step[0] for step in alone]


def test_a_narrow_look_draws_what_a_whole_one_draws() -> None:
    """top-k up to 256 sorts 256 scores only: the same tokens as from the whole vocabulary."""
    scores = torch.randn(1, 900, generator=torch.Generator().manual_seed(0))
    knobs = Sampling(seed=5, top_k=256, top_p=0.9)
    narrow = sampler_of(knobs, [], 900)
    ordered, ids = narrow._ordered(scores)
    whole, places = scores.sort(descending=True)
    left = kept(narrow._filtered(ordered))
    wide = sampling.keep_top_k(sampling.temper(whole, 0.7), 256)
    wide = sampling.keep_min_p(sampling.keep_top_p(wide, 0.9), knobs.min_p)
    assert left == kept(wide)
    assert ids[0, :left].tolist() == places[0, :left].tolist()


def test_rows_that_go_on_keep_their_seed() -> None:
    scores = torch.randn(1, 50, generator=torch.Generator().manual_seed(0))
    knobs = Sampling(seed=5, temperature=2.0, **OFF)
    whole = drawn(sampler_of(knobs, [], 50, rows=3), scores.expand(3, -1), 8)
    fewer = sampler_of(knobs, [], 50, rows=3)
    begun = drawn(fewer, scores.expand(3, -1), 4)
    fewer.keep([2])
    rest = drawn(fewer, scores, 4)
    assert fewer.rows == [2]
    assert [step[2] for step in whole] == [step[2] for step in begun] + [step[0] for step in rest]


def test_the_chances_are_the_models_own() -> None:
    sampler = sampler_of(Sampling(seed=1, temperature=0.2), [], 4, told=3)
    picks = sampler.picks(sampler.pick(row(0.5, 0.3, 0.15, 0.05)).tolist())
    assert picks is not None
    assert picks[0].others == tuple(
        (token, pytest.approx(chance)) for token, chance in ((0, 0.5), (1, 0.3), (2, 0.15))
    )
    assert picks[0].chance == pytest.approx(dict(picks[0].others)[picks[0].token])


def test_a_token_that_is_not_among_the_likeliest_is_told_with_them() -> None:
    sampler = sampler_of(Sampling(temperature=0.0, logit_bias="3:100"), [], 4, told=2)
    (pick,) = sampler.picks(sampler.pick(row(0.5, 0.3, 0.15, 0.05)).tolist()) or []
    assert [token for token, _ in pick.others] == [0, 1, 3]
    assert pick.chance == pytest.approx(0.05)
    assert pick.rest == ((pytest.approx(0.15), 1.0),)


def test_the_groups_hold_whatever_is_not_told() -> None:
    torch.manual_seed(1)
    scores = 4 * torch.randn(3, 500)
    sampler = sampler_of(Sampling(temperature=0.0), [], 500, rows=3, told=8)
    for pick in sampler.picks(sampler.pick(scores).tolist()) or []:
        assert sum(count for _, count in pick.rest) == 500 - 8
        mass = sum(chance for _, chance in pick.others) + sum(c * n for c, n in pick.rest)
        assert mass == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_scores_that_are_no_numbers_are_told(bad: float) -> None:
    sampler = sampler_of(Sampling(temperature=0.0), [], 3)
    assert sampler.picks(sampler.pick(torch.tensor([[1.0, bad, 0.0]])).tolist()) is None


def test_a_bias_forbids_and_forces() -> None:
    scores = row(0.5, 0.3, 0.2)
    forbidden = sampler_of(Sampling(temperature=0.0, logit_bias="0:-100"), [], 3)
    forced = sampler_of(Sampling(seed=1, logit_bias="2:100, 900:5"), [], 3)
    assert drawn(forbidden, scores, 2) == [[1], [1]]
    assert drawn(forced, scores, 20) == [[2]] * 20


def test_a_top_k_beyond_the_vocabulary_keeps_everything() -> None:
    whole = drawn(sampler_of(Sampling(seed=1, **OFF), [], 5), row(0.3, 0.25, 0.2, 0.15, 0.1), 30)
    wide = Sampling(seed=1, **OFF | {"top_k": 1000})
    assert drawn(sampler_of(wide, [], 5), row(0.3, 0.25, 0.2, 0.15, 0.1), 30) == whole


def picks(knobs: Sampling, count: int = 20) -> list[int]:
    steps = drawn(sampler_of(knobs, [0], 5), row(0.3, 0.25, 0.2, 0.15, 0.1), count)
    return [step[0] for step in steps]


def test_temperature_zero_is_greedy() -> None:
    assert set(picks(Sampling(temperature=0.0))) == {0}


def test_one_seed_gives_one_answer() -> None:
    assert picks(Sampling(seed=5)) == picks(Sampling(seed=5))


def test_another_seed_gives_another_answer() -> None:
    assert picks(Sampling(seed=5, **OFF)) != picks(Sampling(seed=6, **OFF))


def test_a_random_seed_is_drawn_and_told() -> None:
    seeds = {sampling.seeded(Sampling()).seed for _ in range(4)}
    assert len(seeds) == 4
    assert all(0 <= seed < 1 << 32 for seed in seeds)


def test_the_repetition_penalty_counts_the_prompt_and_the_answer() -> None:
    sampler = sampler_of(Sampling(temperature=0.0, repetition_penalty=2.0), [0], 3)
    assert drawn(sampler, torch.tensor([[1.0, 0.9, 0.8]]), 3) == [[1], [2], [0]]


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
        "logit_bias": Sampling(seed=1, temperature=1.0, logit_bias="3:4", **OFF),
    }
    of_the_reply = {"max_new_tokens", "stop_strings", "candidates", "thinking", "when_full"}
    assert set(changed) | of_the_reply == set(knobs_of(Sampling))  # the latter: test_local.py
    dead = [name for name, knobs in changed.items() if picks(knobs, 40) == picks(base, 40)]
    assert dead == []


def test_rounding_that_swaps_equal_scores_changes_no_draw() -> None:
    """Rows computed together are rounded otherwise than alone; the choice must not hear of it."""
    knobs = Sampling(seed=4, temperature=1.0, **OFF)
    scores = torch.randn(1, 5000, generator=torch.Generator().manual_seed(0)).mul_(1e-6)
    rounded = scores * torch.randint(0, 2, scores.shape, generator=torch.Generator().manual_seed(1))
    one, other = (drawn(sampler_of(knobs, [], 5000), s, 20) for s in (scores, rounded))
    assert one == other
