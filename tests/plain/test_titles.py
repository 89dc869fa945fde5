"""What a conversation is called until a person names it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.titles import TITLE_LENGTH, title_from


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
