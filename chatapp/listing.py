"""The rows of `chatapp models`: what is here, whether it fits now, and when it last answered.

`lines` has the same as text for a terminal. Knows nothing about printing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatapp import adapters, library, shelf, store
from chatapp.foreign import shown

if TYPE_CHECKING:
    from chatapp.library import Model
    from chatapp.mixing import Ways
    from chatapp.shelf import Room

NAME = 255  # letters of a folder's name that are told
WIDEST = 48  # letters: a longer name moves only its own row


def rows(ways: Ways) -> list[dict[str, Any]]:
    """One flat object for each model; `fits` is a word, as it would be loaded; empty if unknown."""
    here, used = shelf.room(0), store.last_used()
    made = adapters.adapters()
    return [
        _row(model, ways, here)
        | {
            "last_used": used.get(model.name),
            "adapters": [found.name for found in made if found.base == model.name],
        }
        for model in library.models()
    ]


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """A table, with each model's adapters below it, and what else there is."""
    wide = min(WIDEST, max(len(row["name"]) for row in rows))
    told = [f"{'model':{wide}}  {'size':>10}  {'stored as':9}  {'context':>9}  {'from':8}  here"]
    for row in rows:
        start = f"{row['name']:{wide}}  {row['bytes'] / 1e9:7.2f} GB  "
        context = f"{row['context_length']:,}" if row["context_length"] else ""
        facts = f"{row['dtype']:9}  {context:>9}  {row['source']:8}  {row['fits']}"
        told.append((start + (row["problem"] or facts)).rstrip())
        told += [f"  + {name}" for name in row["adapters"]]
    return told + _others(rows)


def _others(rows: list[dict[str, Any]]) -> list[str]:
    """A line for each adapter that cannot be used, or whose model is not here."""
    told = {name for row in rows for name in row["adapters"]}
    return [
        f"  + {found.name:36} {found.problem or f'for {found.base}, which is not here'}"
        for found in adapters.adapters()
        if found.problem or found.name not in told
    ]


def _row(model: Model, ways: Ways, here: Room) -> dict[str, Any]:
    facts = model.facts
    row = {
        "name": shown(model.name, NAME),
        "path": model.path,
        "source": model.source,
        "bytes": model.bytes,
        "usable": model.usable,
        "problem": str(model.problem) if model.problem else "",
        "architecture": facts.model_type if facts else "",
        "parameters": facts.shape.parameters if facts and facts.shape else None,
        "dtype": facts.dtype if facts else "",
        "context_length": facts.context_length if facts else None,
        "licence": model.licence,
        "fits": "",
        "fits_why": "",
    }
    if facts and facts.shape:
        stored = facts.weights_bytes if facts.packed else 0
        light = shelf.judge(facts.shape, ways.of(model.path), here, stored)
        row |= {"fits": light.word, "fits_why": str(light)} if light else {}
    return row
