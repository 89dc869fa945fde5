"""A secret's file: for its owner alone, whatever the umask is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from chatapp import secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "token"


def test_what_was_written_is_read(path: Path) -> None:
    secret.write(path, "one")
    secret.write(path, "two")
    assert secret.read(path) == "two"
    assert not path.with_name("token.new").exists()


def test_without_a_file_there_is_no_secret(path: Path) -> None:
    assert secret.read(path) == ""
    path.mkdir()
    assert secret.read(path) == ""


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
def test_only_the_owner_may_read_it_whatever_the_umask(path: Path) -> None:
    usual = os.umask(0)
    try:
        path.write_text("seen")
        assert secret.read(path) == ""  # others could read it
        secret.write(path, "mine")
    finally:
        os.umask(usual)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret.read(path) == "mine"


def test_what_is_no_text_is_no_secret(path: Path) -> None:
    secret.write(path, "x")
    path.write_bytes(b"\xff\xfe")
    assert secret.read(path) == ""
