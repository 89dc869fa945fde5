"""Text files into a message: encodings, refusals, fences."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatapp import attachments
from chatapp.attachments import Attachment
from chatapp.chat import UserError

JAPANESE = "件名：見積もりのお願い\nいつもお世話になっております。カタカナも、漢字も。\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp"]
)  # fmt: skip
def test_japanese_is_read_in_the_encodings_that_files_come_in(
    tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "mail.txt"
    file.write_bytes(JAPANESE.encode(encoding))
    assert attachments.read(file) == Attachment("mail.txt", JAPANESE)


def test_line_ends_and_odd_characters_are_made_plain(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("a\r\nb\rc\u202ed".encode())
    assert attachments.read(file).text == "a\nb\nc\ufffdd"


@pytest.mark.parametrize(
    "raw", [b"\x89PNG\r\n\x1a\n\x00", b"%PDF\n\xff\xfe\xfd\xe9\x80", b"\xff\xfeabc", b"\xe9t\xe9"]
)
def test_what_is_not_text_is_refused(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(raw)
    with pytest.raises(UserError, match=r"a\.bin is not a text file"):
        attachments.read(file)


def test_a_large_file_is_refused_with_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"a" * (attachments.LARGEST + 1))
    with pytest.raises(UserError, match="larger than 2 MB"):
        attachments.read(file)


def test_a_folder_a_pipe_and_nothing_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (".", "pipe", "gone"):
        with pytest.raises(UserError, match="is not a file"):
            attachments.read(tmp_path / name)


def test_a_text_cannot_close_the_fence_it_stands_in() -> None:
    fenced = Attachment("a.md", "```\nx\n````\n").fenced()
    assert fenced == "a.md\n`````md\n```\nx\n````\n`````"


def test_a_name_s_ending_is_the_language_of_the_fence() -> None:
    assert Attachment("a.py", "x").fenced() == "a.py\n```py\nx\n```"
    assert Attachment("a.p`y", "x").fenced().split("\n")[1] == "```py"
