"""Downloads of whole models: what is under way, each file in turn, and the name at the end.

Under way, a model is a folder in `.downloads` of the models folder, which nobody lists as a
model: its files, and `download.json`, which tells what is still to come and so survives a restart.
Once each file has its checksum the folder is renamed to what the library lists. One process at a
time works on a download. Knows nothing about what a model's files mean.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import hub, places, transfer, web
from chatapp.chat import Fetched, UserError
from chatapp.hub import Entry
from chatapp.transfer import Part
from chatapp.web import Pace

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from chatapp.hub import Offer

UNDER_WAY = ".downloads"
NOTE = "download.json"
SOURCE = "download.source.json"  # in a whole model: where it is from
SPEED_S = 5.0  # the time that a speed is of


@dataclass(frozen=True, slots=True)
class Download:
    """A model that is wanted and not whole yet."""

    entry: Entry
    parts: tuple[Part, ...]
    folder: str  # where its files are meanwhile
    kept: int = 0  # bytes that are here; as of the moment it was asked for

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(part.size for part in self.parts)


class _Speed:
    """Bytes a second over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def of(self, sent: int) -> float:
        """After so many bytes."""
        now = time.monotonic()
        self._seen.append((now, sent))
        while now - self._seen[0][0] > SPEED_S:
            self._seen.popleft()
        began, before = self._seen[0]
        return (sent - before) / (now - began) if now > began else 0.0


# -- the list -------------------------------------------------------------------------------------


def _root() -> Path:
    return places.models() / UNDER_WAY


def under_way() -> list[Download]:
    """All that wait or were interrupted, the oldest first."""
    folders: list[Path] = []
    with contextlib.suppress(OSError):
        folders = sorted(_root().iterdir(), key=lambda path: path.stat().st_mtime)
    found = (_read(folder) for folder in folders)
    return [replace(download, kept=kept_bytes(download)) for download in found if download]


def begin(offer: Offer) -> Download:
    """Remember that this model is wanted; the same one goes on where it was. Raises UserError."""
    if offer.problem:
        raise offer.problem
    entry = offer.entry
    folder = _root() / f"{entry.name.replace('/', '--')}@{entry.commit[:12]}"
    download = Download(entry, offer.parts, str(folder))
    download = replace(download, kept=kept_bytes(download))
    told = {"entry": asdict(entry), "parts": [asdict(part) for part in offer.parts]}
    with _writing(download):
        _require_room(download)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        transfer.write_json(folder / NOTE, told)
    return download


def remove(download: Download) -> None:
    """Forget it, with all that has come. Raises UserError while another process works on it."""
    with _alone(download):
        shutil.rmtree(download.folder, ignore_errors=True)


def kept_bytes(download: Download) -> int:
    """What need not be sent again."""
    folder = Path(download.folder)
    return sum(transfer.kept_bytes(folder, part) for part in download.parts)


def home(name: str) -> Path:
    """Where the library will find this model: a folder in its author's folder."""
    *author, model = (transfer.safe_name(piece) for piece in name.split("/"))
    outer = places.models().joinpath(*author)
    if author and outer.is_dir() and any(path.is_file() for path in outer.iterdir()):
        return places.models() / f"{author[0]}--{model}"  # the author's name is a model's already
    return outer / model


def here(offer: Offer) -> Path | None:
    """Where this very commit is, if it was downloaded before and nothing was taken away since."""
    place = home(offer.entry.name)
    for folder in (place, _beside(place, offer.entry)):
        if transfer.read_json(folder / SOURCE).get("commit") != offer.entry.commit:
            continue
        if all(transfer.kept_bytes(folder, part) == part.size for part in offer.parts):
            return folder
    return None


def _beside(place: Path, entry: Entry) -> Path:
    """The place where the usual one holds something that is not ours."""
    return place.with_name(f"{place.name} {entry.commit[:7]}")


def _read(folder: Path) -> Download | None:
    """From its note; None where that is missing or not ours."""
    told = transfer.read_json(folder / NOTE)
    try:
        entry = Entry(**told["entry"])
        parts = tuple(Part(**part) for part in told["parts"])
        for part in parts:
            transfer.safe_name(part.name)
        for piece in entry.name.split("/"):
            transfer.safe_name(piece)
    except (KeyError, TypeError, UserError):
        return None
    return Download(entry, parts, str(folder))


def _require_room(download: Download) -> None:
    lacking = download.bytes - download.kept
    if lacking > transfer.free_bytes(places.models()):
        raise transfer.full(lacking, places.models())


