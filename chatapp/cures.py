"""What one click can do about an error: a name for each, and what it changes of how a model loads.

Whoever raises an error names what helps, the likeliest first. Knows nothing about buttons.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from chatapp.settings import Loading

Load = Literal[  # again, in another way
    "shorten_context", "load_4bit", "load_float32", "offload", "use_cpu", "auto_device",
    "auto_precision",
]  # fmt: skip
Cure = Load | Literal[
    "raise_context", "open_knobs", "choose_model", "open_library", "open_api",  # the place for it
    "forget_turns", "new_chat", "stop", "retry",
    "open_page", "give_token", "search_hub",  # a model on the Hub that does not come
]  # fmt: skip
LOADS: tuple[Load, ...] = get_args(Load)

SHORTEST = 512  # tokens: a context that still holds a question and its answer
STEP = 256  # of the context's knob


def cured(cure: Cure, loading: Loading, limit: int = 0) -> Loading:
    """How to load the model then; the same where there is nothing left to change.

    `limit` is how many tokens the loaded model sees, which may be fewer than the knob allows.
    """
    match cure:
        case "shorten_context":
            length = min(loading.context_length, limit or loading.context_length)
            half = length // 2 // STEP * STEP
            return replace(loading, context_length=half) if half >= SHORTEST else loading
        case "load_4bit":
            return replace(loading, dtype="int4")
        case "load_float32":
            return replace(loading, dtype="float32")
        case "offload":
            return replace(loading, offload="auto")
        case "use_cpu":
            return replace(loading, device="cpu")
        case "auto_device":
            return replace(loading, device="auto")
        case "auto_precision":
            return replace(loading, dtype="auto")
    return loading
