"""The real app opens whatever its files hold: it says what is the case and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatapp.store import Store
from tests.whole.conftest import Person, wait_for

QUESTION = "What does temperature do?"
SENTENCE = "The weights are in an unsafe format (pytorch_model.bin)."


def the_one(folder: Path, pattern: str) -> Path:
    [path] = folder.glob(pattern)
    return path


def test_a_model_of_pickled_weights_says_why_not_and_the_current_one_stays(person: Person) -> None:
    folder = person.home / "models" / "pickled"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02}q\x00.")
    person.start()
    wait_for(lambda: person.sees("Built-in guide  ·"), "the model")

    person.key("ctrl+l")
    wait_for(lambda: person.sees("Open models folder"), "the list of models")
    [name] = [row for row in person.reads("rows") if row.startswith("pickled")]
    assert SENTENCE in name
    person.shot("bad-model")
    person.click(name)
    wait_for(lambda: person.sees(f"{SENTENCE}  "), "the sentence and what to do")
    person.shot("bad-model-chosen")

    person.send(QUESTION)
    assert person.answered()[1] == "stop"
    assert person.sees("Built-in guide  ·")
    assert person.quit()[0] == 0
    assert person.setting("app", "model") != str(folder)


def test_a_damaged_chat_file_is_kept_and_a_new_one_is_used(person: Person) -> None:
    file = person.home / "chats.sqlite3"
    store = Store(file)
    store.add(store.new("old").id, "user", "words " * 5000, None)
    store.close()
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xa5" * (len(raw) - 4096)
    file.write_bytes(raw)

    person.start("--no-model")
    assert person.sees("The chat file is damaged. It was kept unchanged as chats.sqlite3.damaged-")
    person.shot("bad-chats")
    assert the_one(person.home, "chats.sqlite3.damaged-*").read_bytes() == raw
    person.send(QUESTION)
    wait_for(lambda: [m[1] for m in person.messages()][:1] == [QUESTION], "the message")
    assert person.quit()[0] == 0


@pytest.mark.parametrize("text", ['{"sampling": {"temp', "[]", "\0" * 4096])
def test_a_damaged_settings_file_is_kept_and_the_defaults_are_used(
    person: Person, text: str
) -> None:
    (person.home / "settings.json").write_text(text)
    person.start("--no-model")
    assert person.sees("The settings were unreadable and were reset. The old file was kept.")
    assert the_one(person.home, "settings.json.invalid-*").read_text() == text
    assert person.quit()[0] == 0
    assert person.setting("sampling", "temperature") == 0.7
