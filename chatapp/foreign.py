"""Files that strangers made: opened without hanging, parsed within bounds, named without tricks.

Knows nothing about models. A folder may be a snapshot of the Hugging Face cache, whose files are
links into the `blobs` folder beside it; every other link out of the folder is refused.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from chatapp.chat import UserError, clean
from chatapp.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

Pairs = list[tuple[str, Any]]

DRIVE = Reason("the drive does not answer")
REFUSED = Reason("there is no permission")
ABSENT = Reason("it is not there")
NO_FILE = Reason("it is not a file")
_WHY = {
    errno.ENOENT: ABSENT,
    errno.EACCES: REFUSED,
    errno.EPERM: REFUSED,
    errno.ELOOP: Reason("its link leads in a circle"),
    errno.EIO: DRIVE,
}
# Above this size a text is counted before it is parsed: a million empty lists need 25 times the
# memory of their text. What is real has at most one bracket in 16 bytes and one comma in 6.
_LARGE = 4_000_000


def shown(name: str, length: int = 100) -> str:
    """A stranger's text for one of our sentences: one line, printable, not long."""
    short = clean(name) if len(name) <= length else clean(name[:length]) + "\u2026"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in short)


def as_json(value: object) -> str:
    """One line for a script; a file's name that is no text keeps its bytes, escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def unreadable(file: str, why: str) -> UserError:
    """The error for a file that the system, or a link in it, does not let us read."""
    named = why in (ABSENT, NO_FILE)
    return UserError(
        "{file} cannot be read ({why}).",
        "Check its name and the drive." if named else "Check the drive and its permissions.",
        file=shown(file),
        why=why,
    )


def damaged(file: str) -> UserError:
    """The error for a file that is not what its name says."""
    return UserError("{file} is damaged.", "Download it again.", file=shown(file))


class Folder:
    """A folder of a stranger's files."""

    def __init__(self, path: Path) -> None:
        """List it; raise UserError when it cannot be listed."""
        self.root = Path(os.path.realpath(path))
        self.name = shown(_title(self.root))
        self._roots = [self.root]
        if self.root.parent.name == "snapshots":
            self._roots.append(self.root.parent.parent / "blobs")
        try:
            self.names = frozenset(os.listdir(self.root)) if self.root.is_dir() else frozenset()
            self.root.lstat()
        except OSError as error:
            raise unreadable(self.name, _why(error)) from error

    def has(self, name: str) -> bool:
        """Whether the name leads to something, also through a link."""
        return os.path.exists(self.root / name)

    def open(self, name: str) -> BinaryIO:
        """Open for reading; a pipe, a device, a link out or in a circle raises UserError."""
        real = Path(os.path.realpath(self.root / name))
        if not any(root in real.parents for root in self._roots):
            raise unreadable(name, Reason("its link leads out of the folder"))
        flags = os.O_RDONLY  # without O_NONBLOCK a pipe would make us wait for its other end
        for extra in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
            flags |= getattr(os, extra, 0)
        try:
            descriptor = os.open(real, flags)
        except (OSError, ValueError) as error:
            raise unreadable(name, _why(error)) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise unreadable(name, NO_FILE)
        return os.fdopen(descriptor, "rb")

    def read(self, name: str, limit_bytes: int) -> bytes:
        """The whole file; a larger one raises UserError, and its rest is not read."""
        with self.open(name) as file:
            try:
                raw = file.read(limit_bytes + 1)
            except OSError as error:
                raise unreadable(name, _why(error)) from error
        if len(raw) > limit_bytes:
            raise damaged(name)
        return raw

    def json(
        self, name: str, limit_bytes: int, pairs: Callable[[Pairs], Any] | None = None
    ) -> dict[str, Any]:
        """The object that the file holds; anything else raises UserError."""
        return object_of(self.read(name, limit_bytes), name, pairs)


def object_of(raw: bytes, name: str, pairs: Callable[[Pairs], Any] | None = None) -> dict[str, Any]:
    """The object that a file of this name holds; anything else raises UserError."""
    try:
        values = parse(raw, pairs)
    except ValueError as error:
        raise damaged(name) from error
    if not isinstance(values, dict):
        raise damaged(name)
    return values


def parse(raw: bytes, pairs: Callable[[Pairs], Any] | None = None) -> Any:
    """The JSON value, or ValueError; `pairs` makes the objects, as in `json.loads`."""
    if is_dense(raw):
        raise ValueError("too many values")
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=pairs)
    except RecursionError:
        raise ValueError("too deep") from None


def is_dense(raw: bytes) -> bool:
    """Whether a large text of JSON holds more values than any real one."""
    if len(raw) <= _LARGE:
        return False
    brackets = raw.count(b"[") + raw.count(b"{")
    return brackets > len(raw) // 16 or raw.count(b",") > len(raw) // 6


def _why(error: OSError | ValueError) -> Reason:
    return _WHY.get(getattr(error, "errno", None) or 0, Reason("the system refuses it"))


def _title(root: Path) -> str:
    """The folder's name; for a snapshot of the cache the model's."""
    if root.parent.name == "snapshots":
        return root.parent.parent.name.removeprefix("models--").replace("--", "/")
    return root.name
