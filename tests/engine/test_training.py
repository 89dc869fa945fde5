"""The loop, held against a plain one; what stops it, and what it leaves."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from chatapp.chat import Event, Loss, Progress, UserError
from chatapp.engine import objectives, training
from chatapp.engine.batches import IGNORED, Example, chat_example, collate
from chatapp.engine.checkpoints import STATE, WholeModel
from chatapp.engine.training import Plan, train
from tests.engine.lesson import TALK, make_tokenizer, questions, tiny

PLAN = Plan(
    steps=12, rows=2, row_tokens=48, learning_rate=1e-2, validate_every=6, seed=3,
    precision="float32",
)  # fmt: skip
LONG = replace(PLAN, steps=40, validate_every=10, batch=3, resumable=True)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    """Waking a second one costs more than this model computes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def unseen(tokenizer: Any) -> list[Example]:
    return [chat_example(tokenizer, TALK)]


def begin(
    tokenizer: Any, folder: Path, plan: Plan = PLAN, resume: bool = False, dropout: float = 0.1
) -> Any:
    model = tiny(tokenizer, dropout)
    product = WholeModel(model, tokenizer, folder)
    return train(model, questions(tokenizer), unseen(tokenizer), plan, product, 1, resume)


def losses(events: Any) -> list[Loss]:
    return [event for event in events if isinstance(event, Loss)]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# -- against a plain loop -------------------------------------------------------------------------


def plain_losses(model: Any, examples: list[Example], plan: Plan) -> list[float]:
    """The same training without any of our rooms: every example alone in its row, no packing."""
    width = max(len(example.ids) for example in examples)
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    labels = torch.full((len(examples), width), -100)
    for place, example in enumerate(examples):
        for at, (token, counts) in enumerate(zip(example.ids, example.counted, strict=True)):
            ids[place, at] = token
            labels[place, at] = token if counts and at else -100
    decayed = [p for p in model.parameters() if p.dim() > 1]
    kept = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": kept, "weight_decay": 0.0}],
        betas=(0.9, 0.95),
    )
    told = []
    for step in range(plan.steps):
        for group in optimizer.param_groups:
            group["lr"] = training.learning_rate(plan, step / plan.steps)
        logits = model(ids).logits[:, :-1]
        loss = functional.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
        optimizer.step()
        told.append(loss.item())
    return told


@pytest.mark.parametrize("at_once", [1, 8])
def test_twenty_steps_have_the_losses_of_a_plain_loop(
    tokenizer: Any, tmp_path: Path, at_once: int
) -> None:
    examples = [*questions(tokenizer)[:2], chat_example(tokenizer, TALK)]
    plan = replace(PLAN, steps=20, batch=len(examples), row_tokens=64, at_once=at_once)
    model = tiny(tokenizer)
    ours = losses(train(model, examples, [], plan, WholeModel(model, tokenizer, tmp_path / "m"), 1))
    theirs = plain_losses(tiny(tokenizer).train(), examples, plan)
    assert [loss.train for loss in ours] == pytest.approx(theirs, abs=1e-5)
    assert theirs[-1] < theirs[0] * 0.7


def test_tokens_that_are_not_counted_carry_no_gradient(tokenizer: Any) -> None:
    example = questions(tokenizer)[0]
    model = tiny(tokenizer)
    seen: list[torch.Tensor] = []

    def keep(_module: Any, _inputs: Any, scores: torch.Tensor) -> None:
        scores.retain_grad()
        seen.append(scores)

    model.lm_head.register_forward_hook(keep)
    batch = collate([[example]], 1)
    objectives.batch_loss(model, batch, torch.device("cpu")).backward()
    gradient = seen[0].grad[0].abs().sum(-1)  # (width,) of the scores at each place
    learned = batch.labels[0] != IGNORED
    assert torch.equal(gradient > 0, learned)
    assert 0 < int(learned.sum()) < len(learned)


def test_gradient_checkpointing_changes_no_loss(tokenizer: Any, tmp_path: Path) -> None:
    plain = [loss.train for loss in losses(begin(tokenizer, tmp_path / "a", dropout=0.0))]
    model = tiny(tokenizer)
    model.activation_checkpointing_enable({"use_reentrant": False})
    product = WholeModel(model, tokenizer, tmp_path / "b")
    events = train(model, questions(tokenizer), unseen(tokenizer), PLAN, product, 1)
    assert [loss.train for loss in losses(events)] == pytest.approx(plain, abs=1e-5)


