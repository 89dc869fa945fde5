"""Dropout: at work while a model trains, and never else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from chatapp.chat import Loss
from chatapp.engine.dropping import drop
from chatapp.engine.teaching import teach
from tests.engine.conftest import make_model
from tests.engine.lesson import make_tokenizer, tiny
from tests.engine.test_teaching import QUICK, asked


@torch.no_grad()
def scores(model: torch.nn.Module) -> torch.Tensor:
    return model(torch.tensor([[5, 6, 7, 8]])).logits


def test_what_layers_pass_on_is_left_out_only_in_training() -> None:
    model = tiny(make_tokenizer()).eval()
    usual = scores(model)
    drop(model, 0.5)
    assert torch.equal(scores(model), usual)
    model.train()
    assert not torch.equal(scores(model), scores(model))


def test_a_share_of_nothing_leaves_the_model_alone() -> None:
    model = tiny(make_tokenizer()).train()
    usual = scores(model)
    drop(model, 0.0)
    assert torch.equal(scores(model), usual)


@pytest.mark.parametrize("what", ["all", "scratch"])
def test_the_knob_reaches_a_model_whose_weights_all_learn(what: str, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny") if what == "all" else None
    data = tmp_path / "facts.jsonl"
    rows = [{"prompt": f"Number {n}?", "response": f"It is {n * 7}."} for n in range(10)]
    data.write_text("\n".join(map(json.dumps, rows)))
    first = {}
    for share in (0.0, 0.5):
        knobs = dataclasses.replace(QUICK, what=what, dropout=share, steps=1, vocabulary=512)
        one = dataclasses.replace(asked(data, folder, knobs), folder=tmp_path / str(share))
        first[share] = next(event.train for event in teach(one) if isinstance(event, Loss))
    assert first[0.0] != first[0.5]
