"""What no device may see: numbers that are none, ids and positions that are not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from chatapp.chat import Done, Message, Request, UserError
from chatapp.engine.generic import Generic
from chatapp.engine.ladder import forward_of
from chatapp.engine.linears import Int8
from chatapp.engine.local import Local
from chatapp.engine.prompt import Prompt
from chatapp.engine.sampling import Sampler, plan_of
from chatapp.settings import Sampling
from tests.engine.conftest import ROWS, make_model, make_tokenizer, open_local

GREEDY = Sampling(temperature=0.0, max_new_tokens=5)


def answer(local: Local, sampling: Sampling = GREEDY) -> Done:
    events = list(local.stream(Request((Message("user", "Hi"),), sampling)))
    assert isinstance(events[-1], Done)
    return events[-1]


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(seed=1), Sampling(seed=1, top_k=0)])
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_scores_that_are_no_numbers_become_a_sentence(
    tmp_path: Path, value: float, sampling: Sampling
) -> None:
    local = open_local(make_model(tmp_path / "m"))
    with torch.no_grad():
        local.model.get_output_embeddings().weight[0] = value
    with pytest.raises(UserError, match="invalid numbers"):
        answer(local, sampling)


@pytest.mark.parametrize("place", [1, -1])  # inside the prompt, and at its end
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "int8"])
def test_a_number_lost_on_the_way_becomes_a_sentence_in_every_format(
    tmp_path: Path, dtype: str, place: int
) -> None:
    local = open_local(make_model(tmp_path / "m"), dtype=dtype, device="cpu")
    ids = local.prompt.ids([Message("user", "Hi")])
    with torch.no_grad():
        local.forward._embedding[ids[place], 3] = torch.nan
    with pytest.raises(UserError, match="invalid numbers"):
        answer(local)


def test_8_bits_keep_what_is_no_number_and_spoil_no_scale() -> None:
    product = Int8(torch.eye(8), None)
    assert product(torch.full((1, 8), torch.nan)).isnan().all()
    assert product(torch.full((3, 8), torch.nan)).isnan().all()
    with pytest.raises(RuntimeError):  # what else is wrong is not hidden
        product(torch.ones(1, 7))


# -- ids ------------------------------------------------------------------------------------------


def test_a_model_that_could_write_what_it_cannot_read_is_refused(tmp_path: Path) -> None:
    model = open_local(make_model(tmp_path / "m")).model
    model.lm_head = torch.nn.Linear(64, ROWS + 8, bias=False)
    with pytest.raises(UserError, match=f"can write {ROWS + 8} tokens but read only {ROWS}"):
        forward_of(model, 64, "float32")


def test_a_prompt_beyond_the_scores_is_no_reason_to_stumble() -> None:
    knobs = Sampling(temperature=0.0, repetition_penalty=1.5)
    sampler = Sampler(plan_of(knobs, 4), 4, "cpu")
    sampler.set(knobs, [1, 7, 5])
    sampler.pick(torch.tensor([[1.0, 1.4, 1.2, 0.0]]))
    assert sampler.tokens.tolist() == [[2]]  # 1 was seen


@pytest.mark.parametrize("told", [ROWS, 10**12, -1, "256", [257, -5, 99999], [[1], 257], 2.5, None])
def test_an_end_that_cannot_be_written_ends_nothing(told: object) -> None:
    ends = Prompt(make_tokenizer(), ROWS).ends(SimpleNamespace(eos_token_id=told))
    assert ends == ({256, 257} if isinstance(told, list) else {256})


def test_a_model_whose_end_is_out_of_range_still_answers(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [99999, 256]}))
    assert answer(open_local(folder)).finish in {"length", "stop"}


# -- positions ------------------------------------------------------------------------------------


@torch.inference_mode()
def test_no_forward_goes_beyond_its_positions(tmp_path: Path) -> None:
    model = open_local(make_model(tmp_path / "m", "gpt2")).model
    for forward in (Generic(model, 16), forward_of(model, 16, "float32")[0]):
        forward.run(torch.ones(1, 15, dtype=torch.long))
        with pytest.raises(ValueError, match="17 tokens do not fit into 16"):
            forward.run(torch.ones(1, 2, dtype=torch.long))
        assert forward.run(torch.ones(1, 1, dtype=torch.long)).shape == (1, ROWS)


def test_positions_that_config_json_does_not_tell_are_the_architectures_own(
    tmp_path: Path,
) -> None:
    folder = make_model(tmp_path / "m", "gpt2", n_positions=1024)
    told = json.loads((folder / "config.json").read_text())
    del told["n_positions"]
    (folder / "config.json").write_text(json.dumps(told))
    local = open_local(folder, context_length=8192)
    assert local.info.context_length == 1024
    long = Request((Message("user", "x" * 1000),), replace(GREEDY, max_new_tokens=400))
    assert list(local.stream(long))[-1].finish in {"context", "stop"}


# -- knobs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"temperature": -1.0},
        {"top_p": float("nan")},
        {"top_p": 0.0},
        {"min_p": 2.0},
        {"top_k": -1},
        {"repetition_penalty": 0.0},
        {"frequency_penalty": float("-inf")},
        {"logit_bias": "5:nan"},
        {"candidates": 0},
    ],
    ids=lambda wrong: "-".join(f"{name} {value}" for name, value in wrong.items()),
)
def test_a_knob_out_of_its_bounds_never_reaches_the_device(
    llama_folder: Path, wrong: dict[str, object]
) -> None:
    local = open_local(llama_folder)
    with pytest.raises(UserError, match=f"cannot be drawn: {next(iter(wrong))}"):
        answer(local, replace(Sampling(), **wrong))
    assert answer(local).stats.new_tokens > 0


@pytest.mark.parametrize("top_k", [255, 256, 257, ROWS, ROWS + 1, 1_000_000])
def test_a_top_k_beyond_the_vocabulary_is_none(llama_folder: Path, top_k: int) -> None:
    done = answer(open_local(llama_folder), Sampling(top_k=top_k, max_new_tokens=5))
    assert done.stats.new_tokens > 0


def test_a_bias_beyond_the_vocabulary_changes_nothing(llama_folder: Path) -> None:
    done = answer(open_local(llama_folder), replace(GREEDY, logit_bias=f"{ROWS}:100, 999999:-100"))
    assert done.stats.new_tokens > 0
