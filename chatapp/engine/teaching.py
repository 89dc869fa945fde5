"""A course from its data to what it leaves, told as the numbered steps of training.

The usual four steps are the order of this room: the data is read, split and tokenised; the model
is defined; loss and optimiser are chosen; the loop runs. Knows nothing about threads or windows:
whoever drives the generator closes it, and what was learned until then is on the disk.
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from chatapp import adapters, course, examples
from chatapp.chat import Message, Progress
from chatapp.engine import (
    batches,
    dropping,
    faults,
    loading,
    machine,
    placing,
    rehearsal,
    scratch,
    syllabus,
    training,
    trimming,
)
from chatapp.engine.adapting import AdapterFiles, Attached
from chatapp.engine.batches import Beside, Example, collate
from chatapp.engine.checkpoints import Product, Run, WholeModel, as_json
from chatapp.engine.generic import Generic
from chatapp.engine.graphs import agree
from chatapp.engine.local import Local
from chatapp.engine.objectives import Likelihood, Preference
from chatapp.engine.prompt import Prompt
from chatapp.engine.spreading import is_spread
from chatapp.settings import Loading
from chatapp.taught import Preferred, Prepared, Sampled, Trained
from chatapp.tuning import SMALL

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from chatapp.chat import Event
    from chatapp.course import Course
    from chatapp.engine.checkpoints import Notes
    from chatapp.engine.objectives import Objective
    from chatapp.engine.syllabus import Taught
    from chatapp.engine.training import Plan
    from chatapp.examples import Data
    from chatapp.forms import Row
    from chatapp.tuning import Tuning

SAMPLE_TOKENS = 48
SAMPLE_START = 40  # characters of a passage that a sample continues
VARIETY = 3  # rehearsed answers for each that an epoch takes: the more, the less is forgotten
STRANGERS = 0.02  # how far neighbours in a row may move each other's scores: rounding
SAVED = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(slots=True)
class Pupil:
    """The model that learns, and what it will leave."""

    model: Any
    tokenizer: Any
    product: Product
    attached: Attached | None = None

    @property
    def trained_parameters(self) -> int:
        """How many numbers learn."""
        return sum(p.numel() for p in self.model.parameters() if p.requires_grad)

    def leave(self) -> None:
        """Give the model back as it was: it may be the resident one."""
        if self.attached:
            disable = getattr(self.model, "activation_checkpointing_disable", None)
            (disable or self.model.gradient_checkpointing_disable)()
            self.attached.detach()
            self.model.eval()


def teach(asked: Course, lent: Any = None) -> Generator[Event, None, None]:
    """Prepared, a Loss per step, Sampled now and then, Trained. Raises UserError.

    With `lent`, a loaded model, an adapter is trained beside it without a second copy of its
    weights. Closing it leaves the best and the last state, and a later course can go on.
    """
    machine.take_card()
    device = torch.device(placing.device_of(asked.device))
    placing.enter(device)
    threads = torch.get_num_threads()
    pupils: list[Pupil] = []
    try:
        yield from _taught(asked, lent, pupils)
        return
    except Exception as error:
        fault = faults.fault_of(error, device)
        if fault is None:
            raise
    finally:
        torch.set_num_threads(threads)
        trimming.trim(soon=False)
        while pupils:
            pupils.pop().leave()
    if isinstance(fault, faults.Lack):  # here, where the error's traceback holds no tensors
        fault = fault.of_training(asked.base, asked.model.bytes if asked.model else 0)
    raise fault


def _taught(asked: Course, lent: Any, pupils: list[Pupil]) -> Generator[Event, None, None]:
    # 1. Examples: whatever form they are in, and what cannot be used.
    data = examples.read(asked.data, asked.columns)

    # 2. Split, by conversation: what is held out is never learned.
    asked = asked.settled(len(data.rows), data.pairs)
    tuning = asked.tuning
    kept, held = examples.split(data.rows, tuning.validation / 100, tuning.seed)
    record = course.record(asked, data, _fingerprint(asked), len(held))
    if asked.resume:
        course.require_same(course.read(asked.folder), record)

    # 3. Tokenise by the chat template; the mask counts only what the assistant says.
    tokenizer = syllabus.tokenizer_for(asked, kept)
    taught = yield from syllabus.tokenise(tokenizer, kept, held, asked)

    # 4. Define the model: an adapter beside a loaded one, all weights of one, or a new one.
    torch.manual_seed(tuning.seed)
    pupil = yield from _pupil(asked, tokenizer, lent, _notes(asked, record))
    pupils.append(pupil)
    record["trained_parameters"] = pupil.trained_parameters
    torch.set_num_threads(loading.THREADS)

    # What it says now is learned again beside the examples, so that it stays.
    rehearsed = yield from _rehearsed(asked, pupil, len(taught.learn))

    # 5. Loss and optimiser: cross-entropy or preference, AdamW, a rate that warms up and falls.
    plan = _plan(asked, len(taught.learn), _separates(pupil.model))
    yield _prepared(asked, data, taught, pupil, plan, len(rehearsed.examples))

    # 6. The loop, with a look at the unseen examples and a sample now and then.
    run = yield from training.train(
        pupil.model,
        taught.learn,
        taught.unseen,
        plan,
        pupil.product,
        pupil.tokenizer.pad_token_id or 0,
        asked.resume,
        _Sampler(pupil, *_question(tuning, held or kept)),
        rehearsed,
        _objective(tuning, pupil, plan),
    )

    # 7. What came of it.
    yield _result(asked, record, run)


def _fingerprint(asked: Course) -> str:
    if asked.model is None or asked.model.facts is None:
        return ""
    return adapters.fingerprint(Path(asked.model.path), asked.model.facts.files)


# -- the model ------------------------------------------------------------------------------------


def _pupil(asked: Course, tokenizer: Any, lent: Any, notes: Notes) -> Generator[Event, None, Pupil]:
    """The model with what learns in it requiring gradients, on its device."""
    tuning = asked.tuning
    if asked.model is None:
        model = scratch.make_model(tokenizer, tuning.layers, tuning.width, syllabus.context(tuning))
        model = model.to(placing.device_of(asked.device))
        dropping.drop(model, tuning.dropout)
        product = WholeModel(model, tokenizer, asked.folder, torch.bfloat16, notes)
        return Pupil(model, tokenizer, product)
    if lent is None:
        resident = yield from loading.load(Path(asked.model.path), _loading(asked))
        lent, tokenizer = resident.model, resident.tokenizer
    _save_memory(lent, tuning)
    if tuning.what == "adapter":
        attached = Attached(lent, tuning, asked.base)
        return Pupil(lent, tokenizer, AdapterFiles(attached, asked.folder, notes), attached)
    lent.requires_grad_(True)
    dropping.drop(lent, tuning.dropout)
    facts = asked.model.facts
    dtype = SAVED.get(facts.dtype if facts else "")
    base = Path(asked.model.path)
    return Pupil(lent, tokenizer, WholeModel(lent, tokenizer, asked.folder, dtype, notes, base))


def _loading(asked: Course) -> Loading:
    """What learns is in 32 bits; a base that only carries an adapter may have 16."""
    tuning, facts = asked.tuning, asked.model.facts if asked.model else None
    if facts is None or tuning.what != "adapter" or tuning.precision == "float32":
        return Loading(device=asked.device, dtype="float32")
    device, dtype, _ = loading.choose(Loading(device=asked.device), facts)
    if dtype == torch.float16 and device == "cpu":  # quick at reading only
        dtype = torch.bfloat16
    return Loading(device=asked.device, dtype=str(dtype).removeprefix("torch."))


def _rehearsed(asked: Course, pupil: Pupil, count: int) -> Generator[Event, None, Beside]:
    """What the model says before it learns, more than an epoch takes; a new one says nothing."""
    tuning = asked.tuning
    share = tuning.remember / 100
    most = round(VARIETY * count * share)
    if tuning.steps:  # a short run sees each of them twice
        most = min(most, round(tuning.steps * min(tuning.batch, count) * share / 2))
    if asked.model is None or not most:
        return Beside()
    found = yield from rehearsal.rehearse(
        pupil.model, pupil.tokenizer, most, syllabus.row_limit(asked)
    )
    return Beside(tuple(found), share)


def _save_memory(model: Any, tuning: Tuning) -> None:
    """Keep only each block's input for the way back, and compute the rest again."""
    if tuning.save_memory == "on" or (
        tuning.save_memory == "auto" and model.num_parameters() >= SMALL
    ):
        enable = getattr(model, "activation_checkpointing_enable", None)
        (enable or model.gradient_checkpointing_enable)({"use_reentrant": False})
        trimming.trim(soon=True)


