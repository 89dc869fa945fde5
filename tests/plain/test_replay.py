"""An answer made again: what is asked, and how like two answers are."""

from __future__ import annotations

import dataclasses

import pytest

from chatapp.chat import Message, ModelInfo, Origin, Stats
from chatapp.replay import compare, is_alike, replay_of
from chatapp.settings import Sampling

SEEN = (Message("system", "Be kind."), Message("user", "Hi"))
COST = Stats(12, 0, 9, 0.1, 0.2, 7, 512)
KNOBS = Sampling(temperature=0.9, seed=7, max_new_tokens=300, when_full="ask")
MADE = Origin("Tiny", "/models/tiny", "CPU", "float32", "fused",
              tuple(dataclasses.asdict(KNOBS).items()), (("torch", "2"),))  # fmt: skip


def test_the_same_messages_and_knobs_are_asked_and_no_more_tokens() -> None:
    made = replay_of(SEEN, MADE, COST)
    assert made.request.messages == SEEN
    assert made.request.sampling == dataclasses.replace(KNOBS, max_new_tokens=9, when_full="forget")
    assert (made.row, made.opening) == (0, "")


def test_a_candidate_is_made_beside_the_same_others() -> None:
    knobs = dataclasses.replace(KNOBS, candidates=4, seed=(1 << 32) - 1)
    origin = dataclasses.replace(MADE, knobs=tuple(dataclasses.asdict(knobs).items()))
    made = replay_of(SEEN, origin, dataclasses.replace(COST, seed=1))  # two further, around the end
    assert made.row == 2
    assert made.request.sampling.candidates == 4


def test_what_it_began_with_is_given_to_it() -> None:
    origin = dataclasses.replace(MADE, opening="Well,", adapter="/adapters/a")
    made = replay_of(SEEN, origin, COST)
    assert made.request.messages[-1] == Message("assistant", "Well,")
    assert made.request.sampling.max_new_tokens == 300
    assert (made.opening, made.request.adapter) == ("Well,", "/adapters/a")


def test_a_knob_that_is_no_knob_any_more_is_passed_over() -> None:
    origin = dataclasses.replace(MADE, knobs=(*MADE.knobs, ("gone", 3), ("top_k", -5)))
    assert replay_of(SEEN, origin, None).request.sampling.top_k == Sampling().top_k


@pytest.mark.parametrize(
    ("kept", "again", "same", "words"),
    [
        ("a b c", "a b c", 3, 3),
        ("a b c", "a b c d", 3, 3),
        ("a b c", "a b", 2, 3),
        ("a b c", "a x c", 1, 3),
        ("a b c", "", 0, 3),
        ("", "anything", 0, 0),
    ],
)
def test_two_answers_are_compared_word_for_word(
    kept: str, again: str, same: int, words: int
) -> None:
    like = compare(kept, again)
    assert (like.same, like.count, like.written) == (same, words, False)
    assert like.whole == (same == words)


@pytest.mark.parametrize(
    ("kept", "again", "same", "count"),
    [
        ("今日は晴れです。", "今日は晴れです。", 8, 8),
        ("今日は晴れです。", "今日は雨です。", 3, 8),
        ("今日は 晴れ", "今日は\n晴れ", 5, 5),
        ("か\u3099す", "か", 0, 2),  # a letter and its mark are one
        ("家族👨\u200d👩\u200d👧だ", "家族👨だ", 2, 4),
        ("GPUは速い", "GPUは速い", 6, 6),
        ("ดีมาก", "ดีใจ", 1, 4),
    ],
)
def test_where_no_spaces_part_words_answers_are_compared_by_characters(
    kept: str, again: str, same: int, count: int
) -> None:
    like = compare(kept, again)
    assert (like.same, like.count, like.written) == (same, count, True)


def test_another_precision_or_library_is_noticed() -> None:
    info = ModelInfo("Tiny", "/models/tiny", "CPU", "float32", "", 1, 1, 512, True, rung="fused")
    assert is_alike(MADE, info, {"torch": "2"})
    assert not is_alike(MADE, dataclasses.replace(info, dtype="int8"), {"torch": "2"})
    assert not is_alike(MADE, info, {"torch": "3"})
