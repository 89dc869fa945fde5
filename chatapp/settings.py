"""Every knob, declared once: the panel's row, the command-line flag and the engine read this.

A field made with `knob()` carries its default, bounds, step, label and help. `Sampling` is frozen
into each request; `Loading` applies at the next load; `App` is the window's own; `tuning` has
those of training. Labels and helps
are English templates that the window translates. Knows nothing about widgets or tensors.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from chatapp import note, places
from chatapp.chat import clean
from chatapp.knobs import Knob as Knob
from chatapp.knobs import knob as knob
from chatapp.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MOST_STOPS, LONGEST_STOP = 8, 64
MOST_BIASES, STRONGEST_BIAS = 300, 100.0

_ESCAPED = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}


def stops(text: str) -> tuple[str, ...]:
    """The stop strings, one a line; \\n in one is a line break, \\t a tab. Raises ValueError."""
    found = tuple(
        re.sub(r"\\[nt\\]", lambda escape: _ESCAPED[escape[0]], line)
        for line in text.split("\n")
        if line
    )
    if len(found) > MOST_STOPS or any(len(line) > LONGEST_STOP for line in found):
        raise ValueError(f"stop_strings may be {MOST_STOPS} lines of {LONGEST_STOP} characters")
    return found


def stop_lines(strings: Iterable[str]) -> str:
    """The text that `stops` reads these strings from."""
    back = {real: escape for escape, real in _ESCAPED.items()}
    return "\n".join("".join(back.get(c, c) for c in string) for string in strings)


def biases(text: str) -> tuple[tuple[int, float], ...]:
    """Token ids and what is added to their scores, from "id:amount, id:amount". Raises ValueError.

    An amount of -100 forbids a token in practice and 100 forces it (OpenAI's definition).
    """
    pairs = [entry.partition(":") for entry in text.split(",") if entry.strip()]
    try:
        found = tuple((int(token), float(amount)) for token, _, amount in pairs)
    except ValueError:
        found = ((-1, 0.0),)
    if len(found) > MOST_BIASES or any(
        token < 0 or not abs(amount) <= STRONGEST_BIAS for token, amount in found
    ):
        raise ValueError('logit_bias must look like "42:-100, 7:1.5", amounts from -100 to 100')
    return found


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next answer is drawn. A running answer keeps the values it started with."""

    temperature: float = knob(
        0.7,
        "Temperature",
        "Low: the likeliest words. High: more surprising. 0: always the same.",
        low=0.0,
        high=5.0,
        step=0.05,
        slider_high=2.0,
    )
    max_new_tokens: int = knob(
        1024,
        "Answer length",
        "The longest answer, in tokens. 100 tokens are about 75 English words.",
        low=1,
        high=131072,
        step=16,
        slider_high=8192,
        logarithmic=True,
    )
    top_p: float = knob(
        0.95,
        "Top-p",
        "Keep the likeliest words that add up to this share. 1 = off.",
        low=0.05,
        high=1.0,
        step=0.01,
    )
    top_k: int = knob(
        40,
        "Top-k",
        "Keep at most this many words. 0 = off.",
        low=0,
        high=1000000,
        slider_high=200,
    )
    min_p: float = knob(
        0.05,
        "Min-p",
        "Drop words much less likely than the best one. 0 = off.",
        low=0.0,
        high=1.0,
        step=0.01,
    )
    repetition_penalty: float = knob(
        1.0,
        "Repetition penalty",
        "Makes words that already appeared less likely. 1 = off.",
        low=1.0,
        high=2.0,
        step=0.01,
        rare=True,
    )
    seed: int = knob(
        -1,
        "Seed",
        "Same seed, same settings, same machine: same answer. -1 = a new one each time.",
        low=-1,
        high=4294967295,
    )
    presence_penalty: float = knob(
        0.0,
        "Presence penalty",
        "Nudges towards new topics: lowers every word that the answer has used. 0 = off.",
        low=-2.0,
        high=2.0,
        step=0.05,
        rare=True,
    )
    frequency_penalty: float = knob(
        0.0,
        "Frequency penalty",
        "Lowers a word each time the answer uses it. 0 = off.",
        low=-2.0,
        high=2.0,
        step=0.05,
        rare=True,
    )
    stop_strings: str = knob(
        "",
        "Stop strings",
        "End when the answer contains one of these, one a line. \\n stands for a line break.",
        parse=stops,
        form="At most 8 lines of 64 characters each. What was right before still counts.",
        rare=True,
    )
    logit_bias: str = knob(
        "",
        "Token bias",
        "Token ids and what is added to their scores: 42:-100, 7:1.5.",
        shown=False,
        parse=biases,
    )
    candidates: int = knob(
        1,
        "Candidates",
        "Several answers at once, to choose from.",
        low=1,
        high=8,
    )
    thinking: str = knob(
        "auto",
        "Thinking",
        "Think before answering: slower, often better. Auto is the model's own way.",
        choices=("auto", "on", "off"),
    )
    when_full: str = knob(
        "ask",
        "When the context is full",
        "Ask me, forget the oldest turns, or stop and say so.",
        choices=("ask", "forget", "stop"),
    )


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is loaded. Applies at the next load."""

    device: str = knob(
        "auto",
        "Device",
        "Where the model runs. Auto takes the graphics card with the most memory when there is "
        "one; cuda:1 is the second of several.",
        choices=("auto", "cuda", "mps", "cpu"),
        further=r"cuda:\d{1,2}",
    )
    dtype: str = knob(
        "auto",
        "Precision",
        "Fewer bits: less memory, faster, a little less exact.",
        choices=("auto", "float32", "bfloat16", "float16", "int8", "int4"),
    )
    offload: str = knob(
        "never",
        "Offload",
        "Auto: layers that do not fit on the graphics card go to other cards, then to main "
        "memory. The model answers, but each of them takes much time for every word.",
        choices=("never", "auto"),
    )
    threads: int = knob(
        0,
        "Threads",
        "Processor cores that compute when the model runs on the CPU. 0 = all of them, or one "
        "for a tiny model.",
        low=0,
        high=1024,
        slider_high=max(2, os.cpu_count() or 2),
    )
    context_length: int = knob(
        8192,
        "Context length",
        "How much of the conversation the model can see, in tokens. The model's own maximum "
        "still applies.",
        low=256,
        high=1048576,
        step=256,
        slider_high=32768,
        logarithmic=True,
    )


@dataclass(frozen=True, slots=True)
class App:
    """The window's own choices."""

    language: str = knob(
        "system", "Language", "The language of the window.", choices=("system", "en", "ja")
    )
    scheme: str = knob("system", "Colours", "Light or dark.", choices=("system", "light", "dark"))
    idle_minutes: int = knob(
        60,
        "Unload after",
        "Minutes without an answer after which the model gives its memory back; the next message "
        "loads it again. 0 = never.",
        low=0,
        high=1440,
        step=5,
        slider_high=240,
        unit="min",
    )
    notify: str = knob(
        "on",
        "Notifications",
        "When the window is not in front: what took long and is finished.",
        choices=("on", "off"),
        shown=False,
    )
    send: str = knob(
        "enter",
        "Sending",
        "The keys that send a message. Shift+Enter makes a new line in any case.",
        choices=("enter", "ctrl+enter"),
        shown=False,
    )
    thoughts: str = knob(
        "folded",
        "Reasoning",
        "What a model thinks before it answers: folded until you open it, or open from the start.",
        choices=("folded", "open"),
        shown=False,
    )
    figures: str = knob(
        "on",
        "Figures below an answer",
        "Tokens, speed and seed. Why an answer was cut short is told in any case.",
        choices=("on", "off"),
        shown=False,
    )
    offline: str = knob(
        "off",
        "Offline",
        "On: nothing is asked of the Hugging Face Hub or of a model elsewhere. The models on this "
        "computer work.",
        choices=("off", "on"),
        shown=False,
    )
    model: str = knob("", "Model", "The model that was used last.", shown=False)
    conversation: int = knob(0, "Conversation", "The one that was open.", shown=False)
    geometry: str = knob("", "Window", "Its size and place.", shown=False)
    zoom: int = knob(
        100, "Text size", "Of the conversation, in percent.", low=80, high=200, step=10, shown=False
    )
    port: int = knob(
        8642,
        "Port",
        "Where other programs on this computer reach the API.",
        low=1024,
        high=65535,
        shown=False,
    )
    remote_name: str = knob("", "Name", "Of the model elsewhere.", shown=False)
    remote_url: str = knob("", "Address", "Of the model elsewhere.", shown=False)
    remote_model: str = knob("", "Model", "Of the model elsewhere.", shown=False)
    panes: str = knob("", "Panes", "Their sizes.", shown=False)
    next_word: str = knob(
        "auto",
        "Next word",
        "Whether it is unfolded; auto = where there is room.",
        choices=("auto", "open", "folded"),
        shown=False,
    )
    preset: str = knob("", "Preset", "The one that new chats begin with.", shown=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All groups together, as the file holds them."""

    sampling: Sampling = field(default_factory=Sampling)
    loading: Loading = field(default_factory=Loading)
    app: App = field(default_factory=App)
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # the person's own
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # kept, by folder
    loads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of `Loading`, the same
    tuning: Mapping[str, Any] = field(default_factory=dict)  # what the person set of `Tuning`
    keys: Mapping[str, str] = field(default_factory=dict)  # the person's own, by action


Group = TypeVar("Group", Sampling, Loading, App)


def knobs(group: type[Any] | Any) -> dict[str, Knob]:
    """Name -> knob, in the order of declaration."""
    return {item.name: item.metadata["knob"] for item in dataclasses.fields(group)}


def check(group: type[Any], name: str, value: Any) -> Any:
    """The value in the field's own type, or a ValueError whose sentence names the bounds."""
    about = knobs(group)[name]
    kind: type[Any] = type(getattr(group(), name))
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(f"{name} must be text")
        value = clean(value)
        if about.choices and value not in about.choices and not _is_further(about, value):
            raise ValueError(f"{name} must be one of {', '.join(about.choices)}")
        if about.parse:
            about.parse(value)
        return value
    try:
        number = kind(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        raise ValueError(f"{name} must be a number")
    low = -math.inf if about.low is None else about.low
    high = math.inf if about.high is None else about.high
    if not low <= number <= high:
        raise ValueError(f"{name} must be between {low:g} and {high:.10g}")
    return number


def _is_further(about: Knob, value: str) -> bool:
    return bool(about.further) and re.fullmatch(about.further, value, re.ASCII) is not None


def only(group: type[Any], values: object) -> dict[str, Any]:
    """Every acceptable value of a parsed object, by its name."""
    good: dict[str, Any] = {}
    for name in knobs(group) if isinstance(values, dict) else ():
        if name in cast("dict[str, Any]", values):
            with contextlib.suppress(ValueError):
                good[name] = check(group, name, cast("dict[str, Any]", values)[name])
    return good


def read(group: type[Group], values: object) -> Group:
    """The group with every acceptable value of a parsed file; a bad one keeps its default."""
    return group(**only(group, values))


def _named(values: object, group: type[Any] = Sampling) -> dict[str, dict[str, Any]]:
    """Values of a group by the name of what they belong to."""
    named = values if isinstance(values, dict) else {}
    return {clean(str(name)): only(group, some) for name, some in named.items()}


def _tuning(values: object) -> dict[str, Any]:
    """What the person set. A file that holds every knob is of a time when all were written."""
    good = only(Tuning, values)
    if len(good) < len(knobs(Tuning)):
        return good
    return {name: value for name, value in good.items() if value != getattr(Tuning(), name)}


def _keys(values: object) -> dict[str, str]:
    """Keys by the name of an action; empty = the person wants none."""
    if not isinstance(values, dict):
        return {}
    return {clean(str(name)): clean(keys) for name, keys in values.items() if isinstance(keys, str)}


def load(path: Path | None = None) -> tuple[Settings, Path | None]:
    """The settings, and where an unreadable file was kept (None when all was well)."""
    path = path or places.settings_file()
    try:
        if not path.is_file():  # also keeps us from opening a pipe for ever
            if path.exists():
                raise ValueError("not a file")
            return Settings(), None
        if path.stat().st_size > 1_000_000:
            raise ValueError("too large")
        values = json.loads(path.read_text("utf-8"))
        if not isinstance(values, dict):
            raise ValueError("not an object")
    except (OSError, ValueError, RecursionError):
        return Settings(), _set_aside(path)
    return whole(values), None


def whole(values: Mapping[str, Any]) -> Settings:
    """Every acceptable value of a parsed file; a bad one keeps its default."""
    return Settings(
        read(Sampling, values.get("sampling")),
        read(Loading, values.get("loading")),
        read(App, values.get("app")),
        _named(values.get("presets")),
        _named(values.get("models")),
        _named(values.get("loads"), Loading),
        _tuning(values.get("tuning")),
        _keys(values.get("keys")),
    )


def _set_aside(path: Path) -> Path:
    kept = path.with_name(f"{path.name}.invalid-{time.strftime('%Y%m%d-%H%M%S')}")
    with contextlib.suppress(OSError):
        path.replace(kept)
    return kept


def save(settings: Settings, path: Path | None = None) -> None:
    """Write the file. Raises OSError."""
    path = path or places.settings_file()
    text = clean(json.dumps(dataclasses.asdict(settings), indent=2, ensure_ascii=False))
    note.write(path, text + "\n")
