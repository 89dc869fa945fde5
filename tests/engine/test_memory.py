"""The forecast against what torch and transformers really hold: weights, caches, training."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache
from transformers.initialization import no_init_weights

from chatapp import catalogue, gate, memory, places, sizes
from chatapp.engine import family, fused
from chatapp.engine.batches import Batch
from chatapp.engine.formats import FORMATS
from chatapp.engine.generic import Generic, cache_argument
from chatapp.engine.nibbles import Nibbles
from chatapp.engine.objectives import batch_loss
from chatapp.memory import Plan
from tests.engine.conftest import make_model, make_tokenizer, open_local

TINY: dict[str, Any] = {
    "vocab_size": 320, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512,
    "bos_token_id": 256, "eos_token_id": 256, "pad_token_id": 0,
}  # fmt: skip
GPT: dict[str, Any] = {"vocab_size": 320, "n_embd": 64, "n_layer": 4, "n_head": 4}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 32}
LATENT = {
    "kv_lora_rank": 16, "q_lora_rank": 24, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8,
    "v_head_dim": 8, "num_key_value_heads": 4, "n_routed_experts": 8, "n_shared_experts": 1,
    "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, **EXPERTS,
}  # fmt: skip
LINEAR = {
    "head_dim": 16, "linear_num_value_heads": 4, "linear_num_key_heads": 2,
    "linear_key_head_dim": 8, "linear_value_head_dim": 16,
}  # fmt: skip
WINDOW = 24
MODELS: dict[str, dict[str, Any]] = {
    "llama": TINY,
    "mistral": TINY | {"sliding_window": WINDOW},
    "mixtral": TINY | {"num_local_experts": 4, "num_experts_per_tok": 2},
    "qwen2": TINY,
    "qwen2_moe": TINY | EXPERTS | {"num_experts": 4, "shared_expert_intermediate_size": 48},
    "qwen3": TINY | {"head_dim": 16, "tie_word_embeddings": True},
    "qwen3_moe": TINY | EXPERTS | {"num_experts": 4, "head_dim": 16},
    "qwen3_next": TINY | EXPERTS | LINEAR | {
        "num_experts": 4, "shared_expert_intermediate_size": 48,
    },
    "qwen3_5_text": TINY | LINEAR,
    "phi3": TINY,
    "smollm3": TINY,
    "granite": TINY,
    "gemma": TINY | {"head_dim": 16},
    "gemma2": TINY | {"head_dim": 16, "sliding_window": WINDOW},
    "gemma3_text": TINY | {"head_dim": 16, "sliding_window": WINDOW},
    "olmo2": TINY,
    "olmo3": TINY | {"sliding_window": WINDOW},
    "olmoe": TINY | {"num_experts": 4, "num_experts_per_tok": 2},
    "gpt2": GPT,
    "gpt_neox": {name: size for name, size in TINY.items() if name != "num_key_value_heads"},
    "gpt_oss": TINY | {
        "head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 2,
        "sliding_window": WINDOW,
    },
    "deepseek_v2": TINY | LATENT,
    "deepseek_v3": TINY | LATENT,
    "lfm2": TINY | {"full_attn_idxs": [1, 3], "block_auto_adjust_ff_dim": False},
    "falcon_h1": TINY | {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16},
}  # fmt: skip
MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 32, "mamba_d_state": 16}
PER_LAYER = {"hidden_size_per_layer_input": 16, "vocab_size_per_layer_input": 320}
CACHES: dict[str, dict[str, Any]] = MODELS | {
    "bamba": TINY | MAMBA | {"attn_layer_indices": [1]},
    "jamba": TINY | {
        "num_experts": 2, "num_experts_per_tok": 1, "attn_layer_period": 2,
        "attn_layer_offset": 1, "use_mamba_kernels": False,
    },
    "granitemoehybrid": TINY | MAMBA | {
        "layer_types": ["mamba", "attention"] * 2, "num_local_experts": 2,
        "num_experts_per_tok": 1, "shared_intermediate_size": 32,
    },
    "gemma4_text": TINY | PER_LAYER | {
        "head_dim": 16, "global_head_dim": 32, "sliding_window": WINDOW,
    },
    "llama4_text": TINY | {
        "num_local_experts": 2, "head_dim": 16, "attention_chunk_size": WINDOW,
        "intermediate_size_mlp": 96,
    },
    "minicpm3": TINY | LATENT,
    "falcon": TINY | {"multi_query": True, "new_decoder_architecture": False},
    "falcon_new": TINY | {
        "model_type": "falcon", "new_decoder_architecture": True, "num_kv_heads": 2,
    },
    "zamba2": {
        "vocab_size": 320, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 4, "attention_head_dim": 32,
        "mamba_d_state": 16, "n_mamba_heads": 8, "mamba_headdim": 16, "mamba_ngroups": 1,
        "layers_block_type": ["linear_attention", "hybrid", "linear_attention", "hybrid"],
        "hybrid_layer_ids": [1, 3], "num_mem_blocks": 1, "use_mem_rope": False,
    },
    "gpt_neo": {
        "vocab_size": 320, "hidden_size": 64, "num_layers": 4, "num_heads": 4,
        "attention_types": [[["global", "local"], 2]], "max_position_embeddings": 128,
    },
    "mamba": {"vocab_size": 320, "hidden_size": 64, "num_hidden_layers": 4, "state_size": 16},
    "mamba2": {
        "vocab_size": 320, "hidden_size": 64, "num_hidden_layers": 4, "state_size": 16,
        "num_heads": 8, "head_dim": 16, "n_groups": 2,
    },
    "mpt": {"vocab_size": 320, "d_model": 64, "n_layers": 4, "n_heads": 4},
    "bloom": {"vocab_size": 320, "hidden_size": 64, "n_layer": 4, "n_head": 4},
}  # fmt: skip
KNOWN = sorted(MODELS.keys() - {"lfm2", "falcon_h1"})  # counted without files
DTYPES = ("float32", "bfloat16", "float16")
READ = 40  # tokens: more than the windows


def config_of(kind: str) -> Any:
    words = dict(CACHES[kind])
    return AutoConfig.for_model(words.pop("model_type", kind), **words)


def saved(folder: Path, kind: str, dtype: str = "float32") -> Any:
    """A random model in a folder, as a person would have downloaded it."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config_of(kind)).to(getattr(torch, dtype))
    model.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return model.eval()


