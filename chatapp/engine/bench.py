"""The measurements behind `chatapp bench decode|turns|load|train`: ours beside others, in turn.

Every speed stands beside a gate: the same words as transformers' own greedy decoding in float32,
and the distance of this format's scores from float32. Imports no Qt.
"""

from __future__ import annotations

import importlib.metadata
import platform
import statistics
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from transformers.generation.streamers import BaseStreamer

from chatapp import devices, memory
from chatapp.chat import BUILT_IN, UserError
from chatapp.engine import load_bench, train_bench
from chatapp.engine.cache import Buffered
from chatapp.engine.decoding import Decoder, Forward
from chatapp.engine.family import refusal
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused
from chatapp.engine.generic import Generic
from chatapp.engine.graphs import Graphs
from chatapp.engine.holding import bandwidth
from chatapp.engine.ladder import forward_of
from chatapp.engine.linears import Plain
from chatapp.engine.quality import compare, own_text
from chatapp.engine.shapes import numbers_of
from chatapp.engine.subject import ids_of, model_of, require, sizes_of
from chatapp.settings import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

GREEDY = Sampling(temperature=0.0)
FREE = Sampling(temperature=1.0, seed=5, top_k=0, top_p=1.0, min_p=0.0)
NOTHING = -1  # an id that no prompt has: what was read is cut to nothing
PROMPT = 128  # tokens
ORACLE_TOKENS = 64
ORACLE_LAYERS = 2
QUALITY_TOKENS = 512
TURN = {"cpu": (2000, 100), "cuda": (8000, 200)}  # tokens of history, and new ones
PIECES = (512, 416)  # tokens: a prompt that is cut otherwise is the same sums in another order
# Of what that changes, so many times a reused history may differ from one that is read again.
NOISES, LEAST_NOISE = 2.0, 1e-4


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. `tokens` are decoded per run; `model` stands in for the shape."""

    shape: str
    dtype: str
    context: int = PROMPT
    tokens: int = 32
    repeats: int = 3
    model: str = ""
    candidates: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One answer: seconds to its first token, and tokens per second after it."""

    first_s: float
    tokens_per_s: float


def decode(options: Options) -> dict[str, Any]:
    """Tokens per second of our loop and of `generate()` on the same weights, and the gates."""
    _require(options, options.context + options.tokens)
    device = _device()
    figures = _speeds(options, device)  # its model is gone before the oracles are made
    figures["oracle_match"] = _same_words(options)
    figures |= _quality(options) if options.model else {"score_error": _score_error(options)}
    if options.candidates > 1:
        figures["candidates_exact"] = _candidates_exact(options)
    return figures | _about(options, device)


def _speeds(options: Options, device: str) -> dict[str, Any]:
    model = model_of(options.shape, options.model, torch.bfloat16, device)
    forward, path = _forward(model, options)
    ids = ids_of(model, options.model, options.context)
    decoder = _decoder(forward)
    ours = lambda: _our_run(decoder, ids, options.tokens)  # noqa: E731
    theirs = lambda: _their_run(model, ids, options.tokens)  # noqa: E731
    pairs = _interleaved(ours, theirs, options.repeats)
    mine, base = ([pair[side] for pair in pairs] for side in (0, 1))
    gb_s = bandwidth(device)
    speed = _median(run.tokens_per_s for run in mine)
    read = _bytes_per_token(model, forward, options)
    ratios = [a.tokens_per_s / b.tokens_per_s for a, b in pairs]
    return {
        "ratio": round(_median(ratios), 2),
        "ratio_spread": [round(min(ratios), 2), round(max(ratios), 2)],
        "tokens_per_s": round(speed, 1),
        "baseline_tokens_per_s": round(_median(run.tokens_per_s for run in base), 1),
        "ttft_ms": round(1000 * _median(run.first_s for run in mine), 1),
        "baseline_ttft_ms": round(1000 * _median(run.first_s for run in base), 1),
        "ttft_ratio": round(_median(a.first_s / b.first_s for a, b in pairs), 2),
        "bandwidth_gb_s": round(gb_s, 1),
        "roofline_fraction": round(read * speed / gb_s / 1e9, 2),
        "bytes_per_token": read,
        **(_candidates_ratio(decoder, ids, options) if options.candidates > 1 else {}),
        "path": f"{path}, {decoder.rung}",
    }


