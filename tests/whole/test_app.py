"""The real app on a virtual screen: a person's first minutes."""

from __future__ import annotations

import os
import sys

import pytest

from chatapp import places
from tests.whole.conftest import ROOT, Person, wait_for

QUESTION = "What does temperature do?"

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11"),
    pytest.mark.skipif(
        not (places.starter() / "model.safetensors").exists(), reason="no built-in model"
    ),
]


def answers(person: Person) -> list[tuple[str, str, str | None]]:
    return [message for message in person.messages() if message[0] == "assistant"]


def answered(person: Person, count: int = 1) -> bool:
    found = answers(person)
    return len(found) >= count and found[count - 1][2] is not None


def ask(person: Person, text: str, count: int) -> str:
    person.click("message")
    person.type(text)
    person.key("Return")
    wait_for(lambda: answered(person, count), "the answer")
    return answers(person)[count - 1][1]


def test_a_person_chats_moves_a_slider_switches_language_and_comes_back(person: Person) -> None:
    person.start()
    person.shot("empty")

    # typed while the engine still loads: sent, and answered when it is ready
    person.type(QUESTION)
    person.key("Return")
    wait_for(lambda: person.messages(), "the question in the store")
    wait_for(lambda: answered(person), "the answer")
    _, text, finish = answers(person)[0]
    assert finish == "stop"
    assert "random" in text or "likel" in text or "surpris" in text
    person.shot("answered")

    person.drag("Temperature", 0.3, 0.1)
    wait_for(lambda: (person.setting("sampling", "temperature") or 0.7) < 0.6, "the slider")

    person.key("alt+v")
    person.shot("menu")
    person.key("Escape")
    place = person.where("View")
    assert place

    assert person.close() == 0
    person.start()
    wait_for(lambda: person.where("message"), "the window again")
    person.shot("reopened")
    assert [m[1] for m in person.messages()][:1] == [QUESTION]
    assert person.close() == 0


def test_the_launcher_opens_the_window_and_a_typed_question_is_answered(person: Person) -> None:
    person.start(sys.executable, str(ROOT / "packaging" / "launch.py"))
    person.type(QUESTION)
    person.key("Return")
    wait_for(lambda: answered(person), "the answer")
    assert answers(person)[0][2] == "stop"
    assert os.path.exists(person.home / "chats.sqlite3")
    assert person.close() == 0
