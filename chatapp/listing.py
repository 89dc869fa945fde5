"""The rows of `chatapp models`: what is here, whether it fits now, and when it last answered.

`lines` has the same as text for a terminal. Knows nothing about printing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatapp import adapters, cards, library, memory, store

if TYPE_CHECKING:
    from chatapp.cards import Card
    from chatapp.library import Model


def rows(context: int) -> list[dict[str, Any]]:
    """One flat object for each model; `fits` is a word, for so many tokens, empty if unknown."""
    here, used = cards.here(), store.last_used()
    made = adapters.adapters()
    return [
        _row(model, here, context)
        | {
            "last_used": used.get(model.name),
            "adapters": [found.name for found in made if found.base == model.name],
        }
        for model in library.models()
    ]


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """A table, with each model's adapters below it, and what else there is."""
    wide = max(len(row["name"]) for row in rows)
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


def _row(model: Model, here: Card, context: int) -> dict[str, Any]:
    facts = model.facts
    row = {
        "name": model.name,
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
        light = memory.light(facts.shape, here, context)
        row |= {"fits": light.word, "fits_why": str(light)}
    return row
