"""What the Training page has done elsewhere: each is a generator of Events for a worker.

Only the worker's thread imports what that needs, since none of it may delay the first paint. Knows
nothing about threads or widgets.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatapp.chat import Found, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.adapters import Adapter
    from chatapp.chat import Event
    from chatapp.course import Course
    from chatapp.library import Model
    from chatapp.memory import Light
    from chatapp.ongoing import Paused
    from chatapp.store import Store
    from chatapp.tuning import Tuning


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a training needs beside what is loaded; bytes by part."""

    light: Light
    parts: dict[str, int]
    device: str  # empty = the computer itself


def from_chats(store: Store) -> Iterator[Event]:
    """Found: the Path of a file with the liked answers. Raises UserError when there are none."""
    from chatapp import liked, places

    yield Found((liked.write(store.liked(), places.data() / "training"),))


def pairs_from_chats(store: Store) -> Iterator[Event]:
    """Found: the Path of a file with preferred answers against others. Raises UserError."""
    from chatapp import liked, places

    yield Found((liked.write_pairs(store.preferred(), places.data() / "training"),))


def made() -> Iterator[Event]:
    """Found: the adapters that are here, and the trainings that can go on."""
    from chatapp import adapters, ongoing

    yield Found((tuple(adapters.adapters()), tuple(ongoing.paused())))


def begin(asked: Course) -> Iterator[Event]:
    """Found: the Course, noted so that it can go on after a crash. Raises UserError."""
    from chatapp import ongoing

    if asked.folder.exists() and any(asked.folder.iterdir()):
        raise UserError("There is already something called {name}.", "Choose another name.",
                        name=asked.folder.name)  # fmt: skip
    try:
        ongoing.remember(asked)
    except OSError as error:
        raise UserError(
            "The training could not be noted ({why}).",
            "Free some space on the disk, then try again.",
            why=error.strerror or type(error).__name__,
        ) from error
    yield Found((asked,))


def resume(paused: Paused) -> Iterator[Event]:
    """Found: the Course that goes on. Raises UserError."""
    yield Found((paused.again(),))


def end(folder: str) -> Iterator[Event]:
    """This training will not go on; what it made stays."""
    from chatapp import ongoing

    ongoing.forget(folder)
    yield Found(())


def forecast(model: Model, tuning: Tuning, resident: bool, pairs: bool = False) -> Iterator[Event]:
    """Found: a Forecast, or nothing where the model's sizes are not known.

    `resident`: an adapter is trained beside the loaded model, whose weights are there already.
    `pairs`: the two answers of a pair are read side by side.
    """
    from chatapp import cards, memory

    shape = model.facts.shape if model.facts else None
    if shape is None or tuning.what == "scratch":
        yield Found(())
        return
    here = cards.here()
    usual = memory.usual_dtype(shape, here.kind)
    plan = memory.Plan(
        "float32" if tuning.precision == "float32" else usual,
        min(tuning.longest, memory.longest(shape)),
        here.kind,
        training="lora" if tuning.what == "adapter" else "full",
        rows=max(2, min(tuning.at_once, 2 * tuning.batch))
        if pairs
        else min(tuning.at_once, tuning.batch),
        rank=tuning.rank,
        saves=tuning.save_memory == "on"
        or (tuning.save_memory == "auto" and shape.parameters >= memory.SMALL),
    )
    needed = memory.parts(shape, plan)
    if resident and tuning.what == "adapter":
        needed = {name: n for name, n in needed.items() if name not in ("weights", "runtime")}
    light = memory.verdict(sum(needed.values()), here.free_bytes)
    yield Found((Forecast(light, needed, "" if here.kind == "cpu" else here.name),))


def delete(adapter: Adapter) -> Iterator[Event]:
    """Take an adapter's folder away. Raises UserError."""
    from chatapp import ongoing, places

    folder = Path(adapter.path)
    if folder.parent != places.adapters():
        raise UserError("{name} is not ours to delete.", "Delete it where it lies.",
                        name=adapter.name)  # fmt: skip
    try:
        shutil.rmtree(folder)
        ongoing.forget(adapter.path)
    except OSError as error:
        raise UserError(
            "{name} could not be deleted ({why}).",
            "Close what uses it, then try again.",
            name=adapter.name,
            why=error.strerror or type(error).__name__,
        ) from error
    yield Found(())


def merging(adapter: Adapter, name: str) -> Iterator[Event]:
    """Found: adapter, its model, and the folder of the new one. Raises UserError."""
    from chatapp import library, places

    folder = places.models() / name
    if folder.name != name or folder.parent != places.models() or name == "..":
        raise UserError("{name} is not a name for a folder.", "Choose another name.", name=name)
    if folder.exists():
        raise UserError("There is already something called {name}.", "Choose another name.",
                        name=name)  # fmt: skip
    yield Found((adapter, library.find(adapter.base), folder))


def export(adapter: Adapter, into: Path) -> Iterator[Event]:
    """Found: the Path of a copy in PEFT's form, without the state of the run. Raises UserError."""
    from chatapp.adapters import CONFIG, RECORD, WEIGHTS

    target = into / adapter.name
    try:
        target.mkdir()
        for name in (CONFIG, WEIGHTS, RECORD, "README.md"):
            source = Path(adapter.path) / name
            if source.is_file():
                shutil.copyfile(source, target / name)
    except FileExistsError:
        raise UserError("{name} is already there.", "Choose another folder.",
                        name=target.name) from None  # fmt: skip
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Choose another folder.",
            file=target.name,
            why=error.strerror or type(error).__name__,
        ) from error
    yield Found((target,))


def bring(source: Path) -> Iterator[Event]:
    """Found: the name under which an adapter from elsewhere is here now. Raises UserError."""
    from chatapp import adapters, foreign, places

    adapter = adapters.check(source.resolve())
    folder, shelf = foreign.Folder(source.resolve()), places.adapters()
    names = (adapter.name if n == 1 else f"{adapter.name} {n}" for n in itertools.count(1))
    target = next(shelf / name for name in names if not (shelf / name).exists())
    try:
        beside = Path(tempfile.mkdtemp(prefix="adapter-", dir=places.data()))
        try:
            for name in (adapters.CONFIG, adapters.WEIGHTS, adapters.RECORD, "README.md"):
                if name in folder.names:
                    with folder.open(name) as file, (beside / name).open("wb") as copy:
                        shutil.copyfileobj(file, copy)
            beside.rename(target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Check that the disk has room.",
            file=target.name,
            why=error.strerror or type(error).__name__,
        ) from error
    yield Found((target.name,))
