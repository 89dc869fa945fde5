"""What a conversation is called until a person names it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.titles import TITLE_LENGTH, retitled, title_from, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""),
        ("  \n\t", ""),
        ("\n\n  What  is\ta monad?  \nPlease be brief.", "What is a monad?"),
        (
            "How do I convince a cat that the sofa is not a scratching post?",
            "How do I convince a cat that the sofa is…",
        ),
        ("x" * 100, "x" * TITLE_LENGTH + "…"),
        ("天気" * 40, "天気" * (TITLE_LENGTH // 2) + "…"),
        ("a" * 39 + "が" + "い" * 9, "a" * 39 + "が…"),
        ("x" * 39 + "e\u0301" * 9, "x" * 39 + "…"),
        ("x" * 39 + "👩\u200d🚀", "x" * 39 + "…"),
        ("x" * 39 + "🇯🇵", "x" * 39 + "…"),
    ],
)
def test_a_title_is_the_first_line_cut_where_nothing_breaks(text: str, title: str) -> None:
    assert title_from(text) == title


@given(st.text(max_size=200))
def test_a_title_is_short_and_never_begins_its_rest_with_a_mark(text: str) -> None:
    title = title_from(text)
    assert len(title) <= TITLE_LENGTH + 1
    title.encode("utf-8")
    line = " ".join(text.lstrip().splitlines()[0].split()) if text.strip() else ""
    rest = line[len(title) - 1 :] if title.endswith("…") else ""
    marks = sum(unicodedata.category(letter)[0] == "M" for letter in line)
    assert not (rest and marks < 10 and unicodedata.category(rest[0])[0] == "M")


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        (["What is a monad?"], "What is a monad?"),
        (["Hi!"], "Hi!"),
        (["hello", "What is a monad?"], "What is a monad?"),
        (["Hello! Good morning.", "👋", "What is a monad?", "And a functor?"], "What is a monad?"),
        (["Hi, what is a monad?"], "what is a monad?"),
        (["こんにちは。奈良の天気を教えて"], "奈良の天気を教えて"),
        (["こんにちは\n奈良の天気を教えて"], "奈良の天気を教えて"),
        (["こんにちは！", "奈良の天気を教えて"], "奈良の天気を教えて"),
        (["こんにちはの語源は?"], "こんにちはの語源は?"),
        (["Hi-fi amplifiers for small rooms"], "Hi-fi amplifiers for small rooms"),
        (["Test driven development, what is it?"], "Test driven development, what is it?"),
        (["History of Rome"], "History of Rome"),
        (["How are you?", "Fine."], "Fine."),
        (["", "  "], ""),
        ([], ""),
    ],
)
def test_a_title_says_more_than_a_greeting_where_there_is_more(
    texts: list[str], title: str
) -> None:
    assert title_of(texts) == title


def test_a_title_that_a_person_gave_stays() -> None:
    assert retitled("Hi", ["Hi", "What is a monad?"]) == "What is a monad?"
    assert retitled("My talk", ["Hi", "What is a monad?"]) == "My talk"
    assert retitled("What is a monad?", ["What is a monad?", "More"]) == "What is a monad?"


@given(st.lists(st.text(max_size=80), max_size=4))
def test_a_title_is_always_made_in_time(texts: list[str]) -> None:
    title = title_of(texts)
    assert len(title) <= TITLE_LENGTH + 1
