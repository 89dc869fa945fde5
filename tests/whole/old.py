"""Brings an old chat file up to date, and dies by SIGKILL after so many instructions of SQLite.

`python old.py CHATS INSTRUCTIONS`; 0 = it lives, and prints how many there were.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from chatapp import database


def main(chats: Path, instructions: int) -> int:
    connect = database.connect
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        if done == instructions:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def counted(path: Path | str) -> sqlite3.Connection:
        db = connect(path)
        db.set_progress_handler(count, 1)
        return db

    database.connect = counted
    database.open_file(chats, lambda db: None)[0].close()
    return done


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), int(sys.argv[2])))
