"""The traced step against the same step run operation by operation."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
import torch

from chatapp import library
from chatapp.engine.cache import STEP
from chatapp.engine.decoding import Decoder
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused
from chatapp.engine.traced import OTHER_SCORES, Traces
from tests.engine.conftest import WINDOW, open_local
from tests.engine.test_adapted import make_adapter, wear
from tests.engine.test_decoding import CPU, GREEDY, WARM, written
from tests.engine.test_fused import FAMILY, ids, random
from tests.engine.test_local import decoded

PROMPT = [7 * place % 250 for place in range(20)]
TOKENS = 64


def eager(model: torch.nn.Module, name: str = "float32", limit: int = 128) -> Fused:
    """A forward whose steps are never traced."""
    forward = Fused(model, FORMATS[name], limit)
    refuse(forward)
    return forward


def refuse(forward: Fused) -> None:
    forward.forget()
    forward._traces.forget()
    forward._traces._refused = True


def traced(model: torch.nn.Module, name: str = "float32", limit: int = 128) -> Fused:
    forward = Fused(model, FORMATS[name], limit)
    with torch.inference_mode():
        forward.record()
    assert forward.traced
    forward.forget()
    return forward


@torch.inference_mode()
@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16", "int8"])
@pytest.mark.parametrize("kind", FAMILY)
def test_a_trace_gives_each_score_that_the_step_gives(kind: str, name: str) -> None:
    model = random(kind)
    ours, theirs = traced(model, name), eager(model, name)
    scores, expected = ours.run(ids(20)), theirs.run(ids(20))
    assert WINDOW < 20
    for _ in range(TOKENS):
        word = expected.argmax(-1, keepdim=True)
        scores, expected = ours.run(word), theirs.run(word)
        assert torch.equal(scores, expected)


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("rows", [1, 3])
def test_the_words_are_those_of_untraced_steps(kind: str, rows: int) -> None:
    model = random(kind)
    expected = written(Decoder(eager(model), CPU), PROMPT, WARM, TOKENS, rows)
    decoder = Decoder(traced(model), CPU)
    assert written(decoder, PROMPT, WARM, TOKENS, rows) == expected
    assert decoder.rung == "traced"


def test_one_trace_serves_every_length_and_buffer() -> None:
    model = random("llama")
    prompt = [place % 250 for place in range(STEP - 8)]
    expected = written(Decoder(eager(model, limit=2 * STEP), CPU), prompt, GREEDY, 24)
    forward = traced(model, limit=2 * STEP)
    decoder = Decoder(forward, CPU)
    assert written(decoder, PROMPT, GREEDY, 4) == written(
        Decoder(eager(model), CPU), PROMPT, GREEDY, 4
    )
    assert written(decoder, prompt, GREEDY, 24) == expected
    assert forward.keys_values.room > STEP
    assert len(forward._traces._replays) == 1


def test_a_stop_and_another_end_are_exact() -> None:
    model = random("gemma3_text")
    decoder, other = Decoder(traced(model), CPU), Decoder(eager(model), CPU)
    with torch.inference_mode():
        for _ in decoder.prefill(PROMPT, 0):
            pass
        steps = decoder.decode(GREEDY, PROMPT, 20)
        tokens = [next(steps)[0].token for _ in range(6)]
        steps.close()
    assert decoder.length == len(PROMPT) + 5
    longer = [*PROMPT, *tokens[:3], 9, 9]
    assert written(decoder, longer, GREEDY, 20) == written(other, longer, GREEDY, 20)


def loaded_words(folder: Path) -> tuple[list[list[int]], list[list[int]]]:
    """Of a model as it is loaded: with its trace, and without."""
    engine = open_local(folder, device="cpu")
    assert engine.info.rung == "fused, traced"
    ours = written(Decoder(engine.forward, CPU), PROMPT, GREEDY, TOKENS)
    refuse(engine.forward)
    return ours, written(Decoder(engine.forward, CPU), PROMPT, GREEDY, TOKENS)


def test_the_guide_is_traced_when_it_is_loaded() -> None:
    ours, expected = loaded_words(Path(library.built_in().path))
    assert ours == expected


def test_a_trained_model_is_traced_when_it_is_loaded(stories: Path) -> None:
    ours, expected = loaded_words(stories)
    assert ours == expected


def test_a_trace_that_differs_is_not_used_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = random("llama")
    expected = written(Decoder(eager(model), CPU), PROMPT)
    step = Fused._traceable
    monkeypatch.setattr(Fused, "_traceable", lambda *a: step(*a).flip(-1))
    caplog.set_level("INFO")
    decoder = Decoder(Fused(model, FORMATS["float32"], 128), CPU)
    assert written(decoder, PROMPT) == expected
    written(decoder, PROMPT, rows=2)
    assert decoder.rung == "eager"
    assert caplog.text.count(OTHER_SCORES) == 1


def test_a_number_that_was_kept_from_the_recording_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A trace that is right where it was made and at no other length."""
    step = Fused._traceable
    monkeypatch.setattr(
        Fused, "_traceable", lambda self, ids, at, *more: step(self, ids, at * 0 + int(at), *more)
    )
    forward = Fused(random("llama"), FORMATS["float32"], 128)
    with torch.inference_mode():
        forward.run(ids(20))
        forward.record()
    assert not forward.traced