# -- the work -------------------------------------------------------------------------------------


def run(download: Download, pace: Pace) -> Generator[Fetched, None, Path]:
    """Bring what is missing, then give the folder its name; returns that. Raises UserError.

    Closing the generator is a pause; everything that has come is kept.
    """
    folder = Path(download.folder)
    with _writing(download), _alone(download):
        _require_room(replace(download, kept=kept_bytes(download)))
        speed, sent, before = _Speed(), 0, 0
        for number, part in enumerate(download.parts, start=1):
            last = transfer.kept_bytes(folder, part)
            steps = transfer.fetch(part, hub.address(download.entry, part), folder, pace)
            with contextlib.closing(steps):
                for step in steps:
                    sent += max(0, step.done - last)
                    last = step.done
                    yield Fetched(
                        download.entry.name, before + step.done, download.bytes, speed.of(sent),
                        part.name, number, len(download.parts), step.doing, step.faults, pace.tries,
                        step.why, step.left_s,
                    )  # fmt: skip
            before += part.size
        return _give_name(download)


def get(name: str, revision: str, tell: Callable[[Fetched], None]) -> dict[str, Any]:
    """The whole way at once, for the terminal; facts about what came. Raises UserError."""
    try:
        return _got(name, revision, tell)
    except UserError as error:
        if "open_page" in error.cures:
            remedy = "Accept the terms on the model's page and set HF_TOKEN, then download again."
        elif "give_token" in error.cures:
            remedy = "Make a new one on the Hub's page and set HF_TOKEN."
        else:
            raise
        raise UserError(error.sentence, remedy, **error.values) from error


def words(news: Fetched) -> str:
    """How it stands, in one line of the terminal."""
    line = f"{news.model} {100 * news.done // max(news.total, 1)} %"
    if news.doing == "check":
        return f"{line}: comparing checksums"
    if news.doing == "wait":
        when = f"trying again in {math.ceil(news.left_s)} s ({news.faults + 1} of {news.tries})"
        return f"{line}: {news.why}; {when}"
    return f"{line}, {news.bytes_per_s / 1e6:.1f} MB/s, file {news.number} of {news.files}"


def _got(name: str, revision: str, tell: Callable[[Fetched], None]) -> dict[str, Any]:
    began, pace = time.monotonic(), Pace()
    offer = web.finished(hub.look(name, revision, pace))
    sent, entry = 0, offer.entry
    if offer.problem:
        raise offer.problem
    path = here(offer)
    if path is None:
        download = begin(offer)
        sent = offer.bytes - download.kept
        path = _told(run(download, pace), tell)
    return {
        "model": entry.name,
        "revision": revision,
        "commit": entry.commit,
        "path": str(path),
        "licence": entry.licence,
        "bytes": offer.bytes,
        "files": len(offer.parts),
        "fetched_bytes": sent,
        "seconds": round(time.monotonic() - began, 2),
    }


def _told(events: Generator[Fetched, None, Path], tell: Callable[[Fetched], None]) -> Path:
    while True:
        try:
            tell(next(events))
        except StopIteration as end:
            path: Path = end.value
            return path


def _give_name(download: Download) -> Path:
    """The one step after which it is a model; an older copy of ours makes room for it."""
    entry, folder, place = download.entry, Path(download.folder), home(download.entry.name)
    transfer.write_json(folder / SOURCE, {"model": entry.name, "commit": entry.commit})
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.exists() and not (place / SOURCE).exists():  # somebody else's
        place = _beside(place, entry)
    old = folder.with_name(f"old-{folder.name}")
    if place.exists():
        shutil.rmtree(old, ignore_errors=True)
        os.replace(place, old)
    os.replace(folder, place)
    shutil.rmtree(old, ignore_errors=True)
    (place / NOTE).unlink(missing_ok=True)
    return place


@contextlib.contextmanager
def _writing(download: Download) -> Iterator[None]:
    """A disk that is full, or may only be read, is told as that."""
    try:
        yield
    except OSError as error:
        raise transfer.unwritten(error, download.bytes, places.models()) from error


@contextlib.contextmanager
def _alone(download: Download) -> Iterator[None]:
    """While no other process works on it; the system takes the lock back when we are killed."""
    file = Path(f"{download.folder}.lock")
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(
                "{model} is being downloaded by another window or command.",
                "Wait until that has ended.",
                model=download.entry.name,
            ) from None
        yield
    finally:
        os.close(descriptor)
        if not Path(download.folder).exists():
            with contextlib.suppress(OSError):
                file.unlink()