@torch.no_grad()
def _separates(model: Any) -> bool:
    """Whether examples that share a row stay strangers in this model's attention."""
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return False
    model.eval()  # dropout would make the two differ
    first, second = (Example(tuple(ids), (True,) * 8) for ids in (range(1, 9), range(9, 17)))
    device = next(model.parameters()).device
    together, alone = collate([[first, second]], 0), collate([[second]], 0)
    places = together.positions.to(device) if together.positions is not None else None
    packed = model(input_ids=together.ids.to(device), position_ids=places, use_cache=False).logits
    single = model(input_ids=alone.ids.to(device), use_cache=False).logits
    return agree(packed[:, 8:], single, STRANGERS)


def borrowed(asked: Course, backend: Any) -> Any:
    """The resident model, where an adapter of this course can be trained beside it; else None.

    It cannot where its weights were packed, lie on several devices, or have too few bits.
    """
    if not isinstance(backend, Local) or asked.model is None or asked.tuning.what != "adapter":
        return None
    model = backend.model
    if backend.info.path != asked.model.path or any(not p.numel() for p in model.parameters()):
        return None
    if is_spread(model):
        return None
    if asked.tuning.precision == "float32" and model.dtype != torch.float32:
        return None
    backend.wardrobe.clear()
    return model


# -- the plan -------------------------------------------------------------------------------------


