"""What comes after the built-in guide: a model that is on this computer already and fits, else the
one that suits this computer best, else one that is brought from elsewhere.

Asks nothing of the network: whether there is one is told by this computer's own routes. Knows
nothing about widgets.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatapp import chat_template, recommended, shelf, web
from chatapp.chat import UserError

if TYPE_CHECKING:
    from chatapp.mixing import Ways
    from chatapp.recommended import Advice
    from chatapp.shelf import Room, Row

# Kept for documents, so that nobody has them: RFC 5737, RFC 3849.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
FITTING = ("fits", "tight")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """At most one of the first two is meant: a model that is here needs no download."""

    here: Row | None  # on this computer, trained to chat, and it fits
    advice: Advice | None  # the best to download; None where none fits
    offline: bool
    room: Room


def look(ways: Ways, returned_bytes: int) -> FirstSteps:
    """Everything as it is now."""
    found = shelf.look(ways, returned_bytes)
    here = max(filter(_is_ready, found.rows), key=_rank, default=None)
    length = ways.usual.context_length
    advice = recommended.best(found.room.card, found.room.disk_bytes, length)
    return FirstSteps(here, advice, is_offline(), found.room)


def is_offline() -> bool:
    """Nobody wants a connection, or no route leads out of this computer. Nothing is sent."""
    if web.offline():
        return True
    if any(map(os.environ.get, _PROXIES)):
        return False
    return not any(_leads_to(*place) for place in _ELSEWHERE)


def _leads_to(family: int, address: str) -> bool:
    """Connecting a datagram socket only looks up the route."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        return True
    return False


def _is_ready(row: Row) -> bool:
    model = row.model
    if model.source == "built-in" or row.light is None or row.light.word not in FITTING:
        return False
    with contextlib.suppress(UserError):
        return bool(chat_template.read(Path(model.path)).text)
    return False


def _rank(row: Row) -> tuple[float, bool, int]:
    """The one used last; else one with room to spare; else the largest."""
    fits = row.light is not None and row.light.word == "fits"
    return row.last_used or 0.0, fits, row.model.facts.parameters if row.model.facts else 0
