"""Nothing leaves this computer: no name is looked up and no connection opened, by any command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatapp import places
from tests.whole.conftest import ROOT

# A native library could open a socket past Python; Python's own attempts all raise these events.
WATCHED = """
import sys
def watch(event, arguments):
    reaches_out = event == "socket.connect" and isinstance(arguments[1], tuple)
    if event == "socket.getaddrinfo" or reaches_out:
        raise SystemExit(f"network: {event} {arguments}")
sys.addaudithook(watch)
from chatapp.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
COMMANDS = {
    "ask": ["ask", "hi", "--max-tokens", "4"],
    "models": ["models"],
    "doctor": ["doctor", "--json"],
}


def run(arguments: list[str], home: Path, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-c", WATCHED, *arguments],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env=os.environ | {"CHATAPP_HOME": str(home)} | {"HF_HUB_OFFLINE": "0"},
    )  # fmt: skip


@pytest.mark.skipif(
    not (places.starter() / "model.safetensors").exists(), reason="no built-in model"
)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_tries_no_connection(name: str, tmp_path: Path) -> None:
    done = run(COMMANDS[name], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_watch_itself_sees_a_connection(tmp_path: Path) -> None:
    code = WATCHED.split("from chatapp")[0] + "import socket; socket.create_connection(('x', 1))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "network: socket.getaddrinfo" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux namespaces")
def test_the_built_in_guide_answers_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    alone = ["unshare", "-rn"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system does not let a person make a network namespace")
    done = run(COMMANDS["ask"], tmp_path, *alone)
    assert done.returncode == 0
    assert done.stdout.strip()
