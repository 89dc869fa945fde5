"""The data of a course as token ids, and what of it cannot be learned.

Knows nothing about models' weights or losses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp.chat import Failed, Progress, UserError
from chatapp.engine import batches, loading, scratch
from chatapp.engine.batches import Example, Item, Rows

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from chatapp.chat import Event
    from chatapp.course import Course
    from chatapp.forms import Row
    from chatapp.tuning import Tuning

TOLD_EVERY = 200  # rows, while they are tokenised
SCRATCH_CONTEXT = 1024  # tokens that a new model can see, at least


@dataclass(slots=True)
class Taught:
    """The data as token ids, and what of it cannot be learned."""

    learn: list[Item] = field(default_factory=list)
    unseen: list[Item] = field(default_factory=list)
    problems: list[tuple[int, Failed]] = field(default_factory=list)
    cut: int = 0

    @property
    def rows(self) -> Rows:
        """What is learned, each item a row."""
        return [[item] if isinstance(item, Example) else [*item] for item in self.learn]


def tokenizer_for(asked: Course, kept: Sequence[Row]) -> Any:
    """The model's own; of a model from scratch one that is made of the data."""
    if asked.model:
        return loading.tokenizer_of(Path(asked.model.path))
    if asked.resume:
        return loading.tokenizer_of(asked.folder)
    texts = (text for row in kept for text in (row.text, *(m.text for m in row.messages)))
    return scratch.make_tokenizer(texts, asked.tuning.vocabulary, context(asked.tuning))


def context(tuning: Tuning) -> int:
    """Tokens that a new model can see."""
    return max(SCRATCH_CONTEXT, tuning.longest)


def row_limit(asked: Course) -> int:
    """Tokens of a row: no more than the model can see."""
    facts = asked.model.facts if asked.model else None
    limit = (facts.context_length if facts else None) or context(asked.tuning)
    return min(asked.tuning.longest, limit)


def tokenise(
    tokenizer: Any, kept: Sequence[Row], held: Sequence[Row], asked: Course
) -> Generator[Event, None, Taught]:
    """Both parts as ids, a Progress now and then. Raises UserError when nothing is left."""
    taught, done, total = Taught(), 0, len(kept) + len(held)
    longest, read = row_limit(asked), _pair if asked.tuning.method == "pairs" else _examples
    for rows, found in ((kept, taught.learn), (held, taught.unseen)):
        for row in rows:
            if done % TOLD_EVERY == 0:
                yield Progress("tokenise", done, total)
            done += 1
            try:
                items, cut = read(tokenizer, row, longest)
            except UserError as error:
                taught.problems.append((row.line, error.event()))
                continue
            taught.cut += cut
            found += items
    if taught.learn:
        return taught
    if taught.problems:
        raise taught.problems[0][1].error
    raise UserError("There are no examples to train on.", "Add at least one example.")


def _examples(tokenizer: Any, row: Row, longest: int) -> tuple[list[Item], int]:
    """What a row teaches, and how much of it is too long."""
    whole = batches.row_examples(tokenizer, row, longest)
    short = [example.cut(longest) for example in whole]
    cut = sum(len(example.ids) > longest for example in whole)
    return [example for example in short if any(example.counted[1:])], cut


def _pair(tokenizer: Any, row: Row, longest: int) -> tuple[list[Item], int]:
    """The same of two answers; a pair of which one answer is cut off whole says nothing."""
    better, worse = batches.pair(tokenizer, row)
    short = better.cut(longest), worse.cut(longest)
    cut = short != (better, worse)
    return [short] if all(any(example.counted[1:]) for example in short) else [], int(cut)
