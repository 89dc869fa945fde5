"""The bytes of safetensors files -> tensors on a device, in large blocks on a few threads.

On a CPU the stored bytes are used where they lie, mapped, when the precision stays; else they are
read into memory of their own. A card gets them through pinned buffers, copied while the next block
is read. Each file's header is read again through the handle that its weights are read through, so
a file that was changed since it was checked is told. Knows nothing about models or config.json.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import math
import mmap
import os
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import torch

from chatapp import foreign, weights
from chatapp.chat import Progress, UserError
from chatapp.engine.faults import is_full

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from concurrent.futures import Future

    from chatapp.foreign import Folder

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
THREADS = min(4, os.cpu_count() or 1)  # more of them read no faster
BLOCK_BYTES = 16 << 20  # a Stop waits for no more than one of them a thread
AHEAD = THREADS + 1  # blocks under way, and buffers for them
PART = 32_000  # numbers: from 32,768 on torch would wake its own threads, and these are enough
HUGE_BYTES = 4 << 20  # memory of this size is asked for in huge pages: it is given ten times faster
POPULATE_READ = 22  # Linux: read these pages now, and say when that cannot be done
DRIVE = foreign.DRIVE
SAMPLE = (64, 16)  # of each tensor so many places are looked at, and so many numbers at each


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stored tensor: where it is, and the type it is to have."""

    file: str
    stored: torch.dtype
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return math.prod(self.shape) * self.stored.itemsize


@dataclass(frozen=True, slots=True)
class _Block:
    """`size` bytes at `at` of the file, for `into`, (numbers,): a part of a tensor, or several."""

    shard: _Shard
    at: int
    size: int
    stored: torch.dtype
    into: torch.Tensor
    lies: torch.Tensor | None  # the same numbers in the mapping; `into` itself if they stay there


def can_read(tensors: Mapping[str, weights.Tensor]) -> bool:
    """Whether all of them are plain numbers; what is packed is left to transformers."""
    return all(tensor.dtype in TYPES for tensor in tensors.values())


def read(
    folder: Folder, wanted: Mapping[str, Wanted], device: torch.device
) -> Generator[Progress, None, dict[str, torch.Tensor]]:
    """The tensors by their stored names; one Progress a block, in bytes.

    Raises UserError for a file that cannot be read or has changed, OverflowError for a number that
    a CPU cannot turn into float16.
    """
    done, total = 0, sum(want.size for want in wanted.values())
    found: dict[str, torch.Tensor] = {}
    with ExitStack() as stack:
        shards = []
        for name in sorted({want.file for want in wanted.values()}):
            mine = {key: want for key, want in wanted.items() if want.file == name}
            shard = _Shard(folder, name, mine, maps=device.type == "cpu" and _can_map())
            shards.append(stack.enter_context(closing(shard)))
        blocks = (block for shard in shards for block in shard.blocks(device, found))
        for size in _brought(blocks, device):
            done += size
            yield Progress("load", done, total)
        for shard in shards:
            shard.require_unchanged()
    return found


def require_numbers(found: Mapping[str, torch.Tensor]) -> None:
    """Raises UserError when one of a sample of each tensor's numbers is none."""
    samples = {name: _sample(tensor).float() for name, tensor in found.items()}
    devices = {sample.device for sample in samples.values()}
    together = ([each for each in samples.values() if each.device == device] for device in devices)
    if all(torch.cat(some).isfinite().all() for some in together):
        return
    for name, sample in samples.items():
        if not sample.isfinite().all():
            raise UserError(
                "The weights contain invalid numbers ({name}).",
                "Download it again, or choose another precision.",
                "open_library",
                name=foreign.shown(name),
            )


def _sample(tensor: torch.Tensor) -> torch.Tensor:
    flat = tensor.reshape(-1)
    places, numbers = SAMPLE
    apart = flat.numel() // places
    if apart <= numbers:
        return flat
    return flat[: apart * places].view(places, apart)[:, :numbers].reshape(-1)


# -- blocks ---------------------------------------------------------------------------------------


