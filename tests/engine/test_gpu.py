"""On a CUDA card: `pytest -m gpu tests/engine`. Imports no Qt; needs about 6 GB of its memory."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp import cards, gate, memory
from chatapp.cards import Card
from chatapp.chat import Done, Message, Request, Text, UserError
from chatapp.engine import faults, loading, nibbles, placing, reading
from chatapp.engine.bench import Options, decode
from chatapp.engine.decoding import Decoder
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused
from chatapp.engine.graphs import Graphs
from chatapp.engine.holding import weights_bytes
from chatapp.engine.ladder import forward_of
from chatapp.engine.local import Local
from chatapp.engine.shapes import random_model
from chatapp.settings import Sampling
from chatapp.sharing import Share
from tests.engine.conftest import CONFIGS, make_model, open_local
from tests.engine.test_adapted import make_adapter

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA card"),
]
FEW_BITS = pytest.mark.skipif(
    torch.cuda.is_available() and torch.cuda.get_device_capability() < placing.AMPERE,
    reason="this card has no product in few bits",
)
CUDA = torch.device("cuda")
GREEDY = Sampling(temperature=0.0)
GREEDY_FEW = Sampling(temperature=0.0, max_new_tokens=8)
WARM = Sampling(temperature=1.0, seed=3)
IDS = [(31 * n) % 40_000 for n in range(700)]


@pytest.fixture(scope="module")
def forward() -> Iterator[Fused]:
    """Two layers in float32 without TF32: the same sums in every path, but for their order."""
    torch.backends.cuda.matmul.allow_tf32 = False
    model = random_model("smollm2-135m", torch.float32, "cuda", layers=2)
    yield Fused(model, FORMATS["float32"], 2048)
    del model
    gc.collect()
    torch.cuda.empty_cache()


@torch.inference_mode()
def written(
    forward: Fused,
    knobs: Sampling,
    graphs: Graphs | None,
    rows: int = 1,
    count: int = 60,
    ids: list[int] = IDS,
) -> list[list[int]]:
    forward.forget()
    decoder = Decoder(forward, CUDA, graphs)
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    steps = list(decoder.decode(knobs, ids, count, rows))
    assert graphs is None or decoder.rung == "graph"
    return [[picks[row].token for picks in steps] for row in range(rows)]


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize(
    "knobs",
    [GREEDY, WARM, Sampling(seed=1, top_k=0, repetition_penalty=1.2, frequency_penalty=0.4)],
    ids=["greedy", "short", "full"],
)
def test_graphs_write_what_eager_steps_write(forward: Fused, knobs: Sampling, rows: int) -> None:
    expected = written(forward, knobs, None, rows)
    assert written(forward, knobs, Graphs(forward, CUDA), rows) == expected


def test_a_new_slider_value_needs_no_new_capture(forward: Fused) -> None:
    forward.forget()
    graphs = Graphs(forward, CUDA)
    decoder = Decoder(forward, CUDA, graphs)
    with torch.inference_mode():
        for _ in decoder.prefill(IDS, 0):
            pass
        list(decoder.decode(Sampling(temperature=0.9, top_p=0.9, seed=3), IDS, 4))
        recorded = graphs._drawn
        for _ in decoder.prefill(IDS, decoder.resume(IDS)):
            pass
        list(decoder.decode(Sampling(temperature=0.4, top_p=0.5, seed=9), IDS, 4))
    assert recorded is not None
    assert graphs._drawn is not None
    assert graphs._drawn[2] is recorded[2]


def test_a_replay_waits_for_nothing(forward: Fused) -> None:
    forward.forget()
    graphs = Graphs(forward, CUDA)
    decoder = Decoder(forward, CUDA, graphs)
    with torch.inference_mode():
        for _ in decoder.prefill(IDS, 0):
            pass
        steps = decoder._steps(WARM, IDS, 1, 0)
        steps.launch()
        steps.launch()
        torch.cuda.set_sync_debug_mode("error")
        try:
            for _ in range(8):
                steps.launch()
        finally:
            torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("kind", ["windowed", "gemma2", "gemma3_text"])
def test_graphs_heed_windows_and_caps(kind: str) -> None:
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(CONFIGS[kind](), attn_implementation="eager")
    model = model.to(CUDA).eval()
    for weight in model.requires_grad_(False).parameters():
        torch.nn.init.normal_(weight, 0.0, 0.15)
    forward = Fused(model, FORMATS["float32"], 512)
    ids = [7 * n % 250 for n in range(40)]
    expected = written(forward, GREEDY, None, ids=ids)
    assert written(forward, GREEDY, Graphs(forward, CUDA), ids=ids) == expected
    with torch.inference_mode():
        whole = torch.tensor([[*ids, *expected[0]]], device=CUDA)
        best = model(whole).logits[0, len(ids) - 1 : -1].argmax(-1)
    assert best.tolist() == expected[0]


def test_an_answer_across_a_bucket_is_the_eager_one(forward: Fused) -> None:
    expected = written(forward, GREEDY, None, count=400)
    assert written(forward, GREEDY, Graphs(forward, CUDA), count=400) == expected


def test_what_ran_ahead_of_a_stop_is_not_kept(forward: Fused) -> None:
    forward.forget()
    decoder = Decoder(forward, CUDA, Graphs(forward, CUDA))
    with torch.inference_mode():
        for _ in decoder.prefill(IDS, 0):
            pass
        steps = decoder.decode(GREEDY, IDS, 50)
        tokens = [next(steps)[0].token for _ in range(7)]
        steps.close()
        assert decoder.resume([*IDS, *tokens, 0]) == len(IDS) + 7


def test_the_memory_comes_back_after_the_model(forward: Fused) -> None:
    written(forward, GREEDY, Graphs(forward, CUDA), count=8)  # the libraries' workspaces stay
    forward.forget()
    gc.collect()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    model = random_model("smollm2-135m", torch.bfloat16, "cuda")
    other = Fused(model, FORMATS["bfloat16"], 1024)
    written(other, GREEDY, Graphs(other, CUDA), count=8)
    del other, model
    gc.collect()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_allocated() - before < 16 << 20


@pytest.mark.parametrize("shape", ["smollm2-135m", "llama-3.2-1b"])
def test_the_bench_reaches_the_baseline_and_the_oracle(shape: str) -> None:
    figures = decode(Options(shape, "bfloat16", tokens=64))
    assert figures["oracle_match"]
    assert figures["ratio"] > 1


def test_a_full_card_is_told_and_the_next_turn_works(tmp_path: Path) -> None:
    """What is left holds the model and a short prompt, not the keys and values of a long one."""
    wide = {"hidden_size": 1024, "num_attention_heads": 16, "num_key_value_heads": 16}
    folder = make_model(tmp_path / "m", max_position_embeddings=32768, **wide)
    local = open_local(folder, device="cuda", context_length=32768)
    short, long = (Request((Message("user", "word " * n),), GREEDY_FEW) for n in (4, 5000))
    list(local.stream(short))
    loaded = torch.cuda.memory_allocated()
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    filler = torch.empty(free - (100 << 20), dtype=torch.uint8, device="cuda")
    with pytest.raises(UserError, match="ran out of memory") as told:
        list(local.stream(long))
    del filler
    assert told.value.values["needed"] > 0
    del told
    assert torch.cuda.memory_allocated() == pytest.approx(loaded, rel=0.05)
    assert isinstance(list(local.stream(short))[-1], Done)
    local.close()


@FEW_BITS
@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_few_bits_are_recorded_and_write_what_eager_steps_write(dtype: str) -> None:
    model = random_model("smollm2-135m", torch.bfloat16, "cuda", layers=2)
    made, rung = forward_of(model, 2048, dtype)
    assert rung == "fused"
    assert isinstance(made, Fused)
    expected = written(made, GREEDY, None)
    assert written(made, GREEDY, Graphs(made, CUDA)) == expected


@FEW_BITS
@pytest.mark.parametrize("shape", [(1536, 576), (4096, 4096), (344, 172)])
@pytest.mark.parametrize("rows", [1, 4, 40])
def test_eight_bits_are_the_product_of_their_codes(shape: tuple[int, int], rows: int) -> None:
    torch.manual_seed(3)
    weight, x = torch.randn(shape, device=CUDA), torch.randn(rows, shape[1], device=CUDA)
    padded = torch.nn.functional.pad(weight, (0, -shape[1] % nibbles.GROUP))
    kept = nibbles.restored(*nibbles.quantised(padded))[:, : shape[1]]
    right = x.bfloat16().double() @ kept.double().T
    apart = (nibbles.Nibbles(weight, None)(x) - right).abs().max()
    assert apart <= 2**-8 * right.abs().max()


@FEW_BITS
def test_eight_bits_take_the_bytes_that_are_forecast() -> None:
    """Counted by the allocator: what is left of a model once its weights are packed."""
    gc.collect()
    before = torch.cuda.memory_allocated()
    shape = "llama-3.2-1b"
    model = random_model(shape, torch.bfloat16, "cuda", layers=4)
    made, _ = forward_of(model, 256, "int8")
    made.forget()
    gc.collect()
    taken = torch.cuda.memory_allocated() - before
    told = weights_bytes(model, made)
    assert taken == pytest.approx(told, rel=0.03)


def test_a_packed_model_never_lies_on_the_card_whole(tmp_path: Path) -> None:
    size = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 6}
    folder = make_model(tmp_path / "m", **size)
    whole = sum(file.stat().st_size for file in folder.glob("*.safetensors")) // 2  # in 16 bits
    gc.collect()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    local = open_local(folder, device="cuda", dtype="int4")
    assert torch.cuda.max_memory_allocated() - before < 0.7 * whole
    assert isinstance(list(local.stream(Request((Message("user", "hi"),), GREEDY_FEW)))[-1], Done)
    local.close()


def test_steps_that_were_recorded_follow_the_adapter(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    adapter = make_adapter(base, tmp_path / "adapter")
    local = open_local(base, device="cuda", dtype="float32")
    assert local.info.rung == "fused, CUDA graphs"

    def told(worn: str) -> list[int]:
        knobs = Sampling(temperature=0.0, max_new_tokens=16)
        asked = Request((Message("user", "Hello"),), knobs, alternatives=1, adapter=worn)
        done = list(local.stream(asked))[-1]
        assert isinstance(done, Done)
        return [token.id for token in done.stats.tokens]

    plain, worn = told(""), told(str(adapter))
    assert worn != plain
    assert (told(""), told(str(adapter))) == (plain, worn)
    ids = local.prompt.ids((Message("user", "Hello"),))
    model = peft.PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)
    with torch.inference_mode():
        best = model(torch.tensor([[*ids, *worn]])).logits[0, len(ids) - 1 : -1].argmax(-1)
    assert best.tolist() == worn
    local.close()


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2", "gemma3"])
def test_a_model_that_is_split_with_main_memory_writes_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A card that is told to be small: two of four layers are brought from main memory."""
    torch.backends.cuda.matmul.allow_tf32 = False
    deep = {} if kind == "gemma3" else {"n_layer" if kind == "gpt2" else "num_hidden_layers": 4}
    folder = make_model(tmp_path / "m", kind, **deep)
    asked = Request((Message("user", "Tell me a story, please."),), GREEDY)
    whole = open_local(folder, device="cuda", dtype="float32")
    expected = said(whole, asked)
    whole.close()
    layers = 2 if kind == "gemma3" else 4
    shares = (
        Share(Card("card", "cuda", 1, 1, "cuda:0"), range(layers // 2), 1, 0, 0, 0),
        Share(Card("memory", "cpu", 1, 1, "cpu"), range(layers // 2, layers), 1, 0, 0, 0),
    )
    monkeypatch.setattr(loading, "shared_out", lambda *given: shares)
    local = open_local(folder, device="cuda", dtype="float32", offload="auto")
    assert local.info.rung == "generic"
    assert said(local, asked) == expected
    held = local.holding
    assert held is not None
    assert held.layers == (layers // 2, layers)
    assert held.elsewhere > 0
    several = Request(asked.messages, replace(WARM, candidates=3, max_new_tokens=20))
    assert said(local, several)
    assert said(local, asked) == expected
    before = torch.cuda.memory_allocated()
    local.close()
    assert torch.cuda.memory_allocated() < before


def test_a_model_larger_than_the_card_is_told_to_be_is_shared_out_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver's numbers, but for the card's free memory."""
    wide = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 12}
    folder = make_model(tmp_path / "m", **wide)
    shape = gate.check(folder).shape
    assert shape is not None
    card, *others = cards.rooms()
    total = memory.total_bytes(shape, memory.Plan("bfloat16", 512))
    rooms = (replace(card, free_bytes=total - 100_000_000), others[-1])
    monkeypatch.setattr(cards, "rooms", lambda: rooms)
    local = open_local(folder, device="cuda", offload="auto", context_length=512)
    held = local.holding
    assert held is not None
    assert 0 < held.layers[0] < held.layers[1] == 12
    assert said(local, Request((Message("user", "Hi"),), GREEDY_FEW))
    local.close()


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there is one card only")
def test_a_model_on_two_cards_writes_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.backends.cuda.matmul.allow_tf32 = False
    folder = make_model(tmp_path / "m", num_hidden_layers=4)
    asked = Request((Message("user", "Tell me a story, please."),), GREEDY)
    whole = open_local(folder, device="cuda:1", dtype="float32")
    assert whole.model.device.index == 1
    expected = said(whole, asked)
    whole.close()
    shares = (
        Share(Card("card", "cuda", 1, 1, "cuda:0"), range(2), 1, 0, 0, 0),
        Share(Card("card", "cuda", 1, 1, "cuda:1"), range(2, 4), 1, 0, 0, 0),
    )
    monkeypatch.setattr(loading, "shared_out", lambda *given: shares)
    local = open_local(folder, device="cuda:0", dtype="float32", offload="auto")
    assert said(local, asked) == expected
    several = Request(asked.messages, replace(WARM, candidates=3, max_new_tokens=20))
    assert said(local, several)
    assert said(local, asked) == expected
    local.close()


def test_a_peak_of_a_model_that_was_left_is_not_work_of_the_next(llama_folder: Path) -> None:
    filler = torch.empty(1 << 30, dtype=torch.uint8, device=CUDA)
    del filler
    faults.give_back(CUDA)
    local = open_local(llama_folder, device="cuda")
    held = local.holding
    assert held is not None
    assert held.workspace < 1 << 29
    local.close()


def test_weights_on_two_devices_are_looked_at_together() -> None:
    found = {"card": torch.ones(9, device=CUDA), "memory": torch.ones(9)}
    reading.require_numbers(found)
    with pytest.raises(UserError, match=r"invalid numbers \(memory\)"):
        reading.require_numbers({**found, "memory": torch.full((9,), torch.nan)})


def test_a_look_at_the_card_makes_no_context() -> None:
    """In a process of its own: a context would take more than 100 MB of the card."""
    code = (
        "from chatapp import devices\n"
        "first, *_, last = [devices.read() for _ in range(20)]\n"
        "assert first.gpu and first.used_bytes, first\n"
        "assert not last.own_gpu_bytes, last\n"
        "assert abs(last.used_bytes - first.used_bytes) < 50_000_000, (first, last)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def said(local: Local, asked: Request) -> str:
    return "".join(event.text for event in local.stream(asked) if isinstance(event, Text))
