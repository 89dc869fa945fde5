"""What `chatapp bench` measures: random weights of a published shape, or a model of the library.

A model of the library is checked by the gate before it is read. Knows nothing about measuring.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from chatapp import gate, library
from chatapp.engine.shapes import random_model

if TYPE_CHECKING:
    from chatapp.library import Model

TEXT = "Once upon a time there was a small robot who wanted to know how language models work. "


def model_of(
    shape: str, name: str, dtype: torch.dtype, device: str, layers: int | None = None
) -> Any:
    """The transformers model in eval mode. `layers` makes a shape shallower, never a real model.

    Raises UserError for a model that is not there or that the gate refuses.
    """
    if not name:
        return random_model(shape, dtype, device, layers)
    folder = _folder(name)
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, local_files_only=True, use_safetensors=True, trust_remote_code=False,
    ).to(device)  # fmt: skip
    model.generation_config.eos_token_id = None  # every run writes the same number of tokens
    return model.eval().requires_grad_(False)


def ids_of(model: Any, name: str, count: int) -> list[int]:
    """A prompt of `count` ids: random for a shape, English for a model of the library."""
    if name:
        tokenizer = AutoTokenizer.from_pretrained(_folder(name), local_files_only=True)
        ids: list[int] = tokenizer(TEXT * (count // 8 + 1))["input_ids"][:count]
        if len(ids) == count:
            return ids
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, model.config.vocab_size, (count,), generator=generator).tolist()


def _folder(name: str) -> Path:
    found: Model = library.find(name)
    gate.check(Path(found.path))
    return Path(found.path)
