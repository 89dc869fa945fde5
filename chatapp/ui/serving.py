"""`Serving`: switches the local API on and off, and tells the page and the strip what it does.

The server is a job of the Host on a thread of its own; its events come through a `Stream`.
Knows nothing about HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp import admission, mixing, places, secret
from chatapp.chat import UserError
from chatapp.ui.api_page import ApiPage
from chatapp.ui.bridge import CALM_MS, Stream

if TYPE_CHECKING:
    from chatapp.chat import Failed, ModelInfo, Served
    from chatapp.host import Host
    from chatapp.settings import Sampling, Settings
    from chatapp.ui.api_page import State
    from chatapp.ui.gauge import Gauge
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.loads import Loads
    from chatapp.ui.pages import Pages

# A program says itself how many answers it wants, and one that has forgotten its beginning would
# look complete to it.
OWN = {"candidates": 1, "when_full": "stop"}


class Usual:
    """What holds where a request says nothing; asked by the server's thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings  # replaced whole by the window's thread

    def __call__(self, info: ModelInfo) -> Sampling:
        """For the model that is resident."""
        saved = self.settings
        kept = saved.models.get(info.path, {})
        return mixing.mix(saved.sampling, dict(info.suggested), kept, {}, OWN).sampling


class Serving(QObject):
    """Holds the page; `close` before the host ends."""

    def __init__(
        self, host: Host, keeper: Keeper, loads: Loads, gauge: Gauge, pages: Pages
    ) -> None:
        super().__init__(keeper)
        self._host, self._keeper, self._gauge, self._pages = host, keeper, gauge, pages
        self._usual = Usual(keeper.settings)
        self._stream: Stream | None = None  # of the server that runs
        self._token_file = places.data() / "api-token"
        self.page = ApiPage(admission.LOOPBACK, keeper.settings.app.port)
        self.page.show_token(secret.read(self._token_file))
        self.page.switched.connect(self.switch)
        self.page.port_changed.connect(self._on_page_port_changed)
        self.page.renew_requested.connect(self._on_page_renew_requested)
        loads.loaded.connect(self._on_loads_loaded)
        keeper.due.connect(self._on_keeper_due)
        gauge.api_pressed.connect(self._on_gauge_api_pressed)
        pages.add("api", self.page)

    # -- public --

    def switch(self, on: bool) -> None:
        """On or off."""
        self.close()
        if not on:
            self._show("off")
            return
        try:
            access = admission.access(admission.LOOPBACK, self._port, self._token())
        except UserError as error:
            self._fail(error)
            return
        self._usual.settings = self._keeper.settings
        self._stream = Stream(self._host.serve(access, self._usual), self, CALM_MS)
        self._stream.listening.connect(self._on_stream_listening)
        self._stream.served.connect(self._on_stream_served)
        self._stream.failed.connect(self._on_stream_failed)
        self._show("starting")

    def close(self) -> None:
        """Switch it off without a word."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    # -- private --

    @property
    def _port(self) -> int:
        return int(self.page.port.value())

    def _token(self) -> str:
        """The one that is kept, else a new one. Raises UserError."""
        return secret.read(self._token_file) or self._renew()

    def _renew(self) -> str:
        token = admission.new_token()
        try:
            secret.write(self._token_file, token)
        except OSError as error:
            raise UserError(
                "The token could not be saved ({why}).",
                "Check the free space and permissions of the data folder.",
                why=error.strerror or type(error).__name__,
            ) from error
        self.page.show_token(token)
        return token

    def _show(self, state: State) -> None:
        self.page.show_state(state)
        self._gauge.show_api(self._port if state == "on" else 0)

    def _fail(self, failure: Failed | UserError) -> None:
        self.close()
        self._show("off")
        self.page.show_state("failed", failure)

    # -- slots --

    def _on_stream_listening(self, key: int, url: str) -> None:
        self._show("on")

    def _on_stream_served(self, key: int, entries: list[Served]) -> None:
        self.page.add(entries)

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        self._fail(failure)

    def _on_page_port_changed(self, port: int) -> None:
        self._keeper.remember(port=port)

    def _on_page_renew_requested(self) -> None:
        running = self._stream is not None
        try:
            self._renew()
        except UserError as error:
            self._fail(error)
            return
        if running:
            self.switch(True)

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        self.page.show_model(info.name)

    def _on_keeper_due(self) -> None:
        self._usual.settings = self._keeper.settings

    def _on_gauge_api_pressed(self) -> None:
        self._pages.show_page("api")
