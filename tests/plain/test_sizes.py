"""A model's sizes: published shapes, headers, and configs that strangers wrote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatapp import catalogue, memory, sizes
from chatapp.cards import Card
from chatapp.chat import UserError
from chatapp.weights import Tensor

# name -> parameters as the model's page counts them, KiB of KV cache per token in 16 bits
PUBLISHED = {
    "smollm2-135m": (134_515_008, 22.5),
    "smollm2-360m": (361_821_120, 40),
    "smollm2-1.7b": (1_711_376_384, 192),
    "tinyllama-1.1b": (1_100_048_384, 22),
    "llama-3.2-1b": (1_235_814_400, 32),
    "llama-3.2-3b": (3_212_749_824, 112),
    "llama-3.1-8b": (8_030_261_248, 128),
    "llama-3.1-70b": (70_553_706_496, 320),
    "llama-3.1-405b": (405_853_388_800, 504),
    "qwen2.5-0.5b": (494_032_768, 12),
    "qwen2.5-1.5b": (1_543_714_304, 28),
    "qwen2.5-3b": (3_085_938_688, 36),
    "qwen2.5-7b": (7_615_616_512, 56),
    "qwen2.5-14b": (14_770_033_664, 192),
    "qwen2.5-32b": (32_763_876_352, 256),
    "qwen2.5-72b": (72_706_203_648, 320),
    "qwen3-0.6b": (596_049_920, 112),
    "qwen3-1.7b": (1_720_574_976, 112),
    "qwen3-4b": (4_022_468_096, 144),
    "qwen3-8b": (8_190_735_360, 144),
    "qwen3-14b": (14_768_307_200, 160),
    "qwen3-32b": (32_762_123_264, 256),
    "qwen3-30b-a3b": (30_532_122_624, 96),
    "qwen3-235b-a22b": (235_093_634_560, 188),
    "mistral-7b": (7_248_023_552, 128),
    "mistral-nemo-12b": (12_247_782_400, 160),
    "mixtral-8x7b": (46_702_792_704, 128),
    "mixtral-8x22b": (140_630_071_296, 224),
    "gemma-2-2b": (2_614_341_888, 104),
    "gemma-2-9b": (9_241_705_984, 336),
    "gemma-2-27b": (27_227_128_320, 368),
    "gemma-3-1b": (999_885_952, 26),
    "gemma-3-4b": (4_300_079_472, 136),
    "gemma-3-12b": (12_187_325_040, 384),
    "gemma-3-27b": (27_432_406_640, 496),
    "phi-3-mini": (3_821_079_552, 384),
    "phi-4": (14_659_507_200, 200),
    "gpt2": (124_439_808, 36),
    "gpt2-xl": (1_557_611_200, 300),
    "gpt-oss-20b": (20_900_000_000, 48),
    "gpt-oss-120b": (116_800_000_000, 72),
    "deepseek-v2-lite": (15_706_484_224, 30.375),
    "deepseek-v3": (671_000_000_000, 68.625),
    "olmo-2-1b": (1_484_916_736, 128),
    "olmo-2-7b": (7_298_617_344, 512),
    "olmo-2-13b": (13_716_198_400, 800),
    "smollm3-3b": (3_075_098_624, 72),
}
LLAMA: dict[str, Any] = {
    "model_type": "llama", "vocab_size": 10, "hidden_size": 8, "intermediate_size": 12,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "max_position_embeddings": 64,
}  # fmt: skip


def tensors(**shapes: tuple[int, ...]) -> dict[str, Tensor]:
    return {name: Tensor("BF16", shape, "f") for name, shape in shapes.items()}


def headers(config: dict[str, Any] = LLAMA, **more: tuple[int, ...]) -> sizes.Shape:
    named = {name.replace("__", "."): shape for name, shape in more.items()}
    return sizes.read(config, tensors(**named))


def test_every_published_shape_has_its_figures_here() -> None:
    assert set(PUBLISHED) == set(catalogue.SHAPES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_parameters_are_the_published_ones(name: str) -> None:
    counted = sizes.read(catalogue.SHAPES[name]).parameters
    assert counted == pytest.approx(PUBLISHED[name][0], rel=0.005)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_token_leaves_the_published_bytes(name: str) -> None:
    shape = sizes.read(catalogue.SHAPES[name])
    assert sum(c.layers * c.width for c in shape.caches) * 2 == PUBLISHED[name][1] * 1024


@pytest.mark.parametrize(
    ("name", "windowed", "window"),
    [("gemma-2-9b", 21, 4096), ("gemma-3-4b", 29, 1024), ("gpt-oss-20b", 12, 128)],
)
def test_layers_with_a_window_are_told_apart(name: str, windowed: int, window: int) -> None:
    shape = sizes.read(catalogue.SHAPES[name])
    assert [c.layers for c in shape.caches if c.window == window] == [windowed]


@pytest.mark.parametrize(
    "name",
    ["Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B-Instruct", "google/gemma-3-4b-it", "GPT2",
     "mistralai/Mistral-7B-Instruct-v0.3", "HuggingFaceTB/SmolLM2-135M-Instruct",
     "meta-llama/Meta-Llama-3.1-70B"],
)  # fmt: skip
def test_a_hub_id_finds_its_shape(name: str) -> None:
    assert catalogue.find(name) is not None


@pytest.mark.parametrize("name", ["", "/", "qwen3", "it", "llama-3.1-8b-lora"])
def test_another_name_finds_none(name: str) -> None:
    assert catalogue.find(name) is None


# -- headers --------------------------------------------------------------------------------------


def test_headers_are_counted_as_they_are() -> None:
    shape = headers(model__embed_tokens__weight=(10, 8), model__norm__weight=(8,))
    assert (shape.parameters, shape.elements("embedding"), shape.vectors) == (88, 80, 8)


def test_a_tied_head_that_was_saved_anyway_counts_once() -> None:
    both = {"model__embed_tokens__weight": (10, 8), "lm_head__weight": (10, 8)}
    assert headers(LLAMA | {"tie_word_embeddings": True}, **both).parameters == 80
    assert headers(LLAMA, **both).parameters == 160


def test_layers_that_only_predict_further_tokens_are_not_loaded() -> None:
    first, extra = "model__layers__1__mlp__up_proj__weight", "model__layers__2__eh_proj__weight"
    assert headers(**{first: (12, 8), extra: (8, 16)}).parameters == 96


def test_experts_side_by_side_are_experts() -> None:
    shape = headers(model__layers__0__mlp__experts__down_proj=(4, 8, 12))
    assert shape.elements("expert") == 4 * 8 * 12


def test_a_quantised_model_is_counted_by_its_config() -> None:
    packed = LLAMA | {"quantization_config": {"quant_method": "gptq"}}
    assert headers(packed, model__embed_tokens__weight=(1, 8)) == sizes.read(LLAMA)


def test_an_unknown_family_needs_its_files() -> None:
    with pytest.raises(UserError, match="cannot be counted without their files"):
        sizes.read(LLAMA | {"model_type": "novel"})


def test_an_unknown_family_is_counted_from_its_files() -> None:
    shape = headers(LLAMA | {"model_type": "novel"}, model__embed__weight=(10, 8))
    assert (shape.parameters, shape.caches[0].width) == (80, 2 * 2 * 2)


# -- what strangers write -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"]
)
@pytest.mark.parametrize("value", [None, 0, -1, "8", 1.5, 10**15, [8], True])
def test_a_size_that_is_none_is_named(name: str, value: object) -> None:
    with pytest.raises(UserError, match="contradictory"):
        sizes.read(LLAMA | {name: value})


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**6), st.floats(), st.text(max_size=3),
    st.lists(st.one_of(st.text(max_size=20), st.integers()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip
KEYS = st.sampled_from(
    [*LLAMA, "head_dim", "layer_types", "sliding_window", "kv_lora_rank", "num_experts",
     "num_experts_per_tok", "text_config", "vision_config", "mm_tokens_per_image", "n_embd",
     "layers_block_type", "num_kv_shared_layers", "global_head_dim", "mlp_only_layers",
     "decoder_sparse_step", "first_k_dense_replace", "max_window_layers", "attention_chunk_size",
     "linear_num_value_heads", "conv_L_cache", "full_attn_idxs", "sliding_window_pattern",
     "n_shared_experts", "moe_intermediate_size", "q_lora_rank", "mamba_n_heads",
     "quantization_config", "per_layer_config", "attn_layer_period", "mamba_expand"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.sampled_from(["llama", "gemma3", "deepseek_v3", "qwen3_next", "gpt_oss", "novel"]),
    st.booleans(),
)
@example({"num_key_value_heads": 4.5e307}, "llama", True)  # twice of it is infinite
def test_odd_values_end_in_a_shape_or_in_a_sentence(
    odd: dict[str, Any], model_type: str, with_files: bool
) -> None:
    files = tensors(**{"model.embed_tokens.weight": (10, 8)}) if with_files else None
    try:
        shape = sizes.read({**LLAMA, **odd, "model_type": model_type}, files)
    except UserError:
        return
    assert str(memory.light(shape, Card("a card", "cpu", 10**9, 10**9), 4096))
