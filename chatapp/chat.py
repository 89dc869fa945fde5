"""The values everyone speaks: messages, requests, events, and the one error meant for people.

Knows no torch, Qt, threads, SQL or files. All are picklable: the engine could be a process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from chatapp.taught import Merged, Preferred, Prepared, Previewed, Sampled, Trained

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from chatapp.cures import Cure
    from chatapp.holding import Holding
    from chatapp.settings import Sampling

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "context", "stopped", "interrupted", "error"]
Stage = Literal[
    "import", "load", "pack", "prefill", "tokenise", "rehearse", "compare", "check", "sample",
    "train", "merge", "ask", "file",
]  # fmt: skip
Value = str | int | float

BUILT_IN = "Built-in guide"  # the built-in model's name, which the window translates
NO_ROWS: frozenset[int] = frozenset()  # of candidates
_UNSAFE = re.compile("[\x00\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Replace by U+FFFD what no text may hold.

    NUL and lone surrogates: SQLite, tokenizers and UTF-8 refuse them. Controls that reorder text:
    it could show other code than it holds, and right-to-left scripts need none of them.
    """
    return _UNSAFE.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; `id` and `parent` place it in the store's tree."""

    role: Role
    text: str
    id: int = 0  # 0 = not stored
    parent: int | None = None
    created: float = 0.0  # seconds since the epoch
    finish: Finish | None = None  # None on a reply = still growing, or cut by a crash
    stats: Stats | None = None
    model: str = ""
    version: int = 1  # 1-based place among the siblings of the same parent
    versions: int = 1
    edited: bool = False  # a person changed what the model wrote
    rating: int = 0  # 1 good, -1 bad


@dataclass(frozen=True, slots=True)
class Request:
    """What one reply needs. `complete` continues the last message's text without a template.

    A last message of the assistant's is continued too; only what is new comes as Text.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    complete: bool = False
    alternatives: int = 0  # likeliest tokens to tell at each place; 0 = tell no probabilities
    adapter: str = ""  # the folder of the one that the model answers with; empty = without


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is loaded, and why it is loaded that way."""

    name: str
    path: str
    device: str
    dtype: str
    why: str  # one sentence: how device and dtype were chosen
    parameters: int
    weights_bytes: int
    context_length: int  # tokens
    chat_template: bool
    thinks: bool = False  # the template knows `enable_thinking`
    suggested: tuple[tuple[str, Value], ...] = ()  # values of Sampling that its maker asks for
    rung: str = ""  # how it is computed: fused or generic, with CUDA graphs or traced
    avoided: str = ""  # why a graphics card that is here does not run it
    remote: str = ""  # who is sent what a person writes; "" = nobody, it runs here


@dataclass(frozen=True, slots=True)
class Choice:
    """A token that could stand at a place. Its chance is the model's own, whatever the knobs do."""

    text: str
    id: int
    chance: float
    special: bool = False  # no text: it ends an answer, or begins another part of a prompt


