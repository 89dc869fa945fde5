"""What remains of a hard crash: the stacks of all threads, in a file of the logs folder.

Only what Python sees as its own death (a fault in native code, an abort) is written; a kill and a
power cut leave nothing. Knows nothing about windows.
"""

from __future__ import annotations

import contextlib
import faulthandler
from typing import TYPE_CHECKING, TextIO

from chatapp import places
from chatapp.chat import UserError

if TYPE_CHECKING:
    from pathlib import Path

NOW, LAST = "crash.txt", "crash-last.txt"
SIGN = "Fatal Python error"
READ = 4096  # characters
_open: list[TextIO] = []  # faulthandler writes to it until the process ends


def watch() -> Path | None:
    """From now on a crash leaves its stacks; where those of the run before are, if it left some."""
    last: Path | None = None
    # A full or read-only disk must not keep us from starting.
    with contextlib.suppress(OSError, UserError):
        now, last_file = places.logs() / NOW, places.logs() / LAST
        if now.exists() and _tells(now):
            now.replace(last_file)
            last = last_file
        file = now.open("w", encoding="utf-8")
        _open.append(file)
        faulthandler.enable(file)
    return last


def _tells(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return SIGN in opened.read(READ)
