"""Whether the person wants no connection: told by the environment, or by a switch of the window.

Knows nothing about networks. Without the standard library's own, so that a window may ask early.
"""

from __future__ import annotations

import os

_SIGNS = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE = {"1", "ON", "YES", "TRUE"}
_switch = [False]


def switch(on: bool) -> None:
    """Ask nobody from now on, or again whom the person wants."""
    _switch[0] = on


def sign() -> str:
    """The variable of the environment that says so; empty = none does."""
    return next((name for name in _SIGNS if os.environ.get(name, "").upper() in _TRUE), "")


def is_offline() -> bool:
    """The person, or an administrator, wants no connection."""
    return _switch[0] or bool(sign())
