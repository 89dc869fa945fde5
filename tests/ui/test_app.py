"""The application around the window: one window for each data folder, and how it is left."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from chatapp import crashes, successor
from chatapp.ui import app
from chatapp.ui.bugs import Bugs
from chatapp.ui.instance import LOCK, Instance
from tests.ui.scene import Scene

ROOT = Path(__file__).resolve().parents[2]
START_S = 60  # a process on a busy machine


@pytest.fixture
def first(qapp: QCoreApplication) -> Iterator[Instance]:
    instance = Instance()
    yield instance
    instance.close()


def started(code: str, home: Path) -> subprocess.Popen[str]:
    """A process of its own on this home."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, text=True,
        env=os.environ | {"CHATAPP_HOME": str(home)}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip


HOLDER = """
    from PySide6.QtCore import QCoreApplication
    from chatapp.ui.instance import Instance
    app = QCoreApplication([])
    instance = Instance()
    print(instance.first, flush=True)
    input()
"""


def test_the_first_start_is_the_first(first: Instance) -> None:
    assert first.first


def test_a_second_claim_on_the_same_folder_is_refused(first: Instance, home: Path) -> None:
    other = started(HOLDER, home)
    out, _ = other.communicate("\n", timeout=START_S)
    assert out == "False\n"


