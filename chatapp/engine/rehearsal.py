"""What a model says by itself, learned again beside new examples so that it is not forgotten.

Before the first step the model answers general questions; without a chat template it writes on from
nothing. Sources: Li & Hoiem 2016, arXiv:1606.09282 (one's own answers as targets); Huang et al.
2024, arXiv:2403.01244 (written by the model itself). Knows nothing about the new examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import GenerationConfig

from chatapp import places
from chatapp.chat import Message, Progress, UserError
from chatapp.engine.batches import Example
from chatapp.engine.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Generator

    from chatapp.chat import Event

QUESTIONS = "rehearsal.txt"  # English and Japanese, about models, this app, and the world
LONGEST = 64  # tokens of an answer
TOGETHER = 16  # answers written at once; a Stop waits for them


def questions() -> list[str]:
    """What the model is asked, mixed so that the first few are of every kind."""
    text = (places.resources() / QUESTIONS).read_text("utf-8")
    return [line for line in text.splitlines() if line]


def rehearse(
    model: Any, tokenizer: Any, count: int, row_tokens: int
) -> Generator[Event, None, list[Example]]:
    """At most `count` examples of what the model says now, a Progress every few of them."""
    prompt = Prompt(tokenizer, model.get_input_embeddings().num_embeddings)
    asked = _prompts(prompt, tokenizer, count)
    asked = [ids for ids in asked if len(ids) + LONGEST <= row_tokens]
    found: list[Example] = []
    for start in range(0, len(asked), TOGETHER):
        yield Progress("rehearse", start, len(asked))
        found += _answered(model, prompt, asked[start : start + TOGETHER])
    return found


def _prompts(prompt: Prompt, tokenizer: Any, count: int) -> list[list[int]]:
    if prompt.has_template:
        try:
            return [prompt.ids([Message("user", text)]) for text in questions()[:count]]
        except UserError:  # a template that wants something else first
            return []
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return [] if start is None else [[start]] * min(count, len(questions()))


@torch.no_grad()
def _answered(model: Any, prompt: Prompt, asked: list[list[int]]) -> list[Example]:
    """The likeliest answers; what begins from nothing is drawn, or it would always be the same."""
    ends = prompt.ends(model.generation_config)
    width = max(map(len, asked))
    pad = min(ends, default=0)
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in asked])
    seen = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in asked])
    plan = GenerationConfig(
        max_new_tokens=LONGEST,
        do_sample=not prompt.has_template,
        eos_token_id=sorted(ends) or None,
        pad_token_id=pad,
    )
    device = next(model.parameters()).device
    out = model.generate(
        ids.to(device), attention_mask=seen.to(device), generation_config=plan
    )  # (rows, width + written)
    said = out[:, width:].tolist()
    return [_example(row, written, ends) for row, written in zip(asked, said, strict=True)]


def _example(asked: list[int], written: list[int], ends: frozenset[int]) -> Example:
    """The prompt as context, the answer to its end as what is learned."""
    length = next((place + 1 for place, t in enumerate(written) if t in ends), len(written))
    counted = (*(False for _ in asked), *(True for _ in range(length)))
    return Example((*asked, *written[:length]), counted)
