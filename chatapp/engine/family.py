"""What an architecture does otherwise than Llama, read from its config: data for `fused`.

Sliding windows, norms around 1, two more norms a layer, capped scores, scaled embeddings. What is
not known here is refused with a reason, never guessed. Knows nothing about weights or caches.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

LLAMAS = ("llama", "qwen2", "qwen3", "mistral")
# Their activations leave float16's range, so it is never chosen for them unasked.
GEMMAS = ("gemma", "gemma2", "gemma3_text", "gemma3")
LATER_GEMMAS = ("gemma2", "gemma3_text", "gemma3")
ROPES = ("default", "linear", "llama3")
WHOLE, WINDOWED = "full_attention", "sliding_attention"  # as transformers calls layers

Act = Callable[[torch.Tensor], torch.Tensor]
ACTS: dict[str, Act] = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_pytorch_tanh": functools.partial(F.gelu, approximate="tanh"),
}


@dataclass(frozen=True, slots=True)
class Norms:
    """Where a block keeps its norms: before and behind each half. Behind: only Gemma 2 and 3."""

    before_attention: str
    behind_attention: str
    before_feed: str
    behind_feed: str


TWO = Norms("input_layernorm", "", "post_attention_layernorm", "")
FOUR = Norms(
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)


@dataclass(frozen=True, slots=True)
class Family:
    """One model's differences. A cap c makes a score s into c * tanh(s / c); 0 means none."""

    kinds: tuple[str, ...]  # of each layer: WHOLE or WINDOWED
    window: int  # positions that a windowed layer sees, the newest included
    norms: Norms
    norm_offset: float  # added to each norm's weight
    act: Act
    embedding_scale: float
    attention_scale: float
    attention_cap: float
    score_cap: float


def refusal(model: Any) -> str:
    """Why this model takes the plain path; empty when it can be fused."""
    kind, config = model.config.model_type, model.config.get_text_config(decoder=True)
    if kind not in LLAMAS + GEMMAS:
        return f"the architecture {kind} has no fused forward"
    if getattr(model.config, "quantization_config", None):
        return "its maker packed its weights"
    if _act(config) not in ACTS:
        return f"its activation is {_act(config)}"
    if not all(_is_known(rope) for rope in _ropes(config)):
        return "its rotary embedding is of another kind"
    if set(_kinds(config)) - {WHOLE, WINDOWED}:
        return "it has layers of another kind"
    if getattr(config, "use_bidirectional_attention", None):
        return "it attends in both directions"
    return ""


def family_of(model: Any) -> Family:
    """The differences of a model that is not refused."""
    kind, config = model.config.model_type, model.config.get_text_config(decoder=True)
    gemma, later = kind in GEMMAS, kind in LATER_GEMMAS
    weight = model.get_input_embeddings().weight
    root = torch.tensor(config.hidden_size**0.5, dtype=weight.dtype)  # rounded, as it was trained
    kinds = _kinds(config)
    return Family(
        kinds=kinds,
        window=config.sliding_window if WINDOWED in kinds else 0,
        norms=FOUR if later else TWO,
        norm_offset=1.0 if gemma else 0.0,
        act=ACTS[_act(config)],
        embedding_scale=float(root) if gemma else 1.0,
        attention_scale=(config.query_pre_attn_scalar if later else head_dim(config)) ** -0.5,
        # transformers caps the attention of Gemma 2 only, and the last scores of text models.
        attention_cap=(config.attn_logit_softcapping or 0.0) if kind == "gemma2" else 0.0,
        score_cap=getattr(model.config, "final_logit_softcapping", None) or 0.0,
    )


def head_dim(config: Any) -> int:
    """Numbers in one head."""
    told = getattr(config, "head_dim", None)
    return int(told or config.hidden_size // config.num_attention_heads)


def _act(config: Any) -> str:
    return str(getattr(config, "hidden_act", None) or getattr(config, "hidden_activation", ""))


def _kinds(config: Any) -> tuple[str, ...]:
    told = getattr(config, "layer_types", None)
    if told:
        return tuple(told)
    windowed = config.model_type == "mistral" and config.sliding_window is not None
    return (WINDOWED if windowed else WHOLE,) * config.num_hidden_layers


def _ropes(config: Any) -> list[dict[str, Any]]:
    """One set of parameters, or one for each kind of layer."""
    told = config.rope_parameters or {}
    kinds = [value for value in told.values() if isinstance(value, dict)]
    return kinds or [told]


def _is_known(rope: dict[str, Any]) -> bool:
    whole = rope.get("partial_rotary_factor", 1) == 1
    return whole and rope.get("rope_type", "default") in ROPES
