"""Which trainings were paused or cut off here, so that they can go on after a restart.

What a training needs to go on lies in its own folder; this note holds what that folder must not
tell to others: where its data is on this computer. Knows nothing about how training works.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import course, note, places
from chatapp.chat import UserError

if TYPE_CHECKING:
    from chatapp.course import Course

STATE = "training.safetensors"  # beside the record, where there is something to go on with


@dataclass(frozen=True, slots=True)
class Paused:
    """A training that can go on."""

    folder: str
    data: str
    columns: tuple[str, str] | None
    device: str
    base: str
    step: int  # steps done

    @property
    def name(self) -> str:
        """What it makes."""
        return Path(self.folder).name

    def again(self) -> Course:
        """The course that goes on where it ended. Raises UserError."""
        return course.course(
            self.data, self.folder, columns=self.columns, device=self.device, resume=True
        )


def _note() -> Path:
    return places.data() / "trainings.json"


def remember(asked: Course) -> None:
    """This one begins; until `forget` it can go on. Raises OSError."""
    about = {"data": str(asked.data), "columns": asked.columns, "device": asked.device}
    _write({**_read(), str(asked.folder): about})


def forget(folder: str) -> None:
    """This one has ended for good. Raises OSError."""
    notes = _read()
    if notes.pop(folder, None) is not None:
        _write(notes)


def paused() -> list[Paused]:
    """All that left something to go on with, the newest first."""
    found = []
    for folder, about in reversed(_read().items()):
        try:
            record = course.read(Path(folder))
            if not (Path(folder) / STATE).is_file():
                continue
            columns = about["columns"]
            found.append(
                Paused(
                    folder,
                    str(about["data"]),
                    (str(columns[0]), str(columns[1])) if columns else None,
                    str(about["device"]),
                    str(record["base"]),
                    int(record.get("steps", 0)),
                )
            )
        except (UserError, KeyError, IndexError, TypeError, ValueError):
            continue
    return found


def _read() -> dict[str, dict[str, Any]]:
    try:
        notes = json.loads(_note().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(notes, dict):
        return {}
    return {str(folder): about for folder, about in notes.items() if isinstance(about, dict)}


def _write(notes: dict[str, dict[str, Any]]) -> None:
    note.write(_note(), json.dumps(notes, ensure_ascii=False))
