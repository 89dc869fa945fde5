"""The downloads under way, one card each, above the tabs of the Library.

Shows what it is given and emits what the person wants; knows nothing about transfers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import amounts
from chatapp.ui.bare_area import BareArea
from chatapp.ui.bridge import spoken, told
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.flow import Flow
from chatapp.ui.token_question import TokenQuestion
from chatapp.ui.wrapping import breakable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from chatapp.chat import Failed, Fetched
    from chatapp.ui.transfers import Transfer

ASKS_ABOVE = 50_000_000  # bytes; so much is not thrown away without a question
MOST_SEEN = 2  # cards; more can be scrolled to
LEAST = 150  # pixels: a card that tells what went wrong


class TransferCard(QFrame):
    """One download."""

    paused = Signal(str)  # each with the download's folder
    resumed = Signal(str)
    removed = Signal(str)
    chat_requested = Signal(str)  # the model's name
    page_requested = Signal(str)  # its name too
    search_requested = Signal(str)
    token_given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._transfer: Transfer | None = None
        self.title, self.about = ElidedLabel(), ElidedLabel()
        self.title.setProperty("tone", "heading")
        self.about.setProperty("tone", "muted")
        self.problem = QLabel(wordWrap=True)
        self.problem.setProperty("tone", "danger")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar(maximum=1000, textVisible=False)
        self.bar.setFixedHeight(6)
        self.first, self.second = QPushButton(), QPushButton()
        self.page, self.token, self.search = QPushButton(), QPushButton(), QPushButton()
        self._cures = {"open_page": self.page, "give_token": self.token, "search_hub": self.search}
        self.page.clicked.connect(self._on_page_clicked)
        self.token.clicked.connect(self.ask_token)
        self.search.clicked.connect(self._on_search_clicked)
        self.first.clicked.connect(self._on_first_clicked)
        self.second.clicked.connect(self._on_second_clicked)
        self._lay_out()

    def _lay_out(self) -> None:
        self._helps = QWidget()
        flow = Flow(self._helps)
        for button in self._cures.values():
            flow.addWidget(button)
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 8, 10, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.about, 1, 0)
        grid.addWidget(self.bar, 2, 0)
        grid.addWidget(self.first, 0, 1, 3, 1)
        grid.addWidget(self.second, 0, 2, 3, 1)
        grid.addWidget(self.problem, 3, 0, 1, 3)
        grid.addWidget(self._helps, 4, 0, 1, 3)

    def show_transfer(self, transfer: Transfer) -> None:
        """How it stands."""
        self._transfer = transfer
        self.retranslate()

    def height_at(self, width: int) -> int:
        """In pixels; only a sentence that wraps makes it a matter of the width."""
        return self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()

    def retranslate(self) -> None:
        """All of it, in the present language."""
        transfer = self._transfer
        if transfer is None:
            return
        total = transfer.download.bytes
        self.bar.setValue(round(1000 * transfer.done / max(total, 1)))
        self.title.setText(transfer.name)
        self.about.setText(self._words(transfer))
        self.about.setToolTip(self.about.text())
        self._show_failure(transfer.failure if transfer.state == "failed" else None)
        first = {
            "waiting": self.tr("Pause"),
            "running": self.tr("Pause"),
            "paused": self.tr("Resume"),
            "failed": self.tr("Try again"),
            "done": self.tr("Chat"),
        }[transfer.state]
        under_way = transfer.state in ("waiting", "running")
        done = transfer.state == "done"
        self.first.setText(first)
        second = self.tr("Cancel") if under_way else self.tr("Remove")
        self.second.setText(self.tr("Close") if done else second)
        for button in (self.first, self.second, *self._cures.values()):
            button.setAccessibleName(f"{button.text()}: {transfer.name}")
        self.bar.setAccessibleName(f"{transfer.name}: {self.about.text()}")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def ask_token(self) -> None:
        """With it the download goes on."""
        question = TokenQuestion(self)
        question.given.connect(self.token_given)
        question.open()

    # -- private --

    def _show_failure(self, failure: Failed | None) -> None:
        """All of what went wrong, and a button for each way out that it names."""
        self.problem.setText(breakable("  ".join(told(failure))) if failure else "")
        self.problem.setVisible(failure is not None)
        self.page.setText(self.tr("Open page"))
        self.token.setText(self.tr("Paste a token…"))
        self.search.setText(self.tr("Search"))
        cures = failure.cures if failure else ()
        for cure, button in self._cures.items():
            button.setVisible(cure in cures)
        self._helps.setVisible(bool(self._cures.keys() & cures))

    def _words(self, transfer: Transfer) -> str:
        done, total = amounts.size(transfer.done), amounts.size(transfer.download.bytes)
        if transfer.state == "failed":
            return self.tr("{done} of {total}").format(done=done, total=total)
        if transfer.state == "waiting":
            return self.tr("Waits for its turn")
        if transfer.state == "done":
            return self.tr("Whole and checked: {total}").format(total=total)
        if transfer.state == "running":
            news = transfer.news
            return self._running(news, done, total) if news else self.tr("Connecting…")
        return self.tr("Paused; {done} of {total} are kept").format(done=done, total=total)

    def _running(self, news: Fetched, done: str, total: str) -> str:
        if news.doing == "check":
            return self.tr("Comparing checksums")
        if news.doing == "wait":
            why = str(spoken(news.why))
            return self.tr("{why}; trying again in {seconds} s ({count} of {tries})").format(
                why=why[:1].upper() + why[1:], seconds=math.ceil(news.left_s),
                count=news.faults + 1, tries=news.tries,
            )  # fmt: skip
        parts = [self.tr("{done} of {total}").format(done=done, total=total)]
        if news.bytes_per_s >= amounts.LEAST_SPEED:
            speed = amounts.speed(news.bytes_per_s)
            parts += [speed, amounts.left((news.total - news.done) / news.bytes_per_s)]
        elif news.bytes_per_s > 0:
            parts.append(self.tr("hardly any data"))
        file = self.tr("file {number} of {files}")
        parts.append(file.format(number=news.number, files=news.files))
        return "  ·  ".join(parts)

    def _ask_removal(self) -> None:
        """What has come took its time."""
        if self._transfer is None or self._transfer.done < ASKS_ABOVE:
            self._on_question_accepted()
            return
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(
            self.tr("Throw away the {size} of {name} that have come?").format(
                size=amounts.size(self._transfer.done), name=self._transfer.name
            )
        )
        accepts = question.addButton(self.tr("Throw away"), QMessageBox.ButtonRole.AcceptRole)
        stays = question.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        accepts.setAutoDefault(False)
        question.setDefaultButton(stays)
        question.accepted.connect(self._on_question_accepted)
        question.open()

    # -- slots --

    def _on_first_clicked(self) -> None:
        if (transfer := self._transfer) is None:
            return
        if transfer.state == "done":
            self.chat_requested.emit(transfer.name)
        elif transfer.state in ("waiting", "running"):
            self.paused.emit(transfer.download.folder)
        else:
            self.resumed.emit(transfer.download.folder)

    def _on_page_clicked(self) -> None:
        if self._transfer:
            self.page_requested.emit(self._transfer.name)

    def _on_search_clicked(self) -> None:
        if self._transfer:
            self.search_requested.emit(self._transfer.name)

    def _on_second_clicked(self) -> None:
        if self._transfer and self._transfer.state == "done":
            self._on_question_accepted()
        else:
            self._ask_removal()

    def _on_question_accepted(self) -> None:
        if self._transfer:
            self.removed.emit(self._transfer.download.folder)


class TransferStrip(BareArea):
    """The cards; not there while there are none."""

    paused = Signal(str)
    resumed = Signal(str)
    removed = Signal(str)
    chat_requested = Signal(str)
    page_requested = Signal(str)
    search_requested = Signal(str)
    token_given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(12, 10, 12, 0)
        self._column.setSpacing(8)
        self.hold(inside)
        self.cards: dict[str, TransferCard] = {}
        self.hide()

    def show_transfers(self, transfers: Sequence[Transfer]) -> None:
        """One card for each, at the place where it was."""
        here = {transfer.download.folder for transfer in transfers}
        for folder in [folder for folder in self.cards if folder not in here]:
            card = self.cards.pop(folder)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for transfer in transfers:
            if transfer.download.folder not in self.cards:
                self._add(transfer.download.folder)
            self.cards[transfer.download.folder].show_transfer(transfer)
        self.setVisible(bool(self.cards))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as a few cards."""
        margins = self._column.contentsMargins()
        wide = self.viewport().width() - margins.left() - margins.right()
        heights = [card.height_at(wide) for card in self.cards.values()][:MOST_SEEN]
        between = self._column.spacing() * max(0, len(heights) - 1)
        return QSize(200, sum(heights) + between + margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:
        """In a low window one card, of which more can be scrolled to."""
        wanted = self.sizeHint()
        return QSize(wanted.width(), min(wanted.height(), LEAST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sentences that wrap are higher where it is narrow."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def _add(self, folder: str) -> None:
        card = self.cards[folder] = TransferCard()
        card.paused.connect(self.paused)
        card.resumed.connect(self.resumed)
        card.removed.connect(self.removed)
        card.chat_requested.connect(self.chat_requested)
        card.page_requested.connect(self.page_requested)
        card.search_requested.connect(self.search_requested)
        card.token_given.connect(self.token_given)
        self._column.addWidget(card)