def test_sixteen_bits_learn_the_same_a_little_less_exactly(tokenizer: Any, tmp_path: Path) -> None:
    exact = losses(begin(tokenizer, tmp_path / "a"))
    rough = losses(begin(tokenizer, tmp_path / "b", replace(PLAN, precision="bfloat16")))
    assert rough[-1].train == pytest.approx(exact[-1].train, rel=0.1)
    assert rough[-1].train != exact[-1].train


def test_float16_on_a_cpu_is_refused_with_a_sentence(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs a graphics card"):
        list(begin(tokenizer, tmp_path / "m", replace(PLAN, precision="float16")))


def test_a_run_may_have_another_precision_than_the_one_before_it(
    tokenizer: Any, tmp_path: Path
) -> None:
    for number, precision in enumerate(("bfloat16", "float32", "bfloat16")):
        plan = replace(PLAN, precision=precision, steps=1)
        assert len(losses(begin(tokenizer, tmp_path / str(number), plan))) == 1


# -- what it tells --------------------------------------------------------------------------------


def test_the_loss_falls_and_unseen_examples_are_measured(tokenizer: Any, tmp_path: Path) -> None:
    told = losses(begin(tokenizer, tmp_path / "model"))
    assert told[-1].train < told[0].train * 0.8
    assert [event.step for event in told if event.validation is not None] == [6, 12]


def test_two_runs_with_the_same_seed_give_equal_losses(tokenizer: Any, tmp_path: Path) -> None:
    first, second = (losses(begin(tokenizer, tmp_path / name)) for name in ("first", "second"))
    assert [event.train for event in first] == [event.train for event in second]


def test_the_run_is_returned_with_its_losses(tokenizer: Any, tmp_path: Path) -> None:
    events = begin(tokenizer, tmp_path / "model")
    told: list[Event] = []
    while True:
        try:
            told.append(next(events))
        except StopIteration as end:
            run = end.value
            break
    measured = losses(told)
    assert (run.step, run.first, run.last) == (12, measured[0].train, measured[-1].train)
    assert run.best == min(loss.validation for loss in measured if loss.validation is not None)
    assert run.before > run.best


def test_the_rate_rises_then_falls_to_a_hundredth() -> None:
    plan = Plan(learning_rate=1.0, warmup=0.1)
    rates = [training.learning_rate(plan, done) for done in (0.0, 0.05, 0.1, 0.55, 1.0, 1.2)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.5, 0.01, 0.01])


def test_a_constant_rate_stays(tokenizer: Any) -> None:
    plan = Plan(learning_rate=1.0, warmup=0.1, schedule="constant")
    assert training.learning_rate(plan, 0.9) == 1.0


def test_the_sampler_is_asked_every_so_many_steps(tokenizer: Any, tmp_path: Path) -> None:
    asked: list[int] = []

    def sampler(step: int) -> Any:
        asked.append(step)
        return iter(())

    model = tiny(tokenizer)
    product = WholeModel(model, tokenizer, tmp_path / "m")
    plan = replace(PLAN, sample_every=5)
    list(train(model, questions(tokenizer), [], plan, product, 1, sampler=sampler))
    assert asked == [5, 10]


# -- how it ends ----------------------------------------------------------------------------------


def test_a_stop_ends_before_the_next_step_and_keeps_what_was_learned(
    tokenizer: Any, tmp_path: Path
) -> None:
    running = begin(tokenizer, tmp_path / "model", LONG)
    while not isinstance(event := next(running), Loss) or event.step < 3:
        pass
    running.close()
    assert "model.safetensors" in files(tmp_path / "model")
    assert STATE in files(tmp_path / "model")
    resumed = losses(begin(tokenizer, tmp_path / "model", LONG, resume=True))
    assert resumed[0].step == 4


def test_a_stop_before_the_first_step_leaves_nothing(tokenizer: Any, tmp_path: Path) -> None:
    running = begin(tokenizer, tmp_path / "model")
    assert isinstance(next(running), Progress)
    running.close()
    assert list(tmp_path.glob("model*")) == []


