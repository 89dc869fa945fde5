"""What this machine has and uses now: graphics cards through NVML or sysfs, else CPU and memory.

All looks are at one device: the one that `choose` was told, which is the model's. Knows nothing
about torch and makes no CUDA context. Every query is guarded: a driver that goes away is a reading
without numbers, and it is asked again 10 s later. On Linux a laptop's card that sleeps is not woken
by a look. Apple's GPU can only be read through torch, so its readings come from the engine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import platform
import re
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import psutil
import pynvml

from chatapp.chat import Event, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

SYS = Path("/sys")
RETRY_S = 10.0
AMD_SMALLEST = 1 << 30  # bytes of its own memory; below, it is a processor's built-in graphics
# NVML's reasons for lower clocks: thermal slowdown by software or hardware, power cap and brake.
HEAT, POWER = 0x20 | 0x40, 0x04 | 0x80
AMPERE = 8  # compute capability of the first cards whose kernels read 8 and 4 bits a weight
NVIDIA_VENDOR, AMD_VENDOR = "0x10de", "0x1002"

NO_DRIVER = "No NVIDIA driver was found, so the model runs on the CPU."
NOT_LOADED = "The NVIDIA driver is not running, so the model runs on the CPU."
MISMATCH = "The NVIDIA driver was updated; restart this computer to use the graphics card."
NO_CARD = "The NVIDIA driver sees no graphics card, so the model runs on the CPU."
MISSING = "The graphics card that is set in the Model tab is not here."
CHOSEN_CPU = "The model runs on the CPU, as set in the Model tab."
HIDDEN = "CUDA_VISIBLE_DEVICES hides the graphics card, so the model runs on the CPU."
NO_ANSWER = "The graphics card gives no reading at the moment."
ASLEEP = "The graphics card is asleep; a model wakes it."
APPLE = "The graphics of this Mac can be read once a model is loaded."


class _NoCardError(Exception):
    """Why there is no NVIDIA card to read, as a sentence."""


def _try(query: Callable[[], T]) -> T | None:
    """The answer, or None when the card or the driver does not give it."""
    with contextlib.suppress(pynvml.NVMLError, OSError, ValueError):
        return query()
    return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Card:
    """One of NVML's, with what never changes."""

    handle: Any
    name: str
    total_bytes: int  # 0 = not told
    few_bits: bool  # it is from 2020 or later, or does not tell


class Nvidia:
    """NVML, opened at the first look and again after the driver went away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cards: list[_Card] = []  # in the order of their places in the machine, as CUDA's
        self._why = ""
        self._retry = 0.0  # monotonic second of the next attempt

    def reading(self, number: int | None = None) -> Reading:
        """One look at this card of CUDA's, or at the largest; raises _NoCardError without one."""
        with self._lock:
            if _asleep():  # before NVML is opened: opening it may wake the card
                return Reading(device="NVIDIA", why=ASLEEP, gpu=True)
            card = self._card(number)
            reading = dataclasses.replace(_measured(card.name, card.handle), few_bits=card.few_bits)
            if reading.used_bytes is None and reading.load_percent is None:
                self._close()
                return Reading(device=card.name, why=NO_ANSWER, gpu=True)
            return reading

    def names(self) -> list[str]:
        """Of the cards that CUDA may use, in its order; none as long as they are not known."""
        with self._lock, contextlib.suppress(_NoCardError):
            if self._cards or not _asleep():
                self._open()
                return [card.name for card in _visible(self._cards)]
        return []

    def cards(self) -> list[dict[str, object]]:
        """Name, memory in bytes and driver of each card; none when the driver does not answer."""
        with self._lock:
            try:
                self._open()
            except _NoCardError:
                return []
            driver = _text(_try(pynvml.nvmlSystemGetDriverVersion))
            return [_described(card.handle, driver) for card in self._cards]

    def close(self) -> None:
        """Let go of the driver; the next look opens it at once."""
        with self._lock:
            self._close()
            self._retry = 0.0

    def _card(self, number: int | None) -> _Card:
        self._open()
        cards = _visible(self._cards)
        if not cards:
            raise _NoCardError(HIDDEN)
        if number is None:
            return max(cards, key=lambda card: card.total_bytes)  # the first of equal ones
        if number >= len(cards):
            raise _NoCardError(MISSING)
        return cards[number]

    def _open(self) -> None:
        if self._cards:
            return
        if time.monotonic() < self._retry:
            raise _NoCardError(self._why)
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
            handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
            self._cards = [_known(handle) for handle in handles]
        except (pynvml.NVMLError, OSError) as error:
            self._why = _sentence(error)
        else:
            self._why = "" if self._cards else NO_CARD
        if self._why:
            self._close()
            raise _NoCardError(self._why)

    def _close(self) -> None:
        self._cards = []
        self._why = self._why or NO_ANSWER
        self._retry = time.monotonic() + RETRY_S
        _try(pynvml.nvmlShutdown)


