"""A virtual screen with a window manager, and a person who presses real keys and buttons."""

from __future__ import annotations

import contextlib
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
from typing import Any, TypeVar

import pytest

from chatapp import places

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ("Xvfb", "xdotool", "openbox")
SHOTS = Path(__file__).parent / "shots"
SIZE = "1400x900x24"
GRAB = (
    "import sys; from PySide6.QtGui import QGuiApplication; a = QGuiApplication(sys.argv);"
    "sys.exit(not a.primaryScreen().grabWindow(0).save(sys.argv[1]))"
)
Found = TypeVar("Found")


def wait_for(check: Callable[[], Found], what: str, seconds: float = 100) -> Found:
    """Poll, because the other side is another process; fails by name when time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


def clear(environment: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        pytest.skip("needs X11")
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    read, write = os.pipe()
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=[write], stdout=quiet, stderr=quiet,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as number:
        name = f":{number.readline().strip()}"
    seen = clear(dict(os.environ), "WAYLAND_DISPLAY") | {"DISPLAY": name}
    manager = subprocess.Popen(["openbox"], env=seen, stdout=quiet, stderr=quiet)
    try:
        question = ["xdotool", "get_num_desktops"]  # only a window manager can answer it
        wait_for(
            lambda: not subprocess.call(question, env=seen, stdout=quiet, stderr=quiet), "openbox"
        )
        yield name
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)


class Person:
    """Drives the app as a person would; looks at the files only to know when to go on."""

    def __init__(self, display: str, folder: Path) -> None:
        self.home = folder / "person"
        self.home.mkdir()
        self.environment = clear(dict(os.environ), "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")
        self.environment |= {"DISPLAY": display, "CHATAPP_HOME": str(self.home)}
        self.environment |= {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.app: subprocess.Popen[str] | None = None

    # -- the app --

    def start(self, *options: str, command: tuple[str, ...] = (), **environment: str) -> None:
        """Start the app and wait until its window has the keyboard."""
        driven = (sys.executable, str(Path(__file__).parent / "driven.py"), *options)
        self.kill()
        self.app = subprocess.Popen(
            command or driven, cwd=ROOT, env=self.environment | environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        started = self.app
        wait_for(lambda: self._window() or started.poll(), "the window")
        assert not started.poll(), f"it ended with code {started.returncode}"
        self.do("windowfocus", "--sync", self._window())

    def quit(self, way: str = "ctrl+q") -> tuple[int, float]:
        """Press a key that quits; the exit code and the seconds until it."""
        self.do("windowfocus", "--sync", self._window())
        begin = time.monotonic()
        self.key(way)
        return self.ended(), time.monotonic() - begin

    def ended(self) -> int:
        """Wait for the end; the exit code."""
        assert self.app is not None
        return self.app.wait(30)

    def kill(self) -> None:
        """SIGKILL to whatever still runs, however it was started."""
        while left := self.processes():  # a launcher may just be opening the window again
            for number in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        if self.app:
            self.app.wait(10)
        for pipe in (self.app.stdin, self.app.stdout) if self.app else ():
            if pipe:
                pipe.close()
        self.app = None

    def processes(self) -> list[int]:
        """All that were started for this person's folder and still run."""
        mark = f"CHATAPP_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    # -- hands --

    def do(self, *arguments: str) -> str:
        """One xdotool command."""
        run = subprocess.run(["xdotool", *arguments], env=self.environment, text=True,
                             capture_output=True, check=False, timeout=60)  # fmt: skip
        return run.stdout.strip()

    def key(self, *keys: str) -> None:
        """Press keys or chords."""
        self.do("key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        """Type text, as key events."""
        self.do("type", "--delay", "15", text)

    def send(self, text: str) -> None:
        """Type into the message box, and Enter."""
        self.click(kind="Editor")
        self.type(text)
        self.key("Return")

    def click(self, name: str = "", kind: str = "") -> None:
        """Press the middle of a widget or of a menu's entry."""
        x, y = middle(self.where(name, kind))
        self.do("mousemove", str(x), str(y), "click", "1")

    def drag(self, name: str, kind: str, share: float) -> None:
        """Drag a slider's handle to a share of the slider's width."""
        place = self.where(name, kind)
        x, y = middle(place)
        end = place["left"] + round(share * (place["right"] - place["left"]))
        self.do("mousemove", str(x), str(y), "mousedown", "1")
        for step in (1, 2, 3, 4):
            self.do("mousemove", str(x + (end - x) * step // 4), str(y))
        self.do("mouseup", "1")

    # -- eyes --

    def where(self, name: str = "", kind: str = "") -> dict[str, int]:
        """Place on the screen of what has this name, of a class where several have it."""
        look = {"ask": "place", "name": name, "kind": kind}
        return wait_for(lambda: self._ask(look), f"{kind or 'something'} called {name}", 20)

    def reads(self, part: str) -> Any:
        """What can be read now: titles, labels, fields, entries, rows or clipboard."""
        return self._ask({"ask": "texts"})[part]

    def sees(self, text: str) -> bool:
        """Whether a label or a button holds this text now."""
        return any(text in label for label in self.reads("labels"))

    def transcript(self) -> str:
        """Select the whole conversation, copy it, and read it from the clipboard."""
        self.click(kind="Transcript")
        self.key("ctrl+a", "ctrl+c")
        return wait_for(lambda: self.reads("clipboard"), "a copy of the conversation", 20)

    def shot(self, name: str) -> None:
        """Keep a picture of the screen."""
        SHOTS.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-c", GRAB, str(SHOTS / f"{name}.png")], check=True,
                       env=self.environment | {"QT_QPA_PLATFORM": "xcb"})  # fmt: skip

    # -- what is on the disk --

    def messages(self) -> list[tuple[str, str, str | None]]:
        """Role, text and finish of all stored messages."""
        file = self.home / "chats.sqlite3"
        if not file.exists():
            return []
        address = f"file:{file}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            try:
                rows = database.execute("SELECT role, text, finish FROM messages ORDER BY id")
                return rows.fetchall()
            except sqlite3.OperationalError:  # it is being made
                return []

    def changed(self) -> dict[str, Any]:
        """The knobs that the newest conversation keeps of its own."""
        address = f"file:{self.home / 'chats.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            rows = database.execute("SELECT knobs FROM conversations ORDER BY id DESC LIMIT 1")
            return dict(json.loads(rows.fetchone()[0]))

    def answers(self) -> list[tuple[str, str | None]]:
        """Text and finish of all stored answers."""
        return [(text, finish) for role, text, finish in self.messages() if role == "assistant"]

    def answered(self, count: int = 1) -> tuple[str, str]:
        """Wait until so many answers have ended; text and finish of the last one."""

        def ended() -> tuple[str, str | None] | None:
            found = self.answers()
            return found[count - 1] if len(found) >= count and found[count - 1][1] else None

        text, finish = wait_for(ended, f"answer {count}") or ("", "")
        return text, finish or ""

    def growing(self, count: int = 1, length: int = 1) -> str:
        """Wait until the answer with this number is being written and has some characters."""

        def grown() -> str:
            found = self.answers()
            assert len(found) < count or found[count - 1][1] is None, "the answer ended too early"
            return found[count - 1][0] if len(found) >= count else ""

        wait_for(lambda: len(grown()) >= length, f"{length} characters of answer {count}")
        return grown()

    def setting(self, group: str, name: str) -> Any:
        """A value of the settings file; None while there is no file."""
        file = self.home / "settings.json"
        return json.loads(file.read_text("utf-8"))[group][name] if file.exists() else None

    # -- private --

    def _ask(self, question: dict[str, str]) -> Any:
        assert self.app is not None
        assert self.app.stdin is not None
        assert self.app.stdout is not None
        self.app.stdin.write(json.dumps(question) + "\n")
        self.app.stdin.flush()
        return json.loads(self.app.stdout.readline())

    def _window(self) -> str:
        return self.do("search", "--onlyvisible", "--name", "ChatApp").split("\n")[0]


def middle(place: dict[str, int]) -> tuple[int, int]:
    return place["x"] + place["width"] // 2, place["y"] + place["height"] // 2


@pytest.fixture
def person(display: str, tmp_path: Path) -> Iterator[Person]:
    if not (places.starter() / "model.safetensors").exists():
        pytest.skip("no built-in model")
    someone = Person(display, tmp_path)
    yield someone
    someone.kill()
