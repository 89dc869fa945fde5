"""Whether memory comes back after a model: the whole 30 cycles with `pytest -m full -s`."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import psutil
import pytest

from chatapp import settings
from chatapp.chat import Done, Event, Failed, Message, Request
from chatapp.host import Host
from chatapp.library import Model
from chatapp.settings import Sampling
from tests.engine.conftest import make_model

CYCLES = 30
WIDE: dict[str, Any] = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 4}
SIZES: dict[str, dict[str, Any]] = {
    "llama": WIDE,
    "qwen3": {"hidden_size": 768, "intermediate_size": 4096},
    "gpt2": {"n_embd": 512, "n_layer": 5},
}
WAYS = (("llama", "float32"), ("qwen3", "int8"), ("gpt2", "float32"), ("llama", "float16"),
        ("qwen3", "bfloat16"), ("gpt2", "bfloat16"))  # fmt: skip
KNOBS = Sampling(temperature=1.0, max_new_tokens=20, seed=1, candidates=2)
ASKED = Request((Message("user", "word " * 60),), KNOBS)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("cycles")
    return {kind: make_model(root / kind, kind, **sizes) for kind, sizes in SIZES.items()}


def last(events: list[Event]) -> Event:
    assert not isinstance(events[-1], Failed), events[-1]
    return events[-1]


def cycle(folder: Path, dtype: str) -> int:
    """Load, answer, unload; resident bytes while the model was there."""
    host = Host()
    model = Model(name=folder.name, path=str(folder), source="folder", bytes=1, usable=True)
    last(list(host.load(model, settings.Loading(device="cpu", dtype=dtype))))
    assert isinstance(last(list(host.reply(ASKED))), Done)
    held = resident_bytes()
    assert host.close(10)
    return held


def resident_bytes() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


@pytest.mark.parametrize(
    ("cycles", "ways"),
    [
        (4, WAYS[:2]),
        pytest.param(CYCLES, WAYS, marks=[pytest.mark.full, pytest.mark.timeout(900)]),
    ],
    ids=["quick", "full"],
)
def test_the_memory_of_each_model_comes_back(
    folders: dict[str, Path], cycles: int, ways: tuple[tuple[str, str], ...]
) -> None:
    for kind, dtype in ways * 2:  # what libraries take once and keep
        cycle(folders[kind], dtype)
    before, most = resident_bytes(), 0
    for number in range(cycles):
        kind, dtype = ways[number % len(ways)]
        most = max(most, cycle(folders[kind], dtype))
    after = resident_bytes()
    print(f"\n{cycles} cycles: {before / 1e6:.0f} MB before, {most / 1e6:.0f} MB at most,", end=" ")
    print(f"{after / 1e6:.0f} MB after")
    assert most > before + 50_000_000  # else nothing was there that could have come back
    assert after == pytest.approx(before, rel=0.05)
