"""What the person said about models: names of their own, and folders elsewhere to look in.

One small JSON file in the data folder. Knows nothing about what lies in the folders.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from chatapp import places, transfer
from chatapp.chat import UserError, clean

FILE = "library.json"
LONGEST_NAME = 100  # characters
MOST_FOLDERS = 200


@dataclass(frozen=True, slots=True)
class Register:
    """`names` maps a model's folder to what the window calls it."""

    names: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


def read() -> Register:
    """What was said so far; what cannot be read counts as nothing."""
    told = transfer.read_json(places.data() / FILE)
    names, folders = told.get("names"), told.get("folders")
    return Register(
        {
            path: clean(name)[:LONGEST_NAME]
            for path, name in (names.items() if isinstance(names, dict) else ())
            if isinstance(name, str)
        },
        tuple(path for path in (folders if isinstance(folders, list) else ())[:MOST_FOLDERS]
              if isinstance(path, str)),
    )  # fmt: skip


def rename(path: str, name: str) -> None:
    """Call the model in this folder so; an empty name takes its own again."""
    register = read()
    name = " ".join(clean(name).split())[:LONGEST_NAME]
    names = {other: kept for other, kept in register.names.items() if other != path}
    _write(replace(register, names=names | {path: name} if name else names))


def add_folder(path: str) -> None:
    """Look in this folder too. Raises UserError."""
    folder, register = Path(path).resolve(), read()
    if not folder.is_dir():
        raise UserError("{folder} is not a folder.", "Choose another one.", folder=folder.name)
    if str(folder) not in register.folders:
        _write(replace(register, folders=(*register.folders, str(folder))))


def drop_folder(path: str) -> None:
    """Look there no more; what lies there stays."""
    register = read()
    _write(replace(register, folders=tuple(f for f in register.folders if f != path)))


def _write(register: Register) -> None:
    told = {"names": register.names, "folders": list(register.folders)}
    try:
        transfer.write_json(places.data() / FILE, told)
    except OSError:
        raise UserError(
            "The settings could not be saved.", "Free some space on the disk."
        ) from None
