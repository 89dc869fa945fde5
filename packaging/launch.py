#!/usr/bin/env python3
"""Sets ChatApp up and opens it.

    python3 packaging/launch.py                  set up what is missing, then open the window
    python3 packaging/launch.py ask "hello"      set up what is missing, then run a command
    python3 packaging/launch.py --setup          set up only (with --test: for the tests too)
    python3 packaging/launch.py --test [...]     set up for the tests and run them with pytest

Everything goes into the folder .venv of this checkout. Without a display the chat runs in the
terminal. In order: an old Python is told so; what is missing is set up, one line per step;
then this program stays the parent of the window and opens it again when the window asks for
that (exit code 75) or dies. Knows nothing about models or chats. Standard library only.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))

from environment import Build, Environment, Failure, choose_build, explain, nvidia_cards
from linux import system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
AGAIN = 75
WATCHED = "CHATAPP_LAUNCHER"
MINIMUM = (3, 10)
LINUX = platform.system() == "Linux"
COMMAND = "python3 packaging/launch.py"
VENV_PACKAGE = "python{}.{}-venv".format(*sys.version_info[:2])
ONCE_MORE = "The window closed unexpectedly. It is opened again."
WITHOUT_MODEL = "The window closed unexpectedly again. It is opened without a model."
GIVEN_UP = (
    "The window closed unexpectedly four times in a minute. "
    f"To see why: {COMMAND} doctor. To chat in the terminal: {COMMAND} chat"
)
# A signal that a person or the system sends to end a program politely: not a death.
POLITE = {getattr(signal, name, 0) for name in ("SIGINT", "SIGTERM", "SIGHUP")}


# Saying ------------------------------------------------------------------------------------------


def say(line: str, end: str = "\n") -> None:
    """Print, if anyone can see it: a program without a console has no output."""
    if sys.stdout is not None:
        print(line, end=end, flush=True)


def complain(line: str) -> None:
    if sys.stderr is not None:
        print(line, file=sys.stderr, flush=True)


class Steps:
    """The lines of a set-up: number, what, size, and the seconds that it took."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.number = 0
        terminal = sys.stdout is not None and sys.stdout.isatty()
        # A line that wraps could not be written over.
        self.width = shutil.get_terminal_size().columns - 8 if terminal else 0

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        self.number += 1
        line = f"{self.number}/{self.count} {text}"
        again = "\r" + line if len(line) < self.width else ""
        say(line, end="")
        start = time.monotonic()
        done = threading.Event()
        clock = threading.Thread(target=self._tick, args=(again, start, done), daemon=True)
        clock.start()
        try:
            yield
            done.set()
            clock.join()
            say(f"{again} ({time.monotonic() - start:.0f} s)")
        except BaseException:
            done.set()
            clock.join()
            say("")
            raise

    def _tick(self, again: str, start: float, done: threading.Event) -> None:
        while not done.wait(1):
            if again:
                say(f"{again} {time.monotonic() - start:.0f} s", end="")


# Setting up --------------------------------------------------------------------------------------


def prepare(place: Environment, dev: bool, window: bool, thorough: bool = False) -> None:
    """Set up what is missing; quick and silent when nothing is.

    A thorough look also finds single files that are gone. Raises `Failure`.
    """
    if has_parts(place, dev, thorough) and not wanted_packages(place, dev, window):
        return
    with place.alone(lambda: say("Another start is setting ChatApp up. Waiting for it.")):
        if not has_parts(place, dev, thorough):
            set_up(place, dev, window)
        elif wanted_packages(place, dev, window):
            bring_packages(place, Steps(1), dev, window)


def has_parts(place: Environment, dev: bool, thorough: bool) -> bool:
    return place.is_ready(dev) and not (thorough and place.damaged())


def set_up(place: Environment, dev: bool, window: bool) -> None:
    """Bring everything, and say each step; the next start goes on from a step that failed."""
    steps = Steps(6 if LINUX else 5)
    with steps.step(f"Looking at this computer ({machine()})"):
        cards = nvidia_cards() if place.maker == "nvidia" else []
        build = choose_build(platform.system(), place.maker, cards)
        place.check_room(1 if place.has_torch() else build.disk_gb)
        place.folder.mkdir(exist_ok=True)
    if LINUX:
        bring_packages(place, steps, dev, window)
    with steps.step("Making the Python environment in .venv"):
        place.make()
        place.forget_damaged()
        build = place.reachable(build)
    with steps.step(torch_line(place, build)):
        place.install_torch(build)
    tools = ", the test tools" if dev else ""
    with steps.step(f"Getting the window toolkit, transformers{tools} (about 170 MB), one time"):
        place.install_rest(dev)
    with steps.step("Checking that everything is there"):
        place.write_stamp(dev)


def machine() -> str:
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    return f"Python {platform.python_version()}, {platform.system()}, {free:.0f} GB free"


