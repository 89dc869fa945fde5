"""A whole course: from a file of examples to an adapter, a model, and a record of both."""

from __future__ import annotations

import dataclasses
import json
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from chatapp import adapters, course, gate, schooling
from chatapp.chat import Done, Loss, Progress, UserError
from chatapp.course import Course
from chatapp.engine import teaching
from chatapp.engine.checkpoints import LAST, STATE
from chatapp.engine.loading import load
from chatapp.engine.teaching import borrowed, teach
from chatapp.host import Host
from chatapp.settings import Loading
from chatapp.taught import Prepared, Sampled, Trained
from chatapp.tuning import Tuning
from chatapp.usage import parse
from tests.engine.conftest import make_model, open_local

QUICK = Tuning(
    steps=6, batch=4, at_once=4, longest=64, learning_rate=1e-2, validation=20.0, check_every=3,
    precision="float32", rank=4, alpha=8, remember=0.0,
)  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "facts.jsonl"
    rows = [{"prompt": f"Number {n}?", "response": f"It is {n * 7}."} for n in range(10)]
    path.write_text("\n".join(map(json.dumps, rows)) + "\nbroken\n" + json.dumps(rows[0]))
    return path


def asked(data: Path, model: Path | None, tuning: Tuning = QUICK, **more: Any) -> Course:
    knobs = {name: getattr(tuning, name) for name in tuning.__slots__}
    out = str(data.parent / "out")
    return course.course(str(data), out, str(model or ""), knobs, device="cpu", **more)


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([[5, 6, 7, 8]])).logits


def last_of(kind: type, events: list[Any]) -> Any:
    return next(event for event in reversed(events) if isinstance(event, kind))


def test_an_adapter_is_taught_and_everything_is_told(data: Path, folder: Path) -> None:
    events = list(teach(asked(data, folder, dataclasses.replace(QUICK, sample_every=3))))
    kinds = [type(event) for event in events if not isinstance(event, Progress)]
    assert kinds == [Prepared, *[Loss] * 3, Sampled, *[Loss] * 3, Sampled, Trained]
    told = last_of(Prepared, events)
    assert (told.examples, told.held_out, told.duplicates, told.bad_rows) == (8, 2, 1, 1)
    assert str(told.problems[0][1].error).startswith("Line 11 is no JSON.")
    assert told.packed
    assert 0 < told.learned_tokens < told.tokens
    ended = last_of(Trained, events)
    assert ended.last_loss < ended.first_loss
    assert ended.loss_after < ended.loss_before


def test_the_adapter_on_the_disk_passes_its_check_and_names_its_base(
    data: Path, folder: Path
) -> None:
    list(teach(asked(data, folder)))
    out = data.parent / "out"
    for place in (out, out / LAST):
        found = adapters.check(place)
        assert (found.base, found.rank, found.scale) == ("tiny", 4, 2.0)
        assert found.fingerprint == adapters.fingerprint(folder, gate.check(folder).files)
        assert str(data.parent) not in (place / adapters.CONFIG).read_text()
        assert str(data.parent) not in (place / adapters.RECORD).read_text()


def test_the_card_tells_data_knobs_and_perplexity(data: Path, folder: Path) -> None:
    list(teach(asked(data, folder)))
    card = (data.parent / "out" / "README.md").read_text()
    told = ("base model | tiny", "data | facts.jsonl", "examples | 10", "held out | 2", "rank | 4")
    for part in told:
        assert part in card
    assert "not measured" not in card


def test_a_lent_model_is_what_it_was_after_the_course(data: Path, folder: Path) -> None:
    local = open_local(folder)
    before, names = logits(local.model), [name for name, _ in local.model.named_modules()]
    lent = borrowed(asked(data, folder), local)
    assert lent is local.model
    weights = {p.data_ptr() for p in local.model.parameters()}
    list(teach(asked(data, folder), lent))
    assert torch.equal(logits(local.model), before)
    assert [name for name, _ in local.model.named_modules()] == names
    assert {p.data_ptr() for p in local.model.parameters()} == weights
    assert not any(p.requires_grad for p in local.model.parameters())


@pytest.mark.parametrize("dtype", ["int8", "bfloat16"])
def test_a_model_whose_weights_were_packed_or_rounded_is_not_borrowed(
    data: Path, folder: Path, dtype: str
) -> None:
    assert borrowed(asked(data, folder), open_local(folder, dtype=dtype)) is None


