"""The command line: what goes where, and the exit code."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chatapp import __main__, cards, cli, library, places, settings, usage
from chatapp.cards import Card
from chatapp.chat import Done, Text, UserError
from tests.conftest import ROOT
from tests.fake import FakeBackend, host_of, model, words
from tests.plain.test_adapters import make
from tests.plain.test_library import model_in


@pytest.fixture(autouse=True)
def no_handlers() -> object:
    """The door adds a log file to our logger; the next test's home is another one."""
    import logging

    yield
    for handler in list(logging.getLogger("chatapp").handlers):
        handler.close()
        logging.getLogger("chatapp").removeHandler(handler)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> FakeBackend:
    backend = FakeBackend(words(3))
    monkeypatch.setattr(library, "built_in", model)
    monkeypatch.setattr("chatapp.host.Host", lambda: host_of(backend))
    return backend


def test_ask_streams_the_answer_to_stdout(
    backend: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["ask", "hi"]) == 0
    assert capsys.readouterr().out == "t00000 t00001 t00002 \n"


def test_ask_as_json_is_one_flat_object(
    backend: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["ask", "hi", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["text"], told["finish"]) == ("t00000 t00001 t00002 ", "stop")
    assert told["new_tokens"] == 5


def test_candidates_follow_the_first_answer(
    backend: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    backend.script = [Text("one"), Text("two ", 1), Text(" more"), Text("again", 1), Done()]
    assert __main__.main(["ask", "hi"]) == 0
    assert capsys.readouterr().out == "one more\n\n--- 2 ---\ntwo again\n"


def test_candidates_that_would_be_equal_are_told_and_not_dropped_in_silence(
    backend: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["ask", "hi", "--candidates", "2", "--temperature", "0"]) == 0
    assert "would be the same" in capsys.readouterr().err
    assert __main__.main(["ask", "hi", "--candidates", "2"]) == 0
    assert capsys.readouterr().err == ""


def test_every_flag_reaches_the_request(backend: FakeBackend) -> None:
    __main__.main(["ask", "hi", "--temperature", "0.1", "--max-tokens", "9", "--seed", "3"])
    sampling = backend.requests[0].sampling
    assert (sampling.temperature, sampling.max_new_tokens, sampling.seed) == (0.1, 9, 3)


def test_complete_reaches_the_request(backend: FakeBackend) -> None:
    __main__.main(["ask", "--complete", "Once"])
    assert backend.requests[0].complete


def test_a_dash_reads_standard_input(backend: FakeBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("こんにちは\n".encode())))
    assert __main__.main(["ask", "-"]) == 0
    assert backend.requests[0].messages[0].text == "こんにちは"


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_question_is_a_users_error(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["ask", text]) == 1
    assert capsys.readouterr().err == "There is nothing to answer. Write a message first.\n"


def test_an_error_of_the_engine_is_one_line_and_exit_1(
    backend: FakeBackend, capsys: pytest.CaptureFixture[str]
) -> None:
    backend.script = [UserError("It broke.", "Try again.")]
    assert __main__.main(["ask", "hi"]) == 1
    assert capsys.readouterr().err == "It broke. Try again.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["nonsense"],
        ["bench", "ui", "--repeats", "0"],
        ["ask", "hi", "--temperature", "9"],
        ["ask", "hi", "--top-p", "x"],
    ],
)
def test_bad_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        __main__.main(arguments)
    assert end.value.code == 2


