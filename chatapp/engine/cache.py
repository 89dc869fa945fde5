"""The keys and values of what was read: one buffer a layer, grown in steps, cut back in O(1).

Also the shelf, where those of other conversations wait, and the longest common prefix that says
what of them can be used again. Knows nothing about models or how attention is computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

STEP = 512  # tokens: the smallest buffer; then it doubles
SPARING_STEP = 128  # tokens: by so many it grows where memory was full once


def common_prefix(one: list[int], other: list[int]) -> int:
    """How many ids both begin with."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def bucket(length: int, limit: int) -> int:
    """The smallest of 512, 1,024, 2,048 ... tokens that holds `length`, at most `limit`."""
    return min(max(STEP, 1 << (length - 1).bit_length()), limit)


def put(buffer: torch.Tensor, new: torch.Tensor, at: torch.Tensor, first: torch.Tensor) -> Any:
    """Write one new position, `at` (), into a buffer of KeyValues; a view from `first` () to it.

    Its numbers are tensors, so that a trace of it is right for others.
    """
    buffer.narrow(2, at, 1).copy_(new)
    length: Any = at + 1 - first  # the stubs want a number
    return buffer.narrow(2, first, length)


class KeyValues:
    """Buffers of shape (rows, kv_heads, room, head_dim); the first `length` positions count.

    What lies behind `length` is stale and never read, so cutting back is a number. The rows are
    candidates that go on from one prompt: they move in step.
    """

    def __init__(
        self,
        layers: int,
        kv_heads: int,
        head_dim: int,
        dtype: torch.dtype,
        device: torch.device,
        limit: int,
    ) -> None:
        self.length = 0
        self.limit = limit  # tokens: the most it will ever hold
        self.age = 0  # how often the buffers were made anew: a captured graph holds the old ones
        self.sparing = False  # grow by what is needed and little more
        self._shape = (kv_heads, head_dim)
        self._dtype, self._device = dtype, device
        self._keys = [self._make(1, 0) for _ in range(layers)]
        self._values = [self._make(1, 0) for _ in range(layers)]

    @property
    def rows(self) -> int:
        """Candidates side by side."""
        return self._keys[0].shape[0]

    @property
    def room(self) -> int:
        """Tokens that fit without growing."""
        return self._keys[0].shape[2]

    @property
    def buffers(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Keys and values, each (rows, kv_heads, room, head_dim), by layer."""
        return self._keys, self._values

    @property
    def nbytes(self) -> int:
        """What the buffers take."""
        return sum(t.nbytes for t in (*self._keys, *self._values))

    @property
    def bytes_per_token(self) -> int:
        """What one token of one row takes."""
        heads, dim = self._shape
        return 2 * len(self._keys) * heads * dim * self._dtype.itemsize

    def reserve(self, tokens: int) -> None:
        """Make room for so many more."""
        needed = self.length + tokens
        if needed <= self.room:
            return
        if needed > self.limit:
            raise ValueError(f"{needed} tokens do not fit into {self.limit}")
        self._remake(list(range(self.rows)), self._bucket(needed))

    def spread(self, rows: int) -> None:
        """Copy the one row's keys and values to so many rows."""
        if rows != self.rows:
            self._remake([0] * rows, self.room)

    def keep(self, rows: list[int]) -> None:
        """Go on with these rows only; the memory of the others is given back."""
        if rows != list(range(self.rows)):
            self._remake(rows, self.room)

    def write(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put (rows, kv_heads, new, head_dim) behind what counts; views over old and new.

        `advance` makes the new positions count, after the last layer.
        """
        end = self.length + keys.shape[2]
        self._keys[layer][:, :, self.length : end] = keys
        self._values[layer][:, :, self.length : end] = values
        return self._keys[layer][:, :, :end], self._values[layer][:, :, :end]

    def place(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor, at: torch.Tensor, room: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same for one new position whose number, `at` (1,), only the device knows.

        Gives views over the first `room` positions: the later ones are to be masked.
        """
        self._keys[layer].index_copy_(2, at, keys)
        self._values[layer].index_copy_(2, at, values)
        return self._keys[layer][:, :, :room], self._values[layer][:, :, :room]

    def advance(self, tokens: int) -> None:
        """So many more positions count."""
        self.length += tokens

    def rewind(self, length: int) -> None:
        """Only the first `length` positions count."""
        self.length = length

    def save(self) -> list[torch.Tensor]:
        """A copy in main memory of what counts."""
        return [t[:, :, : self.length].to("cpu", copy=True) for t in (*self._keys, *self._values)]

    def restore(self, saved: list[torch.Tensor]) -> None:
        """Hold what was saved, and nothing else."""
        self.length = 0
        self.reserve(saved[0].shape[2])
        for buffer, tensor in zip((*self._keys, *self._values), saved, strict=True):
            buffer[:, :, : tensor.shape[2]] = tensor
        self.length = saved[0].shape[2]

    def _bucket(self, needed: int) -> int:
        if not self.sparing:
            return bucket(needed, self.limit)
        return min(math.ceil(needed / SPARING_STEP) * SPARING_STEP, self.limit)

    def _remake(self, rows: list[int], room: int) -> None:
        """New buffers with these rows; layer by layer, so that the peak is one layer extra."""
        whole = rows == list(range(self.rows))
        self.age += 1
        for buffers in (self._keys, self._values):
            for layer, old in enumerate(buffers):
                new = self._make(len(rows), room)
                counts = old[:, :, : self.length]
                new[:, :, : self.length] = counts if whole else counts[rows]
                buffers[layer] = new

    def _make(self, rows: int, room: int) -> torch.Tensor:
        heads, dim = self._shape
        # Never `empty`: a masked position still gives 0 x NaN = NaN.
        return torch.zeros(rows, heads, room, dim, dtype=self._dtype, device=self._device)


class Buffered:
    """What every forward over KeyValues does with them alike; `new_cache` makes empty ones."""

    keys_values: KeyValues

    @property
    def cached_bytes(self) -> int:
        """What the cache takes."""
        return self.keys_values.nbytes

    @property
    def cached_per_token(self) -> int:
        """Bytes of one token of one row."""
        return self.keys_values.bytes_per_token

    def run(self, ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        """Read ids (rows, new) behind what is cached -> scores of the last, (rows, vocab).

        With `every` those of each position of one row, (new, vocab).
        """
        raise NotImplementedError

    def step(self, tokens: torch.Tensor, at: torch.Tensor, room: int) -> torch.Tensor:
        """tokens (rows, 1) at position `at` (1,) over `room` positions -> (rows, vocab).

        Every shape and address is fixed and nothing waits for the device, so that it can be
        recorded: the position is a number on the device, and what lies behind it is masked.
        """
        raise NotImplementedError

    def new_cache(self) -> KeyValues:
        """An empty buffer of this model's shape."""
        raise NotImplementedError

    @property
    def traced(self) -> bool:
        """Whether steps run without Python."""
        return False

    def record(self) -> None:
        """Trace the step; only a fused one can be."""

    def rewind(self, length: int) -> int:
        """Cut to `length` tokens; what is left."""
        self.keys_values.rewind(length)
        return length

    def forget(self) -> None:
        """Start from nothing."""
        sparing = self.keys_values.sparing
        self.keys_values = self.new_cache()
        self.keys_values.sparing = sparing

    def spare(self) -> None:
        """Take no more memory than is needed from now on, however often that means to copy."""
        self.keys_values.sparing = True

    def spread(self, rows: int) -> None:
        """Go on with so many copies of the one row."""
        self.keys_values.spread(rows)

    def keep(self, rows: list[int]) -> None:
        """Go on with these rows only."""
        self.keys_values.keep(rows)

    def save(self) -> list[torch.Tensor]:
        """What was read, copied to main memory."""
        return self.keys_values.save()

    def restore(self, saved: list[torch.Tensor]) -> None:
        """Take what was saved for what was read."""
        self.keys_values.restore(saved)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read of another conversation: its ids, and its keys and values."""

    ids: list[int]
    saved: Any
    nbytes: int
    key: str = ""  # what the model computed with; another adapter gives other keys and values


class Shelf:
    """The conversations that were left, by what they read; the longest unused one goes first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit  # bytes
        self._kept: list[Kept] = []

    @property
    def nbytes(self) -> int:
        """What is kept, in bytes."""
        return sum(kept.nbytes for kept in self._kept)

    def put(self, ids: list[int], saved: list[torch.Tensor], key: str = "") -> None:
        """Keep this one, and let go of what is part of it or does not fit any more."""
        new = Kept(ids, saved, sum(tensor.nbytes for tensor in saved), key)
        self._kept = [
            k for k in self._kept if k.key != key or common_prefix(k.ids, ids) < len(k.ids)
        ]
        self._kept.append(new)
        while self._kept and self.nbytes > self.limit:
            self._kept.pop(0)

    def longest(self, ids: list[int], key: str = "") -> tuple[int, Kept | None]:
        """The one that shares the most of the beginning with these ids."""
        shared = [
            (common_prefix(kept.ids, ids), place)
            for place, kept in enumerate(self._kept)
            if kept.key == key
        ]
        best, place = max(shared, default=(0, -1))
        if not best:
            return 0, None
        self._kept.append(self._kept.pop(place))
        return best, self._kept[-1]

    def clear(self) -> None:
        """Let go of everything."""
        self._kept.clear()
