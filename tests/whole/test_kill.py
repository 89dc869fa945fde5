"""T1: SIGKILL at a random moment while a reply grows, then open the same file again."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatapp.store import Store
from tests.whole.conftest import Person

if TYPE_CHECKING:
    from collections.abc import Callable

WRITER = Path(__file__).with_name("writer.py")
SAFE_NS = 100_000_000  # text shown longer ago than this must have been saved
STORY = "Tell me a short story about a robot."
SEED = int(os.environ.get("CHATAPP_SEED", "7"))


def started(chats: Path, oracle: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(chats), str(oracle)], stderr=subprocess.PIPE
    )


def told(oracle: Path) -> list[dict[str, object]]:
    """The whole lines of the oracle; a kill may cut the last one."""
    raw = oracle.read_text("utf-8") if oracle.exists() else ""
    return [json.loads(line) for line in raw.splitlines(keepends=True) if line.endswith("\n")]


def killed(chats: Path, oracle: Path, chance: random.Random, early: bool) -> int:
    """Run the writer and kill it; the monotonic nanosecond just before."""
    writer = started(chats, oracle)
    deadline = time.monotonic() + 20
    while not early and not told(oracle) and writer.poll() is None:
        assert time.monotonic() < deadline, "the writer never began"
        time.sleep(0.005)
    time.sleep(chance.uniform(0.0, 0.25) if early else chance.uniform(0.15, 0.65))
    moment = time.monotonic_ns()
    writer.kill()
    _, complaint = writer.communicate()
    assert writer.returncode == -9, complaint.decode()
    return moment


def checked(chats: Path, oracle: Path, moment: int) -> int:
    """Open the file as the next start would; how many characters had to be there."""
    store = Store(chats)
    try:
        assert store.damaged is None
        assert store._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert store._db.execute("PRAGMA foreign_key_check").fetchall() == []
        seen = told(oracle)
        if not seen:
            return 0
        thread = store.thread(int(str(seen[0]["conversation"])))
        assert [m.text for m in thread[:1]] == ["Count, please."]
        old = [str(line["text"]) for line in seen[1:] if int(str(line["ns"])) < moment - SAFE_NS]
        if old:
            saved = thread[1].text
            assert saved.startswith(old[-1]), (
                f"seed {SEED}: shown {len(old[-1])}, saved {len(saved)}"
            )
        assert [m.finish for m in thread[1:]] == ["interrupted"] * (len(thread) - 1)
        assert len(thread) <= 2
        return len(old[-1]) if old else 0
    finally:
        store.close()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("kills", [20, pytest.param(500, marks=pytest.mark.full)])
@pytest.mark.timeout(1800)
def test_text_shown_for_a_tenth_of_a_second_survives_a_kill(
    tmp_path: Path, kills: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(SEED)
    chats = tmp_path / "chats.sqlite3"
    kept = []
    for number in range(kills):
        oracle = tmp_path / f"oracle-{number}"
        moment = killed(chats, oracle, chance, early=number % 5 == 4)
        kept.append(checked(chats, oracle, moment))
    record_property("characters that had to be there", kept)
    assert sum(length > 0 for length in kept) >= kills // 2, f"seed {SEED}: {kept}"


def cut_off(person: Person, oracle: Path, chance: random.Random) -> str:
    """Ask, and kill the window while it answers; the text that was shown 100 ms before."""
    answers = len(person.answers())
    person.send(STORY)
    person.growing(answers + 1)
    time.sleep(chance.uniform(0.2, 1.5))
    moment = time.monotonic_ns()
    person.kill()
    old = [line for line in told(oracle) if int(str(line["ns"])) < moment - SAFE_NS]
    return "".join(str(line["text"]) for line in old)


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.full)])
@pytest.mark.timeout(1800)
def test_a_killed_window_opens_again_with_what_it_showed(
    person: Person, tmp_path: Path, kills: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(SEED)
    kept: list[int] = []
    for number in range(kills):
        oracle = tmp_path / f"oracle-{number}"
        person.start(DRIVEN_WAIT_S="0.1", DRIVEN_ORACLE=str(oracle))
        shown = cut_off(person, oracle, chance)
        kept.append(len(shown))

        person.start("--no-model")
        assert [role for role, *_ in person.messages()] == ["user", "assistant"] * (number + 1)
        text, finish = person.answered(number + 1)
        assert finish == "interrupted"
        assert text.startswith(shown), f"seed {SEED}: shown {shown!r}, saved {text!r}"
        copied = person.transcript()
        assert copied.count(STORY) == number + 1
        assert text in copied
        assert person.quit()[0] == 0
    record_property("characters that had to be there", kept)
    assert all(kept), f"seed {SEED}: {kept}"


@pytest.mark.timeout(600)
def test_candidates_of_a_killed_window_each_keep_what_they_showed(
    person: Person, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    settings = {"sampling": {"candidates": 3, "temperature": 1.0}}
    (person.home / "settings.json").write_text(json.dumps(settings), "utf-8")
    oracle = tmp_path / "oracle"
    person.start(DRIVEN_WAIT_S="0.05", DRIVEN_ORACLE=str(oracle))
    person.send(STORY)
    person.growing(3, 10)
    time.sleep(random.Random(SEED).uniform(0.3, 0.8))
    moment = time.monotonic_ns()
    person.kill()
    shown: dict[int, str] = {}
    for line in told(oracle):
        if int(str(line["ns"])) < moment - SAFE_NS:
            number = int(str(line["message"]))
            shown[number] = shown.get(number, "") + str(line["text"])

    person.start("--no-model")
    saved = {number: text for number, (_, text, _) in enumerate(person.messages(), 1)}
    assert [finish for _, finish in person.answers()] == ["interrupted"] * 3
    assert sorted(shown) == [2, 3, 4]
    for number, text in shown.items():
        assert text
        assert saved[number].startswith(text), f"seed {SEED}: shown {text!r}, saved {saved}"
    record_property("characters that had to be there", [len(text) for text in shown.values()])
