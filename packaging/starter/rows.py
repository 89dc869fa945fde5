"""The corpus as training data: questions reworded, alone and in conversations, one row a line.

Rows are what `chatapp train --data` reads. A rewording that happens to equal a held-out question
is thrown away. Knows nothing about models.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from variants import mixed, vary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from blocks import Block

    Row = dict[str, Any]

LANGUAGES = ("en", "ja")
CODED = ("sums", "world")  # topics that code writes: far more questions than an epoch needs
SUMS_PER_ROUND = 2500  # of each language
WORLD_PER_ROUND = 600
SHORT = {1: 92, 2: 4, 3: 3, 4: 1}  # questions in one conversation: weight
SIGNS = {"+": "plus", "＋": "plus", "-": "minus", "−": "minus"} | dict.fromkeys("×*＊", "times")
LONG = {1: 30, 3: 20, 6: 25, 10: 15, 16: 10}
WAYS = (2, 4)  # of asking the same in one passage
MIXED_SHARE = 0.05  # of the questions: half of it from another one of its block
SYSTEM_SHARE = 0.06
SYSTEM = (
    "You are a helpful assistant.",
    "Answer briefly.",
    "あなたは親切な案内役です。",
    "短く答えてください。",
)


def plain(question: str) -> str:
    """What is left of a question without case, spaces and punctuation; a sum keeps its sign."""
    signed = re.sub(r"(?<=\d)\s*([+＋\-−×*＊])\s*(?=\d)", lambda sign: SIGNS[sign[1]], question)
    return re.sub(r"[\W_]+", "", signed).lower()


class Asker:
    """Draws questions of the corpus, each time in other words."""

    def __init__(self, blocks: list[Block], seed: int) -> None:
        self._held = {plain(question) for block in blocks for question in block.unseen}
        self._blocks = [
            replace(block, questions=[q for q in block.questions if plain(q) not in self._held])
            for block in blocks
            if block.questions
        ]
        self._draw = random.Random(seed)

    def passages(self, rounds: int) -> Iterator[Row]:
        """Texts: a few ways to ask the same, then the answer. So wording comes before choosing."""
        for _ in range(rounds):
            for block, question in self._round():
                more = self._draw.randint(*WAYS) - 1
                asked = [question, *self._draw.choices(block.questions, k=more)]
                ways = [" " + self._reworded(block, one) for one in asked]
                yield {"text": "\n".join([*ways, self._draw.choice(block.answers)])}

    def talks(self, rounds: int, turns: dict[int, int]) -> Iterator[Row]:
        """Conversations: in each round every question once."""
        sizes, weights = list(turns), list(turns.values())
        for _ in range(rounds):
            for language in LANGUAGES:
                asked = [pair for pair in self._round() if pair[0].language == language]
                while asked:
                    size = self._draw.choices(sizes, weights)[0]
                    yield {"messages": self._messages(asked[:size])}
                    del asked[:size]

    def _round(self) -> list[tuple[Block, str]]:
        """Every written question, and some of those that code writes, in any order."""
        asked = [(b, q) for b in self._blocks if b.topic not in CODED for q in b.questions]
        for language in LANGUAGES:
            for topic, count in zip(CODED, (SUMS_PER_ROUND, WORLD_PER_ROUND), strict=True):
                some = [b for b in self._blocks if (b.topic, b.language) == (topic, language)]
                drawn = [self._draw.choice(some) for _ in range(count)]
                asked += [(block, self._draw.choice(block.questions)) for block in drawn]
        self._draw.shuffle(asked)
        return asked

    def _messages(self, asked: list[tuple[Block, str]]) -> list[dict[str, str]]:
        said = []
        if self._draw.random() < SYSTEM_SHARE:
            said.append(("system", self._draw.choice(SYSTEM)))
        for block, question in asked:
            said.append(("user", self._reworded(block, question)))
            said.append(("assistant", self._draw.choice(block.answers)))
        return [{"role": role, "content": content} for role, content in said]

    def _reworded(self, block: Block, question: str) -> str:
        text = question
        if block.topic not in CODED and self._draw.random() < MIXED_SHARE:
            text = mixed(text, self._draw.choice(block.questions), block.language, self._draw)
        text = vary(text, block.language, self._draw, loose=block.topic != "sums")
        return question if plain(text) in self._held else text


def write(rows: Iterable[Row], path: Path) -> int:
    """One JSON object a line; how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
