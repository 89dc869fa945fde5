"""The measurement behind `chatapp bench train`: our loop beside a plain one at the same settings.

Both train an adapter of the same start on the same packed rows; the plain loop is what anybody
would write with torch alone. Their losses are compared too. Knows nothing about other measurements.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from chatapp import library
from chatapp.chat import Loss
from chatapp.engine import batches, machine, training
from chatapp.engine.adapting import Attached
from chatapp.engine.batches import IGNORED, Example, collate
from chatapp.engine.loading import load
from chatapp.engine.training import BETAS, Plan
from chatapp.settings import Loading
from chatapp.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.engine.batches import Rows
    from chatapp.engine.checkpoints import Run

STEPS, WARM_UPS = 10, 2  # of each run; the first ones are not counted
EXAMPLES, SHORTEST, LONGEST = 64, 20, 200  # tokens
PLAN = Plan(
    steps=STEPS, batch=16, at_once=16, row_tokens=512, learning_rate=1e-3, warmup=0.0,
    schedule="constant", validate_every=STEPS + 1,
)  # fmt: skip


class _Nowhere:
    """A product that is not written: saving is no part of a step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, run: Run, best: bool) -> None:
        """Nothing."""


def measure(name: str, precision: str, repeats: int) -> dict[str, Any]:
    """Tokens per second of both, interleaved, and how far their losses are apart.

    Raises UserError for a model that cannot be used.
    """
    model = _loaded(name)
    plan = replace(PLAN, precision=precision if precision in machine.MIXED else "auto")
    examples = _examples(model.config.vocab_size)
    pairs = [(_ours(model, examples, plan), _plain(model, examples, plan)) for _ in range(repeats)]
    ratios = [mine.speed / base.speed for mine, base in pairs]
    losses = [both for mine, base in pairs for both in zip(mine.losses, base.losses, strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "tokens_per_s": round(statistics.median(mine.speed for mine, _ in pairs), 1),
        "baseline_tokens_per_s": round(statistics.median(base.speed for _, base in pairs), 1),
        "loss_difference": max(abs(ours - theirs) for ours, theirs in losses),
        "precision": machine.precision_of(plan.precision, model.device),
        "parameters": model.num_parameters(),
        "steps": STEPS,
    }


@dataclass(frozen=True, slots=True)
class _Timed:
    """One run: tokens per second after the first steps, and the loss of every step."""

    speed: float
    losses: tuple[float, ...]


def _loaded(name: str) -> Any:
    found = library.find(name) if name else library.built_in()
    if found.problem:
        raise found.problem
    loading = load(Path(found.path), Loading())
    while True:
        try:
            next(loading)
        except StopIteration as end:
            return end.value.model


def _examples(vocabulary: int) -> list[Example]:
    """Random ids, half of each example counted, as in conversations."""
    draw = random.Random(1)
    lengths = [draw.randint(SHORTEST, LONGEST) for _ in range(EXAMPLES)]
    return [
        Example(
            tuple(draw.randrange(vocabulary) for _ in range(length)),
            tuple(place >= length // 2 for place in range(length)),
        )
        for length in lengths
    ]


def _attached(model: Any, plan: Plan) -> Attached:
    torch.manual_seed(plan.seed)
    return Attached(model, Tuning(), "bench")


def _ours(model: Any, examples: list[Example], plan: Plan) -> _Timed:
    attached = _attached(model, plan)
    losses, began = [], 0.0
    with TemporaryDirectory() as folder:
        for event in training.train(model, examples, [], plan, _Nowhere(Path(folder))):
            if isinstance(event, Loss):
                losses.append(event.train)
                if event.step == WARM_UPS:
                    began = time.perf_counter()
    seconds = time.perf_counter() - began
    attached.detach()
    return _Timed(_counted(examples, plan) / seconds, tuple(losses))


def _plain(model: Any, examples: list[Example], plan: Plan) -> _Timed:
    """The same steps, written as in every introduction."""
    attached = _attached(model, plan)
    device = model.device
    kind = machine.precision_of(plan.precision, device)
    scaler = torch.amp.GradScaler(device.type, enabled=kind == "float16")
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, lr=plan.learning_rate, betas=BETAS, weight_decay=plan.weight_decay
    )
    losses, began = [], 0.0
    for step, rows in enumerate(_rows(examples, plan), start=1):
        batch = collate(rows, 0)
        model.train()
        with torch.autocast(device.type, getattr(torch, kind), enabled=kind != "float32"):
            logits = model(
                input_ids=batch.ids.to(device),
                position_ids=None if batch.positions is None else batch.positions.to(device),
                use_cache=False,
            ).logits
        labels = batch.labels.to(device)
        loss = functional.cross_entropy(
            logits.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORED
        )
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(trained, plan.clip)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        if step == WARM_UPS:
            began = time.perf_counter()
    seconds = time.perf_counter() - began
    model.eval()
    attached.detach()
    return _Timed(_counted(examples, plan) / seconds, tuple(losses))


def _rows(examples: list[Example], plan: Plan) -> Iterator[Rows]:
    """Those of each step, as the loop takes them."""
    endless = batches.steps(
        examples, plan.seed, plan.row_tokens, plan.batch, plan.rows, batches.pack
    )
    return itertools.islice(endless, plan.steps)


def _counted(examples: list[Example], plan: Plan) -> int:
    """Tokens of the steps that are timed."""
    return sum(
        batches.tokens(rows)[0] for rows in itertools.islice(_rows(examples, plan), WARM_UPS, None)
    )
