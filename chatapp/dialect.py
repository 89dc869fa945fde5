"""OpenAI's request bodies -> `Asked`. What is not understood is refused by name, never ignored.

Every bound is the knob's own, so that the message and the settings panel agree. Texts are cleaned
as everywhere. Knows nothing about HTTP or threads.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatapp import settings
from chatapp.chat import Message, Request, clean
from chatapp.foreign import shown
from chatapp.refusal import Refusal

if TYPE_CHECKING:
    from chatapp.chat import Role
    from chatapp.settings import Sampling

DEEPEST = 64
MOST_VALUES = 200_000  # of a body; what is real has one in ten bytes at most
MOST_MESSAGES = 10_000
MOST_LIKELIEST = 20  # of `top_logprobs`
ROLES: dict[Any, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
# Field -> knob. The last five are not OpenAI's, but other servers name them so too.
KNOBS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "n": "candidates",
    "top_k": "top_k",
    "min_p": "min_p",
    "repetition_penalty": "repetition_penalty",
    "thinking": "thinking",
    "when_full": "when_full",
}
OTHERS = {"model", "stream", "stream_options", "stop", "logit_bias", "logprobs", "user"}
OWN = {True: {"messages", "top_logprobs"}, False: {"prompt"}}
# What asks for nothing: fields that are taken with these values only.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "service_tier": ("auto", "default"),
    "store": (False,),
    "echo": (False,),
    "best_of": (1,),
    "suffix": ("",),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the API."""

    request: Request
    chat: bool  # else a completion of a text
    model: str = ""  # "" = whichever answers
    stream: bool = False
    tell_usage: bool = False  # in a last chunk of the stream
    likeliest: int | None = None  # alternatives to tell at each token; None = tell no chances

    @property
    def count(self) -> int:
        """How many answers are wanted."""
        return self.request.sampling.candidates


def parse(raw: bytes) -> dict[str, Any]:
    """The object in a body. Raises Refusal."""
    _measure(raw)
    try:
        body = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return body


def read(body: dict[str, Any], chat: bool, usual: Sampling) -> Asked:
    """What a body asks for; `usual` holds what it does not say. Raises Refusal."""
    given = {name: value for name, value in body.items() if value is not None}
    _refuse_unknown(given, chat)
    messages = _messages(given.get("messages")) if chat else (_prompt(given.get("prompt")),)
    sampling = _sampling(given, usual)
    stream = _flag(given, "stream")
    likeliest = _likeliest(given, chat)
    if "user" in given:  # a name for whoever asks, which changes no answer
        _text("user", given["user"])
    return Asked(
        Request(messages, sampling, not chat, 0 if likeliest is None else max(1, likeliest)),
        chat,
        clean(_text("model", given.get("model", ""))),
        stream,
        _tells_usage(given, stream),
        likeliest,
    )


# -- JSON within bounds ---------------------------------------------------------------------------


def _measure(raw: bytes) -> None:
    """Raise Refusal for what would need many times its size once it is parsed, or a deep stack."""
    bare = raw.replace(b"\\\\", b"").replace(b'\\"', b"")  # now each quote begins or ends a text
    if bare.count(b'"') > 2 * MOST_VALUES:
        raise _too_many()
    outside = b"".join(bare.split(b'"')[::2])
    if sum(outside.count(sign) for sign in (b",", b"[", b"{")) > MOST_VALUES:
        raise _too_many()
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", outside):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise Refusal(400, f"The body may be at most {DEEPEST} levels deep.")


