"""Training data as people have it: what is read, and what each bad row costs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from chatapp import examples
from chatapp.chat import UserError
from chatapp.examples import Data, read, split

TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
GOOD = json.dumps({"messages": TALK})
PAIR = json.dumps({"prompt": "Snow?", "response": "White."})


def data(folder: Path, content: str | bytes, name: str = "data.jsonl", **more: Any) -> Data:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, **more)


def said(found: Data) -> list[list[tuple[str, str]]]:
    return [[(m.role, m.text) for m in row.messages] for row in found.rows]


# -- what is read ---------------------------------------------------------------------------------

HI = [("user", "Hi"), ("assistant", "Hello.")]


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        ({"messages": TALK}, "messages", HI),
        (
            {"messages": [{"role": "developer", "content": "Be brief."}, *TALK]},
            "messages",
            [("system", "Be brief."), *HI],
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, TALK[1]]},
            "messages",
            HI,
        ),
        (
            {
                "conversations": [
                    {"from": "human", "value": "Hi"},
                    {"from": "gpt", "value": "Hello."},
                ]
            },
            "sharegpt",
            HI,
        ),
        (
            {"instruction": "Add.", "input": "1 and 2", "output": "3"},
            "alpaca",
            [("user", "Add.\n\n1 and 2"), ("assistant", "3")],
        ),
        (
            {"instruction": "Add.", "input": "", "output": "3", "history": [["Hi", "Hello."]]},
            "alpaca",
            [*HI, ("user", "Add."), ("assistant", "3")],
        ),
        ({"prompt": "Hi", "completion": "Hello."}, "pairs", HI),
        ({"質問": "雪は?", "回答": "白。"}, "pairs", [("user", "雪は?"), ("assistant", "白。")]),
        ({"prompt": "Hi", "chosen": "Hello.", "rejected": "No."}, "preference", HI),
        ({"chosen": TALK, "rejected": TALK[:1]}, "preference", HI),
        (TALK, "messages", HI),
    ],
)
def test_each_published_form_becomes_messages(
    tmp_path: Path, value: Any, form: str, expected: list[tuple[str, str]]
) -> None:
    found = data(tmp_path, json.dumps(value))
    assert said(found) == [expected]
    assert found.forms == {form: 1}


@pytest.mark.parametrize(
    "value",
    [
        {"prompt": "Hi", "chosen": "Hello.", "rejected": "No."},
        {"prompt": [TALK[0]], "chosen": [TALK[1]], "rejected": [TALK[1] | {"content": "No."}]},
        {"prompt": "Hi", "chosen": [TALK[1]], "rejected": "No."},
        {"prompt": "Hi", "chosen": TALK, "rejected": [TALK[0], TALK[1] | {"content": "No."}]},
        {"chosen": TALK, "rejected": [TALK[0], TALK[1] | {"content": "No."}]},
    ],
)
def test_each_form_of_a_preference_keeps_both_answers(tmp_path: Path, value: Any) -> None:
    found = data(tmp_path, json.dumps(value))
    assert said(found) == [HI]
    assert [(m.role, m.text) for m in found.rows[0].against] == [HI[0], ("assistant", "No.")]
    assert found.pairs == 1


@pytest.mark.parametrize("worse", ["Hello.", "", None, 7, [TALK[0]]])
def test_a_preference_without_a_worse_answer_is_still_an_answer(tmp_path: Path, worse: Any) -> None:
    found = data(tmp_path, json.dumps({"prompt": "Hi", "chosen": "Hello.", "rejected": worse}))
    assert said(found) == [HI]
    assert found.pairs == 0


def test_a_json_list_is_read_like_lines(tmp_path: Path) -> None:
    found = data(tmp_path, f"[\n{GOOD},\n {PAIR}]", "data.json")
    assert [row.line for row in found.rows] == [2, 3]


def test_what_follows_the_last_answer_is_left_out(tmp_path: Path) -> None:
    found = data(tmp_path, json.dumps([*TALK, {"role": "user", "content": "Bye"}]))
    assert said(found) == [HI]


def test_an_answer_of_weight_zero_is_context_only(tmp_path: Path) -> None:
    turns = [TALK[0], TALK[1] | {"weight": 0}, *TALK]
    (row,) = data(tmp_path, json.dumps({"messages": turns})).rows
    assert row.unlearned == (1,)


@pytest.mark.parametrize(
    ("content", "more"),
    [
        ("prompt,response\nHi,Hello.\n", {}),
        ("note,answer,question\nx,Hello.,Hi\n", {}),
        ("Hi,Hello.\n", {}),
        ("frage;antwort\nHi;Hello.\n", {"columns": ("frage", "antwort")}),
        ("a,b,c\nHello.,x,Hi\n", {"columns": ("c", "a")}),
    ],
)
def test_two_columns_are_question_and_answer(
    tmp_path: Path, content: str, more: dict[str, Any]
) -> None:
    assert said(data(tmp_path, content, "data.csv", **more)) == [HI]


def test_a_cell_of_a_table_may_hold_several_lines(tmp_path: Path) -> None:
    found = data(tmp_path, 'prompt,response\n"Hi\nyou",Hello.\nx,y\n', "data.csv")
    assert found.rows[0].messages[0].text == "Hi\nyou"
    assert [row.line for row in found.rows] == [2, 4]


def test_plain_text_is_joined_to_passages_at_blank_lines(tmp_path: Path) -> None:
    story = "\n\n".join(f"{number} " + "Snow is white. " * 40 for number in range(12))
    found = data(tmp_path, story, "story.txt")
    assert all(len(row.text) >= examples.PASSAGE for row in found.rows[:-1])
    assert "\n\n".join(row.text for row in found.rows).split() == story.split()


def test_each_section_of_markdown_is_a_passage(tmp_path: Path) -> None:
    found = data(tmp_path, "# Snow\nwhite\n\n## Ice\nclear\n", "notes.md")
    assert [(row.line, row.text) for row in found.rows] == [
        (1, "# Snow\nwhite"),
        (4, "## Ice\nclear"),
    ]


def test_repeated_rows_are_counted_and_dropped(tmp_path: Path) -> None:
    found = data(tmp_path, "\n".join([GOOD, PAIR, GOOD, GOOD]))
    assert (len(found.rows), found.duplicates) == (2, 2)


# -- what is refused ------------------------------------------------------------------------------

MANY = json.dumps([TALK[0], TALK[1]] * 1001)
DEEP = "[" * 100_000
MALFORMED = [
    ("data.jsonl", "{half", "Line 2 is no JSON."),
    ("data.jsonl", "\x00\x01", "Line 2 is no JSON."),
    ("data.jsonl", DEEP, "Line 2 is no JSON."),
    ("data.jsonl", "1" * 5000, "Line 2 is no JSON."),
    ("data.jsonl", b"\xff\xfe\x00", "Line 2 is not UTF-8 text."),
    ("data.jsonl", '"' + "x" * 2_000_001 + '"', "Line 2 is longer than 2000000 characters."),
    ("data.jsonl", "42", "Line 2 has none of the known forms."),
    ("data.jsonl", '{"foo": 1}', "Line 2 has none of the known forms."),
    ("data.jsonl", '{"messages": []}', "Line 2 holds no answer to learn."),
    ("data.jsonl", '{"messages": ["x"]}', "Line 2 has none of the known forms."),
    ("data.jsonl", '[{"role": "tool", "content": "x"}]', "Line 2 has an unknown role (tool)."),
    ("data.jsonl", '[{"content": "x"}]', "Line 2 has an unknown role (None)."),
    ("data.jsonl", '[{"role": "user", "content": "x"}]', "Line 2 holds no answer to learn."),
    ("data.jsonl", '{"prompt": "x", "response": " "}', "Line 2 has a message without text."),
    ("data.jsonl", '{"prompt": "x", "response": 7}', "Line 2 holds something else than text."),
    ("data.jsonl", '{"text": [{"image": 1}]}', "Line 2 holds something else than text."),
    ("data.jsonl", '{"instruction":"x","output":"y","history":[1]}', "Line 2 has none of"),
    ("data.jsonl", '{"chosen": "x"}', "Line 2 has none of the known forms."),
    ("data.jsonl", MANY, "Line 2 has more than 2000 messages."),
    ("data.json", "{broken", "Line 3 is no JSON."),
    ("data.csv", "only one", "Line 2 has too few columns (1)."),
    ("data.csv", '"a"b,c', "Line 2 has a quotation mark too many."),
    ("data.csv", "x,", "Line 2 has a message without text."),
    ("data.txt", b"\xff\xfe", "Line 2 is not UTF-8 text."),
]


def around(name: str, bad: str | bytes) -> bytes:
    """The bad row behind a good one and, where a reader can go on, before another."""
    bad = bad if isinstance(bad, bytes) else bad.encode()
    if name.endswith(".csv"):
        return b"Hi,Hello.\n" + bad + b"\nSnow?,White.\n"
    if name.endswith(".txt"):
        return b"Snow.\n" + bad + b"\nIce.\n"
    if name.endswith(".json"):
        return f"[\n{GOOD},\n".encode() + bad
    return GOOD.encode() + b"\n" + bad + b"\n" + PAIR.encode() + b"\n"


@pytest.mark.parametrize(("name", "bad", "sentence"), MALFORMED)
def test_a_bad_row_is_told_with_its_line_and_the_good_ones_are_used(
    tmp_path: Path, name: str, bad: str | bytes, sentence: str
) -> None:
    found = data(tmp_path, around(name, bad), name)
    assert [str(entry.problem).startswith(sentence) for entry in found.bad] == [True]
    assert found.bad_rows == 1
    assert len(found.rows) == (2 if name.endswith((".jsonl", ".csv")) else 1)


@pytest.mark.parametrize("name", ["data.jsonl", "data.json", "data.csv", "data.txt", "data.md"])
def test_an_empty_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError):
        data(tmp_path, "[]" if name == "data.json" else "\n\n", name)


def test_a_file_without_one_good_row_tells_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Line 1 is no JSON\."):
        data(tmp_path, "{\n{\n")


@pytest.mark.parametrize(
    ("content", "columns", "sentence"),
    [
        ("a,b,c\n1,2,3\n", None, "The columns of question and answer are not known"),
        ("a,b,c\n1,2,3\n", ("a", "x"), "There is no column x"),
    ],
)
def test_columns_that_are_not_known_are_told(
    tmp_path: Path, content: str, columns: tuple[str, str] | None, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        data(tmp_path, content, "data.csv", columns=columns)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "data.jsonl")
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "data.jsonl")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "none.jsonl")


def test_a_file_beyond_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "MOST_BYTES", 1 << 20)
    with pytest.raises(UserError, match="larger than 1 MB"):
        data(tmp_path, "x" * ((1 << 20) + 1), "story.txt")


def test_rows_beyond_the_limit_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "MOST_ROWS", 2)
    with pytest.raises(UserError, match="more than 2 rows"):
        data(tmp_path, "".join(f'{{"prompt": "{n}", "response": "x"}}\n' for n in range(3)))


# -- the split ------------------------------------------------------------------------------------


def test_the_split_is_the_same_for_the_same_seed_and_loses_nothing() -> None:
    kept, held = split(list(range(50)), share=0.1, seed=4)
    assert (kept, held) == split(list(range(50)), share=0.1, seed=4)
    assert (kept, held) != split(list(range(50)), share=0.1, seed=5)
    assert sorted(kept + held) == list(range(50))
    assert len(held) == 5


def test_something_stays_to_train_on() -> None:
    assert split(["only"], share=0.5, seed=1) == (["only"], [])


def test_columns_of_what_is_no_table_are_told_and_not_ignored(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "a", "response": "b"}\n')
    with pytest.raises(UserError, match=r"rows\.jsonl is no table"):
        examples.read(path, ("a", "b"))
