"""The measurements themselves: a whole probe once, and the arithmetic around it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from chatapp import places
from chatapp.chat import UserError
from chatapp.ui import bench, heart, stream_probe


def test_the_figures_are_medians_of_the_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    paints = iter([100.0, 300.0, 200.0])
    monkeypatch.setattr(bench, "_spawn", lambda command: "2.0")
    monkeypatch.setattr(
        bench, "_probe", lambda *asked: {"first_paint_ms": next(paints), "platform": "x"}
    )
    figures = bench.start(3, bench.TOKENS)
    assert figures["first_paint_ms"] == 200
    assert figures["import_ms"] == 2000
    assert figures["first_paint_ratio"] == 0.1


def test_a_broken_probe_is_told_in_one_sentence() -> None:
    with pytest.raises(UserError, match="no reason at all"):
        bench._spawn(["python3", "-c", "raise SystemExit('no reason at all')"])


def test_the_share_of_values() -> None:
    values = [float(n) for n in range(101)]
    assert [heart.share(values, part) for part in (0.5, 0.99, 1)] == [50, 99, 100]


def test_the_heart_notes_a_stall(qtbot: QtBot, qapp: object) -> None:
    import time

    from PySide6.QtCore import QObject

    owner = QObject()
    beating = heart.Heart(owner)
    qtbot.waitUntil(lambda: len(beating.gaps) > 3)
    beating.reset()
    time.sleep(0.06)  # the stall itself, not a wait
    qtbot.waitUntil(lambda: len(beating.gaps) > 0)
    assert beating.worst() >= 50


@pytest.mark.skipif(
    not (places.starter() / "model.safetensors").exists(), reason="no built-in model"
)
def test_a_probe_opens_the_window_and_tells_every_figure() -> None:
    figures = bench._probe("probe", "start")
    assert set(figures) == {
        "first_paint_ms", "chat_ready_ms", "import_gap_max_ms", "import_gap_p99_ms", "platform"
    }  # fmt: skip
    assert 0 < figures["first_paint_ms"] < figures["chat_ready_ms"]
    # The heart beats from the first paint on: no gap is longer than the time between both.
    between = figures["chat_ready_ms"] - figures["first_paint_ms"]
    assert 0 < figures["import_gap_p99_ms"] <= figures["import_gap_max_ms"] <= between


def test_a_streamed_answer_is_measured() -> None:
    figures = bench._probe("stream_probe", "500", tokens=500)
    assert figures["same_text"] is True
    assert figures["streamed_tokens"] == 500
    assert figures["streamed_tokens_per_s"] <= stream_probe.RATE * 1.02  # none came before its time
    # The ends of the answer are parts of the whole, and the gaps' share is below their largest.
    assert figures["thread_load"] > 0
    assert figures["last_first_ratio"] > 0
    assert figures["gap_max_ms"] >= figures["gap_p99_ms"] > 0


def test_a_streamed_answer_that_is_not_shown_whole_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lossy = """
from chatapp.ui import stream_probe
stream_probe.Text = lambda text, made=stream_probe.Text: made(text.replace("2", ""))
"""
    monkeypatch.setattr(bench, "PROBE", lossy + bench.PROBE)
    assert bench._probe("stream_probe", "500", tokens=500)["same_text"] is False


def test_a_long_conversation_is_measured() -> None:
    figures = bench._probe("transcript_probe")
    assert figures["messages"] == 10_000
    assert figures["open_ratio"] == pytest.approx(figures["open_ms"] / figures["open_short_ms"])
    assert 0 < figures["scroll_p95_ms"] <= figures["scroll_max_ms"]
    assert figures["open_rest_ms"] > 0
