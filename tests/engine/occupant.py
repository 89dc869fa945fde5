"""A process that fills a model's context on the card: `test_card` starts it.

Arguments: model folder, precision, tokens. Prints the bytes the card's memory has grown by.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pynvml

from chatapp.chat import Message, Request
from chatapp.settings import Sampling
from tests.engine.conftest import open_local

LEFT = 8  # tokens that are written


def used() -> int:
    return int(pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0)).used)


def main() -> None:
    folder, precision, tokens = sys.argv[1:]
    pynvml.nvmlInit()
    before = used()
    local = open_local(Path(folder), device="cuda", dtype=precision, context_length=int(tokens))
    knobs = Sampling(temperature=0.0, max_new_tokens=LEFT)
    text = "x" * (int(tokens) - LEFT)  # a token each
    list(local.stream(Request((Message("user", text),), knobs, complete=True)))
    print(used() - before)


if __name__ == "__main__":
    main()
