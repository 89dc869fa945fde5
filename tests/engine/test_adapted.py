"""An adapter beside a resident model: peft's own scores, and the old ones when it is off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp import adapters, gate
from chatapp.chat import UserError
from chatapp.engine.checkpoints import as_json, write_tensors
from chatapp.engine.decoding import Decoder
from chatapp.engine.graphs import Graphs
from chatapp.engine.local import Local
from tests.engine.conftest import CONFIGS, make_model, open_local
from tests.engine.test_local import answer, decoded, request

IDS = [72, 101, 108, 108, 111, 44, 32, 119]
KINDS = list(CONFIGS)


def make_adapter(
    base: Path, folder: Path, rank: int = 4, targets: Any = "all-linear", seed: int = 1
) -> Path:
    """Random matrices that change every answer, as peft would have trained them."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = peft.LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules=targets, task_type="CAUSAL_LM",
        init_lora_weights=False,
    )  # fmt: skip
    attached = peft.get_peft_model(model, config)
    tensors = peft.get_peft_model_state_dict(attached, save_embedding_layers=False)
    tensors = {name: tensor * 3 for name, tensor in tensors.items()}
    folder.mkdir()
    write_tensors(tensors, folder / adapters.WEIGHTS)
    told = {
        key: sorted(value) if isinstance(value, set) else value
        for key, value in config.to_dict().items()
    }
    told |= {"peft_type": "LORA", "base_model_name_or_path": base.name}
    (folder / adapters.CONFIG).write_text(as_json(told))
    record = {
        "base": base.name,
        "fingerprint": adapters.fingerprint(base, gate.check(base).files),
        "tuning": {},
    }
    (folder / adapters.RECORD).write_text(as_json(record))
    return folder


def oracle(base: Path, adapter: Path) -> Any:
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    return peft.PeftModel.from_pretrained(model, adapter).eval()


@torch.inference_mode()
def scores(local: Local) -> torch.Tensor:
    local.forward.forget()
    return local.forward.run(torch.tensor([IDS]))


def wear(local: Local, path: Path | str) -> None:
    with torch.inference_mode():
        local.wardrobe.wear(str(path))


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("bases")
    made = {}
    for kind in KINDS:
        base = make_model(folder / kind, kind)
        made[kind] = base, make_adapter(base, folder / f"{kind}-adapter")
    return made


