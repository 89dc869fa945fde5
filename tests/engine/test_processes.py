"""The same training under `accelerate launch`, by two processes on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from chatapp import adapters
from tests.conftest import ROOT
from tests.engine.conftest import make_model

LAUNCH = (
    "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1",
    "--mixed_precision", "no", "--dynamo_backend", "no", "-m",
)  # fmt: skip


def train(place: Path, out: str, launch: tuple[str, ...]) -> dict[str, object]:
    run = subprocess.run(
        [
            sys.executable, *(launch or ("-m",)), "chatapp", "train", "--data",
            str(place / "facts.jsonl"), "--model", str(place / "tiny"), "--out", str(place / out),
            "--steps", "6", "--batch", "5", "--at-once", "2", "--longest", "64", "--remember", "0",
            "--precision", "float32", "--validation", "20", "--check-every", "3", "--json",
        ],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    told: dict[str, object] = json.loads(run.stdout)  # one object, of one process
    return told


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", ["answers", "pairs"])
def test_two_processes_learn_what_one_does(tmp_path: Path, method: str) -> None:
    make_model(tmp_path / "tiny")
    names = ("chosen", "rejected") if method == "pairs" else ("response", "unread")
    rows = [
        dict(zip(("prompt", *names), (f"Number {n}?", f"It is {n * 7}.", "No."), strict=True))
        for n in range(12)
    ]
    (tmp_path / "facts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    one, two = train(tmp_path, "one", ()), train(tmp_path, "two", LAUNCH)
    more = ("margin", "accuracy") if method == "pairs" else ("perplexity_after",)
    for name in ("first_loss", "last_loss", "loss_before", "loss_after", *more):
        assert two[name] == pytest.approx(one[name], abs=1e-5)
    mine, theirs = (load_file(tmp_path / n / adapters.WEIGHTS) for n in ("one", "two"))
    for name, tensor in mine.items():
        torch.testing.assert_close(theirs[name], tensor, atol=1e-5, rtol=1e-4)