def shape_of(folder: Path) -> sizes.Shape:
    shape = gate.check(folder).shape
    assert shape is not None
    return shape


def held(cache: DynamicCache) -> int:
    """Bytes of every tensor in the cache."""
    total = 0
    for layer in cache.layers:
        values = [layer.__dict__.get(name) for name in ("keys", "values")]
        for name in ("conv_states", "recurrent_states"):
            states = layer.__dict__.get(name) or ()
            values += states.values() if isinstance(states, dict) else states
        total += sum(v.nbytes for v in values if isinstance(v, torch.Tensor))
    return total


# -- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalogue.SHAPES)
def test_a_published_shape_counts_what_transformers_builds(name: str) -> None:
    config = copy.deepcopy(catalogue.SHAPES[name])
    kind = config.pop("model_type")
    with no_init_weights(), torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config))
    model.tie_weights()
    built = sum(parameter.numel() for parameter in model.parameters())
    assert sizes.read(catalogue.SHAPES[name]).parameters == built


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_weights_of_a_folder_are_exact(tmp_path: Path, kind: str, dtype: str) -> None:
    model = saved(tmp_path, kind, dtype)
    held = sum(parameter.nbytes for parameter in model.parameters())
    assert memory.weights_bytes(shape_of(tmp_path), dtype) == held


@pytest.mark.parametrize("kind", KNOWN)
def test_config_and_headers_agree(tmp_path: Path, kind: str) -> None:
    saved(tmp_path, kind)
    by_config, by_files = sizes.read(gate.config(tmp_path)), shape_of(tmp_path)
    for role in ("embedding", "head", "block", "expert"):
        assert by_config.elements(role) == by_files.elements(role), role  # type: ignore[arg-type]
    assert by_config.parameters == by_files.parameters


@pytest.mark.parametrize("dtype", [*DTYPES, "int8", "int4"])
def test_the_built_in_guide_takes_what_is_forecast(dtype: str) -> None:
    require_forecast(places.starter(), dtype)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("dtype", ["float16", "int8", "int4"])
def test_a_wide_model_takes_what_is_forecast(tmp_path: Path, dtype: str, tied: bool) -> None:
    make_model(
        tmp_path / "m", "qwen2", hidden_size=640, intermediate_size=1760, num_attention_heads=10,
        num_key_value_heads=2, tie_word_embeddings=tied,
    )  # fmt: skip
    require_forecast(tmp_path / "m", dtype)


