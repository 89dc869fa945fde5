"""The door: the window, or a command, chosen before anything heavy is imported."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import logging.handlers
import os
import sys
from typing import TYPE_CHECKING

from chatapp import cli, places, usage
from chatapp.chat import UserError

if TYPE_CHECKING:
    from io import TextIOWrapper


def main(argv: list[str] | None = None) -> int:
    """Run what the arguments ask for; the process's exit code."""
    options = usage.parse(sys.argv[1:] if argv is None else argv)
    if options.fresh:
        cli.use_fresh_home()
    try:
        _log(options.log)
        if options.command or not _has_display():
            code = cli.run(options)
            sys.stdout.flush()  # here, where a drive that is full can be told
            return code
        return _open_window(options.no_model)
    except UserError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `chatapp ask ... | head`
        _forget_output()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename:
            raise
        _forget_output()
        print("The output cannot be written. Make room on its drive.", file=sys.stderr)  # noqa: T201
        return 1


def _forget_output() -> None:
    """What is still to be written would fail again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_window(no_model: bool) -> int:
    gc.disable()  # until the first paint: walking the objects of imports only delays it
    try:
        from chatapp.ui import app
    except ImportError as error:
        raise UserError(
            "The window's library is missing ({name}).",
            "Run 'python3 packaging/launch.py --setup'.",
            name=str(error),
        ) from None
    return app.run(no_model=no_model)


def _has_display() -> bool:
    """Qt aborts the process where it finds no display, so look first."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(k) for k in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


class _OwnerFile(logging.handlers.RotatingFileHandler):
    """For its owner alone, also where the folder is open to others."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with contextlib.suppress(OSError):
            os.chmod(self.baseFilename, 0o600)  # an older ChatApp may have made it
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)


def _log(level: str) -> None:
    """One rotating file, without prompts or answers."""
    try:
        file = _OwnerFile(
            places.logs() / "chatapp.log", maxBytes=2_000_000, backupCount=4, encoding="utf-8",
            errors="backslashreplace",  # a file's name may be no text
        )  # fmt: skip
    except (OSError, UserError):  # a full or read-only disk must not keep the app from starting
        return
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("chatapp")
    root.addHandler(file)
    root.setLevel(level.upper())


if __name__ == "__main__":
    sys.exit(main())
