"""Learning from pairs of a better and a worse answer, held against a plain computation."""

from __future__ import annotations

import contextlib
import json
import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from chatapp import adapters, course
from chatapp.chat import Loss, Message, UserError
from chatapp.course import Course
from chatapp.engine import batches, objectives
from chatapp.engine.adapting import AdapterFiles, Attached
from chatapp.engine.batches import Pair
from chatapp.engine.objectives import Preference, Reader
from chatapp.engine.previewing import preview
from chatapp.engine.teaching import teach
from chatapp.engine.training import BETAS, Plan, learning_rate, train
from chatapp.forms import Row
from chatapp.taught import Prepared, Previewed, Trained
from chatapp.tuning import Tuning
from tests.engine.conftest import make_model, open_local
from tests.engine.lesson import make_tokenizer, tiny

BETA = 0.3
PLAN = Plan(
    steps=20, batch=2, at_once=8, row_tokens=64, learning_rate=1e-2, validate_every=5,
    precision="float32", weight_decay=0.01, packs=False,
)  # fmt: skip
TUNING = Tuning(rank=4, alpha=8)
ASKED = Message("user", "Which colour is snow?")
ROWS = [
    Row("preference", 1, (ASKED, Message("assistant", "White.")),
        against=(ASKED, Message("assistant", "Snow is a thing that falls."))),
    Row("preference", 2, (Message("user", "雪は何色?"), Message("assistant", "白です。")),
        against=(Message("user", "雪は何色?"), Message("assistant", "White."))),
]  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pairs(tokenizer: Any) -> list[Pair]:
    return [batches.pair(tokenizer, row) for row in ROWS]


def attached(tokenizer: Any) -> tuple[Any, Attached]:
    model = tiny(tokenizer)
    torch.manual_seed(5)
    return model, Attached(model, TUNING, "tiny")


def begin(
    tokenizer: Any, folder: Path, plan: Plan = PLAN, unseen: Any = (), resume: bool = False,
    anchor: float = 0.0,
) -> Any:  # fmt: skip
    model, beside = attached(tokenizer)
    product = AdapterFiles(beside, folder, lambda run: {})
    objective = Preference(BETA, anchor, beside.off)
    return train(
        model, pairs(tokenizer), list(unseen), plan, product, 1, resume, objective=objective
    )


def losses(events: Any) -> list[Loss]:
    return [event for event in events if isinstance(event, Loss)]


# -- against a plain computation ------------------------------------------------------------------


def said(model: Any, example: Any) -> torch.Tensor:
    """Log-probability of the counted tokens, one by one."""
    scores = model(torch.tensor([example.ids])).logits[0].log_softmax(-1)
    places = [at for at, counts in enumerate(example.counted) if counts and at]
    return torch.stack([scores[at - 1, example.ids[at]] for at in places]).sum()


def plain_losses(tokenizer: Any, plan: Plan, anchor: float) -> list[tuple[float, float, float]]:
    """The published formula, an answer at a time, against a second copy of the model."""
    model, _ = attached(tokenizer)
    reference = tiny(tokenizer).eval()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, betas=BETAS, weight_decay=plan.weight_decay)
    told = []
    for step in range(plan.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(plan, step / plan.steps)
        model.train()
        margins, surprises = [], []
        for better, worse in pairs(tokenizer):
            with torch.no_grad():
                before = said(reference, better), said(reference, worse)
            now = said(model, better), said(model, worse)
            rewards = [each - then for each, then in zip(now, before, strict=True)]
            surprises.append(-now[0] / sum(better.counted[1:]))
            margins.append(BETA * (rewards[0] - rewards[1]))
        margin = torch.stack(margins)
        loss = (anchor * torch.stack(surprises) - torch.log(torch.sigmoid(margin))).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, plan.clip)
        optimizer.step()
        told.append((loss.item(), margin.mean().item(), (margin > 0).float().mean().item()))
    return told


@pytest.mark.parametrize("anchor", [0.0, 0.5])
@pytest.mark.parametrize("at_once", [1, 8])
def test_twenty_steps_have_the_losses_of_the_published_formula(
    tokenizer: Any, tmp_path: Path, at_once: int, anchor: float
) -> None:
    plan = replace(PLAN, at_once=at_once)
    ours = losses(begin(tokenizer, tmp_path / "a", plan, anchor=anchor))
    theirs = plain_losses(tokenizer, PLAN, anchor)
    assert [loss.train for loss in ours] == pytest.approx([t[0] for t in theirs], abs=1e-5)
    told = [(loss.preferred.margin, loss.preferred.accuracy) for loss in ours if loss.preferred]
    assert [margin for margin, _ in told] == pytest.approx([t[1] for t in theirs], abs=1e-4)
    assert [share for _, share in told] == [t[2] for t in theirs]
    if not anchor:
        assert theirs[0][0] == pytest.approx(math.log(2), abs=1e-6)
        assert theirs[-1][0] < 0.4
    assert told[-1][1] == 1.0


