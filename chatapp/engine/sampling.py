"""Knobs -> one function from scores to tokens. Pure steps, in transformers' order.

Penalties, bias, temperature, top-k, top-p, min-p, draw. Which steps there are is a `Plan`; how
strong they are lies in tensors on the device, so that a slider changes numbers and nothing that a
captured graph has fixed. A step at its "off" value is absent, not neutral. Several rows are drawn
side by side, each with a seed of its own. Knows nothing about models, caches or text.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from chatapp import settings
from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Groups

Number = float | torch.Tensor  # 0-d tensors in a sampler, plain numbers in a test

OUT = -torch.inf
SHORT = 256  # scores looked at when top-k is at most this: sorting 152,000 takes ten times longer
SEEDS = 1 << 32
# Tokens that are not told one by one are told in groups of nearly the same chance: -log(chance) in
# steps of 0.5 up to 8, where filters cut, then in steps of 2; the last group has all that follow.
FINE, COARSE, BEND, GROUPS = 0.5, 2.0, 8.0, 24


def temper(scores: torch.Tensor, temperature: Number) -> torch.Tensor:
    """Divide: below 1 sharpens, above 1 flattens."""
    return scores / temperature


def penalise(scores: torch.Tensor, seen: torch.Tensor, penalty: Number) -> torch.Tensor:
    """Repetition penalty of CTRL (arXiv 1909.05858, 4.1): shrink the score of what was seen.

    `seen`: (rows, vocab) bool.
    """
    shrunk = torch.where(scores < 0, scores * penalty, scores / penalty)
    return torch.where(seen, shrunk, scores)


def discourage(
    scores: torch.Tensor, counts: torch.Tensor, presence: Number, frequency: Number
) -> torch.Tensor:
    """Subtract once for being in the answer, and once for each time (OpenAI's definition).

    `counts`: (rows, vocab) float32, how often the answer has each id.
    """
    return scores - presence * (counts > 0) - frequency * counts


# The filters read each row's scores from the largest down: (rows, width) float32.


def keep_top_k(ordered: torch.Tensor, k: int | torch.Tensor) -> torch.Tensor:
    """Keep the k largest, and what ties with the last of them. k is at most the width."""
    place = torch.as_tensor(k - 1, device=ordered.device).expand(ordered.shape[0], 1)
    return ordered.masked_fill(ordered < ordered.gather(1, place), OUT)


def keep_top_p(ordered: torch.Tensor, share: Number) -> torch.Tensor:
    """Nucleus: the fewest of the likeliest whose probabilities reach the share; at least one."""
    chances = torch.softmax(ordered, -1)
    return ordered.masked_fill(chances.cumsum(-1) - chances >= share, OUT)


def keep_min_p(ordered: torch.Tensor, share: Number) -> torch.Tensor:
    """Drop what is less likely than `share` times the best one."""
    chances = torch.softmax(ordered, -1)
    return ordered.masked_fill(chances < share * chances[:, :1], OUT)


def draw(scores: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """(rows, 1): a place in proportion to softmax(scores), without a sync.

    argmax(score - log E) with E ~ Exp(1), the Gumbel-max trick. `noise` is E, like scores.
    """
    return torch.argmax(scores - noise.log(), -1, keepdim=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which steps there are. Two answers with the same plan can share a captured graph."""

    rows: int = 1
    told: int = 0  # likeliest tokens to tell at each place
    greedy: bool = True
    width: int = 0  # of the scores that are looked at
    repetition: bool = False
    counting: bool = False
    bias: bool = False
    temperature: bool = False
    top_k: bool = False
    top_p: bool = False
    min_p: bool = False


def seeded(knobs: settings.Sampling) -> settings.Sampling:
    """The same knobs with a seed that can be told and used again.

    Raises UserError for a value out of its bounds, whoever made it: none reaches the device.
    """
    for name in settings.knobs(knobs):
        try:
            settings.check(settings.Sampling, name, getattr(knobs, name))
        except ValueError as error:
            raise UserError(
                "This answer cannot be drawn: {reason}.", "Change it in the Chat tab.",
                "open_knobs",
                reason=str(error),
            ) from None  # fmt: skip
    return knobs if knobs.seed >= 0 else replace(knobs, seed=secrets.randbelow(SEEDS))


def plan_of(knobs: settings.Sampling, vocab: int, rows: int = 1, told: int = 0) -> Plan:
    """The steps that these knobs ask for."""
    always: dict[str, Any] = {
        "rows": rows,
        "told": min(told, vocab),
        "repetition": knobs.repetition_penalty != 1,
        "counting": bool(knobs.presence_penalty or knobs.frequency_penalty),
        "bias": bool(knobs.logit_bias),
    }
    if knobs.temperature == 0:
        return Plan(**always)
    limited = 0 < knobs.top_k < vocab
    return Plan(
        greedy=False,
        width=min(SHORT, vocab) if 0 < knobs.top_k <= SHORT else vocab,
        temperature=knobs.temperature != 1,
        top_k=limited,
        top_p=knobs.top_p < 1,
        min_p=knobs.min_p > 0,
        **always,
    )


@dataclass(frozen=True, slots=True)
class Pick:
    """What one row chose. Chances are the model's own, none when they were not asked for."""

    row: int
    token: int
    chance: float = 1.0
    others: tuple[tuple[int, float], ...] = ()  # likeliest first, the token itself among them
    rest: Groups = ()  # of all others


def tell(raw: torch.Tensor, token: torch.Tensor, told: int) -> torch.Tensor:
    """(rows, vocab) scores, (rows, 1) tokens -> (rows, 1 + 2 told + 2 GROUPS) for `read_told`.

    Each row: the token's chance, the likeliest ids and their chances, then in groups of nearly the
    same chance the sum and the number of all that are neither among them nor the token.
    """
    logs = torch.log_softmax(raw, -1)
    best, ids = logs.topk(told)
    own = logs.gather(1, token)
    group = _groups(logs)
    chances = logs.exp_()
    empty = torch.zeros(len(raw), GROUPS, device=raw.device)
    sums = empty.scatter_add(1, group, chances)
    counts = empty.scatter_add(1, group, torch.ones((), device=raw.device).expand_as(chances))
    # What is told one by one is taken out again; the token once, though it may be one of them.
    apart = torch.cat([ids, token], 1)
    there = torch.cat([torch.ones_like(best), (ids != token).all(1, keepdim=True).float()], 1)
    sums.scatter_add_(1, group.gather(1, apart), -chances.gather(1, apart) * there)
    counts.scatter_add_(1, group.gather(1, apart), -there)
    return torch.cat([own.exp(), ids.float(), best.exp(), sums, counts], 1)


def _groups(logs: torch.Tensor) -> torch.Tensor:
    """(rows, vocab) logarithms of chances -> the group of each; in place where it can be."""
    coarse = logs.neg()
    group = (coarse / FINE).clamp_(0, BEND / FINE)
    group.add_(coarse.sub_(BEND).div_(COARSE).clamp_(min=0)).clamp_(max=GROUPS - 1)
    # A score that is no number would be an index out of bounds, which a GPU does not survive: so
    # the whole numbers are what is held in bounds.
    return group.long().clamp_(0, GROUPS - 1)


def read_told(row: int, token: int, numbers: list[float], told: int) -> Pick:
    """What `tell` gave, once on the host."""
    chance, ids, numbers = numbers[0], map(int, numbers[1 : told + 1]), numbers[told + 1 :]
    others = list(zip(ids, map(_short, numbers[:told]), strict=True))
    if token not in dict(others):
        others.append((token, _short(chance)))
    groups = zip(numbers[told : told + GROUPS], numbers[told + GROUPS :], strict=True)
    rest = tuple((_short(max(0.0, total) / count), count) for total, count in groups if count)
    return Pick(row, token, _short(chance), tuple(others), rest)


def _short(chance: float) -> float:
    """Without digits that say nothing: many are kept in a conversation's file."""
    return float(f"{chance:.6g}")


class Sampler:
    """One plan with its numbers on the device. `set` starts an answer, `pick` draws a step."""

    def __init__(self, plan: Plan, vocab: int, device: torch.device | str) -> None:
        self.plan = plan
        self.rows = list(range(plan.rows))  # which candidates are still drawn
        self.tokens = torch.zeros(plan.rows, 1, dtype=torch.long, device=device)
        self._vocab, self._device = vocab, device
        self._numbers = {
            name: torch.zeros((), device=device)
            for name in ("temperature", "top_p", "min_p", "repetition", "presence", "frequency")
        }
        self._top_k = torch.ones((), dtype=torch.long, device=device)
        whole = (plan.rows, vocab)
        self._seen = torch.zeros(whole if plan.repetition else 0, dtype=torch.bool, device=device)
        self._counts = torch.zeros(whole if plan.counting else 0, device=device)
        self._bias = torch.zeros(vocab if plan.bias else 0, device=device)
        self._noise = torch.ones(plan.rows, plan.width, device=device)
        self._generators = [torch.Generator(device) for _ in range(plan.rows)]

    def set(self, knobs: settings.Sampling, prompt: Sequence[int]) -> None:
        """Start an answer: candidate r is drawn with seed + r, as if it were alone."""
        for row, generator in enumerate(self._generators):
            generator.manual_seed((knobs.seed + row) % SEEDS)
        for name, value in (
            ("temperature", knobs.temperature),
            ("top_p", knobs.top_p),
            ("min_p", knobs.min_p),
            ("repetition", knobs.repetition_penalty),
            ("presence", knobs.presence_penalty),
            ("frequency", knobs.frequency_penalty),
        ):
            self._numbers[name].fill_(value)
        self._top_k.fill_(max(1, min(knobs.top_k, self._vocab)))
        if self.plan.repetition:
            self._seen.zero_()
            ids = [token for token in set(prompt) if token < self._vocab]
            self._seen[:, torch.tensor(ids, dtype=torch.long, device=self._device)] = True
        self._counts.zero_()
        self._bias.zero_()
        for token, amount in settings.biases(knobs.logit_bias):
            if token < self._bias.numel():
                self._bias[token] = amount

    def keep(self, places: list[int]) -> None:
        """Go on with the rows at these places only."""
        kept = torch.tensor(places, device=self._device)
        self.rows = [self.rows[place] for place in places]
        self._generators = [self._generators[place] for place in places]
        self.tokens, self._noise = self.tokens[kept], self._noise[kept]
        if self.plan.repetition:
            self._seen = self._seen[kept]
        if self.plan.counting:
            self._counts = self._counts[kept]

    def shake(self) -> None:
        """Fresh noise for the next pick; apart from it, because a graph cannot hold generators."""
        if not self.plan.greedy:
            for row, generator in zip(self._noise, self._generators, strict=True):
                row.exponential_(generator=generator)
            self._noise.clamp_(min=torch.finfo(torch.float32).tiny)  # the logarithm of 0 is no draw

    def follow(self, written: list[list[int]]) -> None:
        """After `set`: stand where each row has drawn these tokens, as many in each."""
        for step in torch.tensor(written, device=self._device).T:
            self.shake()
            self._note(step[:, None])

    def pick(self, logits: torch.Tensor) -> torch.Tensor:
        """(rows, vocab) scores -> (rows, 2 or more) float32, for `picks`; sets `tokens`.

        Each row: the token, whether its scores were finite, and with `told` what `tell` gives. No
        step of it waits for the device.
        """
        raw = logits.float()
        scores = self._reshaped(raw)
        if self.plan.greedy:
            token = scores.argmax(-1, keepdim=True)
        else:
            ordered, ids = self._ordered(scores)
            # Of all scores many are nearly equal, and rounding decides their order: there the noise
            # belongs to the id and not to the place, so that a row draws as if it were alone.
            whole = self.plan.width == self._vocab
            noise = self._noise.gather(1, ids) if whole else self._noise
            token = ids.gather(1, draw(self._filtered(ordered), noise))
        self._note(token)
        # Ids are exact in float32 up to 16 million. A sum of scores is finite when each is.
        parts = [token.float(), torch.isfinite(raw.sum(-1, keepdim=True)).float()]
        if self.plan.told:
            parts.append(tell(raw, token, self.plan.told))
        return torch.cat(parts, 1)

    def picks(self, packed: list[list[float]]) -> list[Pick] | None:
        """What `pick` gave, once on the host; None when a score was not finite."""
        if not all(row[1] for row in packed):
            return None
        return [
            self._unpacked(row, numbers) for row, numbers in zip(self.rows, packed, strict=True)
        ]

    def _unpacked(self, row: int, numbers: list[float]) -> Pick:
        if not self.plan.told:
            return Pick(row, int(numbers[0]))
        return read_told(row, int(numbers[0]), numbers[2:], self.plan.told)

    def _note(self, token: torch.Tensor) -> None:
        """These, (rows, 1), were chosen."""
        self.tokens.copy_(token)
        if self.plan.repetition:
            self._seen.scatter_(1, token, True)
        if self.plan.counting:
            self._counts.scatter_add_(1, token, torch.ones_like(token, dtype=torch.float32))

    def _reshaped(self, scores: torch.Tensor) -> torch.Tensor:
        """Penalties and bias: what greedy choice heeds too."""
        numbers = self._numbers
        if self.plan.repetition:
            scores = penalise(scores, self._seen, numbers["repetition"])
        if self.plan.counting:
            scores = discourage(scores, self._counts, numbers["presence"], numbers["frequency"])
        return scores + self._bias if self.plan.bias else scores

    def _ordered(self, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The best scores of each row from the largest down, and their ids."""
        if self.plan.width < self._vocab:
            ordered, ids = torch.topk(scores, self.plan.width)
        else:
            ordered, ids = torch.sort(scores, descending=True)
        return ordered, ids

    def _filtered(self, ordered: torch.Tensor) -> torch.Tensor:
        plan, numbers = self.plan, self._numbers
        if plan.temperature:
            ordered = temper(ordered, numbers["temperature"])
        if plan.top_k:
            ordered = keep_top_k(ordered, self._top_k)
        if plan.top_p:
            ordered = keep_top_p(ordered, numbers["top_p"])
        if plan.min_p:
            ordered = keep_min_p(ordered, numbers["min_p"])
        return ordered