def torch_line(place: Environment, build: Build) -> str:
    if place.has_torch():
        return "Checking PyTorch"
    return f"Getting PyTorch ({build.label}, {build.download}), one time"


def wanted_packages(place: Environment, dev: bool, window: bool) -> list[str]:
    """The system packages that are missing and that this program may install by itself."""
    if not LINUX or not system.distribution().installs_by_itself:
        return []
    packages = system.names(missing_libraries(dev or window), 0)
    if importlib.util.find_spec("ensurepip") is None and not place.runs_pip():
        packages.append(VENV_PACKAGE)
    return packages + (system.missing_packages(system.TEST_PACKAGES) if dev else [])


def missing_libraries(wanted: bool) -> list[str]:
    return system.missing_libraries(os.environ) if LINUX and wanted else []


def bring_packages(place: Environment, steps: Steps, dev: bool, window: bool) -> None:
    """Install system packages where that is allowed.

    Raises `Failure` when something is missing without which nothing works.
    """
    needed = wanted_packages(place, dev, window)
    with steps.step(packages_line(needed)):
        for command in system.apt_commands(needed) if needed else ():
            place.run(command)
        if needed:
            need_libraries(dev or window)
        if importlib.util.find_spec("ensurepip") is None and not place.runs_pip():
            raise Failure(
                "This Python cannot make an environment: its venv package is missing.",
                f"On Debian and Ubuntu: sudo apt-get install {VENV_PACKAGE}",
            )


def need_libraries(wanted: bool) -> None:
    """Raises `Failure` with the command that brings the system's missing libraries."""
    lost = missing_libraries(wanted)
    if lost:
        raise Failure("The window needs libraries of the system.", how_to_get(lost))


def packages_line(needed: list[str]) -> str:
    if not needed:
        return "Looking for the system's libraries"
    more = f" and {len(needed) - 3} more" if len(needed) > 3 else ""
    return f"Getting system packages ({', '.join(needed[:3])}{more}), one time"


def how_to_get(lost: list[str]) -> str:
    return "To get them: " + system.distribution().line(lost)


# Opening -----------------------------------------------------------------------------------------


