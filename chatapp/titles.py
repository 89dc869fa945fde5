"""What a conversation is called until a person names it.

The first line that a person wrote, without a greeting before it; where nothing but a greeting was
written, the first line of the next message. No model is asked: a title is there at once, and says
only what was written. Knows nothing about where titles are kept or shown.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from chatapp.chat import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE_LENGTH = 40
SOON = 5  # messages of a person after which a title stays
_GREETINGS = (
    "hi", "hi there", "hello", "hello there", "hey", "hey there", "howdy", "greetings", "yo",
    "good morning", "good afternoon", "good evening", "how are you", "how are you doing",
    "nice to meet you", "test", "testing", "hello world", "hi all",
    "こんにちは", "こんにちわ", "こんばんは", "おはよう", "おはようございます", "はじめまして",
    "初めまして", "やあ", "どうも", "もしもし", "ハロー", "よろしく", "よろしくお願いします",
    "お願いします", "お疲れ様です", "お世話になります", "お世話になっております", "テスト",
)  # fmt: skip
# A greeting and what separates it from the rest; in scripts with spaces it ends at a sign.
_GREETING = re.compile(
    rf"\s*(?:{'|'.join(map(re.escape, sorted(_GREETINGS, key=len, reverse=True)))})"
    r"(?:\s*[!！.。…,、，?？~〜～:：;ー]+\s*|\s*\Z|(?<=[\u3040-\u9fff])\s+)",
    re.IGNORECASE,
)


def title_of(texts: Sequence[str]) -> str:
    """What these messages of a person are about: the first that is more than a greeting."""
    rest = (_greetingless(text) for text in texts)
    return next((title_from(text) for text in rest if text), title_from(texts[0]) if texts else "")


def retitled(title: str, texts: Sequence[str]) -> str:
    """The title after the last of these messages; one that a person gave stays."""
    return title_of(texts) if title == title_of(texts[:-1]) else title


def title_from(text: str) -> str:
    """The first line, at most about 40 characters, cut between words or beside a CJK character."""
    lines = clean(text.lstrip()[:1000]).splitlines()
    line = " ".join(lines[0].split()) if lines else ""
    if len(line) <= TITLE_LENGTH:
        return line
    good = [at for at in range(TITLE_LENGTH, TITLE_LENGTH // 2, -1) if _separate(line, at)]
    cut = next((at for at in good if _word_ends(line, at)), good[0] if good else TITLE_LENGTH)
    return line[:cut].rstrip() + "\u2026"


def _greetingless(text: str) -> str:
    """The text behind its greetings; empty when there is nothing else."""
    text = text.lstrip()[:1000]
    while match := _GREETING.match(text):
        text = text[match.end() :].lstrip()
    return text if any(letter.isalnum() for letter in text) else ""


def _word_ends(line: str, at: int) -> bool:
    wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in line[at - 1 : at + 1])
    return wide or " " in line[at - 1 : at + 1]


def _separate(line: str, at: int) -> bool:
    """Whether the characters on both sides of the cut are two, not parts of one."""
    left, right = line[at - 1], line[at]
    joined = (
        unicodedata.category(right)[0] == "M"
        or "\u200d" in (left, right)
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # skin tones
        or "\u1160" <= right <= "\u11ff"  # the later parts of a Hangul syllable
        or "\U000e0020" <= right <= "\U000e007f"  # the tail of a regional flag
    )
    if not joined and all("\U0001f1e6" <= letter <= "\U0001f1ff" for letter in (left, right)):
        before = line[:at]
        flags = len(before) - len(before.rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
        joined = flags % 2 == 1
    return not joined
