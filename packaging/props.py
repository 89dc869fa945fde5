"""What stands in the README's pictures and is not the guide's: texts, files and a Hub.

`pictures.py` says which picture shows what.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Set

    from chatapp.chat import Backend, Event, Rendered, Request
    from chatapp.library import Model
    from chatapp.settings import Loading

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also where chatapp is not installed

from chatapp import host
from chatapp.chat import NO_ROWS, Answered, Done, Stats, Text
from tests.plain import faulty_hub

SEED = 7
SCRIPTED = "Scripted example"
PIECE_S = 0.05
EXAMPLE = """A `Counter` holds how often each word occurs:

```python
from collections import Counter

def most_common(path, count=3):
    with open(path, encoding="utf-8") as file:
        return Counter(file.read().split()).most_common(count)
```

What each step costs for *n* words, *k* of them different:

| step | time | memory |
|---|---|---:|
| read and split | O(n) | O(n) |
| count | O(n) | O(k) |
| `most_common` | O(k log count) | O(count) |

For a file that is larger than the memory, **count line by line**: a `Counter` takes each line's \
words by `update`, and only the different ones are kept. What is left in memory then grows with \
the number of different words, no longer with the length of the file.
"""
CANDIDATES = (
    """The sea is never the same twice. At dawn it is **grey silk**; by noon it has become \
hammered silver, and at night it keeps the moon in pieces.

It does not care who looks, and that is its comfort: whatever you bring to the shore, the next \
wave takes a little of it away.""",
    """Three things make the sea:

- *salt*, which the rivers bring, grain by grain
- *wind*, which writes on it and wipes it clean
- *patience*, which turns cliffs into sand

Stand still long enough and you hear all three at once.""",
    """> Blue without end, and under the blue
> a slower country, where light forgets its name.

That is how an old sailor put it. He meant that we know only the roof of the sea, and take it \
for the house.""",
)


class Scripted:
    """Writes what stands above word by word; all else is the guide's, its memory and tokens too."""

    def __init__(self, guide: Backend) -> None:
        self._guide = guide
        self.info = replace(guide.info, name=SCRIPTED)
        self.holding = guide.holding
        self.score, self.outlook = guide.score, guide.outlook
        self.rest, self.close = guide.rest, guide.close

    def render(self, request: Request, borders: bool = False) -> Rendered:
        return self._guide.render(request, borders)

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        rows = CANDIDATES if request.sampling.candidates > 1 else (EXAMPLE,)
        length, began = self.info.context_length, time.perf_counter()
        prompt = self.render(request).tokens
        written = [pieces_of(text) for text in rows]
        first = time.perf_counter() - began
        for place in range(1 + max(map(len, written))):
            took = time.perf_counter() - began - first
            for row, pieces in enumerate(written):
                yield Text("".join(pieces[place : place + 1]), row)
                cost = Stats(prompt, 0, min(place, len(pieces)), first, took, SEED, length)
                if place == len(pieces) and len(rows) > 1:
                    yield Answered(row, "stop", cost)
            time.sleep(PIECE_S)
        yield Done("stop", cost)


def pieces_of(text: str) -> list[str]:
    """Words, each with the space or the line break before it."""
    return text.replace(" ", "\0 ").replace("\n", "\0\n").split("\0")


def open_model(model: Model, loading: Loading) -> Generator[Event, None, Backend]:
    """The guide, under the scripted example's name where that is meant."""
    guide = yield from host._open_local(model, loading)
    return Scripted(guide) if model.name == SCRIPTED else guide


def write_model(folder: Path, shape: str) -> None:
    """The published shape, with zeros for weights that take no room on the disk."""
    import torch
    from transformers import AutoModelForCausalLM

    from chatapp.engine import shapes

    folder.mkdir(parents=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(shapes.config_of(shape), dtype=torch.bfloat16)
    numbers = shapes.numbers_of(shape) | {"dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(numbers))
    (folder / "tokenizer.json").write_text("{}")
    end, header = 0, {}
    for name, weight in model.named_parameters():  # one that is tied comes once
        begin, end = end, end + 2 * weight.numel()
        header[name] = {"dtype": "BF16", "shape": list(weight.shape), "data_offsets": [begin, end]}
    raw = json.dumps(header).encode()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(8 + len(raw) + end)


def slowly(handler: faulty_hub.Handler, raw: bytes, start: int) -> bool:
    """16 MB a second, until the hub ends."""
    handler.head(raw, start)
    for place in range(start, len(raw), 1 << 20):
        handler.wfile.write(raw[place : place + (1 << 20)])
        if handler.hub.ended.wait(1 / 16):
            break
    return True


@contextmanager
def a_hub(folder: Path) -> Iterator[faulty_hub.Hub]:
    """One model on a Hub of this machine."""
    write_model(folder, "smollm2-135m")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    numbers = (len(files["model.safetensors"])) // 2
    about = {
        "id": "example/SmolLM2-135M-shape", "downloads": 1, "tags": ["license:apache-2.0"],
        "cardData": {"license": "apache-2.0"}, "lastModified": "2026-01-01T00:00:00.000Z",
        "safetensors": {"parameters": {"BF16": numbers}, "total": numbers},
    }  # fmt: skip
    with faulty_hub.serving(faulty_hub.Hub(files, about)) as served:
        os.environ["HF_ENDPOINT"] = served.url
        yield served


def write_sums(path: Path) -> None:
    """Eighty questions with their answers, for the training page."""
    rows = (
        {"prompt": f"What is {a} plus {b}?", "response": f"{a} plus {b} is {a + b}."}
        for a in range(2, 12)
        for b in range(3, 11)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
