"""A virtual screen with a window manager, and a driver that presses real keys and buttons."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("Xvfb", "xdotool", "openbox")
SHOTS = Path(__file__).parent / "shots"
SIZE = "1400x900x24"
GRAB = (
    "import sys; from PySide6.QtGui import QGuiApplication; a = QGuiApplication(sys.argv);"
    "sys.exit(not a.primaryScreen().grabWindow(0).save(sys.argv[1]))"
)


def wait_for(check: Callable[[], object], what: str, seconds: float = 60) -> object:
    """Poll, because the other side is another process; fails by name when time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.05)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as number:
        name = f":{number.readline().strip()}"
    manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name},
                               stderr=subprocess.DEVNULL)  # fmt: skip
    yield name
    for process in (manager, server):
        process.terminate()
        process.wait(10)


class Person:
    """Drives the app as a person would; looks at the files only to know when to go on."""

    def __init__(self, display: str, home: Path) -> None:
        self.home = home
        self.environment = os.environ | {"DISPLAY": display, "CHATAPP_HOME": str(home)}
        self.environment |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
            self.environment.pop(name, None)
        self.app: subprocess.Popen[str] | None = None

    def start(self, *command: str) -> None:
        """Start the app and wait until its window has the keyboard."""
        line = command or (sys.executable, str(Path(__file__).parent / "driven.py"))
        self.app = subprocess.Popen(
            line, cwd=ROOT, env=self.environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        wait_for(self._window, "the window", 300)
        self.do("windowfocus", "--sync", str(self._window()))

    def do(self, *arguments: str) -> str:
        """One xdotool command."""
        run = subprocess.run(["xdotool", *arguments], env=self.environment, text=True,
                             capture_output=True, check=False)  # fmt: skip
        return run.stdout.strip()

    def key(self, *keys: str) -> None:
        """Press keys or chords."""
        self.do("key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        """Type text, as key events."""
        self.do("type", "--delay", "15", text)

    def where(self, name: str) -> dict[str, int]:
        """Place and size on the screen of the widget with this accessible or object name."""
        assert self.app is not None
        assert self.app.stdin is not None
        assert self.app.stdout is not None
        self.app.stdin.write(name + "\n")
        self.app.stdin.flush()
        place: dict[str, int] = json.loads(self.app.stdout.readline())
        assert place, f"no visible widget is called {name}"
        return place

    def click(self, name: str) -> None:
        """Press the middle of a widget."""
        place = self.where(name)
        x, y = place["x"] + place["width"] // 2, place["y"] + place["height"] // 2
        self.do("mousemove", str(x), str(y), "click", "1")

    def drag(self, name: str, start: float, end: float) -> None:
        """Drag along a widget, from one share of its width to another."""
        place = self.where(name)
        y = str(place["y"] + place["height"] // 2)
        first, last = (str(place["x"] + int(place["width"] * share)) for share in (start, end))
        self.do("mousemove", first, y, "mousedown", "1")
        self.do("mousemove", last, y, "mouseup", "1")

    def shot(self, name: str) -> Path:
        """Keep a picture of the screen."""
        SHOTS.mkdir(exist_ok=True)
        path = SHOTS / f"{name}.png"
        subprocess.run([sys.executable, "-c", GRAB, str(path)], check=True,
                       env=self.environment | {"QT_QPA_PLATFORM": "xcb"})  # fmt: skip
        return path

    def messages(self) -> list[tuple[str, str, str | None]]:
        """Role, text and finish of all stored messages."""
        file = self.home / "chats.sqlite3"
        if not file.exists():
            return []
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            try:
                rows = database.execute("SELECT role, text, finish FROM messages ORDER BY id")
                return rows.fetchall()
            except sqlite3.OperationalError:  # it is being made
                return []

    def setting(self, group: str, name: str) -> object:
        """A value of the settings file."""
        file = self.home / "settings.json"
        return json.loads(file.read_text("utf-8"))[group][name] if file.exists() else None

    def close(self) -> int:
        """Ctrl+Q, and the exit code."""
        assert self.app is not None
        self.do("windowfocus", "--sync", str(self._window()))
        self.key("ctrl+q")
        return self.app.wait(15)

    def kill(self) -> None:
        """SIGKILL to whatever still runs."""
        if self.app and self.app.poll() is None:
            os.killpg(self.app.pid, signal.SIGKILL)
            self.app.wait(10)
        for pipe in (self.app.stdin, self.app.stdout) if self.app else ():
            if pipe:
                pipe.close()

    def _window(self) -> str:
        return self.do("search", "--onlyvisible", "--name", "ChatApp").split("\n")[0]


@pytest.fixture
def person(display: str, tmp_path: Path) -> Iterator[Person]:
    home = tmp_path / "person"
    home.mkdir()
    someone = Person(display, home)
    yield someone
    someone.kill()
