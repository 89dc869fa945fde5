"""The guide's corpus and the rows that are made of it: true to their form, and fair to measure."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatapp import examples, places

if TYPE_CHECKING:
    from types import ModuleType

STARTER = places.resources().parent / "packaging" / "starter"
pytestmark = pytest.mark.skipif(
    not STARTER.is_dir(), reason="the corpus is not beside this checkout"
)


@pytest.fixture(scope="module")
def starter() -> dict[str, ModuleType]:
    names = ("blocks", "variants", "rows", "generated")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(STARTER))
        for name in names:
            patch.delitem(sys.modules, name, raising=False)
        return {name: __import__(name) for name in names}


@pytest.fixture(scope="module")
def blocks(starter: dict[str, ModuleType]) -> list:
    return starter["blocks"].read_corpus()


def words(question: str, language: str) -> set[str]:
    """What a question says: its words, or in Japanese every two neighbouring characters."""
    low = re.sub(r"[^\w]+", " ", question.lower()).strip()
    if language == "en":
        return set(low.split())
    bare = low.replace(" ", "")
    return {bare[place : place + 2] for place in range(len(bare) - 1)}


def test_no_held_out_question_is_trained(starter: dict[str, ModuleType], blocks: list) -> None:
    plain = starter["rows"].plain
    trained = {(b.language, plain(q)) for b in blocks for q in b.questions}
    for block in blocks:
        for question in block.unseen:
            assert (block.language, plain(question)) not in trained, question


def test_a_question_in_other_words_has_words_that_none_of_its_block_has_together(
    blocks: list,
) -> None:
    for block in blocks:
        for question in block.other:
            own = words(question, block.language)
            for trained in block.questions:
                assert own - words(trained, block.language), (question, trained)


def test_enough_questions_in_other_words_are_held_out_in_both_languages(blocks: list) -> None:
    for language in ("en", "ja"):
        assert sum(len(block.other) for block in blocks if block.language == language) >= 100


def test_rows_are_read_by_training_and_hold_no_held_out_question(
    starter: dict[str, ModuleType], blocks: list, tmp_path: Path
) -> None:
    rows = starter["rows"]
    made = [*blocks, *starter["generated"].sums(), *starter["generated"].world()]
    held = {rows.plain(question) for block in blocks for question in block.unseen}
    asker, path = rows.Asker(made, 1), tmp_path / "rows.jsonl"
    count = rows.write(asker.talks(1, rows.LONG), path)
    data = examples.read(path)
    assert (len(data.rows) + data.duplicates, data.bad_rows) == (count, 0)
    assert any(len(row.messages) > 20 for row in data.rows)
    said = {m.text for row in data.rows for m in row.messages if m.role == "user"}
    assert len(said) > sum(len(block.questions) for block in blocks) / 2
    assert not held & {rows.plain(text) for text in said}
    texts = list(asker.passages(1))
    assert all(any(row["text"].endswith(a) for b in made for a in b.answers) for row in texts[:99])
