"""The knobs of training, declared like all others; and what is usual for a model's size.

Knows nothing about how they are used: `engine.teaching` reads each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatapp.knobs import knob

SMALL = 100_000_000  # parameters: a smaller model needs larger steps, and has memory to spare


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a model is trained. A run that was begun keeps the values it started with."""

    what: str = knob(
        "adapter",
        "What to train",
        "An adapter: small, can be switched off. All weights. Scratch: a new model of your text.",
        choices=("adapter", "all", "scratch"),
    )
    method: str = knob(
        "auto",
        "Learn from",
        "Answers, or pairs of a better and a worse one, which need an adapter. Auto: as the data "
        "is.",
        choices=("auto", "answers", "pairs"),
    )
    beta: float = knob(
        0.1,
        "Beta",
        "Of pairs: how closely the model stays to what it was. Small: it moves further.",
        low=0.01,
        high=1.0,
        step=0.01,
    )
    anchor: float = knob(
        1.0,
        "Anchor",
        "Of pairs: how much the better answer is also learned as it stands. 0 = only that it is "
        "better.",
        low=0.0,
        high=10.0,
        step=0.1,
    )
    rank: int = knob(8, "Rank", "How much an adapter can hold.", low=1, high=128, slider_high=64)
    alpha: int = knob(
        16, "Alpha", "How strongly an adapter acts: alpha divided by rank.", low=1, high=256
    )
    dropout: float = knob(
        0.0,
        "Dropout",
        "Share of what layers pass on that is left out at random, against learning by heart.",
        low=0.0,
        high=0.5,
        step=0.01,
    )
    learning_rate: float = knob(
        2e-4,
        "Learning rate",
        "How far each step goes. Too high: the loss jumps. Too low: nothing is learned.",
        low=1e-6,
        high=1e-2,
        step=1e-6,
        logarithmic=True,
    )
    schedule: str = knob(
        "cosine",
        "Schedule",
        "Cosine: smaller and smaller steps towards the end.",
        choices=("cosine", "constant"),
    )
    warmup: float = knob(
        3.0,
        "Warm-up",
        "Percent of the steps in which the rate rises.",
        low=0.0,
        high=50.0,
        unit="%",
    )
    epochs: int = knob(
        3, "Epochs", "How often each example is seen, unless steps are given.", low=1, high=50
    )
    steps: int = knob(
        0, "Steps", "How many steps to train. 0 = by epochs.", low=0, high=1000000, slider_high=5000
    )
    batch: int = knob(
        8, "Batch", "Examples learned from in one step.", low=1, high=1024, slider_high=128
    )
    at_once: int = knob(
        2,
        "Rows at once",
        "Of a batch, packed into rows: fewer need less memory, and the result stays the same.",
        low=1,
        high=128,
    )
    longest: int = knob(
        512,
        "Longest example",
        "In tokens; what is longer is cut, and counted.",
        low=32,
        high=131072,
        slider_high=8192,
        logarithmic=True,
    )
    precision: str = knob(
        "auto",
        "Precision of training",
        "16 bits are faster and need less memory; weights that learn stay in 32 bits.",
        choices=("auto", "bfloat16", "float16", "float32"),
    )
    save_memory: str = knob(
        "auto",
        "Save memory",
        "Compute parts twice instead of keeping them: about a third slower, far less memory.",
        choices=("auto", "on", "off"),
    )
    weight_decay: float = knob(
        0.01, "Weight decay", "Pulls large weights back a little.", low=0.0, high=1.0, step=0.01
    )
    clip: float = knob(
        1.0, "Clip", "The largest gradient norm; longer ones are cut.", low=0.01, high=100.0
    )
    validation: float = knob(
        10.0,
        "Held out",
        "Percent of the examples that are only measured, never learned. Of fewer than 60: none.",
        low=0.0,
        high=50.0,
        unit="%",
    )
    remember: float = knob(
        100.0,
        "Remember",
        "Answers of its own that the model learns beside yours, so that it forgets nothing else. "
        "Percent of your examples, as far as there are questions; 0 = none. Not with pairs.",
        low=0.0,
        high=100.0,
        unit="%",
    )
    check_every: int = knob(
        20, "Check every", "Steps from one look at the held-out examples to the next.",
        low=1, high=10000, slider_high=500,
    )  # fmt: skip
    patience: int = knob(
        3, "Stop early", "After so many checks without a better one. 0 = never.", low=0, high=100
    )
    sample_every: int = knob(
        0, "Sample every", "Steps from one sample answer to the next. 0 = none.",
        low=0, high=10000, slider_high=500,
    )  # fmt: skip
    sample_prompt: str = knob(
        "", "Sample question", "What each sample answers; empty = a held-out question."
    )
    seed: int = knob(
        0,
        "Seed of training",
        "Same seed, same data, same machine: same result.",
        low=0,
        high=4294967295,
    )
    layers: int = knob(6, "Layers", "Of a model from scratch.", low=1, high=48, slider_high=12)
    width: int = knob(
        256, "Width", "Of a model from scratch.", low=64, high=4096, step=64, slider_high=1024
    )
    vocabulary: int = knob(
        4096, "Vocabulary", "Of a model from scratch: how many pieces of words it knows.",
        low=512, high=65536, step=256, slider_high=16384,
    )  # fmt: skip


def usual(what: str, parameters: int, pairs: bool = False) -> Tuning:
    """What to start from: the defaults are for an adapter on a model of a billion parameters."""
    small = parameters < SMALL
    if pairs:  # a worse answer pushes as strongly as a better one pulls
        rate = 1e-3 if small else 2e-5
        epochs, batch, rows = (10, 4, 8) if small else (3, 8, 2)
        return Tuning(
            learning_rate=rate, epochs=epochs, batch=batch, at_once=rows, remember=0.0
        )  # fmt: skip
    rows = 8 if small else 2
    epochs, batch = (25, 4) if small else (3, 8)  # measured on the guide with fifty facts
    if what == "scratch":
        return Tuning(
            what=what, learning_rate=2e-3, weight_decay=0.1, epochs=20, at_once=8, patience=0,
            remember=0.0,
        )  # fmt: skip
    if what == "all":
        rate = 5e-4 if small else 2e-5
        return Tuning(what=what, learning_rate=rate, epochs=epochs, batch=batch, at_once=rows)
    rate = 3e-3 if small else 2e-4
    return Tuning(learning_rate=rate, epochs=epochs, batch=batch, at_once=rows)
