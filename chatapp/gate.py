"""Is this model folder safe and whole? Our own reading of its files, before anybody loads them.

Knows nothing about torch or transformers; it opens nothing but small JSON files and the headers
of the weights. In order: formats that may hold programs or that we do not speak; config.json and
its companions, searched for ways to run code; the kind of model; the weights; the tokenizer.
"""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatapp import contradictions, foreign, mixing, sizes, weights
from chatapp.architectures import FAMILIES, text_part
from chatapp.chat import UserError
from chatapp.foreign import Folder, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from chatapp.sizes import Shape
    from chatapp.weights import Tensor

CONFIG_LIMIT = 1_000_000  # bytes
TOKENIZER_CONFIG_LIMIT = 16_000_000  # bytes; a hundred thousand added tokens fit
TOKENIZER_LIMIT = 60_000_000  # bytes; the largest known have 35 MB
TOKENIZER_SETTINGS = {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
ADAPTER = "adapter_config.json"
WISHES = "generation_config.json"  # how its maker wants it to write

# The causal language models of transformers 5.23 that can hold a conversation.
_TYPES = """
    afmoe apertus arcee aria_text axk1 axk2 bailing_hybrid bamba beam bert bert-generation
    big_bird biogpt bitnet bloom blt camembert codegen cohere cohere2 cohere2_moe
    cohere_compass_text cpmant ctrl cwm data2vec-text dbrx deepseek_v2 deepseek_v3
    deepseek_v32 deepseek_v4 diffllama doge dots1 dots3_note dots3_note_text electra emu3
    ernie ernie4_5 ernie4_5_moe exaone4 exaone_moe falcon falcon_h1 falcon_mamba flex_olmo
    flint fuyu gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text gemma4 gemma4_text
    gemma4_unified gemma4_unified_text glm glm4 glm4_moe glm4_moe_lite glm_moe_dsa gpt-sw3
    gpt2 gpt_bigcode gpt_neo gpt_neox gpt_neox_japanese gpt_oss gptj granite granite_swa
    granitemoe granitemoe_swa granitemoehybrid granitemoeshared helium hrm_text
    hunyuan_v1_dense hunyuan_v1_moe hy_v3 hy_v4 hyperclovax inkling2_text inkling_text
    internlm3 iquestcoder jais2 jamba jetmoe kimi_linear kolibri1 laguna lfm2 lfm2_moe lfm3
    llama llama4 llama4_text longcat_flash mamba mamba2 megatron-bert mellum mimo_v2_flash
    minicpm3 minimax minimax_m2 minimax_m3_vl_text ministral ministral3 mistral mixtral mllama
    modernbert-decoder mpt nanochat nemotron nemotron_h olmo olmo2 olmo3 olmo_hybrid olmoe
    openai-gpt opt persimmon phi phi3 phi4_multimodal phimoe qwen2 qwen2_moe qwen3 qwen3_5
    qwen3_5_moe qwen3_5_moe_text qwen3_5_text qwen3_moe qwen3_next qwen4_exp qwen4_exp_text
    recurrent_gemma reformer rembert roberta roberta-prelayernorm roc_bert roformer rwkv
    seed_oss smollm3 solar_open stablelm starcoder2 vaultgemma xglm xlm xlm-roberta
    xlm-roberta-xl xlnet xlstm xmod youtu zamba zamba2 zaya
"""
MODEL_TYPES = frozenset(_TYPES.split())
# Types that transformers also lists as causal, but that write no chats.
_OTHERS = {
    "encoder-decoder": "bart bigbird_pegasus blenderbot blenderbot-small marian mbart mvp pegasus"
    " plbart prophetnet",
    "sound": "moshi moss_transcribe_diarize musicgen musicgen_melody whisper",
    "picture": "git got_ocr2 trocr",
    "draft": "gemma4_assistant gemma4_unified_assistant",
}
OTHER_KINDS = {name: kind for kind, names in _OTHERS.items() for name in names.split()}
# These write only with a head made for it; without one they are encoders.
_ENCODERS = """
    bert bert-generation big_bird camembert data2vec-text electra ernie megatron-bert rembert
    roberta roberta-prelayernorm roc_bert roformer xlm xlm-roberta xlm-roberta-xl xmod
"""
ENCODERS = frozenset(_ENCODERS.split())
HEADS = ("LMHeadModel", "ForCausalLM", "GenerationDecoder")

CODE_KEYS = {"auto_map", "trust_remote_code", "custom_pipelines"}
CODE_PARTS = ("attn_implementation", "experts_implementation")
SAFE_CODE = {"eager", "sdpa"}
# Keys that would send the loader to files which were not looked at here.
DETOURS = {"configuration_files": "another config file", "transformers_weights": "other weights"}
QUANTISERS = {  # quant_method -> the package that reads it; empty: transformers itself
    "mxfp4": "", "fp8": "", "bitsandbytes": "bitsandbytes", "gptq": "gptqmodel",
    "awq": "gptqmodel", "compressed-tensors": "compressed_tensors", "torchao": "torchao",
    "quanto": "optimum",
}  # fmt: skip
LENGTHS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length", "n_ctx")
DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "I8": "int8", "U8": "uint8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files say about a model that passed."""

    model_type: str
    architectures: tuple[str, ...]
    files: tuple[str, ...]  # the weights, names in the folder
    weights_bytes: int
    parameters: int
    dtype: str  # the one that most bytes are in, as torch calls it
    context_length: int | None  # tokens; None = not told
    vocab_size: int | None
    tensors: Mapping[str, Tensor] = field(repr=False)
    shape: Shape | None = field(default=None, repr=False)  # None where config.json lacks a size
    packed: bool = False  # its maker quantised it
    suggested: tuple[tuple[str, Any], ...] = ()  # values of Sampling, from generation_config.json


def check(path: Path) -> Facts:
    """What the folder holds, or the UserError that says why it cannot be used."""
    folder = Folder(path)
    values = _config(folder)
    tensors = weights.read(folder)
    contradictions.require_layers(values, tensors)
    _require_tokenizer(folder)
    _require_readable(folder)
    wished = folder.json(WISHES, CONFIG_LIMIT) if WISHES in folder.names else {}
    return _facts(values, tensors, mixing.suggested(wished))


def config(path: Path) -> dict[str, Any]:
    """config.json of a folder that is safe, whether or not its weights are there."""
    return _config(Folder(path))


def preview(path: Path) -> dict[str, Any]:
    """config.json of a folder in which everything is safe but the weights, which are not there."""
    folder = Folder(path)
    values = _config(folder)
    _require_tokenizer(folder)
    return values


def _config(folder: Folder) -> dict[str, Any]:
    """config.json, once all is refused that can be without the weights."""
    _refuse_formats(folder)
    if "config.json" not in folder.names:
        raise UserError(
            "config.json is missing in {folder}.",
            "Choose the folder that contains config.json.",
            "choose_model",
            "open_library",
            folder=folder.name,
        )
    values = folder.json("config.json", CONFIG_LIMIT)
    _refuse_code(values)
    _refuse_detours(values)
    for name, limit in (
        (WISHES, CONFIG_LIMIT),
        ("tokenizer_config.json", TOKENIZER_CONFIG_LIMIT),
    ):
        if name in folder.names:
            companion = folder.json(name, limit)
            _refuse_code(companion)
            if not isinstance(companion.get("model_max_length"), int | float | None):
                raise foreign.damaged(name)  # a tokenizer's own; it would be compared with numbers
    _refuse_kinds(folder, values)
    _refuse_quantisers(values)
    contradictions.require_values(values)
    return values


def _facts(config: dict[str, Any], tensors: dict[str, Tensor], suggested: dict[str, Any]) -> Facts:
    sizes: Counter[str] = Counter()
    for tensor in tensors.values():
        sizes[tensor.dtype] += tensor.size_bytes
    stored = max(sizes, key=sizes.__getitem__)
    return Facts(
        model_type=str(config["model_type"]),
        architectures=_architectures(config),
        files=tuple(sorted({tensor.file for tensor in tensors.values()})),
        weights_bytes=sizes.total(),
        parameters=sum(tensor.elements for tensor in tensors.values()),
        dtype=DTYPES.get(stored, stored),
        context_length=_number(config, *LENGTHS),
        vocab_size=_number(config, "vocab_size"),
        tensors=tensors,
        shape=_shape(config, tensors),
        packed=isinstance(config.get("quantization_config"), dict),
        suggested=tuple(suggested.items()),
    )


def _shape(config: dict[str, Any], tensors: dict[str, Tensor]) -> Shape | None:
    """Only forecasts need it, so a config.json that lacks a size is no reason to refuse.

    One that contradicts itself is, where the family is known.
    """
    try:
        return sizes.read(config, tensors)
    except UserError as error:
        if text_part(config)[0] in FAMILIES and not isinstance(error.__cause__, KeyError):
            raise
    return None


def _architectures(config: dict[str, Any]) -> tuple[str, ...]:
    told = config.get("architectures")
    return tuple(map(str, told)) if isinstance(told, list) else ()


def _number(config: dict[str, Any], *keys: str) -> int | None:
    """The first of these that is a positive whole number, here or in the text part."""
    inner = config.get("text_config")
    for values in (config, inner if isinstance(inner, dict) else {}):
        for key in keys:
            value = values.get(key)
            if type(value) is int and value > 0:
                return value
    return None


# -- what is refused ------------------------------------------------------------------------------


def _refuse_formats(folder: Folder) -> None:
    """Formats that may hold a program, and those that another program reads."""
    if file := weights.unsafe_file(folder.names):
        raise weights.refuse_unsafe(file)
    if ADAPTER in folder.names:  # a loader would follow it to another model, or to a .bin beside it
        base = folder.json(ADAPTER, CONFIG_LIMIT).get("base_model_name_or_path")
        raise UserError(
            "This is an adapter for {base}.",
            "Load {base} first, then add it.",
            base=shown(str(base or "another model")),
        )
    if any(name.endswith(".safetensors") for name in folder.names):
        return
    for suffix, kind in ((".gguf", "GGUF"), (".onnx", "ONNX")):
        if any(name.lower().endswith(suffix) for name in {*folder.names, folder.root.name}):
            raise _other(kind, folder)
    if "model_index.json" in folder.names:
        raise _other("diffusers", folder)


def _other(kind: str, folder: Folder) -> UserError:
    return UserError(
        "This is a {kind} model; ChatApp chats with safetensors language models.",
        "Search for the safetensors version of {name}.",
        "open_library",
        kind=kind,
        name=folder.name,
    )


def _refuse_code(values: dict[str, Any]) -> None:
    """No key, however deep, may name code to be run or fetched."""
    pairs = list(_pairs(values))
    if any(key in CODE_KEYS for key, _ in pairs):
        raise UserError(
            "This model needs to run its own code, which ChatApp does not allow.",
            "Choose a model without custom code.",
            "choose_model",
        )
    for key, value in pairs:
        allowed = SAFE_CODE if any(part in key for part in CODE_PARTS) else set()
        if not allowed and "kernel" not in key:
            continue
        # A number is a size (`conv_kernel: 4`) and a truth value a switch: only names are code.
        for text in _texts(value):
            if text not in allowed:
                raise UserError(
                    "This model asks to load code from {repo}; it was blocked.",
                    "Choose another model and report this one.",
                    repo=shown(text),
                )


def _pairs(values: Any) -> Iterator[tuple[str, Any]]:
    """All keys with their values, at any depth; without recursion, so that depth cannot hurt."""
    waiting = [values]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            yield from ((str(key).lower(), value) for key, value in here.items())
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, and those of its keys that look like a repository."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict):
            yield from (key for key in here if "/" in key)
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here


def _refuse_detours(config: dict[str, Any]) -> None:
    for key, what in DETOURS.items():
        if key in config:
            raise contradictions.contradictory(f"it points to {what}")


def _refuse_kinds(folder: Folder, config: dict[str, Any]) -> None:
    """What does not write text, and what this version has never heard of."""
    told = config.get("model_type")
    model_type = told if isinstance(told, str) else ""
    architectures = _architectures(config)
    if "modules.json" in folder.names:
        raise _other("embedding", folder)
    if isinstance(packed := config.get("quantization"), dict) and "bits" in packed:
        raise _other("MLX", folder)
    if model_type in OTHER_KINDS:
        raise _other(OTHER_KINDS[model_type], folder)
    if model_type in ENCODERS and not any(name.endswith(HEADS) for name in architectures):
        raise _other("encoder", folder)
    if model_type not in MODEL_TYPES:
        raise UserError(
            "The architecture {architecture} isn't supported by this version.",
            "Update ChatApp, or choose another model.",
            "choose_model",
            architecture=shown(model_type) or "of this model",
        )


def _refuse_quantisers(config: dict[str, Any]) -> None:
    told = config.get("quantization_config")
    if not isinstance(told, dict):
        return
    method = str(told.get("quant_method") or "bitsandbytes")  # old ones name only load_in_4bit
    package = QUANTISERS.get(method, method)
    known = method in QUANTISERS  # a stranger's word is never looked up as a module
    if not known or (package and importlib.util.find_spec(package) is None):
        raise UserError(
            "This model needs the package {package}.",
            "Choose an unquantised version.",
            package=shown(package),
        )


def _require_tokenizer(folder: Folder) -> None:
    """Something that could be one; whether it works, the engine finds out."""
    if not any(map(_is_tokenizer, folder.names - TOKENIZER_SETTINGS)):
        raise UserError(
            "The tokenizer is missing.", "Download tokenizer.json again.", "open_library"
        )


def _require_readable(folder: Folder) -> None:
    """The tokenizer's files are files, and whole as far as their ends tell."""
    for name in sorted(filter(_is_tokenizer, folder.names)):
        if name.endswith((".json", ".model", ".txt")):
            _require_whole(folder, name)


def _is_tokenizer(name: str) -> bool:
    signs = ("token", "vocab", "spiece", "sentencepiece", "tekken")
    return any(sign in name for sign in signs)


def _require_whole(folder: Folder, name: str) -> None:
    """Raise UserError for a file of the tokenizer that is too large, or half."""
    with folder.open(name) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            first = file.read(64).strip()[:1]
            file.seek(max(0, size - 64))
            last = file.read(64).strip()[-1:]
        except OSError as error:
            raise foreign.unreadable(name, foreign.DRIVE) from error
    closed = not name.endswith(".json") or (first in (b"{", b"[") and last in (b"}", b"]"))
    if not closed or not 0 < size <= TOKENIZER_LIMIT:
        raise UserError(
            "The tokenizer is missing or damaged.",
            "Download tokenizer.json again.",
            "open_library",
            file=folder.name,
        )
