"""A conversation as a value: every version of every message, and what it keeps of its own.

What exports write and imports read. Knows nothing about files, formats or SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatapp.chat import Manner, Origin, Stats, UserError, clean
from chatapp.thoughts import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Finish, Role

LATEST = 4e9  # seconds since the epoch; a date beyond it is a mistake
LONGEST_TITLE = 200  # characters
_PLAIN = Manner()


@dataclass(frozen=True, slots=True)
class Node:
    """One message. `parent` is a place in the record's `nodes`, and always an earlier one."""

    role: Role
    text: str
    parent: int | None = None
    created: float = 0.0  # seconds since the epoch, 0 = unknown
    finish: Finish | None = None
    stats: Stats | None = None
    origin: Origin | None = None
    model: str = ""
    edited: bool = False
    rating: int = 0  # 1 good, -1 bad


@dataclass(frozen=True, slots=True)
class Record:
    """A conversation, whole."""

    title: str
    nodes: tuple[Node, ...] = ()
    leaf: int | None = None  # the node that the open branch ends in
    created: float = 0.0  # seconds since the epoch, 0 = unknown
    updated: float = 0.0
    pinned: bool = False
    manner: Manner = _PLAIN

    def branch(self) -> list[Node]:
        """The open branch, from its first message to its leaf."""
        place, found = self.leaf, []
        while place is not None:
            found.append(self.nodes[place])
            place = self.nodes[place].parent
        return found[::-1]


class LeftOut(UserError):
    """Something in a file that could not be read, told beside what could."""

    def __init__(self, sentence: str, **values: str | int | float) -> None:
        super().__init__(sentence, "The rest can be imported.", **values)


def without_thoughts(record: Record) -> Record:
    """The same without reasoning, and without the single tokens, which would tell it too."""
    return replace(record, nodes=tuple(map(_thoughtless, record.nodes)))


def _thoughtless(node: Node) -> Node:
    if node.role != "assistant":
        return node
    stats = replace(node.stats, tokens=()) if node.stats else None
    return replace(node, text=answer(node.text), stats=stats)


def chain(title: str, nodes: Sequence[Node], created: float = 0.0, updated: float = 0.0) -> Record:
    """A record of one branch; its first message becomes the system prompt if it is the system's."""
    manner = Manner()
    if nodes and nodes[0].role == "system":
        manner, nodes = Manner(nodes[0].text), nodes[1:]
    linked = tuple(
        replace(node, parent=place - 1 if place else None) for place, node in enumerate(nodes)
    )
    leaf = len(linked) - 1 if linked else None
    return Record(title, linked, leaf, created, updated, manner=manner)


def one_line(title: Any) -> str:
    """A stranger's title: one line, not long, empty when it is no text."""
    return " ".join(clean(title[:1000]).split())[:LONGEST_TITLE] if isinstance(title, str) else ""


def second(value: Any) -> float:
    """A stranger's time in seconds since the epoch, 0 when it cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value < LATEST else 0.0
