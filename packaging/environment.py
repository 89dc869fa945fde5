"""The folder `.venv`: the Python packages that ChatApp runs on, made, checked and repaired.

Knows nothing about windows, displays or command lines. Only the standard library, in a syntax
that Python 3.8 can read, so that an old Python can still say what is missing. In order: what
must be there (pyproject.toml), which PyTorch suits this computer, the folder, pip, the stamp.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INDEX = "https://download.pytorch.org/whl/"
MODULES = ("chatapp", "torch", "transformers", "accelerate", "PySide6", "shiboken6")
PROBE = """
import sys, importlib.util
found = [importlib.util.find_spec(name) for name in sys.argv[1:]]
lost = [n for n, s in zip(sys.argv[1:], found) if s is None or s.origin is None]
print("%d.%d" % sys.version_info[:2], *lost)
"""


class Failure(Exception):
    """Set-up cannot go on: what is the case, and what to do now."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy


# What must be there ------------------------------------------------------------------------------


def listed(pyproject: str, name: str) -> list[str]:
    """The strings of the list `name = [...]`. Python 3.10 has no TOML reader of its own."""
    found = re.search(rf"^{name}\s*=\s*\[(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    return re.findall(r'^\s*"([^"]+)"', found.group(1), re.MULTILINE) if found else []


def requirement(pyproject: str, package: str) -> str:
    """The line that asks for `package`, such as `torch~=2.13.0`."""
    for line in listed(pyproject, "dependencies"):
        if re.match(rf"{package}(?![\w.-])", line, re.IGNORECASE):
            return line
    raise Failure(
        f"The file pyproject.toml does not name {package}.", "Get a fresh copy of ChatApp."
    )


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


# Which PyTorch -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Build:
    """One build of PyTorch: where it is, and how large it is on the way and on the disk."""

    label: str
    index: str | None
    download: str
    disk_gb: float


@dataclass(frozen=True)
class Card:
    """An NVIDIA GPU: major version of its driver, and its compute capability."""

    driver: int
    capability: float


STANDARD = Build("standard build", None, "up to 2.7 GB", 2.5)
CPU = Build("CPU build", INDEX + "cpu", "about 190 MB", 2.5)
APPLE = Build("build for Apple computers", None, "about 90 MB", 2.5)
CUDA_13 = Build("for NVIDIA, CUDA 13.0", INDEX + "cu130", "about 2.7 GB", 8)
CUDA_13_LINUX = Build("for NVIDIA, CUDA 13.0", None, "about 2.7 GB", 8)
CUDA_12 = Build("for older NVIDIA drivers and GPUs, CUDA 12.6", INDEX + "cu126", "about 2.7 GB", 8)
ROCM = Build("for AMD, ROCm 7.2", INDEX + "rocm7.2", "about 5 GB", 20)


def gpu_maker(system: str, exists: Callable[[str], bool] = os.path.exists) -> str:
    """Whose GPU is here: `nvidia`, `amd`, `apple` or `none`. Looks at files only: under 1 ms."""
    if system == "Darwin":
        return "apple"
    if system == "Windows":
        root = os.environ.get("SYSTEMROOT", r"C:\Windows")
        return "nvidia" if exists(root + r"\System32\nvidia-smi.exe") else "none"
    if exists("/proc/driver/nvidia/version") or exists("/usr/lib/wsl/lib/nvidia-smi"):
        return "nvidia"
    return "amd" if exists("/opt/rocm") else "none"


def read_cards(table: str) -> list[Card]:
    """Cards from nvidia-smi's lines `580.65.06, 8.9`; lines that say something else are left."""
    rows = re.findall(r"^\s*(\d+)\.[\d.]+\s*,\s*(\d+\.\d+)\s*$", table, re.MULTILINE)
    return [Card(int(driver), float(capability)) for driver, capability in rows]


def nvidia_cards() -> list[Card]:
    """The NVIDIA GPUs of this computer; none when the driver does not answer."""
    program = shutil.which("nvidia-smi") or "/usr/lib/wsl/lib/nvidia-smi"
    query = [program, "--query-gpu=driver_version,compute_cap", "--format=csv,noheader"]
    try:
        return read_cards(subprocess.run(query, **CAPTURED, timeout=20).stdout)
    except (OSError, subprocess.SubprocessError):
        return []


def choose_build(system: str, maker: str, cards: list[Card]) -> Build:
    """The PyTorch for this computer.

    CUDA 13 needs driver 580 and compute capability 7.5, CUDA 12.6 needs driver 525 (the
    support tables of PyTorch 2.13 and CUDA). An older driver gets the CPU build.
    """
    if maker == "apple":
        return APPLE
    if maker == "amd":
        return ROCM
    if maker != "nvidia":
        return CPU if system == "Linux" else STANDARD
    if cards and min(card.driver for card in cards) < 525:
        return CPU
    if any(card.driver < 580 or card.capability < 7.5 for card in cards):
        return CUDA_12
    return CUDA_13_LINUX if system == "Linux" else CUDA_13


def answers(url: str, seconds: float = 5) -> bool:
    """Whether an address answers a short question in time; proxies of the system are used."""
    question = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(question, timeout=seconds):
            return True
    except (OSError, ValueError):
        return False


# pip ---------------------------------------------------------------------------------------------

CAPTURED: dict[str, Any] = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.DEVNULL,
    "text": True,
}
# Settings of a person's shell that would send the packages somewhere else.
MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME")

NO_ROOM = (
    "The disk is full.",
    "Free some gigabytes, then run the same command again.",
)
NOT_WRITABLE = (
    "The folder of ChatApp cannot be written.",
    "Copy it to a folder of your own, then run the same command there.",
)
NOT_TRUSTED = (
    "The connection to the package server is not trusted.",
    "Ask who runs this network for its certificate, and set PIP_CERT to that file.",
)
NO_ANSWER = (
    "The package server could not be reached.",
    "Check the internet connection, then run the same command again; it goes on from here.",
)
NO_FIT = (
    f"A package that fits Python {platform.python_version()} was not found.",
    "Use Python 3.10 to 3.14, for example: python3.12 packaging/launch.py",
)
SIGNS = (
    (r"No space left|Disk quota|not enough space", NO_ROOM),
    (r"Read-only file system|Permission denied|Access is denied", NOT_WRITABLE),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError", NOT_TRUSTED),
    (
        r"name resolution|getaddrinfo|NewConnectionError|ConnectTimeout|Read timed out|"
        r"ProxyError|Connection (refused|reset|aborted|broken)|Network is unreachable|"
        r"NameResolutionError|ReadTimeoutError|IncompleteRead",
        NO_ANSWER,
    ),
    (r"No matching distribution|Could not find a version|requires a different Python", NO_FIT),
)


def explain(log: str, what: str) -> Failure:
    """The sentence and the remedy for what a failed command wrote."""
    for pattern, words in SIGNS:
        if re.search(pattern, log, re.IGNORECASE):
            return Failure(*words)
    return Failure(f"{what} did not work.", "Run the same command again, or read the log.")


class Environment:
    """The folder `.venv` of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.log = self.folder / "setup.log"
        self.stamp = self.folder / "chatapp-setup.json"
        self.maker = gpu_maker(platform.system())
        windows = platform.system() == "Windows"
        self.scripts = self.folder / ("Scripts" if windows else "bin")
        # Without a console (pythonw started us) the child must not open one either.
        silent = windows and sys.stdout is None
        self.python = self.scripts / (
            ("pythonw.exe" if silent else "python.exe") if windows else "python"
        )

    # The stamp

    def needs(self) -> dict[str, str]:
        """What a complete folder is made for: packages, test tools, GPU maker, its own place."""
        text = self.pyproject()
        return {
            "packages": digest(listed(text, "dependencies")),
            "tests": digest(listed(text, "dev")),
            "maker": self.maker,
            "folder": str(self.folder),
        }

    def pyproject(self) -> str:
        return (self.root / "pyproject.toml").read_text(encoding="utf-8")

    def stamped(self) -> dict[str, str]:
        try:
            note = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def is_ready(self, dev: bool) -> bool:
        """Whether nothing is to be done: stamped for these packages, and they are there."""
        note, needs = self.stamped(), self.needs()
        if not dev:
            del needs["tests"]
        if any(note.get(key) != value for key, value in needs.items()):
            return False
        return self.probe(*MODULES) == [note.get("python")]

    def write_stamp(self, dev: bool) -> None:
        """Remember a complete set-up.

        Raises `Failure` when something is still missing after all steps.
        """
        version, *lost = self.probe(*MODULES) or [""]
        if lost or not version:
            raise Failure(
                "The set-up ended, but parts are missing: " + (", ".join(lost) or "Python") + ".",
                f"Delete the folder {self.folder} and run the same command again.",
            )
        note = {**self.needs(), "python": version}
        if not dev:
            note["tests"] = self.stamped().get("tests", "")
        self.note(note)

    def note(self, note: dict[str, str]) -> None:
        fresh = self.stamp.with_suffix(".new")
        fresh.write_text(json.dumps(note), encoding="utf-8")
        fresh.replace(self.stamp)

    # The folder

    def probe(self, *modules: str) -> list[str]:
        """Version of the folder's Python, then the modules that it cannot find.

        An empty list when that Python does not run.
        """
        command = [str(self.python), "-I", "-c", PROBE, *modules]
        try:
            done = subprocess.run(command, **CAPTURED, check=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return []
        return str(done.stdout).split()

    def check_room(self, gigabytes: float) -> float:
        """Free gigabytes beside the folder; raises `Failure` when they are too few."""
        if not os.access(str(self.root), os.W_OK):
            raise Failure(*NOT_WRITABLE)
        free = shutil.disk_usage(str(self.root)).free / 1e9
        if free < gigabytes:
            raise Failure(
                f"The set-up needs {gigabytes:.1f} GB of free disk space; {free:.1f} GB are free.",
                "Free some space, then run the same command again.",
            )
        return free

    def has_torch(self) -> bool:
        return any(self.packages().glob("torch-*.dist-info"))

    def packages(self) -> Path:
        """Where the packages lie."""
        found = sorted(self.folder.glob("lib/python3*/site-packages"))
        return found[-1] if found else self.folder / "Lib" / "site-packages"

    def make(self) -> None:
        """A folder whose Python and pip run. Packages stay when they fit that Python."""
        if not self.runs_pip() and self.fits():
            self.create()
        # The packages of a checkout that was copied would still lead to the first one.
        copied = self.stamped().get("folder", str(self.folder)) != str(self.folder)
        if copied or not self.runs_pip():
            self.create("--clear")
        if not self.runs_pip():
            raise explain(self.log_tail(), "Making the Python environment")

    def runs_pip(self) -> bool:
        return len(self.probe("pip")) == 1

    def fits(self) -> bool:
        """Whether the packages in the folder are for the Python that runs this program."""
        try:
            settings = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        made_for = re.search(r"^version\s*=\s*(\d+\.\d+)", settings, re.MULTILINE)
        return bool(made_for and made_for.group(1) == "{}.{}".format(*sys.version_info[:2]))

    def create(self, *options: str) -> None:
        """Run Python's own venv module on the folder."""
        # venv leaves a link that leads nowhere as it is.
        for name in self.scripts.glob("python*"):
            if name.is_symlink():
                name.unlink()
        base = getattr(sys, "_base_executable", None) or sys.executable
        self.run([base, "-I", "-m", "venv", *options, str(self.folder)])

    def forget_damaged(self) -> None:
        """Let pip install again every package of which a file is gone.

        Without its `.dist-info` folder a package counts as not installed.
        """
        damaged = self.damaged()
        for note in damaged:
            shutil.rmtree(str(note))
        if any(note.name.startswith("pip-") for note in damaged):
            self.create()

    def damaged(self) -> list[Path]:
        """The `.dist-info` folders of packages of which a file is gone."""
        return [note for note in self.packages().glob("*.dist-info") if is_damaged(note)]

    def reachable(self, build: Build) -> Build:
        """The build itself, or the standard one when the build's own server does not answer."""
        if not build.index or self.has_torch() or answers(build.index + "/torch/"):
            return build
        return STANDARD

    def install_torch(self, build: Build) -> None:
        """PyTorch from the server of this build, or else from pip's usual one."""
        before = self.stamped()
        if before.get("maker", self.maker) != self.maker:
            self.pip("uninstall", "--yes", "torch")
        self.note({**before, "maker": self.maker, "packages": "", "tests": ""})
        wanted = requirement(self.pyproject(), "torch")
        if build.index:
            try:
                self.pip("install", wanted, "--index-url", build.index)
                return
            except Failure as failure:
                if failure.sentence in (NO_ROOM[0], NOT_WRITABLE[0]):
                    raise
        self.pip("install", wanted)

    def install_rest(self, dev: bool) -> None:
        """ChatApp itself, as a link to this checkout, with all that it needs."""
        self.pip("install", "--editable", ".[dev]" if dev else ".")

    # Commands

    def pip(self, *arguments: str) -> None:
        quiet = ("--disable-pip-version-check", "--no-input")
        if self.run([str(self.python), "-I", "-m", "pip", *quiet, *arguments]) != 0:
            raise explain(self.log_tail(), "Getting the Python packages")

    def run(self, command: list[str]) -> int:
        """Run a command in the checkout, its output into the log; returns the exit code."""
        surroundings = {k: v for k, v in os.environ.items() if k not in MISLEADING}
        with self.log.open("ab") as log:
            log.write(("\n$ " + " ".join(command) + "\n").encode("utf-8", "replace"))
            log.flush()
            self.log_start = log.tell()
            return subprocess.call(
                command,
                cwd=str(self.root),
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def log_tail(self) -> str:
        """What the last command wrote."""
        try:
            with self.log.open("rb") as log:
                log.seek(self.log_start)
                return log.read().decode("utf-8", "replace")
        except OSError:  # `venv --clear` took the log with it
            return ""

    @contextlib.contextmanager
    def alone(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Only one set-up of a checkout at a time; `waiting` is called when another is at work."""
        try:
            import fcntl
        except ImportError:  # Windows, untested there
            yield
            return
        with (self.root / "pyproject.toml").open("rb") as handle:
            with contextlib.suppress(OSError):  # a disk without locks: go on without
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    waiting()
                    fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def is_damaged(note: Path) -> bool:
    """Whether a file of a package is gone, or its installation was cut off before its end."""
    try:
        rows = (note / "RECORD").read_text(encoding="utf-8").splitlines()
    except OSError:
        return True
    names = [row.rsplit(",", 2)[0].strip('"') for row in rows if row]
    kept = [name for name in names if not name.endswith(".pyc")]
    return not all(os.path.exists(os.path.join(str(note.parent), name)) for name in kept)
