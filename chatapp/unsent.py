"""What a new chat holds before its first message: the draft, and how it is to be answered.

A file of its own beside the conversations, because a chat is stored with its first message. A
damaged file is an empty one. Knows nothing about what a draft's text means.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chatapp import note, places
from chatapp.chat import Manner, UserError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "unsent.json"
LARGEST = 64_000_000  # bytes: ten attached files are a part of it


def _file() -> Path:
    return places.data() / NAME


def _kept() -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        with _file().open("rb") as file:
            found = json.loads(file.read(LARGEST))
        if isinstance(found, dict):
            return found
    return {}


def draft() -> str:
    """As it was given to `keep_draft`; empty where there is none."""
    found = _kept().get("draft")
    return found if isinstance(found, str) else ""


def manner() -> Manner | None:
    """How it is to be answered, where something was said about that."""
    try:
        told = _kept()["manner"]
        own = tuple((str(name), value) for name, value in told["knobs"])
        words = [told[name] for name in ("system", "preset", "adapter")]
    except (KeyError, TypeError, ValueError):
        return None
    if not all(isinstance(word, str) for word in words):
        return None
    system, preset, adapter = words
    return Manner(system, preset, own, adapter)


def keep_draft(draft: str) -> None:
    """Empty takes it away. Raises UserError."""
    _keep("draft", draft)


def keep_manner(manner: Manner | None) -> None:
    """None takes it away. Raises UserError."""
    _keep("manner", asdict(manner) if manner else None)


def _keep(name: str, value: Any) -> None:
    """One of both, whole or not at all; without anything there is no file."""
    before = _kept()
    after = {**before, name: value} if value else {k: v for k, v in before.items() if k != name}
    text = json.dumps(after)
    if text == json.dumps(before):
        return
    path = _file()
    try:
        if not after:
            path.unlink(missing_ok=True)
            return
        note.write(path, text)
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Check the drive and its permissions.",
            file=NAME,
            why=error.strerror or "",
        ) from error