def turns(options: Options) -> dict[str, Any]:
    """Time to the first token of a second turn, with the history kept and from scratch."""
    device = _device()
    history, new = TURN[device]
    _require(options, history + new)
    model = model_of(options.shape, options.model, torch.bfloat16, device)
    forward, path = _forward(model, replace(options, context=history, tokens=new))
    ids = ids_of(model, options.model, history + new)
    decoder = Decoder(forward, model.device)
    noise = _apart(*(_in_pieces(forward, ids, size) for size in PIECES))  # and a warm-up
    pairs, apart, losses = [], [], []
    for _ in range(options.repeats):
        decoder.forget()
        scratch_s, scratch = _first_scores(decoder, ids)
        decoder.resume([*ids[:history], 0])  # as if the first turn had just been answered
        reuse_s, reuse = _first_scores(decoder, ids)
        pairs.append((scratch_s, reuse_s))
        apart.append(_apart(scratch, reuse))
        lost = (scratch.max() - scratch[reuse.argmax()]) / scratch.std()
        losses.append(float(lost))  # by the word that the reused history would choose
    scratch_ms, reuse_ms = (1000 * _median(p[side] for p in pairs) for side in (0, 1))
    return {
        "ratio": round(_median(a / b for a, b in pairs), 1),
        "scratch_ttft_ms": round(scratch_ms, 1),
        "reuse_ttft_ms": round(reuse_ms, 1),
        "history_tokens": history,
        "new_tokens": new,
        "exact": max(*apart, *losses) <= max(NOISES * noise, LEAST_NOISE),
        "same_words": sum(not lost for lost in losses),
        "score_difference": round(max(apart), 4),
        "kernel_noise": round(noise, 4),
        "path": path,
    } | _about(options, device)


def load(options: Options) -> dict[str, Any]:
    """GB per second of reading the weights, beside `from_pretrained`."""
    _require(options, 0)
    figures = load_bench.measure(options.shape, options.model, options.dtype, options.repeats)
    return figures | _about(options, _device())


def train(options: Options) -> dict[str, Any]:
    """Tokens per second of our training loop, beside a plain one; of the guide without a model."""
    figures = train_bench.measure(options.model, options.dtype, options.repeats)
    own = {"shape": options.model or BUILT_IN, "dtype": figures["precision"]}
    about = _about(options, _device()) | own
    return figures | about


CASES: dict[str, Callable[[Options], dict[str, Any]]] = {
    "decode": decode,
    "turns": turns,
    "load": load,
}


def _require(options: Options, tokens: int) -> None:
    require(options.shape, options.model, options.dtype, tokens, ORACLE_LAYERS)


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _forward(model: Any, options: Options) -> tuple[Forward, str]:
    limit = options.context + options.tokens + 8
    return forward_of(model, limit, options.dtype)


def _decoder(forward: Forward) -> Decoder:
    """As a loaded model decodes: with recorded steps where there is CUDA."""
    device = torch.device(_device())
    if device.type != "cuda" or not isinstance(forward, Buffered):
        return Decoder(forward, device)
    return Decoder(forward, device, Graphs(forward, device))


def _bytes_per_token(model: Any, forward: Forward, options: Options) -> int:
    """What one step must read: the weights, and the keys and values of the context.

    Of the input embedding it reads a row; a tied table counts, for it gives the scores.
    """
    if isinstance(forward, Fused):
        read, dtype = forward.bytes_per_token, options.dtype
    else:
        table, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
        read, dtype = sum(weight.nbytes for weight in model.parameters()), "bfloat16"
        read -= 0 if head is table else table.nbytes
    shape = sizes_of(options.shape, options.model)
    if shape is None:
        return read
    number = memory.number_bytes(shape, dtype, "cuda" if model.device.type == "cuda" else "cpu")
    return read + memory.kv_bytes(shape, options.context, number, windows=True)


@torch.inference_mode()
def _our_run(decoder: Decoder, ids: list[int], tokens: int) -> Run:
    decoder.resume([NOTHING])
    began = time.perf_counter()
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    times = [time.perf_counter() for _ in decoder.decode(GREEDY, ids, tokens)]
    return Run(times[0] - began, (len(times) - 1) / (times[-1] - times[0]))


class _Clock(BaseStreamer):
    """Notes when each token arrives; the first call brings the prompt."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: torch.Tensor) -> None:
        """A token, or the prompt."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Nothing is held back."""


def _their_run(model: Any, ids: list[int], tokens: int) -> Run:
    clock = _Clock()
    arguments = {
        "input_ids": torch.tensor([ids], device=model.device),
        "attention_mask": torch.ones(1, len(ids), dtype=torch.long, device=model.device),
        "max_new_tokens": tokens,
        "min_new_tokens": tokens,
        "do_sample": False,
        "pad_token_id": 0,
        "streamer": clock,
    }
    ours = torch.backends.cuda.cudnn_sdp_enabled()
    torch.backends.cuda.enable_cudnn_sdp(True)  # as torch ships it
    began = time.perf_counter()
    thread = threading.Thread(target=model.generate, kwargs=arguments)
    thread.start()
    thread.join()
    torch.backends.cuda.enable_cudnn_sdp(ours)
    times = clock.times[1:]
    return Run(times[0] - began, (len(times) - 1) / (times[-1] - times[0]))


def _interleaved(
    ours: Callable[[], Run], theirs: Callable[[], Run], repeats: int
) -> list[tuple[Run, Run]]:
    ours(), theirs()  # warm-up
    return [(ours(), theirs()) for _ in range(repeats)]


def _oracle(options: Options) -> Any:
    """In float32 on the CPU: two layers of a shape, the whole of a real model."""
    return model_of(options.shape, options.model, torch.float32, "cpu", ORACLE_LAYERS)


