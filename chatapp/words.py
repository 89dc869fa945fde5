"""Which words a person takes for the same, and where they stand in a text.

Width, case and composition make no difference: Ａ = a, ｶﾞ = ガ, é in one character or in two.
Knows nothing about where texts come from or how a place is shown.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST = 20  # words that are looked for
_BEFORE, _LENGTH = 24, 160  # characters of a line: before the first word, and in all

Spans = tuple[tuple[int, int], ...]


def fold(text: str) -> str:
    """The same text for all that a person takes for the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def split(asked: str) -> tuple[str, ...]:
    """The words to look for; those that are a part of another one say nothing new."""
    words = list(dict.fromkeys(fold(asked).split()))[:MOST]
    return tuple(
        word for word in words if not any(word in other for other in words if other != word)
    )


def around(text: str, words: Sequence[str]) -> tuple[str, Spans] | None:
    """One line around the first word, and where words stand in it; None when one is missing."""
    folded = fold(text)
    if not all(word in folded for word in words):
        return None
    first = min((folded.index(word) for word in words), default=0)
    places = _places(text, folded)
    start = _start(text, places[first])
    line = text[start : start + _LENGTH]
    spans = [
        (places[at] - start, places[at + len(word)] - start)
        for word in words
        for at in _occurrences(folded, word, first)
        if start <= places[at] and places[at + len(word)] <= start + len(line)
    ]
    shown = "".join(" " if letter.isspace() else letter for letter in line)
    head, tail = "\u2026" * (start > 0), "\u2026" * (start + len(line) < len(text))
    return f"{head}{shown}{tail}", _joined((a + len(head), b + len(head)) for a, b in spans)


def _start(text: str, first: int) -> int:
    """Where the line begins: a little before the word, between two words if that is near."""
    start = first - _BEFORE
    if start <= 0:
        return 0
    space = text.find(" ", start, first - _BEFORE // 2)
    return start if space < 0 else space + 1


def _occurrences(folded: str, word: str, first: int) -> Iterator[int]:
    at = folded.find(word, first)
    while at >= 0 and at < first + 3 * _LENGTH:
        yield at
        at = folded.find(word, at + len(word))


def _places(text: str, folded: str) -> Sequence[int]:
    """Where each character of the folded text, and its end, stands in the text."""
    if len(text) == len(folded) and (text.isascii() or all(map(_is_single, text))):
        return range(len(text) + 1)
    places: list[int] = []
    for start, end in _clusters(text):
        places += [start] * len(fold(text[start:end]))
    return [*places, *[len(text)] * (len(folded) + 1 - len(places))]


def _is_single(letter: str) -> bool:
    return not _joins(letter) and len(fold(letter)) == 1


def _joins(letter: str) -> bool:
    """Whether it is written into the letter before it."""
    return unicodedata.combining(letter) != 0 or letter in "\uff9e\uff9f"


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _joins(text[end]):
            yield start, end
            start = end


def _joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """In order, and without overlaps."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return tuple(found)
