"""A process that may take only a little more memory than its model has: `test_full` starts it.

Arguments: megabytes to spare, words of the prompt, tokens of the answer. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import torch

from chatapp.chat import Message, Request, Text, UserError
from chatapp.engine.local import Local
from chatapp.settings import Sampling
from tests.engine.conftest import make_model, open_local

SIZE = {
    "hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16,
    "num_key_value_heads": 16, "max_position_embeddings": 16384,
}  # fmt: skip


def answered(engine: Local, words: int, tokens: int) -> tuple[str, dict[str, Any]]:
    """The text, and the values of the error that ended it."""
    knobs = Sampling(temperature=0.0, max_new_tokens=tokens)
    text = ""
    try:
        for event in engine.stream(Request((Message("user", "word " * words),), knobs)):
            text += event.text if isinstance(event, Text) else ""
    except UserError as error:
        return text, dict(error.values)
    return text, {}


def main() -> None:
    spare, words, tokens = map(int, sys.argv[1:])
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_local(make_model(Path(folder) / "m", **SIZE), context_length=16384)
    torch.set_num_threads(1)  # another thread's stack would be most of what is spared
    before, _ = answered(engine, 10, 8)
    resident = process.memory_info().rss
    most = process.memory_info().vms + (spare << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    text, error = answered(engine, words, tokens)
    told = {
        "text": text,
        "error": error,
        "grown": process.memory_info().rss / resident,
        "next": answered(engine, 10, 8) == (before, {}),
        "chunk": engine.decoder._largest,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
