"""The process after this one: started by the launcher, or by the program itself."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from chatapp import successor


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    told: list[tuple[list[str], str]] = []

    def start(command: list[str], env: dict[str, str], **_: Any) -> None:
        told.append((command, env[successor.ENDS]))

    monkeypatch.setattr(successor.subprocess, "Popen", start)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-I", "-m", "chatapp", "--log", "debug"])
    monkeypatch.setattr(successor.time, "time", lambda: 1000.0)
    monkeypatch.delenv(successor.WATCHED, raising=False)
    monkeypatch.delenv(successor.ENDS, raising=False)
    return told


def test_the_launcher_is_asked_where_there_is_one(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(successor.WATCHED, "1")
    assert successor.follow() == 75
    assert started == []


def test_without_one_the_same_command_is_started_again(started: list[Any]) -> None:
    assert successor.follow() == 0
    command = [sys.executable, "-I", "-m", "chatapp", "--log", "debug"]
    assert started == [(command, "1000")]


@pytest.mark.parametrize(
    ("before", "code", "extra"),
    [
        ("990", 0, []),
        ("980 990", 0, ["--no-model"]),
        ("100 200 300 400", 0, []),  # long ago
        ("2000", 0, []),  # the clock was set back
        ("what is this", 0, []),
        ("970 980 990", 1, None),
    ],
)
def test_windows_that_end_quickly_get_no_model_and_then_no_successor(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, before: str, code: int, extra: Any
) -> None:
    monkeypatch.setenv(successor.ENDS, before)
    assert successor.follow() == code
    assert [command[6:] for command, _ in started] == ([] if extra is None else [extra])


def test_a_successor_that_cannot_be_started_is_an_error(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(successor.subprocess, "Popen", refuse)
    assert successor.follow() == 1
