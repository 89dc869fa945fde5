"""An adapter added to the weights of its model, as a new model folder that needs neither of them.

W + alpha/rank * BA, summed in float32 and rounded once. Knows nothing about training.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from chatapp import adapters, course, gate
from chatapp.chat import Progress, UserError
from chatapp.engine import adapted, checkpoints
from chatapp.engine.loading import load
from chatapp.foreign import shown
from chatapp.settings import Loading
from chatapp.taught import Merged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.adapters import Adapter
    from chatapp.chat import Event
    from chatapp.library import Model

KEPT = ("float32", "bfloat16", "float16")  # what a model's weights may stay in


@torch.no_grad()
def merge(found: Adapter, base: Model, folder: Path, dtype: str = "auto") -> Iterator[Event]:
    """Progress, then Merged. Raises UserError; then there is no folder."""
    if base.problem:
        raise base.problem
    facts = base.facts or gate.check(Path(base.path))
    if facts.packed:
        raise UserError(
            "The weights of {name} were packed by its maker; nothing can be added to them.",
            "Merge into an unquantised version.",
            name=base.name,
        )
    print_of_base = adapters.fingerprint(Path(base.path), facts.files)
    found.require_for(base.name, print_of_base)
    kind = facts.dtype if dtype == "auto" and facts.dtype in KEPT else dtype
    kind = "float32" if kind == "auto" else kind
    resident = yield from load(Path(base.path), Loading(device="cpu", dtype="float32"))
    model = resident.model
    pairs = adapted.read(found, model)
    head = model.get_output_embeddings()
    for done, (name, pair) in enumerate(pairs.items()):
        yield Progress("merge", done, len(pairs))
        module = model.get_submodule(name)
        if module is head and model.config.tie_word_embeddings:
            raise UserError(
                "This adapter changes the head, which {name} shares with its embeddings.",
                "Use it beside the model instead.",
                name=shown(base.name),
            )
        added = found.scale * (pair.up @ pair.down)  # (out, in)
        module.weight.data = module.weight + (added.T if hasattr(module, "nf") else added)
    record = _record(found, base, folder, kind)
    texts = {adapters.RECORD: checkpoints.as_json(record), "README.md": course.card(record)}
    with checkpoints.writing(folder):
        checkpoints.save(model, resident.tokenizer, folder, getattr(torch, kind), Path(base.path))
        checkpoints.write_texts(texts, folder)
    yield Merged(str(folder), folder.name)


def _record(found: Adapter, base: Model, folder: Path, dtype: str) -> dict[str, Any]:
    """What the adapter's record says, under the new name; another program's says less."""
    least = {"tuning": {"rank": found.rank}, "data": "not told"}
    return (
        least
        | dict(found.record)
        | {
            "name": folder.name,
            "base": base.name,
            "licence": base.licence,
            "adapter": found.name,
            "merged_dtype": dtype,
            "versions": course.versions(),
            "made": course.today(),
        }
    )
