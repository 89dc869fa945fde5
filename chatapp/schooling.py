"""The commands that make a model learn: train and merge, from options to figures.

Knows nothing about printing, or how training works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatapp import adapters, chronicle, course, library, places, settings
from chatapp.host import Host
from chatapp.tuning import Tuning

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    Say = Callable[[str], None]

WRITING_S = 60.0  # a training that ends writes what it learned
STOPPED = 130  # the exit code after Ctrl+C


def train(options: argparse.Namespace, say: Say) -> tuple[dict[str, Any], int]:
    """Figures of the training and the exit code. Raises UserError.

    Of several processes that train together, only the first has figures.
    """
    given = {name: getattr(options, name) for name in settings.knobs(Tuning)}
    asked = course.course(
        options.data,
        options.out,
        options.model,
        {name: value for name, value in given.items() if value is not None},
        options.columns,
        options.device,
        options.resume,
    )
    host = Host()
    try:
        finish = chronicle.follow(host.train(asked), say)
    finally:
        host.close(WRITING_S)
    code = STOPPED if finish == "stopped" else 0
    if not chronicle.is_first_process():
        return {}, code
    return course.figures(course.read(asked.folder), asked.folder) | {"finish": finish}, code


def merge(options: argparse.Namespace, say: Say) -> tuple[dict[str, Any], int]:
    """Figures of the new model and the exit code. Raises UserError."""
    found = adapters.find(options.adapter)
    base = library.find(options.model or found.base)
    folder = course.free_folder(options.out, places.models() / found.name)
    host = Host()
    try:
        finish = chronicle.follow(host.merge(found, base, folder, options.dtype), say)
    finally:
        host.close(WRITING_S)
    if finish == "stopped":
        return {}, STOPPED
    return course.figures(course.read(folder), folder) | {"adapter": found.path}, 0
