"""What a conversation is called until a person names it.

Knows nothing about where titles are kept or shown.
"""

from __future__ import annotations

import unicodedata

from chatapp.chat import clean

TITLE_LENGTH = 40


def title_from(text: str) -> str:
    """The first line, at most about 40 characters, cut between words or beside a CJK character."""
    lines = clean(text.lstrip()[:1000]).splitlines()
    line = " ".join(lines[0].split()) if lines else ""
    if len(line) <= TITLE_LENGTH:
        return line
    good = [at for at in range(TITLE_LENGTH, TITLE_LENGTH // 2, -1) if _separate(line, at)]
    cut = next((at for at in good if _word_ends(line, at)), good[0] if good else TITLE_LENGTH)
    return line[:cut].rstrip() + "\u2026"


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
