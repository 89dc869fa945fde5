"""CUDA graphs: a whole step recorded once and replayed as one launch, sampling inside.

`generate()` launches 1,500 small kernels a token for an 8B model and waits for each token; a graph
is one launch, and the host reads one step behind. A graph has fixed shapes and addresses, so there
is one per number of rows and length bucket, made again when the buffers grow. Each is compared with
the ordinary forward before it is used. On a CPU the same steps run unrecorded, for the tests.
Knows nothing about prompts or text.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from typing import TYPE_CHECKING

import torch

from chatapp.engine.cache import Buffered, bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chatapp.engine.sampling import Pick, Sampler

WARM_UPS = 3  # libraries choose their kernels and take their workspace in the first calls
AGREES = 0.1  # rms, of the scores' standard deviation; bfloat16 itself is off by a few hundredths


class CannotCapture(Exception):
    """This machine or model gets no graphs; says why."""


def agree(ours: torch.Tensor, theirs: torch.Tensor, within: float = AGREES) -> bool:
    """The same scores but for rounding: `within` is in their standard deviations, rms."""
    apart = (ours.float() - theirs.float()).square().mean().sqrt()
    return bool(apart <= within * theirs.float().std())


class Copy:
    """A tensor on its way to the host."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self._arrived = None
        if tensor.is_cuda:
            self._tensor = torch.empty_like(tensor, device="cpu", pin_memory=True)
            self._tensor.copy_(tensor, non_blocking=True)
            self._arrived = torch.cuda.Event(blocking=True)  # the thread sleeps, the window runs
            self._arrived.record()
        else:
            self._tensor = tensor.clone()

    def rows(self) -> list[list[float]]:
        """Wait until it is here."""
        if self._arrived is not None:
            self._arrived.synchronize()
        rows: list[list[float]] = self._tensor.tolist()
        return rows


