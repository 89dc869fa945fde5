"""`Local`: the backend that runs a model in this process, one reply told as a recipe.

Knows nothing about Qt, threads, SQL or cancelling: whoever drives the generator closes it.
"""

from __future__ import annotations

import gc
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from chatapp.chat import (
    Done,
    EngineLost,
    Event,
    Finish,
    Message,
    ModelInfo,
    Stats,
    Text,
    UserError,
)
from chatapp.engine.decoding import Decoder, Forward
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused, refusal
from chatapp.engine.generic import Generic
from chatapp.engine.loading import Resident, load
from chatapp.engine.prompt import Prompt
from chatapp.engine.sampling import Sampler

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from chatapp.chat import Request
    from chatapp.library import Model
    from chatapp.settings import Loading

log = logging.getLogger(__name__)

UNTOLD = 2048  # tokens: the context of a model whose config does not tell, as older ones had
MISFITS = {35, 209, 803}  # CUDA: the driver or this build of PyTorch does not fit the card
KEPT_SHARE = 0.5  # after a full context: forget whole turns until this share is used


class Local:
    """One resident model. Make it with `open`; all calls come from one thread."""

    def __init__(self, name: str, path: Path, resident: Resident, knobs: Loading) -> None:
        model = self.model = resident.model
        self.prompt = Prompt(resident.tokenizer, model.get_input_embeddings().num_embeddings)
        weights, parameters = sum(p.nbytes for p in model.parameters()), model.num_parameters()
        context_length = min(knobs.context_length, resident.facts.context_length or UNTOLD)
        self.forward, self.path = forward_of(model, context_length, resident.format)
        self.decoder = Decoder(self.forward, model.device)
        self._ends = self.prompt.ends(model.generation_config)
        self._vocab = model.get_output_embeddings().out_features
        self._device = resident.device
        self.info = ModelInfo(
            name=name,
            path=str(path),
            device=_device_name(resident.device),
            dtype=resident.format,
            why=resident.why,
            parameters=parameters,
            weights_bytes=weights,
            context_length=context_length,
            chat_template=self.prompt.has_template,
        )

    @classmethod
    def open(cls, model: Model, knobs: Loading) -> Generator[Event, None, Local]:
        """Load a model of the library, yielding Progress."""
        path = Path(model.path)
        try:
            resident = yield from load(path, knobs)
            return cls(model.name, path, resident, knobs)
        except (torch.OutOfMemoryError, MemoryError):
            pass  # raised below, where the traceback holds no tensors any more
        except RuntimeError as error:
            _tell_lost(error)
            if not _is_full(error):
                raise
        _give_back()
        raise UserError(
            "There is not enough memory to load {name} ({gb} GB).",
            "Close other programs, choose a smaller model, or set a smaller precision.",
            name=model.name,
            gb=round(model.bytes / 1e9, 1),
        )

    @torch.inference_mode()
    def stream(self, request: Request) -> Iterator[Event]:
        """Progress and Text, then one Done. Closing it keeps what was read for the next turn."""
        try:
            yield from self._reply(request)
            return
        except (GeneratorExit, UserError):
            raise
        except (torch.OutOfMemoryError, MemoryError):
            self.decoder.forget()  # and raise below, without the frames that hold tensors
        except RuntimeError as error:
            _tell_lost(error)
            self.decoder.forget()
            if not _is_full(error):
                raise
        except BaseException:
            self.decoder.forget()
            raise
        _give_back()
        raise UserError(
            "{device} ran out of memory. The text so far is kept.",
            "Shorten the context in the Model tab, or choose a smaller model.",
            device=self.info.device,
        )

    def close(self) -> None:
        """Drop the model and give its memory back."""
        del self.decoder, self.forward, self.model
        _give_back()

    def _reply(self, request: Request) -> Iterator[Event]:
        began = time.perf_counter()
        ids, dropped = self._fit(request)  # 1 messages -> ids that leave room to answer
        kept = self.decoder.resume(ids)  # 2 reuse the cache up to the first difference
        sampler = Sampler(request.sampling, ids, self._vocab, self._device)  # 3 seed once
        yield from self.decoder.prefill(ids, kept)  # 4 read the rest in chunks

        room = self.info.context_length - len(ids)
        limit = min(request.sampling.max_new_tokens, room)
        finish: Finish = "context" if limit == room else "length"
        reader = self.prompt.detokenizer()
        count, first = 0, 0.0
        for token in self.decoder.decode(sampler, limit):  # 5 one token at a time
            count += 1
            first = first or time.perf_counter()
            if token in self._ends:
                finish = "stop"
                break
            if piece := reader.push(token):
                yield Text(piece)
        if piece := reader.flush():  # 6 what an incomplete character held back
            yield Text(piece)
        yield Done(  # 7 what it cost
            finish,
            Stats(
                prompt_tokens=len(ids),
                reused_tokens=kept,
                new_tokens=count,
                first_token_s=first - began,
                decode_s=time.perf_counter() - first,
                seed=sampler.seed,
                context_length=self.info.context_length,
                dropped_messages=dropped,
            ),
        )

    def _fit(self, request: Request) -> tuple[list[int], int]:
        """The prompt's ids, and how many of the oldest messages had to be left out.

        When the context is full, whole turns go in one block, down to half of it: dropping one
        turn each time would change the prompt's beginning and re-read everything every time.
        """
        messages = request.messages
        limit = self.info.context_length
        ids = self.prompt.ids(messages, request.complete)
        if len(ids) < limit:
            return ids, 0
        head = tuple(m for m in messages[:1] if m.role == "system")
        turns = messages[len(head) :]
        while later := _without_oldest_turn(turns):
            turns = later
            ids = self.prompt.ids(head + turns, request.complete)
            if len(ids) <= limit * KEPT_SHARE:
                break
        if len(ids) < limit:
            return ids, len(messages) - len(head) - len(turns)
        raise UserError(
            "This message needs {needed} tokens; {limit} fit.",
            "Shorten it, or raise the context length in the Model tab if the model allows.",
            needed=len(ids),
            limit=limit - 1,
        )


