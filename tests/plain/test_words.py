"""Which words count as the same, and where they are marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.words import around, fold, split


def marked(text: str, asked: str) -> list[str] | None:
    """The marked pieces of the line."""
    place = around(text, split(asked))
    return place and [place[0][start:end] for start, end in place[1]]


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("明日の天気は晴れ", "天気", ["天気"]),
        ("ＡＢＣとabc", "Abc", ["ＡＢＣ", "abc"]),
        ("半角のｶﾞｲﾄﾞです", "ガイド", ["ｶﾞｲﾄﾞ"]),
        ("全角のガイドです", "ｶﾞｲﾄﾞ", ["ガイド"]),
        ("cafe\u0301 first", "CAFÉ", ["cafe\u0301"]),
        ("Straße", "STRASSE", ["Straße"]),
        ("the oﬃce", "office", ["oﬃce"]),
        ("㍻の漢字 and ab", "ab", ["ab"]),
        ("one two one", "two one", ["one", "two", "one"]),
        ("aaaa", "aa", ["aaaa"]),
        ("nothing", "thing else", None),
        ("a\nb\tweather", "weather", ["weather"]),
    ],
)
def test_what_a_person_takes_for_the_same_is_found_and_marked(
    text: str, asked: str, found: list[str] | None
) -> None:
    told = marked(text, asked)
    assert (told and sorted(told)) == (found and sorted(found))


def test_a_long_text_is_cut_around_the_first_word() -> None:
    place = around("x" * 500 + " weather " + "y" * 500, ("weather",))
    assert place is not None
    line, spans = place
    assert line.startswith("…xxx")
    assert line.endswith("yyy…")
    assert [line[a:b] for a, b in spans] == ["weather"]
    assert len(line) < 200


def test_a_word_inside_another_one_says_nothing_new() -> None:
    assert split("  Weather weather eat 天気 ") == ("weather", "天気")
    assert split(" \u3000\n") == ()


@given(st.text(max_size=300), st.data())
def test_every_piece_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    words = fold(text).split()
    if words:
        word = data.draw(st.sampled_from(words))
        place = around(text, (word,))
        assert place is not None
        line, spans = place
        for start, end in spans:
            assert 0 <= start < end <= len(line)


@given(st.text("aABé天気Ａｶﾞ ﬃ", max_size=60))
def test_what_is_marked_reads_as_the_word(text: str) -> None:
    for word in fold(text).split():
        place = around(text, (word,))
        assert place is not None
        assert all(word in fold(place[0][start:end]) for start, end in place[1])
