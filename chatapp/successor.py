"""The next process of the window, when this one must end: a lost accelerator needs a new one.

The launcher watches the window and opens it again where the exit code asks for that. Where no
launcher watches, the program starts its successor itself. Knows nothing about windows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

WATCHED = "CHATAPP_LAUNCHER"  # set by packaging/launch.py
ENDS = "CHATAPP_ENDS"  # when the processes before this one ended, in seconds
AGAIN = 75  # the exit code that asks the launcher to open the window again
SOON_S = 60
MOST = 3  # ends within that time; the successor of the last one loads no model
NO_MODEL = "--no-model"


def follow() -> int:
    """The exit code of this process, once it is sure that another window opens.

    1 = the windows before ended so quickly that another would only end too.
    """
    if os.environ.get(WATCHED):
        return AGAIN
    now = time.time()
    ends = [end for end in _ends() if 0 <= now - end < SOON_S] + [now]
    if len(ends) > MOST:
        return 1
    command = [sys.executable, *sys.orig_argv[1:]]
    if len(ends) == MOST and NO_MODEL not in command:
        command.append(NO_MODEL)
    told = {**os.environ, ENDS: " ".join(f"{end:.0f}" for end in ends)}
    try:
        subprocess.Popen(command, env=told, start_new_session=True)
    except OSError:
        return 1
    return 0


def _ends() -> list[float]:
    try:
        return [float(end) for end in os.environ.get(ENDS, "").split()]
    except ValueError:
        return []
