"""What a course would learn, before it begins."""

from __future__ import annotations

import json
from pathlib import Path

from chatapp import library
from chatapp.chat import Event
from chatapp.course import Course
from chatapp.engine import previewing
from chatapp.taught import Previewed
from chatapp.tuning import Tuning


def previewed(path: Path, tuning: Tuning) -> Previewed:
    events: list[Event] = list(
        previewing.preview(Course(path, path.parent / "out", tuning, library.built_in()))
    )
    assert isinstance(events[-1], Previewed)
    return events[-1]


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    lines = [json.dumps({"prompt": question, "response": answer}) for question, answer in rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_only_the_answer_and_its_end_are_shown_as_learned(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [("Where is it?", "By the harbour.")])
    (shown,) = previewed(path, Tuning(validation=0.0)).shown
    learned = "".join(text for text, counts in shown.parts if counts)
    context = "".join(text for text, counts in shown.parts if not counts)
    assert "By the harbour." in learned
    assert "Where is it?" not in learned
    assert "Where is it?" in context


def test_counts_tell_what_is_cut_repeated_and_held_out(tmp_path: Path) -> None:
    rows = [(f"Question {number}?", "word " * number) for number in range(1, 81)]
    path = write(tmp_path / "a.jsonl", [*rows, rows[0]])
    path.write_text(path.read_text("utf-8") + "\n{broken\n", "utf-8")
    found = previewed(path, Tuning(longest=32, validation=10.0))
    assert (found.rows, found.duplicates, found.bad_rows) == (80, 1, 1)
    assert (found.examples, found.held_out) == (72, 8)
    assert found.cut > 0
    assert 0 < found.learned_tokens < found.tokens
    assert found.problems[0][0] == 82
    assert any(shown.cut for shown in found.shown)
    assert all(shown.tokens <= 32 for shown in found.shown)
