"""`bench load`: its figures, its gate, and that nothing of it stays."""

from __future__ import annotations

import shutil
import tempfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import torch

from chatapp.catalogue import SHAPES
from chatapp.chat import UserError
from chatapp.engine import bench, load_bench, subject

TINY = {
    "model_type": "qwen2", "vocab_size": 300, "hidden_size": 64, "intermediate_size": 96,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "max_position_embeddings": 512, "tie_word_embeddings": True,
}  # fmt: skip
HOT = ("gb_per_s", "from_pretrained_gb_per_s", "from_pretrained_ratio", "cache_gb_per_s")
COLD = ("cold_gb_per_s", "cold_from_pretrained_ratio", "disk_gb_per_s", "disk_fraction")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(SHAPES, "tiny", TINY)
    monkeypatch.setattr(load_bench, "_forget", lambda files: True)  # a test's drive is not measured
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def options(dtype: str = "bfloat16", **more: Any) -> bench.Options:
    return bench.Options("tiny", dtype, repeats=1, **more)


@pytest.mark.parametrize(
    ("dtype", "read_as"), [("int8", "bfloat16"), ("float16", "float16"), ("float32", "float32")]
)
def test_load_tells_each_figure_and_passes_its_gate(
    tmp_path: Path, dtype: str, read_as: str
) -> None:
    figures = bench.load(options(dtype))
    assert figures["oracle_match"] is True
    assert figures["read_as"] == read_as
    assert figures["bytes"] == 2 * sum(p.numel() for p in subject.random_model(
        "tiny", torch.float32).parameters())  # fmt: skip
    assert min(figures[name] for name in HOT + COLD) >= 0
    assert figures["from_pretrained_ratio"] > 0
    assert {"torch", "transformers", "cpu", "shape", "dtype", "repeats"} <= figures.keys()
    assert not list(tmp_path.glob("chatapp-bench-*"))


def test_a_model_of_the_library_is_read_where_it_lies(llama_folder: Path) -> None:
    before = sorted(llama_folder.iterdir())
    figures = bench.load(options(model=str(llama_folder)))
    assert figures["oracle_match"] is True
    assert figures["shape"] == str(llama_folder)
    assert sorted(llama_folder.iterdir()) == before


def test_other_weights_fail_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = load_bench._ours

    def wrong(*args: Any) -> Any:
        model = ours(*args)
        next(model.parameters())[7, 7] += 1
        return model

    monkeypatch.setattr(load_bench, "_ours", wrong)
    assert bench.load(options())["oracle_match"] is False


def test_files_that_stay_in_memory_are_not_called_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_bench, "_forget", lambda files: False)
    figures = bench.load(options())
    assert "cold" in figures
    assert not figures.keys() & set(COLD)


def test_a_full_drive_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1000, 900, 100))
    with pytest.raises(UserError, match="are free"):
        bench.load(options())
    assert not list(tmp_path.glob("chatapp-bench-*"))


def test_the_pages_of_a_file_that_was_read_are_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "read"
    file.write_bytes(bytes(1 << 20))
    assert load_bench._read([file]) > 0
    assert load_bench._cached_share(file) == 1.0
