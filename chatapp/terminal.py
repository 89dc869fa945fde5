"""The chat in a terminal, for machines without a display. Ctrl+C is Stop.

Conversations go to the same store as the window's. Knows nothing about Qt or torch.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

from chatapp import adapters, cli, settings
from chatapp.chat import Done, Manner, Message, Request, UserError, clean
from chatapp.store import Store
from chatapp.titles import SOON, title_of

if TYPE_CHECKING:
    from chatapp.cli import Sampler
    from chatapp.host import Host

HELP = (
    "Commands: /model NAME, /adapter NAME, /set KNOB VALUE, /system TEXT, /new, /quit. "
    "Ctrl+C stops an answer."
)


class Terminal:
    """One conversation at a prompt."""

    def __init__(
        self, host: Host, store: Store, sampler: Sampler, loading: settings.Loading, system: str,
        adapter: str = "",
    ) -> None:  # fmt: skip
        self._host = host
        self._store = store
        self._sampler = sampler
        self._loading = loading
        self._system = system
        self._adapter = adapter  # the folder of the one that answers; empty = without
        self._own: dict[str, Any] = {}  # what /set changed
        self._conversation = 0
        self._thread: list[Message] = []

    def run(self) -> None:
        """Read lines until /quit or the end of input."""
        print(f"{self._name()}. {HELP}", file=sys.stderr)
        while True:
            try:
                line = input("> ").strip()
            except (EOFError, KeyboardInterrupt):
                return
            if line in ("/quit", "/exit"):
                return
            try:
                self._take(line)
            except UserError as error:
                print(error, file=sys.stderr)

    def _take(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        match command:
            case "":
                return
            case "/new":
                self._conversation, self._thread = 0, []
            case "/model":
                self._switch(rest.strip())
            case "/adapter":
                self._adapter = adapters.find(rest.strip()).path if rest.strip() else ""
            case "/set":
                self._set(rest)
            case "/system":
                self._system = clean(rest)
            case _ if command.startswith("/"):
                print(HELP, file=sys.stderr)
            case _:
                self._say(line)

    def _say(self, text: str) -> None:
        if not self._conversation:
            self._conversation = self._store.new(title_of([text])).id
        parent = self._thread[-1].id if self._thread else None
        self._thread.append(self._store.add(self._conversation, "user", text, parent))
        texts = [each.text for each in self._thread if each.role == "user"]
        if 1 < len(texts) <= SOON:
            self._store.entitle(self._conversation, texts)
        manner = Manner(self._system, knobs=tuple(self._own.items()), adapter=self._adapter)
        self._store.set_manner(self._conversation, manner)
        reply = self._store.add(self._conversation, "assistant", "", self._thread[-1].id)
        assert self._host.info is not None  # a terminal begins with a resident model
        # One answer: there are no columns to choose from here.
        own = {**self._own, "candidates": 1}
        sampling = dataclasses.replace(self._sampler(self._host.info), **own)
        if sampling.when_full == "ask":  # the line below the answer tells
            sampling = dataclasses.replace(sampling, when_full="forget")
        head = (Message("system", self._system),) if self._system.strip() else ()
        request = Request((*head, *self._thread), sampling, adapter=self._adapter)
        self._thread.append(self._answer(reply.id, request))

    def _answer(self, reply: int, request: Request) -> Message:
        """Show and save the answer; what was shown of one that fails stays, too."""
        shown = ""

        def keep(text: str) -> None:
            nonlocal shown
            shown = text
            self._store.grow(reply, text)

        try:
            texts, done = cli.show(self._host.reply(request), keep=keep)
        except UserError:
            print()
            failed = self._store.settle(reply, shown, "error", None, self._name())
            self._thread += [failed] if shown.strip() else []
            raise
        return self._settle(reply, texts[0], done)

    def _settle(self, reply: int, answer: str, done: Done) -> Message:
        print()
        if stats := done.stats:
            count = stats.dropped_messages
            dropped = f" | oldest {count} messages left out" if count else ""
            print(
                f"{stats.new_tokens} tokens | {stats.tokens_per_s:.0f} tok/s | "
                f"first {stats.first_token_s:.2f} s | {done.finish}{dropped}",
                file=sys.stderr,
            )
        return self._store.settle(reply, answer, done.finish, done.stats, self._name())

    def _set(self, rest: str) -> None:
        name, _, value = rest.strip().partition(" ")
        name = {"length": "max_new_tokens"}.get(name, name)
        if name not in settings.knobs(settings.Sampling):
            known = ", ".join(settings.knobs(settings.Sampling))
            raise UserError("There is no knob {name}.", "Choose from {known}.", name=name,
                            known=known)  # fmt: skip
        try:
            number = settings.check(settings.Sampling, name, value)
        except ValueError as error:
            raise UserError("{why}.", "Choose another value.", why=str(error)) from None
        self._own[name] = number

    def _switch(self, name: str) -> None:
        host = cli.open_host(name, self._loading)
        self._host.close()
        self._host, self._adapter = host, ""  # it was for the other model
        print(self._name(), file=sys.stderr)

    def _name(self) -> str:
        return self._host.info.name if self._host.info else ""

    def close(self) -> None:
        """Let go of the model."""
        self._host.close()


def run(
    model: str, sampler: Sampler, loading: settings.Loading, system: str, adapter: str = ""
) -> int:
    """Chat until the person leaves; the exit code."""
    store = Store()
    terminal = Terminal(cli.open_host(model, loading), store, sampler, loading, system, adapter)
    try:
        terminal.run()
    finally:
        terminal.close()
        store.close()
    return 0
