"""The Qt floor: widgets and windows. Knows nothing about torch or the engine."""

import ctypes
import sys

if sys.version_info < (3, 12):
    # PySide6 6.12.0 gives back one reference to None, or to a truth value, too many on some calls
    # that return one, and Python ends the process when none is left, after some thousand calls.
    # From 3.12 on they are immortal; before, this many references last for as many calls.
    for _one in (None, True, False):
        ctypes.c_ssize_t.from_address(id(_one)).value += 1 << 60
