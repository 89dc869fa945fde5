"""A token as a person can read it: spaces, line ends and what is no text become visible.

Knows nothing about where it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

if TYPE_CHECKING:
    from chatapp.chat import Choice

# A space inside a word stays one: only at its ends it would not be seen.
_SHOWN = str.maketrans({" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍", "\ufffd": "▯"})
_KEPT = "\0"
_LEAST = 0.001  # a chance below is told as less than it


def visible(text: str) -> str:
    """The text with a sign for what has none."""
    inner = text.strip(" ")
    head = text[: len(text) - len(text.lstrip(" "))]
    shown = (head + inner.replace(" ", _KEPT) + text[len(head) + len(inner) :]).translate(_SHOWN)
    return shown.replace(_KEPT, " ")


def called(choice: Choice) -> str:
    """What a choice is called in a list."""
    if not choice.text:
        return QCoreApplication.translate("Tokens", "(part of a character)")
    return visible(choice.text)


def percent(chance: float) -> str:
    """A chance in percent, short."""
    if 0 < chance < _LEAST:
        return f"<{QLocale().toString(100 * _LEAST, 'f', 1)} %"
    digits = 0 if chance >= 0.0995 else 1
    return f"{QLocale().toString(100.0 * chance, 'f', digits)} %"
