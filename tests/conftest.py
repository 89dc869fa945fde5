"""What every test gets: a throw-away home, no network, no thread left, no unexpected warning."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

from chatapp import devices, memory

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
BUSY = 5  # a figure fails a test only beyond this: machines are noisy, `chatapp bench` measures
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
CARDS = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
# Settings of plugins that a machine for `-m gpu` may lack; an unknown setting would be an error.
SETTINGS = {
    "pytestqt": ("qt_api", "qt_log_level_fail", "qt_log_ignore"),
    "pytest_timeout": ("timeout",),
}


def pytest_configure(config: pytest.Config) -> None:
    """Most tests are about the program as it is without a card: they see none, here and below."""
    if "gpu" not in config.getoption("markexpr").replace("not gpu", ""):
        os.environ |= dict.fromkeys(CARDS, "-1")


def pytest_addoption(parser: pytest.Parser) -> None:
    for plugin, names in SETTINGS.items():
        if importlib.util.find_spec(plugin) is None:
            for name in names:
                parser.addini(name, f"of {plugin}, which is not installed")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CHATAPP_HOME", str(folder))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setattr(devices, "_device", "auto")
    monkeypatch.setattr(memory, "_seen", {})
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anywhere but this machine fails the test that tried it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            pytest.fail(f"network: {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def no_thread_left() -> object:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    left = [t for t in threading.enumerate() if t not in before]
    while left and time.monotonic() < deadline:
        left[0].join(0.05)
        left = [t for t in threading.enumerate() if t not in before and t.is_alive()]
    assert not left, f"threads left running: {left}"


@pytest.fixture(autouse=True)
def no_unexpected_log(caplog: pytest.LogCaptureFixture) -> object:
    """A warning of ours that a test did not announce with `caplog.clear()` fails it."""
    yield
    loud = [
        record
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING and record.name.startswith("chatapp")
    ]
    assert not loud, f"unexpected log: {[record.getMessage() for record in loud]}"


@pytest.fixture
def stories() -> Path:
    """A real trained base model, where the folder beside the checkout is at hand."""
    folder = SHARED / "models" / "stories260K"
    if not folder.is_dir():
        pytest.skip("the shared models are not beside this checkout")
    return folder


def pytest_report_header() -> str:
    return f"python {sys.version.split()[0]}, {os.cpu_count()} cores"
