"""A model's chat template as its folder has it: the program that turns messages into a prompt.

Read to be looked at, never run here. Knows nothing about tokenizers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatapp.chat import Found, clean
from chatapp.foreign import Folder, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chatapp.chat import Event

LIMIT = 4_000_000  # bytes of a file that it may be in
PLAIN, BESIDE, INSIDE = "chat_template.jinja", "chat_template.json", "tokenizer_config.json"
USUAL = "default"  # of several by name, the one that chats use


@dataclass(frozen=True, slots=True)
class Template:
    """Its text; empty where the model has none and continues plain text."""

    text: str = ""
    file: str = ""  # which of the model's files it is in
    digest: str = ""  # SHA-256 of the text, to compare it with another copy


def read(path: Path) -> Template:
    """The template that transformers would use. Raises UserError for a damaged file."""
    folder = Folder(path)
    text, file = "", ""
    if folder.has(PLAIN):
        try:
            text, file = folder.read(PLAIN, LIMIT).decode("utf-8"), PLAIN
        except UnicodeDecodeError as error:
            raise damaged(PLAIN) from error
    for name in (BESIDE, INSIDE):
        if not text and folder.has(name):
            text, file = _chosen(folder.json(name, LIMIT).get("chat_template")), name
    if not text:
        return Template()
    return Template(clean(text), file, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())


def look(path: Path) -> Iterator[Event]:
    """The same as an errand: one Found."""
    yield Found((read(path),))


def _chosen(told: Any) -> str:
    """One text, or of several with names the usual one."""
    if isinstance(told, list):
        rows = [row for row in told if isinstance(row, dict)]
        told = next((row.get("template") for row in rows if row.get("name") == USUAL), "")
    return told if isinstance(told, str) else ""
