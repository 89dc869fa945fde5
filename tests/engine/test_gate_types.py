"""The gate's own table of architectures against the library that will load them."""

from __future__ import annotations

import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig
from transformers.activations import ACT2FN
from transformers.initialization import no_init_weights
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from chatapp import contradictions, gate
from chatapp.architectures import FAMILIES
from chatapp.weights import Tensor

MORE = {"gpt_neo", "hrm_text", "longcat_flash", "falcon", "bloom", "mpt", "rwkv", "mamba2"}
BARE = {"ministral"}  # its usual config lacks a number
KNOWN = set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def test_every_architecture_of_the_gate_can_be_loaded() -> None:
    assert sorted(gate.MODEL_TYPES - KNOWN) == []


def test_what_the_gate_calls_another_kind_is_not_also_allowed() -> None:
    assert sorted(gate.MODEL_TYPES & gate.OTHER_KINDS.keys()) == []


def test_encoders_are_among_the_architectures() -> None:
    assert sorted(gate.ENCODERS - gate.MODEL_TYPES) == []


def test_the_activations_are_those_of_the_library() -> None:
    assert sorted(ACT2FN) == sorted(contradictions.ACTIVATIONS)


def test_the_rotations_are_those_of_the_library() -> None:
    old = {"default", "mrope", "su"}  # names that its classes turn into others
    assert sorted(ROPE_INIT_FUNCTIONS) == sorted(contradictions.ROTATIONS - old)


def test_a_value_may_not_hide_a_function() -> None:
    assert all(callable(getattr(PreTrainedConfig, name)) for name in contradictions.METHODS)


@pytest.mark.parametrize("model_type", sorted({*FAMILIES, *MORE} - BARE))
def test_a_library_s_own_model_does_not_contradict_its_config(model_type: str) -> None:
    config = AutoConfig.for_model(model_type)
    with no_init_weights(), torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    told = json.loads(config.to_json_string(use_diff=False))
    contradictions.require_values(told)
    names = {name: Tensor("F32", tuple(w.shape), "f") for name, w in model.state_dict().items()}
    contradictions.require_layers(told, names)
