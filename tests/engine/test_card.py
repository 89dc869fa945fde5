"""The forecast beside a real card: `pytest -m gpu tests/engine/test_card.py`; 40 GB of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

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
