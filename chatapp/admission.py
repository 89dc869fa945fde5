"""Who may ask the local API: the exact host, no web page, and the token. Nothing else is looked at.

A web page can make a browser send requests to this computer, and can give its own name our
address (DNS rebinding). So the Host header must name us exactly, any Origin is refused, and no
answer ever carries an Access-Control header. Knows nothing about JSON or models.
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatapp.chat import UserError
from chatapp.refusal import Refusal

if TYPE_CHECKING:
    from chatapp.wire import Head

LOOPBACK = "127.0.0.1"
LONGEST_TOKEN = 1024  # characters
SAFE_BITS = 128
FEWEST_LETTERS = 8  # different ones, in a token for other computers
_ALPHABETS = (
    string.digits,
    string.digits + "abcdef",
    string.digits + "ABCDEF",
    string.digits + string.ascii_lowercase,
    string.digits + string.ascii_uppercase,
    string.digits + string.ascii_letters + "-_",
)
_TOKEN = set(string.ascii_letters + string.digits + "-._~+/=")  # RFC 6750, 2.1


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API is reached, and with which token."""

    address: str  # an IP address of this computer
    port: int
    token: str = field(repr=False)

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers that mean us."""
        names = {LOOPBACK, "localhost", "[::1]", _bracketed(self.address)}
        return frozenset(f"{name}:{self.port}" for name in names)

    @property
    def url(self) -> str:
        """What a client is told."""
        return f"http://{_bracketed(self.address)}:{self.port}/v1"

    @property
    def is_loopback(self) -> bool:
        """No other computer reaches it."""
        return ipaddress.ip_address(self.address).is_loopback


def new_token() -> str:
    """256 bits by chance."""
    return secrets.token_urlsafe(32)


def access(address: str, port: int, token: str) -> Access:
    """Checked; without a token, loopback gets a new one. Raises UserError."""
    address = LOOPBACK if address == "localhost" else address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        parsed = None
    if parsed is None or parsed.is_unspecified or "%" in address:
        raise UserError(
            "The API needs one address of this computer, in numbers.",
            "Use 127.0.0.1, or the address by which the others reach this computer.",
        )
    if token and (not set(token) <= _TOKEN or len(token) > LONGEST_TOKEN):
        raise UserError(
            "The token holds characters that no header may.",
            "Use letters, digits and - . _ ~ + / = only, at most {longest}.",
            longest=LONGEST_TOKEN,
        )
    if not parsed.is_loopback and not is_strong(token):
        raise UserError(
            "Other computers could reach {address}, so it needs a strong token.",
            "Give one of {bits} bits or more: for example 32 random letters and digits.",
            address=address,
            bits=SAFE_BITS,
        )
    return Access(str(parsed), port, token or new_token())


def is_strong(token: str) -> bool:
    """At least 128 bits, if each character was drawn from the smallest alphabet that holds all."""
    letters = set(token)
    size = next((len(a) for a in _ALPHABETS if letters <= set(a)), len(_TOKEN))
    return len(letters) >= FEWEST_LETTERS and len(token) * math.log2(size) >= SAFE_BITS


def admit(head: Head, access: Access) -> None:
    """Raise Refusal unless this request may be looked at, in the order of the module's first line.

    What a wrong token sees is the same as what none sees.
    """
    hosts = head.all("host")
    if len(hosts) != 1 or hosts[0] not in access.hosts or not head.target.startswith("/"):
        raise Refusal(403, f"This server answers only to {access.url}.")
    if head.all("origin"):
        raise Refusal(403, "Web pages may not use this server.")
    given = [value.partition(" ") for value in head.all("authorization")]
    token = given[0][2] if len(given) == 1 and given[0][0].lower() == "bearer" else ""
    # Bytes, because compare_digest takes no text beyond ASCII.
    if not hmac.compare_digest(token.encode("utf-8"), access.token.encode("ascii")):
        raise Refusal(
            401,
            "The token is missing or wrong. Send the header 'Authorization: Bearer TOKEN'.",
            code="invalid_api_key",
            headers=(("WWW-Authenticate", "Bearer"),),
        )


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
