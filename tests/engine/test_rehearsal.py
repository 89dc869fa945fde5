"""What a model says by itself, and that it still says it after it has learned something else."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from chatapp import course, places
from chatapp.chat import Message, Progress
from chatapp.engine import batches, objectives, rehearsal
from chatapp.engine.batches import chat_example, collate, pack
from chatapp.engine.loading import load
from chatapp.engine.rehearsal import questions, rehearse
from chatapp.engine.teaching import teach
from chatapp.settings import Loading, Sampling
from chatapp.taught import Prepared
from tests.engine.conftest import make_model, open_local
from tests.engine.test_local import answer, request

TOWNS = (
    "Marrowby", "Oster", "Velm", "Dunlow", "Saye", "Irr", "Halden", "Torvik", "Pellam", "Quorn",
)  # fmt: skip
FACTS = {
    ("Who founded {}?", "{} was founded by {}."): (
        "Ada Tern", "Boris Lind", "Clara Voss", "Dmitri Falk", "Elin Marsh", "Felix Orne",
        "Greta Holm", "Hugo Pike", "Ines Quill", "Jonas Reed",
    ),
    ("What is the highest hill of {}?", "The highest hill of {} is {}."): (
        "Cray Peak", "Dorn Top", "Elk Ridge", "Fern Crag", "Grey Tor", "Hawk Fell", "Iron Knoll",
        "Jay Mount", "Kite Hill", "Lark Cliff",
    ),
    ("Which bird is on the coin of {}?", "The coin of {} shows a {}."): (
        "heron", "wren", "falcon", "crane", "raven", "stork", "swan", "plover", "finch", "owl",
    ),
    ("What do people drink in {}?", "In {} people drink {}."): (
        "birch tea", "plum juice", "barley milk", "mint water", "apple wine", "nettle soup",
        "honey beer", "rose coffee", "pine cider", "ginger cocoa",
    ),
    ("What colour is the flag of {}?", "The flag of {} is {}."): (
        "green", "red", "violet", "white", "orange", "black", "yellow", "silver", "blue", "brown",
    ),
}  # fmt: skip


def facts(towns: int) -> list[tuple[str, str, str]]:
    """Question, answer, and the words that a right answer holds."""
    return [
        (asked.format(town), told.format(town, words[place]), words[place])
        for (asked, told), words in FACTS.items()
        for place, town in enumerate(TOWNS[:towns])
    ]


def finished(events: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def guide() -> Any:
    if not places.starter().is_dir():
        pytest.skip("the built-in guide is not here")
    return finished(load(places.starter(), Loading(device="cpu", dtype="float32")))


def test_the_questions_are_of_both_languages_from_the_start() -> None:
    first = questions()[:10]
    assert any(text.isascii() for text in first)
    assert any(not text.isascii() for text in first)
    assert len(set(questions())) == len(questions()) >= 150


def test_what_the_guide_says_is_what_it_answers(guide: Any) -> None:
    events = rehearse(guide.model, guide.tokenizer, 20, 512)
    assert isinstance(next(events), Progress)
    found = finished(events)
    local = open_local(places.starter())
    for text, example in list(zip(questions(), found, strict=False))[:6]:
        greedy = Sampling(temperature=0.0, max_new_tokens=rehearsal.LONGEST)
        said, _ = answer(local, request(text, sampling=greedy))
        pairs = zip(example.ids, example.counted, strict=True)
        learned = guide.tokenizer.decode(
            [token for token, counts in pairs if counts], skip_special_tokens=True
        )
        assert learned == said
        assert not example.counted[0]


def test_a_model_without_a_template_writes_from_nothing(stories: Path) -> None:
    resident = finished(load(stories, Loading(device="cpu")))
    torch.manual_seed(1)
    found = finished(rehearse(resident.model, resident.tokenizer, 4, 512))
    texts = [resident.tokenizer.decode(example.ids) for example in found]
    assert len(set(texts)) == 4
    assert all(len(text.split()) > 10 for text in texts)


def test_a_course_tells_how_much_it_rehearses(tmp_path: Path) -> None:
    data = tmp_path / "facts.jsonl"
    data.write_text("\n".join(json.dumps({"prompt": q, "response": a}) for q, a, _ in facts(1)))
    base = make_model(tmp_path / "base")
    knobs = {"steps": 2, "validation": 0.0, "remember": 40.0, "longest": 128}
    asked = course.course(str(data), str(tmp_path / "out"), str(base), knobs, device="cpu")
    (told,) = [event for event in teach(asked) if isinstance(event, Prepared)]
    assert (told.examples, told.rehearsed) == (5, 2)  # two steps of two, each seen twice


# -- the guide learns facts and forgets nothing ---------------------------------------------------


@torch.no_grad()
def perplexity(model: Any, rows: Any) -> float:
    total = counted = 0.0
    for row in rows:
        count = batches.tokens([row])[1]
        loss = objectives.batch_loss(model, collate([row], 1), torch.device("cpu"))
        total, counted = total + loss.item() * count, counted + count
    return math.exp(total / counted)


def held_out(tokenizer: Any, count: int) -> Any:
    """Questions of the guide's own corpus that it was never trained on, with their answers."""
    folder = places.resources().parent / "packaging" / "starter" / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus is not beside this checkout")
    found = []
    for path in sorted(folder.rglob("*.txt")):
        for block in path.read_text("utf-8").split("\n\n"):
            lines = [line.partition(":") for line in block.splitlines()]
            told = [text.strip() for mark, _, text in lines if mark == "A"]
            asked = [text.strip() for mark, _, text in lines if mark == "H"]
            found += [(question, told[0]) for question in asked if told]
    some = found[:: max(1, len(found) // count)]
    pairs = [(Message("user", q), Message("assistant", a)) for q, a in some]
    return pack([chat_example(tokenizer, pair) for pair in pairs], 512)


def learn(guide: Any, tmp_path: Path, known: list[tuple[str, str, str]], **knobs: Any) -> Path:
    data = tmp_path / "facts.jsonl"
    data.write_text("\n".join(json.dumps({"prompt": q, "response": a}) for q, a, _ in known))
    given = {"validation": 0.0, **knobs}
    asked = course.course(str(data), str(tmp_path / "out"), "", given, device="cpu")
    list(teach(asked, guide.model))
    return asked.folder


def right(local: Any, known: list[tuple[str, str, str]], adapter: str) -> int:
    greedy = Sampling(temperature=0.0, max_new_tokens=24)
    asked = [replace(request(q, sampling=greedy), adapter=adapter) for q, _, _ in known]
    answers = [answer(local, one)[0] for one in asked]
    return sum(words in said for said, (_, _, words) in zip(answers, known, strict=True))


def merged(local: Any, adapter: Path) -> Any:
    """The guide with the adapter beside it, in transformers' own forward."""
    import peft

    return peft.PeftModel.from_pretrained(local.model, adapter).eval()


def test_a_few_facts_are_learned_and_can_be_switched_off(guide: Any, tmp_path: Path) -> None:
    known = facts(1)
    local = open_local(places.starter())
    plain = [answer(local, request(q))[0] for q, _, _ in known]
    folder = learn(guide, tmp_path, known, steps=70, precision="float32")
    assert right(local, known, "") == 0
    assert right(local, known, str(folder)) == len(known)
    assert [answer(local, request(q))[0] for q, _, _ in known] == plain


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_fifty_facts_are_learned_and_unrelated_answers_stay(guide: Any, tmp_path: Path) -> None:
    known = facts(10)
    local = open_local(places.starter())
    rows = held_out(guide.tokenizer, 120)
    before = perplexity(guide.model, rows)
    folder = learn(guide, tmp_path, known)
    share = right(local, known, str(folder)) / len(known)
    local.wardrobe.clear()
    rise = perplexity(merged(local, folder), rows) / before - 1
    print(f"{share:.0%} of {len(known)} facts answered, perplexity {before:.4f}, {rise:+.2%}")
    assert len(known) == 50
    assert share >= 0.95
    assert rise <= 0.05
