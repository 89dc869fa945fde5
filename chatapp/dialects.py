"""How other programs write conversations down: ChatGPT, Claude, ShareGPT, OpenAI's lines.

Each reader takes one value of parsed JSON and gives a `Record`. What a stranger's file holds beside
text (pictures, tool calls, files) is counted, not guessed at. Knows nothing about files.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatapp.chat import Manner, clean
from chatapp.forms import ROLES
from chatapp.record import LeftOut, Node, Record, chain, one_line, second
from chatapp.record_markdown import spoken
from chatapp.titles import SOON, title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from chatapp.chat import Role

_SHOWN_PARTS = ("text", "multimodal_text", "code")  # of ChatGPT's kinds of content
_NONE = "Entry {number} has no messages that can be read."


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of a stranger's file."""

    role: Role
    text: str
    created: float = 0.0
    model: str = ""
    skipped: int = 0  # parts that are no text


# -- OpenAI's lines -------------------------------------------------------------------------------


def openai_pieces(records: Iterable[Record]) -> Iterator[str]:
    """A line for each conversation: {"messages": [{"role": ..., "content": ...}]}."""
    for record in records:
        messages = [{"role": role, "content": text} for role, text in spoken(record)]
        yield json.dumps({"messages": messages}, ensure_ascii=False) + "\n"


def openai(values: dict[str, Any]) -> tuple[Record, int]:
    """One such line."""
    return _chained(values, "messages", "role", "content")


def sharegpt(values: dict[str, Any]) -> tuple[Record, int]:
    """{"conversations": [{"from": "human", "value": ...}]}."""
    return _chained(values, "conversations", "from", "value")


def _chained(values: dict[str, Any], rows: str, role: str, text: str) -> tuple[Record, int]:
    said, skipped = [], 0
    for row in _list(values.get(rows)):
        who = ROLES.get(str(row.get(role)).lower()) if isinstance(row, dict) else None
        words, other = _words(row.get(text)) if who else ("", 1)
        skipped += other
        if who and (words or not other):
            said.append(Node(who, words))
    if not said:
        raise LeftOut(_NONE)
    title = one_line(values.get("title")) or _title(said)
    return chain(title, said), skipped


# -- ChatGPT --------------------------------------------------------------------------------------


def chatgpt(values: dict[str, Any]) -> tuple[Record, int]:
    """A graph of nodes by name; the open branch ends in `current_node`."""
    graph = values.get("mapping")
    if not isinstance(graph, dict):
        raise LeftOut(_NONE)
    nodes: list[Node] = []
    places: dict[str, int | None] = {}  # name -> the nearest message at or above it
    skipped = 0
    for name, parent in _walk(graph):
        above = places.get(parent) if parent is not None else None
        said = _chatgpt_said(graph[name].get("message"))
        skipped += said.skipped if said else 0
        if said and said.text:
            nodes.append(Node(said.role, said.text, above, said.created, model=said.model))
            above = len(nodes) - 1
        places[name] = above
    if not nodes:
        raise LeftOut(_NONE)
    leaf = places.get(str(values.get("current_node")))
    title = one_line(values.get("title")) or _title(nodes)
    begun, updated = second(values.get("create_time")), second(values.get("update_time"))
    last = len(nodes) - 1 if leaf is None else leaf
    return _prompted(Record(title, tuple(nodes), last, begun, updated)), skipped


