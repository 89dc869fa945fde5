"""Small files of ours: whole, and for their owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from chatapp import note, places, transfer


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_note_is_for_its_owner_whatever_lay_there_before(tmp_path: Path) -> None:
    path, beside = tmp_path / "note.json", tmp_path / "note.json.new"
    for file in (path, beside):
        file.write_text("old")
        file.chmod(0o644)
    note.write(path, "日本語")
    assert (path.read_text("utf-8"), mode(path), beside.exists()) == ("日本語", 0o600, False)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_a_download_notes_is_for_its_owner(home: Path) -> None:
    home.chmod(0o755)
    transfer.write_json(places.data() / "library.json", {"names": {"/a": "b"}})
    assert mode(home / "library.json") == 0o600


def test_the_new_name_is_on_the_disk_before_anybody_relies_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    replace, sync = Path.replace, os.fsync

    def synced(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        order.append("folder" if folder else "file")
        sync(descriptor)

    def replaced(self: Path, target: Path) -> Path:
        order.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    note.write(tmp_path / "note", "x")
    assert order == (["file", "name", "folder"] if os.name == "posix" else ["file", "name"])


def test_a_note_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "note"
    note.write(path, "old")
    with pytest.raises(UnicodeEncodeError):
        note.write(path, "\ud83d")
    assert path.read_text("utf-8") == "old"
