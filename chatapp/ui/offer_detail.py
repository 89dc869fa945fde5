"""A model on the Hub: its facts, what it needs, and the button that downloads it.

Emits what the person wants; knows nothing about the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from chatapp.ui import amounts
from chatapp.ui.bridge import told
from chatapp.ui.facts import Facts
from chatapp.ui.fit_table import FitTable
from chatapp.ui.flow import Flow
from chatapp.ui.token_question import TokenQuestion
from chatapp.ui.wrapping import breakable

if TYPE_CHECKING:
    from pathlib import Path

    from chatapp.chat import Failed, UserError
    from chatapp.hub import Entry, Offer
    from chatapp.shelf import Cell, Room

Looked = tuple["Offer", "tuple[Cell, ...]", "Room", "Path | None"]


class OfferDetail(QWidget):
    """First what the search told, then what a look at the model found."""

    download_requested = Signal(object)  # hub.Offer
    page_requested = Signal(str)  # the model's name
    token_given = Signal(str)
    shelf_requested = Signal(str)  # it is here already; its name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry: Entry | None = None
        self._looked: Looked | None = None
        self._failure: Failed | UserError | None = None
        self._under_way: frozenset[str] = frozenset()  # names
        self.title, self.state = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.title.setProperty("tone", "title")
        self.problem = QLabel(wordWrap=True)
        self.problem.setProperty("tone", "danger")
        self.state.setProperty("tone", "muted")
        for label in (self.title, self.state, self.problem):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.download, self.page = QPushButton(), QPushButton()
        self.token, self.show_it = QPushButton(), QPushButton()
        self.download.setProperty("kind", "primary")
        self.download.clicked.connect(self._on_download_clicked)
        self.page.clicked.connect(self._on_page_clicked)
        self.token.clicked.connect(self.ask_token)
        self.show_it.clicked.connect(self._on_show_it_clicked)
        self.facts, self.fit, self.heading = Facts(), FitTable(), QLabel()
        self.heading.setProperty("tone", "heading")
        buttons = QWidget()
        flow = Flow(buttons)
        for button in (self.download, self.show_it, self.page, self.token):
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(14)
        for widget in (self.title, self.problem, self.state, buttons, self.facts, self.heading,
                       self.fit):  # fmt: skip
            column.addWidget(widget)
        column.addStretch(1)
        self.retranslate()

    @property
    def name(self) -> str:
        """Of the model that is shown; empty when there is none."""
        return self._entry.name if self._entry else ""

    def show_entry(self, entry: Entry | None) -> None:
        """What the search told; the rest is being asked for."""
        self._entry, self._looked, self._failure = entry, None, None
        self.retranslate()

    def show_looked(self, looked: Looked) -> None:
        """What a look at the model found."""
        self._entry, self._looked, self._failure = looked[0].entry, looked, None
        self.retranslate()

    def show_under_way(self, names: frozenset[str]) -> None:
        """Models that are being downloaded, or wait for that."""
        if names != self._under_way:
            self._under_way = names
            self.retranslate()

    def show_failure(self, failure: Failed | UserError) -> None:
        """The look came to nothing."""
        self._failure = failure
        self.retranslate()

    def retranslate(self) -> None:
        """Everything again, in the present language."""
        self.page.setText(self.tr("Open its page"))
        self.token.setText(self.tr("Paste a token…"))
        self.show_it.setText(self.tr("Show it"))
        self.heading.setText(self.tr("What it needs here"))
        for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            widget.setVisible(self._entry is not None)
        if self._entry is not None:
            self._show(self._entry)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def ask_token(self) -> None:
        """A token from the person's page on the Hub."""
        question = TokenQuestion(self)
        question.given.connect(self.token_given)
        question.open()

    # -- private --

    def _show(self, entry: Entry) -> None:
        offer, cells, room, here = self._looked or (None, (), None, None)
        problem = offer.problem if offer else self._failure
        self.title.setText(breakable(entry.name))
        self.problem.setText("  ".join(told(problem)) if problem else "")
        self.problem.setVisible(problem is not None)
        self.state.setText(self._state(offer, room, here))
        self.state.setVisible(bool(self.state.text()))
        self.download.setText(
            self.tr("Download {size}").format(size=amounts.size(offer.bytes if offer else 0))
        )
        free = here is None and entry.name not in self._under_way
        self.download.setVisible(offer is not None and problem is None and free)
        self.show_it.setVisible(here is not None)
        self.token.setVisible(problem is not None and "give_token" in problem.cures)
        self.facts.show_pairs(self._pairs(entry, offer))
        self.heading.setVisible(bool(cells))
        device, spare = (room.device, room.free_bytes) if room else ("", 0)
        self.fit.show_cells(cells, device, spare, subject=entry.name)

    def _state(self, offer: Offer | None, room: Room | None, here: Path | None) -> str:
        if here is not None:
            return self.tr("It is on this computer.")
        if self._entry and self._entry.name in self._under_way:
            return self.tr("It is among the downloads above.")
        if self._failure or (offer and offer.problem):
            return ""
        if offer is None or room is None:
            return self.tr("Asking the Hub…")
        return self.tr("{size} in {count} files to get; {free} are free on the disk.").format(
            size=amounts.size(offer.bytes),
            count=len(offer.parts),
            free=amounts.size(room.disk_bytes),
        )

    def _pairs(self, entry: Entry, offer: Offer | None) -> list[tuple[str, str]]:
        told_size = amounts.size(offer.bytes) if offer and offer.parts else ""
        access = self.tr("Its owner asks you to accept terms first") if entry.gated else ""
        count = amounts.parameters(entry.parameters) if entry.parameters else ""
        monthly = self.tr("{count} in the last month")
        loads = monthly.format(count=f"{entry.downloads:,}") if entry.downloads else ""
        return [
            (self.tr("Size"), told_size),
            (self.tr("Parameters"), count),
            (self.tr("Architecture"), entry.model_type),
            (self.tr("Stored as"), entry.dtype),
            (self.tr("Licence"), entry.licence),
            (self.tr("Access"), access),
            (self.tr("Last change"), entry.updated),
            (self.tr("Downloads"), loads),
            (self.tr("Version"), entry.commit[:12]),
        ]

    # -- slots --

    def _on_download_clicked(self) -> None:
        if self._looked:
            self.download_requested.emit(self._looked[0])

    def _on_page_clicked(self) -> None:
        if self._entry:
            self.page_requested.emit(self._entry.name)

    def _on_show_it_clicked(self) -> None:
        if self._entry:
            self.shelf_requested.emit(self._entry.name)