@pytest.mark.parametrize("stop_at", [7, 20])
def test_a_resumed_run_equals_one_that_never_stopped(
    tokenizer: Any, tmp_path: Path, stop_at: int
) -> None:
    whole = losses(begin(tokenizer, tmp_path / "whole", LONG))
    running = begin(tokenizer, tmp_path / "parts", LONG)
    parts = []
    for event in running:
        parts += losses([event])
        if parts and parts[-1].step == stop_at:
            running.close()
            break
    parts += losses(begin(tokenizer, tmp_path / "parts", LONG, resume=True))
    assert [loss.step for loss in parts] == list(range(1, 41))
    assert [loss.train for loss in parts] == pytest.approx([loss.train for loss in whole], abs=1e-6)
    checks = [
        {loss.step: loss.validation for loss in run if loss.validation} for run in (whole, parts)
    ]
    assert checks[0] == pytest.approx(checks[1], abs=1e-6)
    final = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "parts")]
    assert final[0] == final[1]


def test_the_folder_keeps_the_best_state_and_not_the_last(tokenizer: Any, tmp_path: Path) -> None:
    plan = replace(PLAN, steps=60, learning_rate=5e-2, validate_every=5, warmup=0.0)
    told = losses(begin(tokenizer, tmp_path / "model", plan))
    checks = {loss.step: loss.validation for loss in told if loss.validation is not None}
    best = min(checks, key=lambda step: checks[step])
    assert best < 60
    assert [loss.step for loss in told if loss.best][-1] == best
    from transformers import LlamaForCausalLM

    kept = LlamaForCausalLM.from_pretrained(tmp_path / "model")
    batch = collate([unseen(tokenizer)], 1)
    with torch.no_grad():
        loss = objectives.batch_loss(kept, batch, torch.device("cpu")).item()
    assert loss == pytest.approx(checks[best], abs=1e-4)


def test_it_ends_early_when_the_held_out_loss_keeps_rising(tokenizer: Any, tmp_path: Path) -> None:
    plan = replace(PLAN, steps=200, learning_rate=5e-2, validate_every=5, patience=2)
    told = losses(begin(tokenizer, tmp_path / "model", plan))
    checks = [loss.validation for loss in told if loss.validation is not None]
    assert len(told) < 200
    assert min(checks) == checks[-3]


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_folder(
    tokenizer: Any, tmp_path: Path
) -> None:
    list(begin(tokenizer, tmp_path / "model", replace(LONG, steps=10)))
    before = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    broken = tiny(tokenizer)
    with torch.no_grad():
        broken.model.norm.weight.fill_(float("nan"))
    product = WholeModel(broken, tokenizer, tmp_path / "model")
    with pytest.raises(UserError, match="no longer a number"):
        list(train(broken, questions(tokenizer), [], LONG, product, 1))
    assert {p.name: p.read_bytes() for p in (tmp_path / "model").iterdir()} == before


def test_a_rate_far_too_high_never_leaves_numbers_that_are_none(
    tokenizer: Any, tmp_path: Path
) -> None:
    model = tiny(tokenizer)
    plan = replace(LONG, learning_rate=1e30, clip=1e30, warmup=0.0, batch=3)
    product = WholeModel(model, tokenizer, tmp_path / "model")
    with pytest.raises(UserError, match="lower learning rate"):
        list(train(model, questions(tokenizer), unseen(tokenizer), plan, product, 1))
    assert not (tmp_path / "model").exists()


def test_the_clock_ends_a_run_with_a_whole_model(tokenizer: Any, tmp_path: Path) -> None:
    plan = Plan(minutes=1e-9, rows=2, row_tokens=48, precision="float32")
    model = tiny(tokenizer)
    product = WholeModel(model, tokenizer, tmp_path / "m")
    events = list(train(model, questions(tokenizer), [], plan, product, 1))
    assert [type(event) for event in events] == [Progress, Loss]
    assert (tmp_path / "m" / "config.json").is_file()


def test_no_pickle_is_written_or_read(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        pytest.fail("a pickle")

    for room, name in (
        (torch, "save"), (torch, "load"), (pickle, "dump"), (pickle, "load"), (pickle, "loads"),
        (pickle, "Unpickler"), (pickle, "Pickler"),
    ):  # fmt: skip
        monkeypatch.setattr(room, name, refuse)
    running = begin(tokenizer, tmp_path / "model", LONG)
    while not isinstance(event := next(running), Loss) or event.step < 12:
        pass
    running.close()
    assert losses(begin(tokenizer, tmp_path / "model", LONG, resume=True))[-1].step == 40
    assert {Path(name).suffix for name in files(tmp_path)} <= {".safetensors", ".json"}
    monkeypatch.undo()
    for path in (tmp_path / "model").iterdir():
        with pytest.raises(Exception, match=r"."):
            pickle.load(io.BytesIO(path.read_bytes()))
