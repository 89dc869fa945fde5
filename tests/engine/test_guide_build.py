"""The one command that makes the guide, with a very small corpus and two steps a stage."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import pytest

from chatapp import gate, places

STARTER = places.resources().parent / "packaging" / "starter"
pytestmark = pytest.mark.skipif(
    not STARTER.is_dir(), reason="the corpus is not beside this checkout"
)


def test_one_command_makes_a_model_that_loads_and_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(STARTER))
    for name in ("blocks", "build", "evaluate", "generated", "rows", "variants"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import build
    import evaluate
    import rows

    written = build.read_corpus()
    few = [b for b in written if b.language == "en"][:6] + [
        b for b in written if b.language == "ja"
    ][:6]
    for room in (build, evaluate):
        monkeypatch.setattr(room, "read_corpus", lambda: few)
    monkeypatch.setattr(rows, "SUMS_PER_ROUND", 10)
    monkeypatch.setattr(rows, "WORLD_PER_ROUND", 5)
    usual = build.SIZES["small"]
    stages = tuple(dataclasses.replace(s, rounds=1, steps=2, batch=4) for s in usual.stages)
    tiny = dataclasses.replace(usual, layers=1, vocabulary=512, stages=stages)
    monkeypatch.setitem(build.SIZES, "small", tiny)

    out, scores = tmp_path / "guide", tmp_path / "scores.json"
    options = argparse.Namespace(
        out=out, size="small", device="cpu", share=1.0, save_every=10, seed=1, scores=scores,
        limit=4, wrong=0,
    )  # fmt: skip
    (tmp_path / "work").mkdir()
    build.build(options, tmp_path / "work")

    assert sorted(path.name for path in out.iterdir()) == sorted(build.FILES)
    assert gate.check(out).parameters > 0
    assert json.loads((out / gate.WISHES).read_text())["temperature"] == 0.3
    asked = json.loads(scores.read_text())
    assert set(asked) == {"greedy", "sampled"}
    assert sum(language["all"][1] for language in asked["greedy"].values()) <= 4
