"""Messages and texts -> token ids with a loss mask -> packed rows -> the tensors of one step.

Knows nothing about models, optimisers or where examples come from.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from chatapp.chat import UserError
from chatapp.engine import rendering
from chatapp.forms import MEND

if TYPE_CHECKING:
    from chatapp.chat import Message
    from chatapp.forms import Row

IGNORED = -100  # the label that cross_entropy leaves out
_OPEN_ROWS = 64  # rows being filled at once: more packs tighter, slower


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids and, beside each, whether the loss counts it."""

    ids: tuple[int, ...]
    counted: tuple[bool, ...]

    def cut(self, tokens: int) -> Example:
        """Without what lies behind so many tokens."""
        return Example(self.ids[:tokens], self.counted[:tokens])


@dataclass(frozen=True, slots=True)
class Batch:
    """What the model reads at once; all are (rows, width)."""

    ids: torch.Tensor
    positions: torch.Tensor | None  # each example starts at 0 again; None = one a row
    labels: torch.Tensor  # the next id where it is counted, else IGNORED


Pair = tuple[Example, Example]  # the better answer and the worse one, behind one question
Item = Example | Pair
Source = Sequence[Item] | Callable[[int], Sequence[Item]]
Rows = list[list[Example]]
Arrange = Callable[[Sequence[Any], int], Rows]  # items and tokens of a row


@dataclass(frozen=True, slots=True)
class Beside:
    """Examples of which some are learned beside every step's own, each time others."""

    examples: tuple[Example, ...] = ()
    share: float = 0.0  # for each of the step's own

    def drawn(self, draw: random.Random, count: int) -> list[Example]:
        """Those of a step of so many."""
        return draw.sample(self.examples, min(len(self.examples), round(count * self.share)))


class RewritesError(UserError):
    """The chat template shows earlier turns otherwise than it showed them when they were new."""


# -- examples -------------------------------------------------------------------------------------


def row_examples(tokenizer: Any, row: Row, row_tokens: int) -> list[Example]:
    """What one row of the data teaches: a conversation whole, or answer by answer; text in pieces.

    Answer by answer where the template rewrites earlier turns, as reasoning models' templates do:
    then each answer is learned behind the history that it will be asked with.
    """
    if not row.messages:
        return text_examples(tokenizer, row.text, row_tokens)
    if not tokenizer.chat_template:
        text = "\n".join(message.text for message in row.messages)
        return text_examples(tokenizer, text, row_tokens)
    answers = [p for p, m in enumerate(row.messages) if m.role == "assistant"]
    learned = [place for place in answers if place not in row.unlearned]
    try:
        return [chat_example(tokenizer, row.messages, learned)]
    except RewritesError:
        parts = [row.messages[: place + 1] for place in learned]
        return [chat_example(tokenizer, part, [len(part) - 1]) for part in parts]


def chat_example(
    tokenizer: Any, messages: Sequence[Message], learned: Sequence[int] | None = None
) -> Example:
    """A conversation as the chat template writes it; only the assistant's tokens are counted.

    The template is the one source of truth: what it adds between the prompt for a turn and the
    end of that turn is the assistant's, its end token included. `learned` are the places of the
    answers to count, by default all. Raises RewritesError where no such place exists, and
    UserError where the template refuses the conversation.
    """
    turns = [{"role": message.role, "content": message.text} for message in messages]
    if learned is None:
        learned = [place for place, turn in enumerate(turns) if turn["role"] == "assistant"]
    ids = _render(tokenizer, turns, prompt=False)
    counted = [False] * len(ids)
    for place in learned:
        before = _render(tokenizer, turns[:place], prompt=True)
        whole = place + 1 == len(turns)
        after = ids if whole else _render(tokenizer, turns[: place + 1], prompt=False)
        if after[: len(before)] != before or ids[: len(after)] != after:
            raise RewritesError(
                "The chat template of this model rewrites earlier turns.",
                "Train with one question and one answer per example.",
            )
        counted[len(before) : len(after)] = [True] * (len(after) - len(before))
    return Example(tuple(ids), tuple(counted))


def pair(tokenizer: Any, row: Row) -> Pair:
    """The better and the worse answer; what both say alike is not counted. Raises UserError."""
    turns = itertools.zip_longest(row.messages, row.against)
    alike = next((place for place, (one, other) in enumerate(turns) if one != other), 0)
    both = []
    for messages in (row.messages, row.against):
        places = range(alike, len(messages))
        learned = [place for place in places if messages[place].role == "assistant"]
        if not learned:
            raise UserError("Line {line} has no worse answer to compare with.", MEND, line=row.line)
        write = chat_example if tokenizer.chat_template else _plain_example
        both.append(write(tokenizer, messages, learned))
    return both[0], both[1]


def _plain_example(tokenizer: Any, messages: Sequence[Message], learned: Sequence[int]) -> Example:
    """A conversation without a chat template, counted from its first learned answer on."""
    ids: list[int] = []
    counted: list[bool] = []
    for start, end, counts in ((0, learned[0], False), (learned[0], len(messages), True)):
        text = "".join(f"{message.text}\n" for message in messages[start:end])
        some = tokenizer(text, add_special_tokens=False)["input_ids"]
        ids += some
        counted += [counts] * len(some)
    if tokenizer.eos_token_id is not None:
        ids, counted = [*ids, tokenizer.eos_token_id], [*counted, True]
    return Example(tuple(ids), tuple(counted))


