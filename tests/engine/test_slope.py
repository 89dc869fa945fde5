"""Whether many turns leave memory behind: `pytest -m full -s tests/engine/test_slope.py`."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import psutil
import pytest

from chatapp import library
from chatapp.chat import Message, Request, Text
from chatapp.settings import Sampling
from tests.engine.conftest import open_local

TURNS, SETTLED = 500, 100
KNOBS = Sampling(temperature=1.0, max_new_tokens=24, candidates=1)
MOST_KB = 20.0  # a turn; what the words themselves could explain is far less


@pytest.mark.full
@pytest.mark.timeout(900)
def test_five_hundred_turns_leave_no_memory_behind() -> None:
    engine = open_local(Path(library.built_in().path), device="cpu")
    process = psutil.Process()
    history: tuple[Message, ...] = ()
    resident = []
    for turn in range(TURNS):
        history = (*history[-8:], Message("user", f"What is word number {turn}?"))
        told = engine.stream(Request(history, KNOBS))
        text = "".join(event.text for event in told if isinstance(event, Text))
        history = (*history, Message("assistant", text))
        for _ in engine.rest():
            pass
        gc.collect()
        resident.append(process.memory_info().rss / 1024)
    slope = float(np.polyfit(np.arange(TURNS - SETTLED), resident[SETTLED:], 1)[0])
    print(f"\n{TURNS} turns: {slope:.2f} KB a turn, {resident[-1] / 1024:.0f} MB at the end")
    assert slope <= MOST_KB
