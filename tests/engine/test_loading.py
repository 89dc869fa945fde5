"""Loading: the right weights, honest progress, and a sentence for what is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPTNeoConfig, GPTNeoForCausalLM

from chatapp import cards, gate, memory
from chatapp.cards import Card
from chatapp.chat import Progress, UserError
from chatapp.engine import loading, placing, reading
from chatapp.settings import Loading
from chatapp.weights import Tensor
from tests.engine.conftest import make_model


def loaded(folder: Path, **knobs: object) -> tuple[loading.Resident, list[Progress]]:
    events, told = loading.load(folder, Loading(**knobs)), []
    while True:
        try:
            told.append(next(events))
        except StopIteration as end:
            return end.value, told


def test_the_weights_are_those_of_from_pretrained(any_folder: Path) -> None:
    ours = loaded(any_folder)[0].model.state_dict()
    theirs = AutoModelForCausalLM.from_pretrained(any_folder, dtype=torch.float32).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_scores_are_those_of_from_pretrained(any_folder: Path) -> None:
    """Buffers that no file holds, such as the rotary table, are right too."""
    ids = torch.tensor([[5, 6, 7, 8]])
    theirs = AutoModelForCausalLM.from_pretrained(any_folder, dtype=torch.float32)
    with torch.inference_mode():
        assert torch.equal(loaded(any_folder)[0].model(ids).logits, theirs(ids).logits)


def test_tied_weights_are_one_tensor(tmp_path: Path) -> None:
    model = loaded(make_model(tmp_path / "m", tie_word_embeddings=True))[0].model
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight


def test_the_general_way_gives_the_same_scores(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = torch.tensor([[5, 6, 7, 8]])
    direct = loaded(llama_folder)[0].model
    monkeypatch.setattr(loading, "_names", lambda *_: None)
    general = loaded(llama_folder)[0].model
    with torch.inference_mode():
        assert torch.equal(direct(ids).logits, general(ids).logits)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_the_precision_is_the_one_asked_for(llama_folder: Path, dtype: str) -> None:
    resident, _ = loaded(llama_folder, dtype=dtype)
    assert {str(p.dtype) for p in resident.model.parameters()} == {f"torch.{dtype}"}
    assert resident.why == loading.WHY_ASKED


def test_a_small_model_without_a_gpu_runs_in_float32_and_says_why(llama_folder: Path) -> None:
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has a GPU")
    resident, _ = loaded(llama_folder)
    assert (resident.device, resident.dtype) == ("cpu", torch.float32)
    assert resident.why == loading.WHY_CPU_SMALL


def test_a_device_that_is_not_here_is_refused(llama_folder: Path) -> None:
    if torch.backends.mps.is_available():
        pytest.skip("this machine has Apple's GPU")
    with pytest.raises(UserError, match="mps is not available"):
        loaded(llama_folder, device="mps")


@pytest.mark.parametrize(("asked", "tiny", "taken"), [(0, True, 1), (0, False, 3), (2, True, 2)])
def test_the_threads_are_those_asked_for_or_the_cores(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch, asked: int, tiny: bool, taken: int
) -> None:
    def cores(logical: bool = True) -> int:
        return 6 if logical else 3

    before = torch.get_num_threads()
    monkeypatch.setattr(loading.psutil, "cpu_count", cores)
    monkeypatch.setattr(loading, "THREADS", 6)
    monkeypatch.setattr(loading, "TINY", loading.TINY if tiny else 0)
    try:
        loaded(llama_folder, threads=asked)
        assert torch.get_num_threads() == taken
    finally:
        torch.set_num_threads(before)


def test_no_more_threads_than_this_computer_has(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading.psutil, "cpu_count", lambda logical=True: 4)
    assert loading.threads(Loading(threads=9), gate.check(llama_folder)) == 4


def test_progress_is_in_bytes_and_ends_full(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    _, told = loaded(llama_folder)
    assert len(told) > 5
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert (
        told[-1].done
        == told[-1].total
        == sum(t.nbytes for t in load_file(llama_folder / "model.safetensors").values())
    )


def test_a_load_can_be_closed_between_tensors(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    events = loading.load(llama_folder, Loading())
    for _ in range(3):
        next(events)
    events.close()
    with pytest.raises(StopIteration):
        next(events)


def test_a_malformed_model_is_refused_before_the_load_begins(tmp_path: Path) -> None:
    """Whoever makes room for the next model waits for the first Progress."""
    folder = make_model(tmp_path / "m")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(UserError, match="is incomplete"):
        next(loading.load(folder, Loading()))


def test_a_missing_tensor_is_never_made_up(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    file = folder / "model.safetensors"
    tensors = load_file(file)
    name = "model.layers.1.mlp.up_proj.weight"
    del tensors[name]
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(UserError, match=f"1 weights do not fit config.json .first: {name}"):
        loaded(folder)


def test_a_wrong_shape_is_refused(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    config["intermediate_size"] = 128
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match="weights do not fit"):
        loaded(folder)


def test_a_damaged_tokenizer_is_told(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "m")
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(UserError, match="tokenizer is missing or damaged"):
        loaded(folder)


def test_the_weights_can_be_trained_later(llama_folder: Path) -> None:
    """Weights made in inference mode could never be: LoRA needs them."""
    assert not any(p.is_inference() for p in loaded(llama_folder)[0].model.parameters())


def test_without_a_mapping_the_weights_are_the_same(
    any_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped = loaded(any_folder)[0].model.state_dict()
    monkeypatch.setattr(reading, "_can_map", lambda: False)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    for dtype in ("float32", "bfloat16"):
        read = loaded(any_folder, dtype=dtype)[0].model.state_dict()
        kind = getattr(torch, dtype)
        assert all(torch.equal(read[name], mapped[name].to(kind)) for name in mapped)


def test_a_system_without_positioned_reads_gives_the_same_weights(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapped = loaded(llama_folder)[0].model.state_dict()
    monkeypatch.setattr(reading, "_can_map", lambda: False)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    monkeypatch.delattr(reading.os, "preadv", raising=False)
    read = loaded(llama_folder)[0].model.state_dict()
    assert all(torch.equal(read[name], mapped[name]) for name in mapped)


def test_the_file_is_never_written_through_its_mapping(llama_folder: Path) -> None:
    before = (llama_folder / "model.safetensors").read_bytes()
    model = loaded(llama_folder)[0].model
    for weight in model.parameters():
        weight.zero_()
    assert (llama_folder / "model.safetensors").read_bytes() == before


def test_a_file_replaced_after_its_check_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model(tmp_path / "m")
    file, check = folder / "model.safetensors", loading.gate.check

    def check_then_replace(folder: Path) -> object:
        facts = check(folder)
        small = {name: tensor[:1].clone() for name, tensor in load_file(file).items()}
        save_file(small, tmp_path / "other", metadata={"format": "pt"})
        (tmp_path / "other").replace(file)
        return facts

    monkeypatch.setattr(loading.gate, "check", check_then_replace)
    with pytest.raises(UserError, match="changed while it was being opened"):
        loaded(folder)


@pytest.mark.parametrize("maps", [True, False])
def test_a_file_written_to_while_it_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maps: bool
) -> None:
    folder = make_model(tmp_path / "m")
    monkeypatch.setattr(reading, "_can_map", lambda: maps)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4096)
    events = loading.load(folder, Loading())
    while not next(events).done:
        pass
    with (folder / "model.safetensors").open("ab") as file:
        file.write(bytes(8))
    with pytest.raises(UserError, match="changed while it was being opened"):
        list(events)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_numbers_are_told(tmp_path: Path, value: float) -> None:
    folder = make_model(tmp_path / "m")
    file = folder / "model.safetensors"
    tensors = load_file(file)
    tensors["model.norm.weight"].fill_(value)
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(UserError, match=r"contain invalid numbers .model\.norm\.weight"):
        loaded(folder)


# -- one of several cards -----------------------------------------------------------------------


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as choosing goes; the second has more memory."""
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    sizes = [SimpleNamespace(total_memory=count) for count in (8, 24)]
    monkeypatch.setattr(torch.cuda, "get_device_properties", sizes.__getitem__)
    monkeypatch.setattr(placing, "has_bfloat16", lambda device: device == "cuda:1")


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize(
    ("asked", "taken", "dtype"),
    [
        ("auto", "cuda:1", torch.bfloat16),
        ("cuda", "cuda:1", torch.bfloat16),
        ("cuda:0", "cuda:0", torch.float16),
        ("cpu", "cpu", torch.float32),
    ],
)
def test_a_card_is_taken_by_its_number_or_for_its_memory(
    llama_folder: Path, asked: str, taken: str, dtype: torch.dtype
) -> None:
    device, chosen, _ = loading.choose(Loading(device=asked), gate.check(llama_folder))
    assert (device, chosen) == (taken, dtype)


