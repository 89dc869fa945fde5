"""The loop over real small models: candidates, recorded steps, and what waits on the shelf."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp.engine import decoding
from chatapp.engine.cache import STEP, KeyValues, Shelf, bucket, common_prefix
from chatapp.engine.decoding import Decoder
from chatapp.engine.fused import Fused
from chatapp.engine.generic import Generic, open_heads
from chatapp.engine.graphs import CannotCapture, Graphs
from chatapp.engine.linears import Plain
from chatapp.engine.local import Local
from chatapp.engine.sampling import Pick
from chatapp.engine.static import Static
from chatapp.settings import Sampling
from tests.engine.conftest import WINDOW, make_model, open_local

GREEDY = Sampling(temperature=0.0)
WARM = Sampling(temperature=1.0, seed=3, top_k=0, top_p=1.0, min_p=0.0)
SHELF = 1 << 30  # bytes
CPU = torch.device("cpu")


def ids_of(text: str) -> list[int]:
    return list(text.encode())


@torch.inference_mode()
def written(
    decoder: Decoder, ids: list[int], knobs: Sampling = GREEDY, count: int = 24, rows: int = 1
) -> list[list[int]]:
    """The tokens of each row."""
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    steps = list(decoder.decode(knobs, ids, count, rows))
    return [[picks[row].token for picks in steps] for row in range(rows)]


@pytest.fixture
def local(any_folder: Path) -> Local:
    return open_local(any_folder)


@pytest.fixture
def llama(llama_folder: Path) -> Local:
    return open_local(llama_folder)


def decoder_of(local: Local, **more: object) -> Decoder:
    local.forward.forget()
    return Decoder(local.forward, CPU, **more)


# -- candidates -----------------------------------------------------------------------------------


def test_each_candidate_is_what_it_would_be_alone(local: Local) -> None:
    together = written(decoder_of(local), ids_of("One fine day"), WARM, rows=4)
    for row in range(4):
        knobs = Sampling(temperature=1.0, seed=3 + row, top_k=0, top_p=1.0, min_p=0.0)
        assert together[row] == written(decoder_of(local), ids_of("One fine day"), knobs)[0]


def test_after_candidates_the_next_answer_is_right(local: Local) -> None:
    expected = written(decoder_of(local), ids_of("One fine day, another"))
    decoder = decoder_of(local)
    written(decoder, ids_of("One fine day"), WARM, rows=3)
    assert written(decoder, ids_of("One fine day, another")) == expected


@torch.inference_mode()
def test_narrowed_candidates_go_on_as_before(local: Local) -> None:
    ids = ids_of("One fine day")
    whole = written(decoder_of(local), ids, WARM, rows=4)
    decoder = decoder_of(local)
    for _ in decoder.prefill(ids, decoder.resume(ids)):
        pass
    told: dict[int, list[int]] = {row: [] for row in range(4)}
    for count, picks in enumerate(decoder.decode(WARM, ids, 24, 4)):
        for pick in picks:
            told[pick.row].append(pick.token)
        if count == 9:
            decoder.narrow([1, 3])
    assert (told[1], told[3]) == (whole[1], whole[3])
    assert (told[0], told[2]) == (whole[0][:10], whole[2][:10])


@torch.inference_mode()
def test_after_narrowing_away_the_first_the_cache_holds_the_row_that_is_left(llama: Local) -> None:
    ids = ids_of("One fine day")
    decoder = decoder_of(llama)
    for _ in decoder.prefill(ids, 0):
        pass
    last: list[Pick] = []
    tokens = []
    for picks in decoder.decode(WARM, ids, 12, 2):
        decoder.narrow([1])
        last = picks
        tokens.append(picks[-1].token)
    assert [pick.row for pick in last] == [1]
    assert decoder.resume([*ids, *tokens, 0]) == len(ids) + 11


# -- recorded steps: on a CPU they run unrecorded -------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("knobs", [GREEDY, WARM, Sampling(seed=1, repetition_penalty=1.3)])
def test_recorded_steps_write_what_eager_ones_write(
    llama: Local, knobs: Sampling, rows: int
) -> None:
    ids = ids_of("One fine day")
    expected = written(decoder_of(llama), ids, knobs, 40, rows)
    decoder = decoder_of(llama, graphs=Graphs(llama.forward, CPU))
    assert written(decoder, ids, knobs, 40, rows) == expected
    assert decoder.rung == "graph"


def test_one_step_ahead_writes_the_same(llama: Local) -> None:
    ids = ids_of("One fine day")
    expected = written(decoder_of(llama), ids, WARM)
    for graphs in (None, Graphs(llama.forward, CPU)):
        decoder = decoder_of(llama, graphs=graphs)
        decoder._ahead = 1
        assert written(decoder, ids, WARM) == expected


def test_what_ran_ahead_of_a_stop_is_not_kept(llama: Local) -> None:
    ids = ids_of("One fine day")
    expected = written(decoder_of(llama), [*ids, 7, 8, 9])
    decoder = decoder_of(llama, graphs=Graphs(llama.forward, CPU))
    decoder._ahead = 1
    with torch.inference_mode():
        for _ in decoder.prefill(ids, 0):
            pass
        steps = decoder.decode(GREEDY, ids, 20)
        tokens = [next(steps)[0].token for _ in range(5)]
        steps.close()
    assert decoder.resume([*ids, *tokens, 0]) == len(ids) + 5
    assert written(decoder, [*ids, 7, 8, 9]) == expected


def test_recorded_steps_cross_into_a_larger_buffer(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    ids = [n % 250 for n in range(480)]
    graphs = Graphs(local.forward, CPU)
    whole = [n % 250 for n in range(500)]
    local.forward.limit = 2048
    expected = written(decoder_of(local), whole, GREEDY, 8)
    decoder = decoder_of(local, graphs=graphs)
    assert written(decoder, ids, GREEDY, 4)
    assert written(decoder, whole, GREEDY, 8) == expected


def test_a_replay_that_differs_falls_to_the_next_rung(
    llama: Local, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ids = ids_of("One fine day")
    expected = written(decoder_of(llama), ids)
    step = type(llama.forward).step
    monkeypatch.setattr(type(llama.forward), "step", lambda *a: step(*a).flip(-1))
    caplog.set_level("INFO")
    decoder = decoder_of(llama, graphs=Graphs(llama.forward, CPU))
    assert written(decoder, ids) == expected
    assert decoder.rung != "graph"
    assert "a replay gave other scores" in caplog.text


@pytest.mark.parametrize("rows", [1, 3])
def test_an_answer_goes_on_where_a_longer_buffer_cannot_be_recorded(
    llama: Local, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = Fused(llama.model, Plain, 2 * STEP)
    knobs = replace(WARM, repetition_penalty=1.2)
    ids = [n % 250 for n in range(STEP - 12)]
    expected = written(Decoder(forward, CPU), ids, knobs, 40, rows)
    record = Graphs._record_step

    def refuses(self: Graphs, rows: int, room: int) -> object:
        if room > STEP:
            raise CannotCapture("no memory")
        return record(self, rows, room)

    monkeypatch.setattr(Graphs, "_record_step", refuses)
    for ahead in (0, 1):
        forward.forget()
        decoder = Decoder(forward, CPU, Graphs(forward, CPU))
        decoder._ahead = ahead
        assert written(decoder, ids, knobs, 40, rows) == expected
        assert decoder.rung != "graph"


class _Fails:
    """A CUDA whose captures fail with this error, and whose end is an error of its own."""

    def __init__(self, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.code, self.set = code, []
        monkeypatch.setattr(
            torch.cuda, "Stream", lambda: SimpleNamespace(wait_stream=lambda _: None)
        )
        monkeypatch.setattr(torch.cuda, "current_stream", lambda: self)
        monkeypatch.setattr(torch.cuda, "set_stream", self.set.append)
        monkeypatch.setattr(torch.cuda, "stream", lambda _: contextlib.nullcontext())
        monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
        monkeypatch.setattr(torch.cuda, "graph", lambda *_, **__: self)

    def wait_stream(self, _: object) -> None: ...

    def __enter__(self) -> None:
        try:
            raise RuntimeError(f"CUDA error: number {self.code}\nMore is told by a debug build")
        finally:
            raise RuntimeError("CUDA error: operation failed due to a previous error")

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("code", range(900, 910))
def test_a_capture_that_the_driver_refuses_costs_a_rung_and_not_the_card(
    llama: Local, code: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ids = ids_of("One fine day")
    expected = written(decoder_of(llama), ids)
    cuda = _Fails(code, monkeypatch)
    graphs = Graphs(llama.forward, CPU)
    graphs._device = SimpleNamespace(type="cuda")
    zeros = torch.zeros
    monkeypatch.setattr(torch, "zeros", lambda *a, **k: zeros(*a, **k | {"device": "cpu"}))
    caplog.set_level("INFO")
    decoder = decoder_of(llama, graphs=graphs)
    assert written(decoder, ids) == expected
    assert decoder.rung != "graph"
    assert f"because CUDA error: number {code}" in caplog.text
    assert cuda.set == [cuda]


def test_a_capture_that_ended_the_process_is_not_tried_again(llama: Local, tmp_path: Path) -> None:
    marker = tmp_path / "capturing"
    marker.touch()
    decoder = decoder_of(llama, graphs=Graphs(llama.forward, CPU, marker))
    assert written(decoder, ids_of("One fine day"))
    assert decoder.rung != "graph"


def test_a_capture_that_went_well_leaves_no_mark(llama: Local, tmp_path: Path) -> None:
    marker = tmp_path / "capturing"
    decoder = decoder_of(llama, graphs=Graphs(llama.forward, CPU, marker))
    written(decoder, ids_of("One fine day"))
    assert decoder.rung == "graph"
    assert not marker.exists()


def test_a_capture_that_fails_leaves_no_mark(llama: Local, tmp_path: Path) -> None:
    marker = tmp_path / "capturing"
    graphs = Graphs(llama.forward, CPU, marker)

    def refuses(*_: object) -> None:
        raise CannotCapture("no")

    graphs._record_step = refuses  # type: ignore[method-assign, assignment]
    decoder = decoder_of(llama, graphs=graphs)
    assert written(decoder, ids_of("One fine day"))
    assert not marker.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_transformers_own_forward_over_our_buffer_writes_the_same(
    whole_folder: Path, rows: int
) -> None:
    local = open_local(whole_folder)
    ids = ids_of("One fine day")
    expected = written(Decoder(Generic(local.model), CPU), ids, WARM, 40, rows)
    static = Static(local.model, 512)
    assert written(Decoder(static, CPU), ids, WARM, 40, rows) == expected
    static.forget()
    recorded = Decoder(static, CPU, Graphs(static, CPU))
    assert written(recorded, ids, WARM, 40, rows) == expected
    assert recorded.rung == "graph"


def test_a_step_over_our_buffer_is_right_with_plain_attention_too(tmp_path: Path) -> None:
    local = open_local(make_model(tmp_path / "m", "gpt2"))
    local.model.set_attn_implementation("eager")
    ids = ids_of("One fine day")
    expected = written(Decoder(Generic(local.model), CPU), ids)
    static = Static(local.model, 512)
    recorded = Decoder(static, CPU, Graphs(static, CPU))
    assert written(recorded, ids) == expected
    assert recorded.rung == "graph"


@pytest.mark.parametrize("kind", ["windowed", "gemma2"])
def test_a_window_that_a_conversation_outgrows_is_not_run_over_our_buffer(
    tmp_path: Path, kind: str
) -> None:
    model = open_local(make_model(tmp_path / "m", kind)).model
    with pytest.raises(ValueError, match="see 16 tokens only"):
        Static(model, WINDOW + 1)
    within = Static(model, WINDOW)
    expected = written(Decoder(Generic(model), CPU), ids_of("One fine"), count=7)
    assert (
        written(Decoder(within, CPU, Graphs(within, CPU)), ids_of("One fine"), count=7) == expected
    )


def test_gpt2_runs_over_our_buffer(tmp_path: Path) -> None:
    assert open_local(make_model(tmp_path / "m", "gpt2")).info.rung == "static"


# -- the shelf ------------------------------------------------------------------------------------

LONG = [n % 250 for n in range(400)]
OTHER = [(7 * n + 3) % 250 for n in range(300)]


@torch.inference_mode()
def test_coming_back_to_a_conversation_reads_only_what_is_new(local: Local) -> None:
    expected = written(decoder_of(local), [*LONG, 1, 2])
    decoder = decoder_of(local, shelf=Shelf(SHELF))
    written(decoder, LONG)
    written(decoder, OTHER)
    assert decoder.resume([*LONG, 1, 2]) >= len(LONG)
    assert written(decoder, [*LONG, 1, 2]) == expected


@torch.inference_mode()
def test_without_a_shelf_everything_is_read_again(llama: Local) -> None:
    decoder = decoder_of(llama)
    written(decoder, LONG)
    written(decoder, OTHER)
    assert decoder.resume([*LONG, 1, 2]) < 10


def test_the_shelf_lets_go_of_the_oldest_first() -> None:
    shelf = Shelf(250)
    for first in (1, 2, 3):
        shelf.put([first, 9], [torch.zeros(100, dtype=torch.uint8)])
    assert [shelf.longest([first, 9])[0] for first in (1, 2, 3)] == [0, 2, 2]
    assert shelf.nbytes == 200


def test_the_shelf_keeps_a_longer_reading_of_the_same_only() -> None:
    shelf = Shelf(SHELF)
    shelf.put([1, 2], [torch.zeros(1)])
    shelf.put([1, 2, 3], [torch.zeros(1)])
    assert shelf.nbytes == 4


def test_what_is_too_large_for_the_shelf_is_let_go() -> None:
    shelf = Shelf(10)
    shelf.put([1], [torch.zeros(100)])
    assert (shelf.nbytes, shelf.longest([1, 2])) == (0, (0, None))


# -- the buffers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "shared"), [([], [1], 0), ([1, 2], [1, 2, 3], 2), ([1, 2], [1, 3], 1)]
)
def test_the_common_prefix(one: list[int], other: list[int], shared: int) -> None:
    assert common_prefix(one, other) == common_prefix(other, one) == shared


@pytest.mark.parametrize(
    ("length", "room"), [(1, 512), (512, 512), (513, 1024), (1500, 2048), (2049, 3000)]
)
def test_the_bucket_is_the_smallest_that_holds_it(length: int, room: int) -> None:
    assert bucket(length, 3000) == room


def test_rows_share_what_was_read_before() -> None:
    cache = KeyValues(1, 2, 4, torch.float32, CPU, 64)
    cache.reserve(3)
    cache.write(0, torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4))
    cache.advance(3)
    cache.spread(3)
    cache.reserve(1)
    rows = torch.arange(3.0).view(3, 1, 1, 1).expand(3, 2, 1, 4)
    keys, _ = cache.write(0, rows, rows)
    assert keys[:, 0, :, 0].tolist() == [[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 2]]
    cache.advance(1)
    cache.keep([2])
    keys, _ = cache.write(0, rows[:1, :, :0], rows[:1, :, :0])
    assert keys[:, 0, :, 0].tolist() == [[1, 1, 1, 2]]


def test_the_memory_of_other_rows_is_given_back() -> None:
    cache = KeyValues(2, 2, 4, torch.float32, CPU, 64)
    cache.reserve(1)
    before = cache.nbytes
    cache.spread(4)
    assert cache.nbytes == 4 * before
    cache.keep([0])
    assert cache.nbytes == before


# -- where a forward holds the scores of its attention --------------------------------------------


@torch.inference_mode()
def test_chunks_are_as_small_as_the_scores_must_be(
    llama: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its heads times the new tokens times all before are in memory at once."""
    ids, heads = list(range(1, 181)), 4
    whole = decoder_of(llama)
    for _ in whole.prefill(ids, 0):
        pass
    expected = whole.scores
    monkeypatch.setattr(decoding, "CHUNK_TOKENS", (4, 64))
    monkeypatch.setattr(decoding, "SCORES", heads * 160 * 10)
    decoder = decoder_of(llama, heads=heads)
    read = [0, *(progress.done for progress in decoder.prefill(ids, 0))]
    sizes = [end - start for start, end in pairwise(read)]
    assert sum(sizes) == len(ids)
    assert max(sizes) < 64
    assert all(
        heads * end * size <= decoding.SCORES for size, end in zip(sizes, read[1:], strict=True)
    )
    assert torch.allclose(decoder.scores, expected, atol=1e-4)


def test_only_attention_in_the_open_makes_chunks_smaller(llama_folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(llama_folder)
    assert open_heads(model) == 0
    model.set_attn_implementation("eager")
    assert open_heads(model) == model.config.num_attention_heads
