"""What a training tells besides its losses: what it will do, a sample now and then, what it left.

Events like those of `chat`, frozen and picklable. Knows nothing about how training works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatapp.chat import Failed


@dataclass(frozen=True, slots=True)
class Preferred:
    """How far a model sets better answers above worse ones, compared with how it began."""

    margin: float  # mean reward of the better answers above that of the worse ones
    accuracy: float  # share of the pairs whose better answer is ahead, 0 to 1


@dataclass(frozen=True, slots=True)
class Shown:
    """One example as the model will see it: parts of its text, and whether each is learned."""

    line: int  # where it begins in its file
    parts: tuple[tuple[str, bool], ...]
    tokens: int
    cut: bool = False  # it was longer than the longest
    worse: str = ""  # of a pair: the answer that shall become less likely


@dataclass(frozen=True, slots=True)
class Previewed:
    """What the data holds, told without training."""

    name: str
    rows: int  # usable ones, repetitions left out
    bad_rows: int
    problems: tuple[tuple[int, Failed], ...]  # line and reason of the first bad rows
    duplicates: int
    examples: int  # to learn from
    held_out: int  # only measured
    cut: int  # examples that are longer than the longest
    tokens: int  # of what is learned from
    learned_tokens: int  # of them: what the loss counts
    template: bool  # False: the model has no chat template and learns plain text
    shown: tuple[Shown, ...] = ()
    pairs: bool = False  # it learns which of two answers is the better one


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a training will do, told before its first step."""

    base: str  # the name of the model that learns
    rows: int  # usable ones of the data, repetitions left out
    bad_rows: int
    problems: tuple[tuple[int, Failed], ...]  # line and reason of the first bad rows
    duplicates: int
    examples: int  # to learn from
    held_out: int  # only measured
    longest: int  # tokens of an example
    cut: int  # examples that were longer
    tokens: int  # in one epoch
    learned_tokens: int  # of them: what the loss counts
    steps: int
    parameters: int  # of the model
    trained_parameters: int
    precision: str
    packed: bool  # short examples share a row, without seeing each other
    rehearsed: int  # answers of the model's own, learned beside the examples
    template: bool  # False: the model has no chat template and learns plain text
    pairs: bool = False  # it learns which of two answers is the better one


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the model in training answers to the sample question."""

    step: int
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training left. Losses in nats per counted token; perplexity is their exponential.

    Of pairs the loss is minus the logarithm of the chance that the better answer is preferred.
    """

    folder: str
    name: str
    what: str  # adapter, all or scratch
    steps: int  # done in all
    first_loss: float
    last_loss: float
    best_step: int  # which state the folder holds
    loss_before: float | None  # of the held-out examples; None without any
    loss_after: float | None  # of the state that was kept
    tokens: int
    seconds: float
    stopped_early: bool = False  # the held-out loss had risen too often
    trained_parameters: int = 0
    preferred: Preferred | None = None  # of pairs: held-out ones in that state, else the last step

    @property
    def tokens_per_s(self) -> float:
        """Over the whole run, checks and saving left out."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Merged:
    """A model was made of another one and an adapter."""

    folder: str
    name: str
