"""Training: examples -> token ids with a loss mask -> packed rows -> a loop that yields Loss.

The model and its tokenizer are passed in, so the same loop makes the built-in model from nothing
and continues an existing one. Knows nothing about where examples come from, threads or windows.

Order of events: one Progress, then one Loss per step, then one Done. Closing the generator stops
before the next step; what stands in the folder is always a whole model or nothing.
"""

from __future__ import annotations

import copy
import math
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers.utils import logging as transformers_log

from chatapp.chat import Done, Event, Loss, Message, Progress, UserError

if TYPE_CHECKING:
    from pathlib import Path

transformers_log.disable_progress_bar()  # ours are events

_IGNORED = -100  # the label that cross_entropy leaves out
_OPEN_ROWS = 64  # rows being filled at once: more packs tighter, slower


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids and, beside each, whether the loss counts it."""

    ids: tuple[int, ...]
    counted: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. The end is `steps` or `minutes`, whichever comes first.

    Ended by steps, the same plan on the same machine gives the same losses.
    """

    steps: int = 1000
    minutes: float = math.inf
    rows: int = 8  # per step
    row_tokens: int = 256
    learning_rate: float = 1e-3  # at the peak
    warmup: float = 0.03  # share of the run
    weight_decay: float = 0.1
    clip: float = 1.0  # largest gradient norm
    validate_every: int = 200  # steps
    checkpoint_minutes: float = math.inf
    seed: int = 0
    half: bool | None = None  # bf16 autocast; None = where the device is quick at it
    dtype: torch.dtype | None = None  # of the saved weights; None = as they are


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step reads; all three are (rows, row_tokens)."""

    ids: torch.Tensor
    positions: torch.Tensor  # each example starts at 0 again
    labels: torch.Tensor  # the next id where it is counted, else -100


Source = Sequence[Example] | Callable[[int], Sequence[Example]]


def chat_example(tokenizer: Any, messages: Sequence[Message]) -> Example:
    """A conversation as the chat template writes it; only the assistant's tokens are counted.

    The template is the one source of truth: what it adds between the prompt for a turn and the
    end of that turn is the assistant's, its end token included. Raises UserError for a template
    that rewrites earlier turns, because then no such place exists.
    """
    turns = [{"role": message.role, "content": message.text} for message in messages]
    ids = _render(tokenizer, turns, prompt=False)
    counted = [False] * len(ids)
    for index, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        before = _render(tokenizer, turns[:index], prompt=True)
        after = _render(tokenizer, turns[: index + 1], prompt=False)
        if after[: len(before)] != before or ids[: len(after)] != after:
            raise UserError(
                "The chat template of this model rewrites earlier turns.",
                "Train with one question and one answer per example.",
            )
        counted[len(before) : len(after)] = [True] * (len(after) - len(before))
    return Example(tuple(ids), tuple(counted))


def text_examples(tokenizer: Any, text: str, row_tokens: int) -> list[Example]:
    """Plain text without a chat frame: every token counted, cut into rows, closed by the end."""
    ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    pieces = [ids[start : start + row_tokens] for start in range(0, len(ids), row_tokens)]
    return [Example(tuple(piece), (True,) * len(piece)) for piece in pieces]


def split(examples: Iterable[Example], share: float, seed: int) -> tuple[list[Example], ...]:
    """Training and validation examples; the same seed gives the same two lists."""
    shuffled = list(examples)
    random.Random(seed).shuffle(shuffled)
    held = round(len(shuffled) * share)
    return shuffled[held:], shuffled[:held]


def pack(examples: Iterable[Example], row_tokens: int) -> list[list[Example]]:
    """Rows of whole examples, each put where it fits tightest; a longer example is cut."""
    full: list[list[Example]] = []
    growing: list[tuple[int, list[Example]]] = []  # room left, row
    for example in examples:
        example = Example(example.ids[:row_tokens], example.counted[:row_tokens])
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


def collate(rows: Sequence[Sequence[Example]], row_tokens: int, pad_id: int) -> Batch:
    """Rows as tensors. Restarted positions make transformers' attention block-diagonal.

    On CPU that costs a tenth of the speed at 256 tokens, and neighbours in a row stay strangers.
    """
    ids = torch.full((len(rows), row_tokens), pad_id)
    positions = torch.zeros_like(ids)
    labels = torch.full_like(ids, _IGNORED)
    for number, row in enumerate(rows):
        start = 0
        for example in row:
            end = start + len(example.ids)
            ids[number, start:end] = torch.tensor(example.ids)
            positions[number, start:end] = torch.arange(end - start)
            following = zip(example.ids[1:], example.counted[1:], strict=True)
            targets = [token if counts else _IGNORED for token, counts in following]
            labels[number, start : end - 1] = torch.tensor(targets, dtype=torch.long)
            start = end
        positions[number, start:] = torch.arange(row_tokens - start)
    return Batch(ids, positions, labels)


def train(
    model: Any,
    tokenizer: Any,
    examples: Source,
    unseen: Sequence[Example],
    plan: Plan,
    folder: Path,
) -> Iterator[Event]:
    """Train `model` in place and leave it, whole, in `folder`.

    `examples` is a list, or makes the list of each epoch. `unseen` (see `split`) is never trained
    on: its loss comes with every `validate_every`-th step. Raises UserError without examples.
    """
    torch.manual_seed(plan.seed)
    device = next(model.parameters()).device
    half = quick_at_half(device) if plan.half is None else plan.half
    pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0

    # 1. The unseen examples are packed once; they only measure.
    source = examples if callable(examples) else lambda epoch: examples
    batches = [collate([row], plan.row_tokens, pad_id) for row in pack(unseen, plan.row_tokens)]

    # 2. An optimizer that decays matrices and leaves norms alone.
    optimizer = _optimizer(model, plan)
    started = saved = time.monotonic()
    yield Progress("train", 0, plan.steps)

    for step, batch in enumerate(_batches(source, plan, pad_id), start=1):
        began = time.monotonic()
        # 3. How far are we? By steps or by the clock, whichever is further.
        done = max((step - 1) / plan.steps, (began - started) / 60 / plan.minutes)
        rate = learning_rate(plan, done)
        for group in optimizer.param_groups:
            group["lr"] = rate

        # 4. Forward, backward, clip, step. A loss that is no number never reaches the folder.
        model.train()
        value = _step(model, optimizer, batch_loss(model, batch, device, half), plan.clip)
        model.eval()
        now = time.monotonic()

        # 5. Look at unseen examples now and then, and at the end.
        last = step >= plan.steps or now - started >= plan.minutes * 60
        validation = None
        if batches and (last or step % plan.validate_every == 0):
            validation = _validate(model, batches, device, half)

        # 6. Keep what we have: the folder is a usable model from the first checkpoint on.
        if last or now - saved >= plan.checkpoint_minutes * 60:
            save(model, tokenizer, folder, plan.dtype)
            saved = now
        speed = batch.ids.numel() / (now - began)
        steps = plan.steps if done * plan.steps <= step else round(step / done)
        yield Loss(step, steps, value, rate, speed, validation)
        if last:
            break
    yield Done()


def _step(model: Any, optimizer: torch.optim.Optimizer, loss: torch.Tensor, clip: float) -> float:
    """Move the weights against the loss; its value. Raises UserError when it is no number."""
    value = loss.item()
    if not math.isfinite(value):
        raise UserError(
            "The training loss is no longer a number.", "Try again with a lower learning rate."
        )
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return value


def learning_rate(plan: Plan, done: float) -> float:
    """Linear warm-up, then half a cosine down to a hundredth of the peak; `done` in 0..1."""
    if done < plan.warmup:
        return plan.learning_rate * max(done / plan.warmup, 0.01)
    fallen = (min(done, 1.0) - plan.warmup) / (1 - plan.warmup)
    return plan.learning_rate * max(0.5 * (1 + math.cos(math.pi * fallen)), 0.01)


def batch_loss(model: Any, batch: Batch, device: torch.device, half: bool) -> torch.Tensor:
    """Mean cross-entropy over the counted tokens, in nats."""
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half):
        logits = model(
            input_ids=batch.ids.to(device),
            position_ids=batch.positions.to(device),
            use_cache=False,
        ).logits  # (rows, row_tokens, vocabulary)
    labels = batch.labels.to(device).flatten()
    counted = labels != _IGNORED
    wanted = logits.flatten(0, 1)[counted].float()
    # The sum over the count, so that a batch without counted tokens gives 0 and not NaN.
    total = functional.cross_entropy(wanted, labels[counted], reduction="sum")
    return total / counted.sum().clamp(min=1)


def quick_at_half(device: torch.device) -> bool:
    """Whether bf16 autocast pays: twice the speed on AVX-512, a loss on older processors."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX512"


