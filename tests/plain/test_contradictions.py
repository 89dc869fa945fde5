"""config.json against itself and the names of the weights: refused before anybody builds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chatapp import catalogue, contradictions, gate
from chatapp.chat import UserError
from chatapp.weights import Tensor
from tests.plain.test_gate import safetensors

if TYPE_CHECKING:
    from pathlib import Path

LLAMA: dict[str, Any] = {
    "model_type": "llama", "vocab_size": 8, "hidden_size": 8, "intermediate_size": 12,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 2,
    "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "hidden_act": "silu",
}  # fmt: skip
ODD = ["abc", -3, 0, [1, 2], {"a": 1}, 1.5, 10**12, True, float("nan")]


def told(**changes: object) -> str:
    with pytest.raises(UserError) as caught:
        contradictions.require_values(LLAMA | changes)
    return str(caught.value)


def contradictory(what: str) -> str:
    return f"This model's config.json is contradictory ({what}). Choose another model."


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(catalogue.SHAPES))
def test_published_models_do_not_contradict_themselves(name: str) -> None:
    contradictions.require_values(catalogue.SHAPES[name])


@pytest.mark.parametrize(
    "name",
    ["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
     "vocab_size", "intermediate_size"],
)  # fmt: skip
@pytest.mark.parametrize("value", ODD, ids=str)
def test_a_size_that_is_none_is_told_with_its_value(name: str, value: object) -> None:
    assert told(**{name: value}) == contradictory(f"{name} cannot be {json.dumps(value)}")


@pytest.mark.parametrize(
    ("name", "value"),
    [("tie_word_embeddings", 1), ("attention_bias", "no"), ("rms_norm_eps", 0),
     ("rms_norm_eps", float("inf")), ("initializer_range", "0.02"), ("hidden_act", "abc"),
     ("hidden_act", None), ("eos_token_id", [2, "x"]), ("layer_types", {"0": "full_attention"}),
     ("rope_parameters", "default"), ("sliding_window", -5), ("max_position_embeddings", "64"),
     ("quantization_config", "awq"), ("vocab_size", None), ("initializer_range", 1.5),
     ("rope_parameters", {"rope_type": "evil"}), ("rope_scaling", {"type": 5}), ("dtype", "abc"),
     ("torch_dtype", ["float32"]), ("to_dict", "x"), ("__class__", "x"),
     ("text_config", {"hidden_size": 8})],
)  # fmt: skip
def test_a_value_of_another_kind_is_told(name: str, value: object) -> None:
    assert told(**{name: value}).startswith(
        f"This model's config.json is contradictory ({name} cannot be "
    )


def test_the_text_part_is_held_to_the_same() -> None:
    with pytest.raises(UserError, match="hidden_size cannot be 0"):
        contradictions.require_values({"model_type": "gemma3", "text_config": {"hidden_size": 0}})


def test_what_has_to_fit_together_does() -> None:
    assert "num_key_value_heads cannot be 3" in told(num_key_value_heads=3)
    assert "num_attention_heads cannot be 16" in told(
        num_attention_heads=16, num_key_value_heads=None, head_dim=None
    )
    assert "num_experts_per_tok cannot be 9" in told(num_local_experts=8, num_experts_per_tok=9)
    assert "2 layers, and the kinds of 1" in told(layer_types=["full_attention"])


def test_of_an_unknown_family_a_size_may_differ_by_layer() -> None:
    config = {"model_type": "gemma3n_text", "intermediate_size": [8, 16]}
    contradictions.require_values(config)
    with pytest.raises(UserError, match="intermediate_size"):
        contradictions.require_values(config | {"intermediate_size": [8, 0]})


# -- layers ---------------------------------------------------------------------------------------


def layers(config: dict[str, Any], *names: str) -> None:
    tensors = {name: Tensor("F32", (1,), "f") for name in names}
    contradictions.require_layers(config, tensors)


def test_more_layers_than_weights_are_refused() -> None:
    names = [f"model.layers.{layer}.a.weight" for layer in range(2)]
    layers(LLAMA, *names)
    with pytest.raises(UserError) as caught:
        layers(LLAMA | {"num_hidden_layers": 500}, *names)
    assert str(caught.value) == contradictory("500 layers, but weights for 2")


@pytest.mark.parametrize("prefix", ["model.layers", "transformer.h", "model.language_model.layers"])
def test_a_whole_layer_that_the_model_has_not_is_refused(prefix: str) -> None:
    with pytest.raises(UserError) as caught:
        layers(LLAMA, f"{prefix}.1.a.weight", f"{prefix}.2.b.weight", f"{prefix}.2.a.weight")
    assert str(caught.value) == (
        f"2 weights do not fit config.json (first: {prefix}.2.a.weight). Download it again."
    )


def test_layers_for_further_tokens_and_eyes_may_be_more() -> None:
    own = ("model.layers.0.a.weight", "model.layers.1.a.weight")
    layers(LLAMA, *own, "model.layers.2.eh_proj.weight", "model.layers.2.a.weight")
    layers(LLAMA | {"num_nextn_predict_layers": 1}, *own, "model.layers.2.a.weight")
    layers(LLAMA, *own, "vision_tower.encoder.layers.26.a.weight", "mtp.layers.3.a.weight")


def test_names_without_numbers_say_nothing() -> None:
    layers(LLAMA, "a", "ghost.weight")


def test_the_gate_asks_before_a_loader_builds(tmp_path: Path) -> None:
    """Each false layer would be built: 9,999 of them took half a minute and 2 GB."""
    tensors = {f"model.layers.{layer}.a": ("F32", [1]) for layer in range(2)}
    (tmp_path / "model.safetensors").write_bytes(safetensors(tensors))
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    assert gate.check(tmp_path).shape is not None
    for count, what in ((3, "3 layers, but weights for 2"), (10**9, "num_hidden_layers cannot")):
        (tmp_path / "config.json").write_text(json.dumps(LLAMA | {"num_hidden_layers": count}))
        with pytest.raises(UserError) as caught:
            gate.check(tmp_path)
        assert what in str(caught.value)
