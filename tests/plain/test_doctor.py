"""The report: complete, and nothing secret in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from chatapp import devices, doctor
from chatapp.chat import Reading
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    import os

    home = tmp_path_factory.mktemp("home")
    run = subprocess.run(
        [sys.executable, "-m", "chatapp", "doctor", "--json"],
        capture_output=True, text=True, check=True, cwd=ROOT,
        env=os.environ | {"CHATAPP_HOME": str(home), "HF_TOKEN": "hf_canary7351"},
    )  # fmt: skip
    assert run.stderr == ""
    told: dict[str, dict[str, object]] = json.loads(run.stdout)
    told["raw"] = {"text": run.stdout, "home": str(home)}
    return told


def test_it_tells_versions_devices_paths_and_what_is_missing(
    report: dict[str, dict[str, object]],
) -> None:
    parts = {"versions", "system", "devices", "engine", "memory", "paths", "missing"}
    assert parts <= set(report)


def test_the_forecast_of_the_built_in_guide_adds_up(report: dict[str, dict[str, object]]) -> None:
    told = report["memory"]
    parts = ("weights_bytes", "kv_cache_bytes", "workspace_bytes", "runtime_bytes")
    assert sum(int(str(told[name])) for name in parts) == told["total_bytes"]


@pytest.mark.parametrize("name", ["chatapp", "python", "torch", "transformers"])
def test_it_tells_the_version_of(name: str, report: dict[str, dict[str, object]]) -> None:
    assert report["versions"][name]


def test_the_paths_lie_where_chatapp_home_says(report: dict[str, dict[str, object]]) -> None:
    home = str(report["raw"]["home"])
    mine = ("data", "models", "settings", "conversations", "logs")
    assert all(str(report["paths"][name]).startswith(home) for name in mine)


def test_no_token_is_in_it(report: dict[str, dict[str, object]]) -> None:
    assert "canary7351" not in str(report["raw"]["text"])


def test_a_missing_engine_is_told(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from chatapp import doctor

    monkeypatch.setattr(doctor, "_engine", lambda: {"problem": "no torch"})
    assert "The engine could not start: no torch" in doctor.report()["missing"]


def test_a_card_that_torch_cannot_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from chatapp import devices, doctor

    monkeypatch.setattr(doctor, "_engine", lambda: {"cuda": False})
    monkeypatch.setattr(devices, "has_nvidia", lambda: True)
    assert any("PyTorch cannot use it" in line for line in doctor.report()["missing"])


def test_the_ledger_adds_up_to_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading("a card", "", 600, 1000, gpu=True, own_gpu_bytes=100)
    monkeypatch.setattr(devices, "read", lambda: reading)
    assert doctor._ledger() == {
        "device": "a card",
        "total_bytes": 1000,
        "free_bytes": 400,
        "other_programs_bytes": 500,
        "this_program_bytes": 100,
        "unexplained_bytes": 0,
    }


def test_a_person_reads_amounts_and_words(report: dict[str, dict[str, object]]) -> None:
    cards = [{"name": "RTX 4070", "memory_bytes": 12 << 30, "driver": "580"}]
    devices = {"gpus": cards, "ram_bytes": 24 << 30, "cuda": False, "why": ""}
    told = doctor.lines({"devices": devices, "missing": []})
    assert told == [
        "devices",
        "  gpus                     RTX 4070, 12.0 GB, 580",
        "  ram                      24.0 GB",
        "  cuda                     no",
        "  why                      -",
        "missing",
        "  nothing",
    ]
    assert any(line.startswith("  PySide6_Essentials") for line in doctor.lines(report))
