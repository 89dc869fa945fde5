"""The corpus: blocks of questions and answers, held-out questions, and how an answer is judged.

Knows nothing about models. A file is blocks with a blank line between; `Q: ` trains; `H: ` is held
out and near to a trained question, `U: ` is held out and a sentence of its own; `A: ` answers (two
spaces continue it), every `K: ` must match, ` | ` separates alternatives.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # these scripts also run where chatapp is not installed

CORPUS = Path(__file__).resolve().parent / "corpus"
LANGUAGES = ("en", "ja")


@dataclass(slots=True)
class Block:
    language: str
    topic: str
    questions: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)  # held out, the subject in a sentence of its own
    answers: list[str] = field(default_factory=list)
    keys: list[list[str]] = field(default_factory=list)  # all of them, any alternative of each

    @property
    def unseen(self) -> list[str]:
        """All that is never trained."""
        return [*self.held, *self.other]

    def right(self, answer: str) -> bool:
        low = answer.lower()
        return all(any(key in low for key in choices) for choices in self.keys)


def read_corpus(folder: Path = CORPUS) -> list[Block]:
    """Every block of both languages, in the order of the file names."""
    found: list[Block] = []
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.txt")):
            for text in path.read_text("utf-8").split("\n\n"):
                block = _read_block(text, Block(language, path.stem))
                if block.questions or block.answers:
                    _check(block, path)
                    found.append(block)
    return found


def _read_block(text: str, block: Block) -> Block:
    for line in text.splitlines():
        mark, value = line[:3], line[3:].strip()
        if line.startswith("  ") and block.answers:
            block.answers[-1] += "\n" + line.strip()
        elif mark == "Q: ":
            block.questions.append(value)
        elif mark == "H: ":
            block.held.append(value)
        elif mark == "U: ":
            block.other.append(value)
        elif mark == "A: ":
            block.answers.append(value)
        elif mark == "K: ":
            block.keys.append([key.strip().lower() for key in value.split(" | ")])
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"{block.topic}: not a line of the corpus: {line!r}")
    return block


def _check(block: Block, path: Path) -> None:
    if not (block.questions and block.answers and block.keys):
        raise ValueError(f"{path.name}: a block lacks Q, A or K near {block.questions[:1]}")
    for answer in block.answers:
        if not block.right(answer):
            raise ValueError(f"{path.name}: an answer misses its own key: {answer!r}")