GROWTH = """
import psutil, torch
from chatapp.engine.formats import FORMATS
make, weight = FORMATS[{dtype!r}], torch.full((4096, 4096), 0.01)
kept = [make(weight, None)]  # what is made once and stays
before = psutil.Process().memory_info().rss
kept += [make(weight, None) for _ in range(6)]
print((psutil.Process().memory_info().rss - before) / 6 / kept[0].nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give freed memory back later")
@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_a_process_grows_by_the_packed_bytes(dtype: str) -> None:
    """In a process of its own, whose allocator gives each large block back at once."""
    command = [sys.executable, "-c", GROWTH.format(dtype=dtype)]
    own = os.environ | {"MALLOC_MMAP_THRESHOLD_": "100000"}
    told = subprocess.run(command, env=own, check=True, capture_output=True, text=True).stdout
    assert float(told) == pytest.approx(1, rel=0.05)


def require_forecast(folder: Path, dtype: str) -> None:
    """The forecast is what the engine tells, and that is what its tensors and packs hold."""
    local = open_local(folder, device="cpu", dtype=dtype)
    forecast = memory.weights_bytes(shape_of(folder), dtype, "cpu")
    held = sum(p.nbytes for p in local.model.parameters())
    held += getattr(local.forward, "packed_bytes", 0)
    assert local.info.weights_bytes == forecast == held
    local.close()


def test_the_stories_take_what_is_forecast(stories: Path) -> None:
    local = open_local(stories, device="cpu", dtype="float32")
    assert local.info.weights_bytes == memory.weights_bytes(shape_of(stories), "float32")
    local.close()


# -- the cache ------------------------------------------------------------------------------------


def test_the_forecast_knows_which_families_keep_float32_on_a_cpu() -> None:
    families = {*family.LLAMAS, *family.GEMMAS}
    assert set(memory.FLOAT32_SUMS) == families - {"gemma3"}  # counted as its text part


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("qwen3", "float32"), ("qwen3", "bfloat16"), ("qwen3", "int8"), ("gemma2", "bfloat16")],
)
def test_our_own_buffer_takes_what_is_forecast(tmp_path: Path, kind: str, dtype: str) -> None:
    saved(tmp_path, kind)
    local = open_local(tmp_path, device="cpu", dtype=dtype)
    assert isinstance(local.forward, fused.Fused)
    cache = local.forward.new_cache()
    cache.reserve(cache.limit)
    forecast = memory.parts(shape_of(tmp_path), Plan(dtype, cache.limit, "cpu"))
    assert forecast["kv_cache"] == cache.nbytes
    local.close()


def test_eight_bits_pack_what_the_engine_packs(tmp_path: Path) -> None:
    saved(tmp_path, "qwen3")
    local = open_local(tmp_path, device="cpu", dtype="int8")
    assert isinstance(local.forward, fused.Fused)
    shape = shape_of(tmp_path)
    packed = memory.weights_bytes(shape, "int8", "cpu") - shape.elements("embedding") * 2
    assert packed == local.forward.bytes_per_token + shape.vectors * 2
    local.close()


def test_eight_bits_on_a_card_pack_what_is_forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card's way, on the CPU, which has the kernel too."""
    monkeypatch.setitem(FORMATS, "int8", Nibbles)
    saved(tmp_path, "qwen3")
    local = open_local(tmp_path, device="cpu", dtype="int8")
    assert isinstance(local.forward, fused.Fused)
    shape = shape_of(tmp_path)
    packed = memory.weights_bytes(shape, "int8", "cuda") - shape.elements("embedding") * 2
    assert packed == local.forward.bytes_per_token + shape.vectors * 2
    local.close()


def fill(model: Any, cache: DynamicCache) -> None:
    ids = torch.arange(READ)[None] % 300
    with torch.inference_mode():
        model(input_ids=ids[:, :-1], use_cache=True, **{cache_argument(model): cache})
        model(input_ids=ids[:, -1:], use_cache=True, **{cache_argument(model): cache})


@pytest.mark.parametrize("kind", CACHES)
def test_transformers_cache_takes_what_is_forecast(tmp_path: Path, kind: str) -> None:
    model = saved(tmp_path, kind)
    shape = shape_of(tmp_path)
    cache = Generic(model)._new_cache()  # as our engine makes it
    fill(model, cache)
    assert memory.kv_bytes(shape, READ, 4) == held(cache)


@pytest.mark.parametrize("kind", ["mistral", "gemma2", "gemma3_text", "gpt_oss", "olmo3"])
def test_a_cache_that_forgets_takes_what_is_forecast(tmp_path: Path, kind: str) -> None:
    model = saved(tmp_path, kind)
    cache = DynamicCache(config=model.config)
    fill(model, cache)
    assert memory.kv_bytes(shape_of(tmp_path), READ, 4, windows=True) == held(cache)


# -- training -------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", [False, True], ids=["float32", "mixed"])
@pytest.mark.parametrize("kind", ["llama", "qwen3", "mistral"])
def test_activations_are_within_a_fifth_of_what_autograd_saves(kind: str, half: bool) -> None:
    larger = {"hidden_size": 256, "intermediate_size": 768, "num_attention_heads": 8}
    config = AutoConfig.for_model(kind, **TINY | larger | {"head_dim": 32})
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").train()
    ids = torch.randint(0, 300, (2, 256))
    batch = Batch(ids, torch.arange(256).repeat(2, 1), ids)
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if (place := tensor.untyped_storage().data_ptr()) not in own:
            kept[place] = tensor
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=half),
    ):
        batch_loss(model, batch, torch.device("cpu"))
    shape = sizes.read(config.to_dict())
    cast = 2 * shape.elements("block", "expert", "head") if half else 0
    measured = sum(tensor.untyped_storage().nbytes() for tensor in kept.values()) - cast
    scores = 2 * 256 * shape.vocabulary * 8  # two of the three copies live for a moment only
    forecast = memory.activation_bytes(shape, 256, half) * 2 // memory.ROWS - scores
    assert forecast == pytest.approx(measured, rel=0.2)
