"""The fused forward against its oracle, the transformers forward, and its KV buffer."""

from __future__ import annotations

import copy
import threading
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from chatapp.chat import UserError
from chatapp.engine import attention, family, linears, loading
from chatapp.engine import fused as fused_room
from chatapp.engine.cache import STEP, KeyValues
from chatapp.engine.family import refusal
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused
from chatapp.engine.generic import Generic
from chatapp.engine.linears import Half, Int8, Plain
from chatapp.engine.static import Static
from tests.engine.conftest import CONFIGS, make_model, open_local

FAMILY = [kind for kind in CONFIGS if kind != "gpt2"]
WINDOWED = ["windowed", "gemma2", "gemma3_text", "gemma3"]


def random(kind: str) -> torch.nn.Module:
    """Weights large enough that a wrong rotation, norm, window or cap changes words."""
    torch.manual_seed(5)
    config = AutoConfig.for_model(**CONFIGS[kind]().to_dict())
    model = AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)
    middle = 0.0 if kind.startswith("gemma") else 1.0  # of a norm's weight
    for weight in model.parameters():
        torch.nn.init.normal_(weight, middle if weight.dim() == 1 else 0.0, 0.15)
    return model


@pytest.fixture(params=FAMILY)
def model(request: pytest.FixtureRequest) -> torch.nn.Module:
    return random(request.param)


def ids(count: int, rows: int = 1) -> torch.Tensor:
    return torch.randint(1, 250, (rows, count), generator=torch.Generator().manual_seed(1))


def greedy(forward: object, prompt: torch.Tensor, count: int) -> list[int]:
    scores, words = forward.run(prompt), []
    for _ in range(count):
        words.append(int(scores[0].argmax()))
        scores = forward.run(torch.tensor([words[-1:]]))
    return words


@torch.inference_mode()
def test_the_words_are_those_of_greedy_generate(model: torch.nn.Module) -> None:
    prompt = ids(20)
    out = model.generate(
        prompt, max_new_tokens=64, do_sample=False, pad_token_id=0, eos_token_id=None
    )
    fused = Fused(model, FORMATS["float32"], 128)
    assert greedy(fused, prompt, 64) == out[0, 20:].tolist()