def save(model: Any, tokenizer: Any, folder: Path, dtype: torch.dtype | None = None) -> None:
    """Write the model beside `folder` and rename: a crash leaves the old one or the new one."""
    new, old = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    _tidy(folder, new, old)  # after a crash of an earlier run
    # A copy, because the one in training stays in fp32; `to` on it keeps tied weights tied.
    kept = copy.deepcopy(model).to(dtype) if dtype else model
    try:
        kept.save_pretrained(new)
        tokenizer.save_pretrained(new, save_jinja_files=False)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        _tidy(folder, new, old)


def _tidy(folder: Path, new: Path, old: Path) -> None:
    """Back to one whole folder, whichever rename came last."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)


def _render(tokenizer: Any, turns: list[dict[str, str]], prompt: bool) -> list[int]:
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=prompt)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def _batches(
    source: Callable[[int], Sequence[Example]], plan: Plan, pad_id: int
) -> Iterator[Batch]:
    """Batches without end: each epoch is shuffled and packed anew from the seed."""
    for epoch in range(2**31):
        order = list(source(epoch))
        shuffle = random.Random(f"{plan.seed}/{epoch}").shuffle
        shuffle(order)
        rows = pack(order, plan.row_tokens)
        if not rows:
            raise UserError("There are no examples to train on.", "Add at least one example.")
        shuffle(rows)
        for start in range(0, len(rows), plan.rows):
            yield collate(rows[start : start + plan.rows], plan.row_tokens, pad_id)


def _optimizer(model: Any, plan: Plan) -> torch.optim.Optimizer:
    trained = [value for value in model.parameters() if value.requires_grad]
    groups = [
        {"params": [v for v in trained if v.dim() > 1], "weight_decay": plan.weight_decay},
        {"params": [v for v in trained if v.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, betas=(0.9, 0.95))


@torch.no_grad()
def _validate(model: Any, batches: list[Batch], device: torch.device, half: bool) -> float:
    losses = [batch_loss(model, batch, device, half).item() for batch in batches]
    return sum(losses) / len(losses)