def test_a_bound_is_named_in_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        usage.parse(["ask", "hi", "--temperature", "9"])
    assert "--temperature: must be between 0 and 5" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["train", "--data", "a", "--max-tokens", "3"],
        ["ask", "hi", "--alternatives", "3"],
        ["ask", "hi", "--key-file", "key"],
        ["export", "--json"],
    ],
)
def test_bad_usage_is_one_line_that_names_the_help(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        usage.parse(arguments)
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert told.count("\n") == 1
    assert " --help'." in told


@pytest.mark.parametrize("command", ["ask", "chat", "serve", "train"])
def test_the_help_names_the_values_and_bounds_of_each_knob(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        usage.parse([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for group in (settings.Tuning,) if command == "train" else (settings.Sampling,):
        for knob in settings.knobs(group).values():
            if knob.choices:
                assert f"{{{','.join(knob.choices)}}}" in told
            elif knob.high is not None:
                assert f"{knob.help} From {knob.low:g} to {knob.high:.10g}." in told


def test_an_unknown_model_is_a_users_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["ask", "hi", "--model", "no/such"]) == 1
    assert "no/such" in capsys.readouterr().err


def test_models_lists_the_built_in_guide(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["models", "--json"]) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert "Built-in guide" in names


def test_models_tells_what_each_is_and_whether_it_fits(capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main(["models", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    known = (row["architecture"], row["dtype"], row["context_length"], row["parameters"])
    assert known == ("llama", "bfloat16", 1024, 4_737_792)
    assert row["fits"] in ("fits", "tight", "too big")
    assert row["last_used"] is None


def test_models_judges_each_as_it_would_be_loaded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A precision that a model keeps of its own counts here too, and in a terminal's load."""
    monkeypatch.setattr(cards, "here", lambda: Card("old", "cuda", 10**10, 10**10, "", False))
    saved = settings.Settings(loads={library.built_in().path: {"dtype": "int4"}})
    settings.save(saved)
    __main__.main(["models", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["fits"] == ""  # 4 bits do not run there
    assert cli._way(saved, library.built_in().path).dtype == "int4"
    assert cli._way(saved, "no/such").dtype == "auto"


def test_models_is_a_table_with_a_head(capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main(["models"])
    head, guide = capsys.readouterr().out.splitlines()
    assert head.split() == ["model", "size", "stored", "as", "context", "from", "here"]
    assert guide.startswith("Built-in guide")
    assert head.index("context") + len("context") == guide.index("1,024") + len("1,024")


def make_adapter(name: str, base: str) -> None:
    make(places.adapters() / name, record={"base": base})


def test_adapters_are_listed_under_their_model(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_adapter("letters", "Built-in guide")
    make_adapter("lost", "org/elsewhere")
    __main__.main(["models", "--json"])
    assert json.loads(capsys.readouterr().out)[0]["adapters"] == ["letters"]
    __main__.main(["models"])
    told = capsys.readouterr().out
    assert "  + letters\n" in told
    assert "for org/elsewhere, which is not here" in told


def test_an_adapter_reaches_the_request_by_its_name(backend: FakeBackend, home: Path) -> None:
    make_adapter("letters", "Built-in guide")
    assert __main__.main(["ask", "hi", "--adapter", "letters"]) == 0
    assert backend.requests[0].adapter == str(places.adapters() / "letters")


def test_an_adapter_that_is_not_here_is_a_users_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["ask", "hi", "--adapter", "none"]) == 1
    assert "There is no adapter called none." in capsys.readouterr().err


def test_models_tells_when_each_last_answered(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from chatapp.store import Store

    store = Store()
    question = store.add(store.new().id, "user", "hi", None)
    answer = store.add(store.conversations()[0].id, "assistant", "", question.id)
    store.settle(answer.id, "yes", "stop", model="Built-in guide")
    __main__.main(["models", "--json"])  # while the window still has the file open
    store.close()
    assert json.loads(capsys.readouterr().out)[0]["last_used"] == answer.created


def test_without_display_and_input_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "_has_display", lambda: False)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert __main__.main([]) == 1
    assert "There is no display" in capsys.readouterr().err


def test_without_display_standard_input_is_answered(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "_has_display", lambda: False)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hi")))
    assert __main__.main([]) == 0
    assert capsys.readouterr().out.startswith("t00000")


def test_the_log_holds_no_prompt(backend: FakeBackend, home: Path) -> None:
    __main__.main(["ask", "canary-7351"])
    logged = "".join(p.read_text("utf-8") for p in (home / "logs").iterdir())
    assert "canary-7351" not in logged


@pytest.mark.parametrize("command", [["models"], ["doctor"], ["export", "--all"], ["ask", "hi"]])
def test_a_home_that_cannot_be_used_is_told_in_one_line(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHATAPP_HOME", str(tmp_path / "file" / "inside"))
    assert __main__.main(command) == 1
    told = capsys.readouterr().err
    assert "cannot be used" in told
    assert told.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_log_is_for_its_owner_also_in_an_open_folder(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = home / "logs" / "chatapp.log"
    log.parent.mkdir()
    log.write_text("")
    for open_to_all in (home, log.parent, log):
        open_to_all.chmod(0o755)
    __main__.main(["models"])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_cut_pipe_is_no_error() -> None:
    run = subprocess.run(
        f"{sys.executable} -m chatapp models --json | true",
        shell=True, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no drive that is always full")
def test_a_full_drive_behind_the_output_is_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "chatapp", "models", "--json"],
            stdout=full, stderr=subprocess.PIPE, cwd=ROOT, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr == "The output cannot be written. Make room on its drive.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_folder_whose_name_is_no_text_is_listed_in_utf8() -> None:
    try:
        model_in(places.models() / os.fsdecode(b"odd-\xff"))
    except OSError:
        pytest.skip("this drive takes only names that are text")
    run = subprocess.run(
        [sys.executable, "-m", "chatapp", "models", "--json"],
        capture_output=True, cwd=ROOT, check=True,
    )  # fmt: skip
    (row,) = (row for row in json.loads(run.stdout.decode()) if row["source"] == "folder")
    assert row["name"] == "odd-\ufffd"
    assert os.fsencode(row["path"]).endswith(b"odd-\xff")
    assert b"Traceback" not in run.stderr


def test_the_terminal_chat_keeps_its_conversation(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    lines = iter(["/set temperature 0.2", "hello", "/set temperature 99", "/quit"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    assert __main__.main(["chat"]) == 0
    assert backend.requests[0].sampling.temperature == 0.2
    from chatapp.store import Store

    store = Store()
    (conversation,) = store.conversations()
    texts = [m.text for m in store.thread(conversation.id)]
    store.close()
    assert texts == ["hello", "t00000 t00001 t00002 "]


def test_the_terminal_chat_saves_what_it_shows_also_of_an_answer_that_fails(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from chatapp.store import Store

    grown: list[str] = []
    grow = Store.grow
    monkeypatch.setattr(
        Store, "grow", lambda store, number, text: (grown.append(text), grow(store, number, text))
    )
    backend.script = [Text("half "), Text("an ans"), UserError("The card is gone.", "Wait.")]
    lines = iter(["hello", "again", "/quit"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    assert __main__.main(["chat"]) == 0
    assert "The card is gone." in capsys.readouterr().err
    store = Store()
    (conversation,) = store.conversations()
    kept = [(m.text, m.finish) for m in store.thread(conversation.id)]
    store.close()
    answer = ("half an ans", "error")
    assert kept == [("hello", None), answer, ("again", None), answer]
    assert grown == ["half ", "half an ans"] * 2
    assert [m.text for m in backend.requests[1].messages] == ["hello", "half an ans", "again"]


def test_the_terminal_chat_puts_an_adapter_on_and_off(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    make_adapter("letters", "Built-in guide")
    make_adapter("verses", "Built-in guide")
    lines = iter(["one", "/adapter verses", "two", "/adapter", "three", "/adapter none", "/quit"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    assert __main__.main(["chat", "--adapter", "letters"]) == 0
    worn = [Path(request.adapter).name for request in backend.requests]
    assert worn == ["letters", "verses", ""]


def test_an_adapter_that_is_served_is_the_one_that_was_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_adapter("letters", "Built-in guide")
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "chatapp.serving.run", lambda model, *_: told.append((model, Path(_[-1]).name)) or 0
    )
    assert __main__.main(["serve", "--adapter", "letters"]) == 0
    assert told == [("Built-in guide", "letters")]
