"""What is to be trained: defaults, folders, and going on with a record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatapp import chronicle, course, places
from chatapp.adapters import RECORD
from chatapp.chat import Done, Failed, Loss, UserError
from chatapp.taught import Prepared, Trained
from chatapp.tuning import Tuning, usual
from chatapp.usage import parse
from chatapp.work import Ticket


def test_an_adapter_for_the_guide_is_what_is_usual(home: Path, tmp_path: Path) -> None:
    asked = course.course(str(tmp_path / "letters.jsonl"), "")
    assert asked.base == "Built-in guide"
    assert asked.folder == places.adapters() / "letters"
    assert asked.tuning == usual("adapter", 5_000_000)


def test_what_was_set_goes_before_what_is_usual(tmp_path: Path) -> None:
    asked = course.course(str(tmp_path / "a.txt"), str(tmp_path / "o"), given={"rank": 3})
    assert asked.tuning.rank == 3
    assert asked.tuning.learning_rate == usual("adapter", 5_000_000).learning_rate


def test_a_model_from_scratch_goes_to_the_models(home: Path, tmp_path: Path) -> None:
    asked = course.course(str(tmp_path / "a.txt"), "", given={"what": "scratch"})
    assert asked.model is None
    assert asked.folder == places.models() / "a"


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "letter.txt").write_text("mine")
    with pytest.raises(UserError, match="o is not empty"):
        course.course(str(tmp_path / "a.txt"), str(tmp_path / "o"))


@pytest.mark.parametrize("out", ["letter.txt", "letter.txt/below"])
def test_a_file_in_the_way_is_told(tmp_path: Path, out: str) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UserError, match=r"letter\.txt is not a folder"):
        course.course(str(tmp_path / "a.txt"), str(tmp_path / out))


def test_a_place_that_may_not_be_written_is_told_before_anything_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course.os, "access", lambda place, mode: place != tmp_path)
    with pytest.raises(UserError, match=r"o cannot be written \(there is no permission\)"):
        course.course(str(tmp_path / "a.txt"), str(tmp_path / "o"))


def test_going_on_takes_the_knobs_of_the_record(tmp_path: Path) -> None:
    record = {"base": "Built-in guide", "tuning": {"rank": 5, "steps": 40, "alpha": "no number"}}
    (tmp_path / RECORD).write_text(json.dumps(record))
    asked = course.course("a.txt", str(tmp_path), given={"steps": 50}, resume=True)
    assert (asked.tuning.rank, asked.tuning.steps) == (5, 50)
    assert asked.tuning.alpha == Tuning().alpha


@pytest.mark.parametrize("text", ["", "{}", '{"tuning": 3, "base": "x"}', "{"])
def test_there_must_be_something_to_go_on_with(tmp_path: Path, text: str) -> None:
    if text:
        (tmp_path / RECORD).write_text(text)
    with pytest.raises(UserError, match=r"no training|damaged"):
        course.course("a.txt", str(tmp_path), resume=True)


def test_a_larger_model_gets_smaller_steps() -> None:
    for what in ("adapter", "all"):
        small, large = usual(what, 5_000_000), usual(what, 1_000_000_000)
        assert small.learning_rate > large.learning_rate
        assert small.at_once > large.at_once


@pytest.mark.parametrize(
    "arguments", [["--rank", "0"], ["--columns", "a"], ["--what", "x"], ["--seed", "-1"]]
)
def test_bad_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(["train", "--data", "x", *arguments])
    assert end.value.code == 2


# -- what a terminal shows ------------------------------------------------------------------------

PROBLEM = Failed("Line {line} is no JSON.", "Mend it.", (("line", 4),))
PREPARED = Prepared(
    "Guide", 9, 2, ((4, PROBLEM),), 1, 8, 1, 512, 3, 100, 40, 6, 1000, 50, "float32", False, 5,
    False,
)  # fmt: skip


def said(*events: object) -> list[str]:
    ticket = Ticket()
    for event in events:
        ticket.put(event)  # type: ignore[arg-type]
    lines: list[str] = []
    chronicle.follow(ticket, lines.append)
    return lines


def test_a_terminal_is_told_what_is_wrong_with_the_data() -> None:
    told = "\n".join(said(PREPARED, Done()))
    for part in (
        "Line 4 is no JSON. Mend it.", "1 more row that", "1 repeated row left",
        "3 examples cut",
        "8 examples to learn, 1 held out", "no chat template", "stand alone", "(5 %)",
    ):  # fmt: skip
        assert part in told


def test_a_terminal_sees_about_twenty_losses_and_every_check() -> None:
    losses = [Loss(n, 1000, 1.0, 1e-3, 10.0, 2.0 if n == 7 else None) for n in range(1, 1001)]
    told = said(*losses, Done())
    assert 20 <= len(told) <= 23
    assert any("held out 2.000" in line for line in told)


def test_the_end_is_told_as_perplexity() -> None:
    ended = Trained("o", "o", "adapter", 6, 3.0, 1.0, 6, 2.0, 1.0, 100, 2.0)
    assert said(ended, Done())[-1] == "perplexity of what was held out 7.389 -> 2.718 (step 6)"


def test_a_failure_is_raised_as_it_was() -> None:
    with pytest.raises(UserError, match="Line 4"):
        said(PROBLEM)


def test_only_the_first_of_several_processes_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert said(PREPARED, Done()) == []
