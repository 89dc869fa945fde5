"""What a card's allocator would hold, beside the forecast; no card is needed for it."""

from __future__ import annotations

import gc
import sys
from typing import Any, Literal

import pytest
import torch
import torch.nn.functional as F
from torch.nn import Parameter
from transformers import AutoModelForCausalLM
from transformers.initialization import no_init_weights

from chatapp import memory
from chatapp.engine import attention, decoding, holding, int4, ladder, merged, nibbles
from chatapp.engine.adapting import Attached
from chatapp.engine.family import refusal
from chatapp.engine.fused import Fused
from chatapp.engine.generic import Generic, open_heads
from chatapp.engine.linears import Plain
from chatapp.engine.shapes import config_of
from chatapp.engine.static import Static
from chatapp.engine.subject import sizes_of
from chatapp.tuning import Tuning
from tests.engine.allocator import Card, Mixed, OnCard

META = torch.device("meta")
NAME, LAYERS, CONTEXT = "llama-3.1-8b", 12, 2048
HOLES = 0.02  # of what is held: memory that nobody uses and that cannot go back


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    """`meta` is taken for a card: what asks for numbers is left out."""
    made = Card()

    def empty(device: torch.device) -> None:
        gc.collect()
        made.empty_cache()

    def multiply(x: torch.Tensor, packed: torch.Tensor, *_: Any) -> torch.Tensor:
        return x.new_empty(x.shape[0], packed.shape[0] * 8)

    for kernel in (int4, nibbles):
        monkeypatch.setattr(kernel, "require", lambda kind: None)
        monkeypatch.setattr(kernel, "multiply", multiply)
    monkeypatch.setattr(ladder, "give_back", empty)
    for room in (holding, ladder, merged):
        monkeypatch.setattr(room, "empty_cache", empty)
    return made


def shape_only(name: str = NAME, layers: int = LAYERS) -> Any:
    """A model on `meta`, in bfloat16."""
    with no_init_weights(), META:
        return AutoModelForCausalLM.from_config(
            config_of(name, layers), dtype=torch.bfloat16
        ).eval()


def in_main_memory(model: Any) -> Any:
    """The same as if it lay in main memory; every weight is one number, read many times."""
    for module in model.modules():
        for name, weight in module.named_parameters(recurse=False):
            number = torch.ones((), dtype=weight.dtype)
            setattr(module, name, Parameter(number.expand(weight.shape), False))
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, torch.ones(buffer.shape))
    model.tie_weights()
    return model


def forward_of(model: Any, limit: int) -> Any:
    """The one that this family gets; `width` tells how many tokens it is given at once."""
    heads = 0
    if not refusal(model):
        forward: Any = Fused(model, Plain, limit)
    else:
        heads = open_heads(model)
        try:
            forward = Static(model, limit)
        except ValueError:
            forward = Generic(model, limit)
    decoder = decoding.Decoder(forward, META, heads=heads)
    decoder._chunk = memory.CHUNK
    forward.width = decoder._width
    return forward


@torch.inference_mode()
@pytest.mark.parametrize("precision", ["int4", "int8"])
def test_a_model_that_is_packed_for_a_card_leaves_no_holes_there(
    precision: str, card: Card
) -> None:
    model = in_main_memory(shape_only())
    forward = Fused(model, None, CONTEXT)
    with OnCard(card):
        for _ in ladder._pack(forward, model, precision, True, META):
            pass
        forward.run(torch.zeros(1, CONTEXT - 8, dtype=torch.long, device=META))
        gc.collect()
        card.empty_cache()  # as the recording of a step begins
        shape = sizes_of(NAME, "", LAYERS)
        assert shape is not None
        told = memory.parts(shape, memory.Plan(precision, CONTEXT, "cuda"))
        held = told["weights"] + told["kv_cache"]
        assert card.allocated == pytest.approx(held, rel=0.01)
        assert card.reserved - card.allocated <= HOLES * held
        assert card.most_reserved <= 1.1 * sum(told.values())


@torch.inference_mode()
def test_merging_on_a_card_takes_little_more_than_the_weights(card: Card) -> None:
    with OnCard(card):
        model = shape_only()
        whole = card.reserved
        forward = Fused(model, Plain, CONTEXT)
        assert card.most_reserved <= 1.05 * whole
        gc.collect()
        card.empty_cache()
        assert card.reserved <= 1.01 * whole
        assert forward.bytes_per_token < whole


