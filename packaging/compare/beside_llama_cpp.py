"""Our decoding beside llama.cpp's: same random weights, same bits, turn about in one run.

For maintainers; nothing of it is a dependency of the program. In an environment that has chatapp:

    pip install llama-cpp-python gguf        # builds llama.cpp for this machine, 10 to 20 minutes
    python packaging/compare/beside_llama_cpp.py --shape qwen2.5-0.5b --format f16 q8_0

Per shape and format: a random model of `chatapp.engine.shapes`, written as GGUF to a temporary
folder; then a 128-token prompt and 64 tokens, ours, llama.cpp's, ours ... llama.cpp has processes
of its own, which sleep while we compute, and is measured twice: with its weights repacked for this
CPU, the default, and as the file has them. Repacked it reads the prompt one token at a time: its
kernels for Intel's matrix unit end the process in some virtual machines. Prints one JSON object per
shape and format: `ratio` is ours to the faster of the two, `llama_cpp_ttft_ms` is of the plain one;
`score_error` is the rms distance of the two programs' scores for the token after the prompt, in
standard deviations: it shows that both compute the same model. A round in which other programs
took more than `--quiet` of the CPU does not count, and comes again until `--patience` seconds are
over: both sides wait for their slowest thread, so a shared core makes any ratio.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import importlib.util
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also where chatapp is not installed

from chatapp.settings import Sampling

QUIET = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda *_: None)
GREEDY = Sampling(temperature=0.0)
WAYS = ("repacked", "plain")
FORMATS = {"f16": "float16", "q8_0": "int8"}  # llama.cpp's name -> ours
NEEDED = {"llama_cpp": "llama-cpp-python", "gguf": "gguf"}
PROMPT, TOKENS = 128, 64


def missing() -> str:
    """One sentence that names the packages to install; empty when all are there."""
    packages = [
        package for name, package in NEEDED.items() if importlib.util.find_spec(name) is None
    ]
    if not packages:
        return ""
    return f"This comparison needs: pip install {' '.join(packages)}"


def write_gguf(model: Any, path: Path, kind: str) -> None:
    """A Llama or Qwen2 model of transformers as GGUF: 2-D weights in `kind`, the rest in float32.

    There is no vocabulary in the file: ids go in and come out.
    """
    import gguf

    config = model.config
    quant = {"f16": gguf.GGMLQuantizationType.F16, "q8_0": gguf.GGMLQuantizationType.Q8_0}[kind]
    writer = gguf.GGUFWriter(path, config.model_type)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("no_vocab")
    names = gguf.get_tensor_name_map(
        {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2}[config.model_type],
        config.num_hidden_layers,
    )
    for name, value in model.named_parameters():  # a tied head is told once
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        tensor = _turned(name, value, config).float().numpy()
        as_type = quant if tensor.ndim == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(target, gguf.quants.quantize(tensor, as_type), raw_dtype=as_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _turned(name: str, value: Any, config: Any) -> Any:
    """For `llama`, GGUF keeps the two numbers of a rotation side by side; transformers in halves.

    Both halves of each head, (heads, 2, half, in), become pairs, (heads, half, 2, in).
    """
    heads = {
        "q_proj": config.num_attention_heads,
        "k_proj": config.num_key_value_heads,
    }.get(name.split(".")[-2])
    if config.model_type != "llama" or heads is None:
        return value
    return value.view(heads, 2, -1, *value.shape[1:]).transpose(1, 2).reshape(value.shape)


class LlamaCpp:
    """llama.cpp through its own C interface: no Python between two tokens but one call each."""

    def __init__(self, path: str, threads: int, way: str) -> None:
        import llama_cpp as api

        self._api = api
        api.llama_log_set(QUIET, None)
        of_model = api.llama_model_default_params()
        of_model.use_extra_bufts = way == "repacked"
        self._model = api.llama_model_load_from_file(path.encode(), of_model)
        of_context = api.llama_context_default_params()
        of_context.n_ctx = PROMPT + TOKENS + 64
        of_context.n_batch = PROMPT
        of_context.n_ubatch = 1 if way == "repacked" else PROMPT
        of_context.n_threads = of_context.n_threads_batch = threads
        self._context = api.llama_init_from_model(self._model, of_context)
        self._greedy = api.llama_sampler_init_greedy()

    def prefill(self, ids: list[int]) -> None:
        """Forget what was read, then read ids."""
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), True)
        self._read(ids)

    def decode(self, tokens: int) -> Any:
        """So many ids, greedily."""
        for _ in range(tokens):
            token = self._api.llama_sampler_sample(self._greedy, self._context, -1)
            yield token
            self._read([token])

    def scores(self) -> Any:
        """(vocabulary,) of the position after the last one read."""
        import numpy

        vocabulary = self._api.llama_vocab_n_tokens(self._api.llama_model_get_vocab(self._model))
        pointer = self._api.llama_get_logits_ith(self._context, -1)
        return numpy.ctypeslib.as_array(pointer, shape=(vocabulary,)).copy()

    def _read(self, ids: list[int]) -> None:
        array = (ctypes.c_int32 * len(ids))(*ids)
        batch = self._api.llama_batch_get_one(array, len(ids))
        if self._api.llama_decode(self._context, batch):
            raise RuntimeError("llama.cpp could not read the tokens")


def answer_calls(pipe: Any, path: str, threads: int, way: str) -> None:
    """The other process: ids in, the scores behind them or a timed run out, until None comes."""
    side = LlamaCpp(path, threads, way)
    while (call := pipe.recv()) is not None:
        what, ids = call
        if what == "time":
            pipe.send(timed(side, ids))
        else:
            side.prefill(ids)
            pipe.send(side.scores())


class Theirs:
    """llama.cpp in its own process."""

    def __init__(self, path: Path, threads: int, way: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, other = spawn.Pipe()
        self._process = spawn.Process(target=answer_calls, args=(other, str(path), threads, way))
        self._process.start()
        other.close()  # so that the end of the process is the end of the pipe

    def timed(self, ids: list[int]) -> tuple[float, float]:
        """Seconds to the first token, and tokens per second after it."""
        self._pipe.send(("time", ids))
        return self._pipe.recv()

    def scores(self, ids: list[int]) -> Any:
        """(vocabulary,) of the position after ids."""
        self._pipe.send(("scores", ids))
        return self._pipe.recv()

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()


class Ours:
    """The loop of the program over its fused forward."""

    def __init__(self, model: Any, precision: str) -> None:
        from chatapp.engine.decoding import Decoder
        from chatapp.engine.ladder import forward_of

        forward, _ = forward_of(model, PROMPT + TOKENS + 8, precision, release=False)
        self._decoder = Decoder(forward, model.device)

    def prefill(self, ids: list[int]) -> None:
        """Forget what was read, then read ids."""
        self._ids = ids
        self._decoder.forget()
        for _ in self._decoder.prefill(ids, 0):
            pass

    def decode(self, tokens: int) -> Any:
        """So many ids, greedily."""
        return self._decoder.decode(GREEDY, self._ids, tokens)

    def scores(self) -> Any:
        """(vocabulary,) of the position after the last one read."""
        return self._decoder.scores.float().numpy()


def timed(side: Ours | LlamaCpp, ids: list[int]) -> tuple[float, float]:
    """Seconds to the first token, and tokens per second after it."""
    began = time.perf_counter()
    side.prefill(ids)
    times = [time.perf_counter() for _ in side.decode(TOKENS)]
    return times[0] - began, (len(times) - 1) / (times[-1] - times[0])


def undisturbed(
    play: Callable[[], dict[str, tuple[float, float]]], asked: argparse.Namespace
) -> tuple[list[dict[str, tuple[float, float]]], list[float]]:
    """The rounds that count, and which share of the CPU other programs took in each."""
    found: list[tuple[float, dict[str, tuple[float, float]]]] = []
    end = time.monotonic() + asked.patience
    while len(found) < asked.repeats and (not found or time.monotonic() < end):
        before = cpu_seconds()
        played = play()
        busy, own, whole = (a - b for a, b in zip(cpu_seconds(), before, strict=True))
        found.append(((busy - own) / whole, played))
        if time.monotonic() < end:
            found = [turn for turn in found if turn[0] <= asked.quiet]
    return [played for _, played in found], [round(share, 3) for share, _ in found]


def cpu_seconds() -> tuple[float, float, float]:
    """Of all programs, of this one and its helpers, and of all there is."""
    import psutil

    times = psutil.cpu_times()
    mine = psutil.Process()
    tree = [mine, *mine.children(recursive=True)]
    own = sum(sum(process.cpu_times()[:2]) for process in tree)
    whole = time.monotonic() * psutil.cpu_count()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0), own, whole


def compare(shape: str, kind: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Medians of interleaved rounds; `ratio` is the median of the rounds' ratios."""
    import torch

    from chatapp.engine.holding import bandwidth
    from chatapp.engine.shapes import random_model

    threads = torch.get_num_threads()
    model = random_model(shape, torch.float16)
    ids = torch.randint(
        0, model.config.vocab_size, (PROMPT,), generator=torch.Generator().manual_seed(1)
    ).tolist()
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        path = Path(folder) / "model.gguf"
        write_gguf(model, path, kind)
        theirs = {way: Theirs(path, threads, way) for way in WAYS}
        ours = Ours(model, FORMATS[kind])
        ours.prefill(ids)
        mine, other = ours.scores(), theirs["plain"].scores(ids)
        play = lambda: {"ours": timed(ours, ids)} | {w: theirs[w].timed(ids) for w in WAYS}  # noqa: E731
        play()  # warm-up
        rounds, others = undisturbed(play, asked)
        for side in theirs.values():
            side.close()
    return figures(rounds) | {
        "shape": shape,
        "format": kind,
        "score_error": round(float(((mine - other) ** 2).mean() ** 0.5 / other.std()), 4),
        "bandwidth_gb_s": round(bandwidth("cpu"), 1),
        "threads": threads,
        "repeats": len(rounds),
        "other_programs": others,
        "torch": torch.__version__,
        "llama_cpp_python": importlib.metadata.version("llama-cpp-python"),
    }


def figures(rounds: list[dict[str, tuple[float, float]]]) -> dict[str, Any]:
    """What the rounds say; each has side -> seconds to the first token, tokens per second."""
    median = statistics.median
    speed = {side: median(turn[side][1] for turn in rounds) for side in rounds[0]}
    best = max(WAYS, key=speed.__getitem__)
    ratios = [turn["ours"][1] / turn[best][1] for turn in rounds]
    return {
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "tokens_per_s": round(speed["ours"], 1),
        "llama_cpp_tokens_per_s": {way: round(speed[way], 1) for way in WAYS},
        "ttft_ms": round(1000 * median(turn["ours"][0] for turn in rounds), 1),
        "llama_cpp_ttft_ms": round(1000 * median(turn["plain"][0] for turn in rounds), 1),
    }


def main() -> int:
    if sentence := missing():
        print(sentence, file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", nargs="+", default=["qwen2.5-0.5b", "smollm2-135m"])
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quiet", type=float, default=0.05, metavar="SHARE")
    parser.add_argument("--patience", type=float, default=300.0, metavar="SECONDS")
    chosen = parser.parse_args()
    for shape in chosen.shape:
        for kind in chosen.format:
            print(json.dumps(compare(shape, kind, chosen)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