class Window:
    """The process of the window, started again when it asks for that or dies."""

    def __init__(
        self,
        command: list[str],
        start: Callable[[list[str]], subprocess.Popen[bytes]] = subprocess.Popen,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.command = command
        self.start = start
        self.clock = clock
        self.child: subprocess.Popen[bytes] | None = None
        self.told_to_end = False

    def run(self) -> int:
        """Open the window until it ends by itself; returns the exit code for this program."""
        for number in POLITE:
            signal.signal(number, self.pass_on)
        ends: list[float] = []
        extra: list[str] = []
        while True:
            code = self.open(extra)
            if self.told_to_end or not wants_again(code):
                return 128 - code if code < 0 else code
            now = self.clock()
            ends = [end for end in ends if now - end < 60] + [now]
            if len(ends) > 3:
                complain(GIVEN_UP)
                return 1
            extra = ["--no-model"] if len(ends) == 3 else []
            if code != AGAIN:
                complain(WITHOUT_MODEL if extra else ONCE_MORE)

    def open(self, extra: list[str]) -> int:
        self.child = self.start([*self.command, *extra])
        if self.told_to_end:
            self.child.terminate()
        return self.child.wait()

    def pass_on(self, number: int, _frame: object) -> None:
        """Hand a polite signal on, unless the terminal has given it to the window already."""
        self.told_to_end = True
        if self.child and not (number == signal.SIGINT and shares_terminal()):
            self.child.send_signal(number)


def wants_again(code: int) -> bool:
    """Whether an exit code asks for a new window: 75, or death by a signal (on Windows a fault)."""
    died = code < 0 and -code not in POLITE
    fault = code >= 0xC0000000 and code != 0xC000013A  # the second is Ctrl+C
    return code == AGAIN or died or fault


def shares_terminal() -> bool:
    """Whether Ctrl+C in the terminal reaches the window without us."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except AttributeError:  # Windows: it always does
        return True
    except OSError:
        return False


def program(place: Environment, *arguments: str) -> list[str]:
    """The command of ChatApp. Isolated: no `torch.py` of the current folder, no PYTHONPATH."""
    return [str(place.python), "-I", "-m", "chatapp", *arguments]


def hand_over(command: list[str]) -> int:
    """Become another program, with its signals, streams and exit code."""
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)  # Windows: execv would give the terminal back too early


def open_chat(place: Environment, arguments: list[str]) -> int:
    """The window; without a display or its libraries the chat in the terminal."""
    lost = missing_libraries(has_display())
    if lost:
        complain("The window needs libraries of the system. " + how_to_get(lost))
        return chat_without_window(place, arguments)
    if not has_display():
        complain("There is no display for the window.")
        return chat_without_window(place, arguments)
    unknown = system.drop_unknown_platform(os.environ, place.packages()) if LINUX else ""
    if unknown:
        complain(f"Qt has no platform named {unknown}. The usual one is used.")
    os.environ[WATCHED] = "1"  # so that the window does not start its successor itself
    return Window(program(place, *arguments)).run()


def has_display() -> bool:
    return not LINUX or system.display_answers(os.environ)


def chat_without_window(place: Environment, options: list[str]) -> int:
    """A chat in the terminal, or the answer to the text on standard input."""
    if sys.stdin is not None and sys.stdin.isatty():
        complain("The chat runs in this terminal.")
        return hand_over(program(place, *options, "chat"))
    text = sys.stdin.buffer.read() if sys.stdin is not None else b""
    if text.strip():
        command = program(place, *options, "ask", "-")
        return subprocess.run(command, input=text, check=False).returncode
    complain(f'To chat without the window: {COMMAND} ask "hello"')
    return 1


# From the menu: the first set-up is shown in a terminal ------------------------------------------


def open_from_menu(place: Environment, arguments: list[str]) -> int:
    """Open the window, or a terminal first when there is something to see."""
    terminal = system.terminal() if LINUX else []
    if terminal and not (has_parts(place, False, False) and not missing_libraries(True)):
        subprocess.Popen([*terminal, *this_program("--in-terminal")], start_new_session=True)
        return 0
    return run(place, arguments)


def set_up_in_terminal(place: Environment) -> int:
    """Set up, then open a window that stays when the terminal closes."""
    code = report(lambda: run(place, ["--setup"]), place)
    lost = missing_libraries(True)
    if lost:
        complain(how_to_get(lost))
    if code or lost:
        with contextlib.suppress(EOFError):
            input("Press Enter to close this terminal.")
        return 1
    quiet = subprocess.DEVNULL
    subprocess.Popen(
        this_program(), stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    return 0


def this_program(*arguments: str) -> list[str]:
    return [sys.executable, str(Path(__file__).resolve()), *arguments]


# The door ----------------------------------------------------------------------------------------


def run(place: Environment, arguments: list[str]) -> int:
    """What the arguments ask for."""
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help"):
        say(__doc__)
        return 0
    if first == "--from-menu":
        return open_from_menu(place, arguments[1:])
    if first == "--in-terminal":
        return set_up_in_terminal(place)
    if first == "--setup":
        prepare(place, dev="--test" in arguments, window=True, thorough=True)
        need_libraries(has_display())
        say("Everything is in place. To open the window: " + COMMAND)
        return 0
    if first == "--test":
        return run_tests(place, arguments[1:])
    windowed = opens_window(arguments)
    prepare(place, dev=False, window=windowed and has_display())
    if windowed:
        return open_chat(place, arguments)
    return hand_over(program(place, *arguments))


def run_tests(place: Environment, options: list[str]) -> int:
    """Run pytest in the checkout, after naming what its tests will miss."""
    prepare(place, dev=True, window=True)
    need_libraries(True)
    tools = system.missing_tools() if LINUX else []
    if tools:
        say("Not installed, so the tests that need them are skipped: " + ", ".join(tools))
    os.chdir(str(ROOT))
    return hand_over([str(place.python), "-m", "pytest", *options])


def opens_window(arguments: list[str]) -> bool:
    """Whether ChatApp would open its window for these arguments: options of the window only."""
    rest = re.sub(r"(^|\0)--log(=|\0)[^\0]*", r"\1", "\0".join(arguments)).split("\0")
    return not set(rest) - {"", "--fresh", "--no-model"}


def report(action: Callable[[], int], place: Environment) -> int:
    """Do something; a failure becomes a sentence, a remedy and the path of the log."""
    try:
        return action()
    except Failure as failure:
        complain(f"{failure.sentence} {failure.remedy}")
    except KeyboardInterrupt:
        complain(f"Stopped. To go on: {COMMAND}")
        return 130
    except OSError as error:
        cause = explain(str(error), "The launcher")
        complain(f"{cause.sentence} {cause.remedy} ({error})")
    except Exception:
        with contextlib.suppress(OSError), place.log.open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)
        complain("The launcher itself has a fault. Please report it with the log.")
    if place.log.exists():
        complain(f"Log: {place.log}")
    return 1


def find_newer_python() -> int:
    """This Python is too old: go on with a newer one that is installed, or say what is needed."""
    for minor in range(14, 9, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and os.name != "nt":
            return hand_over([newer, *this_program(*sys.argv[1:])[1:]])
    version = platform.python_version()
    complain(f"ChatApp needs Python 3.10 or newer; this is Python {version}.")
    complain("Install a newer one, then run for example: python3.12 packaging/launch.py")
    return 1


def main() -> int:
    # A menu or a service may start us with no PATH at all.
    os.environ["PATH"] = os.environ.get("PATH") or os.defpath
    if sys.version_info[:2] < MINIMUM:
        return find_newer_python()
    place = Environment(ROOT)
    return report(lambda: run(place, sys.argv[1:]), place)


if __name__ == "__main__":
    sys.exit(main())
