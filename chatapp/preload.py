"""Brings torch into the process without freezing the window.

CPython holds the interpreter's lock while it maps a library, 240 ms for torch's largest; libc's
own `dlopen`, called as a foreign function, does not. Collections of the millions of objects that
an import makes are the next longest pauses, so they are put off. Linux; elsewhere a plain import.
Knows nothing about models.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from chatapp.chat import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order of their dependencies; what a build lacks is passed over.
LIBRARIES = ("libgomp", "libc10", "libtorch_cpu", "libc10_cuda", "libtorch_cuda", "libtorch",
             "libshm", "libtorch_python")  # fmt: skip
MODULES = (
    "numpy",
    "torch",
    "transformers.modeling_utils",
    "transformers.models.auto.modeling_auto",
)
ENVIRONMENT = {
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # cards by the numbers that their driver gives them
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",
    "USE_HUB_KERNELS": "NO",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # Rounds that a thread of torch's spins for its next work: 0.5 ms, longer than the pause between
    # two products. The library's own 300,000 hold a core against the very thread that is waited
    # for, once other programs work: a token took three times as long (Linux).
    "GOMP_SPINCOUNT": "10000",
}


_under_way = threading.Event()


def is_under_way() -> bool:
    """Whether an import makes objects by the million: no time to walk them all."""
    return _under_way.is_set()


def preload() -> Iterator[Progress]:
    """Import torch and transformers, one Progress a step. Cheap when they are here already."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "transformers.modeling_utils" in sys.modules:
        return
    libraries = _libraries()
    total = len(libraries) + len(MODULES)
    collecting = gc.isenabled()
    gc.disable()
    _under_way.set()
    try:
        for step, path in enumerate(libraries):
            yield Progress("import", step, total)
            _map(path)
        for step, name in enumerate(MODULES, start=len(libraries)):
            yield Progress("import", step, total)
            importlib.import_module(name)
        yield Progress("import", total, total)
    finally:
        gc.freeze()  # what an import made stays for ever: never walk it again
        _under_way.clear()
        if collecting:
            gc.enable()


def _libraries() -> list[Path]:
    """Torch's own libraries in loading order; none where the trick does not apply."""
    found = importlib.util.find_spec("torch") if sys.platform == "linux" else None
    if found is None or not found.submodule_search_locations:
        return []
    folder = Path(found.submodule_search_locations[0]) / "lib"
    matches = (sorted(folder.glob(f"{name}[-.]*so*")) for name in LIBRARIES)
    return [paths[0] for paths in matches if paths]


def _map(path: Path) -> None:
    """`dlopen` without the interpreter's lock; a failure is left for the import to tell."""
    with path.open("rb") as file:  # a cold disk is read here, where the lock is released too
        block = bytearray(1 << 22)
        while file.readinto(block):
            pass
    libc = ctypes.CDLL(None)
    libc.dlopen.restype = ctypes.c_void_p
    libc.dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    libc.dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_GLOBAL)
