"""The engine's measurements on a shape small enough to run here, and their gates."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp.catalogue import SHAPES
from chatapp.chat import UserError
from chatapp.engine import bench, holding
from chatapp.engine.fused import Fused
from chatapp.engine.shapes import config_of
from tests.engine.conftest import make_model

TINY = {
    "model_type": "qwen2", "vocab_size": 300, "hidden_size": 64, "intermediate_size": 96,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "max_position_embeddings": 512, "tie_word_embeddings": True,
}  # fmt: skip


FIELDS = {
    "ratio", "ratio_spread", "tokens_per_s", "baseline_tokens_per_s", "ttft_ms",
    "baseline_ttft_ms", "bandwidth_gb_s", "roofline_fraction", "oracle_match", "path", "dtype",
    "device", "driver", "cpu", "cores", "threads", "python", "torch", "transformers",
}  # fmt: skip


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHAPES, "tiny", TINY)
    monkeypatch.setattr(holding, "BLOCK_BYTES", 1 << 20)
    monkeypatch.setattr(bench, "TURN", dict.fromkeys(bench.TURN, (200, 10)))


def options(dtype: str = "float32") -> bench.Options:
    return bench.Options("tiny", dtype, context=16, tokens=4, repeats=1)


def test_training_has_the_losses_of_a_plain_loop(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    asked = bench.Options("tiny", "float32", repeats=1, model=str(base))
    figures = bench.train(asked)
    assert figures["loss_difference"] < 1e-5
    assert figures["precision"] == "float32"
    assert min(figures[name] for name in ("ratio", "tokens_per_s", "baseline_tokens_per_s")) > 0


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "int4"])
def test_decode_tells_each_figure_and_passes_its_gate(dtype: str) -> None:
    figures = bench.decode(options(dtype))
    assert figures.keys() >= FIELDS
    assert figures["oracle_match"] is True
    assert figures["path"] in {"fused, traced", "fused, graph"}
    assert figures["score_error"] < (0.5 if dtype == "int4" else 0.1)
    assert min(figures[name] for name in ("ratio", "tokens_per_s", "baseline_tokens_per_s")) > 0


def test_a_wrong_forward_fails_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Fused.run
    monkeypatch.setattr(Fused, "run", lambda self, ids: run(self, ids).flip(-1))
    assert bench._same_words(options()) is False


def test_candidates_are_timed_and_each_is_the_answer_of_its_own_seed() -> None:
    figures = bench.decode(dataclasses.replace(options(), candidates=3))
    assert figures["candidates_exact"] is True
    assert figures["candidates_ratio"] > 0


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_model_of_the_library_is_measured_with_its_quality(
    llama_folder: Path, dtype: str
) -> None:
    asked = dataclasses.replace(options(dtype), model=str(llama_folder))
    figures = bench.decode(asked)
    assert figures["oracle_match"] is True
    assert figures["shape"] == str(llama_folder)
    assert figures["mean_kl"] < 0.02
    assert figures["top1_agreement"] > 0.9


def test_turns_reuse_exactly() -> None:
    figures = bench.turns(options())
    assert figures["exact"] is True
    assert figures["scratch_ttft_ms"] > 0


def test_a_gpt2_shape_is_not_fused(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"model_type": "gpt2", "vocab_size": 300, "n_embd": 64, "n_layer": 2, "n_head": 4,
             "n_positions": 512}  # fmt: skip
    monkeypatch.setitem(SHAPES, "tiny", small)
    assert bench.decode(options())["path"].startswith("static")


@pytest.mark.parametrize(("shape", "dtype"), [("nothing", "int8"), ("gpt2", "int3")])
def test_an_unknown_shape_or_format_is_told(shape: str, dtype: str) -> None:
    with pytest.raises(UserError, match="is not known here"):
        bench.check(shape, dtype)


# Of every name that the issue of this bench asks for; the text part where a model has eyes.
PUBLISHED = {
    "smollm2-135m": 134.5e6, "qwen2.5-0.5b": 494.0e6, "qwen3-0.6b": 596.0e6, "gpt2": 124.4e6,
    "llama-3.2-1b": 1235.8e6, "qwen3-4b": 4022.5e6, "gemma-3-4b": 3880.1e6,
    "llama-3.1-8b": 8030.3e6,
}  # fmt: skip


@pytest.mark.parametrize("shape", PUBLISHED)
def test_a_shape_has_the_published_number_of_parameters(shape: str) -> None:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config_of(shape))
    assert abs(model.num_parameters() / PUBLISHED[shape] - 1) < 0.005


def test_gemma_is_measured_on_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    small = SHAPES["gemma-3-4b"]["text_config"] | {
        "vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "max_position_embeddings": 512,
    }  # fmt: skip
    monkeypatch.setitem(SHAPES, "tiny", {"model_type": "gemma3", "text_config": small})
    figures = bench.decode(options("bfloat16"))
    assert figures["path"] == "fused, traced"
    assert figures["oracle_match"] is True


def test_a_shape_that_does_not_fit_is_told_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("the model was made")

    monkeypatch.setattr(bench, "model_of", forbidden)
    asked = dataclasses.replace(options("int8"), shape="llama-3.1-405b")
    for case in bench.CASES.values():
        with pytest.raises(UserError, match=r"needs .* GB of memory to be measured; .* are free"):
            case(asked)


def test_a_context_beyond_the_positions_of_a_model_is_told() -> None:
    asked = dataclasses.replace(options(), context=510)
    with pytest.raises(UserError, match="reads at most 512 tokens; 514 were asked for"):
        bench.decode(asked)


def test_what_a_step_reads_counts_weights_and_context_but_one_row_of_the_embedding() -> None:
    model = bench.model_of("tiny", "", torch.bfloat16, "cpu")
    forward = Fused(model, bench.FORMATS["bfloat16"], 64)
    matrices = sum(p.nbytes for p in model.parameters() if p.dim() > 1)
    context = 2 * 2 * 32 * 16 * 4  # layers, keys and values, width, tokens, float32
    asked = options("bfloat16")
    assert bench._bytes_per_token(model, forward, asked) == matrices + context
    vectors = sum(p.nbytes for p in model.parameters() if p.dim() == 1)
    whole = bench._bytes_per_token(model, bench.Generic(model), asked)
    assert whole == matrices + vectors + context