def text_examples(tokenizer: Any, text: str, row_tokens: int) -> list[Example]:
    """Plain text without a chat frame: every token counted, cut into rows, closed by the end."""
    ids = [*tokenizer(text, add_special_tokens=False)["input_ids"]]
    if tokenizer.bos_token_id is not None and tokenizer("a")["input_ids"][0] == (
        tokenizer.bos_token_id
    ):
        ids = [tokenizer.bos_token_id, *ids]  # a prompt will begin with it too
    if tokenizer.eos_token_id is not None:
        ids.append(tokenizer.eos_token_id)
    pieces = [ids[start : start + row_tokens] for start in range(0, len(ids), row_tokens)]
    return [Example(tuple(piece), (True,) * len(piece)) for piece in pieces]


def _render(tokenizer: Any, turns: list[dict[str, str]], prompt: bool) -> list[int]:
    """Ids exactly as a chat will show them: what a person wrote never becomes a role."""
    if not turns:  # an answer that opens the conversation
        return []
    try:
        return rendering.render(tokenizer, turns, prompt)
    except UserError:
        raise
    except Exception as error:  # a template is a program of strangers
        raise UserError(
            "The chat template of this model refuses the conversation ({why}).",
            "Leave it out, or write it with turns that alternate.",
            why=str(error)[:100],
        ) from None


# -- rows -----------------------------------------------------------------------------------------


def pack(examples: Iterable[Example], row_tokens: int) -> Rows:
    """Rows of whole examples, each put where it fits tightest; a longer example is cut."""
    full: Rows = []
    growing: list[tuple[int, list[Example]]] = []  # room left, row
    for example in examples:
        example = example.cut(row_tokens)
        size = len(example.ids)
        fits = [place for place in growing if place[0] >= size]
        place = min(fits, key=lambda place: place[0]) if fits else (row_tokens, [])
        if fits:
            growing.remove(place)
        growing.append((place[0] - size, [*place[1], example]))
        if len(growing) > _OPEN_ROWS:
            tightest = min(growing, key=lambda place: place[0])
            growing.remove(tightest)
            full.append(tightest[1])
    return full + [row for _, row in growing]


def apart(examples: Iterable[Example], row_tokens: int) -> Rows:
    """One example a row, for a model whose attention would mix neighbours."""
    return [[example.cut(row_tokens)] for example in examples]


def steps(
    source: Source,
    seed: int,
    row_tokens: int,
    batch: int,
    rows: int,
    arrange: Arrange,
    beside: Beside = Beside(),
) -> Iterator[Rows]:
    """The rows of each step, without end: each epoch is shuffled anew from the seed.

    A step holds `batch` items and a share of those beside, arranged among themselves; with
    `batch` 0 it holds `rows` rows, into which the whole epoch was arranged. Raises UserError
    without examples.
    """
    for epoch in range(2**31):
        order = list(source(epoch) if callable(source) else source)
        draw = random.Random(f"{seed}/{epoch}")
        draw.shuffle(order)
        if not order:
            raise UserError("There are no examples to train on.", "Add at least one example.")
        if batch:
            for start in range(0, len(order), batch):
                some = order[start : start + batch]
                yield arrange([*some, *beside.drawn(draw, len(some))], row_tokens)
            continue
        packed = arrange(order, row_tokens)
        draw.shuffle(packed)
        for start in range(0, len(packed), rows):
            yield packed[start : start + rows]


def collate(rows: Sequence[Sequence[Example]], pad_id: int, width: int = 0) -> Batch:
    """Rows as tensors, as wide as the longest. Restarted positions keep neighbours strangers.

    transformers makes its attention block-diagonal where positions restart; on a CPU that costs a
    tenth of the speed at 256 tokens.
    """
    width = max(width, 1, *(sum(len(example.ids) for example in row) for row in rows))
    ids = torch.full((len(rows), width), pad_id)
    positions = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORED)
    for number, row in enumerate(rows):
        start = 0
        for example in row:
            end = start + len(example.ids)
            ids[number, start:end] = torch.tensor(example.ids)
            positions[number, start:end] = torch.arange(end - start)
            following = zip(example.ids[1:], example.counted[1:], strict=True)
            targets = [token if counts else IGNORED for token, counts in following]
            labels[number, start : end - 1] = torch.tensor(targets, dtype=torch.long)
            start = end
        positions[number, start:] = torch.arange(width - start)
    shared = any(len(row) > 1 for row in rows)
    return Batch(ids, positions if shared else None, labels)


def tokens(rows: Rows) -> tuple[int, int]:
    """How many tokens these rows hold, and how many of them are counted in the loss."""
    held = sum(len(example.ids) for row in rows for example in row)
    counted = sum(sum(example.counted[1:]) for row in rows for example in row)
    return held, counted
