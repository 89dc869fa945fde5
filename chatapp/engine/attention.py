"""Attention as two products and a softmax, where the library's own will not do.

It knows no caps of the scores, and splits no mask along the keys. Knows nothing about layers.
"""

from __future__ import annotations

import torch

# Scores that are held at once, where several queries read: in float32, thrice, beside their mask.
# 8,192 tokens of Gemma 2 9B would else take 3.4 GB.
PIECE = 1 << 24


def plainly(
    q: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    scale: float,
    cap: float,
) -> torch.Tensor:
    """q (rows, heads, new, dim) over keys and values (rows, kv_heads, length, dim).

    `mask` (new, length) is added to the scores; they stay within `cap`, unless it is 0.
    """
    rows, heads, new, _ = q.shape
    most = max(1, PIECE // (rows * heads * keys.shape[2]))
    if mask is not None and new > most:
        pieces = zip(q.split(most, 2), mask.split(most), strict=True)
        return torch.cat([plainly(x, keys, values, m, scale, cap) for x, m in pieces], 2)
    grouped = q.reshape(rows, keys.shape[1], -1, q.shape[3])  # those that share a KV head
    if new == 1 and mask is not None and not cap:  # in three operations
        added = mask.expand(rows * keys.shape[1], grouped.shape[2], -1)
        scores = torch.baddbmm(added, grouped.flatten(0, 1), keys.flatten(0, 1).mT, alpha=scale)
        return (torch.softmax(scores, -1) @ values.flatten(0, 1)).view(q.shape)
    scores = capped((grouped @ keys.mT).float() * scale, cap)  # (rows, kv_heads, queries, length)
    if mask is not None:
        scores = (scores.unflatten(2, (-1, new)) + mask).flatten(2, 3)
    return (torch.softmax(scores, -1).to(values.dtype) @ values).view(q.shape)


def capped(scores: torch.Tensor, cap: float) -> torch.Tensor:
    """Within -cap and cap, smoothly; 0 = as they are."""
    return torch.tanh(scores / cap) * cap if cap else scores
