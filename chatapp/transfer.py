"""One file over HTTPS: resumed where it stopped, whole only when its checksum is right.

`NAME.part` holds what has come, `NAME.mark` how much of it is surely on the disk and which version
it is of, renewed every chunk; `NAME` appears by a rename once size and checksum are right. So a
kill at any moment costs at most one chunk. Knows nothing about models.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chatapp import note, web
from chatapp.chat import UserError
from chatapp.cut import Cut, stalled
from chatapp.foreign import shown

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from chatapp.web import Answer, Pace

RESERVE = 64_000_000  # bytes that stay free on the disk, for conversations and logs
LARGEST = 50_000_000_000  # bytes; the Hub serves no larger file over plain HTTPS
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_PLAIN = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,200}")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Part:
    """A file to get: its size in bytes, and the sha256 of its bytes or of its git blob (sha1)."""

    name: str
    size: int
    sha256: str = ""
    blob: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a transfer is: bytes kept so far, and what it does about the rest."""

    done: int
    doing: Literal["fetch", "check", "wait"] = "fetch"  # check: reading again what was kept
    faults: int = 0  # in a row, while it waits for its next try
    why: str = ""  # the last of them
    left_s: float = 0.0  # until that try


def safe_name(name: str) -> str:
    """A file name that means the same, and one place, on every system. Raises UserError."""
    plain = _PLAIN.fullmatch(name) and name.isprintable() and len(name.encode()) <= 200
    if not plain or name[0] in ". -~" or name[-1] in ". " or _DEVICES.fullmatch(name):
        raise UserError(
            "The file name {file} is not safe.",
            "Choose another model and report this one.",
            file=shown(name) or "''",
        )
    return name


def safe_join(folder: Path, name: str) -> Path:
    """Where a file of this name goes: always directly in the folder. Raises UserError."""
    return folder / safe_name(name)


def free_bytes(folder: Path) -> int:
    """What may still be written there; the reserve is taken off."""
    return shutil.disk_usage(folder).free - RESERVE


def full(needed: int, folder: Path) -> UserError:
    """The error for a disk without room. Amounts in GB."""
    return UserError(
        "The disk is full: {need} GB are needed, {free} GB are free.",
        "Free some space, then download again; what has come is kept.",
        need=round(needed / 1e9, 2),
        free=round(max(0, free_bytes(folder)) / 1e9, 2),
    )


def denied(answer: Answer, name: str) -> UserError:
    """The error for 401 and 403: a token that is wrong, or one that is missing or too weak."""
    if "invalid" in answer.headers.get("X-Error-Message", "").casefold():
        return UserError(
            "The Hub does not accept your token.",
            "Make a new one on the Hub's page and paste it.",
            "give_token",
        )
    return UserError(
        "{file} needs permission from the model's owner.",
        "Accept the terms on the model's page, then paste a token.",
        "open_page",
        "give_token",
        file=name,
    )


def unwritten(error: OSError, needed: int, folder: Path) -> UserError:
    """The error for a disk that takes no more of a file, or nothing at all."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        with contextlib.suppress(OSError):
            return full(needed, folder)
    if error.errno == errno.EFBIG:
        return UserError(
            "The disk of the models folder takes no files of this size.",
            "Choose a folder on a disk that is not formatted as FAT32 (CHATAPP_HOME).",
        )
    return UserError(
        "{file} cannot be written ({why}).",
        "Check the drive and its permissions.",
        file=folder.name,
        why=error.strerror or "",
    )


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Whole or not at all, also after a power cut."""
    note.write(path, json.dumps(values))


