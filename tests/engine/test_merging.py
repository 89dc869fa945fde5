"""An adapter merged into its model: a folder of its own, with the scores of both together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from chatapp import adapters, course, gate, library
from chatapp.chat import Progress, UserError
from chatapp.engine.merging import merge
from chatapp.taught import Merged
from tests.engine.conftest import make_model
from tests.engine.test_adapted import IDS, make_adapter


def made(base: Path, adapter: Path, out: Path, dtype: str = "auto") -> list[Any]:
    return list(merge(adapters.check(adapter), library.find(str(base)), out, dtype))


def scores(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([IDS])).logits


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gpt2"])
def test_the_new_model_has_the_scores_of_both_together(kind: str, tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", kind)
    adapter = make_adapter(base, tmp_path / "adapter")
    events = made(base, adapter, tmp_path / "out")
    assert isinstance(events[-1], Merged)
    assert any(isinstance(event, Progress) and event.stage == "merge" for event in events)
    gate.check(tmp_path / "out")
    ours = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    theirs = peft.PeftModel.from_pretrained(plain, adapter)
    torch.testing.assert_close(scores(ours), scores(theirs), atol=2e-4, rtol=2e-4)
    assert AutoTokenizer.from_pretrained(tmp_path / "out").chat_template


def test_the_base_and_the_adapter_stay_as_they_are(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    adapter = make_adapter(base, tmp_path / "adapter")
    before = {p: p.read_bytes() for p in (*base.iterdir(), *adapter.iterdir())}
    made(base, adapter, tmp_path / "out")
    assert {p: p.read_bytes() for p in (*base.iterdir(), *adapter.iterdir())} == before


@pytest.mark.parametrize(("asked", "given"), [("auto", "float32"), ("bfloat16", "bfloat16")])
def test_the_weights_are_in_the_asked_precision(tmp_path: Path, asked: str, given: str) -> None:
    base = make_model(tmp_path / "base")
    made(base, make_adapter(base, tmp_path / "adapter"), tmp_path / "out", asked)
    assert gate.check(tmp_path / "out").dtype == given


def test_the_card_tells_where_it_comes_from(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    adapter = make_adapter(base, tmp_path / "letters")
    made(base, adapter, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith("# out\n")
    for part in ("| base model | base |", "| merged adapter | letters |", "| version of torch |"):
        assert part in card
    assert course.read(tmp_path / "out")["adapter"] == "letters"


def test_an_adapter_for_another_model_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    other = make_model(tmp_path / "other", hidden_size=32)
    adapter = make_adapter(other, tmp_path / "adapter")
    with pytest.raises(UserError, match="This is an adapter for other"):
        made(base, adapter, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_head_that_is_shared_cannot_be_changed(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", tie_word_embeddings=True)
    adapter = make_adapter(base, tmp_path / "adapter", targets=["lm_head"])
    with pytest.raises(UserError, match="shares with its embeddings"):
        made(base, adapter, tmp_path / "out")
    assert not (tmp_path / "out").exists()
