"""T6: SIGKILL at each stage of bringing an old chat file up to date."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chatapp import database
from chatapp.store import Store

SCRIPT = Path(__file__).with_name("old.py")
WORDS = [f"message {number} " + "x" * 300 for number in range(60)]


def opened(chats: Path, instructions: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(chats), str(instructions)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chat file of the first version."""
    path = tmp_path / "old" / "chats.sqlite3"
    path.parent.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:1])
        db, _ = database.open_file(path, lambda db: None)
    with closing(db):
        db.execute("INSERT INTO conversations VALUES (1, 'old', 1.0, 1.0, NULL, NULL)")
        for number, text in enumerate(WORDS, 1):
            above = number - 1 or None
            db.execute(
                "INSERT INTO messages (id, conversation, parent, role, text, created)"
                " VALUES (?, 1, ?, 'user', ?, 1.0)",
                (number, above, text),
            )
        db.execute("UPDATE conversations SET leaf = ?", (len(WORDS),))
    return path


def whole(path: Path) -> int:
    """Its version, once its words are seen to be all there."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert [text for (text,) in db.execute("SELECT text FROM messages ORDER BY id")] == WORDS
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("kills", [12, pytest.param(100, marks=pytest.mark.full)])
@pytest.mark.timeout(1800)
def test_a_kill_while_a_file_is_brought_up_to_date_costs_no_word(
    old: Path, tmp_path: Path, kills: int
) -> None:
    seen = set()
    shutil.copytree(old.parent, tmp_path / "counted")
    steps = int(opened(tmp_path / "counted" / old.name, 0).stdout)
    for number in range(kills):
        folder = shutil.copytree(old.parent, tmp_path / str(number))
        chats = folder / old.name
        ended = opened(chats, 1 + number * steps // kills)
        assert ended.returncode == -9, ended.stderr
        version = whole(chats)
        seen.add(version)
        copies = list(database.copies(chats).glob("chats-*"))
        assert [whole(copy) for copy in copies] == [1] * len(copies)
        assert copies or version == 1
        store = Store(chats)
        assert (store.damaged, [m.text for m in store.thread(1)]) == (None, WORDS)
        store.close()
        assert whole(chats) == len(database.MIGRATIONS)
    assert len(seen) > 1
