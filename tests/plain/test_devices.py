"""What the machine tells: with a driver made of Python and a /sys made of files."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chatapp import devices
from chatapp.chat import Reading


class FakeError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.value = value


class FakeNvml:
    """NVML with two cards. `broken` names the queries that raise; `gone` makes all of them."""

    NVMLError = FakeError
    NVML_ERROR_LIBRARY_NOT_FOUND = 12
    NVML_ERROR_DRIVER_NOT_LOADED = 9
    NVML_ERROR_LIB_RM_VERSION_MISMATCH = 18
    NVML_TEMPERATURE_GPU = 0

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.gone = 0
        self.count = 2
        self.totals = [1000, 1000]
        self.made = [(7, 0), (8, 6)]
        self.calls: list[str] = []
        self.processes: list[Any] = []
        self.reasons = 0

    def __getattr__(self, name: str) -> Any:
        answers = {
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlDeviceGetCount": lambda: self.count,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetName": lambda card: ["First Card", b"Second Card"][card],
            "nvmlDeviceGetCudaComputeCapability": lambda card: self.made[card],
            "nvmlDeviceGetUUID": lambda card: f"GPU-{card}{card}-x",
            "nvmlDeviceGetMemoryInfo": lambda card: SimpleNamespace(
                used=(card + 1) * 100, total=self.totals[card]
            ),
            "nvmlDeviceGetUtilizationRates": lambda card: SimpleNamespace(gpu=40 + card),
            "nvmlDeviceGetPowerUsage": lambda card: 125_500,
            "nvmlDeviceGetTemperature": lambda card, sensor: 61,
            "nvmlSystemGetDriverVersion": lambda: "999.1",
            "nvmlDeviceGetComputeRunningProcesses": lambda card: self.processes,
            "nvmlDeviceGetGraphicsRunningProcesses": lambda card: [],
            "nvmlSystemGetProcessName": lambda pid: f"/opt/games/game{pid}",
            "nvmlDeviceGetCurrentClocksThrottleReasons": lambda card: self.reasons,
        }

        def asked(*given: Any) -> Any:
            self.calls.append(name)
            if self.gone or name in self.broken:
                raise FakeError(self.gone or 15)
            return answers[name](*given)

        return asked


@pytest.fixture(autouse=True)
def sys_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sys"
    folder.mkdir()
    monkeypatch.setattr(devices, "SYS", folder)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return folder


@pytest.fixture(autouse=True)
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml()
    monkeypatch.setattr(devices, "pynvml", fake)
    monkeypatch.setattr(devices, "nvidia", devices.Nvidia())
    return fake


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, to be set by hand."""
    now = [1000.0]
    monkeypatch.setattr(devices.time, "monotonic", lambda: now[0])
    return now


