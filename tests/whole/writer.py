"""A window without a window: shows numbered words and saves them, until somebody kills it.

`python writer.py CHATS ORACLE`. The oracle file gets one JSON line per thing that a person could
have seen, with the monotonic clock in nanoseconds; it is written before the store is told, as a
window paints first, and it survives SIGKILL because the kernel has the bytes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from chatapp.store import Store

WORDS_PER_S = 200


def main(chats: Path, oracle: Path) -> None:
    told = os.open(oracle, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tell(**seen: object) -> None:
        os.write(told, json.dumps({"ns": time.monotonic_ns(), **seen}).encode() + b"\n")

    store = Store(chats)
    conversation = store.new("killed")
    question = store.add(conversation.id, "user", "Count, please.", None)
    tell(conversation=conversation.id, question=question.id)
    reply = store.add(conversation.id, "assistant", "", question.id)
    text = ""
    for number in range(10**6):
        text += f"t{number:05d} "
        tell(text=text)
        store.grow(reply.id, text)
        time.sleep(1 / WORDS_PER_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