def read_json(path: Path) -> dict[str, Any]:
    """What it holds; nothing when it cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        values = json.loads(path.read_text("utf-8"))
        if isinstance(values, dict):
            return values
    return {}


class _Partial:
    """The bytes so far, on the disk and in the checksum."""

    def __init__(self, folder: Path, part: Part, chunk_bytes: int) -> None:
        self.part = part
        self._folder = folder
        self._chunk = chunk_bytes
        self._whole = safe_join(folder, part.name)
        self._path = folder / f"{part.name}.part"
        self._mark = folder / f"{part.name}.mark"
        kept = read_json(self._mark)
        same = kept.get("size") == part.size and kept.get("sum") == (part.sha256 or part.blob)
        told, etag = kept.get("done"), kept.get("etag")
        self.etag = etag if same and isinstance(etag, str) else ""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        # Unbuffered: what was received is in the system's hands at once.
        self._file = os.fdopen(os.open(self._path, flags, 0o600), "r+b", buffering=0)
        here = os.fstat(self._file.fileno()).st_size
        self.done = min(told, here, part.size) if same and type(told) is int and told > 0 else 0
        self._file.truncate(self.done)
        self._marked = self.done
        self._start_sum()

    def _start_sum(self) -> None:
        if self.part.sha256:
            self._sum = hashlib.sha256()
        else:
            self._sum = hashlib.sha1(b"blob %d\0" % self.part.size, usedforsecurity=False)

    def reread(self) -> Generator[None, None, None]:
        """Bring the checksum in step with what an earlier run left."""
        self._file.seek(0)
        left = self.done
        while left:
            data = self._file.read(min(left, 1 << 20))
            if not data:
                self.restart()
                return
            self._sum.update(data)
            left -= len(data)
            yield

    @property
    def room(self) -> int:
        """Bytes until the next mark or the end."""
        return min(self.part.size - self.done, self._chunk - (self.done - self._marked))

    def add(self, data: bytes) -> None:
        """The next bytes; a mark after each chunk. Raises UserError where they are refused."""
        try:
            self._write(data)
            self._sum.update(data)
            self.done += len(data)
            if not self.room:
                self.mark()
        except OSError as error:
            self._back()
            raise unwritten(error, self.part.size - self.done, self._folder) from error

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]

    def _back(self) -> None:
        """After a write that ended half way: nothing beyond what is counted."""
        with contextlib.suppress(OSError):
            self._file.truncate(self.done)
            self._file.seek(self.done)

    def mark(self) -> None:
        """From here on it is kept."""
        os.fsync(self._file.fileno())
        about = {"size": self.part.size, "sum": self.part.sha256 or self.part.blob}
        write_json(self._mark, about | {"etag": self.etag, "done": self.done})
        self._marked = self.done
        if self.done < self.part.size and free_bytes(self._folder) <= 0:
            raise full(self.part.size - self.done, self._folder)

    def restart(self) -> None:
        """From nothing: what is here belongs to something else."""
        self._file.seek(0)
        self._file.truncate(0)
        self.done = self._marked = 0
        self.etag = ""
        self._mark.unlink(missing_ok=True)
        self._start_sum()

    @property
    def right(self) -> bool:
        """Whether the checksum is the one that was promised."""
        return self._sum.hexdigest() == (self.part.sha256 or self.part.blob)

    def finish(self) -> None:
        """Whole and checked: take the real name."""
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._path, self._whole)
        self._mark.unlink(missing_ok=True)

    def close(self) -> None:
        """Keep what has come, also at a pause."""
        if self._file.closed:
            return
        with contextlib.suppress(OSError, UserError):  # a full disk keeps the last mark
            if self.done != self._marked:
                self.mark()
        self._file.close()


def kept_bytes(folder: Path, part: Part) -> int:
    """How much of it is here and need not be sent again."""
    with contextlib.suppress(OSError):
        if (folder / part.name).stat().st_size == part.size:
            return part.size
    told = read_json(folder / f"{part.name}.mark").get("done")
    with contextlib.suppress(OSError):
        here = (folder / f"{part.name}.part").stat().st_size
        return min(told, here, part.size) if type(told) is int and told > 0 else 0
    return 0


def fetch(part: Part, url: str, folder: Path, pace: Pace) -> Generator[Step, None, None]:
    """Yield a Step again and again until the file is whole and checked.

    Closing the generator is a pause. Raises UserError; what has come is kept.
    """
    try:
        yield from _fetch(part, url, folder, pace)
    except OSError as error:
        raise unwritten(error, part.size, folder) from error


def _fetch(part: Part, url: str, folder: Path, pace: Pace) -> Generator[Step, None, None]:
    whole = safe_join(folder, part.name)
    if kept_bytes(folder, part) == part.size and whole.is_file():
        yield Step(part.size)  # it got its name after its check
        return
    partial = _Partial(folder, part, pace.chunk_bytes)
    patience = web.Patience(url, pace, keeps=True)
    spoilt = False
    try:
        for _ in partial.reread():
            yield Step(partial.done, "check")
        while True:
            before = partial.done
            try:
                yield from _stream(partial, url, pace)
            except Cut as fault:
                if partial.done > before:
                    patience.renew()
                for left_s in patience.wait(fault):
                    yield Step(partial.done, "wait", patience.faults, fault.why, left_s)
                continue
            if partial.right:
                partial.finish()
                yield Step(part.size)
                return
            partial.restart()
            if spoilt:  # twice: it is not the way, it is the file
                raise UserError(
                    "{file} does not match its checksum.",
                    "Download this file again.",
                    file=part.name,
                )
            spoilt = True
    finally:
        partial.close()


def _stream(partial: _Partial, url: str, pace: Pace) -> Iterator[Step]:
    """One connection's worth; returns when all bytes are here. Raises Cut."""
    if partial.done == partial.part.size:
        return
    headers = {}
    if partial.done:
        headers["Range"] = f"bytes={partial.done}-"
        if partial.etag:
            headers["If-Range"] = partial.etag
    steps = web.ask(url, pace, headers)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: Answer = end.value
            break
        yield Step(partial.done)
    try:
        skip = _accepted(answer, partial)
        yield from _body(answer, partial, skip, pace)
    finally:
        answer.close()


