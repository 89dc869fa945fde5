"""The gate's own table of architectures against the library that will load them."""

from __future__ import annotations

from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from chatapp import gate

KNOWN = set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def test_every_architecture_of_the_gate_can_be_loaded() -> None:
    assert sorted(gate.MODEL_TYPES - KNOWN) == []


def test_what_the_gate_calls_another_kind_is_not_also_allowed() -> None:
    assert sorted(gate.MODEL_TYPES & gate.OTHER_KINDS.keys()) == []


def test_encoders_are_among_the_architectures() -> None:
    assert sorted(gate.ENCODERS - gate.MODEL_TYPES) == []
