"""What a Linux system offers the window: libraries, packages, a display, a terminal.

Knows nothing about Python packages or about ChatApp itself. Only the standard library, in a
syntax that Python 3.8 can read. The library names are those that the Qt 6.12 wheels link to
(read with `readelf -d` from libQt6Gui, libQt6Network, libQt6DBus, libqxcb and libqwayland).
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from pathlib import Path

# Library: (package of Debian and Ubuntu, package of Arch). Fedora and openSUSE find a package
# by the name of the library.
BASE = {
    "libGL.so.1": ("libgl1", "libglvnd"),
    "libEGL.so.1": ("libegl1", "libglvnd"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libX11.so.6": ("libx11-6", "libx11"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus"),
    "libgssapi_krb5.so.2": ("libgssapi-krb5-2", "krb5"),
    "libbrotlidec.so.1": ("libbrotli1", "brotli"),
    "libzstd.so.1": ("libzstd1", "zstd"),
    "libz.so.1": ("zlib1g", "zlib"),
}
XCB = {
    "libX11-xcb.so.1": ("libx11-xcb1", "libx11"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util"),
    "libxcb-glx.so.0": ("libxcb-glx0", "libxcb"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
}
WAYLAND = {
    "libwayland-client.so.0": ("libwayland-client0", "wayland"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "wayland"),
    "libwayland-egl.so.1": ("libwayland-egl1", "wayland"),
}
ALL = {**BASE, **XCB, **WAYLAND}

# For the tests of the whole window only: a screen without a screen, a hand, a window manager,
# the desktop's own checkers, and a small font with Japanese letters (3 MB).
TEST_PACKAGES = (
    "xvfb",
    "xdotool",
    "openbox",
    "desktop-file-utils",
    "libglib2.0-bin",
    "fonts-ipaexfont-gothic",
)

TEST_TOOLS = ("Xvfb", "xdotool", "openbox", "desktop-file-validate", "gio")

# A terminal, and the option after which its command follows.
TERMINALS = (
    ("x-terminal-emulator", "-e"),
    ("gnome-terminal", "--"),
    ("konsole", "-e"),
    ("xfce4-terminal", "-x"),
    ("kgx", "--"),
    ("xterm", "-e"),
)


@dataclass(frozen=True)
class Distribution:
    """A kind of Linux, by the tool that installs its packages."""

    tool: str

    @property
    def installs_by_itself(self) -> bool:
        """Whether this program may install packages: root on Debian or Ubuntu."""
        return self.tool == "apt-get" and os.geteuid() == 0

    def line(self, libraries: Iterable[str]) -> str:
        """The one command that brings these libraries."""
        wanted = list(libraries)
        by_library = " ".join(f"'{name}()(64bit)'" for name in wanted)
        return {
            "apt-get": "sudo apt-get install " + " ".join(names(wanted, 0)),
            "pacman": "sudo pacman -S --needed " + " ".join(names(wanted, 1)),
            "dnf": "sudo dnf install " + by_library,
            "zypper": "sudo zypper install " + by_library,
        }.get(self.tool, "install the packages that hold " + ", ".join(wanted))


def names(libraries: Iterable[str], column: int) -> list[str]:
    """The packages of some libraries, each once, in the order of the libraries."""
    return list(dict.fromkeys(ALL[name][column] for name in libraries))


def distribution(release: str | None = None) -> Distribution:
    """Which kind of Linux this is, from the text of /etc/os-release."""
    if release is None:
        release = read("/etc/os-release")
    found = re.findall(r"^(?:ID|ID_LIKE)=\"?([^\"\n]*)", release, re.MULTILINE)
    kinds = set(" ".join(found).split())
    for tool, members in (
        ("apt-get", {"debian", "ubuntu"}),
        ("dnf", {"fedora", "rhel", "centos"}),
        ("pacman", {"arch", "manjaro"}),
        ("zypper", {"suse", "opensuse"}),
    ):
        if kinds & members:
            return Distribution(tool)
    return Distribution("")


def read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def missing_libraries(
    surroundings: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL
) -> list[str]:
    """The libraries that Qt would look for in vain, for this kind of display."""
    wayland_only = "WAYLAND_DISPLAY" in surroundings and "DISPLAY" not in surroundings
    needed = {**BASE, **(WAYLAND if wayland_only else XCB)}
    return [name for name in needed if not loads(name, load)]


def loads(library: str, load: Callable[[str], object]) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True


def missing_packages(packages: Iterable[str]) -> list[str]:
    """Which of these Debian packages are not installed."""
    question = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *packages]
    try:
        answer = subprocess.run(
            question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
        ).stdout
    except OSError:
        return list(packages)
    there = set(re.findall(r"^(\S+) ii", answer, re.MULTILINE))
    return [package for package in packages if package not in there]


def missing_tools() -> list[str]:
    """The programs for tests of the whole window that are not here."""
    return [tool for tool in TEST_TOOLS if shutil.which(tool) is None]


def apt_commands(packages: Iterable[str]) -> list[list[str]]:
    """Fetch Debian's list of packages, then install some."""
    # With env, as a root shell may have neither a full PATH nor a person who answers.
    path = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
    apt = ["/usr/bin/env", "PATH=" + path, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    return [[*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *packages]]


def display_answers(surroundings: Mapping[str, str]) -> bool:
    """Whether a display takes connections. A platform that a person chose for Qt is believed."""
    if surroundings.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal", "vnc"):
        return True
    wayland = surroundings.get("WAYLAND_DISPLAY", "")
    folder = surroundings.get("XDG_RUNTIME_DIR", "")
    if wayland and connects(socket.AF_UNIX, os.path.join(folder, wayland)):
        return True
    return any(connects(*address) for address in x_addresses(surroundings.get("DISPLAY", "")))


def x_addresses(display: str) -> list[tuple[int, object]]:
    """Where the X server of a display listens: `:0` on this computer, `host:10.0` elsewhere."""
    found = re.match(r"^(?:unix)?(.*):(\d+)(?:\.\d+)?$", display)
    if not found:
        return []
    host, number = found.group(1), found.group(2)
    if host and not host.startswith("/"):
        return [(socket.AF_INET, (host, 6000 + int(number)))]
    path = "/tmp/.X11-unix/X" + number
    return [(socket.AF_UNIX, path), (socket.AF_UNIX, "\0" + path)]


def connects(family: int, address: object) -> bool:
    with socket.socket(family) as line:
        line.settimeout(3)
        try:
            line.connect(address)  # type: ignore[arg-type]
        except OSError:
            return False
    return True


def drop_unknown_platform(surroundings: MutableMapping[str, str], packages: Path) -> str:
    """Take a QT_QPA_PLATFORM away on which Qt would abort; returns its name, or nothing."""
    name = re.split("[:;]", surroundings.get("QT_QPA_PLATFORM", ""))[0]
    plugins = packages / "PySide6" / "Qt" / "plugins" / "platforms"
    # One plugin serves wayland and wayland-egl.
    if not name or (plugins / f"libq{name.split('-')[0]}.so").exists():
        return ""
    del surroundings["QT_QPA_PLATFORM"]
    return name


def terminal() -> list[str]:
    """The start of a command that opens a terminal; empty when there is none."""
    for program, option in TERMINALS:
        path = shutil.which(program)
        if path:
            return [path, option]
    return []
