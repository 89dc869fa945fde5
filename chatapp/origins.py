"""What an answer is made with, told so that it can be made again.

Knows nothing about how it is shown or where it is kept.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING

from chatapp import __version__
from chatapp.chat import Origin

if TYPE_CHECKING:
    from chatapp.chat import ModelInfo
    from chatapp.settings import Sampling

LIBRARIES = ("torch", "transformers", "tokenizers")


def origin_of(info: ModelInfo, sampling: Sampling, opening: str = "", adapter: str = "") -> Origin:
    """This model, with this adapter, these knobs and their seed."""
    return Origin(
        info.name,
        info.path,
        info.device,
        info.dtype,
        info.rung,
        tuple(dataclasses.asdict(sampling).items()),
        tuple(versions().items()),
        opening,
        adapter,
    )


@cache
def versions() -> dict[str, str]:
    """Of this program and what it computes with."""
    from importlib import metadata  # 10 ms that the first paint need not wait for

    found = {"chatapp": __version__}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
