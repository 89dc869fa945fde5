"""An answer copied as a program: run with transformers, it prints the same words."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from chatapp import asking, origins, places, script
from chatapp.chat import Message, Origin, Request, Text
from chatapp.engine.local import Local
from chatapp.settings import Sampling
from tests.engine.conftest import make_model, open_local

SHORT = Sampling(max_new_tokens=24, seed=11, temperature=0.9)
QUESTION = Message("user", 'What is "top-k"?\n"""日本語\\')


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Local:
    return open_local(make_model(tmp_path_factory.mktemp("model")), dtype="float32")


def answered(local: Local, request: Request) -> str:
    return "".join(event.text for event in local.stream(request) if isinstance(event, Text))


def printed(program: str, capsys: pytest.CaptureFixture[str]) -> str:
    exec(compile(program, "script", "exec"), {"__name__": "script"})
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "knobs",
    [
        replace(SHORT, temperature=0.0),
        SHORT,
        replace(SHORT, top_k=0, top_p=1.0, min_p=0.0, temperature=1.0),
        replace(SHORT, repetition_penalty=1.3),
        replace(SHORT, presence_penalty=0.5, frequency_penalty=0.25),
        replace(SHORT, logit_bias="70:4.5, 71:-100"),
        replace(SHORT, top_k=0, min_p=0.1),
    ],
    ids=["greedy", "usual", "bare", "repetition", "counting", "bias", "whole"],
)
def test_the_program_prints_the_same_words(
    local: Local, knobs: Sampling, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = [QUESTION, Message("assistant", "A knob."), Message("user", "Go on.")]
    text = answered(local, asking.request(thread, asking.Wish(knobs, "Be brief.")))
    told = asking.request(thread, asking.Wish(knobs, "Be brief.")).messages
    program = script.script(told, origins.origin_of(local.info, knobs), knobs.seed)
    assert printed(program, capsys) == text + "\n"
    assert text


def test_a_candidate_is_repeated_alone_with_its_own_seed(
    local: Local, capsys: pytest.CaptureFixture[str]
) -> None:
    knobs = replace(SHORT, candidates=3)
    rows = ["", "", ""]
    for event in local.stream(Request((QUESTION,), knobs)):
        if isinstance(event, Text):
            rows[event.row] += event.text
    origin = origins.origin_of(local.info, knobs)
    program = script.script([QUESTION], origin, knobs.seed + 2)
    assert printed(program, capsys) == rows[2] + "\n"


def test_an_answer_that_goes_on_from_a_beginning_is_repeated_with_it(
    local: Local, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = [QUESTION, Message("assistant", "It keeps ")]
    text = answered(local, Request(tuple(thread), SHORT))
    origin = origins.origin_of(local.info, SHORT, "It keeps ")
    program = script.script([QUESTION], origin, SHORT.seed)
    assert printed(program, capsys) == f"It keeps {text}\n"


def test_a_stop_string_ends_it_too(local: Local, capsys: pytest.CaptureFixture[str]) -> None:
    whole = answered(local, Request((QUESTION,), SHORT))
    knobs = replace(SHORT, stop_strings=whole[4:6])
    text = answered(local, Request((QUESTION,), knobs))
    program = script.script([QUESTION], origins.origin_of(local.info, knobs), knobs.seed)
    assert printed(program, capsys) == text + "\n"
    assert len(text) < len(whole)


def test_the_built_in_guide_says_the_same_in_a_process_of_its_own() -> None:
    folder = places.starter()
    if not (folder / "model.safetensors").exists():
        pytest.skip("no built-in model")
    local = open_local(folder, dtype="float32")
    knobs = Sampling(max_new_tokens=60, seed=3)
    question = Message("user", "What does temperature do?")
    text = answered(local, Request((question,), knobs))
    program = script.script([question], origins.origin_of(local.info, knobs), knobs.seed)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == text + "\n"


@pytest.mark.parametrize("evil", ['"""\nraise SystemExit\n"""', "\\", "a\\", "\u2028x = 1", "\0"])
def test_nothing_quoted_becomes_code(evil: str) -> None:
    knobs = (("temperature", 0.7), ("stop_strings", evil), ("seed", evil), ("no_such", evil))
    origin = Origin(evil, evil, evil, evil, evil, knobs, ((evil, evil),), evil)
    program = script.script([Message("user", evil), Message("assistant", evil)], origin, 3)
    tree = compile(program.replace("\0", ""), "script", "exec", flags=0x400)  # only the tree
    kinds = [type(node).__name__ for node in tree.body]  # type: ignore[attr-defined]
    assert "Raise" not in kinds
    assert kinds[:4] == ["Expr", "Import", "ImportFrom", "ImportFrom"]