def test_a_stop_gives_the_lent_model_back(data: Path, folder: Path) -> None:
    local = open_local(folder)
    before = logits(local.model)
    running = teach(asked(data, folder), local.model)
    while not isinstance(next(running), Loss):
        pass
    running.close()
    assert torch.equal(logits(local.model), before)
    assert (data.parent / "out" / STATE).is_file()


def test_a_cancel_ends_with_the_step_under_way(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate, steps = threading.Event(), threading.Event(), []
    step = teaching.training._Loop._step

    def held(loop: Any, rows: Any) -> Any:
        steps.append(rows)
        if len(steps) == 3:
            begun.set()
            assert gate.wait(30)
        return step(loop, rows)

    monkeypatch.setattr(teaching.training._Loop, "_step", held)
    host = Host()
    ticket = host.train(asked(data, folder, dataclasses.replace(QUICK, steps=50)))
    assert begun.wait(60)
    ticket.cancel()
    gate.set()
    assert list(ticket)[-1] == Done("stopped")
    assert host.close(30)
    assert len(steps) == 3
    assert course.read(data.parent / "out")["steps"] == 3
    assert adapters.check(data.parent / "out" / LAST).rank == 4


def test_the_figures_of_the_command_tell_perplexity_before_and_after(
    data: Path, folder: Path
) -> None:
    flags = ["--steps", "6", "--validation", "20", "--longest", "64", "--remember", "0"]
    flags += ["--learning-rate", "0.01", "--device", "cpu", "--model", str(folder)]
    line = ["train", "--data", str(data), "--out", str(data.parent / "out"), "--json", *flags]
    figures, code = schooling.train(parse(line), lambda _: None)
    assert code == 0
    assert 1.0 < figures["perplexity_after"] < figures["perplexity_before"]


def test_a_resumed_course_equals_one_that_never_stopped(data: Path, folder: Path) -> None:
    first = data.parent / "whole"
    whole = course.course(str(data), str(first), str(folder), _knobs(QUICK), device="cpu")
    losses = [event.train for event in teach(whole) if isinstance(event, Loss)]
    running = teach(asked(data, folder))
    parts: list[float] = []
    for event in running:
        if isinstance(event, Loss):
            parts.append(event.train)
        if len(parts) == 2:
            running.close()
            break
    again = course.course(str(data), str(data.parent / "out"), resume=True, device="cpu",
                          model=str(folder))  # fmt: skip
    assert again.tuning == dataclasses.replace(QUICK, method="answers")
    parts += [event.train for event in teach(again) if isinstance(event, Loss)]
    assert parts == pytest.approx(losses, abs=1e-6)
    bytes_of = [(data.parent / name / adapters.WEIGHTS).read_bytes() for name in ("out", "whole")]
    assert bytes_of[0] == bytes_of[1]


def _knobs(tuning: Tuning) -> dict[str, Any]:
    return {name: getattr(tuning, name) for name in tuning.__slots__}


def test_nothing_is_held_out_of_a_few_rows_unless_asked(data: Path, folder: Path) -> None:
    few = course.course(str(data), str(data.parent / "few"), str(folder), {"steps": 2})
    assert last_of(Prepared, list(teach(few))).held_out == 0
    assert course.read(data.parent / "few")["tuning"]["validation"] == 0
    asked_for = {"steps": 2, "validation": 10.0}
    some = course.course(str(data), str(data.parent / "some"), str(folder), asked_for)
    assert last_of(Prepared, list(teach(some))).held_out == 1


def test_changed_data_cannot_be_gone_on_with(data: Path, folder: Path) -> None:
    list(teach(asked(data, folder)))
    data.write_text(data.read_text() + '\n{"prompt": "New?", "response": "Yes."}')
    with pytest.raises(UserError, match="its data has changed"):
        list(teach(asked(data, folder, resume=True)))


def test_all_weights_are_taught_and_saved_as_the_base_was(data: Path, folder: Path) -> None:
    tuning = dataclasses.replace(QUICK, what="all")
    told = last_of(Prepared, list(teach(asked(data, folder, tuning))))
    assert told.trained_parameters == told.parameters
    facts = gate.check(data.parent / "out")
    assert facts.dtype == gate.check(folder).dtype
    ours = AutoModelForCausalLM.from_pretrained(data.parent / "out")
    base = AutoModelForCausalLM.from_pretrained(folder)
    assert not torch.allclose(logits(ours), logits(base))


def test_a_model_from_scratch_brings_its_own_tokenizer(data: Path) -> None:
    tuning = dataclasses.replace(QUICK, what="scratch", layers=1, width=64, vocabulary=512)
    list(teach(asked(data, None, tuning)))
    out = data.parent / "out"
    gate.check(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    turns = [{"role": "user", "content": "Number 3?"}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert text == "<|user|> Number 3?<|end|><|assistant|>"
    again = asked(data, None, tuning, resume=True)
    assert last_of(Trained, list(teach(again))).steps == 6


def test_a_model_that_mixes_neighbours_gets_one_example_a_row(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "_separates", lambda model: False)
    assert not last_of(Prepared, list(teach(asked(data, folder)))).packed


def test_dropout_does_not_keep_examples_from_sharing_a_row(data: Path, tmp_path: Path) -> None:
    tuning = Tuning(
        what="scratch", steps=2, batch=2, layers=1, width=32, vocabulary=512, dropout=0.3
    )
    assert last_of(Prepared, list(teach(asked(data, None, tuning)))).packed


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_neighbours_are_looked_at_before_they_share_a_row(kind: str, tmp_path: Path) -> None:
    model = _loaded(make_model(tmp_path / kind, kind))
    assert teaching._separates(model)
    model.config._attn_implementation = "eager"
    forward = model.forward

    def mixing(input_ids: Any, position_ids: Any = None, **more: Any) -> Any:
        return forward(input_ids=input_ids, **more)

    model.forward = mixing
    assert not teaching._separates(model)


def _loaded(folder: Path) -> Any:
    events = load(folder, Loading(device="cpu", dtype="float32"))
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value.model


@pytest.mark.parametrize("kind", ["gpt2", "qwen3"])
def test_other_families_learn_too(data: Path, tmp_path: Path, kind: str) -> None:
    told = list(teach(asked(data, make_model(tmp_path / kind, kind))))
    ended = last_of(Trained, told)
    assert ended.last_loss < ended.first_loss


def test_memory_is_saved_on_demand_and_the_losses_stay(data: Path, folder: Path) -> None:
    usual = [e.train for e in teach(asked(data, folder)) if isinstance(e, Loss)]
    other = data.parent / "other"
    saving = dataclasses.replace(QUICK, save_memory="on")
    saved = course.course(str(data), str(other), str(folder), _knobs(saving), device="cpu")
    assert [e.train for e in teach(saved) if isinstance(e, Loss)] == pytest.approx(usual, abs=1e-5)


def test_full_memory_is_a_sentence_for_people(
    data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    local = open_local(folder)
    before = logits(local.model)
    monkeypatch.setattr(teaching.machine.Machine, "backward", full)
    with pytest.raises(UserError, match="GB to train"):
        list(teach(asked(data, folder), local.model))
    assert torch.equal(logits(local.model), before)


def test_every_knob_of_training_is_read() -> None:
    source = "".join(
        Path(room.__file__).read_text("utf-8")
        for room in (teaching, teaching.training, teaching.syllabus)
    ) + (Path(teaching.__file__).parent / "adapting.py").read_text("utf-8")
    unread = [name for name in Tuning.__slots__ if f"tuning.{name}" not in source]
    assert unread == []


def test_no_pickle_is_written_or_read_for_an_adapter(
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
    list(teach(asked(data, folder, resume=True)))
    left = [path for path in (data.parent / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in left} == {".safetensors", ".json", ".md"}


def test_the_eyes_of_a_model_are_left_alone(data: Path, tmp_path: Path) -> None:
    base = make_model(tmp_path / "eyes", "gemma3")
    list(teach(asked(data, base)))
    found = adapters.check(data.parent / "out")
    local = open_local(base)
    before = logits(local.model)
    with torch.inference_mode():
        local.wardrobe.wear(found.path)
    assert torch.equal(logits(local.model), before)  # its own forward; the fused one is adapted
    tensors = load_file(data.parent / "out" / adapters.WEIGHTS)
    assert tensors
    assert not any("vision" in name for name in tensors)


def test_what_its_maker_wants_of_its_writing_stays_with_a_model(data: Path, tmp_path: Path) -> None:
    base = make_model(tmp_path / "tiny")
    wishes = json.dumps({"eos_token_id": [0, 2], "temperature": 0.3, "top_p": 0.9})
    (base / gate.WISHES).write_text(wishes)
    list(teach(asked(data, base, dataclasses.replace(QUICK, what="all", steps=1))))
    assert (data.parent / "out" / gate.WISHES).read_text() == wishes
