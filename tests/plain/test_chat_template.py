"""A model's chat template, as it is found in its folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from chatapp import places
from chatapp.chat import Found, UserError
from chatapp.chat_template import LIMIT, Template, look, read

TEXT = "{% for message in messages %}<{{ message.role }}>{{ message.content }}{% endfor %}"


def write(folder: Path, name: str, value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    (folder / name).write_text(text, "utf-8")


def test_a_file_of_its_own_comes_first(tmp_path: Path) -> None:
    write(tmp_path, "chat_template.jinja", TEXT)
    write(tmp_path, "tokenizer_config.json", {"chat_template": "another"})
    told = read(tmp_path)
    assert (told.text, told.file) == (TEXT, "chat_template.jinja")
    assert told.digest == hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize("name", ["chat_template.json", "tokenizer_config.json"])
def test_it_may_be_inside_another_file(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, {"chat_template": TEXT})
    assert (read(tmp_path).text, read(tmp_path).file) == (TEXT, name)


def test_of_several_the_usual_one_is_taken(tmp_path: Path) -> None:
    rows = [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": TEXT}]
    write(tmp_path, "tokenizer_config.json", {"chat_template": rows})
    assert read(tmp_path).text == TEXT


@pytest.mark.parametrize("odd", [None, 7, [7], [{"name": "tool_use", "template": "tools"}], {}])
def test_what_is_no_text_is_no_template(tmp_path: Path, odd: object) -> None:
    write(tmp_path, "tokenizer_config.json", {"chat_template": odd})
    assert read(tmp_path) == Template()


def test_a_model_without_one_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) == Template()


def test_damaged_files_are_told(tmp_path: Path) -> None:
    write(tmp_path, "tokenizer_config.json", "{")
    with pytest.raises(UserError, match="damaged"):
        read(tmp_path)
    (tmp_path / "chat_template.jinja").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="damaged"):
        read(tmp_path)
    write(tmp_path, "chat_template.jinja", "x" * (LIMIT + 1))
    with pytest.raises(UserError, match="damaged"):
        read(tmp_path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("words", "utf-8")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "chat_template.jinja").symlink_to(secret)
    with pytest.raises(UserError, match="its link leads out of the folder"):
        read(folder)


def test_the_guides_own_is_found() -> None:
    [event] = look(places.resources() / "starter")
    assert isinstance(event, Found)
    assert "messages" in event.models[0].text
