"""What the engine holds of its device now, and how fast that device reads. Measured, not guessed.

Knows nothing about other programs or what is free: that is read without torch.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

import torch

from chatapp.engine.faults import empty_cache
from chatapp.engine.spreading import bytes_elsewhere, elsewhere
from chatapp.holding import Holding

if TYPE_CHECKING:
    from chatapp.engine.decoding import Forward

BLOCK_BYTES = 256 << 20  # larger than a processor's last cache
LOOKS = 5


def bandwidth(device: str) -> float:
    """GB/s: a copy's reads and writes on a GPU, a threaded read on a CPU; the best of five."""
    block = torch.ones(BLOCK_BYTES // 4, device=device)
    other = torch.empty_like(block) if device.startswith("cuda") else None
    best = 0.0
    for _ in range(LOOKS):
        began = time.perf_counter()
        if other is None:
            block.sum()
            moved = block.nbytes
        else:
            other.copy_(block)
            torch.cuda.synchronize(device)
            moved = 2 * block.nbytes
        best = max(best, moved / (time.perf_counter() - began) / 1e9)
    del block, other
    if not device.startswith("cpu"):
        empty_cache(torch.device(device))  # half a gigabyte, which would look like use for ever
    return best


known_bandwidth = functools.cache(bandwidth)  # a device does not change


def measure(model: Any, forward: Forward, rows: int, context_left: int, gb_s: float) -> Holding:
    """The account of now. `context_left`: tokens that fit yet."""
    away = bytes_elsewhere(model)
    weights = weights_bytes(model, forward) - away
    kv_cache = forward.cached_bytes
    allocated = reserved = peak = weights + kv_cache
    if model.device.type == "cuda":
        allocated = torch.cuda.memory_allocated(model.device)
        peak = max(allocated, torch.cuda.max_memory_allocated(model.device))
        reserved = max(peak, torch.cuda.memory_reserved(model.device))
    elif model.device.type == "mps":
        allocated = peak = torch.mps.current_allocated_memory()
        reserved = max(peak, torch.mps.driver_allocated_memory())
    return Holding(
        weights=weights,
        kv_cache=kv_cache,
        workspace=max(0, peak - weights - kv_cache),
        slack=reserved - peak,
        kv_per_token=forward.cached_per_token,
        rows=rows,
        context_left=max(0, context_left),
        read_per_token=read_per_token(model, forward),
        bandwidth_gb_s=gb_s,
        elsewhere=away,
        layers=elsewhere(model) if away else (0, 0),
    )


def weights_bytes(model: Any, forward: Forward) -> int:
    """Of the model's own tensors and of what is packed beside them."""
    own = sum(parameter.nbytes for parameter in model.parameters())
    return int(own + getattr(forward, "packed_bytes", 0))


def read_per_token(model: Any, forward: Forward) -> int:
    """Bytes of weights that one step reads: all but the input table, unless it is tied."""
    if told := getattr(forward, "bytes_per_token", 0):
        return int(told)
    table, head = model.get_input_embeddings().weight, model.get_output_embeddings()
    tied = head is not None and head.weight is table
    every = sum(parameter.nbytes for parameter in model.parameters())
    return int(every if tied else every - table.nbytes)