@pytest.mark.usefixtures("two_cards")
def test_a_card_beyond_the_last_is_refused() -> None:
    with pytest.raises(UserError, match="cuda:2 is not available"):
        placing.device_of("cuda:2")


@pytest.mark.usefixtures("two_cards")
def test_of_several_processes_each_keeps_the_card_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert placing.usual_device() == "cuda:0"


# -- a precision that fits ------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [8, 4])
def test_auto_takes_fewer_bits_where_more_do_not_fit(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch, bits: int
) -> None:
    shape = gate.check(llama_folder).shape
    assert shape is not None
    free = memory.total_bytes(shape, memory.Plan(f"int{bits}", 512, "cpu"))
    monkeypatch.setattr(cards, "here", lambda: Card("processor", "cpu", 10**12, free))
    resident, _ = loaded(llama_folder, device="cpu")
    assert resident.format == f"int{bits}"
    assert f"in {bits} bits it does" in resident.why
    assert resident.dtype == torch.bfloat16
    asked, _ = loaded(llama_folder, device="cpu", dtype="bfloat16")
    assert asked.format == "bfloat16"


def test_auto_leaves_the_precision_where_nothing_fits(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("processor", "cpu", 10**12, 1))
    assert loaded(llama_folder, device="cpu")[0].format == "float32"