@torch.inference_mode()
def _same_words(options: Options) -> bool:
    """In float32: 64 greedy tokens equal to those of `generate()`."""
    model = _oracle(options)
    ids = ids_of(model, options.model, 16)
    out = model.generate(
        torch.tensor([ids]), max_new_tokens=ORACLE_TOKENS, do_sample=False, pad_token_id=0
    )
    decoder = _exact(model, len(ids) + ORACLE_TOKENS)
    return _written(decoder, ids, GREEDY, ORACLE_TOKENS)[0] == out[0, len(ids) :].tolist()


def _exact(model: Any, room: int) -> Decoder:
    forward = Generic(model) if refusal(model) else Fused(model, Plain, room)
    return Decoder(forward, torch.device("cpu"))


def _written(
    decoder: Decoder, ids: list[int], knobs: Sampling, tokens: int, rows: int = 1
) -> list[list[int]]:
    """The tokens of each row."""
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    steps = list(decoder.decode(knobs, ids, tokens, rows))
    return [[picks[row].token for picks in steps] for row in range(rows)]


@torch.inference_mode()
def _candidates_ratio(decoder: Decoder, ids: list[int], options: Options) -> dict[str, Any]:
    """The time of N answers at once, in times of one."""

    def seconds(rows: int) -> float:
        began = time.perf_counter()
        _written(decoder, ids, FREE, options.tokens, rows)
        return time.perf_counter() - began

    seconds(1), seconds(options.candidates)  # warm-up
    pairs = [(seconds(options.candidates), seconds(1)) for _ in range(options.repeats)]
    return {
        "candidates": options.candidates,
        "candidates_ratio": round(_median(many / one for many, one in pairs), 2),
    }


@torch.inference_mode()
def _candidates_exact(options: Options) -> bool:
    """In float32 each of N answers at once is the answer of its own seed, alone."""
    model = _oracle(options)
    exact, few = _exact(model, 16 + ORACLE_TOKENS), ids_of(model, options.model, 16)
    together = _written(exact, few, FREE, ORACLE_TOKENS, options.candidates)
    alone = [
        _written(exact, few, replace(FREE, seed=FREE.seed + row), ORACLE_TOKENS)[0]
        for row in range(options.candidates)
    ]
    return together == alone


@torch.inference_mode()
def _quality(options: Options) -> dict[str, Any]:
    """What this format costs in words, on text that the model itself finds likely."""
    model = _oracle(options)
    limit = getattr(model.config, "max_position_embeddings", QUALITY_TOKENS)
    count = min(QUALITY_TOKENS, limit)
    start = ids_of(model, options.model, 1)[0]
    ids = own_text(_exact(model, count), start, count)
    forward, _ = forward_of(model, count, options.dtype)
    return compare(model, forward, ids)


@torch.inference_mode()
def _score_error(options: Options) -> float:
    """Rms distance of this format's scores from float32, in their standard deviations.

    Read one id at a time, as in decoding; two layers of the shape, the same weights.
    """
    model = _oracle(options)
    if refusal(model):
        return 0.0
    ids = torch.tensor([ids_of(model, options.model, 16)])
    exact = model(ids).logits[0, -1]
    fused = Fused(model, FORMATS[options.dtype], ids.shape[1])
    fused.record()
    for place in range(ids.shape[1]):
        scores = fused.run(ids[:, place : place + 1])[0].float()
    return round(float((scores - exact).square().mean().sqrt() / exact.std()), 4)


@torch.inference_mode()
def _first_scores(decoder: Decoder, ids: list[int]) -> tuple[float, torch.Tensor]:
    began = time.perf_counter()
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    return time.perf_counter() - began, decoder.scores.float().clone()


@torch.inference_mode()
def _in_pieces(forward: Forward, ids: list[int], size: int) -> torch.Tensor:
    """The scores behind ids that are read `size` at a time."""
    forward.forget()
    device = torch.device(_device())
    for start in range(0, len(ids), size):
        scores = forward.run(torch.tensor([ids[start : start + size]], device=device))
    return scores[0].float().clone()


def _apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """Rms distance of the scores, in their standard deviations."""
    return float((one - other).square().mean().sqrt() / one.std())


def _median(values: Any) -> float:
    return float(statistics.median(values))


def _about(options: Options, device: str) -> dict[str, Any]:
    machine = devices.summary()
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return {
        "shape": options.model or options.shape,
        "dtype": options.dtype,
        "context": options.context,
        "tokens": options.tokens,
        "repeats": options.repeats,
        "device": name,
        "driver": next((gpu["driver"] for gpu in machine["gpus"]), "") if device == "cuda" else "",
        "cpu": machine["cpu"],
        "cores": machine["cores"],
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": importlib.metadata.version("transformers"),
    }


def check(shape: str, dtype: str) -> None:
    """Raises UserError for a shape or a format that is not known."""
    numbers_of(shape)
    if dtype not in FORMATS:
        raise UserError(
            "{name} is not known here.", "Choose from {known}.", name=dtype,
            known=", ".join(FORMATS),
        )  # fmt: skip
