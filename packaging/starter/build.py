"""Make the built-in model from nothing: `python packaging/starter/build.py`.

Order of events: the corpus becomes rows, `chatapp train` makes a model and its tokenizer from
texts, then teaches it to chat in short conversations and at last in long ones; the result is
copied to --out and asked every held-out question.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import evaluate
import torch
from blocks import ROOT, Block, read_corpus
from generated import sums, world
from rows import CODED, LONG, SHORT, Asker, write

from chatapp import cli
from chatapp.usage import parse

FILES = (
    "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
    "tokenizer_config.json",
)  # fmt: skip
MOST_BYTES = 12_000_000  # of all of them
DROPOUT = 0.12
WEIGHT_DECAY = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """One training: rows of its own, and how far each step goes."""

    name: str
    rounds: int  # through the corpus, each in other words
    steps: int
    batch: int  # examples a step
    longest: int  # tokens of an example, and of a row
    learning_rate: float


@dataclass(frozen=True, slots=True)
class Size:
    """A model and how it is trained."""

    layers: int
    vocabulary: int
    at_once: int  # rows: as many as the machine takes at its best speed
    stages: tuple[Stage, ...]


# The words first, then which answer belongs to which question (short rows, which cut the answers:
# that is decided in their first words), then whole answers in long conversations.
SIZES = {
    "large": Size(  # for a graphics card
        layers=6, vocabulary=5120, at_once=128,
        stages=(
            Stage("words", 4, 1000, 96, 256, 2e-3),
            Stage("answers", 14, 4500, 128, 64, 1.5e-3),
            Stage("talks", 3, 400, 48, 1024, 5e-4),
        ),
    ),
    "small": Size(  # for two processor cores and an hour and a half
        layers=5, vocabulary=4096, at_once=64,
        stages=(
            Stage("words", 1, 700, 32, 256, 2e-3),
            Stage("answers", 12, 17000, 64, 32, 2e-3),
            Stage("talks", 2, 900, 8, 1024, 5e-4),
        ),
    ),
}  # fmt: skip


def rows_of(asker: Asker, stage: Stage, share: float, path: Path) -> int:
    """The stage's data; how many rows."""
    rounds = max(1, round(stage.rounds * share))
    if stage.name == "words":
        return write(asker.passages(rounds), path)
    return write(asker.talks(rounds, LONG if stage.name == "talks" else SHORT), path)


def train(
    stage: Stage, size: Size, data: Path, base: Path | None, options: argparse.Namespace
) -> Path:
    """Run `chatapp train`; the folder that it leaves."""
    folder = data.with_suffix("")
    steps = max(2, round(stage.steps * options.share))
    flags = {
        "data": data, "out": folder, "what": "all" if base else "scratch", "steps": steps,
        "batch": stage.batch, "at-once": size.at_once, "longest": stage.longest,
        "learning-rate": stage.learning_rate, "weight-decay": WEIGHT_DECAY, "dropout": DROPOUT,
        "validation": 0.0, "remember": 0.0, "patience": 0, "save-memory": "off",
        "check-every": min(steps, options.save_every), "seed": options.seed,
        "device": options.device,
    }  # fmt: skip
    if base:
        flags["model"] = base
    else:
        flags |= {"layers": size.layers, "vocabulary": size.vocabulary}
    words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
    code = cli.run(parse(["train", *words]))
    if code:
        sys.exit(code)
    return folder


def keep(made: Path, out: Path) -> int:
    """Copy what a model needs, and nothing else; its bytes."""
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(made / name, out / name)
    return sum((out / name).stat().st_size for name in FILES)


def told(blocks: list[Block]) -> dict[str, int]:
    """How large the corpus is; what code writes is not counted."""
    written = [block for block in blocks if block.topic not in CODED]
    return {
        "blocks": len(written),
        "trained": sum(len(block.questions) for block in written),
        "held_out": sum(len(block.held) for block in written),
        "in_other_words": sum(len(block.other) for block in written),
    }


def build(options: argparse.Namespace, work: Path) -> None:
    """The whole recipe; tells its steps on standard output."""
    started = time.monotonic()
    card = torch.cuda.is_available() and options.device in ("auto", "cuda")
    size = SIZES[options.size or ("large" if card else "small")]
    blocks = [*read_corpus(), *sums(), *world()]
    print(json.dumps(told(blocks)), flush=True)

    asker, folder = Asker(blocks, options.seed), None
    for stage in size.stages:
        data = work / f"{stage.name}.jsonl"
        count = rows_of(asker, stage, options.share, data)
        print(f"{_minutes(started)}  {stage.name}: {count} rows", flush=True)
        folder = train(stage, size, data, folder, options)
    assert folder is not None
    taken = keep(folder, options.out)
    print(f"{_minutes(started)}  {options.out}: {taken / 1e6:.2f} MB", flush=True)
    if taken > MOST_BYTES:
        sys.exit(f"The model is larger than {MOST_BYTES / 1e6:.0f} MB.")

    told_more = ["--json", str(options.scores), "--wrong", str(options.wrong)]
    limit = ["--limit", str(options.limit)] if options.limit else []
    evaluate.main([str(options.out), *told_more, *limit])
    print(f"{_minutes(started)}  done", flush=True)


def _minutes(started: float) -> str:
    return f"{(time.monotonic() - started) / 60:5.1f} min"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "starter")
    parser.add_argument("--work", type=Path, help="where rows and states go (default: thrown away)")
    parser.add_argument("--size", choices=SIZES, help="default: large where there is a CUDA card")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--share", type=float, default=1.0, help="of all steps, for a trial")
    parser.add_argument("--save-every", type=int, default=1000, help="steps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scores", type=Path, default=Path("starter-scores.json"))
    parser.add_argument("--limit", type=int, default=0, help="ask only so many held-out questions")
    parser.add_argument("--wrong", type=int, default=0, help="print so many wrong answers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="starter-") as thrown_away:
        work = options.work or Path(thrown_away)
        work.mkdir(parents=True, exist_ok=True)
        build(options, work)


if __name__ == "__main__":
    main()
