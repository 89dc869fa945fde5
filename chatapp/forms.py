"""What a row of training data means: the shapes that data sets are published in -> messages.

Each shape is a function of its own. Knows nothing about files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatapp.chat import Message, UserError, clean
from chatapp.foreign import shown

if TYPE_CHECKING:
    from chatapp.chat import Role

MEND = "Mend it or leave it out; the other rows are used."
MOST_MESSAGES = 2_000
# Question and answer as data sets call them, the commonest first.
PAIRS = (
    ("prompt", "response"), ("prompt", "completion"), ("question", "answer"), ("prompt", "answer"),
    ("instruction", "response"), ("input", "output"), ("user", "assistant"), ("q", "a"),
    ("質問", "回答"), ("指示", "応答"),
)  # fmt: skip
ROLES: dict[str, Role] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant",
    "bot": "assistant", "bard": "assistant", "bing": "assistant",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One usable example: a conversation, or plain text when there are no messages."""

    form: str
    line: int  # where it begins; 1 is the first
    messages: tuple[Message, ...] = ()
    text: str = ""
    unlearned: tuple[int, ...] = ()  # places of answers that are only context
    against: tuple[Message, ...] = ()  # the same with a worse answer

    def mark(self) -> bytes:
        """Equal for rows that say the same."""
        said = (*self.messages, *self.against)
        parts = [f"{message.role}\0{message.text}" for message in said]
        return hashlib.sha256("\1".join([*parts, self.text]).encode()).digest()


def row(value: Any, line: int) -> Row:
    """The row that a parsed value stands for. Raises UserError with the line and the reason."""
    if isinstance(value, list):
        return _talk("messages", line, value, "role", "content")
    if isinstance(value, str):
        return _text(value, line)
    if not isinstance(value, dict):
        raise _unknown(line)
    if isinstance(value.get("messages"), list):
        return _talk("messages", line, value["messages"], "role", "content")
    for name in ("conversations", "conversation"):
        if isinstance(value.get(name), list):
            return _talk("sharegpt", line, value[name], "from", "value")
    if "chosen" in value:
        return _chosen(value, line)
    if "instruction" in value and "output" in value:
        return _alpaca(value, line)
    for question, answer in PAIRS:
        if question in value and answer in value:
            head = [("system", value["system"])] if value.get("system") else []
            said = [*head, ("user", value[question]), ("assistant", value[answer])]
            return _pairs("pairs", line, said)
    if "text" in value:
        return _text(value["text"], line)
    raise _unknown(line)


def _unknown(line: int) -> UserError:
    return UserError("Line {line} has none of the known forms.", MEND, line=line)


def _text(value: Any, line: int) -> Row:
    return Row("text", line, text=_said(value, line))


def _alpaca(value: dict[str, Any], line: int) -> Row:
    """Stanford's form: what to do, what with (may be empty), the answer; some keep a history."""
    asked = _said(value["instruction"], line)
    if value.get("input"):
        asked = f"{asked}\n\n{_said(value['input'], line)}"
    said: list[tuple[str, Any]] = [("system", value["system"])] if value.get("system") else []
    history = value.get("history") or []
    if not isinstance(history, list) or not all(
        isinstance(turn, list) and len(turn) == 2 for turn in history
    ):
        raise _unknown(line)
    for question, answer in history:
        said += [("user", question), ("assistant", answer)]
    return _pairs("alpaca", line, [*said, ("user", asked), ("assistant", value["output"])])


def _chosen(value: dict[str, Any], line: int) -> Row:
    """A preference: the better answer, and the worse one where it can be read."""
    better = _answered(value, value["chosen"], line)
    try:
        worse = _answered(value, value.get("rejected"), line).messages
    except UserError:  # then the better one can be learned alone
        return better
    return replace(better, against=worse if worse != better.messages else ())


def _answered(value: dict[str, Any], answer: Any, line: int) -> Row:
    """The prompt, where it is told apart, and one of its answers."""
    asked = value.get("prompt")
    if isinstance(asked, str):
        head: list[Any] = [{"role": "user", "content": asked}]
    else:
        head = asked if isinstance(asked, list) else []
    if not isinstance(answer, list):
        if not head:
            raise _unknown(line)
        turns = [*head, {"role": "assistant", "content": answer}]
    else:  # many data sets repeat the question in it
        first = answer[0] if answer else None
        repeats = isinstance(first, dict) and first.get("role") != "assistant"
        turns = answer if repeats and isinstance(asked, str) else [*head, *answer]
    return _talk("preference", line, turns, "role", "content")


def _pairs(form: str, line: int, said: list[tuple[str, Any]]) -> Row:
    return _talk(form, line, [{"role": r, "content": c} for r, c in said], "role", "content")


def _talk(form: str, line: int, turns: list[Any], role: str, content: str) -> Row:
    """Turns -> messages; what follows the last answer teaches nothing and is left out."""
    if len(turns) > MOST_MESSAGES:
        raise UserError(
            "Line {line} has more than {limit} messages.", MEND, line=line, limit=MOST_MESSAGES
        )
    messages, unlearned = [], []
    for place, turn in enumerate(turns):
        if not isinstance(turn, dict):
            raise _unknown(line)
        who = turn.get(role, turn.get("role"))
        if not isinstance(who, str) or who.strip().lower() not in ROLES:
            raise UserError(
                "Line {line} has an unknown role ({role}).", MEND, line=line, role=shown(str(who))
            )
        said = _said(turn.get(content, turn.get("content")), line)
        messages.append(Message(ROLES[who.strip().lower()], said))
        if turn.get("weight") == 0:  # OpenAI's way to say: context only
            unlearned.append(place)
    while messages and messages[-1].role != "assistant":
        messages.pop()
    learned = {p for p, m in enumerate(messages) if m.role == "assistant"} - set(unlearned)
    if not learned:
        raise UserError("Line {line} holds no answer to learn.", MEND, line=line)
    return Row(form, line, tuple(messages), unlearned=tuple(unlearned))


def _said(value: Any, line: int) -> str:
    """A message's text; of one in parts, the parts together."""
    if isinstance(value, list):
        value = "".join(_part(part, line) for part in value)
    text = "" if value is None else _part(value, line)
    if not text.strip():
        raise UserError("Line {line} has a message without text.", MEND, line=line)
    return clean(text)


def _part(value: Any, line: int) -> str:
    text = value.get("text") if isinstance(value, dict) else value
    if not isinstance(text, str):
        raise UserError(
            "Line {line} holds something else than text.", "Only text can be learned.", line=line
        )
    return text
