"""packaging/launch.py and its two rooms, with scripted computers: nothing is installed here."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
ROOT = PACKAGING.parent


def load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def launch() -> ModuleType:
    before = list(sys.path)
    module = load("launch", PACKAGING / "launch.py")
    sys.path[:] = before
    return module


@pytest.fixture
def environment(launch: ModuleType) -> ModuleType:
    return sys.modules["environment"]


@pytest.fixture
def system(launch: ModuleType) -> ModuleType:
    return launch.system


PYPROJECT = """
[project]
dependencies = [
    "torch~=2.13.0",
    "torchvision>=1",  # "not this one"
    "PySide6_Essentials~=6.12.0",
]

[project.optional-dependencies]
dev = [
    "pytest>=8",
]
"""


@pytest.fixture
def place(environment: ModuleType, tmp_path: Path) -> SimpleNamespace:
    """A checkout whose .venv is complete: its Python answers the probe by script."""
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT)
    made = environment.Environment(root)
    made.folder.mkdir()
    made.lost = []
    made.probe = lambda *modules: ["3.11", *made.lost]
    made.write_stamp(dev=False)
    return made


class Runs:
    """Commands that are recorded instead of run; each writes and returns what the script says."""

    def __init__(self, place: SimpleNamespace, script: dict[str, tuple[int, str]]) -> None:
        self.place = place
        self.script = script
        self.commands: list[str] = []
        self.output = ""
        place.run = self.run
        place.log_tail = lambda: self.output

    def run(self, command: list[str]) -> int:
        line = " ".join(command)
        self.commands.append(line)
        for part, (code, output) in self.script.items():
            if part in line:
                self.output = output
                return code
        return 0


# The requirement ---------------------------------------------------------------------------------


def test_torch_is_read_from_the_dependencies_and_not_its_namesakes(environment: ModuleType) -> None:
    assert environment.requirement(PYPROJECT, "torch") == "torch~=2.13.0"


def test_the_real_project_file_is_read_as_toml_would_read_it(environment: ModuleType) -> None:
    tomllib = pytest.importorskip("tomllib")
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    assert environment.listed(text, "dependencies") == project["dependencies"]
    assert environment.listed(text, "dev") == project["optional-dependencies"]["dev"]


def test_a_project_file_without_torch_is_a_failure_with_a_remedy(environment: ModuleType) -> None:
    with pytest.raises(environment.Failure, match="does not name torch"):
        environment.requirement("[project]\n", "torch")


# Which PyTorch -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "maker", "cards", "label", "index"),
    [
        ("Linux", "none", [], "CPU", "cpu"),
        ("Linux", "nvidia", [(580, 8.9)], "CUDA 13", None),
        ("Linux", "nvidia", [], "CUDA 13", None),
        ("Linux", "nvidia", [(535, 8.9)], "CUDA 12.6", "cu126"),
        ("Linux", "nvidia", [(580, 6.1)], "CUDA 12.6", "cu126"),
        ("Linux", "nvidia", [(470, 8.6)], "CPU", "cpu"),
        ("Linux", "amd", [], "AMD", "rocm7.2"),
        ("Windows", "nvidia", [(581, 12.0)], "CUDA 13", "cu130"),
        ("Windows", "none", [], "standard", None),
        ("Darwin", "apple", [], "Apple", None),
    ],
)
def test_each_computer_gets_its_build(
    environment: ModuleType,
    name: str,
    maker: str,
    cards: list[tuple[int, float]],
    label: str,
    index: str | None,
) -> None:
    build = environment.choose_build(name, maker, [environment.Card(*card) for card in cards])
    assert label in build.label
    assert build.index == (environment.INDEX + index if index else None)


@pytest.mark.parametrize(
    ("name", "there", "maker"),
    [
        ("Linux", "/proc/driver/nvidia/version", "nvidia"),
        ("Linux", "/usr/lib/wsl/lib/nvidia-smi", "nvidia"),
        ("Linux", "/opt/rocm", "amd"),
        ("Linux", "/etc/passwd", "none"),
        ("Darwin", "", "apple"),
    ],
)
def test_the_gpu_is_known_by_its_files(
    environment: ModuleType, name: str, there: str, maker: str
) -> None:
    assert environment.gpu_maker(name, exists=lambda path: path == there) == maker


def test_cards_are_read_from_the_drivers_table(environment: ModuleType) -> None:
    table = "580.65.06, 8.9\n535.183.01, 7.0\nFailed to initialize NVML\n581.29, 12.0\n"
    assert [(card.driver, card.capability) for card in environment.read_cards(table)] == [
        (580, 8.9),
        (535, 7.0),
        (581, 12.0),
    ]


def test_a_server_that_refuses_does_not_answer(environment: ModuleType) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert not environment.answers(f"http://127.0.0.1:{port}/cpu/torch/")


def test_a_silent_torch_server_means_the_standard_build(
    environment: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "answers", lambda url: False)
    assert place.reachable(environment.CPU) is environment.STANDARD


def test_an_index_without_the_package_falls_back_to_the_usual_one(
    environment: ModuleType, place: SimpleNamespace
) -> None:
    runs = Runs(place, {"--index-url": (1, "ERROR: No matching distribution found for torch")})
    place.install_torch(environment.CPU)
    assert [line.split("install ")[1] for line in runs.commands] == [
        f"torch~=2.13.0 --index-url {environment.CPU.index}",
        "torch~=2.13.0",
    ]


def test_a_full_disk_is_not_tried_a_second_time(
    environment: ModuleType, place: SimpleNamespace
) -> None:
    runs = Runs(place, {"--index-url": (1, "OSError: [Errno 28] No space left on device")})
    with pytest.raises(environment.Failure, match="disk is full"):
        place.install_torch(environment.CPU)
    assert len(runs.commands) == 1


def test_another_gpu_means_another_torch(environment: ModuleType, place: SimpleNamespace) -> None:
    runs = Runs(place, {})
    place.maker = "nvidia"
    place.install_torch(environment.CUDA_13_LINUX)
    assert "uninstall --yes torch" in runs.commands[0]


# The stamp ---------------------------------------------------------------------------------------


def test_a_stamped_folder_is_ready(place: SimpleNamespace) -> None:
    assert place.is_ready(dev=False)


def test_a_folder_without_test_tools_is_not_ready_for_tests(place: SimpleNamespace) -> None:
    assert not place.is_ready(dev=True)


def test_a_folder_with_test_tools_is_ready_for_everything(place: SimpleNamespace) -> None:
    place.write_stamp(dev=True)
    assert place.is_ready(dev=True)
    assert place.is_ready(dev=False)


def test_set_up_without_tests_keeps_the_test_tools_in_mind(place: SimpleNamespace) -> None:
    place.write_stamp(dev=True)
    place.write_stamp(dev=False)
    assert place.is_ready(dev=True)


@pytest.mark.parametrize(
    "change", ["dependency", "gpu", "python", "module", "no stamp", "cut", "copied"]
)
def test_a_change_makes_the_folder_unready(place: SimpleNamespace, change: str) -> None:
    if change == "dependency":
        path = place.root / "pyproject.toml"
        path.write_text(path.read_text().replace("6.12.0", "6.13.0"))
    elif change == "gpu":
        place.maker = "amd"
    elif change == "python":
        place.probe = lambda *modules: ["3.12"]
    elif change == "module":
        place.lost = ["PySide6"]
    elif change == "copied":
        place.folder = place.folder.parent / "elsewhere"
    elif change == "no stamp":
        place.stamp.unlink()
    else:
        place.stamp.write_text(place.stamp.read_text()[:20])
    assert not place.is_ready(dev=False)


def test_an_interrupted_set_up_is_not_ready(
    environment: ModuleType, place: SimpleNamespace
) -> None:
    Runs(place, {})
    place.install_torch(environment.CPU)
    assert not place.is_ready(dev=False)


def test_no_stamp_is_written_while_parts_are_missing(
    environment: ModuleType, place: SimpleNamespace
) -> None:
    place.lost = ["torch"]
    with pytest.raises(environment.Failure, match="missing: torch"):
        place.write_stamp(dev=False)


# The folder --------------------------------------------------------------------------------------


def package(place: SimpleNamespace, name: str) -> Path:
    """An installed package of one file."""
    folder = place.folder / "lib" / "python3.11" / "site-packages"
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    note = folder / f"{name}-1.0.dist-info"
    note.mkdir()
    (note / "RECORD").write_text(f"{name}/__init__.py,sha256=x,0\n{name}/gone.pyc,,\n")
    return note


def test_a_whole_package_is_left_alone(place: SimpleNamespace) -> None:
    note = package(place, "whole")
    place.forget_damaged()
    assert note.is_dir()


def test_a_package_with_a_file_gone_is_installed_again(place: SimpleNamespace) -> None:
    note = package(place, "broken")
    shutil.rmtree(note.parent / "broken")
    place.forget_damaged()
    assert not note.exists()


def test_a_package_cut_off_while_it_was_installed_is_installed_again(
    place: SimpleNamespace,
) -> None:
    note = package(place, "cut")
    (note / "RECORD").unlink()
    place.forget_damaged()
    assert not note.exists()


def creations(place: SimpleNamespace, repaired_by: str) -> list[list[str]]:
    """A folder without a Python that runs; the named attempt brings it back."""
    asked: list[list[str]] = []
    works = [False]

    def create(*options: str) -> None:
        asked.append(list(options))
        works[0] = works[0] or repaired_by == "".join(options)

    place.create = create
    place.probe = lambda *modules: ["3.11"] if works[0] else []
    place.log_tail = lambda: "Error: something else"
    place.make()
    return asked


def test_a_python_that_is_gone_is_put_back_beside_its_packages(place: SimpleNamespace) -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    (place.folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}.7\n")
    assert creations(place, repaired_by="") == [[]]


def test_a_folder_of_another_python_is_made_anew(place: SimpleNamespace) -> None:
    (place.folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.2.1\n")
    assert creations(place, repaired_by="--clear") == [["--clear"]]


def test_the_folder_of_a_copied_checkout_is_made_anew(place: SimpleNamespace) -> None:
    place.note({**place.stamped(), "folder": "/elsewhere/.venv"})
    asked: list[tuple[str, ...]] = []
    place.create = lambda *options: asked.append(options)
    place.make()
    assert asked == [("--clear",)]


def test_a_folder_beyond_repair_is_a_failure(
    environment: ModuleType, place: SimpleNamespace
) -> None:
    with pytest.raises(environment.Failure, match="Making the Python environment"):
        creations(place, repaired_by="nothing")


# Failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full."),
        ("[Errno 30] Read-only file system: '/x'", "cannot be written"),
        ("Temporary failure in name resolution\nERROR: No matching distribution", "be reached"),
        ("ERROR: No matching distribution found for torch~=2.13.0", "fits Python"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'", "not trusted"),
        ("something new", "Getting it did not work."),
    ],
)
def test_a_failed_command_is_told_in_a_sentence(
    environment: ModuleType, output: str, sentence: str
) -> None:
    assert sentence in environment.explain(output, "Getting it").sentence


def test_too_little_disk_space_is_told_before_anything_is_fetched(
    environment: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(total=9e9, used=8.5e9, free=0.5e9)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(environment.Failure, match=r"needs 2.5 GB .* 0.5 GB are free"):
        place.check_room(2.5)


def test_a_read_only_checkout_is_told(
    environment: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.os, "access", lambda path, mode: False)
    with pytest.raises(environment.Failure, match="cannot be written"):
        place.check_room(0.1)


@pytest.mark.parametrize(
    "error", ["failure", "OSError", "fault"], ids=["known", "system", "our own"]
)
def test_no_failure_shows_a_traceback(
    launch: ModuleType,
    environment: ModuleType,
    place: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    error: str,
) -> None:
    errors = {
        "failure": environment.Failure("It is full.", "Free some."),
        "OSError": OSError(28, "No space left on device"),
        "fault": ZeroDivisionError("ours"),
    }
    place.log.write_text("")

    def action() -> int:
        raise errors[error]

    assert launch.report(action, place) == 1
    told = capsys.readouterr().err
    assert str(place.log) in told
    assert "Traceback" not in told


def test_a_fault_of_the_launcher_is_in_the_log(launch: ModuleType, place: SimpleNamespace) -> None:
    launch.report(lambda: 1 // 0, place)
    assert "ZeroDivisionError" in place.log.read_text()


# The system's libraries and packages -------------------------------------------------------------


def test_only_libraries_that_do_not_load_are_missing(system: ModuleType) -> None:
    def load_library(name: str) -> None:
        if name in ("libxcb-cursor.so.0", "libEGL.so.1", "libwayland-egl.so.1"):
            raise OSError(name)

    lost = system.missing_libraries({"DISPLAY": ":0"}, load_library)
    assert lost == ["libEGL.so.1", "libxcb-cursor.so.0"]


def test_wayland_alone_needs_no_x_libraries(system: ModuleType) -> None:
    def load_library(name: str) -> None:
        raise OSError(name)

    lost = system.missing_libraries({"WAYLAND_DISPLAY": "wayland-0"}, load_library)
    assert "libwayland-client.so.0" in lost
    assert "libxcb-cursor.so.0" not in lost


@pytest.mark.parametrize(
    ("release", "line"),
    [
        ("ID=debian\n", "sudo apt-get install libgl1 libxcb-cursor0"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "sudo apt-get install libgl1 libxcb-cursor0"),
        ("ID=fedora\n", "sudo dnf install 'libGL.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'"),
        ("ID=endeavouros\nID_LIKE=arch\n", "sudo pacman -S --needed libglvnd xcb-util-cursor"),
        (
            'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
            "sudo zypper install 'libGL.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'",
        ),
        ("ID=own\n", "install the packages that hold libGL.so.1, libxcb-cursor.so.0"),
    ],
)
def test_each_distribution_gets_its_own_line(system: ModuleType, release: str, line: str) -> None:
    kind = system.distribution(release)
    assert kind.line(["libGL.so.1", "libxcb-cursor.so.0"]) == line


@pytest.mark.parametrize(
    ("release", "user", "allowed"),
    [("ID=ubuntu\n", 0, True), ("ID=ubuntu\n", 1000, False), ("ID=fedora\n", 0, False)],
)
def test_packages_are_installed_only_by_root_on_debian(
    system: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    release: str,
    user: int,
    allowed: bool,
) -> None:
    monkeypatch.setattr(system.os, "geteuid", lambda: user)
    assert system.distribution(release).installs_by_itself is allowed


def test_a_library_that_apt_could_not_bring_ends_the_set_up(
    launch: ModuleType,
    environment: ModuleType,
    place: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Runs(place, {"apt-get": (100, "E: Unable to locate package")})
    monkeypatch.setattr(launch, "wanted_packages", lambda *_: ["libgl1"])
    monkeypatch.setattr(launch, "missing_libraries", lambda wanted: ["libGL.so.1"])
    with pytest.raises(environment.Failure, match="needs libraries of the system"):
        launch.bring_packages(place, launch.Steps(6), dev=False, window=True)


def test_a_person_who_is_not_root_gets_no_command_run(
    launch: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(place, {})
    monkeypatch.setattr(launch, "wanted_packages", lambda *_: [])
    monkeypatch.setattr(launch, "missing_libraries", lambda wanted: ["libxcb-cursor.so.0"])
    launch.bring_packages(place, launch.Steps(6), dev=False, window=True)
    assert runs.commands == []


def test_without_its_libraries_the_window_is_named_and_not_opened(
    launch: ModuleType,
    place: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(launch, "has_display", lambda: True)
    monkeypatch.setattr(launch, "missing_libraries", lambda wanted: ["libxcb-cursor.so.0"])
    stdin(monkeypatch, b"", terminal=False)
    assert launch.open_chat(place, []) == 1
    assert "libxcb-cursor" in capsys.readouterr().err


def test_the_tests_are_not_started_without_the_windows_libraries(
    launch: ModuleType,
    environment: ModuleType,
    place: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place.write_stamp(dev=True)
    handed = Handed(launch, monkeypatch)
    monkeypatch.setattr(launch, "wanted_packages", lambda *_: [])
    monkeypatch.setattr(launch, "missing_libraries", lambda wanted: ["libEGL.so.1"])
    with pytest.raises(environment.Failure, match="needs libraries"):
        launch.run(place, ["--test"])
    assert handed.commands == []


def test_a_missing_package_alone_does_not_set_everything_up_again(
    launch: ModuleType,
    place: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = Runs(place, {})
    monkeypatch.setattr(launch, "wanted_packages", lambda *_: ["openbox"])
    monkeypatch.setattr(launch, "missing_libraries", lambda wanted: [])
    launch.prepare(place, dev=False, window=True)
    assert [line.split()[-1] for line in runs.commands] == ["update", "openbox"]
    assert capsys.readouterr().out.startswith("1/1 Getting system packages (openbox), one time")


# The display -------------------------------------------------------------------------------------


def test_no_variable_means_no_display(system: ModuleType) -> None:
    assert not system.display_answers({})


def test_a_display_that_nobody_serves_is_no_display(system: ModuleType) -> None:
    assert not system.display_answers({"DISPLAY": ":987"})


def test_a_compositor_that_takes_connections_is_a_display(
    system: ModuleType, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        there = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
        assert system.display_answers(there)


@pytest.mark.parametrize(
    ("display", "address"),
    [
        (":0", "/tmp/.X11-unix/X0"),
        ("unix:3.1", "/tmp/.X11-unix/X3"),
        ("localhost:10.0", ("localhost", 6010)),
    ],
)
def test_the_x_server_is_asked_where_it_listens(
    system: ModuleType, display: str, address: object
) -> None:
    assert system.x_addresses(display)[0][1] == address


class Handed:
    """Programs that would have been started."""

    def __init__(self, launch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commands: list[list[str]] = []
        monkeypatch.setattr(launch, "hand_over", self.take)
        monkeypatch.setattr(launch.subprocess, "run", self.feed)

    def take(self, command: list[str]) -> int:
        self.commands.append(command)
        return 0

    def feed(self, command: list[str], **options: object) -> SimpleNamespace:
        self.commands.append([*command, str(options["input"])])
        return SimpleNamespace(returncode=0)


def stdin(monkeypatch: pytest.MonkeyPatch, text: bytes, terminal: bool) -> None:
    stream = io.TextIOWrapper(io.BytesIO(text))
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stream)


def test_a_terminal_without_a_display_starts_the_terminal_chat(
    launch: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = Handed(launch, monkeypatch)
    stdin(monkeypatch, b"", terminal=True)
    launch.chat_without_window(place, ["--fresh"])
    assert handed.commands[0][-3:] == ["chatapp", "--fresh", "chat"]


def test_text_on_standard_input_is_answered_without_a_display(
    launch: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = Handed(launch, monkeypatch)
    stdin(monkeypatch, b"hello", terminal=False)
    launch.chat_without_window(place, [])
    assert handed.commands[0][-3:] == ["ask", "-", "b'hello'"]


def test_neither_display_nor_words_is_told_what_to_do(
    launch: ModuleType,
    place: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stdin(monkeypatch, b" \n", terminal=False)
    assert launch.chat_without_window(place, []) == 1
    assert 'launch.py ask "hello"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("chosen", "dropped"),
    [("nonsense", "nonsense"), ("offscreen", ""), ("wayland-egl;xcb", ""), ("vnc:port=1", "vnc")],
)
def test_a_platform_that_qt_does_not_have_is_dropped(
    system: ModuleType, tmp_path: Path, chosen: str, dropped: str
) -> None:
    plugins = tmp_path / "PySide6" / "Qt" / "plugins" / "platforms"
    plugins.mkdir(parents=True)
    for name in ("offscreen", "wayland", "xcb"):
        (plugins / f"libq{name}.so").touch()
    surroundings = {"QT_QPA_PLATFORM": chosen}
    assert system.drop_unknown_platform(surroundings, tmp_path) == dropped
    assert ("QT_QPA_PLATFORM" in surroundings) is not bool(dropped)


@pytest.mark.parametrize(
    ("arguments", "windowed"),
    [
        ([], True),
        (["--fresh", "--no-model"], True),
        (["--log", "debug"], True),
        (["--log=debug", "--fresh"], True),
        (["ask", "hi"], False),
        (["--fresh", "ask", "hi"], False),
        (["--log", "debug", "doctor"], False),
        (["--version"], False),
    ],
)
def test_only_options_of_the_window_open_it(
    launch: ModuleType, arguments: list[str], windowed: bool
) -> None:
    assert launch.opens_window(arguments) is windowed


def test_a_command_becomes_chatapp_with_the_same_arguments(
    launch: ModuleType, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = Handed(launch, monkeypatch)
    launch.run(place, ["ask", "hi there"])
    assert handed.commands == [[str(place.python), "-I", "-m", "chatapp", "ask", "hi there"]]


# Opening again -----------------------------------------------------------------------------------


class Child:
    def __init__(self, ending: int | signal.Signals) -> None:
        self.ending = ending
        self.signals: list[int] = []

    def wait(self) -> int:
        return int(self.ending)

    def send_signal(self, number: int) -> None:
        self.signals.append(number)


class Story:
    """Windows that end as told, each after some seconds."""

    def __init__(self, launch: ModuleType, ends: list[int], seconds: float = 5) -> None:
        self.ends = ends
        self.seconds = seconds
        self.now = 0.0
        self.started: list[list[str]] = []
        self.window = launch.Window(["chatapp"], start=self.start, clock=lambda: self.now)
        self.code = self.window.run()

    def start(self, command: list[str]) -> Child:
        self.started.append(command[1:])
        self.now += self.seconds
        return Child(self.ends[len(self.started) - 1])


@pytest.fixture(autouse=True)
def signals_kept() -> object:
    before = {number: signal.getsignal(number) for number in (1, 2, 15)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_an_ordinary_end_is_the_end(launch: ModuleType, code: int) -> None:
    story = Story(launch, [code])
    assert (story.code, story.started) == (code, [[]])


@pytest.mark.parametrize("end", [75, -signal.SIGSEGV, -signal.SIGKILL, -signal.SIGABRT])
def test_code_75_and_death_open_the_window_again(launch: ModuleType, end: int) -> None:
    story = Story(launch, [end, 0])
    assert (story.code, story.started) == (0, [[], []])


def test_a_window_that_was_asked_to_end_is_not_opened_again(launch: ModuleType) -> None:
    story = Story(launch, [-signal.SIGTERM])
    assert (story.code, len(story.started)) == (128 + 15, 1)


def test_a_third_death_in_a_minute_opens_without_a_model(launch: ModuleType) -> None:
    story = Story(launch, [-11, -11, -11, 0])
    assert story.started == [[], [], [], ["--no-model"]]


def test_a_fourth_death_in_a_minute_is_told_and_left(
    launch: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(launch, [-11, -11, -11, -11])
    assert (story.code, len(story.started)) == (1, 4)
    assert "four times in a minute" in capsys.readouterr().err


def test_deaths_far_apart_are_never_too_many(launch: ModuleType) -> None:
    story = Story(launch, [-11] * 9 + [0], seconds=31)
    assert story.started == [[]] * 10


def test_a_signal_goes_to_the_window_and_ends_both(launch: ModuleType) -> None:
    window = launch.Window(["chatapp"])
    window.child = Child(0)
    window.pass_on(signal.SIGTERM, None)
    assert window.child.signals == [signal.SIGTERM]
    assert window.told_to_end


def test_a_real_child_that_dies_is_started_again(launch: ModuleType, tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal\n"
        f"note = pathlib.Path({str(tmp_path / 'note')!r})\n"
        "first = not note.exists()\n"
        "note.touch()\n"
        "os.kill(os.getpid(), signal.SIGKILL) if first else os._exit(7)\n"
    )
    assert launch.Window([sys.executable, "-I", "-S", "-c", program]).run() == 7


# Old Pythons, files ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["launch.py", "environment.py", "linux/system.py"])
def test_an_old_python_can_read_the_file(path: str) -> None:
    ast.parse((PACKAGING / path).read_text(), feature_version=(3, 8))


def test_an_old_python_is_told_what_is_needed(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "MINIMUM", (9, 9))
    monkeypatch.setattr(launch.shutil, "which", lambda name: None)
    assert launch.main() == 1
    assert "needs Python 3.10 or newer" in capsys.readouterr().err


def test_a_newer_python_that_is_installed_is_used(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = Handed(launch, monkeypatch)
    monkeypatch.setattr(launch.shutil, "which", lambda name: "/opt/" + name)
    launch.find_newer_python()
    assert handed.commands[0][0] == "/opt/python3.14"


LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="a Linux menu")
ODD_FOLDER = 'a b "c" $d `e` %f \\g 日本'


def in_menu(folder: Path, data: Path) -> Path:
    """The menu entry of a checkout in this folder."""
    linux = folder / "packaging" / "linux"
    shutil.copytree(PACKAGING / "linux", linux, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "resources" / "icons", folder / "resources" / "icons")
    surroundings = {**os.environ, "XDG_DATA_HOME": str(data), "PYTHON": sys.executable}
    subprocess.run(["sh", linux / "install.sh"], env=surroundings, check=True, capture_output=True)
    return data / "applications" / "org.chatapp.ChatApp.desktop"


@LINUX_ONLY
@pytest.mark.parametrize("folder", ["plain", ODD_FOLDER])
def test_the_menu_entry_names_this_checkout_in_any_folder(tmp_path: Path, folder: str) -> None:
    entry = in_menu(tmp_path / folder, tmp_path / "data")
    line = next(row for row in entry.read_text().splitlines() if row.startswith("Exec="))
    assert arguments_of(line[len("Exec=") :]) == [
        getattr(sys, "_base_executable", sys.executable),
        str(tmp_path / folder / "packaging" / "launch.py"),
        "--from-menu",
    ]


def arguments_of(line: str) -> list[str]:
    """An Exec line read as the Desktop Entry Specification says: a string, then quoted words."""
    text = line.replace("\\\\", "\\")
    words, word, quoted, escaped = [], "", False, False
    for sign in text + " ":
        if escaped:
            word, escaped = word + sign, False
        elif quoted and sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == " " and not quoted:
            words, word = [*words, word], ""
        else:
            word += sign
    return [word.replace("%%", "%") for word in words]


@LINUX_ONLY
def test_taking_the_menu_entry_out_leaves_no_file(tmp_path: Path) -> None:
    surroundings = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    for script in ("install.sh", "uninstall.sh"):
        command = ["sh", PACKAGING / "linux" / script]
        subprocess.run(command, env=surroundings, check=True, capture_output=True)
    left = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert [path.name for path in left if path.name != "mimeinfo.cache"] == []


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="no checker here")
def test_the_menu_entry_is_valid(tmp_path: Path) -> None:
    entry = in_menu(tmp_path / ODD_FOLDER, tmp_path / "data")
    checked = subprocess.run(
        ["desktop-file-validate", entry], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_stamp_is_one_small_json_file(place: SimpleNamespace) -> None:
    assert set(json.loads(place.stamp.read_text())) == {
        "packages",
        "tests",
        "maker",
        "folder",
        "python",
    }
