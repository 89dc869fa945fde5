"""`Reaching`: lets a model elsewhere answer, when a person asks for it, and says so in the window.

Knows nothing about connections: the host has them made on its own threads.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chatapp import errands, places, secret
from chatapp.chat import UserError
from chatapp.endpoint import Endpoint
from chatapp.ui.bridge import CALM_MS, Stream

if TYPE_CHECKING:
    from chatapp.chat import Failed, ModelInfo
    from chatapp.host import Host
    from chatapp.ui.choosing import Choosing
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.loads import Loads
    from chatapp.ui.remote_card import RemoteCard, SentTo


class Reaching(QObject):
    """Between the card, the badge and the host."""

    refused = Signal(object)  # UserError

    def __init__(
        self, host: Host, keeper: Keeper, loads: Loads, choosing: Choosing, card: RemoteCard,
        badge: SentTo,
    ) -> None:  # fmt: skip
        super().__init__(keeper)
        self._host, self._keeper, self._loads, self._choosing = host, keeper, loads, choosing
        self._card, self._badge = card, badge
        self._asked = 0  # counts the tests
        self._connecting = False
        self._key_file = places.data() / "remote-key"
        app = keeper.settings.app
        card.show_endpoint(
            Endpoint(app.remote_url, app.remote_name, app.remote_model, secret.read(self._key_file))
        )
        card.changed.connect(self._keep)
        card.test_requested.connect(self._on_card_test_requested)
        card.switched.connect(self._on_card_switched)
        loads.loaded.connect(self._on_loads_loaded)
        loads.failed.connect(self._on_loads_failed)

    # -- private --

    def _keep(self) -> None:
        """What the fields say, the key in a file of its own."""
        given = self._card.endpoint()
        self._keeper.remember(
            remote_url=given.url, remote_name=given.name, remote_model=given.model
        )
        if given.key == secret.read(self._key_file):
            return
        try:
            secret.write(self._key_file, given.key)
        except (OSError, UnicodeEncodeError) as error:
            self._card.show_failure(
                UserError(
                    "The key could not be saved ({why}).",
                    "It is used until ChatApp ends.",
                    why=getattr(error, "strerror", None) or type(error).__name__,
                )
            )

    # -- slots --

    def _on_card_test_requested(self) -> None:
        self._keep()
        self._asked += 1
        self._card.show_waiting()
        ticket = self._host.ask(partial(errands.offered, self._card.endpoint()))
        stream = Stream(ticket, self, CALM_MS, self._asked)
        stream.found.connect(self._on_test_found)
        stream.failed.connect(self._on_test_failed)

    def _on_test_found(self, key: int, names: tuple[str, ...]) -> None:
        if key == self._asked:
            self._card.show_models(names)

    def _on_test_failed(self, key: int, failure: Failed) -> None:
        if key == self._asked:
            self._card.show_failure(failure)

    def _on_card_switched(self, on: bool) -> None:
        self._asked += 1  # an older test says nothing any more
        if on:
            self._keep()
            self._connecting = True
            self._card.show_waiting()
            self._loads.connect_to(self._card.endpoint())
        else:
            self._loads.load_last()
        self._choosing.show_loading()

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        self._connecting = False
        self._badge.show_name(info.remote)
        self._card.show_used(info.remote)

    def _on_loads_failed(self, failure: Failed) -> None:
        if self._connecting:
            self._connecting = False
            self._card.show_failure(failure)
