"""The command `serve`: the local API in the terminal, until Ctrl+C or SIGTERM.

Knows nothing about torch, Qt or HTTP.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from typing import TYPE_CHECKING

from chatapp import admission, cli, settings
from chatapp.chat import Failed, Served
from chatapp.host import Host

if TYPE_CHECKING:
    from chatapp.server import Sampler
    from chatapp.work import Ticket

QUIT_S = 5.0
# Ctrl+C too: a shell starts what a script sends to the background with it ignored.
ENDS = (signal.SIGINT, signal.SIGTERM)


def run(
    model: str,
    sampler: Sampler,
    loading: settings.Loading,
    where: tuple[str, int | None, str],
    adapter: str = "",
) -> int:
    """Serve this model at (address, port, token); the exit code. Raises UserError.

    `adapter` is the folder of the one that it answers with.

    The port is taken before the model is loaded, so that a port in use is told at once.
    """
    address, port, token = where
    access = admission.access(address, port or settings.load()[0].app.port, token)
    host = Host()
    usual = {end: signal.signal(end, signal.default_int_handler) for end in ENDS}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            ticket = host.serve(access, sampler, adapter)
            _expect_listening(ticket)
            cli.load(host, model, loading)
            _introduce(access, host, token)
            _tell(ticket)
    finally:
        host.close(QUIT_S)
        for end, handler in usual.items():
            signal.signal(end, handler)
    return 0


def _expect_listening(ticket: Ticket) -> None:
    first = next(iter(ticket))
    if isinstance(first, Failed):
        raise first.error


def _introduce(access: admission.Access, host: Host, token: str) -> None:
    name = host.info.name if host.info else ""
    _say(f"{name} answers at {access.url}. Ctrl+C ends it.")
    if not token:
        _say(f"Token: {access.token}")


def _tell(ticket: Ticket) -> None:
    """A line for each request."""
    for event in ticket:
        match event:
            case Served(at, method, route, status, prompt_tokens, new_tokens):
                when = time.strftime("%H:%M:%S", time.localtime(at))
                _say(f"{when} {method} {route} {status} {prompt_tokens}+{new_tokens} tokens")
            case Failed():
                raise event.error


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