def file(path: Path, text: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def nvidia_at(sys_folder: Path, address: str, state: str) -> None:
    card = sys_folder / "bus" / "pci" / "devices" / address
    file(card / "vendor", "0x10de")
    file(card / "class", "0x030000")
    file(card / "power" / "runtime_status", state)


def amd_at(sys_folder: Path, name: str, memory: int, state: str = "active") -> Path:
    card = sys_folder / "class" / "drm" / name / "device"
    file(card / "vendor", "0x1002")
    file(card / "mem_info_vram_total", memory)
    file(card / "mem_info_vram_used", memory // 4)
    file(card / "gpu_busy_percent", 33)
    file(card / "power" / "runtime_status", state)
    return card


# -- NVIDIA ---------------------------------------------------------------------------------------


def test_the_first_card_is_read() -> None:
    reading = devices.read()
    assert reading.own_bytes is not None
    assert reading.own_bytes > 0
    assert reading == Reading(
        device="First Card",
        why="",
        used_bytes=100,
        total_bytes=1000,
        load_percent=40.0,
        watts=125.5,
        celsius=61.0,
        own_bytes=reading.own_bytes,
        gpu=True,
        own_gpu_bytes=0,
        few_bits=False,
        devices=reading.devices,
    )


def test_the_card_with_the_most_memory_is_read(nvml: FakeNvml) -> None:
    nvml.totals = [1000, 2000]
    assert devices.read().device == "Second Card"


@pytest.mark.parametrize(
    ("chosen", "device"), [("cuda:0", "First Card"), ("cuda:1", "Second Card")]
)
def test_the_chosen_card_is_read_and_counted(chosen: str, device: str) -> None:
    assert devices.choose(chosen) == "auto"
    assert devices.read().device == device
    assert devices.free_bytes() == (900 if chosen == "cuda:0" else 800)
    assert devices.choose("auto") == chosen


def test_a_card_tells_whether_it_computes_in_few_bits(nvml: FakeNvml) -> None:
    assert [devices.look(f"cuda:{number}").few_bits for number in (0, 1)] == [False, True]
    devices.nvidia.close()
    nvml.broken = {"nvmlDeviceGetCudaComputeCapability"}
    assert devices.look("cuda:0").few_bits


def test_a_chosen_card_that_is_not_here_is_told() -> None:
    devices.choose("cuda:2")
    reading = devices.read()
    assert (reading.gpu, reading.why) == (False, devices.MISSING)


def test_the_processor_can_be_chosen_beside_a_card() -> None:
    devices.choose("cpu")
    reading = devices.read()
    assert (reading.gpu, reading.why) == (False, devices.CHOSEN_CPU)
    assert devices.free_bytes() > 10_000_000


def test_a_card_that_the_model_avoids_is_not_looked_at_and_the_reason_is_told() -> None:
    devices.choose("auto", "It runs on the CPU.")
    reading = devices.read()
    assert (reading.gpu, reading.why) == (False, "It runs on the CPU.")
    assert [key for key, _ in reading.devices] == ["cuda:0", "cuda:1", "cpu"]
    devices.choose("auto")
    assert devices.read().gpu


def test_every_device_of_the_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    *cards, (last, _) = devices.read().devices
    assert (cards, last) == ([("cuda:0", "First Card"), ("cuda:1", "Second Card")], "cpu")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")  # then CUDA calls it its first
    assert devices.read().devices[0] == ("cuda:0", "Second Card")
    assert [key for key, _ in devices.read().devices] == ["cuda:0", "cpu"]
    monkeypatch.setattr(devices, "_is_apple", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert [key for key, _ in devices.read().devices] == ["mps", "cpu"]


@pytest.mark.parametrize(
    ("visible", "device"),
    [
        ("0", "First Card"),
        ("1,0", "Second Card"),
        ("GPU-11", "Second Card"),
        ("MIG-abc", "First Card"),
    ],
)
def test_the_card_that_cuda_sees_first_is_read(
    monkeypatch: pytest.MonkeyPatch, visible: str, device: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.read().device == device


@pytest.mark.parametrize("visible", ["", "-1", "7", "GPU-99", "nonsense"])
def test_a_card_that_cuda_may_not_use_is_told(
    monkeypatch: pytest.MonkeyPatch, visible: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    reading = devices.read()
    assert (reading.gpu, reading.why) == (False, devices.HIDDEN)


def process(pid: int, held: int | None) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=held)


def test_who_holds_the_card_is_told(nvml: FakeNvml) -> None:
    nvml.processes = [process(os.getpid(), 30), process(-7, 50), process(-8, 20)]
    reading = devices.read()
    assert (reading.own_gpu_bytes, reading.others) == (30, (("game-7", 50), ("game-8", 20)))


def test_a_driver_that_tells_no_bytes_of_a_process_leaves_them_unknown(nvml: FakeNvml) -> None:
    nvml.processes = [process(os.getpid(), None)]
    assert devices.read().own_gpu_bytes is None
    nvml.broken = {"nvmlDeviceGetComputeRunningProcesses"}
    assert devices.read().own_gpu_bytes is None


@pytest.mark.parametrize(
    ("reasons", "word"), [(0, ""), (0x20, "heat"), (0x44, "heat"), (0x4, "power"), (0x1, "")]
)
def test_what_holds_the_card_back_is_told(nvml: FakeNvml, reasons: int, word: str) -> None:
    nvml.reasons = reasons
    assert devices.read().held_back == word


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("nvmlDeviceGetPowerUsage", "watts"),
        ("nvmlDeviceGetTemperature", "celsius"),
        ("nvmlDeviceGetUtilizationRates", "load_percent"),
        ("nvmlDeviceGetMemoryInfo", "used_bytes"),
    ],
)
def test_one_query_that_fails_leaves_the_others(nvml: FakeNvml, query: str, field: str) -> None:
    nvml.broken = {query}
    reading = devices.read()
    assert getattr(reading, field) is None
    assert (reading.device, reading.why, reading.gpu) == ("First Card", "", True)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (12, devices.NO_DRIVER),
        (9, devices.NOT_LOADED),
        (18, devices.MISMATCH),
        (999, devices.NO_ANSWER),
    ],
)
def test_without_a_driver_the_cpu_is_read_and_told_why(
    nvml: FakeNvml, error: int, why: str
) -> None:
    nvml.gone = error
    reading = devices.read()
    assert (reading.gpu, reading.why) == (False, why)
    assert reading.used_bytes is not None
    assert reading.total_bytes is not None
    assert 0 < reading.used_bytes < reading.total_bytes


def test_a_driver_without_a_card_is_told(nvml: FakeNvml) -> None:
    nvml.count = 0
    assert devices.read().why == devices.NO_CARD


def test_a_driver_that_vanishes_is_a_reading_without_numbers(nvml: FakeNvml) -> None:
    devices.read()
    nvml.gone = 15
    reading = devices.read()
    assert (reading.gpu, reading.why) == (True, devices.NO_ANSWER)
    assert (reading.used_bytes, reading.load_percent) == (None, None)


def test_a_vanished_driver_is_asked_again_after_ten_seconds(
    nvml: FakeNvml, clock: list[float]
) -> None:
    devices.read()
    nvml.gone = 15
    devices.read()
    nvml.gone = 0
    nvml.calls.clear()
    clock[0] += devices.RETRY_S - 1
    assert not devices.read().gpu
    assert nvml.calls == []
    clock[0] += 2
    assert devices.read().device == "First Card"


