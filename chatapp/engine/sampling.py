"""Knobs -> one function from logits to a token. Pure steps, in transformers' order.

Penalties, temperature, top-k, top-p, min-p, draw. A step at its "off" value is absent, not neutral.
Knows nothing about models, caches or text.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from chatapp.settings import Sampling

Step = Callable[[torch.Tensor], torch.Tensor]  # (vocab,) float32 -> (vocab,)
OUT = -torch.inf


def temper(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Divide: below 1 sharpens, above 1 flattens."""
    return logits / temperature


def penalise(logits: torch.Tensor, seen: torch.Tensor, penalty: float) -> torch.Tensor:
    """Repetition penalty of CTRL (arXiv 1909.05858, 4.1): shrink the score of what was seen.

    `seen`: (vocab,) bool.
    """
    shrunk = torch.where(logits < 0, logits * penalty, logits / penalty)
    return torch.where(seen, shrunk, logits)


def discourage(
    logits: torch.Tensor, counts: torch.Tensor, presence: float, frequency: float
) -> torch.Tensor:
    """Subtract once for being in the answer, and once for each time (OpenAI's definition).

    `counts`: (vocab,) float32, how often the answer has each id.
    """
    return logits - presence * (counts > 0) - frequency * counts


def keep_top_k(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Keep the k largest, and what ties with the last of them."""
    if k >= logits.numel():
        return logits
    return logits.masked_fill(logits < torch.topk(logits, k).values[-1], OUT)


def keep_top_p(logits: torch.Tensor, share: float) -> torch.Tensor:
    """Nucleus: the fewest of the likeliest whose probabilities reach the share; at least one."""
    ordered, places = torch.sort(logits, descending=True)
    reached = torch.softmax(ordered, -1).cumsum(-1)
    out = reached - torch.softmax(ordered, -1) >= share
    return logits.masked_fill(torch.zeros_like(out).scatter(0, places, out), OUT)


def keep_min_p(logits: torch.Tensor, share: float) -> torch.Tensor:
    """Drop what is less likely than `share` times the best one."""
    chances = torch.softmax(logits, -1)
    return logits.masked_fill(chances < share * chances.max(), OUT)


def draw(logits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One id in proportion to softmax(logits), without a sync: argmax(l - log E), E ~ Exp(1)."""
    noise = torch.empty_like(logits).exponential_(generator=generator)
    return torch.argmax(logits - noise.log(), -1)


class Sampler:
    """The closure over one answer's knobs; remembers which ids were seen."""

    def __init__(self, knobs: Sampling, prompt: list[int], vocab: int, device: str) -> None:
        self.seed = knobs.seed if knobs.seed >= 0 else secrets.randbelow(1 << 32)
        self._generator = torch.Generator(device).manual_seed(self.seed)
        self._seen: torch.Tensor | None = None
        if knobs.repetition_penalty != 1:
            self._seen = torch.zeros(vocab, dtype=torch.bool, device=device)
            self._seen[torch.tensor(prompt, device=device)] = True
        self._counts: torch.Tensor | None = None
        if knobs.presence_penalty or knobs.frequency_penalty:
            self._counts = torch.zeros(vocab, device=device)
        self._greedy = knobs.temperature == 0
        self._steps = self._build(knobs)

    def pick(self, logits: torch.Tensor) -> torch.Tensor:
        """(vocab,) scores -> a 0-d int64 tensor."""
        scores = logits.float()
        for step in self._steps:
            scores = step(scores)
        token = torch.argmax(scores, -1) if self._greedy else draw(scores, self._generator)
        if self._seen is not None:
            self._seen[token] = True
        if self._counts is not None:
            self._counts[token] += 1
        return token

    def _build(self, knobs: Sampling) -> list[Step]:
        steps: list[Step] = []
        if self._seen is not None:
            seen = self._seen
            steps.append(lambda logits: penalise(logits, seen, knobs.repetition_penalty))
        if self._counts is not None:
            counts, presence = self._counts, knobs.presence_penalty
            steps.append(lambda x: discourage(x, counts, presence, knobs.frequency_penalty))
        if self._greedy:
            return steps
        if knobs.temperature != 1:
            steps.append(lambda logits: temper(logits, knobs.temperature))
        if knobs.top_k:
            steps.append(lambda logits: keep_top_k(logits, knobs.top_k))
        if knobs.top_p < 1:
            steps.append(lambda logits: keep_top_p(logits, knobs.top_p))
        if knobs.min_p:
            steps.append(lambda logits: keep_min_p(logits, knobs.min_p))
        return steps
