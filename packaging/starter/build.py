"""Make the built-in model from nothing: `python packaging/starter/build.py --minutes 60`.

Order of events: read the corpus, train the tokenizer, make the model, train it under a time
budget with a whole, usable folder every few minutes, evaluate it on the held-out questions.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evaluate
import torch
from blocks import ROOT, Block, read_corpus
from generated import sums, world
from torch.nn import functional
from variants import vary

from chatapp.chat import Event, Loss, Message
from chatapp.engine.batches import Example, chat_example
from chatapp.engine.checkpoints import WholeModel
from chatapp.engine.scratch import make_model, make_tokenizer
from chatapp.engine.training import Plan, train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VOCABULARY = 4096
WIDTH = 256
CONTEXT = 1024  # tokens
ROW_TOKENS = 256  # in the first phase: most of what is to learn is in short conversations
SUMS_PER_EPOCH = 800  # of each language
WORLD_PER_EPOCH = 130
LONG_SHARE = 0.15  # of the time, at the end: long conversations in rows of the whole context
TURNS = {1: 90, 2: 5, 3: 3, 4: 2}  # questions in one conversation: weight
LONG_TURNS = {1: 30, 3: 20, 6: 25, 10: 15, 16: 10}
DROPOUT = 0.05
CUT_SHARE = 0.9  # of the single questions: only the answer's beginning, where it is decided
CUT_TOKENS = (4, 10)
SHAKEN = 0.1  # share of the tokenizer's merges left out of a question
SYSTEM = (
    "You are a helpful assistant.",
    "Answer briefly.",
    "あなたは親切な案内役です。",
    "短く答えてください。",
)


def add_dropout(model: Any, share: float) -> None:
    """Dropout behind attention and feed-forward: Llama has none, a small corpus needs it."""

    def drop(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return functional.dropout(output, share, module.training)

    for layer in model.model.layers:
        layer.self_attn.o_proj.register_forward_hook(drop)
        layer.mlp.register_forward_hook(drop)
    model.model.embed_tokens.register_forward_hook(drop)


def plain(question: str) -> str:
    """What is left of a question without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", question).lower()


class Epochs:
    """Fresh examples for each epoch: every question once, reworded, in conversations."""

    def __init__(
        self,
        tokenizer: Any,
        blocks: list[Block],
        turns: dict[int, int],
        cut_share: float,
        seed: int,
    ) -> None:
        self._turns, self._cut_share = turns, cut_share
        self._tokenizer = tokenizer
        self._shaken = _shaken(tokenizer)
        self._seed = seed
        self._written = [b for b in blocks if b.topic not in ("sums", "world")]
        self._sums = [b for b in blocks if b.topic == "sums" and b.questions]
        self._world = [b for b in blocks if b.topic == "world"]
        self._held = {plain(question) for block in blocks for question in block.held}

    def __call__(self, epoch: int) -> list[Example]:
        draw = random.Random(f"{self._seed}/{epoch}")
        examples = []
        for language in ("en", "ja"):
            pairs = self._pairs(language, draw)
            draw.shuffle(pairs)
            while pairs:
                size = draw.choices(list(self._turns), list(self._turns.values()))[0]
                examples.append(self._conversation(pairs[:size], draw))
                del pairs[:size]
        return examples

    def _pairs(self, language: str, draw: random.Random) -> list[tuple[str, str]]:
        asked = [(b, q) for b in self._written if b.language == language for q in b.questions]
        some = [b for b in self._sums if b.language == language]
        asked += [(b, draw.choice(b.questions)) for b in draw.sample(some, SUMS_PER_EPOCH)]
        for block in self._world:
            if block.language == language:
                asked += [(block, q) for q in draw.sample(block.questions, WORLD_PER_EPOCH)]
        return [(self._reworded(b, q, draw), draw.choice(b.answers)) for b, q in asked]

    def _reworded(self, block: Block, question: str, draw: random.Random) -> str:
        text = vary(question, block.language, draw)
        return question if plain(text) in self._held else text

    def _conversation(self, pairs: list[tuple[str, str]], draw: random.Random) -> Example:
        messages = []
        if draw.random() < 0.06:
            messages.append(Message("system", draw.choice(SYSTEM)))
        for question, answer in pairs:
            messages += [Message("user", question), Message("assistant", answer)]
        example = chat_example(self._tokenizer, messages)
        if draw.random() < 0.5:
            example = self._shake(example)
        if len(pairs) == 1 and draw.random() < self._cut_share:
            example = _cut(example, draw.randint(*CUT_TOKENS))
        return example

    def _shake(self, example: Example) -> Example:
        """The same text with a few merges of the questions left out (BPE dropout)."""
        user, end = self._tokenizer.convert_tokens_to_ids(["<|user|>", "<|end|>"])
        ids: list[int] = []
        counted: list[bool] = []
        asked: list[int] | None = None
        for token, counts in zip(example.ids, example.counted, strict=True):
            if asked is not None and token != end:
                asked.append(token)
                continue
            if asked:
                again = self._shaken(self._tokenizer.decode(asked))
                ids += again
                counted += [False] * len(again)
            asked = [] if token == user else None
            ids.append(token)
            counted.append(counts)
        return Example(tuple(ids), tuple(counted))


