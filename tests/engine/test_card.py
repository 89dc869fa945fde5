"""The forecast beside a real card: `pytest -m gpu tests/engine/test_card.py`; 40 GB of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pynvml
import pytest
import torch

from chatapp import memory
from chatapp.engine.shapes import random_model
from chatapp.engine.subject import sizes_of
from tests.engine.conftest import make_tokenizer

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA card"),
    pytest.mark.timeout(400),
]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["llama-3.2-1b", "llama-3.1-8b"])
def model(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    with TemporaryDirectory() as folder:  # made on the card: a processor takes minutes
        random_model(request.param, torch.bfloat16, "cuda").save_pretrained(folder)
        torch.cuda.empty_cache()
        make_tokenizer().save_pretrained(folder)
        yield request.param, Path(folder)


@pytest.mark.parametrize("tokens", [2048, 16384])
@pytest.mark.parametrize("precision", ["bfloat16", "int4"])
def test_the_forecast_is_what_the_card_shows(
    model: tuple[str, Path], precision: str, tokens: int
) -> None:
    name, folder = model
    shape = sizes_of(name, "")
    assert shape is not None
    forecast = memory.parts(shape, memory.Plan(precision, tokens, "cuda"))
    command = [sys.executable, "-m", "tests.engine.occupant", str(folder), precision, str(tokens)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    shown, told = int(ended.stdout), sum(forecast.values())
    print(json.dumps({"model": name, "dtype": precision, "context": tokens, "nvml": shown,
                      "forecast": told, "ratio": round(told / shown, 3), **forecast}))  # fmt: skip
    assert told == pytest.approx(shown, rel=0.05)


@pytest.mark.parametrize(("name", "what"), [("llama-3.2-1b", "adapter"), ("smollm2-135m", "all")])
def test_a_training_takes_what_is_forecast(name: str, what: str, tmp_path: Path) -> None:
    """The most that the card shows, looked at every 20 ms, while full rows are learned from.

    It shows what the allocator keeps for later too, a quarter more by its rules (`allocator`); what
    is held is what must fit.
    """
    longest, rows = 1024, 4
    folder = tmp_path / "model"
    random_model(name, torch.bfloat16, "cuda").save_pretrained(folder)
    torch.cuda.empty_cache()
    make_tokenizer().save_pretrained(folder)
    data = tmp_path / "data.jsonl"
    row = json.dumps({"prompt": "?", "response": "x" * 2 * longest})
    data.write_text("\n".join(row.replace("?", f"Number {n}?") for n in range(16)))
    knobs = {
        "what": what, "steps": 4, "batch": rows, "at-once": rows, "longest": longest, "rank": 8,
        "precision": "bfloat16", "save-memory": "off", "validation": 0, "remember": 0,
    }  # fmt: skip
    command = [sys.executable, "-m", "chatapp", "train", "--data", str(data), "--out",
               str(tmp_path / "out"), "--model", str(folder), "--json"]  # fmt: skip
    command += [part for knob, value in knobs.items() for part in (f"--{knob}", str(value))]
    pynvml.nvmlInit()
    card = pynvml.nvmlDeviceGetHandleByIndex(0)
    before = most = int(pynvml.nvmlDeviceGetMemoryInfo(card).used)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while run.poll() is None:
            most = max(most, int(pynvml.nvmlDeviceGetMemoryInfo(card).used))
            time.sleep(0.02)
        assert run.returncode == 0, run.stderr and run.stderr.read().decode()
    shape = sizes_of(name, "")
    assert shape is not None
    training = "lora" if what == "adapter" else "full"
    plan = memory.Plan("bfloat16", longest, "cuda", training=training, rows=rows, rank=8)
    parts, shown = memory.parts(shape, plan), most - before
    told = sum(parts.values())
    print(json.dumps({"model": name, "train": what, "nvml": shown, "forecast": told,
                      "ratio": round(told / shown, 3), **parts}))  # fmt: skip
    assert 0.75 * shown <= told <= 1.1 * shown