def test_the_driver_is_opened_once(nvml: FakeNvml) -> None:
    for _ in range(3):
        devices.read()
    assert nvml.calls.count("nvmlInit") == 1


def test_a_sleeping_card_is_not_woken(nvml: FakeNvml, sys_folder: Path) -> None:
    nvidia_at(sys_folder, "0000:01:00.0", "suspended")
    reading = devices.read()
    assert (reading.gpu, reading.why) == (True, devices.ASLEEP)
    assert nvml.calls == []


def test_a_card_that_is_awake_beside_a_sleeping_one_is_read(sys_folder: Path) -> None:
    nvidia_at(sys_folder, "0000:01:00.0", "suspended")
    nvidia_at(sys_folder, "0000:02:00.0", "active")
    assert devices.read().device == "First Card"


# -- AMD ------------------------------------------------------------------------------------------


def test_an_amd_card_is_read_from_sysfs(nvml: FakeNvml, sys_folder: Path) -> None:
    nvml.gone = 12
    card = amd_at(sys_folder, "card1", 16 << 30)
    file(card / "product_name", "Radeon Test")
    file(card / "hwmon" / "hwmon3" / "power1_average", 90_000_000)
    file(card / "hwmon" / "hwmon3" / "temp1_input", 55_000)
    reading = devices.read()
    assert (reading.device, reading.gpu, reading.why) == ("Radeon Test", True, "")
    assert (reading.used_bytes, reading.total_bytes) == (4 << 30, 16 << 30)
    assert (reading.load_percent, reading.watts, reading.celsius) == (33, 90.0, 55.0)


def test_the_larger_of_two_amd_cards_is_read(nvml: FakeNvml, sys_folder: Path) -> None:
    nvml.gone = 12
    amd_at(sys_folder, "card0", 2 << 30)
    amd_at(sys_folder, "card1", 8 << 30)
    assert devices.read().total_bytes == 8 << 30


def test_a_chosen_amd_card_is_read(nvml: FakeNvml, sys_folder: Path) -> None:
    nvml.gone = 12
    amd_at(sys_folder, "card0", 2 << 30)
    amd_at(sys_folder, "card1", 8 << 30)
    devices.choose("cuda:0")
    assert devices.read().total_bytes == 2 << 30
    assert [key for key, _ in devices.read().devices] == ["cuda:0", "cuda:1", "cpu"]


def test_a_processor_s_built_in_graphics_is_no_graphics_card(
    nvml: FakeNvml, sys_folder: Path
) -> None:
    nvml.gone = 12
    amd_at(sys_folder, "card0", 512 << 20)
    assert not devices.read().gpu


def test_a_sleeping_amd_card_is_not_woken(nvml: FakeNvml, sys_folder: Path) -> None:
    nvml.gone = 12
    amd_at(sys_folder, "card0", 8 << 30, "suspended")
    reading = devices.read()
    assert (reading.why, reading.load_percent) == (devices.ASLEEP, None)


def test_an_amd_file_with_nonsense_is_no_number(nvml: FakeNvml, sys_folder: Path) -> None:
    nvml.gone = 12
    card = amd_at(sys_folder, "card0", 8 << 30)
    file(card / "gpu_busy_percent", "unknown")
    assert devices.read().load_percent is None


# -- all ------------------------------------------------------------------------------------------


def test_on_a_mac_the_engine_is_named(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml.gone = 12
    monkeypatch.setattr(devices, "_is_apple", lambda: True)
    assert devices.read().why == devices.APPLE


def test_watching_ends_at_once_when_it_is_stopped() -> None:
    stop = threading.Event()
    seen = []

    def watch() -> None:
        seen.extend(devices.watch(stop, interval_s=60))

    thread = threading.Thread(target=watch)
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert len(seen) <= 1


def test_watching_reads_again_and_again() -> None:
    watching = devices.watch(threading.Event(), interval_s=0.001)
    assert [type(next(watching)) for _ in range(3)] == [Reading] * 3
    watching.close()


def test_a_watch_that_was_stopped_before_it_began_reads_nothing() -> None:
    stop = threading.Event()
    stop.set()
    assert list(devices.watch(stop)) == []


def test_free_memory_is_the_card_s() -> None:
    assert devices.free_bytes() == 900


def test_free_memory_without_a_card_is_the_computer_s(nvml: FakeNvml) -> None:
    nvml.gone = 12
    assert devices.free_bytes() > 10_000_000


def test_the_summary_names_cards_driver_and_processor() -> None:
    told = devices.summary()
    assert told["gpus"] == [
        {"name": "First Card", "memory_bytes": 1000, "driver": "999.1"},
        {"name": "Second Card", "memory_bytes": 1000, "driver": "999.1"},
    ]
    assert told["cpu"]
    assert told["cores"] >= 1
    assert told["ram_bytes"] > 10_000_000
    assert told["why"] == ""


def test_the_summary_without_a_card_says_why(nvml: FakeNvml) -> None:
    nvml.gone = 12
    told = devices.summary()
    assert (told["gpus"], told["why"]) == ([], devices.NO_DRIVER)


def test_a_hidden_card_still_counts_as_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert devices.has_nvidia()
