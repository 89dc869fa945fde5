"""What the person is used to: how a message is sent, and what is shown of an answer.

`Preferring` writes it from the settings; whoever sends or shows asks at that moment. Knows nothing
about widgets or files.
"""

from __future__ import annotations

NAMES = ("send", "thoughts", "figures")  # fields of `settings.App`
_habits = {"send": "enter", "thoughts": "folded", "figures": "on"}


def wear(habit: str, value: str) -> None:
    """Have it so from now on."""
    _habits[habit] = value


def enter_sends() -> bool:
    """Enter sends and Shift+Enter makes a new line; else Ctrl+Enter sends and Enter makes one."""
    return _habits["send"] == "enter"


def sending_keys() -> str:
    """The keys that send, as the settings write keys."""
    return "Return" if enter_sends() else "Ctrl+Return"


def thoughts_open() -> bool:
    """Reasoning is open until it is folded; else it is folded until it is opened."""
    return _habits["thoughts"] == "open"


def tells_figures() -> bool:
    """Tokens, speed and the like stand below each answer."""
    return _habits["figures"] == "on"