def _body(answer: Answer, partial: _Partial, skip: int, pace: Pace) -> Iterator[Step]:
    """Read on; the first `skip` bytes are here already."""
    heard = told = time.monotonic()
    while partial.done < partial.part.size:
        web.refuse_offline()  # also in the middle of a file; what has come stays
        data = answer.read(min(web.BLOCK, skip or partial.room))
        now = time.monotonic()
        if data is None:
            if now - heard > pace.stall_s:
                raise stalled(pace.stall_s)
        elif not data:
            raise Cut("the connection was cut")
        else:
            heard = now
            if skip:
                skip -= len(data)
            else:
                partial.add(data)
        if data is None or now - told >= pace.tell_s:
            told = now
            yield Step(partial.done)


def _accepted(answer: Answer, partial: _Partial) -> int:
    """How many bytes of this body to drop. Raises Cut where it is not what was asked for."""
    _refuse(answer, partial.part)
    if answer.headers.get("Content-Encoding", "identity") not in ("", "identity"):
        raise Cut("the bytes were repacked on the way")
    etag = answer.headers.get("ETag", "")
    etag = etag if etag.startswith('"') else ""  # a weak one says nothing about bytes
    if partial.etag and etag and etag != partial.etag:
        partial.restart()
        if answer.status == 206:
            raise Cut("the file has changed", 0.0)
    partial.etag = etag or partial.etag
    size, length = partial.part.size, answer.headers.get("Content-Length", "")
    if answer.status == 200:
        if length and length != str(size):
            told = "it sends {length} bytes instead of {size}"
            raise Cut(told, length=shown(length, 20), size=size)
        return partial.done  # it ignored the range: what is here need not be written again
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status != 206 or not found:
        raise Cut("the server says {status}", status=answer.status)
    if int(found[1]) != partial.done or found[3] not in ("*", str(size)):
        raise Cut("the server sends another part of the file")
    return 0


def _refuse(answer: Answer, part: Part) -> None:
    """A status that is no success: a Cut where waiting helps, else a UserError."""
    if fault := web.passing(answer):
        raise fault
    if answer.status in (401, 403):
        if not web.is_endpoint(answer.url):  # a signed address that ran out; the next one is fresh
            raise Cut("the link's signature ran out")
        raise denied(answer, part.name)
    if answer.status in (404, 410):
        raise UserError(
            "{file} is not there any more.",
            "Search for the model again.",
            "search_hub",
            file=part.name,
        )
