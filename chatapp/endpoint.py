"""`Endpoint`: a model elsewhere that speaks OpenAI's API, and the key that goes to it alone.

Knows nothing about connections, so that the window may know it from its first paint on.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, for which model, as whom; as a person wrote it until `remote.checked`."""

    url: str  # up to and with the version: https://host/v1
    name: str = ""  # what the badge calls it; "" = as its host
    model: str = ""  # "" = the first that it offers
    key: str = field(default="", repr=False)
