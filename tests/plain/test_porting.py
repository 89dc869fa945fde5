"""Export and import from the command line, also beside a window that has the chat file open."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatapp import __main__, chores, exchange, places, usage
from chatapp.store import Store

LINE = '{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]}'


@pytest.fixture(autouse=True)
def no_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(__main__, "_log", lambda level: None)


@pytest.fixture
def window() -> Iterator[Store]:
    """A store as a window holds it."""
    store = Store()
    yield store
    store.close()


def run(*arguments: str) -> int:
    return __main__.main(list(arguments))


def test_the_names_of_the_forms_are_those_that_there_are() -> None:
    assert {form: ending for form, (ending, _) in exchange.OUT.items()} == chores.ENDINGS
    assert (usage.WRITTEN, set(usage.READ)) == (tuple(exchange.OUT), set(exchange.IN))


def test_export_writes_the_newest_chat_to_stdout(
    window: Store, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    chat = window.new("Weather")
    window.settle(window.add(chat.id, "assistant", "", None).id, "<think>x</think>\n天気", "stop")
    assert run("export") == 0
    assert capfdbinary.readouterr().out.decode() == "# Weather\n\n## Assistant\n\n天気\n"


def test_the_ending_of_the_file_chooses_the_form(window: Store, tmp_path: Path) -> None:
    first, second = window.new("A"), window.new("B")
    for chat in (first, second):
        window.add(chat.id, "user", "hi", None)
    out = tmp_path / "out.json"
    assert run("export", "--all", "--out", str(out)) == 0
    titles = [each["title"] for each in json.loads(out.read_text("utf-8"))["conversations"]]
    assert titles == ["B", "A"]
    assert run("export", "--conversation", str(first.id), "--out", str(out)) == 0
    assert len(json.loads(out.read_text("utf-8"))["conversations"]) == 1


def test_an_export_reads_only_and_leaves_a_growing_answer_alone(window: Store) -> None:
    chat = window.new("A")
    answer = window.add(chat.id, "assistant", "", None)
    assert run("export", "--out", str(places.data() / "x.md")) == 0
    window.grow(answer.id, "still growing")
    assert window.settle(answer.id, "grown", "stop").text == "grown"
    assert window.thread(chat.id)[0].finish == "stop"


def test_an_import_beside_a_window_is_seen_by_it_and_spoils_nothing(
    window: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = window.new("open")
    answer = window.add(chat.id, "assistant", "", None)
    window.grow(answer.id, "half")
    file = tmp_path / "in.jsonl"
    file.write_text(f"{LINE}\n{LINE}\nbroken\n")
    assert run("import", str(file)) == 0
    told = capsys.readouterr()
    assert told.out == "Added 2 conversations with 4 messages.\n"
    assert told.err == "Line 3 is not JSON. The rest can be imported.\n"
    assert sorted(c.title for c in window.conversations()) == ["hi", "hi", "open"]
    assert window.thread(chat.id)[0].finish is None
    assert window.settle(answer.id, "whole", "stop").text == "whole"


def test_a_dry_run_adds_nothing_and_makes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(LINE)
    assert run("import", str(file), "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["conversations"] == 1
    assert not places.store_file().exists()


def test_what_is_here_already_is_not_added_twice_unless_asked(
    window: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = window.new("A")
    window.add(chat.id, "user", "hi", None)
    out = str(tmp_path / "out.json")
    run("export", "--out", out)
    assert run("import", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["known"] == 1
    assert len(window.conversations()) == 1
    run("import", out, "--again")
    assert len(window.conversations()) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("export",), "no chats"),
        (("import", "missing.json"), "cannot be read"),
        (("import", "empty.json"), "empty"),
        (("import", "none.json"), "no conversation that can be read. Entry 1 is"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_1(
    arguments: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.json").touch()
    (tmp_path / "none.json").write_text("{}")
    assert run(*arguments) == 1
    told = capsys.readouterr()
    assert says in told.err
    assert (told.err.count("\n"), told.out) == (1, "")


def test_a_list_of_nothing_is_an_empty_list(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--list", "--json") == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("[]\n", "")


def test_an_unknown_number_is_told(window: Store, capsys: pytest.CaptureFixture[str]) -> None:
    window.new("A")
    assert run("export", "--conversation", "77") == 1
    assert "number 77" in capsys.readouterr().err


def test_a_damaged_chat_file_is_told_and_left_where_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    places.store_file().write_bytes(b"not a database, but long enough to be looked at" * 50)
    (tmp_path / "in.jsonl").write_text(LINE)
    before = places.store_file().read_bytes()
    assert run("export") == 1
    assert run("import", str(tmp_path / "in.jsonl")) == 1
    assert "damaged" in capsys.readouterr().err
    assert places.store_file().read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Store().close()
    with sqlite3.connect(places.store_file()) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert run("export") == 1
    assert "newer ChatApp" in capsys.readouterr().err


def test_the_list_shows_numbers_and_titles(
    window: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = window.new("Weather")
    window.add(chat.id, "user", "hi", None)
    assert run("export", "--list", "--json") == 0
    row = json.loads(capsys.readouterr().out)[0]
    assert (row["id"], row["title"], row["messages"]) == (chat.id, "Weather", 1)
    run("export", "--list")
    assert "Weather" in capsys.readouterr().out


def test_an_import_that_was_gone_on_with_is_not_taken_out(window: Store) -> None:
    from tests.plain.test_exchange import TALK

    one, two = window.adopt(TALK), window.adopt(TALK)
    window.add(two.conversation, "user", "more", None)
    assert (window.discard(one), window.discard(two)) == (True, False)
    assert [c.id for c in window.conversations()] == [two.conversation]


def test_a_large_import_is_cut_into_transactions_and_loses_none() -> None:
    from chatapp import record_rows
    from tests.plain.test_exchange import TALK

    batches = list(record_rows.batches([TALK] * 1000))
    assert sum(map(len, batches)) == 1000
    assert max(map(len, batches)) * len(TALK.nodes) <= record_rows.BATCH
    assert list(record_rows.batches([])) == []
