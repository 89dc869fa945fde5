"""What `chatapp bench` measures: random weights of a published shape, or a model of the library.

A model of the library is checked by the gate before it is read. Knows nothing about measuring.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psutil
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from chatapp import gate, library, memory, sizes
from chatapp.cards import gigabytes
from chatapp.chat import UserError
from chatapp.engine.shapes import numbers_of, random_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.library import Model
    from chatapp.sizes import Shape

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


def sizes_of(shape: str, name: str, layers: int | None = None) -> Shape | None:
    """The sizes of what `model_of` makes; None where a model's config.json does not tell them."""
    return gate.check(_path(name)).shape if name else sizes.read(numbers_of(shape, layers))


def require(shape: str, name: str, dtype: str, tokens: int, layers: int) -> None:
    """Raises UserError when the model cannot read so many tokens, or does not fit into memory.

    The model is there in bfloat16, for the baseline, and in the format that is measured. Later
    come oracles of `layers` layers in float32, on the CPU, and once more in that format.
    """
    whole, oracle = sizes_of(shape, name), sizes_of(shape, name, layers)
    if whole is None or oracle is None:
        return
    if whole.context is not None and tokens > whole.context:
        raise UserError(
            "{name} reads at most {limit} tokens; {needed} were asked for.",
            "Choose a shorter context or another shape.",
            name=name or shape,
            limit=whole.context,
            needed=tokens,
        )
    later = memory.weights_bytes(oracle, "float32") + memory.weights_bytes(oracle, dtype)
    here = memory.weights_bytes(whole, "bfloat16")
    if dtype != "bfloat16":
        here += memory.weights_bytes(whole, dtype)
    host = int(psutil.virtual_memory().available)
    if torch.cuda.is_available():
        needs = [(here, torch.cuda.mem_get_info()[0]), (later, host)]
    else:
        needs = [(max(here, later), host)]
    for needed, free in needs:
        if needed > free:
            raise UserError(
                "{name} needs {needed} GB of memory to be measured; {free} GB are free.",
                "Choose a smaller shape, or close other programs.",
                name=name or shape,
                needed=gigabytes(needed),
                free=gigabytes(free),
            )


@contextmanager
def stored(shape: str, name: str) -> Iterator[Path]:
    """A folder that the gate passes: of the library, or a shape in bfloat16, removed afterwards.

    Raises UserError where there is no room for the shape.
    """
    if name:
        yield _folder(name)
        return
    with TemporaryDirectory(prefix="chatapp-bench-", ignore_cleanup_errors=True) as temporary:
        needed, free = _stored_bytes(shape), shutil.disk_usage(temporary).free
        if needed > free:
            raise UserError(
                "{name} needs {needed} GB in {folder}; {free} GB are free.",
                "Choose a smaller shape, or set TMPDIR to another folder.",
                name=shape,
                folder=temporary,
                needed=round(needed / 1e9, 1),
                free=round(free / 1e9, 1),
            )
        folder = Path(temporary)
        random_model(shape, torch.bfloat16).save_pretrained(folder)
        (folder / "tokenizer.json").write_text("{}")  # nothing here is ever tokenized
        yield folder


def _stored_bytes(shape: str) -> int:
    whole = sizes_of(shape, "")
    return memory.weights_bytes(whole, "bfloat16") if whole else 0


def ids_of(model: Any, name: str, count: int) -> list[int]:
    """A prompt of `count` ids: random for a shape, English for a model of the library."""
    if name:
        tokenizer = AutoTokenizer.from_pretrained(_folder(name), local_files_only=True)
        ids: list[int] = tokenizer(TEXT * (count // 8 + 1))["input_ids"][:count]
        if len(ids) == count:
            return ids
    generator = torch.Generator().manual_seed(1)
    rows = model.get_input_embeddings().num_embeddings
    return torch.randint(0, rows, (count,), generator=generator).tolist()


def _folder(name: str) -> Path:
    path = _path(name)
    gate.check(path)
    return path


def _path(name: str) -> Path:
    found: Model = library.find(name)
    return Path(found.path)
