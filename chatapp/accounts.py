"""What an answer cost and what it was made with, as the chat file and exports keep it: as JSON.

Knows nothing about SQL. An object that this version does not know as a whole is left out, not
guessed; a stranger may have made it.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from chatapp.chat import Choice, Origin, Stats, Token, clean

_KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,)}


def written(stats: Stats | None, origin: Origin | None) -> str | None:
    """Both in one object; None for neither."""
    told: dict[str, Any] = {} if stats is None else dataclasses.asdict(stats)
    if origin:
        told["origin"] = dataclasses.asdict(origin)
    return json.dumps(told) if told else None


def read(told: str | None) -> tuple[Stats | None, Origin | None]:
    """What was `written`, perhaps by another version."""
    values = _parsed(told)
    return _stats(values), origin(values.get("origin"))


def read_stats(told: str | None) -> Stats | None:
    """The half that is wanted more often."""
    return _stats(_parsed(told))


def stats(values: Any) -> Stats | None:
    """From a stranger's object; None when it is not one of ours."""
    made = _stats(values)
    return made if made and _is_sound(made) else None


def origin(values: Any) -> Origin | None:
    """The same for what it was made with."""
    try:
        pairs = {
            name: tuple((clean(key), value) for key, value in values[name])
            for name in ("knobs", "versions")
        }
        made = Origin(**{**values, **pairs})
    except (TypeError, ValueError, KeyError):
        return None
    plain = all(isinstance(value, int | float | str) for _, value in (*made.knobs, *made.versions))
    return made if plain and _is_sound(made) else None


def _stats(values: Any) -> Stats | None:
    try:
        rest = {name: values[name] for name in values if name not in ("tokens", "origin")}
        return Stats(**rest, tokens=tuple(map(_token, values.get("tokens", ()))))
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def _parsed(told: str | None) -> dict[str, Any]:
    try:
        values = json.loads(told) if told else {}
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _token(values: dict[str, Any]) -> Token:
    others = tuple(map(_choice, values["others"]))
    rest = tuple((float(chance), float(count)) for chance, count in values["rest"])
    return Token(clean(values["text"]), int(values["id"]), float(values["chance"]), others, rest)


def _choice(values: dict[str, Any]) -> Choice:
    return Choice(
        clean(values["text"]), int(values["id"]), float(values["chance"]), bool(values["special"])
    )


def _is_sound(made: Stats | Origin) -> bool:
    """Every number is one and every text is one."""
    return all(
        _is(getattr(made, field.name), _KINDS.get(str(field.type), (object,)))
        for field in dataclasses.fields(made)
    )


def _is(value: Any, kinds: tuple[type, ...]) -> bool:
    endless = isinstance(value, float) and not abs(value) < 1e300
    return isinstance(value, kinds) and not isinstance(value, bool) and not endless