nvidia = Nvidia()
_device = "auto"  # a value of the Device knob
_avoided = ""  # why the model runs on the CPU although there is a card; empty = it does not


def choose(device: str, avoided: str = "") -> str:
    """Look at this device from now on: a value of the Device knob. The one before.

    `avoided` is why the model is not on the card that there is: the CPU is looked at then.
    """
    global _device, _avoided
    before, _device, _avoided = _device, device, avoided
    return before


def chosen() -> str:
    """The device that is looked at."""
    return _device


def read() -> Reading:
    """One look at the chosen graphics card; without one, at the CPU. Never raises."""
    own = psutil.Process().memory_info().rss
    reading = _cpu(_avoided) if _avoided else look(_device)
    return dataclasses.replace(reading, own_bytes=own, devices=_devices())


def look(device: str) -> Reading:
    """The same at another device, for once."""
    number = int(device[5:]) if device.startswith("cuda:") else None
    if device == "cpu":
        return _cpu(CHOSEN_CPU)
    try:
        return nvidia.reading(number)
    except _NoCardError as why:
        return _amd(number) or _cpu(APPLE if _is_apple() else str(why))


def watch(stop: threading.Event, interval_s: float = 1.0) -> Iterator[Event]:
    """A Reading at once and then each interval, until `stop` is set; setting it ends the wait."""
    while not stop.is_set():
        yield read()
        stop.wait(interval_s)


def free_bytes() -> int:
    """What a model may take now: the graphics card's free memory, else the computer's."""
    reading = read()
    if reading.gpu and reading.total_bytes is not None and reading.used_bytes is not None:
        return max(0, reading.total_bytes - reading.used_bytes)
    return int(psutil.virtual_memory().available)


def has_nvidia() -> bool:
    """Whether a driver sees an NVIDIA card, also one that CUDA is told not to use."""
    return bool(nvidia.cards())


