"""The person's token of the Hub: where Hugging Face's own tools keep it, and what may be one.

Knows nothing about whom it is shown to.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from chatapp import note, places
from chatapp.chat import UserError

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")  # the environment's, before the file


def read() -> str:
    """The person's Hugging Face token from where Hugging Face's own tools keep it, or nothing."""
    told = next(filter(None, map(os.environ.get, TOKENS)), None) or _kept()
    return told.strip() if _is_token(told.strip()) else ""


def keep(secret: str) -> None:
    """Write it where Hugging Face's own tools keep it; only its owner may read it.

    It counts from now on, also where the environment tells another one. Raises UserError.
    """
    path, secret = _place(), secret.strip()
    if not _is_token(secret):
        raise UserError(
            "What was pasted is not a token.", "Copy the whole token on the Hub's page, alone."
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write(path, secret)
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Check the drive and its permissions.",
            file=path.name,
            why=error.strerror or "",
        ) from error
    for name in TOKENS:
        os.environ.pop(name, None)


def _is_token(told: str) -> bool:
    """Whether it can stand in a header."""
    return told != "" and told.isascii() and told.isprintable() and " " not in told


def _place() -> Path:
    told = os.environ.get("HF_TOKEN_PATH")
    return places.expanded(told) if told else places.hugging_face() / "token"


def _kept() -> str:
    with contextlib.suppress(OSError, ValueError):
        return _place().read_text("utf-8")[:1000]
    return ""
