"""T14: quitting ends the process soon, with exit code 0, and leaves nothing behind."""

from __future__ import annotations

import time

import pytest

from tests.whole.conftest import Person, wait_for

SOON_S = 5
STORY = "Tell me a short story about a robot."


@pytest.mark.parametrize("way", ["ctrl+q", "alt+F4"])
def test_quitting_while_the_engine_is_imported(person: Person, way: str) -> None:
    person.start()
    wait_for(lambda: person.sees("Starting the engine"), "the import")
    person.send("hi")
    wait_for(person.answers, "the question in the store")
    code, seconds = person.quit(way)
    assert code == 0
    assert seconds < SOON_S
    assert person.processes() == []
    assert person.answers() == [("", "interrupted")]


def test_quitting_while_an_answer_is_written(person: Person) -> None:
    person.start(DRIVEN_WAIT_S="0.1")
    person.send(STORY)
    begun = person.growing(1, 10)
    code, seconds = person.quit()
    assert code == 0
    assert seconds < SOON_S
    assert person.processes() == []
    text, finish = person.answered()
    assert finish == "interrupted"
    assert text.startswith(begun)


def test_a_polite_signal_quits_while_an_answer_is_written(person: Person) -> None:
    person.start(DRIVEN_WAIT_S="0.1")
    person.send(STORY)
    person.growing(1, 10)
    assert person.app is not None
    begin = time.monotonic()
    person.app.terminate()
    assert person.ended() == 0
    assert time.monotonic() - begin < SOON_S
    assert person.answered()[1] == "interrupted"
