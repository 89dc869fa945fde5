"""A step recorded by torch's tracer, run again without Python: for CPUs, where there are no graphs.

In a model of 135 million parameters a third of a token's time went into Python. A trace is the list
of operations that were run, with their weights; what differs from token to token is its input, so
one trace serves every length. Branches are kept as they were taken. Knows nothing about models.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import torch

from chatapp.engine.graphs import agree

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

log = logging.getLogger(__name__)

Inputs = tuple[Any, ...]  # tensors and lists of them
OTHER_SCORES = "a replay gave other scores"


class Traces:
    """The traces of one forward, each by what it is a trace of."""

    def __init__(self) -> None:
        self._replays: dict[Hashable, Callable[..., torch.Tensor]] = {}
        self._refused = False  # once, and no more is tried

    def __bool__(self) -> bool:
        return bool(self._replays)

    def lacks(self, key: Hashable) -> bool:
        """Whether this one is to be recorded yet."""
        return not self._refused and key not in self._replays

    def record(
        self,
        key: Hashable,
        step: Callable[..., torch.Tensor],
        packed: Sequence[Any],
        checks: Sequence[tuple[Inputs, torch.Tensor]],
    ) -> None:
        """Record what `step` does with the first inputs; each must give what stands beside it.

        torch improves a trace while it runs for the first and the second time: two checks see both.
        """
        try:
            replay = _trace(step, checks[0][0], packed)
            if not all(agree(replay(*inputs), scores) for inputs, scores in checks):
                raise RuntimeError(OTHER_SCORES)
        except (RuntimeError, AttributeError, TypeError) as error:  # another torch, or Python
            log.info("decoding: not traced, because %s", str(error).splitlines()[-1])
            self._refused = True
            return
        self._replays[key] = replay

    def replay(self, key: Hashable, inputs: Inputs) -> torch.Tensor | None:
        """What the step gives; None where it is to be computed as usual.

        So it is when an operation fails: the usual way tells what is wrong.
        """
        replay = self._replays.get(key)
        if replay is None:
            return None
        try:
            return replay(*inputs)
        except RuntimeError as error:
            log.info("decoding: a step is not replayed, because %s", str(error).splitlines()[-1])
            return None

    def forget(self) -> None:
        """The step has other operations from now on."""
        self._replays.clear()


def _trace(
    step: Callable[..., torch.Tensor], inputs: Inputs, packed: Sequence[Any]
) -> Callable[..., torch.Tensor]:
    """The step as torch's interpreter runs it. Packed weights must be known to the tracer by name.

    `torch.jit.trace` would keep every trace, and the weights in it, until the process ends: it puts
    them into the one unit of all; this one goes with the trace.
    """
    warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # of the branches
    library: Any = torch._C  # its stubs do not know all of it
    owner = library.ScriptModule("Step", library.CompilationUnit(), True)
    for place, weight in enumerate(packed):
        owner._register_attribute(f"packed{place}", weight._type(), weight)
    unnamed = lambda _: ""  # noqa: E731  # of what a variable is called in Python
    owner._create_method_from_trace("forward", step, inputs, unnamed, True, False, [], False)
    replay: Callable[..., torch.Tensor] = owner._get_method("forward")
    return replay
