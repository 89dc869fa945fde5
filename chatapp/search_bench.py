"""The measurement behind `chatapp bench search`: 100,000 messages in a throw-away chat file.

Knows nothing about the window.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import database
from chatapp.search import Search
from chatapp.store import Store

if TYPE_CHECKING:
    import sqlite3

MESSAGES = 100_000
_TALK = 100  # messages of one conversation
_RARE = "天気 zebra"  # stands in two messages
# Common and rare, in both scripts, of one character to many, and what stands nowhere.
WORDS = ("memory", "zebra", "weather kernel", "zz", "q", "奈良", "天気", "の", "電車の時",
         "天気 zebra", "nowhere")  # fmt: skip
_ENGLISH = """the model reads a prompt and writes tokens one by one while memory holds keys and
values of every layer so a question about weather beams or a kernel gets its answer within a moment
"""
_JAPANESE = "明日は晴れです東大寺に行きます。奈良の公園で鹿を見ました電車の時間を調べてください"
_ADD = """
INSERT INTO messages (conversation, parent, role, text, created, finish) VALUES (?, ?, ?, ?, ?, ?)
"""


def measure(repeats: int, messages: int = MESSAGES) -> dict[str, Any]:
    """Milliseconds of the slowest and the median question, and what the index costs."""
    with tempfile.TemporaryDirectory(prefix="chatapp-bench-") as folder:
        path = Path(folder) / "chats.sqlite3"
        store = Store(path)
        search = Search(path)
        try:
            with contextlib.closing(database.connect(path)) as db, database.changing(db):
                _fill(db, messages)
            began = time.perf_counter()
            for _ in search.catch_up():
                pass
            index_s = time.perf_counter() - began
            times = [_median_ms(search, words, repeats) for words in WORDS]
            hits = len(search.find(_RARE).hits)
            size = search.index.stat().st_size
        finally:
            search.close()
            store.close()
    return {
        "search_ms": round(max(times), 1),
        "search_median_ms": round(statistics.median(times), 1),
        "slowest": WORDS[times.index(max(times))],
        "rare_hits": hits,
        "index_s": round(index_s, 1),
        "index_mb": round(size / 1e6, 1),
        "messages": messages,
        "repeats": repeats,
    }


def _median_ms(search: Search, words: str, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        search.find(words)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def _fill(db: sqlite3.Connection, messages: int) -> None:
    """Every third message is Japanese; about 500 characters each, of which 150 when Japanese."""
    chance = random.Random(1)
    parent = conversation = None
    for number in range(messages):
        if number % _TALK == 0:
            title, parent = f"Talk {number // _TALK}", None
            row = db.execute(
                "INSERT INTO conversations (title, created, updated) VALUES (?, 0, 0)", (title,)
            )
            conversation = row.lastrowid
        rare = f" {_RARE}" * (number in (messages // 20, messages // 2))
        role, finish = ("assistant", "stop") if number % 2 else ("user", None)
        text = _text(chance, number) + rare
        parent = db.execute(_ADD, (conversation, parent, role, text, number, finish)).lastrowid


def _text(chance: random.Random, number: int) -> str:
    if number % 3 == 0:
        return "".join(chance.choices(_JAPANESE, k=150))
    return " ".join(chance.choices(_ENGLISH.split(), k=90))
