"""Which keys an action has now, for whoever tells them beside a button.

The menus write it, as they own the actions. Knows nothing about what an action does.
"""

from __future__ import annotations

from chatapp.ui.help import native

_keys: dict[str, str] = {}  # action -> keys, as they are written in the settings


def wear(action: str, keys: str) -> None:
    """This action has these keys from now on; empty = none."""
    _keys[action] = keys


def hint(text: str, action: str) -> str:
    """The text, and the action's keys where it has any."""
    keys = native(_keys.get(action, ""))
    return f"{text} ({keys})" if keys else text
