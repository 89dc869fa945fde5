"""The measurement behind `chatapp bench load`: our reading beside `from_pretrained`, interleaved.

From the page cache (hot) and from the drive (cold), with the drive's own speed in the same run. A
load has ended when each page of each weight was looked at, so that nothing is put off. The gate:
both give the same parameters, bit for bit. Imports no Qt.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import repeat
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModelForCausalLM

from chatapp import gate
from chatapp.engine import faults, loading, placing
from chatapp.engine.formats import BITS
from chatapp.engine.reading import BLOCK_BYTES, THREADS
from chatapp.engine.subject import stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = mmap.PAGESIZE
LIMIT_GB_S = 25.0  # a faster drive is not asked for
DROPPED = 0.01  # of a file may stay in the page cache


def measure(shape: str, name: str, dtype: str, repeats: int) -> dict[str, Any]:
    """The figures. 8 bits are packed after loading, so for them bfloat16 is read."""
    device = torch.device(placing.usual_device())
    kind = torch.bfloat16 if dtype in BITS else getattr(torch, dtype)
    with stored(shape, name) as folder:
        facts = gate.check(folder)
        files = [folder / file for file in facts.files]
        ours = lambda: _ours(folder, device, kind)  # noqa: E731
        theirs = lambda: _theirs(folder, device, kind)  # noqa: E731
        same = _same(ours(), theirs())  # and a warm-up
        cold, drive = _cold(ours, theirs, files, device, repeats)
        hot = [(_seconds(ours, device), _seconds(theirs, device)) for _ in range(repeats)]
        cache = max(_read(files) for _ in range(repeats))
    figures = {
        "gb_per_s": _speed(facts.weights_bytes, [a for a, _ in hot]),
        "from_pretrained_gb_per_s": _speed(facts.weights_bytes, [b for _, b in hot]),
        "from_pretrained_ratio": round(statistics.median(b / a for a, b in hot), 2),
        "from_pretrained_ratios": [round(b / a, 2) for a, b in hot],
        "cache_gb_per_s": round(cache, 2),
        "oracle_match": same,
        "bytes": facts.weights_bytes,
        "read_as": str(kind).removeprefix("torch."),
    }
    if not drive:
        return figures | {"cold": "this system keeps the files in memory, or does not tell"}
    cold_s = [a for a, _ in cold]
    speed, disk = _speed(facts.weights_bytes, cold_s), statistics.median(drive)
    return figures | {
        "cold_gb_per_s": speed,
        "cold_from_pretrained_ratio": round(statistics.median(b / a for a, b in cold), 2),
        "disk_gb_per_s": round(disk, 2),
        "disk_fraction": round(speed / min(disk, LIMIT_GB_S), 2),
    }


def _cold(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    files: list[Path],
    device: torch.device,
    repeats: int,
) -> tuple[list[tuple[float, float]], list[float]]:
    """Seconds of ours and theirs, and the drive's GB/s between them; empty where none are cold."""
    pairs, drive = [], []
    for _ in range(repeats):
        if not _forget(files):
            return [], []
        drive.append(_read(files))
        _forget(files)
        mine = _seconds(ours, device)
        _forget(files)
        pairs.append((mine, _seconds(theirs, device)))
    return pairs, drive


def _ours(folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    """As a load goes, with its checks, but for the tokenizer."""
    steps = loading.build(folder, gate.check(folder), device.type, dtype)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _theirs(folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    return AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        device_map={"": device.type},
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
    )


def _seconds(load: Callable[[], Any], device: torch.device) -> float:
    began = time.perf_counter()
    model = load()
    for weight in model.parameters():
        weight.detach().reshape(-1)[:: PAGE // weight.element_size()].sum()
    if device.type == "cuda":
        torch.cuda.synchronize()
    took = time.perf_counter() - began
    del model
    faults.give_back(device)
    return took


def _same(one: Any, other: Any) -> bool:
    """Whether both have the same parameters."""
    mine, theirs = dict(one.named_parameters()), dict(other.named_parameters())
    return mine.keys() == theirs.keys() and all(
        mine[name].dtype == theirs[name].dtype and torch.equal(mine[name], theirs[name])
        for name in mine
    )


def _speed(size: int, seconds: list[float]) -> float:
    return round(size / statistics.median(seconds) / 1e9, 2)


# -- the files themselves -------------------------------------------------------------------------


def _read(files: list[Path]) -> float:
    """GB/s of reading them in large blocks on a few threads, and doing nothing with them."""
    size = sum(file.stat().st_size for file in files)
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for file in files:
            with file.open("rb", buffering=0) as opened:
                blocks = range(0, file.stat().st_size, BLOCK_BYTES)
                list(pool.map(_read_block, repeat(opened.fileno()), blocks))
    return size / (time.perf_counter() - began) / 1e9


def _read_block(descriptor: int, at: int) -> int:
    if hasattr(os, "pread"):
        return len(os.pread(descriptor, BLOCK_BYTES, at))
    os.lseek(descriptor, at, os.SEEK_SET)  # Windows: the threads share one position
    return len(os.read(descriptor, BLOCK_BYTES))


def _forget(files: list[Path]) -> bool:
    """Have the system drop these files from memory; whether it did."""
    gc.collect()  # a mapping that somebody holds would keep them
    if not hasattr(os, "posix_fadvise"):
        return False
    for file in files:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())  # what is not written yet cannot be dropped
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return all(_cached_share(file) < DROPPED for file in files)


def _cached_share(file: Path) -> float:
    """The share of this file's pages that are in memory."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mincore"):
        return 1.0
    with (
        file.open("rb") as opened,
        closing(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)) as pages,
    ):
        states = (ctypes.c_ubyte * -(-len(pages) // PAGE))()
        start = ctypes.c_char.from_buffer(pages)
        told = libc.mincore(ctypes.byref(start), ctypes.c_size_t(len(pages)), states)
        del start  # or the mapping cannot be closed
    return sum(state & 1 for state in states) / len(states) if told == 0 else 1.0