@pytest.fixture(scope="module")
def llama(bases: dict[str, tuple[Path, Path]]) -> tuple[Path, Path]:
    return bases["llama"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_scores_are_those_of_peft(bases: dict[str, tuple[Path, Path]], kind: str) -> None:
    base, adapter = bases[kind]
    local = open_local(base)
    plain = scores(local)
    wear(local, adapter)
    with torch.inference_mode():
        theirs = oracle(base, adapter)(torch.tensor([IDS])).logits[:, -1]
    torch.testing.assert_close(scores(local), theirs, atol=2e-4, rtol=2e-4)
    assert (theirs - plain).abs().max() > 0.1


@pytest.mark.parametrize("rung", ["static", "generic"])
def test_the_other_rungs_have_the_same_scores(
    llama: tuple[Path, Path], rung: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, adapter = llama
    fused = open_local(base)
    wear(fused, adapter)
    monkeypatch.setattr("chatapp.engine.ladder.refusal", lambda model: "a test")
    if rung == "generic":
        monkeypatch.setattr("chatapp.engine.ladder._right", lambda *_: False)
    local = open_local(base)
    assert local.info.rung == rung
    before = scores(local)
    wear(local, adapter)
    torch.testing.assert_close(scores(local), scores(fused), atol=2e-4, rtol=2e-4)
    wear(local, "")
    assert torch.equal(scores(local), before)


@pytest.mark.parametrize("dtype", ["int8", "float16", "bfloat16"])
def test_beside_smaller_weights_the_adapter_stays_exact(
    llama: tuple[Path, Path], dtype: str
) -> None:
    base, adapter = llama
    local = open_local(base, dtype=dtype)
    plain = scores(local)
    wear(local, adapter)
    with torch.inference_mode():
        theirs = oracle(base, adapter)(torch.tensor([IDS])).logits[:, -1]
    apart = (scores(local) - theirs).square().mean().sqrt() / theirs.std()
    assert apart < 0.1
    wear(local, "")
    assert torch.equal(scores(local), plain)


@pytest.mark.parametrize("targets", [["q_proj"], ["v_proj", "up_proj"], ["lm_head", "down_proj"]])
def test_an_adapter_for_some_layers_leaves_the_others(
    llama: tuple[Path, Path], tmp_path: Path, targets: list[str]
) -> None:
    base, _ = llama
    adapter = make_adapter(base, tmp_path / "a", targets=targets)
    local = open_local(base)
    wear(local, adapter)
    with torch.inference_mode():
        theirs = oracle(base, adapter)(torch.tensor([IDS])).logits[:, -1]
    torch.testing.assert_close(scores(local), theirs, atol=2e-4, rtol=2e-4)


def test_switched_off_the_tokens_are_the_old_ones(llama: tuple[Path, Path]) -> None:
    base, adapter = llama
    local = open_local(base)
    before = decoded(local, IDS, 24)
    exact = scores(local)
    local.decoder.forget()
    wear(local, adapter)
    worn = decoded(local, IDS, 24)
    wear(local, "")
    assert torch.equal(scores(local), exact)
    local.decoder.forget()
    assert decoded(local, IDS, 24) == before
    assert worn != before


def test_there_is_no_second_copy_of_the_weights(llama: tuple[Path, Path]) -> None:
    base, adapter = llama
    local = open_local(base)
    weights = [p.data_ptr() for p in local.model.parameters()]
    wear(local, adapter)
    assert [p.data_ptr() for p in local.model.parameters()] == weights


def test_a_request_says_which_adapter_answers(llama: tuple[Path, Path]) -> None:
    base, adapter = llama
    local = open_local(base)
    plain = request("Tell me about kana.")
    with_it = replace(plain, adapter=str(adapter))
    first = [answer(local, asked)[0] for asked in (plain, with_it, plain, with_it)]
    assert first[0] == first[2]
    assert first[1] == first[3]
    assert first[0] != first[1]


def test_what_was_read_with_another_adapter_is_read_again(llama: tuple[Path, Path]) -> None:
    base, adapter = llama
    local = open_local(base)
    decoded(local, IDS, 4)
    wear(local, adapter)
    with torch.inference_mode():
        assert local.decoder.resume(IDS) == 0


def test_what_was_left_waits_on_the_shelf_for_its_own_adapter(llama: tuple[Path, Path]) -> None:
    base, adapter = llama
    local = open_local(base)
    long = [65 + place % 26 for place in range(300)]
    decoded(local, long, 2)
    wear(local, adapter)
    with torch.inference_mode():
        assert local.decoder.resume(long) == 0
    decoded(local, IDS, 2)
    wear(local, "")
    with torch.inference_mode():
        assert local.decoder.resume([*long, 1]) >= len(long)


def test_steps_that_were_recorded_follow_the_switch(llama: tuple[Path, Path]) -> None:
    """On a CPU nothing is recorded, but the same calls run over the same buffers."""
    base, adapter = llama
    local = open_local(base)
    graphs = Graphs(local.forward, torch.device("cpu"))  # type: ignore[arg-type]
    local.wardrobe._decoder = local.decoder = Decoder(local.forward, torch.device("cpu"), graphs)
    plain = decoded(local, IDS, 12)
    wear(local, adapter)
    worn = decoded(local, IDS, 12)
    wear(local, "")
    assert decoded(local, IDS, 12) == plain
    wear(local, adapter)
    assert decoded(local, IDS, 12) == worn != plain
    eager = open_local(base)
    wear(eager, adapter)
    assert decoded(eager, IDS, 12) == worn


def test_an_adapter_that_was_written_again_is_read_again(
    llama: tuple[Path, Path], tmp_path: Path
) -> None:
    base, _ = llama
    local = open_local(base)
    adapter = make_adapter(base, tmp_path / "a", seed=1)
    wear(local, adapter)
    first = scores(local)
    other = make_adapter(base, tmp_path / "b", seed=2)
    (other / adapters.WEIGHTS).replace(adapter / adapters.WEIGHTS)
    wear(local, adapter)
    assert not torch.equal(scores(local), first)


def test_one_adapter_replaces_another(llama: tuple[Path, Path], tmp_path: Path) -> None:
    base, adapter = llama
    local = open_local(base)
    wear(local, adapter)
    first = scores(local)
    wear(local, make_adapter(base, tmp_path / "b", rank=2, seed=5))
    wear(local, adapter)
    assert torch.equal(scores(local), first)


def test_an_adapter_for_another_model_says_so_and_nothing_changes(
    llama: tuple[Path, Path], tmp_path: Path
) -> None:
    base, adapter = llama
    local = open_local(base)
    wear(local, adapter)
    worn = scores(local)
    other = make_model(tmp_path / "other", "llama", hidden_size=32)
    with pytest.raises(UserError, match=r"This is an adapter for other\. Load other first"):
        wear(local, make_adapter(other, tmp_path / "a"))
    assert torch.equal(scores(local), worn)


def test_shapes_that_do_not_fit_are_told(llama: tuple[Path, Path], tmp_path: Path) -> None:
    base, _ = llama
    other = make_model(tmp_path / "other", "llama", hidden_size=32)
    adapter = make_adapter(other, tmp_path / "a")
    (adapter / adapters.RECORD).unlink()  # as another program would have left it
    with pytest.raises(UserError, match="does not fit the model"):
        wear(open_local(base), adapter)


def test_numbers_that_are_none_are_told(llama: tuple[Path, Path], tmp_path: Path) -> None:
    base, _ = llama
    adapter = make_adapter(base, tmp_path / "a")
    from safetensors.torch import load_file

    tensors = load_file(adapter / adapters.WEIGHTS)
    next(iter(tensors.values())).fill_(float("nan"))
    write_tensors(tensors, adapter / adapters.WEIGHTS)
    with pytest.raises(UserError, match="invalid numbers"):
        wear(open_local(base), adapter)


def test_a_request_for_an_adapter_that_is_none_is_a_sentence(llama: tuple[Path, Path]) -> None:
    base, _ = llama
    with pytest.raises(UserError, match="holds no adapter"):
        answer(open_local(base), replace(request("Hi"), adapter=str(base)))
