"""`Endpoint`: a model elsewhere that speaks OpenAI's API, and the key that goes to it alone.

Knows nothing about connections.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chatapp.chat import UserError
from chatapp.foreign import shown
from chatapp.web import split

LONGEST = 200  # characters of a name or an address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, for which model, as whom."""

    name: str  # what the badge calls it
    url: str  # up to and with the version: https://host/v1
    model: str = ""  # "" = the first that it offers
    key: str = field(default="", repr=False)


def endpoint(url: str, name: str = "", model: str = "", key: str = "") -> Endpoint:
    """Checked; without a name it is called as its host. Raises UserError."""
    url = url.strip().rstrip("/")
    parts = split(url)
    if parts is None or parts.query or parts.fragment or len(url) > LONGEST:
        raise UserError(
            "{url} is not an address that ChatApp may ask.",
            "Use one that begins with https://; http:// only for this computer.",
            url=shown(url.rpartition("@")[2]),
        )
    key = key.strip()
    if not (key.isascii() and (key.isprintable() or not key)) or " " in key:
        raise UserError("The key holds characters that no key has.", "Copy it again.")
    url += "" if parts.path else "/v1"
    return Endpoint(shown(name.strip() or parts.hostname or "", LONGEST), url, model.strip(), key)
