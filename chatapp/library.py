"""The models on this computer: built in, in the models folder, in folders that the person added,
and in the Hugging Face cache.

Knows nothing about torch or the network. Each model is looked at by the gate, and one that cannot
be used is listed with the reason. The cache is read by its folder layout, without importing
huggingface_hub, which takes long: `models--org--name/refs/main` names a folder in `snapshots`.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chatapp import gate, places, register
from chatapp.chat import BUILT_IN, UserError
from chatapp.foreign import Folder, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.gate import Facts

CARD, CARD_BYTES = "README.md", 64_000
COMMIT_BYTES = 100  # of a reference: 40 digits
_LICENCE = re.compile(r"^(license|license_name): *(\S[^\r\n]*)", re.MULTILINE)

Source = Literal["built-in", "folder", "added", "cache"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model on the disk. `problem` says why it is not usable; `facts` only where it is."""

    name: str  # unique among all that are listed
    path: str
    source: Source
    bytes: int  # of all its files
    usable: bool
    problem: UserError | None = field(default=None, compare=False)
    facts: Facts | None = field(default=None, compare=False, repr=False)
    licence: str = ""  # as the model card tells it, such as apache-2.0
    title: str = ""  # what the person calls it


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    path: Path
    source: Source


def built_in() -> Model:
    """The model that ships with the program; not usable when its files are not there."""
    return _looked_at(_Place(BUILT_IN, places.starter(), "built-in"))


def models() -> list[Model]:
    """All models, the built-in one first; each was just looked at, some milliseconds each."""
    titles = register.read().names
    found = (_looked_at(place) for place in _all())
    return [replace(model, title=titles.get(model.path, "")) for model in found]


def open_folder(path: str) -> Model:
    """The model in this very folder, put on the list where it was not. Raises UserError."""
    folder = os.path.realpath(path)
    here = {os.path.realpath(model.path): model for model in models()}
    if folder not in here:
        register.add_folder(folder)
        here = {os.path.realpath(model.path): model for model in models()}
        if folder not in here or here[folder].problem:
            register.drop_folder(folder)
    if folder not in here:
        raise UserError(
            "{folder} holds no model.",
            "Choose the folder that contains config.json.",
            folder=shown(os.path.basename(folder)),
        )
    if problem := here[folder].problem:
        raise problem
    return here[folder]


def freed_bytes(model: Model) -> int:
    """What deleting it would give back; 0 = it is not ours to delete.

    A model of the cache goes with all its revisions.
    """
    try:
        root = _root(model)
    except UserError:
        return 0
    return sum(
        os.lstat(os.path.join(folder, name)).st_size
        for folder, _, names in os.walk(root)
        for name in names
    )


def delete(model: Model) -> None:
    """Take its files away; one that the person added is only forgotten. Raises UserError."""
    if model.source == "added":
        register.drop_folder(_added_by(model))
        return
    try:
        shutil.rmtree(_root(model))
    except OSError as error:
        raise UserError(
            "{name} could not be deleted ({why}).",
            "Check the drive and its permissions.",
            name=model.title or model.name,
            why=error.strerror or "",
        ) from error


def _root(model: Model) -> Path:
    """The folder that is the model's alone. Raises UserError for one that is not to be deleted."""
    path = Path(model.path)
    if model.source == "cache":
        path = path.parent.parent if path.parent.name == "snapshots" else path
    outer = {"folder": places.models(), "cache": _cache()}.get(model.source)
    if outer is None or outer not in path.parents or path.is_symlink():
        raise UserError(
            "{name} cannot be deleted here.", "Delete its folder yourself.", name=model.name
        )
    return path


def _added_by(model: Model) -> str:
    """The folder by whose adding it is listed."""
    within = {model.path, *map(str, Path(model.path).parents)}
    return next((folder for folder in register.read().folders if folder in within), "")


def find(name_or_path: str) -> Model:
    """By name, by the end of one name in any case, or by folder; UserError when there is none.

    The model may be unusable: look at its `problem`.
    """
    here = _all()
    for place in here:
        if place.name == name_or_path:
            return _looked_at(place)
    path = Path(os.path.expanduser(name_or_path))
    if name_or_path and os.path.exists(path):
        return _looked_at(_Place(path.resolve().name, path.resolve(), "folder"))
    end = name_or_path.casefold()
    ending = [place for place in here if end and _ends(place.name.casefold(), end)]
    if len(ending) == 1:
        return _looked_at(ending[0])
    if ending:
        raise UserError(
            "More than one model is called {name}.",
            "Write its whole name.",
            name=shown(name_or_path),
        )
    raise UserError(
        "There is no model called {name}.",
        "Run 'chatapp models' to see what is here.",
        name=shown(name_or_path),
    )


