"""Random weights of published shapes, for measuring machines that hold no such model.

Decode speed of a dense model depends on its dimensions, not on the values of its weights. The
numbers are those of each model's public config.json. Knows nothing about measuring.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.initialization import no_init_weights

_SHARED = {"max_position_embeddings": 32768, "eos_token_id": None, "bos_token_id": None}
SHAPES: dict[str, dict[str, Any]] = {
    "smollm2-135m": {
        "model_type": "llama", "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536,
        "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3,
        "tie_word_embeddings": True,
    },
    "qwen2.5-0.5b": {
        "model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896,
        "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14,
        "num_key_value_heads": 2, "tie_word_embeddings": True,
    },
    "qwen3-0.6b": {
        "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 1024,
        "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
        "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": True,
    },
    "llama-3.2-1b": {
        "model_type": "llama", "vocab_size": 128256, "hidden_size": 2048,
        "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
        "num_key_value_heads": 8, "tie_word_embeddings": True,
    },
    "qwen3-4b": {
        "model_type": "qwen3", "vocab_size": 151936, "hidden_size": 2560,
        "intermediate_size": 9728, "num_hidden_layers": 36, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": True,
    },
    "llama-3.1-8b": {
        "model_type": "llama", "vocab_size": 128256, "hidden_size": 4096,
        "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
        "num_key_value_heads": 8, "tie_word_embeddings": False,
    },
    "gpt2": {
        "model_type": "gpt2", "vocab_size": 50257, "n_embd": 768, "n_layer": 12, "n_head": 12,
        "n_positions": 1024,
    },
}  # fmt: skip


def config_of(shape: str, layers: int | None = None) -> Any:
    """The transformers configuration; `layers` makes the model shallower."""
    numbers = dict(SHAPES[shape])
    kind = numbers.pop("model_type")
    if kind != "gpt2":
        numbers |= _SHARED
    if layers is not None:
        numbers["n_layer" if kind == "gpt2" else "num_hidden_layers"] = layers
    return AutoConfig.for_model(kind, **numbers)


def random_model(
    shape: str, dtype: torch.dtype, device: str = "cpu", layers: int | None = None
) -> Any:
    """A causal language model in eval mode, weights N(0, 0.02)."""
    config = config_of(shape, layers)
    with no_init_weights(), torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.tie_weights()
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.normal_(0, 0.02, generator=generator)
            else:
                weight.fill_(0.0 if name.endswith("bias") else 1.0)
    model.generation_config.eos_token_id = None
    return model.eval().requires_grad_(False)
