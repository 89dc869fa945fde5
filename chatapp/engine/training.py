"""The training loop: rows of examples -> loss -> gradient -> a step, told as Loss events.

The same loop makes a model from nothing, continues one, and trains an adapter: whatever requires a
gradient is trained. Under `accelerate launch` each process takes its share of every step's rows
and the gradients are summed, so that the steps are those of one process. Knows nothing about where
examples come from, threads or windows.

Order of events: Progress, then a Loss per step with Progress of checks between.
Closing the generator stops before the next step, and leaves what was learned on the disk.
"""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers.utils import logging as transformers_log

from chatapp.chat import Event, Loss, Progress, UserError
from chatapp.engine import batches, checkpoints
from chatapp.engine.batches import Beside, Item, Rows, Source
from chatapp.engine.checkpoints import Product, Run
from chatapp.engine.machine import Machine, precision_of
from chatapp.engine.objectives import Likelihood, Reader
from chatapp.taught import Preferred

if TYPE_CHECKING:
    from collections.abc import Generator

    from chatapp.engine.objectives import Measured, Objective

log = logging.getLogger(__name__)
transformers_log.disable_progress_bar()  # ours are events

BETAS = (0.9, 0.95)
FLOOR = 0.01  # of the peak: the rate never falls below

Sampler = Callable[[int], Iterator[Event]]  # of a step: what the model answers now


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. The end is `steps` or `minutes`, whichever comes first.

    Ended by steps, the same plan on the same machine gives the same losses.
    """

    steps: int = 1000
    minutes: float = math.inf
    batch: int = 0  # examples a step, packed among themselves; 0 = `rows` full rows
    rows: int = 8
    at_once: int = 8  # rows that are read together: the rest of the step follows behind
    row_tokens: int = 256
    learning_rate: float = 1e-3  # at the peak
    schedule: str = "cosine"
    warmup: float = 0.03  # share of the run
    weight_decay: float = 0.1
    clip: float = 1.0  # largest gradient norm
    validate_every: int = 200  # steps
    checkpoint_minutes: float = 0.0  # at least so long from one save to the next
    patience: int = 0  # checks without a better one until it ends early; 0 = never
    keep_best: bool = True  # else the product is the last state
    resumable: bool = False  # write the state of the run too
    sample_every: int = 0  # steps; 0 = never
    seed: int = 0
    precision: str = "auto"
    packs: bool = True  # short examples share a row


def train(
    model: Any,
    examples: Source,
    unseen: Sequence[Item],
    plan: Plan,
    product: Product,
    pad_id: int = 0,
    resume: bool = False,
    sampler: Sampler | None = None,
    beside: Beside = Beside(),  # noqa: B008 - frozen
    objective: Objective | None = None,
) -> Generator[Event, None, Run]:
    """Train what requires a gradient in `model`, in place, and leave `product` on the disk.

    `examples` is a list, or makes the list of each epoch; of those `beside` each step has some.
    `unseen` is never trained on: its loss comes with every `validate_every`-th step. Raises
    UserError without examples, for a loss that is no number, and for a state that does not fit.
    Without an objective it is the likelihood of the counted tokens.
    """
    # 1. An optimizer that decays matrices and leaves norms alone; a state to go on from.
    torch.manual_seed(plan.seed)
    loop = _Loop(model, plan, product, pad_id, objective or Likelihood(plan.packs))
    run = loop.run
    if resume:
        loop.resume()
    yield Progress("train", run.step, plan.steps)

    # 2. The unseen examples only measure, once before the first step.
    yield from loop.look([*([] if callable(examples) else examples), *unseen])
    loop.hold_out(unseen)
    if loop.checks and run.before is None:
        run.before, _ = yield from loop.check()

    try:
        for rows in loop.steps(examples, beside):
            # 3. Forward, backward, clip, step. A loss that is no number never reaches the disk.
            loss, preferred, rate, speed = loop.learn(rows)

            # 4. Look at unseen examples now and then, and at the end.
            last = loop.is_last()
            looks = last or run.step % plan.validate_every == 0
            validation, ahead, best = (
                (yield from loop.judge(preferred)) if looks else (None, None, False)
            )
            last = last or (0 < plan.patience <= run.worse)

            # 5. Keep what we have: the disk holds something usable from the first save on.
            if last or (looks and loop.is_due()):
                loop.keep(best)
            yield Loss(
                run.step, loop.total(), loss, rate, speed, validation, best, preferred, ahead
            )
            if sampler and plan.sample_every and run.step % plan.sample_every == 0:
                yield from sampler(run.step)
            if last:
                break
    except GeneratorExit:
        loop.keep(False)
        raise
    return run


class _Loop:
    """What a training holds while it runs."""

    def __init__(
        self, model: Any, plan: Plan, product: Product, pad_id: int, objective: Objective
    ) -> None:
        device = next(model.parameters()).device
        precision = precision_of(plan.precision, device)
        self._machine = Machine(precision, device, plan.row_tokens)
        self._model, self._plan, self._product = model, plan, product
        self._objective, self._reader = objective, Reader(device, pad_id, plan.at_once)
        self._trained = [value for value in model.parameters() if value.requires_grad]
        self._optimizer = self._machine.prepare(_optimizer(self._trained, plan))
        self.run = Run()
        self.checks: Rows = []
        self._kept = -1  # the step whose state is on the disk
        self._began = self._saved = time.monotonic()

    def resume(self) -> None:
        """Go on where the state in the product's folder ends. Raises UserError."""
        inner = self._optimizer.optimizer
        scale = checkpoints.read_state(self._product.folder, self._model, inner, self.run)
        self._machine.set_scale(scale)
        self._kept = self.run.step

    def look(self, items: Sequence[Item]) -> Iterator[Event]:
        """What the objective wants to know of each before the first step."""
        self._model.eval()
        looking = self._objective.prepare(self._model, items, self._reader)
        while True:
            with self._machine.autocast():  # closed before each event: it holds for the thread
                event = next(looking, None)
            if event is None:
                return
            yield event

    def hold_out(self, unseen: Sequence[Item]) -> None:
        """These only measure."""
        self.checks = self._objective.arrange(unseen, self._plan.row_tokens)

    def steps(self, examples: Source, beside: Beside) -> Iterator[Rows]:
        """The rows of each step from the next one on, to the last."""
        plan = self._plan
        endless = batches.steps(
            examples, plan.seed, plan.row_tokens, plan.batch, plan.rows, self._objective.arrange,
            beside,
        )  # fmt: skip
        return itertools.islice(endless, self.run.step, max(plan.steps, self.run.step))

    def learn(self, rows: Rows) -> tuple[float, Preferred | None, float, float]:
        """One step; its loss, of pairs what it means, learning rate and tokens per second."""
        start = time.monotonic()
        rate = learning_rate(self._plan, self._done())
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._model.train()
        loss, preferred = self._step(rows)
        self._model.eval()
        return loss, preferred, rate, run_on(self.run, loss, rows, time.monotonic() - start)

    def _step(self, rows: Rows) -> tuple[float, Preferred | None]:
        """Move the weights against the loss; its value. Raises UserError when it is no number.

        The rows are read a few at a time: since each part is divided by the count of the whole
        step, their gradients add up to those of all rows together.
        """
        count, sums = self._objective.count(rows), _Sums()
        for part in self._parts(rows):
            measured = self._measure(part, count)
            sums.add(measured)
            self._machine.backward(measured.loss)
        value, preferred = self._told(sums)
        finite = math.isfinite(value)
        norm = self._machine.clip(self._trained, self._plan.clip) if finite else math.nan
        overflowed = finite and self._machine.scale is not None  # float16 leaves this step out
        if math.isfinite(norm) or overflowed:
            self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        if not math.isfinite(norm) and not overflowed:
            raise _no_number()
        return value, preferred

    def _parts(self, rows: Rows) -> Iterator[Rows]:
        """This process's share, so many rows at once; a row of a pair is two answers."""
        mine = self._machine.mine(rows)
        width = max(1, self._plan.at_once // 2) if self._objective.pairs else self._plan.at_once
        for start in range(0, len(mine), width):
            yield mine[start : start + width]

    def _measure(self, part: Rows, count: int) -> Measured:
        with self._machine.autocast():
            return self._objective.measure(self._model, part, self._reader, count)

    def _told(self, sums: _Sums) -> tuple[float, Preferred | None]:
        """Loss, margin and accuracy over all processes."""
        sum_ = self._machine.sum
        if not self._objective.pairs:
            return sum_(sums.loss), None
        return sum_(sums.loss), Preferred(sum_(sums.margin), sum_(sums.accuracy))

    def check(self) -> Generator[Event, None, tuple[float, Preferred | None]]:
        """Mean loss of the held-out rows, and of pairs what it means; a Progress a part."""
        count, done, sums = self._objective.count(self.checks), 0, _Sums()
        self._model.eval()
        for part in self._parts(self.checks):
            yield Progress("check", done, len(self.checks))
            done += len(part)
            with torch.no_grad():
                sums.add(self._measure(part, count))
        value, preferred = self._told(sums)
        if not math.isfinite(value):
            raise _no_number()
        return value, preferred

    def judge(
        self, preferred: Preferred | None
    ) -> Generator[Event, None, tuple[float | None, Preferred | None, bool]]:
        """Check; of pairs what that means; and whether this is the best state so far."""
        validation, ahead, best = None, None, True
        if self.checks:
            validation, ahead = yield from self.check()
            best = _judge(self.run, validation)
        if best and (known := ahead or preferred):
            self.run.margin, self.run.accuracy = known.margin, known.accuracy
        return validation, ahead, best

    def keep(self, best: bool) -> None:
        """Write the weights as they are, as the best if they are, and where to go on.

        Only one process writes. Before the first check the newest state is the best there is.
        """
        run, self._saved = self.run, time.monotonic()
        if not self._machine.main or run.step in (0, self._kept):
            return
        best = best or not self._plan.keep_best or not run.best_step
        if best:
            run.best_step = run.step
        with checkpoints.writing(self._product.folder):
            self._product.save(run, best)
            if self._plan.resumable:
                inner, scale = self._optimizer.optimizer, self._machine.scale
                checkpoints.write_state(self._product.folder, self._model, inner, run, scale)
        self._kept = run.step

    def is_last(self) -> bool:
        """By steps or by the clock."""
        late = time.monotonic() - self._began >= self._plan.minutes * 60
        return late or self.run.step >= self._plan.steps

    def is_due(self) -> bool:
        """Whether the last save is long enough ago."""
        return time.monotonic() - self._saved >= self._plan.checkpoint_minutes * 60

    def total(self) -> int:
        """How many steps there will be, as it looks now."""
        done = self._done()
        if done * self._plan.steps <= self.run.step:
            return self._plan.steps
        return round(self.run.step / done)

    def _done(self) -> float:
        """The share of the run behind us: by steps or by the clock, whichever is further."""
        minutes = (time.monotonic() - self._began) / 60
        return max(self.run.step / self._plan.steps, minutes / self._plan.minutes)


@dataclass(slots=True)
class _Sums:
    """Over the parts of a step or of a check."""

    loss: float = 0.0
    margin: float = 0.0
    accuracy: float = 0.0

    def add(self, measured: Measured) -> None:
        """One more part."""
        self.loss += measured.loss.item()
        self.margin += measured.margin
        self.accuracy += measured.accuracy


def run_on(run: Run, loss: float, rows: Rows, seconds: float) -> float:
    """Count a step that was done; its tokens per second."""
    held, _ = batches.tokens(rows)
    run.step += 1
    run.first = loss if run.step == 1 else run.first
    run.last = loss
    run.tokens += held
    run.seconds += seconds
    return held / seconds


def _judge(run: Run, validation: float) -> bool:
    """Whether this is the lowest held-out loss so far."""
    if run.best is not None and validation >= run.best:
        run.worse += 1
        return False
    run.best, run.best_step, run.worse = validation, run.step, 0
    return True


def learning_rate(plan: Plan, done: float) -> float:
    """Linear warm-up, then half a cosine down to a hundredth of the peak; `done` in 0..1."""
    if done < plan.warmup:
        return plan.learning_rate * max(done / plan.warmup, FLOOR)
    if plan.schedule == "constant":
        return plan.learning_rate
    fallen = (min(done, 1.0) - plan.warmup) / (1 - plan.warmup)
    return plan.learning_rate * max(0.5 * (1 + math.cos(math.pi * fallen)), FLOOR)


def _optimizer(trained: list[torch.Tensor], plan: Plan) -> torch.optim.Optimizer:
    groups = [
        {"params": [v for v in trained if v.dim() > 1], "weight_decay": plan.weight_decay},
        {"params": [v for v in trained if v.dim() <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, betas=BETAS)


def _no_number() -> UserError:
    return UserError(
        "The loss is no longer a number.",
        "Train again with a lower learning rate; the last good state is kept.",
    )
