"""The weights of a model folder: which files they are, and what their headers say.

Our own reader of safetensors headers and of the index; it reads no weights and knows nothing
about torch or config.json. Everything is computed from the headers before anybody allocates.
The format: 8 bytes little-endian header length, a JSON header, then the tensors without gaps.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from chatapp import foreign
from chatapp.chat import UserError
from chatapp.foreign import shown

if TYPE_CHECKING:
    from chatapp.foreign import Folder, Pairs

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
UNSAFE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
INDEX_LIMIT = 20_000_000  # bytes; the largest known, of 1e12 parameters, has 15 MB
# The format allows 100 MB. Of what is real, the most is 140,000 tensors in 62 files: 350 kB of
# header in each. Reading as much takes 1.5 s and 100 MB.
HEADER_LIMIT = 8_000_000  # one of 45,000 tensors has 6.5 MB
HEADERS_LIMIT = 40_000_000  # of all files together
FILE_LIMIT = 50_000  # tensors
TENSOR_LIMIT = 150_000  # of all files together
SHARD_LIMIT = 1_000  # files; the most known are some 200
EMPTY_LIMIT = 16  # tensors without a number; some files keep one or two
RANK_LIMIT = 32
_NOT_WEIGHTS = ("training_args", "optimizer", "scheduler", "rng_state", "tokenizer")

_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


class Tensor(NamedTuple):
    """What a header says of one tensor, and which file of the folder holds it."""

    dtype: str  # as in safetensors: F32, BF16, ...
    shape: tuple[int, ...]
    file: str

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """How many bytes it takes in the file."""
        return self.elements * _BITS[self.dtype] // 8


class _OddError(Exception):
    """What is wrong with a header, in words."""


def files(folder: Folder) -> frozenset[str]:
    """Names of the files that a loader would open, by the index alone. Raises UserError."""
    if SINGLE in folder.names:
        return frozenset({SINGLE})
    if INDEX in folder.names:
        return frozenset(_weight_map(folder).values())
    raise _missing(folder)


def read(folder: Folder) -> dict[str, Tensor]:
    """Name -> tensor over all files that a loader would open. Raises UserError."""
    if SINGLE in folder.names:
        return header(folder, SINGLE)
    if INDEX in folder.names:
        return _shards(folder, _weight_map(folder))
    raise _missing(folder)


def _missing(folder: Folder) -> UserError:
    parts = any(name.endswith(".safetensors") and "-of-" in name for name in folder.names)
    return _listed(INDEX if parts else SINGLE, "missing")


def places(file: BinaryIO, name: str) -> dict[str, tuple[Tensor, int]]:
    """Name -> tensor and where it begins, in bytes of the file, from the header of an open file.

    Raises UserError when the header is damaged, or tells of more than the file holds.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    raw = _raw_header(file, size, name)
    start = 8 + len(raw)
    found = {}
    try:
        for key, entry in _entries(raw).items():
            tensor, begin, end = _tensor(key, entry, name)
            if start + end > size:
                raise _OddError("it ends too early")
            found[key] = (tensor, start + begin)
    except _OddError as odd:
        raise _invalid(name, str(odd)) from odd
    return found


def unsafe_file(names: frozenset[str]) -> str:
    """The weights that could run a program when opened, if there are no others."""
    if any(name.endswith((".safetensors", INDEX)) for name in names):
        return ""
    found = sorted(
        name
        for name in names
        if name.lower().endswith(UNSAFE) and not name.startswith(_NOT_WEIGHTS)
    )
    return next((name for name in found if "model" in name), found[0] if found else "")


def refuse_unsafe(file: str) -> UserError:
    """The error for weights in a format that may hold a program."""
    return UserError(
        "The weights are in an unsafe format ({file}).",
        "Look for a safetensors version.",
        "open_library",
        file=shown(file),
    )


# -- the index ------------------------------------------------------------------------------------


def _listed(name: str, what: str) -> UserError:
    sentences = {
        "missing": "The weight list names {shard}, which is missing.",
        "outside": "The weight list names {shard}, which is outside the folder.",
        "twice": "The weight list names {shard}, which is listed twice.",
    }
    remedy = "Resume download." if what == "missing" else "Choose another copy."
    return UserError(sentences[what], remedy, shard=shown(name))


def _weight_map(folder: Folder) -> dict[str, str]:
    """Tensor -> file, every file a plain name of this folder that is there."""
    raw = folder.read(INDEX, INDEX_LIMIT)
    if raw.count(b":") > 2 * TENSOR_LIMIT:  # one for each, and a few
        raise _invalid(INDEX, "too many tensors")
    weight_map = foreign.object_of(raw, INDEX, _once).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise foreign.damaged(INDEX)
    shards = set(map(str, weight_map.values()))
    if len(shards) > SHARD_LIMIT:
        raise _invalid(INDEX, "too many files")
    for shard in shards:
        if shard != os.path.basename(shard) or set(shard) & set("\\/:\x00") or shard == "..":
            raise _listed(shard, "outside")
        if not shard.endswith(".safetensors"):
            raise refuse_unsafe(shard)
        if not folder.has(shard):
            raise _listed(shard, "missing")
    return {name: str(shard) for name, shard in weight_map.items()}


def _once(pairs: Pairs) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise _listed(name, "twice")
    return values


