"""`Local`: the backend that runs a model in this process, one reply told as a recipe.

Knows nothing about Qt, threads, SQL or cancelling: whoever drives the generator closes it.
"""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import torch

from chatapp import memory, places
from chatapp.chat import (
    NO_ROWS,
    Answered,
    Done,
    Event,
    Finish,
    ModelInfo,
    Progress,
    Rendered,
    Stats,
    Text,
    UserError,
)
from chatapp.engine import faults, placing
from chatapp.engine.adapted import Base, Wardrobe
from chatapp.engine.answer import Answer
from chatapp.engine.cache import Buffered, Shelf
from chatapp.engine.context import Context
from chatapp.engine.decoding import CHUNK_S, Decoder
from chatapp.engine.generic import open_heads
from chatapp.engine.graphs import Graphs
from chatapp.engine.holding import known_bandwidth, measure, weights_bytes
from chatapp.engine.insight import Insight
from chatapp.engine.ladder import climb
from chatapp.engine.loading import Resident, load
from chatapp.engine.prompt import Prompt, Stopper
from chatapp.engine.sampling import SEEDS, seeded
from chatapp.engine.spreading import is_spread
from chatapp.settings import stops

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Set

    from chatapp.cards import Kind
    from chatapp.chat import Request
    from chatapp.engine.decoding import Forward
    from chatapp.engine.sampling import Pick
    from chatapp.holding import Holding
    from chatapp.library import Model
    from chatapp.settings import Loading

log = logging.getLogger(__name__)

UNTOLD = 2048  # tokens: the context of a model whose config does not tell, as older ones had
SPREAD_CHUNK_S = 10.0  # where the way of the weights costs the same for any number of tokens
SHELF_BYTES = 8 << 30  # of other conversations' keys and values, at most
KINDS: dict[str, Kind] = {"cuda": "cuda", "mps": "apple", "cpu": "cpu"}  # as forecasts name them
WAYS = {"eager": "", "traced": ", traced", "graph": ", CUDA graphs"}  # of launching steps
NOTHING = -1  # an id that no tokenizer has