def test_only_what_the_answers_say_differently_is_counted(tokenizer: Any) -> None:
    opening = (Message("user", "Hi"), Message("assistant", "Hello."), ASKED)
    row = Row("preference", 1, (*opening, Message("assistant", "White.")),
              against=(*opening, Message("assistant", "Blue.")))  # fmt: skip
    for example, answer in zip(batches.pair(tokenizer, row), ("White.", "Blue."), strict=True):
        counted = [i for i, counts in zip(example.ids, example.counted, strict=True) if counts]
        assert tokenizer.decode(counted) == f"{answer}<|end|>"


def test_only_the_answers_tokens_carry_a_gradient(tokenizer: Any) -> None:
    model = tiny(tokenizer)
    objective = Preference(BETA, 0.5, contextlib.nullcontext)
    (row,) = objective.arrange(pairs(tokenizer)[:1], 64)
    reader = Reader(torch.device("cpu"), 1, 8)
    list(objective.prepare(model, pairs(tokenizer), reader))
    seen: list[torch.Tensor] = []
    model.lm_head.register_forward_hook(lambda m, i, out: (out.retain_grad(), seen.append(out))[1])
    objective.measure(model, [row], reader, 1).loss.backward()
    for place, example in enumerate(row):
        moved = seen[0].grad[place].abs().sum(-1) > 0  # (width,)
        expected = [*example.counted[1:], False]
        assert moved.tolist() == expected + [False] * (len(moved) - len(expected))


def test_without_a_template_only_the_answer_is_counted(tokenizer: Any) -> None:
    plain = make_tokenizer()
    plain.chat_template = None
    for example in batches.pair(plain, ROWS[0]):
        counted = [i for i, counts in zip(example.ids, example.counted, strict=True) if counts]
        assert plain.decode(example.ids).startswith("Which colour is snow?\n")
        assert "Which" not in plain.decode(counted)


# -- the loop -------------------------------------------------------------------------------------


def test_a_resumed_run_equals_one_that_never_stopped(tokenizer: Any, tmp_path: Path) -> None:
    plan = replace(PLAN, resumable=True)
    whole = losses(begin(tokenizer, tmp_path / "whole", plan))
    running, first = begin(tokenizer, tmp_path / "parts", plan), []
    while len(first) < 7:
        first += losses([next(running)])
    running.close()
    rest = losses(begin(tokenizer, tmp_path / "parts", plan, resume=True))
    assert [(loss.step, loss.train) for loss in [*first, *rest]] == [
        (loss.step, pytest.approx(loss.train, abs=1e-6)) for loss in whole
    ]


