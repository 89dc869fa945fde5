"""What the engine holds of its device: the value that it tells and the memory ledger reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holding:
    """What the engine holds of its device now. Bytes; what a processor's allocator keeps is not
    known, so there `slack` is 0.
    """

    weights: int
    kv_cache: int
    workspace: int  # the most that was in use beyond weights and cache
    slack: int  # what the allocator keeps for later
    kv_per_token: int  # of one row; 0 = not known
    rows: int  # candidates that are being written
    context_left: int  # tokens
    read_per_token: int  # of weights, for each step
    bandwidth_gb_s: float  # that the device reaches; 0 = not measured
    elsewhere: int = 0  # bytes of weights on other devices: cards, main memory
    layers: tuple[int, int] = (0, 0)  # how many lie there, and how many there are

    @property
    def reserved(self) -> int:
        """All of it."""
        return self.weights + self.kv_cache + self.workspace + self.slack
