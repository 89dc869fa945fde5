"""The reasoning that stands before an answer between two tags, taken out of a growing text.

The stored text keeps its tags; this says which characters are reasoning and which are the answer,
piece by piece, and gives the same whatever the pieces are. Knows nothing about how they are shown.
"""

from __future__ import annotations

import re

OPEN, CLOSE = "<think>", "</think>"

# Letters of these scripts are counted one by one, words of the others whole.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u9fff\uac00-\ud7af]+")


class Thoughts:
    """Takes an answer in pieces; keeps the reasoning and hands the rest back."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.found = False  # the answer begins with reasoning
        self.under_way = False  # and has not come to its end
        self._sought = True  # nothing but the beginning of a tag has come
        self._held = ""

    @property
    def text(self) -> str:
        """The reasoning, as far as it has come."""
        return "".join(self.pieces).strip("\n")

    def feed(self, piece: str) -> str:
        """Take the next piece; what of it belongs to the answer."""
        text, self._held = self._held + piece, ""
        if self._sought:
            start = text.lstrip()
            if OPEN.startswith(start[: len(OPEN)]) and len(start) < len(OPEN):
                self._held = text
                return ""
            self._sought = False
            self.found = self.under_way = start.startswith(OPEN)
            text = start[len(OPEN) :] if self.found else text
        return self._think(text) if self.under_way else text

    def finish(self) -> str:
        """The text is at its end: what was held back for a tag that never came."""
        held, self._held = self._held, ""
        if self.under_way:
            self.pieces.append(held)
            self.under_way = False
            return ""
        self._sought = False
        return held

    def _think(self, text: str) -> str:
        inside, tag, answer = text.partition(CLOSE)
        if tag:
            self.under_way = False
        else:
            kept = _overlap(inside)
            inside, self._held = inside[: len(inside) - kept], inside[len(inside) - kept :]
        self.pieces.append(inside)
        return answer


def _overlap(text: str) -> int:
    """How many characters at the end of `text` may begin the closing tag."""
    sizes = range(min(len(CLOSE) - 1, len(text)), 0, -1)
    return next((size for size in sizes if CLOSE.startswith(text[-size:])), 0)


def answer(text: str) -> str:
    """A whole text without its reasoning."""
    thoughts = Thoughts()
    rest = thoughts.feed(text) + thoughts.finish()
    return rest.lstrip("\n") if thoughts.found else rest


def count_words(text: str) -> int:
    """Words; in scripts without spaces, characters."""
    return len(_WORD.findall(text))
