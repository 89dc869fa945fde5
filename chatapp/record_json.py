"""ChatApp JSON: whole conversations with every version, knobs and stats, in one versioned file.

    {"format": "chatapp-chats", "version": 1, "conversations": [
    {"title": ..., "leaf": 1, "messages": [{"role": "user", "text": ..., "parent": null}, ...]},
    ...
    ]}

One conversation a line, so that a file that was cut off gives back what is before the cut.
What belongs to this computer (adapter, draft) is not in it. Knows nothing about files.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from chatapp import accounts
from chatapp.chat import Manner, clean
from chatapp.record import LeftOut, Node, Record, one_line, second
from chatapp.settings import Sampling, only

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chatapp.chat import Origin

VERSION = 1
FORMAT = "chatapp-chats"
HEAD = f'{{"format": "{FORMAT}", "version": {VERSION}, "conversations": [\n'
TAIL = "\n]}\n"
_ROLES = ("system", "user", "assistant")
_FINISHES = ("stop", "length", "context", "stopped", "interrupted", "error")


def pieces(records: Iterable[Record]) -> Iterator[str]:
    """The file, a conversation at a time."""
    yield HEAD
    for number, record in enumerate(records):
        yield (",\n" if number else "") + json.dumps(told(record), ensure_ascii=False)
    yield TAIL


def told(record: Record) -> dict[str, Any]:
    """One conversation as an object of JSON."""
    manner = record.manner
    return {
        "title": record.title,
        "created": record.created,
        "updated": record.updated,
        "pinned": record.pinned,
        "system": manner.system,
        "preset": manner.preset,
        "knobs": dict(manner.knobs),
        "leaf": record.leaf,
        "messages": [_told_node(node) for node in record.nodes],
    }


def record(values: dict[str, Any]) -> Record:
    """One conversation of such a file. Raises LeftOut."""
    rows = values.get("messages")
    if not isinstance(rows, list):
        raise LeftOut("Entry {number} has no list of messages.")
    nodes = tuple(_node(place, row) for place, row in enumerate(rows))
    leaf = values.get("leaf")
    sound = type(leaf) is int and 0 <= leaf < len(nodes)
    changed = tuple(only(Sampling, values.get("knobs")).items())
    return Record(
        one_line(values.get("title")),
        nodes,
        leaf if sound else len(nodes) - 1 if nodes else None,
        second(values.get("created")),
        second(values.get("updated")),
        values.get("pinned") is True,
        Manner(_text(values, "system"), one_line(values.get("preset")), changed),
    )


def _told_node(node: Node) -> dict[str, Any]:
    """What differs from a message that tells nothing of itself, and what each has."""
    told = {
        field.name: value
        for field in dataclasses.fields(node)
        if (value := getattr(node, field.name)) != field.default
    }
    if node.stats:
        told["stats"] = dataclasses.asdict(node.stats)
    if node.origin:  # not the folder, which is this computer's
        told["origin"] = dataclasses.asdict(dataclasses.replace(node.origin, path=""))
    return told | {"parent": node.parent}


def _node(place: int, row: Any) -> Node:
    if not isinstance(row, dict) or row.get("role") not in _ROLES:
        raise LeftOut("Message {message} of entry {number} has no role.", message=place + 1)
    parent = row.get("parent")
    if parent is not None and not (type(parent) is int and 0 <= parent < place):
        raise LeftOut(
            "Message {message} of entry {number} answers none before it.", message=place + 1
        )
    finish, rating = row.get("finish"), row.get("rating")
    return Node(
        row["role"],
        _text(row, "text"),
        parent,
        second(row.get("created")),
        finish if finish in _FINISHES else None,
        accounts.stats(row.get("stats")),
        _origin(row.get("origin")),
        one_line(row.get("model")),
        row.get("edited") is True,
        rating if type(rating) is int and rating in (-1, 1) else 0,
    )


def _origin(values: Any) -> Origin | None:
    """A stranger's file may not say from where a model is loaded."""
    origin = accounts.origin(values)
    return dataclasses.replace(origin, path="") if origin else None


def _text(values: dict[str, Any], name: str) -> str:
    text = values.get(name, "")
    return clean(text) if isinstance(text, str) else ""
