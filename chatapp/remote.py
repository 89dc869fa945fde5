"""`Remote(Backend)`: a model elsewhere, asked through OpenAI's API. What a person writes leaves.

One answer: the request is sent, server-sent events come back line by line, and each becomes Text.
Nothing is tried again by itself, because a request may cost money. A redirect is not followed: the
key goes to the one address that the person gave. Knows nothing about threads or windows.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from chatapp import __version__, settings, web
from chatapp.chat import NO_ROWS, ModelInfo, Progress, Text, UserError, clean
from chatapp.cut import Cut, stalled
from chatapp.endpoint import Endpoint
from chatapp.foreign import parse, shown
from chatapp.hearing import Hearing, reason
from chatapp.thoughts import Thoughts
from chatapp.web import Pace

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Set

    from chatapp.chat import Event, Message, Rendered, Request
    from chatapp.holding import Holding

Given = TypeVar("Given")

LONGEST = 200  # characters of a name or an address
LONGEST_LINE = 16_000_000  # bytes of one event
LONGEST_FAULT = 100_000  # bytes of an answer that is none
PACE = Pace(stall_s=60.0)  # a first token may take its time


class Remote:
    """Speaks to one endpoint."""

    holding: Holding | None = None  # nothing of it is here

    def __init__(self, endpoint: Endpoint, model: str, pace: Pace = PACE) -> None:
        self._endpoint, self._model, self._pace = endpoint, model, pace
        self.info = ModelInfo(
            name=model,
            path=endpoint.url,
            device=endpoint.name,
            dtype="",
            why="",
            parameters=0,
            weights_bytes=0,
            context_length=0,  # nobody tells
            chat_template=True,
            remote=endpoint.name,
        )

    @classmethod
    def open(cls, endpoint: Endpoint, pace: Pace = PACE) -> Generator[Event, None, Remote]:
        """Ask which models there are: so a wrong address or key is told before anything is sent."""
        yield Progress("load", 0, 1)
        endpoint = checked(endpoint)
        names = yield from models(endpoint, pace)
        if not endpoint.model and not names:
            raise UserError(
                "{name} does not say which models it has.",
                "Write the model's name.",
                name=endpoint.name,
            )
        return cls(endpoint, endpoint.model or names[0], pace)

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        """Text as it comes, then Done. Closing it drops the connection."""
        path, body = _body(request, self._model)
        began = time.perf_counter()
        answer = yield from _asked(self._endpoint, self._pace, path, body)
        hearing = Hearing(request, began)
        try:
            lines = _lines(answer, self._pace)
            while not hearing.complete and (line := (yield from _next(lines))) is not None:
                yield from hearing.halt(halted)
                yield from hearing.take(line)
        except Cut as fault:
            raise _unwell(self._endpoint.name, fault) from fault
        except ValueError as error:
            raise UserError(
                "{name} sent something that is no answer.",
                "Try again; what has come is kept.",
                "retry",
                name=self._endpoint.name,
            ) from error
        finally:
            answer.close()
        if not hearing.ended:
            raise UserError(
                "{name} ended in the middle of its answer.",
                "Try again; what has come is kept.",
                "retry",
                name=self._endpoint.name,
            )
        yield from hearing.closed()

    def render(self, request: Request, borders: bool = False) -> Rendered:
        """Raises UserError: nobody tells how the prompt is read."""
        self._keep_silent()

    def score(self, request: Request) -> Iterator[Event]:
        """Raises UserError."""
        self._keep_silent()

    def outlook(self, request: Request) -> Iterator[Event]:
        """Raises UserError."""
        self._keep_silent()

    def rest(self) -> Iterator[None]:
        """Nothing to do meanwhile."""
        yield from ()

    def close(self) -> None:
        """Each answer has closed its own connection."""

    def _keep_silent(self) -> NoReturn:
        raise UserError(
            "{name} does not tell this about its model.",
            "Choose a model on this computer.",
            name=self._endpoint.name,
        )


def models(endpoint: Endpoint, pace: Pace = PACE) -> Generator[Event, None, tuple[str, ...]]:
    """The names of the models that it offers; empty where it does not say. Raises UserError."""
    answer, endpoint = None, checked(endpoint)
    try:
        answer = yield from _asked(endpoint, pace, "/models", None, may_lack=True)
        raw = yield from _ticking(web.whole(answer, pace))
    except Cut as fault:
        raise _unwell(endpoint.name, fault) from fault
    finally:
        if answer is not None:
            answer.close()
    try:
        listed = parse(raw) if answer.status == 200 else {}
    except ValueError:
        listed = {}
    rows = listed.get("data") if isinstance(listed, dict) else None
    found = [row.get("id") for row in rows or () if isinstance(row, dict)]
    return tuple(clean(name) for name in found if isinstance(name, str) and name)


def checked(given: Endpoint) -> Endpoint:
    """The same with a whole address, a name and a clean key. Raises UserError."""
    url = given.url.strip().rstrip("/")
    parts = web.split(url)
    if parts is None or parts.query or parts.fragment or len(url) > LONGEST:
        raise UserError(
            "{url} is not an address that ChatApp may ask.",
            "Use one that begins with https://; http:// only for this computer.",
            url=shown(url.rpartition("@")[2]),
        )
    key = given.key.strip()
    if key and (not (key.isascii() and key.isprintable()) or " " in key):
        raise UserError("The key holds characters that no key has.", "Copy it again.")
    name = clean(given.name.strip())[:LONGEST] or parts.hostname or ""
    return Endpoint(url + ("" if parts.path else "/v1"), name, clean(given.model.strip()), key)


# -- what is sent ---------------------------------------------------------------------------------


def _body(request: Request, model: str) -> tuple[str, dict[str, Any]]:
    """Path and body. Knobs that OpenAI's API has not are not sent: some servers refuse them."""
    knobs = request.sampling
    body: dict[str, Any] = {
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": knobs.max_new_tokens,
        "temperature": knobs.temperature,
        "top_p": knobs.top_p,
    }
    for name in ("presence_penalty", "frequency_penalty"):
        if value := getattr(knobs, name):
            body[name] = value
    if knobs.seed >= 0:
        body["seed"] = knobs.seed
    if knobs.candidates > 1:
        body["n"] = knobs.candidates
    if stops := settings.stops(knobs.stop_strings):
        body["stop"] = list(stops)
    if request.complete:
        return "/completions", body | {"prompt": "\n".join(m.text for m in request.messages)}
    if request.messages[-1].role == "assistant":
        raise UserError(
            "A model elsewhere cannot continue an answer.", "Write a message that asks for more."
        )
    return "/chat/completions", body | {"messages": [_turn(m) for m in request.messages]}


