"""Ask a model every held-out question and count the right answers, greedy and sampled.

`python packaging/starter/evaluate.py FOLDER [--json FILE] [--limit N]`. Sampling uses the app's
default settings and seed 1. An answer is right when every key of its block is in it, and it is
neither empty nor broken text. Questions in other words, a part of all, are told apart.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import torch
from blocks import Block, read_corpus
from generated import sums, world

from chatapp.settings import Sampling

LIMIT_TOKENS = 160
BATCH = {"cpu": 64, "cuda": 512}
OTHER = "of all: in other words"
BROKEN = "\ufffd"  # half a character


def load(folder: Path) -> tuple[Any, Any]:
    """Model in fp32 on the card, where there is one, and tokenizer; from files only."""
    from transformers import AutoTokenizer, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = LlamaForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
    )
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def held_out(limit: int = 0) -> list[tuple[Block, str]]:
    """Every held-out question with its block; `limit` draws that many, the same ones each time."""
    found = [(b, q) for b in [*read_corpus(), *sums(), *world()] for q in b.unseen]
    if limit and limit < len(found):
        return random.Random(1).sample(found, limit)
    return found


@torch.inference_mode()
def answer(
    model: Any, tokenizer: Any, questions: list[str], sampling: Sampling | None
) -> list[str]:
    """One answer per question, each in a fresh conversation; no sampling = the likeliest words."""
    model.eval()
    how: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None}
    if sampling:
        torch.manual_seed(1)
        how = {
            "do_sample": True,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
        }
    tokenizer.padding_side = "left"
    answers: list[str] = []
    batch = BATCH[model.device.type]
    for start in range(0, len(questions), batch):
        prompts = [
            tokenizer.apply_chat_template(
                [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
            )
            for question in questions[start : start + batch]
        ]
        inputs = tokenizer(
            prompts, return_tensors="pt", padding=True, add_special_tokens=False,
            return_token_type_ids=False,
        ).to(model.device)  # fmt: skip
        made = model.generate(**inputs, max_new_tokens=LIMIT_TOKENS, **how)
        answers += tokenizer.batch_decode(
            made[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
    return answers


def score(asked: list[tuple[Block, str]], answers: list[str]) -> dict[str, dict[str, list[int]]]:
    """Language -> topic -> [right, asked]; "all" is the language's own sum."""
    table: dict[str, dict[str, list[int]]] = {}
    for (block, question), text in zip(asked, answers, strict=True):
        topics = ["all", *([OTHER] if question in block.other else []), block.topic]
        for topic in topics:
            cell = table.setdefault(block.language, {}).setdefault(topic, [0, 0])
            cell[0] += is_right(block, text)
            cell[1] += 1
    return table


def is_right(block: Block, text: str) -> bool:
    """Whole text with every key of the block."""
    return bool(text.strip()) and BROKEN not in text and block.right(text)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="only so many questions")
    parser.add_argument("--greedy", action="store_true", help="leave the sampled round out")
    parser.add_argument("--wrong", type=int, default=0, help="print so many wrong answers")
    options = parser.parse_args(arguments)
    model, tokenizer = load(options.folder)
    asked = held_out(options.limit)
    questions = [question for _, question in asked]
    told: dict[str, Any] = {}
    rounds = {"greedy": None} if options.greedy else {"greedy": None, "sampled": Sampling()}
    for name, sampling in rounds.items():
        answers = answer(model, tokenizer, questions, sampling)
        told[name] = score(asked, answers)
        for language, topics in told[name].items():
            for topic, (right, count) in sorted(topics.items()):
                print(f"{name:8}{language} {topic:32}{right:5} of {count:<5}{right / count:6.0%}")
        wrong = [(b, q, a) for (b, q), a in zip(asked, answers, strict=True) if not is_right(b, a)]
        broken = sum(BROKEN in text or not text.strip() for text in answers)
        print(f"{name:8}empty or broken text: {broken} of {len(answers)}")
        for block, question, text in wrong[: options.wrong]:
            print(f"  {block.topic}: {question!r} -> {text!r}")
    if options.json:
        options.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
