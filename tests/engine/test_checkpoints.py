"""What a training leaves on the disk: whole at every moment, and enough to go on."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerFast

from chatapp.chat import UserError
from chatapp.engine import checkpoints
from chatapp.engine.checkpoints import STATE, Run, read_state, save, write_state
from tests.engine.lesson import TEMPLATE, make_tokenizer, tiny


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


def full(*_: Any, **__: Any) -> None:
    raise OSError("no space left")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (SafetensorError("os error 28"), "os error 28"),
    ],
)
def test_a_full_disk_is_told_with_its_reason(tmp_path: Path, error: Exception, why: str) -> None:
    expected = pytest.raises(UserError, match="letters cannot be written")
    with expected as told, checkpoints.writing(tmp_path / "letters"):
        raise error
    assert told.value.values["why"] == why


def test_the_folder_holds_a_model_that_loads_and_equals_the_saved_one(
    tokenizer: Any, tmp_path: Path
) -> None:
    model = tiny(tokenizer)
    save(model, tokenizer, tmp_path / "model")
    again = LlamaForCausalLM.from_pretrained(tmp_path / "model")
    reread = AutoTokenizer.from_pretrained(tmp_path / "model")
    ids = torch.tensor([reread("snow")["input_ids"]])
    torch.testing.assert_close(again(ids).logits, model(ids).logits)
    assert reread.chat_template == TEMPLATE


def test_the_weights_are_saved_in_the_asked_precision_and_tied_ones_once(
    tokenizer: Any, tmp_path: Path
) -> None:
    model = tiny(tokenizer)
    save(model, tokenizer, tmp_path / "model", torch.bfloat16)
    bare = sum(value.numel() for value in model.parameters()) * 2
    assert bare < (tmp_path / "model" / "model.safetensors").stat().st_size < bare + 5000
    assert model.dtype == torch.float32


def test_a_failed_save_keeps_the_model_that_was_there(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(tokenizer), tokenizer, tmp_path / "model")
    before = (tmp_path / "model" / "model.safetensors").read_bytes()
    monkeypatch.setattr(PreTrainedTokenizerFast, "save_pretrained", full)
    with pytest.raises(OSError, match="no space"):
        save(tiny(tokenizer), tokenizer, tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.glob("model*")] == ["model"]


def test_the_folder_is_never_away_while_only_the_weights_change(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(tokenizer), tokenizer, tmp_path / "model")
    moved: list[str] = []
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", lambda *a: moved.append(str(a)) or rename(*a))
    save(tiny(tokenizer), tokenizer, tmp_path / "model")
    assert moved == []


def test_a_crash_between_the_two_renames_is_mended_by_the_next_save(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tiny(tokenizer), tokenizer, tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / "model.old")
    monkeypatch.setattr(PreTrainedTokenizerFast, "save_pretrained", full)
    with pytest.raises(OSError, match="no space"):
        save(tiny(tokenizer), tokenizer, tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_crash_while_a_file_is_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.safetensors"
    checkpoints.write_tensors({"a": torch.ones(2)}, path)
    before = path.read_bytes()
    monkeypatch.setattr(checkpoints, "_to_disk", full)
    with pytest.raises(OSError, match="no space"):
        checkpoints.write_tensors({"a": torch.zeros(2)}, path)
    assert path.read_bytes() == before


# -- the state ------------------------------------------------------------------------------------


def trained_once(tokenizer: Any) -> tuple[Any, Any]:
    model = tiny(tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model(torch.tensor([[1, 2, 3]])).logits.square().mean().backward()
    optimizer.step()
    return model, optimizer


def test_a_state_comes_back_bit_for_bit(tokenizer: Any, tmp_path: Path) -> None:
    model, optimizer = trained_once(tokenizer)
    write_state(tmp_path, model, optimizer, Run(step=7, best=1.5, best_step=6), 512.0)
    drawn = torch.rand(3)
    fresh = tiny(tokenizer)
    other = torch.optim.AdamW(fresh.parameters(), lr=1e-2)
    run = Run()
    assert read_state(tmp_path, fresh, other, run) == 512.0
    assert run == Run(step=7, best=1.5, best_step=6)
    assert torch.equal(torch.rand(3), drawn)
    for mine, theirs in zip(fresh.parameters(), model.parameters(), strict=True):
        assert torch.equal(mine, theirs)
        for name, value in optimizer.state[theirs].items():
            assert torch.equal(other.state[mine][name], value)


@pytest.mark.parametrize("damage", ["gone", "short", "other"])
def test_a_state_that_does_not_fit_is_a_sentence_for_people(
    tokenizer: Any, tmp_path: Path, damage: str
) -> None:
    model, optimizer = trained_once(tokenizer)
    write_state(tmp_path, model, optimizer, Run(step=7), None)
    path = tmp_path / STATE
    if damage == "gone":
        path.unlink()
    elif damage == "short":
        path.write_bytes(path.read_bytes()[:-100])
    else:
        checkpoints.write_tensors({"weight.x": torch.ones(1)}, path, {"numbers": "{}"})
    with pytest.raises(UserError, match="cannot go on"):
        read_state(tmp_path, model, optimizer, Run())
