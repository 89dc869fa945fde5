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
from chatapp.chat import Answered, Done, ModelInfo, Progress, Stats, Text, UserError, clean
from chatapp.foreign import parse, shown
from chatapp.thoughts import CLOSE, OPEN, Thoughts
from chatapp.web import Cut, Pace

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from chatapp.chat import Event, Finish, Holding, Message, Rendered, Request
    from chatapp.endpoint import Endpoint

Given = TypeVar("Given")

LONGEST_LINE = 16_000_000  # bytes of one event
LONGEST_ANSWER = 16_000_000  # characters, of all candidates
LONGEST_FAULT = 100_000  # bytes of an answer that is none
LONGEST_REASON = 200  # characters of it in a sentence
FINISHES: dict[str, Finish] = {"length": "length"}  # all others are "stop"
PACE = Pace(stall_s=60.0)  # a first token may take its time


class Remote:
    """Speaks to one endpoint."""

    holding: Holding | None = None  # nothing of it is here

    def __init__(self, endpoint: Endpoint, model: str, pace: Pace = PACE) -> None:
        self._endpoint, self._model, self._pace = endpoint, model, pace
        self.info = ModelInfo(
            name=model,
            path="",
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
        names = yield from models(endpoint, pace)
        if not endpoint.model and not names:
            raise UserError(
                "{name} does not say which models it has.",
                "Write the model's name.",
                name=endpoint.name,
            )
        return cls(endpoint, endpoint.model or names[0], pace)

    def stream(self, request: Request) -> Iterator[Event]:
        """Text as it comes, then Done. Closing it drops the connection."""
        path, body = _body(request, self._model)
        began = time.perf_counter()
        answer = yield from _asked(self._endpoint, self._pace, path, body)
        hearing = Hearing(request, began)
        try:
            lines = _lines(answer, self._pace)
            while not hearing.complete and (line := (yield from _next(lines))) is not None:
                yield from hearing.take(line)
        except Cut as fault:
            raise _unwell(self._endpoint.name, fault) from fault
        except ValueError as error:
            raise UserError(
                "{name} sent something that is no answer.",
                "Try again; what has come is kept.",
                name=self._endpoint.name,
            ) from error
        finally:
            answer.close()
        if not hearing.ended:
            raise UserError(
                "{name} ended in the middle of its answer.",
                "Try again; what has come is kept.",
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
    answer = None
    try:
        answer = yield from _asked(endpoint, pace, "/models", None, may_lack=True)
        raw = yield from _ticking(web.whole(answer, pace))
        listed = parse(raw) if answer.status == 200 else {}
    except Cut as fault:
        raise _unwell(endpoint.name, fault) from fault
    except ValueError:
        listed = {}
    finally:
        if answer is not None:
            answer.close()
    rows = listed.get("data") if isinstance(listed, dict) else None
    found = [row.get("id") for row in rows or () if isinstance(row, dict)]
    return tuple(clean(name) for name in found if isinstance(name, str) and name)


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
            "ChatApp is offline (HF_HUB_OFFLINE is set).",
            "Unset it to reach {name}; the models on this computer work without.",
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
        reason = _reason((yield from _ticking(web.whole(answer, pace, LONGEST_FAULT))))
    except Cut:
        reason = ""
    finally:
        answer.close()
    raise _refusal(endpoint.name, answer, reason)


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
                raise Cut(web.stalled(pace))
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


class Hearing:
    """One answer as it comes: events of the stream in, Events of ours out."""

    def __init__(self, request: Request, began: float) -> None:
        self._count = request.sampling.candidates
        self._seed = request.sampling.seed
        self._began, self._first = began, 0.0
        self._length = 0
        self._finishes: dict[int, Finish] = {}
        self._thinking: set[int] = set()  # rows whose reasoning is under way
        self._usage: dict[str, Any] = {}
        self.complete = False  # [DONE] has come

    @property
    def ended(self) -> bool:
        """Every candidate has said how it ended, or the stream has."""
        return self.complete or len(self._finishes) >= self._count

    def take(self, line: bytes) -> Iterator[Event]:
        """The Text of a line. Raises ValueError for what is no event, and Cut."""
        field, _, value = line.decode("utf-8", "replace").partition(":")
        if field != "data":
            yield Text("")  # comments may come for ever: whoever drives us may stop here
            return
        if value.strip() == "[DONE]":
            self.complete = True
            return
        told = parse(value.encode("utf-8", "replace"))
        if not isinstance(told, dict):
            raise ValueError("not an object")
        if "error" in told:
            raise Cut(_reason(value.encode("utf-8", "replace")) or "it tells of an error")
        if isinstance(told.get("usage"), dict):
            self._usage = told["usage"]
        choices = told.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                yield from self._hear(choice)

    def closed(self) -> Iterator[Event]:
        """What the answer cost."""
        stats = self._stats()
        if self._count > 1:
            for row in range(self._count):
                yield Answered(row, self._finishes.get(row, "stop"), stats)
        yield Done(self._finishes.get(0, "stop"), stats)

    def _hear(self, choice: dict[str, Any]) -> Iterator[Event]:
        row = choice.get("index", 0)
        if not isinstance(row, int) or not 0 <= row < self._count:
            return
        delta = choice.get("delta")
        said = delta if isinstance(delta, dict) else choice
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        if isinstance(reasoning, str) and reasoning:
            opening = "" if row in self._thinking else OPEN + "\n"
            self._thinking.add(row)
            yield self._text(opening + reasoning, row)
        text = said.get("content") if said is delta else said.get("text")
        if isinstance(text, str) and text:
            yield self._text(self._closing(row) + text, row)
        finish = choice.get("finish_reason")
        if isinstance(finish, str):
            if closing := self._closing(row):
                yield self._text(closing, row)
            self._finishes[row] = FINISHES.get(finish, "stop")

    def _closing(self, row: int) -> str:
        """The end of the reasoning, if there was one."""
        if row not in self._thinking:
            return ""
        self._thinking.discard(row)
        return f"\n{CLOSE}\n\n"

    def _text(self, text: str, row: int) -> Text:
        self._first = self._first or time.perf_counter()
        self._length += len(text)
        if self._length > LONGEST_ANSWER:
            raise Cut("its answer has no end")
        return Text(clean(text), row)

    def _stats(self) -> Stats:
        """As the endpoint counts; without its word no tokens and no speed are told."""
        now = time.perf_counter()
        new = _whole_number(self._usage.get("completion_tokens"))
        first = self._first or now
        return Stats(
            prompt_tokens=_whole_number(self._usage.get("prompt_tokens")),
            reused_tokens=0,
            new_tokens=new,
            first_token_s=first - self._began,
            decode_s=now - first if new else 0.0,
            seed=self._seed,
            context_length=0,
        )


def _whole_number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


# -- faults ---------------------------------------------------------------------------------------


def _reason(raw: bytes) -> str:
    """The endpoint's own words, short; empty where there are none."""
    try:
        told = parse(raw)
    except ValueError:
        return ""
    error = told.get("error", told) if isinstance(told, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    return shown(words, LONGEST_REASON) if isinstance(words, str) else ""


def _unwell(name: str, fault: Cut) -> UserError:
    return UserError(
        "{name} does not answer as it should ({why}).",
        "Check its address and the network; what has come is kept.",
        name=name,
        why=fault.why,
    )


def _refusal(name: str, answer: web.Answer, reason: str) -> UserError:
    """The sentence for a status."""
    status = answer.status
    if status in web.REDIRECTS:
        return UserError(
            "{name} sends us on to another address.",
            "If you trust it, enter that address: the key goes only where you say.",
            name=name,
        )
    if status in (401, 403):
        return UserError("{name} refuses the key.", "Correct the key.", name=name)
    if status == 429:
        seconds = round(web.retry_after(answer) or 0)
        if seconds:
            return UserError(
                "{name} is asked too often.",
                "Try again in {seconds} s.",
                name=name,
                seconds=seconds,
            )
        return UserError("{name} is asked too often.", "Try again later.", name=name)
    if status >= 500:
        return UserError(
            "{name} has trouble of its own ({status}).",
            "Try again later.",
            name=name,
            status=status,
        )
    return UserError(
        "{name} refuses the request ({why}).",
        "Check the address, the model's name and the settings.",
        name=name,
        why=reason or status,
    )