def _cut(example: Example, kept: int) -> Example:
    """Without what follows the first `kept` tokens of a long answer."""
    start = example.counted.index(True)
    if len(example.ids) - start <= 12:  # a sum must stay whole
        return example
    return Example(example.ids[: start + kept], example.counted[: start + kept])


def _shaken(tokenizer: Any) -> Callable[[str], list[int]]:
    from tokenizers import Tokenizer

    rough = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    rough.model.dropout = SHAKEN
    return lambda text: rough.encode(text, add_special_tokens=False).ids


def unseen_examples(tokenizer: Any, blocks: list[Block]) -> list[Example]:
    """The held-out questions with their answers: for the validation loss only."""
    return [
        chat_example(tokenizer, [Message("user", question), Message("assistant", block.answers[0])])
        for block in blocks
        for question in block.held
    ]


def train_texts(blocks: list[Block]) -> list[str]:
    """What the tokenizer learns its merges from; of the sums only a few."""
    chosen = [b for b in blocks if b.topic != "sums"] + [b for b in blocks if b.topic == "sums"][
        :60
    ]
    return [" " + q for b in chosen for q in b.questions] + [
        a for b in chosen for a in b.answers * 3
    ]


def tell(events: Iterator[Event]) -> None:
    """One line every 50 steps, and whenever the unseen questions were measured."""
    started = time.monotonic()
    for event in events:
        if isinstance(event, Loss) and (event.step % 50 == 0 or event.validation is not None):
            unseen = "" if event.validation is None else f"  unseen {event.validation:.3f}"
            print(
                f"{(time.monotonic() - started) / 60:6.1f} min  step {event.step} of {event.steps}"
                f"  loss {event.train:.3f}{unseen}  rate {event.learning_rate:.2e}"
                f"  {event.tokens_per_s:.0f} tokens/s",
                flush=True,
            )


def build(options: argparse.Namespace) -> None:
    """The whole recipe; tells its steps on standard output."""
    torch.set_num_threads(options.threads)
    blocks = [*read_corpus(), *sums(), *world()]
    if options.resume:
        model, tokenizer = evaluate.load(options.resume)
    else:
        tokenizer = make_tokenizer(train_texts(blocks), VOCABULARY, CONTEXT)
        torch.manual_seed(options.seed)
        model = make_model(tokenizer, options.layers, WIDTH, CONTEXT)
    epochs = Epochs(tokenizer, blocks, TURNS, CUT_SHARE, options.seed)
    first = epochs(0)
    told = {
        "blocks": len([b for b in blocks if b.topic not in ("sums", "world")]),
        "questions": sum(len(b.questions) for b in blocks if b.topic not in ("sums", "world")),
        "vocabulary": len(tokenizer),
        "parameters": sum(value.numel() for value in model.parameters()),
        "examples": len(first),
        "tokens_per_epoch": sum(len(example.ids) for example in first),
    }
    print(json.dumps(told), flush=True)

    add_dropout(model, DROPOUT)
    unseen = unseen_examples(tokenizer, [b for b in blocks if b.topic not in ("sums", "world")])
    short = Plan(
        steps=options.steps,
        minutes=options.minutes * (1 - LONG_SHARE),
        rows=options.rows,
        row_tokens=ROW_TOKENS,
        learning_rate=options.rate,
        checkpoint_minutes=options.checkpoint,
        keep_best=False,
        seed=options.seed,
    )
    product = WholeModel(model, tokenizer, options.out, torch.bfloat16)
    tell(train(model, epochs, unseen, short, product, tokenizer.pad_token_id))
    long = replace(
        short,
        minutes=options.minutes * LONG_SHARE,
        rows=max(1, options.rows * ROW_TOKENS // CONTEXT),
        row_tokens=CONTEXT,
        learning_rate=options.rate / 6,
        seed=options.seed + 1,
    )
    epochs = Epochs(tokenizer, blocks, LONG_TURNS, 0.0, options.seed + 1)
    tell(train(model, epochs, unseen, long, product, tokenizer.pad_token_id))
    evaluate.main([str(options.out), "--json", str(options.scores)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "starter")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--checkpoint", type=float, default=4, help="minutes between checkpoints")
    parser.add_argument("--scores", type=Path, default=Path("starter-scores.json"))
    parser.add_argument("--resume", type=Path, help="continue from this folder's weights")
    build(parser.parse_args())


if __name__ == "__main__":
    main()
