"""What a step of training makes smaller, as one number of a few rows.

`Likelihood`: how surprised the model is at the answers. `Preference`: how little it sets the better
of two answers above the worse one, compared with what it said before it learned. Knows nothing
about optimisers, files or where examples come from.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch.nn import functional

from chatapp.chat import Progress
from chatapp.engine import batches
from chatapp.engine.batches import IGNORED, Batch, collate

if TYPE_CHECKING:
    from chatapp.chat import Event
    from chatapp.engine.batches import Example, Item, Rows

Off = Callable[[], AbstractContextManager[Any]]  # while it is open the model is what it was


@dataclass(frozen=True, slots=True)
class Measured:
    """A few rows' share of a step's loss; of pairs also of its mean margin and of its accuracy."""

    loss: torch.Tensor
    margin: float = 0.0
    accuracy: float = 0.0


@dataclass(frozen=True, slots=True)
class Reader:
    """How a model reads: where, filled up with which token, and so many rows at once."""

    device: torch.device
    pad_id: int
    at_once: int


class Objective(Protocol):
    """A loss, and the rows that it is measured on."""

    pairs: bool  # each row holds a better and a worse answer

    def arrange(self, items: Sequence[Any], row_tokens: int) -> Rows:
        """Items of the data as rows."""

    def count(self, rows: Rows) -> int:
        """What the sum over all these rows is divided by."""

    def prepare(
        self, model: Any, items: Sequence[Item], reader: Reader
    ) -> Generator[Event, None, None]:
        """Look at all items once, before the first step."""

    def measure(self, model: Any, rows: Rows, reader: Reader, count: int) -> Measured:
        """These rows' share, where the whole step counts so many."""


class Likelihood:
    """Cross-entropy in nats over the counted tokens."""

    pairs = False

    def __init__(self, packs: bool) -> None:
        """`packs`: short examples share a row."""
        self.arrange = batches.pack if packs else batches.apart

    def count(self, rows: Rows) -> int:
        """Of counted tokens."""
        return batches.tokens(rows)[1]

    def prepare(
        self, model: Any, items: Sequence[Item], reader: Reader
    ) -> Generator[Event, None, None]:
        """Nothing: it compares with nothing."""
        yield from ()

    def measure(self, model: Any, rows: Rows, reader: Reader, count: int) -> Measured:
        """The sum over these rows, divided by the whole step's count."""
        batch = collate(rows, reader.pad_id)
        return Measured(batch_loss(model, batch, reader.device, count))


class Preference:
    """Direct preference optimisation: -log sigmoid(beta * ((w - w0) - (l - l0))) of each pair.

    w and l are the log-probabilities of the better and of the worse answer, w0 and l0 those before
    the training; beta * (w - w0) is called the answer's reward. Source: Rafailov et al. 2023,
    arXiv:2305.18290, equation 7.

    That alone may make both answers unlikely, only the worse one more so, and the model stutters
    where nobody asked it to speak otherwise. `anchor` times the better answer's own cross-entropy,
    per token, is therefore added. Source: Pang et al. 2024, arXiv:2404.19733, equation 1.
    """

    pairs = True

    def __init__(self, beta: float, anchor: float, off: Off) -> None:
        """`off` lets the model speak as it did before: no second one is needed."""
        self._beta, self._anchor, self._off = beta, anchor, off
        self._before: dict[Example, float] = {}  # log-probabilities

    def arrange(self, items: Sequence[Any], row_tokens: int) -> Rows:
        """Each pair a row."""
        return [[example.cut(row_tokens) for example in pair] for pair in items]

    def count(self, rows: Rows) -> int:
        """Of pairs."""
        return sum(bool(row) for row in rows)

    def prepare(
        self, model: Any, items: Sequence[Any], reader: Reader
    ) -> Generator[Event, None, None]:
        """What the model says of each answer now, before it has learned; a Progress a part."""
        every = [example for pair in items for example in pair]
        for start in range(0, len(every), reader.at_once):
            yield Progress("compare", start, len(every))
            some = every[start : start + reader.at_once]
            with self._off(), torch.no_grad():
                said = _answer_logs(model, some, reader).tolist()
            self._before.update(zip(some, said, strict=True))

    def measure(self, model: Any, rows: Rows, reader: Reader, count: int) -> Measured:
        """Of these pairs; of none, a loss that moves nothing."""
        every = [example for row in rows for example in row]
        if not every:
            return Measured(torch.zeros((), device=reader.device, requires_grad=True))
        before = torch.tensor([self._before[example] for example in every], device=reader.device)
        now = _answer_logs(model, every, reader)
        rewards = self._beta * (now - before).view(-1, 2)
        margins = rewards[:, 0] - rewards[:, 1]  # (pairs,)
        sizes = torch.tensor([sum(example.counted[1:]) for example in every[::2]])
        surprise = -now.view(-1, 2)[:, 0] / sizes.to(reader.device)  # of the better answers
        losses = self._anchor * surprise - functional.logsigmoid(margins)
        loss = losses.sum() / count
        margin = float(margins.detach().sum()) / count
        return Measured(loss, margin, int((margins > 0).sum()) / count)


def _answer_logs(model: Any, every: Sequence[Example], reader: Reader) -> torch.Tensor:
    """Log-probability of each example's counted tokens together, in nats: (examples,)."""
    batch = collate([[example] for example in every], reader.pad_id)
    wanted, labels, places = _counted(model, batch, reader.device)
    said = -functional.cross_entropy(wanted, labels, reduction="none")
    return said.new_zeros(len(every)).index_add(0, places, said)


def batch_loss(model: Any, batch: Batch, device: torch.device, counted: int = 0) -> torch.Tensor:
    """Cross-entropy over the counted tokens, in nats: the mean, or the sum over `counted`."""
    wanted, labels, _ = _counted(model, batch, device)
    # The sum over the count, so that a batch without counted tokens gives 0 and not NaN.
    total = functional.cross_entropy(wanted, labels, reduction="sum")
    return total / (counted or max(len(labels), 1))


def _counted(
    model: Any, batch: Batch, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Of each counted token: the scores in its place (counted, vocabulary), its id, its row."""
    more = {} if batch.positions is None else {"position_ids": batch.positions.to(device)}
    # (rows, width, vocabulary)
    logits = model(input_ids=batch.ids.to(device), use_cache=False, **more).logits
    labels = batch.labels.to(device)
    learned = labels != IGNORED
    return logits[learned].float(), labels[learned], learned.nonzero()[:, 0]
