"""How long Stop takes, at random moments of a real size of model: `pytest -m full -s`."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest
import torch

from chatapp.chat import Done, Event, Progress, Text
from chatapp.engine.decoding import Decoder
from chatapp.engine.formats import FORMATS
from chatapp.engine.fused import Fused
from chatapp.engine.shapes import random_model
from chatapp.settings import Sampling
from chatapp.work import Worker

PROMPT = 4000  # tokens
DECODE_S, PREFILL_S = 0.1, 0.3


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    model = random_model("qwen2.5-0.5b", torch.bfloat16)
    return Decoder(Fused(model, FORMATS["int8"], 8192), torch.device("cpu"))


@torch.inference_mode()
def reply(decoder: Decoder, ids: list[int]) -> Iterator[Event]:
    """A reply without text, as `Local` tells it."""
    yield from decoder.prefill(ids, decoder.resume(ids))
    for _ in decoder.decode(Sampling(temperature=0.0), ids, 4000):
        yield Text("x")
    yield Done()


def seconds_to_stop(decoder: Decoder, ids: list[int], kind: type[Event], after_s: float) -> float:
    worker = Worker("stop")
    ticket = worker.submit(lambda stop: reply(decoder, ids))
    for event in ticket:
        if isinstance(event, kind):
            break
    threading.Event().wait(after_s)
    began = time.perf_counter()
    ticket.cancel()
    for _ in ticket:
        pass
    took = time.perf_counter() - began
    assert worker.close(5)
    return took


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("kind", "size", "span_s", "limit_s", "count"),
    [(Text, 64, 0.3, DECODE_S, 100), (Progress, PROMPT, 4.0, PREFILL_S, 40)],
    ids=["decode", "prefill"],
)
def test_stop_is_soon(
    decoder: Decoder, kind: type[Event], size: int, span_s: float, limit_s: float, count: int
) -> None:
    rng = random.Random(5)
    times = []
    for number in range(count):
        ids = [(number + 7 * place) % 50_000 for place in range(size)]
        times.append(seconds_to_stop(decoder, ids, kind, rng.uniform(0, span_s)))
    worst = sorted(times)[int(0.99 * count) - 1]
    print(f"\nstop: p99 {1000 * worst:.0f} ms, median {1000 * sorted(times)[count // 2]:.0f} ms")
    assert worst <= limit_s
