"""Which forward a model gets: the fastest one that gives transformers' scores.

fused > static > generic; `graphs` records the first two on a CUDA card, `traced` the first one on a
CPU. Each step down is logged once with its reason. Knows nothing about loading or text.
"""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING, Any

import torch

from chatapp.chat import Progress, UserError
from chatapp.engine import trimming
from chatapp.engine.family import refusal
from chatapp.engine.faults import empty_cache, give_back
from chatapp.engine.formats import BITS, FORMATS, is_packed
from chatapp.engine.fused import Fused
from chatapp.engine.generic import Generic
from chatapp.engine.graphs import AGREES, agree
from chatapp.engine.spreading import is_spread
from chatapp.engine.static import Static

if TYPE_CHECKING:
    from collections.abc import Generator

    from chatapp.engine.decoding import Forward
    from chatapp.engine.linears import Linear

log = logging.getLogger(__name__)

CHECKED = 4  # ids on which a faster way must agree with transformers before it is used
# The same for what is packed. On random weights 8 bits give 0.04 to 0.11 and 4 bits 0.16 to 0.40;
# where something is wrong it is 1.4.
COARSE = {"float16": 0.25, "int8": 0.25, "int4": 1.1}
WORKERS = 4  # threads that pack on a CPU, at most
SPREAD = "its layers lie on several devices"
OTHER_SCORES = "its scores differ from transformers'"


def forward_of(model: Any, context_length: int, precision: str) -> tuple[Forward, str]:
    """What `climb` gives, for measuring: the model keeps its own weights."""
    way = climb(model, context_length, precision, release=False)
    while True:
        try:
            next(way)
        except StopIteration as end:
            found: tuple[Forward, str] = end.value
            return found


@torch.no_grad()  # not inference_mode: an adapter may be trained beside these weights
def climb(
    model: Any, context_length: int, precision: str, release: bool = True, device: str = ""
) -> Generator[Progress, None, tuple[Forward, str]]:
    """The fastest forward that gives this model's scores, and its name; Progress while it packs.

    With `release` a packed format empties the model's own weights; then it may be read in main
    memory and packed for another `device`, which never holds it whole. Raises UserError where only
    the fused one could give what was asked for, and for a model that cannot read what it writes.
    """
    target = torch.device(device or model.device)
    if target.type == "cuda":
        # It plans anew for each length, 80 ms a prompt on an H100, and chats have ever new ones.
        torch.backends.cuda.enable_cudnn_sdp(False)
    ids = torch.arange(CHECKED, device=model.device)[None]
    oracle = Generic(model, context_length)
    theirs = oracle.run(ids)
    oracle.forget()
    _require_room(theirs.shape[-1], model.get_input_embeddings().num_embeddings)
    if is_spread(model):
        log.info("decoding: transformers' own forward and cache are used, because %s", SPREAD)
        if precision in BITS:
            raise _refused(precision)
        return oracle, "generic"
    reason = refusal(model)
    if not reason:
        packed = is_packed(precision, target)
        # Compared in the model's own type first: what is packed cannot be taken back.
        fused = Fused(model, None if packed else FORMATS[precision], context_length)
        right = _right(fused, ids, theirs)
        if right and packed:
            try:
                yield from _pack(fused, model, precision, release, target)
            except NotImplementedError as error:
                log.info("decoding: not in %s: %s", precision, error)
                raise _refused(precision) from error
            there = model.device
            if not _right(fused, ids.to(there), theirs.to(there), COARSE[precision]):
                raise _refused(precision)
        if right:
            fused.record()  # now, for it takes longer than a token
            fused.forget()
            return fused, "fused"
        reason = OTHER_SCORES
    log.info("decoding: not fused, because %s", reason)
    if precision in BITS:
        raise _refused(precision)
    try:
        static = Static(model, context_length)
        if _right(static, ids, theirs):
            return static, "static"
        reason = OTHER_SCORES
    except ValueError as error:
        reason = str(error)
    log.info("decoding: transformers' own cache is used, because %s", reason)
    return oracle, "generic"


def _pack(
    fused: Fused, model: Any, precision: str, release: bool, device: torch.device
) -> Generator[Progress, None, None]:
    """Raises NotImplementedError where the device has no product in this format."""

    def make(weight: torch.Tensor, bias: torch.Tensor | None) -> Linear:
        there = None if bias is None else bias.to(device)
        product = FORMATS[precision](weight.to(device), there)
        if device.type != "cpu":
            # What it took for a moment, before parts of the next one that stay lie in it.
            empty_cache(device)
        return product

    # Libraries pack on one thread each; each of several takes memory of its own meanwhile.
    workers = min(WORKERS, torch.get_num_threads()) if device.type == "cpu" else 1
    done, total = 0, fused.bytes_per_token
    head = precision != "int4"  # 4 bits are too few for the scores of a vocabulary
    trimming.trim(soon=True)  # each thread would keep for later what it has freed
    try:
        with closing(fused.pack(model, make, release, head, workers)) as packing:
            yield Progress("pack", 0, total)
            for size in packing:
                done += size
                yield Progress("pack", done, total)
    finally:
        trimming.trim(soon=False)
    yield Progress("pack", total, total)
    if model.device != device:
        model.to(device)
        fused.follow(model)
    give_back(device)  # what packing took for a moment would look like use for ever


def _right(ours: Forward, ids: torch.Tensor, theirs: torch.Tensor, within: float = AGREES) -> bool:
    same = agree(ours.run(ids), theirs, within)
    ours.forget()
    return same


def _require_room(scores: int, rows: int) -> None:
    """Each token that can be chosen is one that can be read: the device is not asked for others."""
    if scores > rows:
        raise UserError(
            "This model can write {scores} tokens but read only {rows}.",
            "Choose another model, or download it again.",
            "choose_model",
            scores=scores,
            rows=rows,
        )


def _refused(precision: str) -> UserError:
    return UserError(
        "This model cannot run in {precision} in this version.",
        "Choose bfloat16 or float32.",
        "auto_precision",
        precision=precision,
    )