def _ends(name: str, end: str) -> bool:
    """Whole words: "8b" ends Llama-3.1-8B, "e" does not end Built-in guide."""
    before = name[: -len(end)][-1:]
    return name.endswith(end) and not (before.isalnum() and end[0].isalnum())


def _looked_at(place: _Place) -> Model:
    facts, problem = None, None
    try:
        facts = gate.check(place.path)
    except UserError as error:
        problem = error.with_traceback(None)
    return Model(
        name=place.name,
        path=str(place.path),
        source=place.source,
        bytes=_size(place.path),
        usable=problem is None,
        problem=problem,
        facts=facts,
        licence=_licence(place.path),
    )


def _licence(path: Path) -> str:
    """From the front matter of the model card: `license_name` where it is of its own kind."""
    try:
        with Folder(path).open(CARD) as file:
            card = file.read(CARD_BYTES).decode("utf-8", "replace")
    except (UserError, OSError):
        return ""
    if not card.startswith("---"):
        return ""
    front = card.partition("\n")[2].partition("\n---")[0]
    told = {name: shown(text.strip("'\" ")) for name, text in _LICENCE.findall(front)}
    return told.get("license_name") or told.get("license", "")


def _all() -> list[_Place]:
    """Every place that looks like a model, with names made unique."""
    found: dict[str, _Place] = {}
    folders = (*_in_folder(places.models(), "folder"), *_added())
    for place in (*_built_in(), *folders, *_in_cache(_cache())):
        name, count = place.name, 1
        while name in found:
            count += 1
            name = f"{place.name} ({count})"
        found[name] = _Place(name, place.path, place.source)
    return list(found.values())


def _built_in() -> Iterator[_Place]:
    if places.starter().is_dir():
        yield _Place(BUILT_IN, places.starter(), "built-in")


def _added() -> Iterator[_Place]:
    """Folders that the person named: a model each, or a folder of models."""
    for name in register.read().folders:
        folder = Path(name)
        if any(map(_is_file, _entries(folder))):
            yield _Place(folder.name, folder, "added")
        else:
            yield from _in_folder(folder, "added")


def _in_folder(folder: Path, source: Source) -> Iterator[_Place]:
    """Each sub-folder; one that holds only folders is an author's, and each of those a model."""
    for path in _folders(folder):
        inner = _folders(path)
        if inner and not any(map(_is_file, _entries(path))):
            yield from (_Place(f"{path.name}/{model.name}", model, source) for model in inner)
        else:
            yield _Place(path.name, path, source)


def _in_cache(cache: Path) -> Iterator[_Place]:
    for repository in _folders(cache):
        if repository.name.startswith("models--"):
            name = repository.name.removeprefix("models--").replace("--", "/")
            yield _Place(name, _snapshot(repository), "cache")


def _snapshot(repository: Path) -> Path:
    """The folder of the newest download; the repository itself when nothing was downloaded."""
    snapshots = {path.name: path for path in _folders(repository / "snapshots")}
    try:
        with Folder(repository / "refs").open("main") as file:
            commit = file.read(COMMIT_BYTES).decode("ascii").strip()
    except (UserError, OSError, ValueError):
        commit = ""
    newest = max(snapshots.values(), key=lambda path: path.stat().st_mtime, default=repository)
    return snapshots.get(commit, newest)


def _cache() -> Path:
    """Where huggingface_hub keeps its files, by the same variables."""
    told = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return places.expanded(told) if told else places.hugging_face() / "hub"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name.casefold())
    except OSError:  # not there, or not ours to read
        return []


def _folders(folder: Path) -> list[Path]:
    return [
        Path(entry.path)
        for entry in _entries(folder)
        if not entry.name.startswith(".") and os.path.isdir(entry.path)
    ]


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Also through a link; not through one that leads to itself, which `entry.is_file` raises."""
    return os.path.isfile(entry.path)


def _size(folder: Path) -> int:
    """Bytes of the files in the folder, links followed."""
    return sum(os.path.getsize(entry.path) for entry in filter(_is_file, _entries(folder)))
