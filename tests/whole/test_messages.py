"""The keys for messages, as a keyboard sends them, with the cursor in the message box."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

from tests.whole.conftest import Person, wait_for

QUESTION = "What does temperature do?"


def leaf(person: Person) -> int:
    """The message that the open branch ends in."""
    address = f"file:{person.home / 'chats.sqlite3'}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
        number: int = db.execute("SELECT leaf FROM conversations").fetchone()[0]
    return number


@pytest.mark.timeout(300)
def test_a_person_edits_walks_versions_continues_and_chooses_by_key(person: Person) -> None:
    (person.home / "settings.json").write_text(
        json.dumps({"sampling": {"max_new_tokens": 8, "seed": 1}}), "utf-8"
    )
    person.start()
    person.send(QUESTION)
    assert person.answered()[1] == "length"
    wait_for(lambda: person.sees("Send"), "the end")

    # Up in the empty box edits the message, Enter sends it as a version with an answer of its own
    person.key("Up")
    wait_for(lambda: person.sees("Enter sends it as a new version"), "the editor")
    person.type(" Briefly.")
    person.key("Return")
    text, finish = person.answered(2)
    assert finish == "length"
    assert [m[1] for m in person.messages() if m[0] == "user"] == [QUESTION, QUESTION + " Briefly."]
    wait_for(lambda: person.sees("2 / 2"), "the versions")
    person.shot("m1-edited")

    # Alt+Left and Alt+Right walk between both
    person.key("alt+Left")
    wait_for(lambda: leaf(person) == 2, "the first version")
    person.key("alt+Right")
    wait_for(lambda: leaf(person) == 4, "the second version")

    # Alt+Enter goes on where the answer ended
    person.key("alt+Return")
    longer = wait_for(
        lambda: next((t for t, end in person.answers()[1:] if end and len(t) > len(text)), ""),
        "more of the answer",
    )
    assert longer.startswith(text)
    assert len(person.messages()) == 4
    assert person.quit()[0] == 0


@pytest.mark.timeout(300)
def test_a_person_chooses_among_candidates_by_key(person: Person) -> None:
    (person.home / "settings.json").write_text(
        json.dumps({"sampling": {"max_new_tokens": 8, "seed": 1, "candidates": 3}}), "utf-8"
    )
    person.start()
    person.send(QUESTION)
    wait_for(lambda: len(person.answers()) == 3, "three answers")
    wait_for(lambda: all(end for _, end in person.answers()), "their ends")
    wait_for(lambda: person.sees("Use this"), "the columns")
    person.shot("m2-candidates")
    person.key("ctrl+2")
    wait_for(lambda: leaf(person) == 3, "the second candidate")
    wait_for(lambda: not person.sees("Use this"), "the columns to go")
    assert person.quit()[0] == 0