class Graphs:
    """The graphs of one forward, and the buffers that they read and write."""

    def __init__(self, forward: Buffered, device: torch.device, marker: Path | None = None) -> None:
        self._forward, self._device = forward, device
        self._marker = marker
        self._pool = torch.cuda.graph_pool_handle() if device.type == "cuda" else None
        self._at = torch.zeros(1, dtype=torch.long, device=device)  # where the next token goes
        self._tokens: dict[int, torch.Tensor] = {}  # rows -> (rows, 1)
        self._logits: dict[int, torch.Tensor] = {}  # rows -> (rows, vocab)
        self._steps: dict[tuple[int, int], Callable[[], None]] = {}  # rows, room -> replay
        self._age = -1  # of the buffers that the steps were recorded with
        self._drawn: tuple[Sampler, torch.Tensor, Callable[[], None]] | None = None

    def steps(self, sampler: Sampler, logits: torch.Tensor) -> Graphed:
        """Steps for one answer that starts from these scores, (rows, vocab).

        Raises CannotCapture. Recording draws with the sampler: set it afterwards.
        """
        rows = logits.shape[0]
        if rows not in self._logits:
            self._tokens[rows] = torch.zeros(rows, 1, dtype=torch.long, device=self._device)
            self._logits[rows] = torch.zeros(logits.shape, dtype=logits.dtype, device=self._device)
        self._logits[rows].copy_(logits)
        with self._guarded():
            self._record_draw(sampler, rows)
            self.recorded(rows)
        self._logits[rows].copy_(logits)  # recording the step wrote over them
        self.go_to(self._forward.keys_values.length)
        return Graphed(self, sampler, rows)

    def recorded(self, rows: int) -> Callable[[], None]:
        """The forward for the present length, recorded when it is not yet."""
        cache = self._forward.keys_values
        cache.reserve(1)
        if cache.age != self._age:
            self._steps.clear()
            self._age = cache.age
        room = bucket(cache.length + 1, cache.room)
        if (rows, room) not in self._steps:
            self._steps[rows, room] = self._record_step(rows, room)
        return self._steps[rows, room]

    def go_to(self, length: int) -> None:
        """The next token is the one at this position."""
        self._at.fill_(length)

    def draw(self) -> Copy:
        """Replay the draw; what it chose is on its way."""
        if self._drawn is None:
            raise RuntimeError("draw before steps")
        sampler, packed, replay = self._drawn
        sampler.shake()
        replay()
        return Copy(packed)

    def count(self) -> None:
        """One more position counts, as the device has counted by itself."""
        self._forward.keys_values.advance(1)

    def forget(self) -> None:
        """Drop what was recorded: the buffers are gone."""
        self._steps.clear()
        self._drawn, self._age = None, -1

    def _record_draw(self, sampler: Sampler, rows: int) -> None:
        if self._drawn is not None and self._drawn[0] is sampler:
            return
        tokens, logits = self._tokens[rows], self._logits[rows]
        packed = sampler.pick(logits)

        def draw() -> None:
            packed.copy_(sampler.pick(logits))
            tokens.copy_(sampler.tokens)

        self._drawn = sampler, packed, self._capture(draw)

    def _record_step(self, rows: int, room: int) -> Callable[[], None]:
        cache, at = self._forward.keys_values, self._at
        tokens, logits = self._tokens[rows], self._logits[rows]
        length = cache.length

        def step() -> None:
            logits.copy_(self._forward.step(tokens, at, room))
            at.add_(1)

        self.go_to(length)
        replay = self._capture(step, before=lambda: self.go_to(length))
        try:
            replay()
            replayed = logits.clone()
            same = agree(replayed, self._forward.run(tokens))
        except RuntimeError as error:
            raise CannotCapture(_reason(error)) from None
        finally:
            cache.rewind(length)
        self.go_to(length)
        if not same:
            raise CannotCapture("a replay gave other scores")
        return replay

    def _capture(
        self, work: Callable[[], None], before: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Record work on existing buffers. On a CPU: the work itself."""
        if self._device.type != "cuda":
            return work
        present = torch.cuda.current_stream()
        try:
            side = _side()
            side.wait_stream(present)
            with torch.cuda.stream(side):
                for _ in range(WARM_UPS):
                    before()
                    work()
                before()
            present.wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(
                graph, pool=self._pool, stream=side, capture_error_mode="thread_local"
            ):
                work()
        except RuntimeError as error:  # out of memory included: a rung down needs less
            torch.cuda.set_stream(present)  # torch leaves it only where a capture ends well
            raise CannotCapture(_reason(error)) from None
        return graph.replay

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """A file says that a capture was under way: one that killed the process is not repeated."""
        if self._marker is None:
            yield
            return
        if self._marker.exists():
            raise CannotCapture(f"an earlier try ended the process; {self._marker} tells so")
        self._marker.touch()
        try:
            yield
        finally:
            self._marker.unlink()
        self._marker = None  # the first one went well


@functools.cache
def _side() -> torch.cuda.Stream:
    """The stream of all captures: cuBLAS keeps up to 32 MB for each that ever multiplied."""
    return torch.cuda.Stream()


def _reason(error: BaseException) -> str:
    """What failed first: to end a capture that has failed is an error of its own (901)."""
    while error.__context__ is not None:
        error = error.__context__
    return (str(error) or type(error).__name__).splitlines()[0]


class Graphed:
    """The steps of one answer, replayed; `decoding.Eager` is the same without graphs."""

    def __init__(self, graphs: Graphs, sampler: Sampler, rows: int) -> None:
        self._graphs, self._rows = graphs, rows
        self.sampler = sampler
        self.waiting: deque[Copy] = deque()
        self._begun = False

    def launch(self) -> None:
        """Queue the next pick; never waits for the device.

        Raises CannotCapture, with nothing queued, where the next length cannot be recorded.
        """
        if self._begun:
            self._graphs.recorded(self._rows)()
            self._graphs.count()
        self._begun = True
        self.waiting.append(self._graphs.draw())

    def read(self) -> list[Pick] | None:
        """The oldest pick that was launched; waits for it and for nothing later."""
        return self.sampler.picks(self.waiting.popleft().rows())

    def keep(self, places: list[int]) -> None:
        """Rows that have ended idle on: other shapes would need other graphs."""
