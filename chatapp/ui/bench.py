"""The measurements behind `chatapp bench start|ui|transcript`: the real window, in fresh processes.

A probe process opens the window on a throw-away home, drives it through its widgets as a person
would, and prints one JSON line; this side interleaves probes with the baseline and takes medians.
Knows nothing about torch: the baseline imports it in a process of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORT = """
import time
began = time.perf_counter()
import torch, transformers
print(time.perf_counter() - began)
"""
PROBE = """
import gc
gc.disable()  # as the door does until the first paint
from chatapp.ui import {module}
{module}.main()
"""
PROBE_S = 120  # and twice the time that a streamed answer takes by itself
TOKENS = 5_000  # of the streamed answer; 30,000 take a minute


def start(repeats: int, tokens: int) -> dict[str, Any]:
    """Time to the first paint against the imports alone, and the largest gap while they run."""
    imports, probes = [], []
    for _ in range(repeats):  # A B A B, so that a noisy minute hits both
        run = _spawn([sys.executable, "-c", IMPORT])
        imports.append(1000 * float(run))
        probes.append(_probe("probe", "start"))
    figures = _medians(probes)
    figures["import_ms"] = round(statistics.median(imports), 1)
    figures["first_paint_ratio"] = round(figures["first_paint_ms"] / figures["import_ms"], 3)
    return figures | {"repeats": repeats, "platform": probes[0]["platform"]}


def ui(repeats: int, tokens: int) -> dict[str, Any]:
    """Gaps and cost of a long answer, then the built-in model's speed, gaps and Stop."""
    streams = [_probe("stream_probe", str(tokens), tokens=tokens) for _ in range(repeats)]
    models = [_probe("probe", "ui") for _ in range(repeats)]
    figures = _medians(streams) | _medians(models)
    return figures | {"repeats": repeats, "platform": models[0]["platform"]}


def transcript(repeats: int, tokens: int) -> dict[str, Any]:
    """Opening 10,000 messages against 100, scrolling through them, and their memory."""
    probes = [_probe("transcript_probe") for _ in range(repeats)]
    return _medians(probes) | {"repeats": repeats, "platform": probes[0]["platform"]}


# Each takes the number of runs, and of tokens where an answer is streamed.
CASES: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "start": start,
    "ui": ui,
    "transcript": transcript,
}


def _spawn(command: list[str], limit_s: float = PROBE_S) -> str:
    with tempfile.TemporaryDirectory(prefix="chatapp-bench-") as home:
        environment = os.environ | {"CHATAPP_HOME": home}
        if sys.platform.startswith("linux") and not _has_display():
            environment["QT_QPA_PLATFORM"] = "offscreen"
        run = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=limit_s, check=False
        )
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        raise UserError(
            "A measured process ended early ({reason}).", "Run 'chatapp doctor'.", reason=reason
        )
    return run.stdout.strip().splitlines()[-1]


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _probe(module: str, *arguments: str, tokens: int = 0) -> dict[str, Any]:
    code = PROBE.format(module=module)
    # The parent's clock, because a process knows its own birth only to the second on some systems.
    command = [sys.executable, "-c", code, *arguments, str(time.time())]
    figures: dict[str, Any] = json.loads(_spawn(command, PROBE_S + tokens / 250))
    return figures


def _medians(probes: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each figure; a check holds where it held in every run."""
    found: dict[str, Any] = {}
    for name, value in probes[0].items():
        if isinstance(value, bool):
            found[name] = all(probe[name] for probe in probes)
        elif isinstance(value, (int, float)):
            found[name] = round(statistics.median(probe[name] for probe in probes), 2)
    return found