def _plan(asked: Course, count: int, packs: bool) -> Plan:
    tuning = asked.tuning
    return training.Plan(
        steps=tuning.steps or math.ceil(count / tuning.batch) * tuning.epochs,
        batch=tuning.batch,
        at_once=tuning.at_once,
        row_tokens=syllabus.row_limit(asked),
        learning_rate=tuning.learning_rate,
        schedule=tuning.schedule,
        warmup=tuning.warmup / 100,
        weight_decay=tuning.weight_decay,
        clip=tuning.clip,
        validate_every=tuning.check_every,
        patience=tuning.patience,
        resumable=True,
        sample_every=tuning.sample_every,
        seed=tuning.seed,
        precision=tuning.precision,
        packs=packs,
    )


def _objective(tuning: Tuning, pupil: Pupil, plan: Plan) -> Objective:
    """Pairs are compared with what the same weights say without the adapter."""
    if tuning.method == "pairs" and pupil.attached:
        return Preference(tuning.beta, tuning.anchor, pupil.attached.off)
    return Likelihood(plan.packs)


def _prepared(
    asked: Course, data: Data, taught: Taught, pupil: Pupil, plan: Plan, rehearsed: int
) -> Prepared:
    tokens, learned = batches.tokens(taught.rows)
    device = next(pupil.model.parameters()).device
    problems = [(bad.line, bad.problem.event()) for bad in data.bad] + taught.problems
    return Prepared(
        base=asked.base,
        rows=len(data.rows),
        bad_rows=data.bad_rows + len(taught.problems),
        problems=tuple(problems[: examples.TOLD]),
        duplicates=data.duplicates,
        examples=len(taught.learn),
        held_out=len(taught.unseen),
        longest=plan.row_tokens,
        cut=taught.cut,
        tokens=tokens,
        learned_tokens=learned,
        steps=plan.steps,
        parameters=pupil.model.num_parameters(),
        trained_parameters=pupil.trained_parameters,
        precision=machine.precision_of(plan.precision, device),
        packed=plan.packs,
        rehearsed=rehearsed,
        template=bool(pupil.tokenizer.chat_template),
        pairs=asked.tuning.method == "pairs",
    )


def _result(asked: Course, record: dict[str, Any], run: Run) -> Trained:
    known = run.margin is not None and run.accuracy is not None
    preferred = Preferred(run.margin or 0.0, run.accuracy or 0.0) if known else None
    return Trained(
        folder=str(asked.folder),
        name=str(record["name"]),
        what=asked.tuning.what,
        steps=run.step,
        first_loss=run.first,
        last_loss=run.last,
        best_step=run.best_step,
        loss_before=run.before,
        loss_after=run.best,
        tokens=run.tokens,
        seconds=run.seconds,
        trained_parameters=int(record.get("trained_parameters", 0)),
        preferred=preferred,
    )


def _notes(asked: Course, record: dict[str, Any]) -> Notes:
    """The record and the model card, with how far the run is."""

    def notes(run: Run) -> dict[str, str]:
        now = record | course.told(_result(asked, record, run))
        return {adapters.RECORD: as_json(now), "README.md": course.card(now)}

    return notes


# -- samples --------------------------------------------------------------------------------------


def _question(tuning: Tuning, rows: Sequence[Row]) -> tuple[str, bool]:
    """What samples answer, and whether they continue it as plain text."""
    if tuning.sample_prompt:
        return tuning.sample_prompt, False
    for row in rows:
        asked = [message.text for message in row.messages if message.role == "user"]
        if asked:
            return asked[0], False
    return rows[0].text[:SAMPLE_START], True


class _Sampler:
    """Lets the model in training answer one question, the likeliest token each time."""

    def __init__(self, pupil: Pupil, question: str, complete: bool) -> None:
        self._pupil, self._question, self._complete = pupil, question, complete

    def __call__(self, step: int) -> Iterator[Event]:
        model = self._pupil.model
        rows = model.get_input_embeddings().num_embeddings
        prompt = Prompt(self._pupil.tokenizer, rows)
        ids = prompt.ids([Message("user", self._question)], self._complete)
        ends, written = prompt.ends(model.generation_config), []
        forward = Generic(model)
        fresh = torch.tensor([ids], device=next(model.parameters()).device)
        for count in range(SAMPLE_TOKENS):
            yield Progress("sample", count, SAMPLE_TOKENS)
            with torch.no_grad():
                fresh = forward.run(fresh).argmax(-1, keepdim=True)
            token = int(fresh[0, 0])
            if token in ends:
                break
            written.append(token)
        yield Sampled(step, self._question, prompt.text(written))