Groups = tuple[tuple[float, float], ...]  # average chance and number of tokens, likeliest first


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, and what could have stood in its place."""

    text: str  # as it stands in the answer; an incomplete character is part of a later one's
    id: int
    chance: float
    others: tuple[Choice, ...] = ()  # the likeliest, best first, and this one among them
    rest: Groups = ()  # all that are not among the others


@dataclass(frozen=True, slots=True)
class Stats:
    """What an answer cost. Times in seconds, counts in tokens."""

    prompt_tokens: int
    reused_tokens: int
    new_tokens: int
    first_token_s: float
    decode_s: float
    seed: int
    context_length: int
    dropped_messages: int = 0  # the oldest ones, left out because the context was full
    stop_string: str = ""  # the one that ended the answer
    tokens: tuple[Token, ...] = ()  # when the request asked for alternatives

    @property
    def tokens_per_s(self) -> float:
        """Decode speed, first token excluded (its time is the prefill's)."""
        return (self.new_tokens - 1) / self.decode_s if self.decode_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """What an answer was made with: enough to make it again."""

    model: str
    path: str  # the model's folder
    device: str
    dtype: str
    rung: str
    knobs: tuple[tuple[str, Value], ...]  # of Sampling, with the seed that was drawn
    versions: tuple[tuple[str, str], ...]  # library -> version
    opening: str = ""  # what it began with: the person's words, or the part before
    adapter: str = ""  # the folder of the one that answered; empty = without


# -- events: what a job tells while it runs -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer: whole characters, in order."""

    text: str
    row: int = 0  # which of the candidates


@dataclass(frozen=True, slots=True)
class Answered:
    """One of several candidates has ended; the others may go on."""

    row: int
    finish: Finish
    stats: Stats


@dataclass(frozen=True, slots=True)
class Rendered:
    """A request as the model would see it, without an answer."""

    text: str  # the exact prompt, special tokens included
    counts: tuple[int, ...]  # tokens of each message of the request; 0 = left out
    tokens: int  # in all, the template's own included
    limit: int  # the context length
    dropped: int  # the oldest messages that were left out, a system message not counted
    next_dropped: int  # how many more the next overflow would leave out
    ids: tuple[int, ...] = ()  # the tokens, when their borders were asked for
    ends: tuple[int, ...] = ()  # where each of them ends in the text; characters

    @property
    def fits(self) -> bool:
        """A prompt that does not fit has no text, only the number of its tokens."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Scored:
    """The tokens of an answer that stands already, as if they were told when it was written."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What could come next, before any knob reshaped it."""

    best: tuple[Choice, ...]  # the likeliest, best first
    rest: Groups  # all that are not among them


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` in the stage's own unit.

    Bytes in load and pack, tokens in prefill and in a sample, examples while they are tokenised,
    answers in a rehearsal and a comparison, rows in a check, steps in training, layers in a merge.

    "ask" waits for an answer from the network and counts nothing; "file" counts chats, and `total`
    is 0 while it is not known.
    """

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is resident and can answer."""

    info: ModelInfo


@dataclass(frozen=True, slots=True)
class Unloaded:
    """No model is resident any more. Bytes that this process held before and after; 0 = unknown."""

    name: str  # empty: there was none
    before: int = 0
    after: int = 0

    @property
    def returned(self) -> int:
        """What came back."""
        return max(0, self.before - self.after)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: models, entries of the Hub, chats of a file: whatever was asked for."""

    models: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model's download under way. Bytes; `file` is the `number`th of `files`, from 1."""

    model: str
    done: int
    total: int
    bytes_per_s: float
    file: str
    number: int
    files: int
    doing: Literal["fetch", "check", "wait"] = "fetch"  # check: reading again what was kept
    faults: int = 0  # in a row, while it waits for its next try
    tries: int = 0  # how many faults in a row end it
    why: str = ""  # the last of them
    left_s: float = 0.0  # until that try


@dataclass(frozen=True, slots=True)
class Loss:
    """One measured training step; `validation` only where it was evaluated."""

    step: int
    steps: int
    train: float  # nats per counted token
    learning_rate: float
    tokens_per_s: float
    validation: float | None = None
    best: bool = False  # the best state so far, and saved
    preferred: Preferred | None = None  # of the step's pairs
    preferred_unseen: Preferred | None = None  # of those held out, with `validation`


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the device. Bytes, percent, watts, degrees Celsius; None = cannot be read."""

    device: str
    why: str  # empty for a GPU; else why there is no GPU reading
    used_bytes: int | None = None
    total_bytes: int | None = None
    load_percent: float | None = None
    watts: float | None = None
    celsius: float | None = None
    own_bytes: int | None = None  # resident memory of this process
    gpu: bool = False
    own_gpu_bytes: int | None = None  # of the card's memory, this process's part
    others: tuple[tuple[str, int], ...] = ()  # programs beside this one on the card, and bytes
    held_back: Literal["", "heat", "power"] = ""  # why the card does not run faster
    few_bits: bool = True  # 8 and 4 of a weight can be computed in
    devices: tuple[tuple[str, str], ...] = ()  # where a model can run: value of the knob, name


@dataclass(frozen=True, slots=True)
class Listening:
    """The local API takes requests now."""

    url: str


@dataclass(frozen=True, slots=True)
class Served:
    """One request to the local API has been answered. Nothing of what it said is here."""

    at: float  # seconds since the epoch
    method: str
    route: str  # one of the API's own paths, or "-"
    status: int  # of HTTP; 499 = the client left before its answer was complete
    prompt_tokens: int = 0
    new_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The job ended. `finish` says why; `stats` only for a reply."""

    finish: Finish = "stop"
    stats: Stats | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The job could not go on. `details` is empty for a user's error, a traceback for our bug."""

    sentence: str
    remedy: str
    values: tuple[tuple[str, Value], ...] = ()
    details: str = ""
    lost: bool = False  # the accelerator is gone for this process
    cures: tuple[Cure, ...] = ()  # what one click can do about it, the likeliest first

    @property
    def error(self) -> UserError:
        """The same, to be raised or printed."""
        kind = EngineLost if self.lost else UserError
        return kind(self.sentence, self.remedy, *self.cures, **dict(self.values))


Event = (
    Text
    | Answered
    | Rendered
    | Scored
    | Outlook
    | Progress
    | Loaded
    | Unloaded
    | Found
    | Fetched
    | Previewed
    | Prepared
    | Loss
    | Sampled
    | Trained
    | Merged
    | Reading
    | Listening
    | Served
    | Done
    | Failed
)


class UserError(Exception):
    """The environment's fault, told in two templates: what is the case, and what to do next.

    Untranslated, with named values: `UserError("{file} is damaged.", "Download it again.",
    file=name)`. The window fills them in. `cures` is what one click can do about it.
    """

    def __init__(self, sentence: str, remedy: str, *cures: Cure, **values: Value) -> None:
        super().__init__(sentence, remedy)
        self.sentence = sentence
        self.remedy = remedy
        self.cures = cures
        self.values = values

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".format(**self.values)

    def event(self) -> Failed:
        """The same as an event."""
        values, lost = tuple(self.values.items()), isinstance(self, EngineLost)
        return Failed(self.sentence, self.remedy, values, "", lost, self.cures)


class EngineLost(UserError):
    """The accelerator is gone for this process: nothing may touch it again, only a new process."""


class Backend(Protocol):
    """Whatever can answer a request: the local engine, a remote endpoint, a script in a test."""

    info: ModelInfo
    holding: Holding | None  # None = not known

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        """Yield Progress and Text, then exactly one Done. Closing the generator stops the work.

        Each of several candidates also ends with an Answered; Done then counts them together.
        Those in `halted`, to which more may come, end before the others.
        """

    def render(self, request: Request, borders: bool = False) -> Rendered:
        """The prompt of this request, without running the model; `borders` tells its tokens."""

    def score(self, request: Request) -> Iterator[Event]:
        """Progress, then Scored: the tokens of the last message, which is an answer."""

    def outlook(self, request: Request) -> Iterator[Event]:
        """Progress, then Outlook: what the next token could be."""

    def rest(self) -> Iterator[None]:
        """What to do while nobody asks; may be closed at any step."""

    def close(self) -> None:
        """Give the memory back."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the answers of one conversation are to be: what it keeps of its own."""

    system: str = ""  # the system prompt
    preset: str = ""
    knobs: tuple[tuple[str, Value], ...] = ()  # values of Sampling that were changed here
    adapter: str = ""  # the folder of the one that answers; empty = without


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of the sidebar."""

    id: int
    title: str
    updated: float
    leaf: int | None = None  # the message the open branch ends in
    pinned: bool = False  # stands above the others
