"""A process that trains until it is killed: `test_killed` starts it."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

from chatapp import course
from chatapp.chat import Loss
from chatapp.engine.teaching import teach


def learn(told: Connection, data: str, out: str, model: str, knobs: dict[str, Any]) -> None:
    """Go on with what is in the folder, or begin; each step's number is sent."""
    resume = _can_resume(out)
    asked = course.course(data, out, model, {} if resume else knobs, device="cpu", resume=resume)
    for event in teach(asked):
        if isinstance(event, Loss):
            told.send(event.step)
    told.send(-1)


def _can_resume(out: str) -> bool:
    from pathlib import Path

    from chatapp.engine.checkpoints import STATE

    return (Path(out) / STATE).is_file()