def summary() -> dict[str, Any]:
    """For a report: gpus (name, memory_bytes, driver), cpu, cores, ram_bytes, and why no GPU."""
    gpus = nvidia.cards() + [
        {
            "name": _amd_name(card),
            "memory_bytes": _number(card / "mem_info_vram_total"),
            "driver": "amdgpu",
        }
        for card in _amd_cards()
    ]
    return {
        "gpus": gpus,
        "cpu": _cpu_name(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        "ram_bytes": psutil.virtual_memory().total,
        "why": read().why,
    }


# -- NVIDIA ---------------------------------------------------------------------------------------


def _sentence(error: Exception) -> str:
    """Why NVML could not be opened."""
    known = {
        getattr(pynvml, "NVML_ERROR_LIBRARY_NOT_FOUND", None): NO_DRIVER,
        getattr(pynvml, "NVML_ERROR_DRIVER_NOT_LOADED", None): NOT_LOADED,
        getattr(pynvml, "NVML_ERROR_LIB_RM_VERSION_MISMATCH", None): MISMATCH,
    }
    return known.get(getattr(error, "value", None), NO_ANSWER)


def _measured(name: str, card: Any) -> Reading:
    memory = _try(lambda: pynvml.nvmlDeviceGetMemoryInfo(card))
    load = _try(lambda: pynvml.nvmlDeviceGetUtilizationRates(card))
    power = _try(lambda: pynvml.nvmlDeviceGetPowerUsage(card))
    heat = _try(lambda: pynvml.nvmlDeviceGetTemperature(card, pynvml.NVML_TEMPERATURE_GPU))
    own, others = _programs(card)
    return Reading(
        device=name,
        why="",
        used_bytes=None if memory is None else int(memory.used),
        total_bytes=None if memory is None else int(memory.total),
        load_percent=None if load is None else float(load.gpu),
        watts=None if power is None else power / 1000,
        celsius=None if heat is None else float(heat),
        gpu=True,
        own_gpu_bytes=own,
        others=others,
        held_back=_held_back(card),
    )


def _programs(card: Any) -> tuple[int | None, tuple[tuple[str, int], ...]]:
    """Bytes of the card that this process holds, and who else does; unknown on Windows."""
    queries = (
        pynvml.nvmlDeviceGetComputeRunningProcesses,
        pynvml.nvmlDeviceGetGraphicsRunningProcesses,
    )
    told = [_try(functools.partial(query, card)) for query in queries]
    held: dict[int, int] = {}
    for process in (process for some in told for process in some or ()):
        if process.usedGpuMemory is not None:
            held[process.pid] = max(held.get(process.pid, 0), int(process.usedGpuMemory))
    if told[0] is None or (told[0] and not held):
        return None, ()
    own = held.pop(os.getpid(), 0)
    largest = sorted(held, key=held.__getitem__, reverse=True)[:4]
    return own, tuple((_program(pid), held[pid]) for pid in largest)


def _program(pid: int) -> str:
    name = _text(_try(lambda: pynvml.nvmlSystemGetProcessName(pid)))
    return re.split(r"[/\\]", name)[-1][:60]


def _held_back(card: Any) -> Literal["", "heat", "power"]:
    reasons = _try(lambda: pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(card)) or 0
    if reasons & HEAT:
        return "heat"
    return "power" if reasons & POWER else ""


def _known(card: Any) -> _Card:
    memory = _try(lambda: pynvml.nvmlDeviceGetMemoryInfo(card))
    name = _text(_try(lambda: pynvml.nvmlDeviceGetName(card))) or "NVIDIA"
    made = _try(lambda: pynvml.nvmlDeviceGetCudaComputeCapability(card))
    few_bits = made is None or made[0] >= AMPERE
    return _Card(card, name, 0 if memory is None else int(memory.total), few_bits)


def _described(card: Any, driver: str) -> dict[str, object]:
    memory = _try(lambda: pynvml.nvmlDeviceGetMemoryInfo(card))
    return {
        "name": _text(_try(lambda: pynvml.nvmlDeviceGetName(card))),
        "memory_bytes": None if memory is None else int(memory.total),
        "driver": driver,
    }


def _visible(cards: list[_Card]) -> list[_Card]:
    """Those that CUDA may use, in its order, by index or identity; none when all are hidden.

    CUDA stops at the first that is not here.
    """
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return cards
    found: list[_Card] = []
    for name in told.split(","):
        card = _named(name.strip(), cards)
        if card is None:
            break
        found.append(card)
    return found


def _named(name: str, cards: list[_Card]) -> _Card | None:
    if name.isdecimal():
        return cards[int(name)] if int(name) < len(cards) else None
    if not name.startswith(("GPU-", "MIG-")):  # empty, -1 or nonsense hide every card from CUDA
        return None
    for card in cards:
        uuid = _text(_try(functools.partial(pynvml.nvmlDeviceGetUUID, card.handle)))
        if uuid.startswith(name):
            return card
    return cards[0] if name.startswith("MIG-") else None


def _asleep() -> bool:
    """Whether Linux has switched off every NVIDIA card it has."""
    states = [
        _read(device / "power" / "runtime_status")
        for device in (SYS / "bus" / "pci" / "devices").glob("*")
        if _read(device / "vendor") == NVIDIA_VENDOR and _read(device / "class").startswith("0x03")
    ]
    return bool(states) and all(state == "suspended" for state in states)


def _text(value: str | bytes | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


# -- AMD on Linux ---------------------------------------------------------------------------------


def _amd_cards() -> list[Path]:
    """The sysfs folders of the cards with memory of their own."""
    found = sorted((SYS / "class" / "drm").glob("card*/device"))
    return [
        card
        for card in found
        if _read(card / "vendor") == AMD_VENDOR and _amd_memory(card) >= AMD_SMALLEST
    ]


def _amd_memory(card: Path) -> int:
    return _number(card / "mem_info_vram_total") or 0


def _amd(number: int | None) -> Reading | None:
    cards = _amd_cards()
    if number is None:
        cards, number = sorted(cards, key=_amd_memory, reverse=True), 0
    return _amd_reading(cards[number]) if number < len(cards) else None


def _amd_reading(card: Path) -> Reading:
    if _read(card / "power" / "runtime_status") == "suspended":
        return Reading(device=_amd_name(card), why=ASLEEP, gpu=True)
    sensors = next(iter(sorted((card / "hwmon").glob("hwmon*"))), card)
    microwatts = _number(sensors / "power1_average")
    millidegrees = _number(sensors / "temp1_input")
    return Reading(
        device=_amd_name(card),
        why="",
        used_bytes=_number(card / "mem_info_vram_used"),
        total_bytes=_number(card / "mem_info_vram_total"),
        load_percent=_number(card / "gpu_busy_percent"),
        watts=None if microwatts is None else microwatts / 1e6,
        celsius=None if millidegrees is None else millidegrees / 1e3,
        gpu=True,
        few_bits=False,
    )


def _amd_name(card: Path) -> str:
    return _read(card / "product_name") or "AMD Radeon"


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    text = _read(file)
    return int(text) if text.isdecimal() else None


# -- CPU and memory -------------------------------------------------------------------------------


def _cpu(why: str) -> Reading:
    memory = psutil.virtual_memory()
    return Reading(
        device=_cpu_name(),
        why=why,
        used_bytes=memory.total - memory.available,
        total_bytes=memory.total,
        load_percent=psutil.cpu_percent(None),  # since the look before
    )


def _devices() -> tuple[tuple[str, str], ...]:
    """Where a model can run: cards by CUDA's numbers, Apple's GPU, the processor."""
    cards = nvidia.names() or [_amd_name(card) for card in _amd_cards()]
    found = [(f"cuda:{number}", name) for number, name in enumerate(cards)]
    if _is_apple():
        found.append(("mps", "Apple GPU"))
    return (*found, ("cpu", _cpu_name()))


def _is_apple() -> bool:
    return sys.platform == "darwin" and platform.machine() == "arm64"


@functools.cache
def _cpu_name() -> str:
    """What the maker calls it, where the system tells."""
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "CPU"
