"""Which forward a model gets: the fastest one that gives transformers' scores.

fused > static > generic; `graphs` records the first two on a CUDA card. Each step down is logged
once with its reason. Knows nothing about loading or text.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch

from chatapp.chat import UserError
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused, refusal
from chatapp.engine.generic import Generic
from chatapp.engine.graphs import agree
from chatapp.engine.static import Static

if TYPE_CHECKING:
    from chatapp.engine.decoding import Forward

log = logging.getLogger(__name__)

CHECKED = 4  # ids on which a faster way must agree with transformers before it is used
OTHER_SCORES = "its scores differ from transformers'"


@torch.inference_mode()
def forward_of(
    model: Any, context_length: int, precision: str, release: bool = True
) -> tuple[Forward, str]:
    """The fastest forward that gives this model's scores, and its name.

    With `release` an 8-bit forward empties the model's own weights. Raises UserError where only
    the fused one could give what was asked for.
    """
    oracle = Generic(model)
    reason = refusal(model)
    if not reason:
        fused = Fused(model, FORMATS[precision], context_length)
        if _right(fused, oracle, model):
            if precision == "int8" and release:
                fused.release(model)
            return fused, "fused"
        reason = OTHER_SCORES
    log.info("decoding: not fused, because %s", reason)
    if precision == "int8":
        raise UserError(
            "This model cannot run in 8 bits in this version.", "Choose bfloat16 or float16."
        )
    try:
        static = Static(model, context_length)
        if _right(static, oracle, model):
            return static, "static"
        reason = OTHER_SCORES
    except ValueError as error:
        reason = str(error)
    log.info("decoding: transformers' own cache is used, because %s", reason)
    return oracle, "generic"


def _right(ours: Forward, oracle: Generic, model: Any) -> bool:
    ids = torch.arange(CHECKED, device=model.device)[None]
    same = agree(ours.run(ids), oracle.run(ids))
    ours.forget()
    oracle.forget()
    return same