class Local:
    """One resident model. Make it with `open`; all calls come from one thread."""

    def __init__(
        self,
        name: str,
        path: Path,
        resident: Resident,
        knobs: Loading,
        context_length: int,
        way: tuple[Forward, str],
    ) -> None:
        """`way` is the forward that computes, and its name."""
        model = self.model = resident.model
        self.prompt = Prompt(resident.tokenizer, model.get_input_embeddings().num_embeddings)
        self.forward, rung = way
        shelf = Shelf(min(SHELF_BYTES, psutil.virtual_memory().available // 4))
        chunk_s = SPREAD_CHUNK_S if is_spread(model) else CHUNK_S
        heads = 0 if rung == "fused" else open_heads(model)
        self.decoder = Decoder(self.forward, model.device, self._graphs(), shelf, chunk_s, heads)
        self.wardrobe = Wardrobe(
            self.forward, model, self.decoder, Base(name, path, resident.facts.files)
        )
        self._ends = self.prompt.ends(model.generation_config)
        self._last: _Last | None = None
        self._context = Context(self.prompt, context_length)
        self._device, self._shape = model.device, resident.facts.shape
        self._prompt_tokens = 0  # of the last one
        self._insight = Insight(self.prompt, self.decoder, self._context)
        self.info = ModelInfo(
            name=name,
            path=str(path),
            device=placing.name_of(resident.device),
            dtype=resident.format,
            why=resident.why,
            avoided=placing.avoided(knobs.device, resident.device),
            parameters=resident.parameters,
            weights_bytes=weights_bytes(model, self.forward),
            context_length=context_length,
            chat_template=self.prompt.has_template,
            thinks=self.prompt.thinks,
            suggested=resident.facts.suggested,
            rung=f"{rung}{WAYS[self.decoder.rung]}",
        )
        self.holding: Holding | None = None
        self._gb_s = 0.0  # what the device reads, once it was measured
        self._account(1, 0)

    @classmethod
    def open(cls, model: Model, knobs: Loading) -> Generator[Event, None, Local]:
        """Load a model of the library, yielding Progress."""
        device = torch.device(placing.device_of(knobs.device))
        try:
            return (yield from cls._open(model, knobs))
        except Exception as error:
            fault = faults.fault_of(error, device)
            if fault is None:
                raise
        if isinstance(fault, faults.Lack):  # here, where the error's traceback holds no tensors
            fault = fault.of_load(model.name, model.bytes)
        raise fault

    @classmethod
    def _open(cls, model: Model, knobs: Loading) -> Generator[Event, None, Local]:
        path = Path(model.path)
        resident = yield from load(path, knobs)
        positions = resident.facts.context_length or min(UNTOLD, _positions(resident.model))
        context_length = min(knobs.context_length, positions)
        way = yield from climb(
            resident.model, context_length, resident.format, device=resident.device
        )
        return cls(model.name, path, resident, knobs, context_length, way)

    @torch.inference_mode()
    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        """Progress and Text, then one Done. Closing it keeps what was read for the next turn."""
        yield from self._surviving(request, self._reply(request, halted))

    @torch.inference_mode()
    def score(self, request: Request) -> Iterator[Event]:
        """Progress, then Scored: the tokens of the last message, which is an answer."""
        yield from self._surviving(request, self._insight.score(request))

    @torch.inference_mode()
    def outlook(self, request: Request) -> Iterator[Event]:
        """Progress, then Outlook: what the next token could be."""
        yield from self._surviving(request, self._insight.outlook(request))

    def _surviving(self, request: Request, events: Iterator[Event]) -> Iterator[Event]:
        """The same; an error leaves a decoder that can be used, and memory for the next answer."""
        placing.enter(self._device)
        try:
            self.wardrobe.wear(request.adapter)
            yield from events
            return
        except (GeneratorExit, UserError):
            raise
        except BaseException as error:
            fault = faults.fault_of(error, self._device)
            if fault is None:
                self.decoder.forget()
                raise
        if isinstance(fault, faults.Lack):
            self.decoder.forget()
            fault = fault.of_reply(self.info.device, self._least_bytes(request))
        raise fault

    def render(self, request: Request, borders: bool = False) -> Rendered:
        """The prompt of this request, and what the next overflow would leave out."""
        return self._context.render(request, borders)

    @torch.inference_mode()
    def rest(self) -> Iterator[None]:
        """Read the history as the next prompt will show it, while the person reads the answer.

        A template may drop the thoughts of earlier turns, and text may be cut into other tokens
        than it was written in. After a look elsewhere, it is read again. Closing it at any step is
        fine: the next rest goes on from there.
        """
        placing.enter(self._device)
        if not self._gb_s:
            with contextlib.suppress(RuntimeError, MemoryError):  # full: there is time later
                self._gb_s = known_bandwidth(str(self._device))
            if self.holding:
                self.holding = replace(self.holding, bandwidth_gb_s=self._gb_s)
        fault = None
        ids = self._history(self._last) if self._last else self._insight.left
        if not self.decoder.has_read(ids):
            try:
                for _ in self.decoder.prefill(ids, self.decoder.resume([*ids, NOTHING])):
                    yield
            except Exception as error:
                self._last, self._insight.left = None, []
                fault = faults.fault_of(error, self._device)
                self.decoder.forget()
                if not isinstance(fault, faults.Lack):
                    raise
        self._last, self._insight.left = None, []
        if fault:  # nobody asked for this: the next prompt is read from its beginning
            faults.give_back(self._device)

    def close(self) -> None:
        """Drop the model and give its memory back."""
        del self.decoder, self.forward, self.model, self.wardrobe, self._insight
        faults.give_back(self._device)

    def _history(self, last: _Last) -> list[int]:
        """What every next prompt will begin with; empty where nobody can tell."""
        if last.request.complete or not self.prompt.has_template:
            return []
        asked = last.request.messages
        answer = replace(asked[-1], role="assistant", text=last.text)
        if asked[-1].role == "assistant":
            answer, asked = replace(answer, text=asked[-1].text + last.text), asked[:-1]
        try:
            ids = self.prompt.history((*asked, answer), last.request.sampling.thinking)
        except UserError:  # of a template that wants something else next: the next turn tells
            return []
        return ids if len(ids) < self.info.context_length else []

    def _graphs(self) -> Graphs | None:
        """Recorded steps, where there is CUDA and a forward that can be recorded."""
        if self.model.device.type != "cuda" or not isinstance(self.forward, Buffered):
            return None
        return Graphs(self.forward, self.model.device, places.data() / "capturing")

    def _reply(self, request: Request, halted: Set[int]) -> Iterator[Event]:
        began = time.perf_counter()
        knobs = seeded(request.sampling)
        ids, dropped = self._context.fit(request)  # 1 messages -> ids that leave room to answer
        kept = self.decoder.resume(ids)  # 2 reuse the cache up to the first difference
        self._last, self._insight.left, self._prompt_tokens = None, [], len(ids)
        self._context.forget(request, dropped)
        yield from self.decoder.prefill(ids, kept)  # 3 read the rest in chunks

        self._account(1, len(ids))
        room = self.info.context_length - len(ids)
        limit = min(knobs.max_new_tokens, room)
        rows = knobs.candidates if knobs.temperature else 1  # greedy ones would be equal
        begun = Stats(
            prompt_tokens=len(ids),
            reused_tokens=kept,
            new_tokens=0,
            first_token_s=0.0,
            decode_s=0.0,
            seed=knobs.seed,
            context_length=self.info.context_length,
            dropped_messages=dropped,
        )
        answers = [self._answer(request, ids) for _ in range(rows)]
        if opening := self._opening(request, ids):
            for row in range(rows):
                yield Text(opening, row)
        told, written = request.alternatives, 0
        for picks in self.decoder.decode(knobs, ids, limit, rows, told):  # 4 a token a row
            if not picks:  # memory was full: what was read is read again
                yield Progress("prefill", self.decoder.length, len(ids))
            for pick in picks:
                if answers[pick.row].finish is None:  # 5 tokens -> text, until it ends
                    yield from self._grow(answers, pick, begun, began)
            yield from _halt(answers, halted, begun, began)
            written += bool(picks)
            if self.holding:  # so that it can be told while it goes on
                self.holding = replace(self.holding, context_left=max(0, room - written))
            going = [row for row, answer in enumerate(answers) if answer.finish is None]
            if not going:
                break
            if 2 * len(going) <= len(picks):
                self.decoder.narrow(going)
        for row, answer in enumerate(answers):  # 6 what an incomplete character held back
            if answer.finish is None:
                if piece := answer.close("context" if limit == room else "length"):
                    yield Text(piece, row)
                if rows > 1:
                    yield Answered(row, *_ended(answer, begun, began, row))
        self._last = _Last(request, opening + answers[0].text)
        finish, stats = _ended(answers[0], begun, began)
        self._account(rows, len(ids) + stats.new_tokens)
        yield Done(finish, stats)  # 7 what it cost

    def _account(self, rows: int, used: int) -> None:
        """What is held now, with so many rows and so many tokens of the context used."""
        left = self.info.context_length - used
        self.holding = measure(self.model, self.forward, rows, left, self._gb_s)

    def _least_bytes(self, request: Request) -> int:
        """The keys and values of the prompt that was read last, a copy for each candidate."""
        if self._shape is None:
            return 0
        number = memory.number_bytes(self._shape, self.info.dtype, KINDS[self._device.type])
        rows = request.sampling.candidates
        return rows * memory.kv_bytes(self._shape, self._prompt_tokens, number)

    def _grow(
        self, answers: list[Answer], pick: Pick, begun: Stats, began: float
    ) -> Iterator[Event]:
        answer = answers[pick.row]
        if piece := answer.push(pick):
            yield Text(piece, pick.row)
        if answer.finish is not None and len(answers) > 1:
            yield Answered(pick.row, *_ended(answer, begun, began, pick.row))

    def _answer(self, request: Request, ids: list[int]) -> Answer:
        goes_on = request.complete or request.messages[-1].role == "assistant"
        reader = self.prompt.detokenizer(ids if goes_on else [])
        stopper = Stopper(stops(request.sampling.stop_strings))
        return Answer(reader, stopper, self._ends, self.prompt.choice)

    def _opening(self, request: Request, ids: list[int]) -> str:
        """What the template wrote of the answer, unless it is there already."""
        if request.complete or request.messages[-1].role == "assistant":
            return ""
        return self.prompt.opening(ids)


@dataclass(frozen=True, slots=True)
class _Last:
    """The answer that was given last, until the history is read anew."""

    request: Request
    text: str


def _ended(answer: Answer, begun: Stats, began: float, row: int = 0) -> tuple[Finish, Stats]:
    """Why an answer ended, and what it cost; a candidate is told with the seed that it had."""
    stats = answer.stats(begun, began)
    return answer.finish or "stop", replace(stats, seed=(stats.seed + row) % SEEDS)


def _halt(answers: list[Answer], halted: Set[int], begun: Stats, began: float) -> Iterator[Event]:
    """End those that a person has seen enough of."""
    for row in sorted(halted):
        if row < len(answers) and answers[row].finish is None:
            if piece := answers[row].close("stopped"):
                yield Text(piece, row)
            if len(answers) > 1:
                yield Answered(row, *_ended(answers[row], begun, began, row))


def _positions(model: Any) -> int:
    """How many the architecture has where config.json does not tell: GPT-2 has a table of 1,024."""
    told = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return told if isinstance(told, int) and told > 0 else UNTOLD