def test_a_loss_that_is_no_number_stops_with_a_sentence(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = begin(tokenizer, tmp_path / "a", replace(PLAN, resumable=True))
    for event in running:
        if isinstance(event, Loss) and event.step == 5:
            break
    kept = (tmp_path / "a" / adapters.WEIGHTS).read_bytes()
    spoilt = torch.full((4,), torch.nan, requires_grad=True)
    monkeypatch.setattr(objectives, "_answer_logs", lambda *_: spoilt)
    with pytest.raises(UserError, match="no longer a number"):
        list(running)
    assert (tmp_path / "a" / adapters.WEIGHTS).read_bytes() == kept


def test_held_out_pairs_are_measured_and_the_best_state_is_known(
    tokenizer: Any, tmp_path: Path
) -> None:
    told = losses(begin(tokenizer, tmp_path / "a", unseen=pairs(tokenizer)[:1]))
    checks = [loss for loss in told if loss.validation is not None]
    assert [loss.step for loss in checks] == [5, 10, 15, 20]
    assert all(loss.preferred_unseen for loss in checks)
    assert checks[-1].validation < math.log(2)


# -- a whole course -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    rows = [
        {"prompt": f"Number {n}?", "chosen": f"{n * 7}.", "rejected": f"I guess it is {n}."}
        for n in range(12)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def asked(data: Path, model: Path, **knobs: Any) -> Course:
    usual = {"steps": 8, "batch": 4, "longest": 64, "learning_rate": 1e-2, "rank": 4,
             "precision": "float32", "validation": 25.0, "check_every": 4}  # fmt: skip
    out = str(data.parent / "out")
    return course.course(str(data), out, str(model), usual | knobs, device="cpu")


def test_pairs_are_known_by_their_form_and_teach_an_adapter(data: Path, folder: Path) -> None:
    local = open_local(folder)
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        before = local.model(ids).logits
    events = list(teach(asked(data, folder), local.model))
    prepared = next(event for event in events if isinstance(event, Prepared))
    trained = next(event for event in events if isinstance(event, Trained))
    assert (prepared.pairs, prepared.examples, prepared.held_out) == (True, 9, 3)
    assert prepared.rehearsed == 0
    assert trained.preferred
    assert trained.preferred.margin > 0
    assert trained.loss_after < trained.loss_before
    with torch.no_grad():
        assert torch.equal(local.model(ids).logits, before)
    record = course.read(data.parent / "out")
    assert record["tuning"]["method"] == "pairs"
    assert record["accuracy"] == trained.preferred.accuracy
    assert "perplexity_after" not in record
    card = (data.parent / "out" / "README.md").read_text("utf-8")
    assert "reward margin" in card
    assert "perplexity" not in card
    assert adapters.check(data.parent / "out").rank == 4


def test_the_better_answers_alone_are_learned_where_that_was_asked(
    data: Path, folder: Path
) -> None:
    events = list(teach(asked(data, folder, method="answers", remember=0.0)))
    assert not next(event for event in events if isinstance(event, Prepared)).pairs
    assert all(loss.preferred is None for loss in losses(events))
    assert course.read(data.parent / "out")["perplexity_after"] is not None


def test_all_weights_learn_the_better_answers(data: Path, folder: Path) -> None:
    events = list(teach(asked(data, folder, what="all", remember=0.0)))
    assert not next(event for event in events if isinstance(event, Prepared)).pairs


def test_all_weights_cannot_learn_from_pairs(data: Path, folder: Path) -> None:
    with pytest.raises(UserError, match="Only an adapter"):
        list(teach(asked(data, folder, what="all", method="pairs")))


def test_data_without_pairs_cannot_be_learned_as_pairs(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"prompt": "One?", "response": "1"}))
    with pytest.raises(UserError, match="no pairs"):
        list(teach(asked(path, folder, method="pairs")))


def test_a_row_without_a_worse_answer_costs_only_itself(data: Path, folder: Path) -> None:
    lone = json.dumps({"prompt": "One?", "response": "1"})
    data.write_text(f"{lone}\n{data.read_text()}")
    events = list(teach(asked(data, folder)))
    prepared = next(event for event in events if isinstance(event, Prepared))
    assert [line for line, _ in prepared.problems] == [1]
    assert "no worse answer" in str(prepared.problems[0][1].error)


def test_the_method_is_what_most_of_the_data_is_for(data: Path, folder: Path) -> None:
    free = course.course(str(data), "", str(folder))
    assert free.settled(13, 12).tuning.method == "pairs"
    assert free.settled(24, 12).tuning.method == "answers"


def test_what_is_usual_for_pairs_holds_where_nothing_was_set(data: Path, folder: Path) -> None:
    free = course.course(str(data), "", str(folder)).settled(100, 100).tuning
    assert (free.method, free.learning_rate, free.remember) == ("pairs", 1e-3, 0.0)
    own = course.course(str(data), "", str(folder), {"learning_rate": 5e-3})
    assert own.settled(100, 100).tuning.learning_rate == 5e-3


def test_a_preview_shows_both_answers(data: Path, folder: Path) -> None:
    found = next(e for e in preview(asked(data, folder)) if isinstance(e, Previewed))
    assert (found.pairs, found.examples, found.held_out) == (True, 9, 3)
    first = found.shown[0]
    number = (first.line - 1) * 7
    assert "".join(text for text, learned in first.parts if learned).startswith(f"{number}.")
    assert first.worse.startswith(f"I guess it is {first.line - 1}.")


def test_no_pickle_is_written_or_read(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        pytest.fail("a pickle")

    for room, name in (
        (torch, "save"), (torch, "load"), (pickle, "dump"), (pickle, "load"), (pickle, "loads"),
        (pickle, "Unpickler"), (pickle, "Pickler"),
    ):  # fmt: skip
        monkeypatch.setattr(room, name, refuse)
    list(teach(asked(data, folder)))
    left = [path for path in (data.parent / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in left} == {".safetensors", ".json", ".md"}
