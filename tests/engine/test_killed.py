"""kill -9 at random moments of a training, in and out of a checkpoint."""

from __future__ import annotations

import json
import multiprocessing
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from chatapp import adapters
from chatapp.engine.checkpoints import LAST, STATE
from tests.engine import learner
from tests.engine.conftest import make_model, open_local

ROOM = 15  # steps of a run between two kills, at most
KNOBS = {
    "batch": 4, "longest": 64, "rank": 4, "validation": 20.0, "check_every": 1,
    "patience": 0, "precision": "float32", "remember": 0.0,
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_model(tmp_path / "tiny")
    rows = [{"prompt": f"Number {n}?", "response": f"It is {n * 7}."} for n in range(10)]
    (tmp_path / "facts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


class Learners:
    """Processes forked from one that has imported torch already."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.engine.learner"])

    def start(self, **knobs: Any) -> tuple[Any, Any]:
        mine, theirs = self._context.Pipe(duplex=False)
        data, out, model = (str(self._place / n) for n in ("facts.jsonl", "out", "tiny"))
        process = self._context.Process(
            target=learner.learn, args=(theirs, data, out, model, KNOBS | knobs)
        )
        process.start()
        theirs.close()
        return process, mine


def require_whole(out: Path, model: Path) -> None:
    """Every adapter in the folder passes its check and can be worn."""
    for folder in (out, out / LAST):
        if (folder / adapters.WEIGHTS).exists():
            assert (folder / adapters.CONFIG).exists()
            local = open_local(model)
            with torch.inference_mode():
                local.wardrobe.wear(str(folder))


def kill_at_random(place: Path, kills: int) -> list[int]:
    """Kill so often, looking at the folder each time; the first step after each kill."""
    learners, draw = Learners(place), random.Random(11)
    resumed = []
    for _ in range(kills):
        process, told = learners.start(steps=kills * ROOM + ROOM)
        resumed.append(told.recv())
        for _ in range(draw.randrange(ROOM)):
            told.recv()
        told.poll(draw.random() * 0.02)  # somewhere in the next step, or in its save
        process.kill()
        process.join()
        require_whole(place / "out", place / "tiny")
    return resumed


def finish(place: Path, steps: int) -> int:
    """Let it go on to its end; the step it went on with."""
    process, told = Learners(place).start()
    first = step = told.recv()
    while step != -1:
        last, step = step, told.recv()
    process.join()
    assert (process.exitcode, last) == (0, steps)
    return first


def check(place: Path, kills: int) -> None:
    resumed = kill_at_random(place, kills)
    assert resumed[-1] > 1  # at least one kill left a state to go on from
    assert finish(place, kills * ROOM + ROOM) > 1
    assert (place / "out" / STATE).is_file()
    require_whole(place / "out", place / "tiny")
    assert not list((place / "out").rglob("*.new"))


def test_a_killed_training_leaves_a_whole_adapter_and_goes_on(place: Path) -> None:
    check(place, 2)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_twenty_kills_leave_a_whole_adapter_each_time(place: Path) -> None:
    check(place, 20)