@torch.inference_mode()
def test_the_model_itself_still_sees_its_weights(model: torch.nn.Module) -> None:
    before = model(ids(9)).logits
    Fused(model, FORMATS["float32"], 64)
    assert torch.allclose(model(ids(9)).logits, before, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("ends", [(40,), (7, 8, 40), (3, 20, 39, 40)])
def test_however_it_is_cut_a_prompt_has_the_scores_of_the_oracle(
    model: torch.nn.Module, ends: tuple[int, ...]
) -> None:
    expected = model(ids(40)).logits[:, -1]
    fused, start = Fused(model, FORMATS["float32"], 64), 0
    for end in ends:
        scores, start = fused.run(ids(40)[:, start:end]), end
    assert torch.allclose(scores, expected, atol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("rows", [1, 3])
def test_a_step_that_can_be_recorded_has_the_scores_of_the_oracle(
    model: torch.nn.Module, rows: int
) -> None:
    expected = model(ids(31)).logits[:, -1]
    fused = Fused(model, FORMATS["float32"], 64)
    fused.run(ids(30))
    fused.spread(rows)
    fused.keys_values.reserve(1)
    tokens = ids(31)[:, 30:].expand(rows, -1)
    scores = fused.step(tokens, torch.tensor([30]), 64)
    assert torch.allclose(scores, expected.expand(rows, -1), atol=1e-4)


@torch.inference_mode()
def test_rewinding_forgets_what_came_after(model: torch.nn.Module) -> None:
    fused = Fused(model, FORMATS["float32"], 64)
    expected = fused.run(ids(32))
    fused.run(ids(9))
    assert fused.rewind(31) == 31
    assert torch.allclose(fused.run(ids(32)[:, 31:]), expected, atol=1e-4)


def test_a_windowed_layer_is_kept_whole_and_can_be_cut_anywhere() -> None:
    fused = Fused(random("gemma3_text"), FORMATS["float32"], 64)
    with torch.inference_mode():
        fused.run(ids(40))
        fused.rewind(20)
        expected = fused.run(ids(40)[:, 20:])
        fused.forget()
        assert torch.allclose(fused.run(ids(40)), expected, atol=1e-4)


@torch.inference_mode()
def test_attention_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its scores are capped, so they are computed in the open: of a long prompt many gigabytes."""
    model, calls = random("gemma2"), []
    expected = model(ids(40)).logits[:, -1]
    monkeypatch.setattr(attention, "PIECE", 7 * 40 * model.config.num_attention_heads)
    softmax = torch.softmax
    monkeypatch.setattr(torch, "softmax", lambda x, d: calls.append(x.shape) or softmax(x, d))
    assert torch.allclose(Fused(model, Plain, 64).run(ids(40)), expected, atol=1e-4)
    assert len(calls) == 6 * model.config.num_hidden_layers
    assert max(shape.numel() for shape in calls) <= attention.PIECE


@torch.inference_mode()
@pytest.mark.parametrize(("name", "most"), [("float16", 0.02), ("int8", 0.1), ("bfloat16", 0.1)])
def test_a_format_stays_near_float32(model: torch.nn.Module, name: str, most: float) -> None:
    exact = model(ids(16)).logits[0, -1]
    fused = Fused(model, FORMATS[name], 64)
    for place in range(16):
        scores = fused.run(ids(16)[:, place : place + 1])[0].float()
    assert (scores - exact).square().mean().sqrt() <= most * exact.std()


@torch.inference_mode()
@pytest.mark.parametrize("workers", [1, 3])
def test_before_packing_the_weights_lie_where_they_were_read(
    model: torch.nn.Module, workers: int
) -> None:
    """A merged copy of all of them is what a model in few bits has no memory for."""
    lay = {name: weight.data_ptr() for name, weight in model.named_parameters()}
    expected = Fused(copy.deepcopy(model), FORMATS["int8"], 64).run(ids(20))
    exact = model(ids(20)).logits[:, -1]
    fused = Fused(model, None, 64)
    assert {name: weight.data_ptr() for name, weight in model.named_parameters()} == lay
    assert torch.allclose(fused.run(ids(20)), exact, atol=1e-4)
    fused.forget()
    exactly = fused.bytes_per_token
    sizes = list(fused.pack(model, FORMATS["int8"], True, workers=workers))
    assert sum(sizes) == exactly
    assert torch.equal(fused.run(ids(20)), expected)


def test_what_was_not_begun_is_not_packed_once_packing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, made, gate = random("llama"), [], threading.Event()

    class Pool(fused_room.ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            gate.set()  # what was begun may end
            super().shutdown(wait=wait)

    def make(weight: torch.Tensor, bias: torch.Tensor | None) -> Plain:
        made.append(weight.shape)
        if weight.shape != first:
            gate.wait()
        return Plain(weight, bias)

    monkeypatch.setattr(fused_room, "ThreadPoolExecutor", Pool)
    fused = Fused(model, None, 64)
    first = fused._layers[0].qkv.weight.shape
    packing = fused.pack(model, make, release=False, workers=2)
    next(packing)
    packing.close()
    assert len(made) <= 3 < len(fused.products(model))


def test_eight_bits_are_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = torch.randn(100, 64, generator=torch.Generator().manual_seed(1)).bfloat16()
    weight[7] = 0
    whole = Int8(weight, None)(torch.eye(64))
    monkeypatch.setattr(linears, "AT_ONCE", 9 * 64)
    assert torch.equal(Int8(weight, None)(torch.eye(64)), whole)
    scale = weight.float().abs().amax(1) / 127
    apart = (whole.T - weight.float()).abs()
    assert bool((apart <= scale[:, None] + 1e-6).all())


@torch.inference_mode()
def test_int8_reads_a_prompt_alike_however_it_is_cut(model: torch.nn.Module) -> None:
    whole, parts = (Fused(model, FORMATS["int8"], 64) for _ in range(2))
    expected = whole.run(ids(20))
    parts.run(ids(20)[:, :10])
    scores = parts.run(ids(20)[:, 10:])
    assert (scores - expected).square().mean().sqrt() <= 0.05 * expected.std()


@pytest.mark.parametrize(
    ("kind", "changes", "word"),
    [
        ("gpt2", {}, "gpt2"),
        ("llama", {"hidden_act": "relu2"}, "relu2"),
        ("qwen2", {"layer_types": ["full_attention", "chunked_attention"]}, "layers"),
        ("gemma3_text", {"use_bidirectional_attention": True}, "both directions"),
        ("llama", {"quantization_config": {"quant_method": "bitsandbytes"}}, "packed"),
        ("llama", {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "rotary"),
    ],
)
def test_what_it_cannot_compute_is_refused_with_a_reason(
    kind: str, changes: dict[str, object], word: str
) -> None:
    model = random(kind)
    for name, value in changes.items():
        setattr(model.config, name, value)
    assert word in refusal(model)


def test_a_wrong_fast_path_is_never_used(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Fused.run
    monkeypatch.setattr(Fused, "run", lambda self, ids: run(self, ids).flip(-1))
    assert open_local(llama_folder).info.rung == "static"
    run_static = Static.run
    monkeypatch.setattr(Static, "run", lambda self, ids: run_static(self, ids).flip(-1))
    assert open_local(llama_folder).info.rung == "generic"


@pytest.mark.parametrize("kind", FAMILY)
def test_the_path_of_these_families_is_the_fused_one(tmp_path: Path, kind: str) -> None:
    assert open_local(make_model(tmp_path / "m", kind)).info.rung.startswith("fused")


@pytest.mark.parametrize("kind", WINDOWED)
def test_a_window_that_is_not_fused_has_the_right_words_a_rung_down(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model(tmp_path / "m", kind)
    fused = open_local(folder)
    monkeypatch.setattr(family, "LLAMAS", ())
    monkeypatch.setattr(family, "GEMMAS", ())
    plain = open_local(folder)
    assert (fused.info.rung, plain.info.rung) == ("fused, traced", "generic")
    with torch.inference_mode():
        expected = greedy(fused.forward, ids(40), 40)
        assert greedy(plain.forward, ids(40), 40) == expected
        assert plain.forward.rewind(30) == 30
        fused.forward.rewind(30)
        scores = plain.forward.run(ids(9))
        assert torch.allclose(fused.forward.run(ids(9)), scores, atol=1e-4)


def test_int8_answers_and_drops_the_larger_weights(llama_folder: Path) -> None:
    engine = open_local(llama_folder, dtype="int8", device="cpu")
    assert (engine.info.rung, engine.info.dtype) == ("fused, traced", "int8")
    assert engine.model.model.layers[0].mlp.up_proj.weight.numel() == 0


def test_int8_is_refused_rather_than_replaced_where_it_cannot_be_computed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot run in int8"):
        open_local(make_model(tmp_path / "m", "gpt2"), dtype="int8", device="cpu")


def test_a_short_rest_of_a_prompt_does_not_shrink_the_chunks(llama_folder: Path) -> None:
    decoder = open_local(llama_folder).decoder
    decoder._chunk_s = 0.0  # every chunk is too slow
    with torch.inference_mode():
        list(decoder.prefill(ids(5)[0].tolist(), 0))
        assert decoder._chunk == 64
        list(decoder.prefill(ids(69)[0].tolist(), 5))
    assert decoder._chunk == 32


def test_a_larger_model_takes_the_format_that_this_cpu_reads_fastest(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has a GPU")
    monkeypatch.setattr(loading, "SMALL", 0)
    for faster, name in ((True, "float16"), (False, "bfloat16")):
        monkeypatch.setattr(loading, "reads_float16_faster", lambda faster=faster: faster)
        assert open_local(llama_folder).info.dtype == name


def test_a_weight_that_float16_cannot_hold_means_bfloat16(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    folder = make_model(tmp_path / "m")
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.0.mlp.up_proj.weight"][0, 0] = 1e6
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    engine = open_local(folder, dtype="float16", device="cpu")
    assert (engine.info.dtype, engine.info.why) == ("bfloat16", loading.WHY_CPU_RANGE)


def test_float16_raises_rather_than_overflow() -> None:
    with pytest.raises(OverflowError):
        Half(torch.full((2, 2), 1e6), None)


@pytest.mark.parametrize("rows", [1, 5])
def test_int8_adds_the_bias(rows: int) -> None:
    weight, bias = torch.eye(4), torch.tensor([1.0, 2.0, 3.0, 4.0])
    out = Int8(weight, bias)(torch.ones(rows, 4))
    assert torch.allclose(out, torch.ones(rows, 4) + bias, atol=0.05)


def test_int8_loses_no_large_sum() -> None:
    """AVX2 adds two products in 16 bits; the largest weights and activations would not fit."""
    row = torch.ones(1, 64)
    row[0, 0] = -1.0
    for rows in (1, 3):
        out = Int8(torch.ones(16, 64), None)(row.expand(rows, -1).contiguous())
        assert torch.allclose(out, torch.full((rows, 16), 62.0), atol=1.0)


def test_the_generic_path_gives_the_same_words(model: torch.nn.Module) -> None:
    with torch.inference_mode():
        fused = greedy(Fused(model, FORMATS["float32"], 64), ids(9), 30)
        assert greedy(Generic(model), ids(9), 30) == fused


# -- the buffer --


def buffer(limit: int = 2000) -> KeyValues:
    return KeyValues(2, 3, 4, torch.float32, torch.device("cpu"), limit)


def fill(kv: KeyValues, count: int, value: float) -> tuple[torch.Tensor, torch.Tensor]:
    new = torch.full((1, 3, count, 4), value)
    kv.reserve(count)
    for layer in range(2):
        seen = kv.write(layer, new, -new)
    kv.advance(count)
    return seen


def test_what_was_written_is_seen_in_order() -> None:
    kv = buffer()
    fill(kv, 2, 1.0)
    keys, values = fill(kv, 1, 2.0)
    assert keys[0, 0, :, 0].tolist() == [1, 1, 2]
    assert values[0, 0, :, 0].tolist() == [-1, -1, -2]


def test_growing_keeps_what_counts() -> None:
    kv = buffer()
    fill(kv, STEP, 1.0)
    keys, _ = fill(kv, 1, 2.0)
    assert kv.room > STEP
    assert keys[0, 0, STEP - 1 :, 0].tolist() == [1, 2]


def test_it_never_grows_past_its_limit() -> None:
    kv = buffer(limit=600)
    fill(kv, 600, 1.0)
    assert kv.room == 600
    with pytest.raises(ValueError, match="601 tokens do not fit into 600"):
        kv.reserve(1)


def test_a_rewound_position_is_written_over() -> None:
    kv = buffer()
    fill(kv, 3, 1.0)
    kv.rewind(1)
    keys, _ = fill(kv, 1, 5.0)
    assert keys[0, 0, :, 0].tolist() == [1, 5]


def test_the_local_engine_asks_for_no_more_than_the_context(llama_folder: Path) -> None:
    assert open_local(llama_folder, context_length=256).forward.limit == 256
