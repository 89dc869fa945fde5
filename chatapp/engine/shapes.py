"""Random weights of published shapes, for measuring machines that hold no such model.

Decode speed of a dense model depends on its dimensions, not on the values of its weights. Of a
model with eyes only the text part is built. Knows nothing about measuring.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.initialization import no_init_weights

from chatapp import catalogue
from chatapp.chat import UserError
from chatapp.engine.family import GEMMAS

# No answer ends by itself: every run writes the same number of tokens.
_SHARED = {"eos_token_id": None, "bos_token_id": None}


def numbers_of(shape: str, layers: int | None = None) -> dict[str, Any]:
    """What config.json says; `layers` makes the model shallower. Raises UserError."""
    found = catalogue.find(shape)
    if found is None:
        raise UserError(
            "{name} is not known here.", "Choose from {known}.", name=shape,
            known=", ".join(catalogue.SHAPES),
        )  # fmt: skip
    whole = found[1]
    numbers = dict(whole.get("text_config", whole))
    if layers is not None:
        numbers["n_layer" if "n_layer" in numbers else "num_hidden_layers"] = layers
    return numbers


def config_of(shape: str, layers: int | None = None) -> Any:
    """The transformers configuration."""
    numbers = numbers_of(shape, layers) | _SHARED
    return AutoConfig.for_model(numbers.pop("model_type"), **numbers)


def random_model(
    shape: str, dtype: torch.dtype, device: str = "cpu", layers: int | None = None
) -> Any:
    """A causal language model in eval mode, weights N(0, 0.02)."""
    config = config_of(shape, layers)
    with no_init_weights(), torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.tie_weights()
    generator = torch.Generator(device).manual_seed(0)
    middle = 0.0 if config.model_type in GEMMAS else 1.0  # of a norm's weight
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.normal_(0, 0.02, generator=generator)
            else:
                weight.fill_(0.0 if name.endswith("bias") else middle)
    model.generation_config.eos_token_id = None
    return model.eval().requires_grad_(False)
