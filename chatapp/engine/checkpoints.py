"""What a training leaves on the disk: the product, whole at any moment, and where to go on.

Everything is safetensors and JSON. A file is written beside its place, brought to the disk and
renamed, so a crash leaves the old one or the new one. The state of a run is one file: the trained
weights, the optimiser's two moments, the random generators, and its numbers in the header. Knows
nothing about data, losses or tokenizers.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from chatapp.chat import UserError
from chatapp.foreign import shown
from chatapp.gate import WISHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STATE = "training.safetensors"
LAST = "last"  # the newest adapter, beside the best one
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(slots=True)
class Run:
    """How far a training is."""

    step: int = 0
    first: float = 0.0  # loss of the first step
    last: float = 0.0  # of the last one
    before: float | None = None  # held-out loss at the start
    best: float | None = None  # the lowest held-out loss so far
    best_step: int = 0
    margin: float | None = None  # of pairs: held-out ones in the best state, else the last step's
    accuracy: float | None = None  # likewise
    worse: int = 0  # checks since then
    tokens: int = 0
    seconds: float = 0.0  # in steps


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell by UserError what the system says against writing there: a full disk, no permission."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Choose another place, or free some space.",
            file=shown(folder.name),
            why=getattr(error, "strerror", None) or str(error),
        ) from error


Notes = Callable[[Run], "dict[str, str]"]  # files beside the weights: name -> text


class Product(Protocol):
    """What a training makes, and how it is written."""

    folder: Path

    def save(self, run: Run, best: bool) -> None:
        """Write the weights as they are now: the best so far, or only the last."""


class WholeModel:
    """A model folder that anybody can load. Only the best state is kept in it."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        folder: Path,
        dtype: torch.dtype | None = None,
        notes: Notes | None = None,
        base: Path | None = None,
    ) -> None:
        self._model, self._tokenizer = model, tokenizer
        self.folder, self._dtype, self._notes, self._base = folder, dtype, notes, base

    def save(self, run: Run, best: bool) -> None:
        """The whole folder, if this is the best; what is told beside it in any case."""
        if best:
            save(self._model, self._tokenizer, self.folder, self._dtype, self._base)
        if self._notes:
            write_texts(self._notes(run), self.folder)


def save(
    model: Any,
    tokenizer: Any,
    folder: Path,
    dtype: torch.dtype | None = None,
    base: Path | None = None,
) -> None:
    """Write a model with its tokenizer to `folder`: a crash leaves the old one or the new one.

    How its maker wants it to write comes from the folder of the model that it was made of.
    """
    # A copy, because the one in training stays in fp32; `to` on it keeps tied weights tied.
    kept = copy.deepcopy(model).to(dtype) if dtype else model
    new = _beside(folder)
    try:
        kept.save_pretrained(new, max_shard_size="1000GB")
        tokenizer.save_pretrained(new, save_jinja_files=False)
        if base and (base / WISHES).is_file():
            shutil.copyfile(base / WISHES, new / WISHES)
        place(new, folder, "config.json")
    finally:
        tidy(folder)


def place(new: Path, folder: Path, config: str) -> None:
    """Put the files of `new` into `folder`.

    File by file where only the weights have changed, so that the folder is never away; as a whole
    where it held something else.
    """
    try:
        same = (folder / config).read_bytes() == (new / config).read_bytes()
    except OSError:
        same = False
    for path in new.glob("*.safetensors"):
        _to_disk(path)
    if same:
        for path in new.iterdir():
            path.replace(folder / path.name)
        return
    if folder.exists():
        folder.rename(_old(folder))
    new.rename(folder)


def tidy(folder: Path) -> None:
    """Back to one whole folder, whichever rename came last."""
    if _old(folder).exists() and not folder.exists():
        _old(folder).rename(folder)
    for leftover in (folder.with_name(folder.name + ".new"), _old(folder)):
        shutil.rmtree(leftover, ignore_errors=True)


def _beside(folder: Path) -> Path:
    tidy(folder)  # after a crash of an earlier run
    new = folder.with_name(folder.name + ".new")
    new.mkdir(parents=True)
    return new


def _old(folder: Path) -> Path:
    return folder.with_name(folder.name + ".old")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_tensors(
    tensors: Mapping[str, torch.Tensor], path: Path, about: Mapping[str, str] | None = None
) -> None:
    """One safetensors file, old or new after a crash."""
    beside = path.with_name(path.name + ".new")
    kept = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save_file(kept, beside, metadata={"format": "pt", **(about or {})})
    _to_disk(beside)
    beside.replace(path)


def write_texts(texts: Mapping[str, str], folder: Path) -> None:
    """Text files by name, each old or new after a crash."""
    for name, text in texts.items():
        beside = folder / f"{name}.new"
        beside.write_text(text, "utf-8")
        _to_disk(beside)
        beside.replace(folder / name)


def as_json(values: Mapping[str, Any]) -> str:
    """As a person can read it."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


# -- where to go on -------------------------------------------------------------------------------


def write_state(folder: Path, model: Any, optimizer: Any, run: Run, scale: float | None) -> None:
    """All that a run needs to go on as if it had not stopped; `scale` is float16's."""
    tensors: dict[str, torch.Tensor] = {"random": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for name, weight in _trained(model).items():
        tensors[f"weight.{name}"] = weight
        for moment in _MOMENTS if weight in optimizer.state else ():
            tensors[f"{moment}.{name}"] = optimizer.state[weight][moment]
    steps = next((int(kept["step"]) for kept in optimizer.state.values()), 0)
    numbers = json.dumps({"run": asdict(run), "steps": steps, "scale": scale})
    write_tensors(tensors, folder / STATE, {"numbers": numbers})


def read_state(folder: Path, model: Any, optimizer: Any, run: Run) -> float | None:
    """Fill model, optimizer and run from the file; float16's scale. Raises UserError."""
    try:
        with safe_open(folder / STATE, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            numbers = json.loads(file.metadata()["numbers"])
        found = Run(**numbers["run"])
        scale = numbers["scale"]
        _fill(tensors, _trained(model), optimizer, int(numbers["steps"]))
        torch.set_rng_state(tensors["random"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError):
        raise UserError(
            "This training cannot go on: {file} does not fit it.",
            "Start it anew in another folder.",
            file=STATE,
        ) from None
    for name, value in asdict(found).items():
        setattr(run, name, value)
    return None if scale is None else float(scale)


def _fill(
    tensors: dict[str, torch.Tensor], trained: dict[str, Any], optimizer: Any, steps: int
) -> None:
    stored = {name.removeprefix("weight.") for name in tensors if name.startswith("weight.")}
    if stored != set(trained):
        raise ValueError("other weights")
    with torch.no_grad():
        for name, weight in trained.items():
            if tensors[f"weight.{name}"].shape != weight.shape:
                raise ValueError("other shapes")
            weight.copy_(tensors[f"weight.{name}"])
            if f"{_MOMENTS[0]}.{name}" not in tensors:
                continue
            state = {m: tensors[f"{m}.{name}"].to(weight.device).clone() for m in _MOMENTS}
            optimizer.state[weight] = {"step": torch.tensor(float(steps)), **state}


def _trained(model: Any) -> dict[str, Any]:
    return {name: value for name, value in model.named_parameters() if value.requires_grad}
