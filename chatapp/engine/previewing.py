"""What a course would learn, told before it begins: counts, what is wrong, and the first examples.

It reads and tokenises as `teaching` does and stops there. Knows nothing about models' weights.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from chatapp import examples
from chatapp.chat import UserError
from chatapp.engine import batches, syllabus
from chatapp.taught import Previewed, Shown

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from chatapp.chat import Event
    from chatapp.course import Course
    from chatapp.engine.batches import Example
    from chatapp.forms import Row

SHOWN = 12  # rows
SHOWN_TOKENS = 400  # of each


def preview(asked: Course) -> Generator[Event, None, None]:
    """Progress, then one Previewed. Raises UserError as the training would."""
    data = examples.read(asked.data, asked.columns)
    asked = asked.settled(len(data.rows), data.pairs)
    tuning = asked.tuning
    kept, held = examples.split(data.rows, tuning.validation / 100, tuning.seed)
    tokenizer, pairs = syllabus.tokenizer_for(asked, kept), tuning.method == "pairs"
    taught = yield from syllabus.tokenise(tokenizer, kept, held, asked)
    tokens, learned = batches.tokens(taught.rows)
    problems = [(bad.line, bad.problem.event()) for bad in data.bad] + taught.problems
    first = sorted(kept[:SHOWN], key=lambda row: row.line)
    yield Previewed(
        name=data.name,
        rows=len(data.rows),
        bad_rows=data.bad_rows + len(taught.problems),
        problems=tuple(problems[: examples.TOLD]),
        duplicates=data.duplicates,
        examples=len(taught.learn),
        held_out=len(taught.unseen),
        cut=taught.cut,
        tokens=tokens,
        learned_tokens=learned,
        template=bool(tokenizer.chat_template),
        shown=tuple(_shown(tokenizer, first, syllabus.row_limit(asked), pairs)),
        pairs=pairs,
    )


def _shown(
    tokenizer: Any, rows: Sequence[Row], limit: int, pairs: bool
) -> Generator[Shown, None, None]:
    most = min(limit, SHOWN_TOKENS)
    for row in rows:
        try:
            found = (
                [*batches.pair(tokenizer, row)]
                if pairs
                else batches.row_examples(tokenizer, row, limit)[:1]
            )
        except UserError:
            continue  # told among the problems
        if not found:
            continue
        longest = max(len(example.ids) for example in found)
        first, *worse = (_parts(tokenizer, example.cut(most)) for example in found)
        said = "".join(text for text, learned in worse[0] if learned) if worse else ""
        yield Shown(row.line, first, min(longest, limit), longest > limit, said)


def _parts(tokenizer: Any, example: Example) -> tuple[tuple[str, bool], ...]:
    """Neighbours of one kind together; the first token is never learned, nothing precedes it."""
    pairs = zip(example.ids, (False, *example.counted[1:]), strict=True)
    groups = itertools.groupby(pairs, key=lambda pair: pair[1])
    return tuple((tokenizer.decode([ids for ids, _ in some]), learned) for learned, some in groups)
