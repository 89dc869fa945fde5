"""Adapters on the disk: what each holds, whether it is safe, and which model it belongs to.

PEFT's folder form: adapter_config.json and adapter_model.safetensors; ours have a record beside
them that says what they were made from. Only plain LoRA is taken, and only when every number of it
has a known place: nothing of the folder is run or followed to another one. Knows nothing about
torch. Sources: peft's `LoraConfig`; Hu et al. 2021, arXiv:2106.09685.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import foreign, places, weights
from chatapp.chat import UserError
from chatapp.foreign import Folder, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatapp.weights import Tensor

CONFIG, WEIGHTS, RECORD = "adapter_config.json", "adapter_model.safetensors", "chatapp.json"
CONFIG_BYTES = 1_000_000
MOST_RANK = 1024
SAMPLES, SAMPLE_BYTES, HEAD_BYTES = 8, 1 << 16, 1 << 20  # of a weights file, for a fingerprint
# Keys of adapter_config.json that change nothing here, whatever they say ...
_IDLE = """
    auto_mapping base_model_name_or_path ensure_weight_tying exclude_modules fan_in_fan_out
    inference_mode layers_pattern layers_to_transform lora_alpha lora_dropout megatron_core
    peft_version qalora_group_size r revision runtime_config target_modules use_rslora
"""
IDLE = frozenset(_IDLE.split())
# ... and those that must say this; every other one asks for something that is not computed here.
PLAIN: dict[str, tuple[Any, ...]] = {
    "peft_type": ("LORA",),
    "task_type": ("CAUSAL_LM", None),
    "bias": ("none",),
    "init_lora_weights": (True, False, "gaussian"),
}
EMPTY: tuple[Any, ...] = (None, False, "", {}, [])
_NAME = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that passed, or why one did not."""

    name: str
    path: str
    base: str = ""  # the name of the model it was made for
    fingerprint: str = ""  # of that model's weights; empty when another program made it
    rank: int = 0
    scale: float = 0.0  # of what it adds: alpha / rank
    bytes: int = 0
    record: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    problem: UserError | None = field(default=None, compare=False)

    def require_for(self, name: str, fingerprint: str) -> None:
        """Raise UserError where it was made for another model than the one with these weights."""
        if self.problem:
            raise self.problem
        if self.fingerprint and self.fingerprint != fingerprint:
            raise UserError(
                "This is an adapter for {base}.",
                "Load {base} first, then add it.",
                base=self.base if self.base != name else f"another version of {name}",
            )


def check(path: Path, name: str = "") -> Adapter:
    """What the folder holds. Raises UserError for one that cannot be used."""
    folder = Folder(path)
    if CONFIG not in folder.names:
        raise UserError(
            "{folder} holds no adapter.",
            "Choose the folder that contains adapter_config.json.",
            folder=folder.name,
        )
    if WEIGHTS not in folder.names:
        unsafe = [file for file in folder.names if file.lower().endswith(weights.UNSAFE)]
        if unsafe:
            raise UserError(
                "This adapter is in an unsafe format ({file}).",
                "Look for a safetensors version.",
                file=shown(min(unsafe)),
            )
        raise UserError("{file} is missing.", "Download the adapter again.", file=WEIGHTS)
    config = folder.json(CONFIG, CONFIG_BYTES)
    _require_plain(config)
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not isinstance(rank, int) or not 0 < rank <= MOST_RANK:
        raise foreign.damaged(CONFIG)
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not abs(alpha) < 1e6:
        raise foreign.damaged(CONFIG)
    tensors = weights.header(folder, WEIGHTS)
    pairs(tensors, rank)
    record = folder.json(RECORD, CONFIG_BYTES) if RECORD in folder.names else {}
    base = record.get("base") or config.get("base_model_name_or_path") or "another model"
    return Adapter(
        name or folder.name,
        str(path),
        shown(str(base)),
        str(record.get("fingerprint", "")),
        rank,
        alpha / (rank**0.5 if config.get("use_rslora") is True else rank),
        sum(tensor.size_bytes for tensor in tensors.values()),
        record,
    )


def _require_plain(config: dict[str, Any]) -> None:
    for key, value in {"peft_type": "missing", **config}.items():
        allowed = PLAIN.get(key, EMPTY)
        if key not in IDLE and not any(
            type(value) is type(one) and value == one for one in allowed
        ):
            raise UserError(
                "This kind of adapter is not supported ({what}).",
                "Look for a plain LoRA adapter.",
                what=shown(f"{key}: {value}"),
            )


def pairs(tensors: Mapping[str, Tensor], rank: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Module -> its two thin matrices, (rank, in) and (out, rank). Raises UserError."""
    halves: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        match = _NAME.fullmatch(key)
        if not match or len(tensor.shape) != 2:
            raise _odd(key)
        halves.setdefault(match[1], {})[match[2]] = tensor
    found = {}
    for module, half in halves.items():
        if len(half) != 2 or half["A"].shape[0] != rank or half["B"].shape[1] != rank:
            raise _odd(module)
        found[module] = half["A"], half["B"]
    return found


def _odd(name: str) -> UserError:
    return UserError("This adapter is not whole ({name}).", "Download it again.", name=shown(name))


def fingerprint(folder: Path, files: Iterable[str]) -> str:
    """Tells two models of one shape apart: a hash over samples of their weights, some ms a file.

    Raises UserError where a file cannot be read.
    """
    told = hashlib.sha256()
    opened = Folder(folder)
    for name in sorted(files):
        with opened.open(name) as file:
            size = os.fstat(file.fileno()).st_size
            told.update(f"{name}\0{size}\0".encode())
            told.update(file.read(HEAD_BYTES))
            for sample in range(SAMPLES):
                file.seek(max(0, size - SAMPLE_BYTES) * (sample + 1) // SAMPLES)
                told.update(file.read(SAMPLE_BYTES))
    return told.hexdigest()


# -- which there are ------------------------------------------------------------------------------


def adapters() -> list[Adapter]:
    """All in the adapters folder by name; one that cannot be used says why."""
    return [_looked_at(path) for path in sorted(places.adapters().iterdir()) if path.is_dir()]


def find(name_or_path: str) -> Adapter:
    """By name in the adapters folder, or by folder. Raises UserError when it cannot be used."""
    inside = places.adapters() / name_or_path
    if name_or_path and name_or_path == os.path.basename(name_or_path) and inside.is_dir():
        return check(inside)
    path = Path(os.path.expanduser(name_or_path))
    if name_or_path and path.is_dir():
        return check(path.resolve())
    raise UserError(
        "There is no adapter called {name}.",
        "Run 'chatapp models' to see what is here.",
        name=shown(name_or_path),
    )


def _looked_at(path: Path) -> Adapter:
    try:
        return check(path)
    except UserError as error:
        return Adapter(path.name, str(path), problem=error.with_traceback(None))
