"""Reasoning is told from the answer, whatever the pieces it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatapp.thoughts import Thoughts, answer, count_words

TEXTS = (
    "<think>one two</think>\n\nAnswer",
    "\n<think>\none\n</think>Answer <think>not this</think>",
    "No reasoning at all",
    "<thinking aloud>is text",
    "Text first <think>x</think>",
    "<think>cut short </thi",
    "<think></think>\n\nempty",
    "<",
    "",
    "<think>a < b </ thin </think></think>rest",
)


def taken(text: str, size: int) -> tuple[bool, str, str]:
    thoughts, rest = Thoughts(), ""
    for at in range(0, len(text), size):
        rest += thoughts.feed(text[at : at + size])
    rest += thoughts.finish()
    return thoughts.found, thoughts.text, rest


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pieces_of_any_size_give_the_same(text: str, size: int) -> None:
    assert taken(text, size) == taken(text, len(text) or 1)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", "a", "\n", " "])),
    st.integers(1, 4),
)
@settings(deadline=None)
def test_no_letter_is_lost(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    found, inside, rest = taken(text, size)
    if not found:
        assert rest == text
    else:
        assert inside in text
        assert text.endswith(rest)


def test_only_reasoning_at_the_start_is_taken_out() -> None:
    assert taken(TEXTS[1], 4) == (True, "one", "Answer <think>not this</think>")
    assert not taken(TEXTS[4], 4)[0]


def test_an_answer_is_told_without_its_reasoning() -> None:
    assert answer(TEXTS[0]) == "Answer"
    assert answer(TEXTS[2]) == TEXTS[2]


@pytest.mark.parametrize(
    ("text", "count"), [("one two, three", 3), ("温度を下げる", 6), ("GPU の 2 枚", 4), ("", 0)]
)
def test_words_are_counted(text: str, count: int) -> None:
    assert count_words(text) == count
