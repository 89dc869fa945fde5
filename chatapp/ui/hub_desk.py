"""`HubDesk`: between the Library's tabs about the Hub and the host, which asks and downloads.

Nothing is asked of the network but by a click or a choice of the person. Knows nothing about
widgets' looks, files or the network.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from chatapp import errands
from chatapp.ui.advice_tab import AdviceTab
from chatapp.ui.bridge import CALM_MS, Stream
from chatapp.ui.find_tab import FindTab
from chatapp.ui.transfers import Transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.chat import Done, Failed
    from chatapp.host import Host
    from chatapp.hub import Offer
    from chatapp.recommended import Tier
    from chatapp.settings import Loading
    from chatapp.ui.advice_tab import Lights
    from chatapp.ui.find_tab import Hit
    from chatapp.ui.library_page import LibraryPage
    from chatapp.ui.offer_detail import Looked


class HubDesk(QObject):
    """Find, Recommended, and what is being downloaded."""

    link_opened = Signal(str)  # an address that the person wants to see
    refused = Signal(object)  # Failed
    asked_again = Signal()  # what was refused before may go well now
    arrived = Signal(str, float)  # a model is whole: its name, seconds it took
    chat_requested = Signal(str)  # with the model of this name
    shelf_requested = Signal(str)  # show the model of this name on the shelf

    def __init__(
        self,
        page: LibraryPage,
        host: Host,
        returned: Callable[[], int],
        knobs: Callable[[], Loading],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page, self._host, self._returned, self._knobs = page, host, returned, knobs
        self._asked = 0  # the latest question; answers to earlier ones come too late
        self.find, self.advice = FindTab(), AdviceTab()
        self.transfers = Transfers(host, self)
        self.find.search_requested.connect(self._on_find_search_requested)
        self.find.look_requested.connect(self._look)
        self.advice.offer_requested.connect(self.offer)
        detail = self.find.detail
        detail.download_requested.connect(self._on_detail_download_requested)
        detail.page_requested.connect(self._open_page)
        detail.token_given.connect(self._keep_token)
        detail.shelf_requested.connect(self.shelf_requested)
        strip = page.strip
        strip.paused.connect(self.transfers.pause)
        strip.resumed.connect(self.transfers.resume)
        strip.removed.connect(self.transfers.remove)
        strip.chat_requested.connect(self.chat_requested)
        strip.page_requested.connect(self._open_page)
        strip.search_requested.connect(self.search)
        strip.token_given.connect(self._keep_token)
        self.transfers.changed.connect(self._on_transfers_changed)
        self.transfers.refused.connect(self.refused)
        self.transfers.finished.connect(self._on_transfers_finished)

    def refresh(self) -> None:
        """What does not need the network: the recommended models, and whether they fit now."""
        ticket = self._host.file(partial(errands.advice, self._returned(), self._knobs()))
        Stream(ticket, self, CALM_MS).found.connect(self._on_advice_found)

    def search(self, words: str) -> None:
        """Turn to Find and look for these words."""
        self._page.show_tab(self.find)
        self.find.search_for(words)

    def offer(self, name: str) -> None:
        """Turn to Find and show what a download of this model, organisation/model, would bring."""
        self._page.show_tab(self.find)
        self.find.expect(name)
        stream = self._ask(self._looking(name))
        stream.found.connect(self._on_offer_found)
        stream.failed.connect(self._on_search_failed)

    # -- private --

    def _ask(self, errand: Any) -> Stream:
        self._asked += 1
        return Stream(self._host.ask(errand), self, CALM_MS, key=self._asked)

    def _looking(self, name: str) -> Any:
        return partial(errands.look, name, "main", self._returned(), self._knobs())

    def _look(self, name: str) -> None:
        stream = self._ask(self._looking(name))
        stream.found.connect(self._on_look_found)
        stream.failed.connect(self._on_look_failed)

    def _open_page(self, name: str) -> None:
        stream = Stream(self._host.file(partial(errands.page, name)), self, CALM_MS)
        stream.found.connect(self._on_page_found)
        stream.failed.connect(self._on_errand_failed)

    def _keep_token(self, token: str) -> None:
        self.asked_again.emit()
        stream = Stream(self._host.file(partial(errands.keep_token, token)), self, CALM_MS)
        stream.done.connect(self._on_token_done)
        stream.failed.connect(self._on_errand_failed)

    # -- slots --

    def _on_advice_found(self, key: int, told: tuple[tuple[Tier, ...], int, Lights]) -> None:
        self.advice.show_tiers(*told)

    def _on_find_search_requested(self, asked: dict[str, Any]) -> None:
        stream = self._ask(partial(errands.search, self._returned(), self._knobs(), **asked))
        stream.found.connect(self._on_search_found)
        stream.failed.connect(self._on_search_failed)

    def _on_search_found(self, key: int, hits: tuple[Hit, ...]) -> None:
        if key == self._asked:
            self.find.show_hits(hits)

    def _on_search_failed(self, key: int, failure: Failed) -> None:
        if key == self._asked:
            self.find.show_failure(failure)

    def _on_offer_found(self, key: int, looked: Looked) -> None:
        if key == self._asked:
            self.find.show_offer(looked)

    def _on_look_found(self, key: int, looked: Looked) -> None:
        if key == self._asked:
            self.find.show_looked(looked)

    def _on_look_failed(self, key: int, failure: Failed) -> None:
        if key == self._asked:
            self.find.show_look_failure(failure)

    def _on_detail_download_requested(self, offer: Offer) -> None:
        self.asked_again.emit()
        self.transfers.begin(offer)

    def _on_page_found(self, key: int, told: tuple[str]) -> None:
        self.link_opened.emit(told[0])

    def _on_token_done(self, key: int, done: Done) -> None:
        self.find.look_again()
        self.transfers.resume_denied()

    def _on_errand_failed(self, key: int, failure: Failed) -> None:
        self.refused.emit(failure)

    def _on_transfers_changed(self) -> None:
        here = self.transfers.all
        self._page.strip.show_transfers(here)
        names = frozenset(transfer.name for transfer in here if transfer.state != "done")
        self.find.detail.show_under_way(names)

    def _on_transfers_finished(self, name: str, seconds: float) -> None:
        self.arrived.emit(name, seconds)
        self.find.look_again()
