"""A fault of the network that may pass: what it is, in words that the window can translate.

Knows nothing about hosts or how often to try again.
"""

from __future__ import annotations

import http.client
import socket

from chatapp.foreign import shown
from chatapp.reasons import Reason

LONGEST = 80  # characters of what the system says


class Cut(Exception):
    """It went wrong in a way that may pass: try again."""

    def __init__(self, why: str, after_s: float | None = None, **values: str | int) -> None:
        """`why` is a template; what a stranger said belongs into a value."""
        self.why = Reason(why, **values)
        super().__init__(self.why)
        self.after_s = after_s  # the server's own wish


def stalled(seconds: float) -> Cut:
    """Silence for so long."""
    return Cut("no data for {seconds} s", seconds=f"{seconds:g}")


def cut_of(error: Exception) -> Cut:
    """The same fault in our words, or in the system's where we have none."""
    if isinstance(error, TimeoutError):
        return Cut("the server takes too long")
    if isinstance(error, ConnectionRefusedError):
        return Cut("nobody listens at the server's address")
    if isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
        return Cut("the connection was cut")
    if isinstance(error, socket.gaierror):
        return Cut("the server's address is not known here")
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Cut("{words}", words=shown(words, LONGEST))