def _turn(message: Message) -> dict[str, str]:
    """Without the reasoning of an earlier answer, which is not for the next one."""
    text = message.text
    if message.role == "assistant":
        thoughts = Thoughts()
        text = (thoughts.feed(text) + thoughts.finish()).lstrip("\n")
    return {"role": message.role, "content": text}


def _asked(
    endpoint: Endpoint, pace: Pace, path: str, body: dict[str, Any] | None, may_lack: bool = False
) -> Generator[Event, None, web.Answer]:
    """The answer, once its status is 200 (or 404, where it may lack). Raises UserError."""
    host = urlsplit(endpoint.url).hostname
    if web.offline() and host not in web.LOOPBACK:
        raise UserError(
            "ChatApp is offline.",
            "Switch “Offline” off in the preferences, or unset HF_HUB_OFFLINE, to reach {name}; "
            "the models on this computer work without.",
            name=endpoint.name,
        )
    headers = {"User-Agent": f"chatapp/{__version__}", "Accept-Encoding": "identity"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    raw = None
    if body is not None:
        raw = json.dumps(body).encode("ascii")
        headers["Content-Type"] = "application/json"
    try:
        answer = yield from _ticking(web.send(endpoint.url + path, pace, headers, raw))
    except Cut as fault:
        raise _unwell(endpoint.name, fault) from fault
    if answer.status == 200 or (may_lack and answer.status == 404):
        return answer
    try:
        words = reason((yield from _ticking(web.whole(answer, pace, LONGEST_FAULT))))
    except Cut:
        words = ""
    finally:
        answer.close()
    raise _refusal(endpoint.name, answer, words)


# -- what comes back ------------------------------------------------------------------------------


def _ticking(steps: Generator[None, None, Given]) -> Generator[Event, None, Given]:
    """The same with an empty Text for each wait, at which whoever drives us may stop."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            given: Given = end.value
            return given
        yield Text("")


def _next(lines: Iterator[bytes | None]) -> Generator[Event, None, bytes | None]:
    """The next line, None at the end; an empty Text for each wait."""
    for line in lines:
        if line is not None:
            return line
        yield Text("")
    return None


def _lines(answer: web.Answer, pace: Pace) -> Iterator[bytes | None]:
    """The lines of the body; None for each wait. Raises Cut."""
    held, heard = b"", time.monotonic()
    while (data := answer.read(web.BLOCK)) != b"":
        if data is None:
            if time.monotonic() - heard > pace.stall_s:
                raise stalled(pace.stall_s)
            yield None
            continue
        heard = time.monotonic()
        first, *rest = data.split(b"\n")
        held += first
        for piece in rest:
            yield held
            held = piece
        if len(held) > LONGEST_LINE:
            raise Cut("its answer has no end")
    yield held


# -- faults ---------------------------------------------------------------------------------------


def _unwell(name: str, fault: Cut) -> UserError:
    return UserError(
        "{name} does not answer as it should ({why}).",
        "Check its address and the network; what has come is kept.",
        "retry",
        "open_api",
        name=name,
        why=fault.why,
    )


def _refusal(name: str, answer: web.Answer, words: str) -> UserError:
    """The sentence for a status."""
    status = answer.status
    if status in web.REDIRECTS:
        return UserError(
            "{name} sends us on to another address.",
            "If you trust it, enter that address: the key goes only where you say.",
            name=name,
        )
    if status in (401, 403):
        return UserError("{name} refuses the key.", "Correct the key.", "open_api", name=name)
    if status == 429:
        seconds = round(web.retry_after(answer) or 0)
        if seconds:
            return UserError(
                "{name} is asked too often.",
                "Try again in {seconds} s.",
                "retry",
                name=name,
                seconds=seconds,
            )
        return UserError("{name} is asked too often.", "Try again later.", "retry", name=name)
    if status >= 500:
        return UserError(
            "{name} has trouble of its own ({status}).",
            "Try again later.",
            "retry",
            name=name,
            status=status,
        )
    return UserError(
        "{name} refuses the request ({why}).",
        "Check the address, the model's name and the settings.",
        "open_api",
        name=name,
        why=words or status,
    )
