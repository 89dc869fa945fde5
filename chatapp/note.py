"""A small file of ours: whole or not at all, also after a power cut, and for its owner alone.

Knows nothing about what is in it.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OWNER = 0o600


def write(path: Path, text: str) -> None:
    """Write beside and rename: after a crash the file is the old one or the new one.

    Raises OSError.
    """
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)  # what a crash left may be open to others
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Let a new name in this folder survive a power cut, where the system knows how."""
    with contextlib.suppress(OSError):  # Windows opens no folder; the file itself is written
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