def _walk(graph: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Each node once, after its parent; a node in a circle is not reached from any root."""
    below: dict[str | None, list[str]] = {}
    for name, node in graph.items():
        parent = node.get("parent") if isinstance(node, dict) else None
        if isinstance(node, dict):
            known = isinstance(parent, str) and parent in graph
            below.setdefault(parent if known else None, []).append(name)
    for children in below.values():
        children.sort(key=lambda name: _chatgpt_time(graph[name]))
    waiting: list[tuple[str, str | None]] = []
    waiting += [(name, None) for name in reversed(below.get(None, []))]
    while waiting:
        name, parent = waiting.pop()
        yield name, parent
        waiting += [(child, name) for child in reversed(below.get(name, []))]


def _chatgpt_time(node: dict[str, Any]) -> float:
    message = node.get("message")
    return second(message.get("create_time")) if isinstance(message, dict) else 0.0


def _chatgpt_said(message: Any) -> Spoken | None:
    """What a person saw of it; None for a hidden message, a tool's, or one that is damaged."""
    if not isinstance(message, dict) or not isinstance(message.get("content"), dict):
        return None
    author, about, content = message.get("author"), message.get("metadata"), message["content"]
    role = ROLES.get(str(author.get("role"))) if isinstance(author, dict) else None
    about = about if isinstance(about, dict) else {}
    hidden = about.get("is_visually_hidden_from_conversation") is True
    if role is None or hidden or content.get("content_type") not in _SHOWN_PARTS:
        return None
    text, skipped = _words(content.get("parts", content.get("text")))
    if content["content_type"] == "code" and text:
        text = f"```\n{text}\n```"
    created = second(message.get("create_time"))
    return Spoken(role, text, created, one_line(about.get("model_slug")), skipped)


# -- Claude ---------------------------------------------------------------------------------------


def claude(values: dict[str, Any]) -> tuple[Record, int]:
    """A list of messages; where they name their parent, with branches."""
    nodes: list[Node] = []
    places: dict[str, int | None] = {}  # uuid -> the nearest message at or above it
    skipped = 0
    for row in _list(values.get("chat_messages")):
        role = ROLES.get(str(row.get("sender"))) if isinstance(row, dict) else None
        if role is None:
            skipped += 1
            continue
        parent = row.get("parent_message_uuid")
        last = None if _is_root(parent) or not nodes else len(nodes) - 1
        above = places.get(str(parent), last)
        text, other = _claude_words(row)
        skipped += other
        if text:
            nodes.append(Node(role, text, above, _moment(row.get("created_at"))))
            above = len(nodes) - 1
        places[str(row.get("uuid"))] = above
    if not nodes:
        raise LeftOut(_NONE)
    leaf = places.get(str(values.get("current_leaf_message_uuid")))
    begun, updated = _moment(values.get("created_at")), _moment(values.get("updated_at"))
    title = one_line(values.get("name")) or _title(nodes)
    last = len(nodes) - 1 if leaf is None else leaf
    return Record(title, tuple(nodes), last, begun, updated), skipped


def _is_root(uuid: Any) -> bool:
    return str(uuid).startswith("00000000-0000-")


def _claude_words(row: dict[str, Any]) -> tuple[str, int]:
    text, other = _words(row.get("content"))
    if not text:
        text, _ = _words(row.get("text"))
    files = len(_list(row.get("attachments"))) + len(_list(row.get("files")))
    return text, other + files


# -- shared by all --------------------------------------------------------------------------------

READERS: dict[str, Callable[[dict[str, Any]], tuple[Record, int]]] = {
    "chatgpt": chatgpt,
    "claude": claude,
    "sharegpt": sharegpt,
    "openai": openai,
}
SIGNS = {"mapping": "chatgpt", "chat_messages": "claude", "conversations": "sharegpt",
         "messages": "openai"}  # fmt: skip


def kind(values: Any) -> str:
    """Whose conversation this is, a name of READERS; empty when it is none we know."""
    found = SIGNS if isinstance(values, dict) else {}
    return next((name for sign, name in found.items() if sign in values), "")


def _words(content: Any) -> tuple[str, int]:
    """The text of a message, and how many parts of it are none."""
    if isinstance(content, str):
        return clean(content), 0
    texts, other = [], 0
    for part in _list(content):
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str) and (isinstance(part, str) or part.get("type", "text") == "text"):
            texts.append(text)
        else:
            other += 1
    return clean("\n\n".join(texts)), other


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _title(nodes: Iterable[Node]) -> str:
    return title_of([node.text for node in nodes if node.role == "user"][:SOON])


def _moment(value: Any) -> float:
    """Seconds since the epoch, from a number or from a date as text."""
    if not isinstance(value, str):
        return second(value)
    try:
        return second(datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0.0


def _prompted(record: Record) -> Record:
    """With a system's message at the root as the system prompt."""
    first = record.nodes[0]
    roots = sum(node.parent is None for node in record.nodes)
    if first.role != "system" or roots > 1 or len(record.nodes) == 1:
        return record
    nodes = tuple(
        replace(node, parent=node.parent - 1 if node.parent else None) for node in record.nodes[1:]
    )
    return replace(
        record, nodes=nodes, leaf=record.leaf - 1 if record.leaf else len(nodes) - 1,
        manner=Manner(first.text),
    )  # fmt: skip
