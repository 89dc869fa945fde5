"""The real command: the built-in guide behind the API, and its end."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chatapp import places
from tests.asking import free_port
from tests.whole.conftest import ROOT

pytestmark = pytest.mark.skipif(
    not (places.starter() / "model.safetensors").exists(), reason="no built-in model"
)


def ignore_interrupts() -> None:
    """As a shell does for what a script starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Command:
    """`chatapp serve` as a script's background process, once it answers."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chatapp", "serve", "--port", str(self.port), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=ROOT, env=os.environ | {"CHATAPP_HOME": str(home)},
            preexec_fn=ignore_interrupts if os.name == "posix" else None,
        )  # fmt: skip
        assert self.process.stderr
        self.told = [self.process.stderr.readline(), self.process.stderr.readline()]
        self.token = self.told[1].removeprefix("Token: ").strip()

    def ask(self, body: dict[str, object]) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        return connection.getresponse()

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, "".join(self.told) + err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_guide_answers_and_the_command_ends_with_0(tmp_path: Path, number: int) -> None:
    command = Command(tmp_path, "--temperature", "0")
    question = {"messages": [{"role": "user", "content": "What does temperature do?"}]}
    with command.ask(question | {"max_tokens": 12}) as response:
        answer = json.load(response)
    assert "emperature" in answer["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] == 12
    command.told.append(command.process.stderr.readline())  # type: ignore[union-attr]
    endless = command.ask(question | {"stream": True})
    endless.readline()  # it ends while an answer is being written
    code, out, err = command.end(number)
    endless.close()
    assert (code, out) == (0, "")
    assert err.count(command.token) == 1
    assert f"Built-in guide answers at http://127.0.0.1:{command.port}/v1." in err
    assert " POST /v1/chat/completions 200 8+12 tokens" in err
    log = (tmp_path / "logs" / "chatapp.log").read_text("utf-8")
    assert command.token not in log
    assert "temperature do" not in log


def refused(home: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "chatapp", "serve", *arguments],
        capture_output=True, text=True, cwd=ROOT, check=False, input="",
        env=os.environ | {"CHATAPP_HOME": str(home)},
    )  # fmt: skip
    assert not done.stdout
    return done.returncode, done.stderr


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, told = refused(tmp_path, "--port", str(port))
    assert code == 1
    assert told.startswith(f"Port {port} is in use. Use port ")
    assert told.count("\n") == 1


def test_another_address_needs_a_strong_token(tmp_path: Path) -> None:
    code, told = refused(tmp_path, "--host", "192.0.2.1", "--token", "secret")
    assert code == 1
    assert told.startswith("Other computers could reach 192.0.2.1, so it needs a strong token.")


@pytest.mark.parametrize(
    "arguments", [["--port", "80"], ["--port", "99999"], ["--temperature", "9"], ["--n", "2"]]
)
def test_bad_usage_exits_with_2(tmp_path: Path, arguments: list[str]) -> None:
    assert refused(tmp_path, *arguments)[0] == 2
