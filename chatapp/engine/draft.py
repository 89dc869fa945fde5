"""What the rows of an answer have written so far. Knows nothing about how they are computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from chatapp.engine.sampling import Pick
    from chatapp.settings import Sampling


@dataclass(slots=True)
class Draft:
    """Its knobs are those of `decode`."""

    knobs: Sampling
    prompt: list[int]
    rows: int
    told: int
    live: list[int] = field(init=False)
    written: dict[int, list[int]] = field(init=False)
    scores: torch.Tensor = field(init=False)  # of what comes next, when all was read again

    def __post_init__(self) -> None:
        self.live = list(range(self.rows))
        self.written = {row: [] for row in self.live}

    def add(self, picks: list[Pick]) -> None:
        """One step's."""
        for pick in picks:
            self.written[pick.row].append(pick.token)

    @property
    def lines(self) -> list[list[int]]:
        """What each row that goes on has written: as much as the others."""
        return [self.written[row] for row in self.live]
