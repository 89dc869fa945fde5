"""Which value wins when several places have one for the same knob, and what a preset holds.

First hit: the conversation's own value, the chosen preset, what is kept for this model, the
model's own `generation_config.json`, the settings file. Each place holds only what it changes.
Knows nothing about files, widgets or models.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from chatapp.chat import UserError, clean
from chatapp.settings import Loading, Sampling, check, knobs, only

if TYPE_CHECKING:
    from collections.abc import Mapping

    Values = Mapping[str, Any]

Origin = Literal["changed", "preset", "kept", "model", ""]
MODEL_DEFAULT = "Model default"  # the preset that changes nothing
SHIPPED: dict[str, dict[str, Any]] = {
    MODEL_DEFAULT: {},
    "Balanced": {"temperature": 0.7, "top_p": 0.95, "top_k": 40, "min_p": 0.05},
    "Precise": {"temperature": 0.0},
    "Code": {"temperature": 0.2, "top_p": 0.95},
    "Creative": {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.05},
    "Neutral": {
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
    },
}
FORMAT = "chatapp-preset"
LONGEST_FILE = 100_000  # characters


@dataclass(frozen=True, slots=True)
class Mixed:
    """The values that the next answer uses, those below the conversation's own, and whose each is.

    A knob that no place changes is not in `origins`.
    """

    sampling: Sampling
    base: Sampling
    origins: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Ways:
    """How models are loaded: as all of them are, and what one has of its own, by its folder."""

    usual: Loading = field(default_factory=Loading)
    own: Mapping[str, Values] = field(default_factory=dict)

    def of(self, path: str) -> Loading:
        """How the model in this folder is loaded."""
        return dataclasses.replace(self.usual, **self.own.get(path, {}))

    def keeping(self, path: str, **values: Any) -> Ways:
        """The same with these values of its own; one that all have is none of its own."""
        kept = {**self.own.get(path, {}), **values}
        differing = {n: value for n, value in kept.items() if value != getattr(self.usual, n)}
        own = {folder: some for folder, some in self.own.items() if folder != path}
        return Ways(self.usual, {**own, path: differing} if differing else own)


def mix(saved: Sampling, model: Values, kept: Values, preset: Values, own: Values) -> Mixed:
    """Lay the places over each other, the last one on top."""
    below: dict[str, Any] = {**model, **kept, **preset}
    origins: dict[str, Origin] = dict.fromkeys(model, "model")
    origins |= dict.fromkeys(kept, "kept")
    origins |= dict.fromkeys(preset, "preset")
    origins |= dict.fromkeys(own, "changed")
    base = dataclasses.replace(saved, **below)
    return Mixed(dataclasses.replace(base, **own), base, origins)


def suggested(config: Values) -> dict[str, Any]:
    """What a model's `generation_config.json` asks for; values out of bounds are left out.

    Only keys that are there count: `generate` would fill in greedy and top-k 50. `max_length` is
    no knob of ours, as it counts the prompt too.
    """
    found = {name: config[name] for name in knobs(Sampling) if config.get(name) is not None}
    if config.get("do_sample") is False:
        found["temperature"] = 0.0
    for name in ("seed", "candidates", "stop_strings", "logit_bias"):
        found.pop(name, None)
    return only(Sampling, found)


def preset(name: str, presets: Mapping[str, Values]) -> Values:
    """The values of a preset of the person's or of ours; one that is gone changes nothing."""
    return presets.get(name, SHIPPED.get(name, {}))


def find(name: str, presets: Mapping[str, Values]) -> Values:
    """The same for a name that was typed, in any case. Raises UserError."""
    known = {title.casefold(): values for title, values in {**SHIPPED, **presets}.items()}
    if name.casefold() in known:
        return known[name.casefold()]
    raise UserError(
        "There is no preset called {name}.",
        "Choose one of these: {names}.",
        name=name,
        names=", ".join({**SHIPPED, **presets}),
    )


def free_name(wanted: str, presets: Mapping[str, Values]) -> str:
    """The name, or the first of "name 2", "name 3" ... that no preset has."""
    wanted = clean(" ".join(wanted.split()))[:60] or "Preset"
    taken = {*SHIPPED, *presets}
    names = (wanted if n == 1 else f"{wanted} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def pack(name: str, values: Values) -> str:
    """A preset as a file."""
    about = {"format": FORMAT, "version": 1, "name": name, "values": dict(values)}
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def unpack(text: str) -> tuple[str, dict[str, Any]]:
    """Name and values of such a file. Raises UserError, with the bound that a value breaks."""
    try:
        about = json.loads(text[:LONGEST_FILE])
        if about["format"] != FORMAT:
            raise ValueError("another format")
        name, values = clean(str(about["name"])), dict(about["values"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(
            "This file is not a preset of ChatApp.", "Choose a file that ChatApp exported."
        ) from None
    try:
        return name, {knob: check(Sampling, knob, values[knob]) for knob in values}
    except (ValueError, KeyError) as error:
        what = str(error) if isinstance(error, ValueError) else f"{error} is no setting"
    raise UserError(
        "This preset has a value that cannot be used ({what}).",
        "Correct it in the file, then import it again.",
        what=what,
    )