@pytest.mark.parametrize("error", [RuntimeError("not in this Python"), AttributeError("gone")])
def test_a_torch_that_cannot_trace_runs_every_operation(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr(torch._C, "CompilationUnit", fails)
    caplog.set_level("INFO")
    model = random("llama")
    decoder = Decoder(Fused(model, FORMATS["float32"], 128), CPU)
    assert written(decoder, PROMPT) == written(Decoder(eager(model), CPU), PROMPT)
    assert decoder.rung == "eager"
    assert str(error) in caplog.text


def test_a_step_that_fails_is_computed_as_usual(caplog: pytest.LogCaptureFixture) -> None:
    """fbgemm finds no scale for what is no number; the usual way gives no numbers then."""
    model = random("llama")
    forward = traced(model, "int8")
    caplog.set_level("INFO")
    forward._embedding[3] = torch.nan
    with torch.inference_mode():
        forward.run(ids(9))
        assert forward.run(torch.tensor([[3]])).isnan().all()
    assert "a step is not replayed" in caplog.text


def test_an_adapter_is_traced_by_itself(tmp_path: Path, llama_folder: Path) -> None:
    adapter = make_adapter(llama_folder, tmp_path / "adapter")
    local, other = open_local(llama_folder), open_local(llama_folder)
    refuse(other.forward)
    for path in ("", adapter, "", adapter):
        wear(local, path)
        wear(other, path)
        assert decoded(local, PROMPT, 16) == decoded(other, PROMPT, 16)
        assert local.decoder.rung == "traced"
    assert len(local.forward._traces._replays) == 2
    assert not other.forward.traced


def test_the_weights_go_with_the_traces() -> None:
    forward = Fused(random("llama"), FORMATS["float32"], 128)
    weight = forward._layers[0].down.weight
    before = weight._use_count()
    with torch.inference_mode():
        forward.record()
    assert weight._use_count() > before
    forward._traces.forget()
    gc.collect()
    assert weight._use_count() == before


def test_the_same_is_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = []
    record = Traces.record
    monkeypatch.setattr(
        Traces, "record", lambda self, key, *more: (recorded.append(key), record(self, key, *more))
    )
    decoder = Decoder(Fused(random("llama"), FORMATS["float32"], 128), CPU)
    for rows in (1, 1, 2, 3, 1):
        written(decoder, PROMPT, WARM, 4, rows)
    assert recorded == [(False, ""), (True, "")]