CHECKED = 4  # ids on which the fast path must agree with transformers before it is used
AGREES = 0.1  # rms, of the scores' standard deviation; bfloat16 itself is off by a few hundredths


@torch.inference_mode()
def forward_of(model: Any, context_length: int, precision: str) -> tuple[Forward, str]:
    """The fastest forward that gives this model's scores, and which one it is.

    Raises UserError where only the fast one could give what was asked for.
    """
    generic = Generic(model)
    reason = refusal(model)
    if not reason:
        fused = Fused(model, FORMATS[precision], context_length)
        ids = torch.arange(CHECKED, device=model.device)[None]
        ours, theirs = fused.run(ids).float(), generic.run(ids).float()
        fused.forget()
        generic.forget()
        if (ours - theirs).square().mean().sqrt() <= AGREES * theirs.std():
            if precision == "int8":
                fused.release(model)
            return fused, "fused"
        reason = "its scores differ from transformers'"
    log.info("decoding: transformers' own forward is used, because %s", reason)
    if precision == "int8":
        raise UserError(
            "This model cannot run in 8 bits in this version.", "Choose bfloat16 or float16."
        )
    return generic, "generic"


def _without_oldest_turn(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """From the next user message on; empty when there is none."""
    for place, message in enumerate(messages[1:], start=1):
        if message.role == "user":
            return messages[place:]
    return ()


def _is_full(error: RuntimeError) -> bool:
    """Out of memory, told by a library below torch."""
    return any(sign in str(error) for sign in ("out of memory", "STATUS_ALLOC_FAILED"))


def _tell_lost(error: RuntimeError) -> None:
    """Raise EngineLost when this error means that only a new process can use the accelerator."""
    kind = getattr(torch, "AcceleratorError", ())  # older versions raise a bare RuntimeError
    told = isinstance(error, kind) or "CUDA error" in str(error)
    if not told or _is_full(error):
        return
    log.info("the accelerator is lost: %s", error)
    if getattr(error, "error_code", None) in MISFITS or "no kernel image" in str(error):
        raise UserError(
            "The graphics card does not fit the installed PyTorch.",
            "Choose CPU as the device in the Model tab.",
        ) from None
    raise EngineLost(
        "The graphics card stopped working for ChatApp.",
        "ChatApp opens again by itself; everything is saved.",
    ) from None


def _device_name(device: str) -> str:
    if device == "cuda":
        return torch.cuda.get_device_name()
    return {"mps": "Apple GPU", "cpu": "CPU"}[device]


def _give_back() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
