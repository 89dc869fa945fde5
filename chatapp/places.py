"""Where files are: data, models, logs, and the resources that ship with the program.

Works in a checkout and in a wheel. `CHATAPP_HOME` moves everything a person owns
into one folder. Each raises UserError for a folder that cannot be made. Knows nothing about what
the files hold.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from chatapp.chat import UserError

_APP = "chatapp"


def expanded(path: str) -> Path:
    """With the person's home and variables put in; a home that nobody has stays as it is."""
    return Path(os.path.expanduser(os.path.expandvars(path)))


def hugging_face() -> Path:
    """Where Hugging Face's own tools keep things, by the same variables."""
    told = os.environ.get
    return expanded(
        told("HF_HOME") or os.path.join(told("XDG_CACHE_HOME") or "~/.cache", "huggingface")
    )


def home() -> Path | None:
    """The one folder that `CHATAPP_HOME` names, or None for the system's usual places."""
    value = os.environ.get("CHATAPP_HOME")
    return Path(os.path.expanduser(value)).absolute() if value else None


def _folder(inside_home: str, usual: str) -> Path:
    base = home()
    path = base / inside_home if inside_home and base else base or Path(usual)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "The folder {folder} cannot be used ({why}).",
            "Check its permissions, or set CHATAPP_HOME to another folder.",
            folder=str(path),
            why=error.strerror or type(error).__name__,
        ) from error
    return path


def data() -> Path:
    """Conversations and adapters."""
    return _folder("", platformdirs.user_data_dir(_APP, appauthor=False))


def settings_file() -> Path:
    """The settings, one JSON file."""
    return _folder("", platformdirs.user_config_dir(_APP, appauthor=False)) / "settings.json"


def logs() -> Path:
    """Log and crash files."""
    return _folder("logs", platformdirs.user_log_dir(_APP, appauthor=False))


def models() -> Path:
    """The models folder: each model is a folder in it."""
    return _folder("models", str(data() / "models"))


def adapters() -> Path:
    """The adapters: each is a folder in it."""
    return _folder("adapters", str(data() / "adapters"))


def store_file() -> Path:
    """The conversation database."""
    return data() / "chats.sqlite3"


def resources() -> Path:
    """Files that ship with the program: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def example_set() -> Path:
    """Training data to try: a lighthouse keeper's way of answering, in 58 examples."""
    return resources() / "lighthouse.jsonl"


def starter() -> Path:
    """The built-in model."""
    return resources() / "starter"