def _too_many() -> Refusal:
    return Refusal(400, f"The body may hold at most {MOST_VALUES} values.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


# -- fields ---------------------------------------------------------------------------------------


def _refuse_unknown(given: dict[str, Any], chat: bool) -> None:
    known = KNOBS.keys() | OTHERS | OWN[chat]
    strange = [
        name
        for name, value in given.items()
        if name not in known and value not in NEUTRAL.get(name, ())
    ]
    if strange:
        names = ", ".join(shown(name, 40) for name in strange[:10])
        raise Refusal(
            400, f"Not supported: {names}.", shown(strange[0], 40), "unsupported_parameter"
        )


def _sampling(given: dict[str, Any], usual: Sampling) -> Sampling:
    values = {}
    if "max_tokens" in given and "max_completion_tokens" in given:
        raise Refusal(400, "Give max_tokens or max_completion_tokens, not both.", "max_tokens")
    for field, name in KNOBS.items():
        if field in given:
            values[name] = _knob(field, name, given[field])
    if "stop" in given:
        values["stop_strings"] = _stops(given["stop"])
    if "logit_bias" in given:
        values["logit_bias"] = _biases(given["logit_bias"])
    return dataclasses.replace(usual, **values)


def _knob(field: str, name: str, value: Any) -> Any:
    kind = type(getattr(settings.Sampling(), name))
    if kind is not str and not _is_number(value):
        raise Refusal(400, f"{field} must be a number.", field)
    if kind is int and value != math.floor(value):
        raise Refusal(400, f"{field} must be a whole number.", field)
    try:
        return settings.check(settings.Sampling, name, value)
    except ValueError as error:
        raise Refusal(400, str(error).replace(name, field, 1) + ".", field) from None


def _is_number(value: Any) -> bool:
    """A finite one; what is beyond a float, and so beyond every bound, counts as its end."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _stops(value: Any) -> str:
    texts = [value] if isinstance(value, str) else value
    most, longest = settings.MOST_STOPS, settings.LONGEST_STOP
    if (
        not isinstance(texts, list)
        or len(texts) > most
        or not all(isinstance(text, str) and 0 < len(text) <= longest for text in texts)
    ):
        raise Refusal(400, f"stop may be {most} texts of 1 to {longest} characters.", "stop")
    return settings.stop_lines(clean(text) for text in texts)


def _biases(value: Any) -> str:
    most, strongest = settings.MOST_BIASES, settings.STRONGEST_BIAS
    wrong = Refusal(
        400,
        f"logit_bias may hold {most} token ids, each with a number "
        f"from -{strongest:g} to {strongest:g}.",
        "logit_bias",
    )
    if not isinstance(value, dict) or len(value) > most:
        raise wrong
    for token, amount in value.items():
        known = token.isascii() and token.isdecimal() and len(token) < 10
        if not known or not _is_number(amount) or abs(amount) > strongest:
            raise wrong
    return ", ".join(f"{token}:{float(amount)!r}" for token, amount in value.items())


def _likeliest(given: dict[str, Any], chat: bool) -> int | None:
    """How many alternatives to tell at each token."""
    if not chat:
        return _bounded("logprobs", given["logprobs"]) if "logprobs" in given else None
    wanted = _flag(given, "logprobs")
    if "top_logprobs" in given and not wanted:
        raise Refusal(400, "top_logprobs needs logprobs to be true.", "top_logprobs")
    return _bounded("top_logprobs", given.get("top_logprobs", 0)) if wanted else None


def _bounded(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_LIKELIEST:
        raise Refusal(400, f"{field} must be between 0 and {MOST_LIKELIEST}.", field)
    return value


def _tells_usage(given: dict[str, Any], stream: bool) -> bool:
    options = given.get("stream_options")
    if options is None:
        return False
    if not stream or not isinstance(options, dict) or not options.keys() <= {"include_usage"}:
        raise Refusal(
            400, "stream_options may hold include_usage, where stream is true.", "stream_options"
        )
    return _flag(options, "include_usage")


def _flag(given: dict[str, Any], field: str) -> bool:
    value = given.get(field)
    if value is not None and not isinstance(value, bool):
        raise Refusal(400, f"{field} must be true or false.", field)
    return bool(value)


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refusal(400, f"{field} must be a text.", field)
    return value


# -- what is to be answered -----------------------------------------------------------------------


def _prompt(value: Any) -> Message:
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    if not isinstance(value, str) or not value:
        raise Refusal(400, "prompt must be one text that is not empty.", "prompt")
    return Message("user", clean(value))


def _messages(values: Any) -> tuple[Message, ...]:
    if not isinstance(values, list) or not 0 < len(values) <= MOST_MESSAGES:
        raise Refusal(400, f"messages must be a list of 1 to {MOST_MESSAGES}.", "messages")
    found = tuple(_message(f"messages[{place}]", value) for place, value in enumerate(values))
    if not any(message.text for message in found):
        raise Refusal(400, "All messages are empty.", "messages")
    return found


def _message(place: str, value: Any) -> Message:
    if not isinstance(value, dict):
        raise Refusal(400, f"{place} must be an object.", place)
    for name in value.keys() - {"role", "content"}:
        if value[name] not in (None, []):  # as clients send an answer back
            raise Refusal(
                400, f"Not supported: {place}.{shown(name, 40)}.", f"{place}.{shown(name, 40)}",
                "unsupported_parameter",
            )  # fmt: skip
    role = value.get("role")
    if not isinstance(role, str) or role not in ROLES:
        known = ", ".join(ROLES)
        raise Refusal(400, f"{place}.role must be one of {known}.", f"{place}.role")
    return Message(ROLES[role], clean(_content(f"{place}.content", value.get("content"))))


def _content(place: str, value: Any) -> str:
    """A text, or a list of parts that are texts."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise Refusal(400, f"{place} must be a text, or a list of texts.", place)
    return "\n".join(_part(f"{place}[{number}]", part) for number, part in enumerate(value))


def _part(place: str, part: Any) -> str:
    if not isinstance(part, dict) or part.get("type") != "text" or part.keys() - {"type", "text"}:
        raise Refusal(400, f"{place} must be of the type text.", place, "unsupported_parameter")
    return _text(f"{place}.text", part.get("text"))