def _shards(folder: Folder, weight_map: dict[str, str]) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    left = HEADERS_LIMIT
    for shard in sorted(set(weight_map.values())):
        told, length = _header(folder, shard, min(HEADER_LIMIT, left))
        left -= length
        if twice := tensors.keys() & told.keys():
            raise _listed(min(twice), "twice")
        tensors |= told
        if len(tensors) > TENSOR_LIMIT:
            raise _invalid(INDEX, "too many tensors")
    for name, shard in weight_map.items():
        if name not in tensors or tensors[name].file != shard:
            raise _listed(name, "missing")
    return tensors


# -- one file -------------------------------------------------------------------------------------


def _invalid(file: str, what: str) -> UserError:
    return UserError(
        "{file} is not a valid safetensors file ({what}).",
        "Download it again.",
        file=shown(file),
        what=what,
    )


def header(folder: Folder, name: str) -> dict[str, Tensor]:
    """Name -> tensor of one file that is whole. Raises UserError."""
    return _header(folder, name, HEADER_LIMIT)[0]


def _header(folder: Folder, name: str, limit: int) -> tuple[dict[str, Tensor], int]:
    """The same of a header of at most so many bytes, and how many it has."""
    with folder.open(name) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            _refuse_other(file.read(512), name)
            file.seek(0)
            raw = _raw_header(file, size, name, limit)
        except OSError as error:
            raise foreign.unreadable(name, foreign.DRIVE) from error
    try:
        tensors, end = _tensors(raw, name)
    except _OddError as odd:
        raise _invalid(name, str(odd)) from odd
    needed = 8 + len(raw) + end
    if size < needed:
        raise UserError(
            "{file} is incomplete ({n} of {m}).",
            "Resume download.",
            "open_library",
            file=shown(name),
            n=_size(size),
            m=_size(needed),
        )
    if size > needed:
        raise _invalid(name, "bytes after the last tensor")
    return tensors, len(raw)


def _refuse_other(beginning: bytes, name: str) -> None:
    """Tell what lies there instead of weights, when we know it."""
    if beginning.startswith(b"version https://git-lfs"):
        raise UserError(
            "The weights were not downloaded; {file} is only a pointer.",
            "Download the weights.",
            "open_library",
            file=shown(name),
        )
    if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
        raise UserError(
            "{file} is a web page, not weights.",
            "Download it again; sign in if the model is gated.",
            file=shown(name),
        )


def _raw_header(file: BinaryIO, size: int, name: str, limit: int = HEADER_LIMIT) -> bytes:
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(limit, size - 8):
        raise UserError("{file} has a damaged header.", "Download it again.", file=shown(name))
    return file.read(length)


def _tensors(raw: bytes, file: str) -> tuple[dict[str, Tensor], int]:
    """The header's tensors, and how many bytes they take together."""
    entries = _entries(raw)
    tensors: dict[str, Tensor] = {}
    spans = []
    for name, entry in entries.items():
        tensors[name], begin, end = _tensor(name, entry, file)
        spans.append((begin, end))
    if sum(begin == end for begin, end in spans) > EMPTY_LIMIT:
        raise _OddError("too many empty tensors")
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            raise _OddError("tensors overlap" if begin < position else "gap between tensors")
        position = end
    return tensors, position


def _entries(raw: bytes) -> dict[str, Any]:
    if raw.count(b":") > 5 * FILE_LIMIT:  # four for each; counted before they take their memory
        raise _OddError("too many tensors")
    try:
        entries = foreign.parse(raw, _unique) if raw.startswith(b"{") else None
    except ValueError:
        entries = None
    if not isinstance(entries, dict):
        raise _OddError("its header is not JSON")
    if not isinstance(entries.pop("__metadata__", {}), dict):
        raise _OddError("its metadata is not a list of texts")
    if not 0 < len(entries) <= FILE_LIMIT:
        raise _OddError("too many tensors" if entries else "it holds no tensors")
    return entries


def _unique(pairs: Pairs) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _OddError("two tensors have the same name")
    return values


def _tensor(name: str, entry: Any, file: str) -> tuple[Tensor, int, int]:
    """One entry, and where its bytes begin and end."""
    if not isinstance(entry, dict):
        raise _OddError(f"{shown(name)} is not described")
    dtype = entry.get("dtype")
    shape: Any = entry.get("shape")
    offsets: Any = entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise _OddError(f"{shown(name)} has an unknown number format")
    if not _are_sizes(shape) or len(shape) > RANK_LIMIT:
        raise _OddError(f"{shown(name)} has an impossible shape")
    if not _are_sizes(offsets) or len(offsets) != 2:
        raise _OddError(f"{shown(name)} has no place in the file")
    tensor = Tensor(dtype, tuple(shape), file)
    if (offsets[1] - offsets[0]) * 8 != tensor.elements * _BITS[dtype]:
        raise _OddError(f"the size of {shown(name)} does not match its shape")
    return tensor, offsets[0], offsets[1]


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value < 2**63 for value in values
    )


def _size(count: int) -> str:
    """Bytes for a person: 512 bytes, 1.5 kB, 3.2 GB."""
    if count < 1000:
        return f"{count} bytes"
    for unit, scale in (("kB", 1e3), ("MB", 1e6)):
        if count < scale * 1000:
            return f"{count / scale:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"