def test_another_folder_is_another_window(first: Instance, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    other = started(HOLDER, elsewhere)
    out, _ = other.communicate("\n", timeout=START_S)
    assert out == "True\n"


def test_a_second_start_raises_the_first_window_and_leaves(
    first: Instance, home: Path, qtbot: QtBot
) -> None:
    first.listen()
    with qtbot.waitSignal(first.raised, timeout=1000 * START_S):
        second = subprocess.Popen(
            [sys.executable, "-m", "chatapp"], cwd=ROOT,
            env=os.environ | {"CHATAPP_HOME": str(home)},
        )  # fmt: skip
    assert second.wait(START_S) == 0


def test_the_bell_is_heard_within_a_second(first: Instance, home: Path, qtbot: QtBot) -> None:
    first.listen()
    ringer = started(
        """
        from PySide6.QtCore import QCoreApplication
        from chatapp.ui.instance import Instance
        app = QCoreApplication([])
        instance = Instance()
        print("ready", flush=True)
        input()
        print(instance.ring(), flush=True)
        """,
        home,
    )
    assert ringer.stdout is not None
    assert ringer.stdin is not None
    assert ringer.stdout.readline() == "ready\n"
    began = time.monotonic()
    with qtbot.waitSignal(first.raised, timeout=5000):
        ringer.stdin.write("\n")
        ringer.stdin.flush()
    passed = time.monotonic() - began
    out, _ = ringer.communicate(timeout=START_S)
    assert out == "True\n"
    assert passed < 5  # the figure to reach is 1; machines are noisy


def test_a_start_that_finds_nobody_listening_does_not_wait_for_ever(
    first: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatapp.ui.instance.RING_S", 0.2)
    assert not first.ring()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_the_lock_of_a_killed_window_is_cleared(
    qapp: QCoreApplication, home: Path, qtbot: QtBot
) -> None:
    killed = started(
        """
        import os, signal
        from PySide6.QtCore import QCoreApplication
        from chatapp.ui.instance import Instance
        app = QCoreApplication([])
        instance = Instance()
        instance.listen()
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        home,
    )
    killed.communicate(timeout=START_S)
    assert killed.returncode == -signal.SIGKILL
    assert (home / LOCK).exists()
    heir = Instance()
    assert heir.first
    heir.listen()
    with qtbot.waitSignal(heir.raised, timeout=5000):
        ringer = started(
            """
            from PySide6.QtCore import QCoreApplication
            from chatapp.ui.instance import Instance
            app = QCoreApplication([])
            Instance().ring()
            """,
            home,
        )
    ringer.communicate(timeout=START_S)
    heir.close()
    assert not (home / LOCK).exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the owner may write anywhere")
def test_a_folder_that_takes_no_lock_still_opens_a_window(
    qapp: QCoreApplication, home: Path
) -> None:
    home.chmod(0o500)
    try:
        assert Instance().first
    finally:
        home.chmod(0o700)


RUN = """
    import threading
    from PySide6.QtCore import QTimer
    from chatapp import library
    from chatapp.chat import EngineLost, Failed
    from chatapp.ui import app, window
    from tests.fake import FakeBackend, host_of, model, words

    window.LEAVE_MS = 10
    library.models = lambda: [model()]
    backend = FakeBackend({script})
    app.Host = lambda: host_of(backend)
    ask = window.Window.start
    def start(self, load=True):
        ask(self, load)
        self._on_composer_submitted("Hi")
        self.talk.settled.connect(lambda *_: {then})
    window.Window.start = start
    print(app.run(), flush=True)
"""


def test_a_window_that_is_closed_ends_with_0(home: Path) -> None:
    ended = started(RUN.format(script="words(3)", then="self.close()"), home)
    out, _ = ended.communicate(timeout=START_S)
    assert (out, ended.returncode) == ("0\n", 0)


def test_a_window_that_lost_its_accelerator_ends_with_75(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(successor.WATCHED, "1")
    ended = started(RUN.format(script='[EngineLost("It stopped.", "Wait.")]', then="None"), home)
    ended.communicate(timeout=START_S)
    assert ended.returncode == 75
    assert not (home / LOCK).exists()


def test_without_a_launcher_a_window_that_lost_its_accelerator_starts_its_successor(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(successor.WATCHED, raising=False)
    note = """
        from chatapp import places, successor
        from chatapp.ui.instance import LOCK
        class Started:
            def __init__(self, command, **more):
                free = not (places.data() / LOCK).exists()
                print(command[1] == "-c", free, flush=True)
        successor.subprocess.Popen = Started
    """
    code = textwrap.dedent(note) + textwrap.dedent(
        RUN.format(script='[EngineLost("It stopped.", "Wait.")]', then="None")
    )
    ended = started(code, home)
    out, _ = ended.communicate(timeout=START_S)
    assert (out, ended.returncode) == ("True True\n", 0)


# -- our own faults -------------------------------------------------------------------------------


@pytest.fixture
def bugs(qtbot: QtBot) -> tuple[Bugs, QTimer]:
    window = QWidget()
    qtbot.addWidget(window)
    pulse = QTimer(window)
    made = Bugs(window, pulse)
    window.show()
    return made, pulse


def boxes() -> list[QMessageBox]:
    return [each for each in QApplication.topLevelWidgets()
            if isinstance(each, QMessageBox) and each.isVisible()]  # fmt: skip


def test_a_fault_that_repeats_is_one_dialog_that_counts(
    bugs: tuple[Bugs, QTimer], qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    taker, _ = bugs
    for number in range(50):
        taker.take(ValueError, ValueError(f"fault {number}"), None)
    [box] = boxes()
    assert "fault 0" in box.detailedText()
    assert box.informativeText() == "So far 50 times in a row."
    assert caplog.text.count("unexpected") == 50
    box.reject()
    assert boxes() == []
    taker.take(ValueError, ValueError("another"), None)
    [box] = boxes()
    assert "another" in box.detailedText()
    assert box.informativeText() == ""
    box.reject()
    caplog.clear()


def test_a_thread_that_dies_is_told_too(
    bugs: tuple[Bugs, QTimer], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    taker, pulse = bugs
    monkeypatch.setattr(threading, "excepthook", taker.take_of_thread)
    for broken in (lambda: 1 / 0, sys.exit):
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
    assert boxes() == []  # no other thread touches a widget
    pulse.timeout.emit()
    [box] = boxes()
    assert "ZeroDivisionError" in box.detailedText()
    assert box.informativeText() == ""
    box.reject()
    caplog.clear()


def test_the_window_takes_the_faults_of_every_thread(home: Path) -> None:
    hooks = "[each.__qualname__ for each in (sys.excepthook, threading.excepthook)]"
    code = RUN.format(script="words(3)", then=f"(print(*{hooks}, flush=True), self.close())")
    ended = started("import sys\n" + textwrap.dedent(code), home)
    out, _ = ended.communicate(timeout=START_S)
    assert out == "Bugs.take Bugs.take_of_thread\n0\n"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_crash_leaves_its_stacks_and_the_next_start_says_so(home: Path, running: Scene) -> None:
    code = """
        import faulthandler
        from chatapp import crashes
        print(crashes.watch(), flush=True)
        faulthandler._sigsegv()
    """
    elsewhere = home / "elsewhere"
    for before in ("None", str(elsewhere / "logs" / crashes.LAST)):
        crashed = started(code, elsewhere)
        out, _ = crashed.communicate(timeout=START_S)
        assert out == before + "\n"
        assert crashed.returncode == -signal.SIGSEGV
        assert "Segmentation fault" in (elsewhere / "logs" / crashes.NOW).read_text()
    running.desk.tell_crash(None)
    assert running.window.banner.text() == ""
    running.desk.tell_crash(elsewhere / "logs" / crashes.LAST)
    assert "ended unexpectedly the last time" in running.window.banner.text()


TELL = """
    from PySide6.QtWidgets import QMessageBox
    from chatapp.__main__ import main
    QMessageBox.warning = lambda parent, title, text: print(text, flush=True)
    print(main([]), flush=True)
"""


def test_a_home_that_cannot_be_used_is_told_in_a_dialog(home: Path) -> None:
    (home / "file").write_text("")
    ended = started(TELL, home / "file" / "inside")
    out, _ = ended.communicate(timeout=START_S)
    assert "cannot be used" in out.splitlines()[0]
    assert out.splitlines()[-1] == "1"


def test_chats_that_cannot_be_opened_are_told_in_a_dialog_and_on_the_command_line(
    home: Path,
) -> None:
    (home / "chats.sqlite3").write_bytes(newer_file(home))
    ended = started(TELL, home)
    out, _ = ended.communicate(timeout=START_S)
    assert out.splitlines()[0] == "This chat file was written by a newer ChatApp."
    assert out.splitlines()[-1] == "1"


def newer_file(home: Path) -> bytes:
    path = home / "newer"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE conversations (id INTEGER)")
        db.execute("PRAGMA user_version = 9999")
        db.commit()
    return path.read_bytes()


@pytest.mark.parametrize(
    ("counts", "collected"),
    [((0, 0, 0), []), ((701, 10, 10), [0]), ((701, 11, 3), [0, 1]), ((9, 0, 11), [2])],
)
def test_garbage_is_collected_on_this_thread_at_the_collector_s_own_thresholds(
    counts: tuple[int, int, int], collected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: counts)
    monkeypatch.setattr(gc, "get_threshold", lambda: (700, 10, 10))
    monkeypatch.setattr(gc, "collect", seen.append)
    app._sweep()
    assert seen == collected
