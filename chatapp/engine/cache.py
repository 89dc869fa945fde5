"""The keys and values of what was read: one buffer a layer, grown in steps, cut back in O(1).

Knows nothing about models, tokens or how attention is computed.
"""

from __future__ import annotations

import torch

STEP = 512  # tokens: the smallest buffer; then it doubles


class KeyValues:
    """Buffers of shape (1, kv_heads, room, head_dim); the first `length` positions count.

    What lies behind `length` is stale and never read, so cutting back is a number.
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
        self._shape = (kv_heads, head_dim)
        self._dtype, self._device = dtype, device
        self._keys = [self._make(0) for _ in range(layers)]
        self._values = [self._make(0) for _ in range(layers)]

    @property
    def room(self) -> int:
        """Tokens that fit without growing."""
        return self._keys[0].shape[2]

    @property
    def nbytes(self) -> int:
        """What the buffers take."""
        return sum(t.nbytes for t in (*self._keys, *self._values))

    def reserve(self, tokens: int) -> None:
        """Make room for so many more; layer by layer, so that the peak is one layer extra."""
        needed = self.length + tokens
        if needed <= self.room:
            return
        if needed > self.limit:
            raise ValueError(f"{needed} tokens do not fit into {self.limit}")
        room = min(max(STEP, 1 << (needed - 1).bit_length()), self.limit)
        for buffers in (self._keys, self._values):
            for layer, old in enumerate(buffers):
                new = self._make(room)
                new[:, :, : self.length] = old[:, :, : self.length]
                buffers[layer] = new

    def write(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put (1, kv_heads, new, head_dim) behind what counts; views over old and new.

        `advance` makes the new positions count, after the last layer.
        """
        end = self.length + keys.shape[2]
        self._keys[layer][:, :, self.length : end] = keys
        self._values[layer][:, :, self.length : end] = values
        return self._keys[layer][:, :, :end], self._values[layer][:, :, :end]

    def advance(self, tokens: int) -> None:
        """So many more positions count."""
        self.length += tokens

    def rewind(self, length: int) -> None:
        """Only the first `length` positions count."""
        self.length = length

    def _make(self, room: int) -> torch.Tensor:
        heads, dim = self._shape
        # Never `empty`: a masked position still gives 0 x NaN = NaN.
        return torch.zeros(1, heads, room, dim, dtype=self._dtype, device=self._device)
