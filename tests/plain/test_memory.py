"""What a model needs: each part against a sum done by hand, what fits, and the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatapp import cards, catalogue, memory, sizes
from chatapp.cards import GIB, Card
from chatapp.chat import Reading
from chatapp.holding import Holding
from chatapp.memory import Ledger, Plan

LLAMA_1B = sizes.read(catalogue.SHAPES["llama-3.2-1b"])
LLAMA_8B = sizes.read(catalogue.SHAPES["llama-3.1-8b"])
GEMMA = sizes.read(catalogue.SHAPES["gemma-3-4b"])
DEEPSEEK = sizes.read(catalogue.SHAPES["deepseek-v3"])
PLAN = Plan("bfloat16", 8192)
HYBRID = sizes.read(
    {
        "model_type": "qwen3_next", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96,
        "num_hidden_layers": 8, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 16, "linear_num_value_heads": 4, "linear_value_head_dim": 16,
        "linear_num_key_heads": 2, "linear_key_head_dim": 8, "max_position_embeddings": 512,
    }
)  # fmt: skip


def card(free: int, kind: cards.Kind = "cuda") -> Card:
    return Card("a card", kind, free, free)


# -- the parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "each"), [("float32", 4), ("bfloat16", 2), ("float16", 2)])
def test_plain_weights_take_their_type_s_bytes(dtype: str, each: int) -> None:
    assert memory.weights_bytes(LLAMA_8B, dtype) == 8_030_261_248 * each


def test_four_bits_pack_the_blocks_and_nothing_else() -> None:
    blocks = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336)
    others = 8_030_261_248 - blocks
    assert memory.weights_bytes(LLAMA_8B, "int4") == blocks * 5 // 8 + others * 2


def test_eight_bits_keep_a_tied_table_beside_its_packed_copy() -> None:
    table = 128256 * 2048
    untied = replace(LLAMA_1B, tied=False, matrices=(*LLAMA_1B.matrices, head := _head(table)))
    assert head.elements == table
    assert memory.weights_bytes(LLAMA_1B, "int8") == memory.weights_bytes(untied, "int8")


def _head(elements: int) -> sizes.Matrix:
    return sizes.Matrix(elements, 1, 1, "head")


def test_eight_bits_on_a_card_take_a_ninth_for_the_steps() -> None:
    blocks_and_head = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 128256 * 4096
    others = 8_030_261_248 - blocks_and_head
    assert memory.weights_bytes(LLAMA_8B, "int8", "cuda") == blocks_and_head * 9 // 8 + others * 2
    assert memory.weights_bytes(LLAMA_8B, "int8", "cpu") == blocks_and_head + others * 2


def test_keys_and_values_of_grouped_heads() -> None:
    # 2 x 32 layers x 8 heads x 128 x 2 bytes
    assert memory.kv_bytes(LLAMA_8B, 1000, 2) == 1000 * 131_072


def test_the_engine_keeps_windowed_layers_whole() -> None:
    assert memory.kv_bytes(GEMMA, 8192, 2) == 8192 * 136 * 1024


def test_a_layer_that_forgets_keeps_one_token_less_than_it_sees() -> None:
    per_layer = 2 * 4 * 256 * 2
    expected = per_layer * (5 * 8192 + 29 * 1023)
    assert memory.kv_bytes(GEMMA, 8192, 2, windows=True) == expected


def test_a_window_that_is_not_full_forgets_nothing() -> None:
    assert memory.kv_bytes(GEMMA, 500, 2, windows=True) == memory.kv_bytes(GEMMA, 500, 2)


def test_compressed_keys_and_values() -> None:
    assert memory.kv_bytes(DEEPSEEK, 1, 2) == 61 * (512 + 64) * 2


def test_a_hybrid_adds_a_state_that_does_not_grow() -> None:
    first, second = (memory.kv_bytes(HYBRID, tokens, 2) for tokens in (100, 200))
    assert second - first == 100 * 2 * (2 * 2 * 16) * 2
    state, edge = 4 * 16 * 8, (2 * 2 * 8 + 4 * 16) * 4
    assert first - 100 * 2 * (2 * 2 * 16) * 2 == 6 * (state * 4 + edge * 2)


def test_on_a_cpu_the_fast_path_keeps_float32() -> None:
    own = memory.parts(LLAMA_1B, replace(PLAN, kind="cpu"))["kv_cache"]
    assert own == 2 * memory.parts(LLAMA_1B, PLAN)["kv_cache"]


def test_each_candidate_has_a_cache_of_its_own() -> None:
    one, five = (memory.parts(LLAMA_1B, replace(PLAN, candidates=n)) for n in (1, 5))
    assert five["kv_cache"] == 5 * one["kv_cache"]
    assert five["weights"] == one["weights"]


def test_the_parts_are_the_total() -> None:
    needed = memory.parts(LLAMA_1B, PLAN)
    assert list(needed) == ["weights", "kv_cache", "workspace", "runtime"]
    assert sum(needed.values()) == memory.total_bytes(LLAMA_1B, PLAN)


# -- training -------------------------------------------------------------------------------------


def test_full_training_takes_sixteen_bytes_a_parameter_and_the_activations() -> None:
    needed = memory.parts(LLAMA_1B, Plan("float32", 256, training="full"))
    four = LLAMA_1B.parameters * 4
    assert (needed["weights"], needed["gradients"], needed["optimiser"]) == (four, four, 2 * four)


def test_mixed_precision_keeps_float32_weights_and_adds_half_as_much() -> None:
    plans = [Plan(dtype, 256, training="full") for dtype in ("float32", "bfloat16")]
    plain, mixed = (memory.parts(LLAMA_1B, plan) for plan in plans)
    assert plain["weights"] < mixed["weights"] <= plain["weights"] * 1.5
    assert mixed["activations"] < plain["activations"]


def test_an_adapter_trains_two_thin_matrices_beside_each_product() -> None:
    # Per layer: q and o (2048 + 2048), k and v (2048 + 512), and three of (2048 + 8192).
    expected = 16 * 16 * (2 * 4096 + 2 * 2560 + 3 * 10240)
    assert memory.adapter_parameters(LLAMA_1B) == expected
    needed = memory.parts(LLAMA_1B, Plan("bfloat16", 256, training="lora"))
    assert needed["weights"] == LLAMA_1B.parameters * 2
    assert (needed["gradients"], needed["optimiser"]) == (expected * 4, expected * 8)


# -- does it fit ----------------------------------------------------------------------------------


def test_the_largest_context_fits_and_one_token_more_does_not() -> None:
    free = 20 * 10**9
    found = memory.largest_context(LLAMA_8B, PLAN, free)
    assert memory.total_bytes(LLAMA_8B, replace(PLAN, context=found)) <= free
    assert memory.total_bytes(LLAMA_8B, replace(PLAN, context=found + 1)) > free


def test_the_context_ends_where_the_model_does() -> None:
    assert memory.largest_context(LLAMA_8B, PLAN, 10**15) == 131072


def test_no_context_fits_where_the_weights_do_not() -> None:
    assert memory.largest_context(LLAMA_8B, PLAN, 10**9) == 0


def test_a_model_that_fits_has_no_reason() -> None:
    assert memory.reason(LLAMA_8B, PLAN, card(24 * GIB)) is None


def test_a_context_that_is_too_long_is_told_with_the_one_that_fits() -> None:
    told = str(memory.reason(LLAMA_8B, replace(PLAN, context=131072), card(24 * GIB)))
    assert told.startswith("32.8 GB are needed at 131072 tokens; 24.0 GB are free.")
    assert told.endswith("tokens fit.")


def test_weights_that_are_too_large_are_named() -> None:
    told = str(memory.reason(LLAMA_8B, PLAN, card(8 * GIB)))
    assert "15.0 GB of them for the weights; 8.0 GB are free." in told


@pytest.mark.parametrize(
    ("dtype", "kind", "runs"),
    [
        ("int8", "cpu", True),
        ("int8", "cuda", True),
        ("int8", "apple", False),
        ("int4", "cuda", True),
        ("int4", "apple", False),
        ("float16", "apple", True),
    ],
)
def test_a_precision_that_does_not_run_there_is_a_reason(
    dtype: str, kind: cards.Kind, runs: bool
) -> None:
    problem = memory.reason(LLAMA_1B, Plan(dtype, 100), card(10**12, kind))
    assert (problem is None) == runs


@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_a_card_from_before_2020_has_no_few_bits(dtype: str) -> None:
    old = replace(card(10**12), few_bits=False)
    told = str(memory.reason(LLAMA_1B, Plan(dtype, 100), old))
    assert told.startswith(f"{dtype[-1]} bits run only on the CPU and on NVIDIA cards from 2020")
    assert memory.reason(LLAMA_1B, Plan("bfloat16", 100), old) is None


def test_tiny_models_run_in_float32_on_a_cpu() -> None:
    tiny = replace(LLAMA_1B, matrices=(), vectors=10)
    assert memory.usual_dtype(tiny, "cpu") == "float32"
    assert memory.usual_dtype(tiny, "cuda") == memory.usual_dtype(LLAMA_1B, "cpu") == "bfloat16"


def test_auto_takes_as_many_bits_as_fit() -> None:
    need = {
        dtype: memory.total_bytes(LLAMA_8B, replace(PLAN, dtype=dtype))
        for dtype in ("bfloat16", "int8", "int4")
    }
    assert need["bfloat16"] > need["int8"] > need["int4"]
    for dtype, free in need.items():
        assert memory.auto_dtype(LLAMA_8B, card(free), 8192) == dtype
        old = replace(card(free), few_bits=False)
        assert memory.auto_dtype(LLAMA_8B, old, 8192) == "bfloat16"
    assert memory.auto_dtype(LLAMA_8B, card(need["int4"] - 1), 8192) == "bfloat16"  # none fits
    assert memory.auto_dtype(LLAMA_8B, card(need["int4"], "apple"), 8192) == "bfloat16"
    other = replace(LLAMA_8B, model_type="gpt2")
    assert memory.auto_dtype(other, card(need["int8"]), 8192) == "bfloat16"


@pytest.mark.parametrize(
    ("left", "word"), [(-1, "too big"), (0, "tight"), (2 * 10**8, "tight"), (10**9, "fits")]
)
def test_the_light_has_three_words(left: int, word: str) -> None:
    needed = memory.total_bytes(LLAMA_1B, PLAN)
    gpt2 = replace(LLAMA_1B, model_type="gpt2")  # which is not loaded in few bits
    assert memory.light(gpt2, card(needed + left), 8192).word == word


def test_the_light_tells_both_amounts() -> None:
    light = memory.light(LLAMA_8B, card(5 * GIB), 8192)
    assert str(light) == "It needs 17.0 GB; 5.0 GB are free."


def test_the_light_asks_for_no_more_than_the_model_can_see() -> None:
    told = (str(memory.light(GEMMA, card(10**11), n)) for n in (131072, 10**6))
    assert len(set(told)) == 1


# -- the ledger -----------------------------------------------------------------------------------

LEDGER = Ledger(
    "a card", total=24 * GIB, free=4 * GIB, weights=15 * GIB, kv_cache=2 * GIB, workspace=GIB,
    slack=GIB // 2, context=GIB // 2, others=GIB, kv_per_token=131_072, context_left=10**6,
)  # fmt: skip


def test_a_complete_ledger_explains_everything() -> None:
    assert LEDGER.unexplained == 0


def test_what_nobody_told_is_unexplained() -> None:
    assert replace(LEDGER, others=0).unexplained == GIB


def test_tokens_left_come_from_free_memory_and_slack_less_the_reserve() -> None:
    spare = 4 * GIB + GIB // 2 - cards.reserve_bytes(24 * GIB)
    assert LEDGER.tokens_left == spare // 131_072
    assert LEDGER.ends == "memory"


def test_candidates_share_what_is_left() -> None:
    assert replace(LEDGER, candidates=4).tokens_left == LEDGER.tokens_left // 4


def test_the_context_may_end_first() -> None:
    short = replace(LEDGER, context_left=100)
    assert (short.tokens_left, short.ends) == (100, "context")


def test_a_full_device_leaves_nothing() -> None:
    assert replace(LEDGER, free=0, slack=0).tokens_left == 0


def test_a_model_without_a_cache_is_bound_by_its_context() -> None:
    assert replace(LEDGER, kv_per_token=0, context_left=7).tokens_left == 7


HELD = Holding(
    weights=10 * GIB, kv_cache=GIB, workspace=GIB, slack=GIB, kv_per_token=1000, rows=2,
    context_left=500, read_per_token=10 * GIB, bandwidth_gb_s=400,
)  # fmt: skip
READ = Reading("a card", "", 20 * GIB, 24 * GIB, gpu=True, own_gpu_bytes=14 * GIB)


def test_driver_and_engine_together_explain_the_card() -> None:
    ledger = memory.account(READ, HELD)
    assert ledger is not None
    assert (ledger.context, ledger.others, ledger.free) == (GIB, 6 * GIB, 4 * GIB)
    assert ledger.unexplained == 0
    assert (ledger.candidates, ledger.context_left, ledger.kv_per_token) == (2, 500, 1000)


def test_where_the_driver_tells_no_process_the_rest_is_others() -> None:
    ledger = memory.account(replace(READ, own_gpu_bytes=None), HELD)
    assert ledger is not None
    assert (ledger.context, ledger.others, ledger.unexplained) == (0, 7 * GIB, 0)


def test_without_a_model_only_the_programs_are_told() -> None:
    ledger = memory.account(replace(READ, own_gpu_bytes=0), None)
    assert ledger is not None
    assert (ledger.weights, ledger.others, ledger.unexplained) == (0, 20 * GIB, 0)


def test_on_a_cpu_the_process_stands_for_the_device_s_context() -> None:
    ledger = memory.account(
        Reading("CPU", "", 20 * GIB, 32 * GIB, own_bytes=14 * GIB, own_gpu_bytes=1), HELD
    )
    assert ledger is not None
    assert (ledger.context, ledger.others) == (GIB, 6 * GIB)
    assert ledger.device == ""


def test_memory_that_cannot_be_read_is_no_ledger() -> None:
    assert memory.account(Reading("a card", "", gpu=True), HELD) is None


def test_on_a_cpu_freed_blocks_count_unless_memory_is_saved() -> None:
    def activations(kind: str, saves: bool) -> int:
        plan = Plan("float32", 256, kind, training="lora", saves=saves)
        return memory.parts(LLAMA_1B, plan)["activations"]

    assert activations("cpu", True) == activations("cuda", True)
    assert activations("cpu", False) == pytest.approx(1.65 * activations("cuda", False), rel=1e-6)


# -- after a load ---------------------------------------------------------------------------------

ANSWERED = Holding(
    weights=15 * GIB, kv_cache=GIB, workspace=GIB, slack=0, kv_per_token=1, rows=1, context_left=9,
    read_per_token=1, bandwidth_gb_s=1.0,
)  # fmt: skip


def told_by(own: int | None, gpu: bool = True) -> Reading:
    return Reading("a card", "", 20 * GIB, 24 * GIB, gpu=gpu, own_gpu_bytes=own)


def test_the_next_forecast_has_what_the_libraries_really_took() -> None:
    before = memory.total_bytes(LLAMA_8B, PLAN)
    assert memory.compare(told_by(18 * GIB), ANSWERED) == GIB - memory.RUNTIME["cuda"]
    assert memory.parts(LLAMA_8B, PLAN)["runtime"] == GIB
    assert memory.total_bytes(LLAMA_8B, PLAN) == before + GIB - memory.RUNTIME["cuda"]
    on_cpu = replace(PLAN, kind="cpu")
    assert memory.parts(LLAMA_8B, on_cpu)["runtime"] == memory.RUNTIME["cpu"]


@pytest.mark.parametrize(
    ("own", "gpu"), [(None, True), (0, True), (17 * GIB, True), (20 * GIB, False)]
)
def test_a_driver_that_does_not_tell_changes_no_forecast(own: int | None, gpu: bool) -> None:
    assert memory.compare(told_by(own, gpu), ANSWERED) is None
    assert memory.parts(LLAMA_8B, PLAN)["runtime"] == memory.RUNTIME["cuda"]