def _brought(blocks: Iterator[_Block], device: torch.device) -> Iterator[int]:
    """Bring each block, in order; its bytes when it is there. Closing it waits for AHEAD blocks."""
    slots = deque(_Slot(device) for _ in range(AHEAD))
    pool = ThreadPoolExecutor(THREADS, "chatapp-read")
    waiting: deque[tuple[_Block, _Slot, Future[None]]] = deque()
    try:
        for block in blocks:
            slot = slots.popleft()
            slots.append(slot)
            waiting.append((block, slot, pool.submit(slot.bring, block)))
            if len(waiting) == AHEAD:
                yield _accepted(*waiting.popleft())
        while waiting:
            yield _accepted(*waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for slot in slots:
            slot.wait()


def _accepted(block: _Block, slot: _Slot, future: Future[None]) -> int:
    future.result()
    slot.accept(block)
    return block.size


class _Slot:
    """Where one block after another passes through, when it cannot be read to its place."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._buffer: torch.Tensor | None = None
        self._wide = torch.empty(PART, dtype=torch.float32)
        self._copied: torch.cuda.Event | None = None

    def bring(self, block: _Block) -> None:
        """On a thread: the bytes from the drive; on a CPU to their place, in their type."""
        if block.lies is not None:
            _populate(block.lies, block.shard.name)
            if block.lies is not block.into:
                self._convert(block.lies, block.into)
        elif self._device.type == "cpu" and block.stored == block.into.dtype:
            block.shard.fill(block.into, block.at)
        else:
            self.wait()
            block.shard.fill(self._bytes()[: block.size], block.at)
            if self._device.type == "cpu":
                self._convert(self._staged(block), block.into)

    def accept(self, block: _Block) -> None:
        """On the caller's thread: to the device."""
        if self._device.type == "cpu":
            return
        staged = self._staged(block)
        if self._device.type == "cuda":
            block.into.copy_(staged.to(self._device, non_blocking=True))
            self._copied = torch.cuda.Event(blocking=True)
            self._copied.record()
        else:
            block.into.copy_(staged)

    def wait(self) -> None:
        """Until the card has taken what lies here."""
        if self._copied is not None:
            self._copied.synchronize()
            self._copied = None

    def _convert(self, numbers: torch.Tensor, into: torch.Tensor) -> None:
        """Part by part, each in the processor's cache and on this thread alone.

        Between two 16-bit types by way of float32: torch has fast loops for these steps only.
        Raises OverflowError for a number that float16 cannot hold.
        """
        through = self._wide if numbers.itemsize == into.itemsize == 2 else None
        extremes: list[torch.Tensor] = []
        for part, place in zip(numbers.split(PART), into.split(PART), strict=True):
            place.copy_(part if through is None else through[: len(part)].copy_(part))
            if into.dtype == torch.float16:
                extremes += place.aminmax()
        if extremes and not torch.stack(extremes).isfinite().all():
            raise OverflowError("a weight is too large for float16")

    def _staged(self, block: _Block) -> torch.Tensor:
        return self._bytes()[: block.size].view(block.stored)

    def _bytes(self) -> torch.Tensor:
        if self._buffer is None:
            pin = self._device.type == "cuda"
            self._buffer = torch.empty(BLOCK_BYTES, dtype=torch.uint8, pin_memory=pin)
        return self._buffer


# -- one file -------------------------------------------------------------------------------------


class _Shard:
    """One file that stays open while it is read."""

    def __init__(self, folder: Folder, name: str, wanted: Mapping[str, Wanted], maps: bool) -> None:
        self.name = name
        self._wanted = wanted
        self._lock = threading.Lock()
        self._file: BinaryIO = folder.open(name)
        try:
            self._state = _state(self._file)
            self._places = _placed(self._file, name, wanted)
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_COPY) if maps else None
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """The mapping lives on in the tensors that lie in it."""
        self._file.close()
        self._map = None

    def blocks(self, device: torch.device, found: dict[str, torch.Tensor]) -> Iterator[_Block]:
        """What is to be brought, in the file's order; `found` gets the tensors.

        Tensors that stay in the mapping and follow each other are brought together.
        """
        begin = end = 0
        for name, at in sorted(self._places.items(), key=lambda item: item[1]):
            want = self._wanted[name]
            lies = self._view(at, want)
            if lies is None or want.stored != want.dtype:
                found[name] = _memory(want.shape, want.dtype, device)
                yield from self._copied(at, want, found[name], lies)
                continue
            found[name] = lies
            if at != end:
                yield from self._mapped(begin, end)
                begin = at
            end = at + want.size
        yield from self._mapped(begin, end)

    def _copied(
        self, at: int, want: Wanted, into: torch.Tensor, lies: torch.Tensor | None
    ) -> Iterator[_Block]:
        width = want.stored.itemsize
        for begin in range(0, want.size, BLOCK_BYTES):
            size = min(BLOCK_BYTES, want.size - begin)
            part = slice(begin // width, (begin + size) // width)
            there = None if lies is None else lies.view(-1)[part]
            yield _Block(self, at + begin, size, want.stored, into.view(-1)[part], there)

    def _mapped(self, begin: int, end: int) -> Iterator[_Block]:
        for at in range(begin, end, BLOCK_BYTES):
            size = min(BLOCK_BYTES, end - at)
            lies = torch.frombuffer(self._map, dtype=torch.uint8, count=size, offset=at)
            yield _Block(self, at, size, torch.uint8, lies, lies)

    def fill(self, into: torch.Tensor, at: int) -> None:
        """Read as many bytes from `at`. Raises UserError when they are not there."""
        view = memoryview((ctypes.c_char * into.nbytes).from_address(into.data_ptr())).cast("B")
        done = 0
        try:
            while done < len(view):
                count = self._read(view[done:], at + done)
                if not count:
                    raise changed(self.name)
                done += count
        except OSError as error:
            if is_full(error):
                raise
            raise foreign.unreadable(self.name, DRIVE) from error

    def require_unchanged(self) -> None:
        """Raises UserError when somebody wrote to the file since it was opened."""
        if _state(self._file) != self._state:
            raise changed(self.name)

    def _view(self, at: int, want: Wanted) -> torch.Tensor | None:
        """The tensor where it lies in the mapping, if it is mapped and begins at a whole number."""
        width = want.stored.itemsize
        if self._map is None or at % width or not want.size:
            return None
        flat = torch.frombuffer(self._map, dtype=want.stored, count=want.size // width, offset=at)
        return flat.view(want.shape)

    def _read(self, into: memoryview, at: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [into], at)
        with self._lock:  # Windows: one position for all threads
            self._file.seek(at)
            return self._file.readinto(into)  # type: ignore[attr-defined]


def _placed(file: BinaryIO, name: str, wanted: Mapping[str, Wanted]) -> dict[str, int]:
    """Where each wanted tensor begins; the header must say what it said when it was checked."""
    try:
        there = weights.places(file, name)
    except UserError:
        raise changed(name) from None
    for key, want in wanted.items():
        tensor, _ = there.get(key, (None, 0))
        if tensor is None or (TYPES.get(tensor.dtype), tensor.shape) != (want.stored, want.shape):
            raise changed(name)
    return {key: there[key][1] for key in wanted}


def changed(file: str) -> UserError:
    """The error for a file that is not the one that was checked."""
    name = foreign.shown(file)
    return UserError("{file} changed while it was being opened.", "Try again.", "retry", file=name)


def _state(file: BinaryIO) -> tuple[int, int]:
    told = os.fstat(file.fileno())
    return told.st_size, told.st_mtime_ns


# -- memory ---------------------------------------------------------------------------------------


def _memory(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Unwritten memory; on Linux in huge pages, which are given out faster."""
    count = math.prod(shape)
    size = count * dtype.itemsize
    if device.type != "cpu" or size < HUGE_BYTES or not hasattr(mmap, "MADV_HUGEPAGE"):
        return torch.empty(shape, dtype=dtype, device=device)
    pages = mmap.mmap(-1, size)
    with suppress(OSError):  # of a kernel without them: then these are ordinary pages
        pages.madvise(mmap.MADV_HUGEPAGE)
    return torch.frombuffer(pages, dtype=dtype, count=count).view(shape)


@functools.cache
def _can_map() -> bool:
    """Whether this system can read mapped pages and tell when it cannot: Linux from 5.14 on.

    Elsewhere a drive that goes away would end the process.
    """
    if not sys.platform.startswith("linux"):
        return False
    with mmap.mmap(-1, mmap.PAGESIZE) as page, suppress(OSError):
        page.madvise(POPULATE_READ)
        return True
    return False


def _populate(lies: torch.Tensor, name: str) -> None:
    """Have the pages of these numbers read. Raises UserError."""
    begin = lies.data_ptr() // mmap.PAGESIZE * mmap.PAGESIZE
    length = lies.data_ptr() + lies.nbytes - begin
    # libc's own, as a foreign function: it lets the other threads go on, Python's does not.
    libc = ctypes.CDLL(None, use_errno=True)
    address = ctypes.c_void_p(begin), ctypes.c_size_t(length)
    while libc.madvise(*address, POPULATE_READ):
        if ctypes.get_errno() == errno.ENOMEM:
            raise MemoryError
        if ctypes.get_errno() not in (errno.EINTR, errno.EAGAIN):
            raise foreign.unreadable(name, DRIVE)
