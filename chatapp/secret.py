"""A secret in a file of its own that only its owner may read.

Knows nothing about what the secret opens.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from chatapp import note

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 4096  # bytes


def read(path: Path) -> str:
    """The secret; empty where there is none. One that others could read is none any more."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or (os.name == "posix" and about.st_mode & 0o077):
                return ""
            return file.read(LONGEST).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(path: Path, secret: str) -> None:
    """Keep it. Raises OSError."""
    note.write(path, secret + "\n")
