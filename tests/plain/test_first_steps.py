"""What is offered beside the built-in guide: what is here, what suits, or how to bring one."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from chatapp import cards, chat_template, first_steps, places, transfer
from chatapp.cards import Card
from chatapp.mixing import Ways
from chatapp.settings import Loading
from tests.plain.test_library import cached, model_in, starter
from tests.plain.test_shelf import GB, SIZES

WAYS = Ways(Loading(context_length=2048))
__all__ = ["starter"]  # a fixture


@pytest.fixture(autouse=True)
def computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 7 * GB))
    monkeypatch.setattr(transfer, "free_bytes", lambda folder: 100 * GB)


def speaking(folder: Path, **sizes: int) -> Path:
    """With the sizes that tell what it needs, and a template."""
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(json.dumps(SIZES | sizes))
    (folder / chat_template.PLAIN).write_text("{{ messages }}")
    return folder


def test_a_model_of_the_cache_is_offered_before_a_download(tmp_path: Path) -> None:
    speaking(cached(tmp_path / "hf" / "hub", "org/small"))
    steps = first_steps.look(WAYS, 0)
    assert steps.here
    assert steps.here.model.name == "org/small"


def test_without_a_model_the_best_advice_is_offered() -> None:
    steps = first_steps.look(WAYS, 0)
    assert steps.here is None
    assert steps.advice
    assert steps.advice.model == "Qwen/Qwen3-4B"


def test_a_model_that_only_continues_text_is_not_offered() -> None:
    folder = speaking(model_in(places.models() / "base"))
    assert first_steps.look(WAYS, 0).here
    (folder / chat_template.PLAIN).unlink()
    assert first_steps.look(WAYS, 0).here is None


def test_a_model_that_does_not_fit_is_not_offered() -> None:
    folder = speaking(model_in(places.models() / "large"))
    assert first_steps.look(WAYS, 0).here
    speaking(folder, hidden_size=65_536, intermediate_size=10**6)
    assert first_steps.look(WAYS, 0).here is None


def test_without_a_route_the_computer_is_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", *first_steps._PROXIES):
        monkeypatch.delenv(name, raising=False)
    kinds = []

    def unreachable(self: socket.socket, address: object) -> None:
        kinds.append(self.type)
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert first_steps.is_offline()
    assert set(kinds) == {socket.SOCK_DGRAM}  # which sends nothing by connecting
    monkeypatch.setattr(socket.socket, "connect", lambda *_: None)
    assert not first_steps.is_offline()


def test_what_the_person_switched_off_is_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: None)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert first_steps.is_offline()