FUSED = ["llama-3.1-8b", "qwen3-0.6b", "gemma-2-2b", "gemma-3-4b"]
OTHERS = ["phi-4", "smollm3-3b", "mixtral-8x7b", "qwen3-30b-a3b", "deepseek-v2-lite", "gpt-oss-20b"]


@torch.inference_mode()
@pytest.mark.parametrize("name", FUSED + OTHERS)
@pytest.mark.parametrize("context", [2048, 8192])
def test_reading_a_prompt_takes_what_is_forecast(
    name: str, context: int, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a card; the library's own attention holds little beside what it gives."""

    def kernel(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, **_: Any) -> torch.Tensor:
        return q.new_empty(*q.shape[:-1], v.shape[-1])

    monkeypatch.setattr(F, "scaled_dot_product_attention", kernel)
    with OnCard(card):
        forward = forward_of(shape_only(name, 2), context)
        gc.collect()
        before, most, read = card.allocated, 0, 0
        while read < context - 8:
            card.most_allocated = card.allocated
            count = min(forward.width(read), context - 8 - read)
            forward.run(torch.zeros(1, count, dtype=torch.long, device=META))
            cached = forward.cached_bytes
            most, read = max(most, card.most_allocated - before - cached), read + count
        shape = sizes_of(name, "", 2)
        assert shape is not None
        told = memory.workspace_bytes(shape, memory.Plan("bfloat16", context))
        assert 0.96 * most <= told <= 2 * most


@pytest.mark.parametrize("name", ["llama-3.2-1b", "smollm2-135m", "qwen3-0.6b"])
@pytest.mark.parametrize("training", ["lora", "full"])
def test_a_training_holds_what_is_forecast(
    name: str, training: Literal["lora", "full"], card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a card, at the end of the forward pass: there the most is held."""
    rows, tokens, layers = 4, 1024, 8
    with OnCard(card):
        model = shape_only(name, layers).train()
        code = sys.modules[type(model).__module__]
        for mask in ("create_causal_mask", "create_sliding_window_causal_mask"):
            monkeypatch.setattr(code, mask, lambda *_, **__: None, raising=False)
        if training == "lora":
            model.requires_grad_(False)
            Attached(model, Tuning(rank=memory.RANK), name)
        else:
            model.float()
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        moments = [torch.zeros_like(weight) for weight in trained for _ in range(2)]
        gc.collect()
        card.most_allocated = card.allocated
        ids = torch.zeros(rows, tokens, dtype=torch.long, device=META)
        with Mixed():
            logits = model(input_ids=ids, use_cache=False).logits.flatten(0, 1)
            learned = logits.index_select(0, ids.flatten())  # as a mask of the answers takes them
            loss = F.cross_entropy(learned.float(), ids.flatten())
        del logits, learned
        loss.backward()
        assert moments
    shape = sizes_of(name, "", layers)
    assert shape is not None
    plan = memory.Plan("bfloat16", tokens, training=training, rows=rows)
    told = memory.parts(shape, plan)
    assert sum(told.values()) - told["runtime"] == pytest.approx(card.most_allocated, rel=0.1)


def test_measuring_how_fast_a_card_reads_leaves_nothing_there(card: Card) -> None:
    with OnCard(card):
        assert holding.bandwidth("meta") > 0
    assert card.most_allocated >= holding.BLOCK_BYTES
    assert (card.allocated, card.reserved) == (0, 0)


def test_the_forecast_knows_how_many_scores_are_held_at_once() -> None:
    assert memory.CAPPED == {"gemma2": attention.PIECE}
    assert set(memory.EAGER.values()) == {decoding.SCORES}
    assert decoding.CHUNK_TOKENS[0] == memory.LEAST


def test_the_allocator_keeps_the_rules_it_was_written_from() -> None:
    card = Card()
    with OnCard(card):
        small = torch.empty(1000, dtype=torch.uint8, device=META)
        assert (card.allocated, card.reserved) == (1024, 2 << 20)
        large = F.pad(torch.empty(12 << 20, dtype=torch.uint8, device=META), (0, 1))
        assert card.reserved == (2 + 12 + 14) << 20  # the first is free and waits
        del small, large
        assert card.allocated == 0
        card.empty_cache()
        assert card.reserved == 0