def test_what_another_device_has_free_does_not_count(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "auto_dtype", lambda *given: "int4")
    monkeypatch.setattr(cards, "here", lambda: Card("a card", "cuda", 10**12, 1))
    assert loaded(llama_folder, device="cpu")[0].format == "float32"


# -- what a false config.json would cost ----------------------------------------------------------


def changed(folder: Path, **values: object) -> Path:
    """The same folder with other values in its config.json."""
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))
    return folder


def never_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the model without any memory may be made."""

    def build(*_: object, **__: object) -> None:
        raise AssertionError("memory was asked for")

    monkeypatch.setattr(loading, "init_empty_weights", build)


def test_tables_out_of_proportion_are_refused_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mask of 50,000 by 50,000 in each layer took 15 GB."""
    config = GPTNeoConfig(
        vocab_size=64, hidden_size=16, num_layers=2, attention_types=[[["global"], 2]],
        num_heads=2, max_position_embeddings=50_000,
    )  # fmt: skip
    with torch.device("meta"):
        model = GPTNeoForCausalLM(config)
    monkeypatch.setattr(loading, "_config", lambda folder: config)
    tensors = {n: Tensor("F32", tuple(w.shape), "f") for n, w in model.named_parameters()}
    facts = replace(gate.check(make_model(tmp_path / "m")), tensors=tensors)
    facts = replace(facts, parameters=sum(t.elements for t in tensors.values()))
    never_built(monkeypatch)
    with pytest.raises(UserError, match=r"asks for tables of 4[.]7 GB beside the weights"):
        loading._empty(tmp_path / "m", facts, torch.float32)


def test_tables_that_do_not_fit_are_refused(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = SimpleNamespace(available=0)
    monkeypatch.setattr(loading.psutil, "virtual_memory", lambda: none)
    never_built(monkeypatch)
    with pytest.raises(UserError, match=r"needed for tables beside the weights; 0[.]0 GB are free"):
        loading._empty(llama_folder, gate.check(llama_folder), torch.float32)


def test_a_model_of_far_more_numbers_than_its_files_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The general way would have made the missing ones up first."""
    folder = changed(make_model(tmp_path / "m"), intermediate_size=10**6)
    never_built(monkeypatch)
    with pytest.raises(UserError, match=r"\d{9} parameters, but weights for \d+"):
        loaded(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"attention_bias": None},
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1.0, "factor": "x"}},
    ],
    ids=str,
)
def test_a_config_that_transformers_refuses_is_not_the_tokenizer_s_fault(
    tmp_path: Path, values: dict[str, object]
) -> None:
    folder = changed(make_model(tmp_path / "m"), **values)
    with pytest.raises(UserError, match=r"contradictory .no model can be built from it"):
        loaded(folder)
