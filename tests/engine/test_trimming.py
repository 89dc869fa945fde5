"""Freed memory goes back to the system while a training saves memory, and is kept otherwise."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chatapp.engine import teaching
from chatapp.engine.teaching import teach
from chatapp.tuning import Tuning
from tests.engine.conftest import make_model
from tests.engine.test_teaching import asked

HOLES = """
import psutil, torch
from chatapp.engine.trimming import trim
trim(soon={soon})
blocks = [torch.ones(256, 1024) for _ in range(200)]  # 1 MB each
before = psutil.Process().memory_info().rss
del blocks[::2]
print((before - psutil.Process().memory_info().rss) >> 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
@pytest.mark.parametrize(("soon", "least", "most"), [(True, 80, 120), (False, -20, 20)])
def test_what_is_freed_between_other_blocks_goes_back_only_when_told(
    soon: bool, least: int, most: int
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", HOLES.format(soon=soon)], capture_output=True, text=True, check=True
    )
    assert least <= int(run.stdout) <= most


@pytest.mark.parametrize(("saves", "told"), [("on", [True, False]), ("off", [False])])
def test_a_training_that_saves_memory_gives_it_back_and_ends_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saves: str, told: list[bool]
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(teaching.trimming, "trim", lambda soon: seen.append(soon))
    data = tmp_path / "one.jsonl"
    data.write_text('{"prompt": "One?", "response": "1"}\n')
    knobs: dict[str, Any] = {"steps": 1, "longest": 64, "remember": 0.0, "save_memory": saves}
    list(teach(asked(data, make_model(tmp_path / "tiny"), Tuning(**knobs))))
    assert seen == told
