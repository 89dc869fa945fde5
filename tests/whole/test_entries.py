"""The ways into the app: the launcher, the entry of the desktop's menu, no display at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole.conftest import ROOT, Person, clear, wait_for

QUESTION = "What does temperature do?"
LAUNCHER = ROOT / "packaging" / "launch.py"
LINUX = ROOT / "packaging" / "linux"
NOTHING_TO_SET_UP = """
import sys; sys.path.insert(0, "packaging")
import launch
place = launch.Environment(launch.ROOT)
ready = launch.has_parts(place, False, False) and not launch.wanted_packages(place, False, True)
sys.exit(not ready)
"""


def python() -> str:
    return getattr(sys, "_base_executable", None) or sys.executable


@pytest.fixture
def set_up(person: Person) -> None:
    """Nothing is downloaded here: only a .venv that the launcher itself made is used."""
    command = [python(), "-c", NOTHING_TO_SET_UP]
    if subprocess.run(command, cwd=ROOT, env=person.environment, check=False).returncode:
        pytest.skip("the launcher has not set this checkout up; run packaging/launch.py --setup")


def ask_blindly(person: Person) -> None:
    """Press where the message box is: at the lower end, in the middle; this app tells no places."""
    lines = person.do("getwindowgeometry", "--shell", person._window()).splitlines()
    window = {name: int(value) for name, value in (line.split("=") for line in lines)}
    x, y = window["X"] + window["WIDTH"] // 2, window["Y"] + window["HEIGHT"] - 100
    person.do("mousemove", str(x), str(y), "click", "1")
    person.type(QUESTION)
    person.key("Return")


@pytest.mark.usefixtures("set_up")
def test_the_launcher_opens_the_window_and_a_typed_question_is_answered(person: Person) -> None:
    person.start(command=(python(), str(LAUNCHER)))
    ask_blindly(person)
    text, finish = person.answered()
    assert person.messages()[0][1] == QUESTION
    assert (bool(text), finish) == (True, "stop")
    person.shot("launcher")
    assert person.quit()[0] == 0
    assert person.processes() == []


@pytest.mark.usefixtures("set_up")
def test_the_menu_entry_is_valid_and_opens_the_window(person: Person, tmp_path: Path) -> None:
    tools = ("desktop-file-validate", "gio")
    if missing := [tool for tool in tools if not shutil.which(tool)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    person.environment["XDG_DATA_HOME"] = str(tmp_path / "share")
    subprocess.run(["sh", str(LINUX / "install.sh")], check=True, env=person.environment)
    entry = tmp_path / "share" / "applications" / "org.chatapp.ChatApp.desktop"
    checked = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True,
                             check=False)  # fmt: skip
    assert (checked.returncode, checked.stdout) == (0, "")

    person.start(command=("gio", "launch", str(entry)))
    ask_blindly(person)
    wait_for(person.messages, "the message")
    person.quit()
    wait_for(lambda: not person.processes(), "the end", 10)
    subprocess.run(["sh", str(LINUX / "uninstall.sh")], check=True, env=person.environment)
    assert not entry.exists()


def test_without_a_display_a_question_on_standard_input_is_answered(home: Path) -> None:
    blind = clear(dict(os.environ), "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    run = subprocess.run([sys.executable, "-m", "chatapp"], input="hi\n", env=blind, cwd=ROOT,
                         capture_output=True, text=True, check=False, timeout=100)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip()
