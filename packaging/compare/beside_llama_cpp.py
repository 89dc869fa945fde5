"""Our decoding beside llama.cpp's: same random weights, same bits, turn about in one process.

For maintainers; nothing of it is a dependency of the program. In an environment that has chatapp:

    pip install llama-cpp-python gguf        # builds llama.cpp for this machine, 10 to 20 minutes
    python packaging/compare/beside_llama_cpp.py --shape qwen2.5-0.5b --format f16 q8_0

Per shape and format: a random model of `chatapp.engine.shapes`, written as GGUF to a temporary
folder; then a 128-token prompt and 64 tokens, ours, llama.cpp's, ours ... Prints one JSON object
per pair; `score_error` is the rms distance of the two programs' scores for the token after the
prompt, in standard deviations: it shows that both compute the same model.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also where chatapp is not installed

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


class Theirs:
    """llama.cpp through its own C interface: no Python between two tokens but one call each."""

    def __init__(self, path: Path, threads: int) -> None:
        import llama_cpp

        self._api = llama_cpp
        self._llama = llama_cpp.Llama(
            str(path),
            n_ctx=PROMPT + TOKENS + 64,
            n_batch=PROMPT,
            n_ubatch=PROMPT,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=0,
            verbose=False,
        )
        self._context = self._llama.ctx
        self._greedy = llama_cpp.llama_sampler_init_greedy()

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

    def scores(self, vocabulary: int) -> Any:
        """(vocabulary,) of the position after the last one read."""
        import numpy

        pointer = self._api.llama_get_logits_ith(self._context, -1)
        return numpy.ctypeslib.as_array(pointer, shape=(vocabulary,)).copy()

    def close(self) -> None:
        """Give the model's memory back."""
        self._api.llama_sampler_free(self._greedy)
        self._llama.close()

    def _read(self, ids: list[int]) -> None:
        array = (ctypes.c_int32 * len(ids))(*ids)
        batch = self._api.llama_batch_get_one(array, len(ids))
        if self._api.llama_decode(self._context, batch):
            raise RuntimeError("llama.cpp could not read the tokens")


class Ours:
    """The loop of the program over its fused forward."""

    def __init__(self, model: Any, precision: str) -> None:
        import torch

        from chatapp.engine.formats import FORMATS as MAKERS
        from chatapp.engine.fused import Fused

        self._device = torch.device("cpu")
        self._forward = Fused(model, MAKERS[precision], PROMPT + TOKENS + 8)

    def prefill(self, ids: list[int]) -> None:
        """Forget what was read, then read ids."""
        from chatapp.engine.bench import GREEDY
        from chatapp.engine.decoding import Decoder
        from chatapp.engine.sampling import Sampler

        self._forward.forget()
        self._decoder = Decoder(self._forward, self._device)
        self._sampler = Sampler(GREEDY, ids, 0, "cpu")
        for _ in self._decoder.prefill(ids, self._decoder.resume(ids)):
            pass

    def decode(self, tokens: int) -> Any:
        """So many ids, greedily."""
        return self._decoder.decode(self._sampler, tokens)

    def scores(self) -> Any:
        """(vocabulary,) of the position after the last one read."""
        return self._decoder.scores.float().numpy()


def _timed(side: Ours | Theirs, ids: list[int]) -> tuple[float, float]:
    """Seconds to the first token, and tokens per second after it."""
    began = time.perf_counter()
    side.prefill(ids)
    times = [time.perf_counter() for _ in side.decode(TOKENS)]
    return times[0] - began, (len(times) - 1) / (times[-1] - times[0])


def compare(shape: str, kind: str, repeats: int) -> dict[str, Any]:
    """Medians of interleaved runs; `ratio` is the median of the pairs' ratios."""
    import torch

    from chatapp.engine.shapes import random_model

    threads = torch.get_num_threads()
    model = random_model(shape, torch.float16)
    ids = torch.randint(
        0, model.config.vocab_size, (PROMPT,), generator=torch.Generator().manual_seed(1)
    ).tolist()
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        path = Path(folder) / "model.gguf"
        write_gguf(model, path, kind)
        theirs, ours = Theirs(path, threads), Ours(model, FORMATS[kind])
        _timed(ours, ids), _timed(theirs, ids)  # warm-up
        ours.prefill(ids), theirs.prefill(ids)
        mine, other = ours.scores(), theirs.scores(model.config.vocab_size)
        pairs = [(_timed(ours, ids), _timed(theirs, ids)) for _ in range(repeats)]
        theirs.close()
    median = statistics.median
    return {
        "shape": shape,
        "format": kind,
        "ratio": round(median(a[1] / b[1] for a, b in pairs), 3),
        "tokens_per_s": round(median(a[1] for a, _ in pairs), 1),
        "llama_cpp_tokens_per_s": round(median(b[1] for _, b in pairs), 1),
        "ratios": [round(a[1] / b[1], 3) for a, b in pairs],
        "ttft_ms": round(1000 * median(a[0] for a, _ in pairs), 1),
        "llama_cpp_ttft_ms": round(1000 * median(b[0] for _, b in pairs), 1),
        "score_error": round(float(((mine - other) ** 2).mean() ** 0.5 / other.std()), 4),
        "threads": threads,
        "repeats": repeats,
        "torch": torch.__version__,
        "llama_cpp_python": importlib.metadata.version("llama-cpp-python"),
    }


def main() -> int:
    if sentence := missing():
        print(sentence, file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", nargs="+", default=["qwen2.5-0.5b", "smollm2-135m"])
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    for shape in chosen.shape:
        for kind in chosen.format:
            print(json.dumps(compare(shape, kind, chosen.repeats)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
