"""One token of an answer: its chance before and after the filters, and what could have stood there.

Recomputes what the filters leave as a slider moves. Knows nothing about messages or where tokens
come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chatapp import odds
from chatapp.settings import Sampling, knobs
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.knob_row import translated
from chatapp.ui.small_button import SmallButton
from chatapp.ui.token_text import called, percent, visible

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from chatapp.chat import Choice, Token


ROOMY = 460  # pixels of height from which on there is a legend
_WHY = Qt.ItemDataRole.UserRole  # of a row: what took it


class Inspector(QFrame):
    """A pane; without a token it says why."""

    stepped = Signal(int)  # to the token before (-1) or after (+1)
    chosen = Signal(object)  # Choice: the answer is to go on with it
    appeared = Signal()
    vanished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self._token: Token | None = None
        self._number = self._count = 0
        self._sampling = Sampling()
        self._said = ""
        self.source = QLabel()
        self.back, self.on = (SmallButton(f"chevron-{side}", self) for side in ("left", "right"))
        self.place, self.word, self.facts = QLabel(), ElidedLabel(), QLabel()
        self.list = QTreeWidget()
        self.button = QPushButton()
        self.marked, self.legend = ElidedLabel(), QLabel()
        self._build()
        self._connect()
        self.retranslate()

    # -- slots ------------------------------------------------------------------------------------

    def show_token(self, token: Token, number: int, count: int) -> None:
        """This one of so many."""
        self._token, self._number, self._count, self._said = token, number, count, ""
        self._show()

    def show_words(self, words: str) -> None:
        """Why there is no token to show, already translated."""
        self._token, self._said = None, words
        self._show()

    def show_source(self, words: str) -> None:
        """Where the chances come from, already translated."""
        self.source.setText(words)

    def show_sampling(self, sampling: Sampling) -> None:
        """The knobs as they are set now."""
        self._sampling = sampling
        self._show()

    def retranslate(self) -> None:
        """Set every text again."""
        self.back.call(self.tr("The token before"))
        self.on.call(self.tr("The next token"))
        self.list.setAccessibleName(self.tr("What could have stood there"))
        self.list.setHeaderLabels([self.tr("Word"), self.tr("Model"), self.tr("Now")])
        self.button.setText(self.tr("Go on from here with this word"))
        self.button.setToolTip(
            self.tr("A new version: the answer up to here, this word, and what follows from it.")
        )
        self.legend.setText(
            self.tr("The stronger the ground, the less sure the model was; small numbers: percent.")
        )
        self._show()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the list needs the room of the legend."""
        super().resizeEvent(event)
        self._show_legend()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self.appeared.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more."""
        super().hideEvent(event)
        self.vanished.emit()

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        for label in (self.source, self.facts, self.legend):
            label.setProperty("tone", "muted")
            label.setWordWrap(True)
        self.marked.setProperty("tone", "muted")
        self.word.setProperty("tone", "title")
        self.word.setMinimumHeight(28)
        self.list.setColumnCount(3)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(40)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for number in (1, 2):
            head.setSectionResizeMode(number, QHeaderView.ResizeMode.ResizeToContents)
        row = QHBoxLayout()
        row.addWidget(self.place, stretch=1)
        row.addWidget(self.back)
        row.addWidget(self.on)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.source)
        column.addLayout(row)
        column.addWidget(self.word)
        column.addWidget(self.facts)
        column.addWidget(self.list, stretch=1)
        column.addWidget(self.marked)
        column.addWidget(self.button)
        column.addWidget(self.legend)
        column.addStretch(0)

    def _connect(self) -> None:
        self.back.clicked.connect(self._on_back_clicked)
        self.on.clicked.connect(self._on_on_clicked)
        self.list.currentItemChanged.connect(self._show_marked)
        self.list.itemActivated.connect(self._choose)
        self.button.clicked.connect(self._choose)

    def _show(self) -> None:
        token = self._token
        for widget in (self.place, self.back, self.on, self.word, self.list, self.marked,
                       self.button):  # fmt: skip
            widget.setVisible(token is not None)
        self._show_legend()
        self.facts.setText(self._said)
        if token is not None:
            self._show_token(token)

    def _show_legend(self) -> None:
        self.legend.setVisible(self._token is not None and self.height() >= ROOMY)

    def _show_token(self, token: Token) -> None:
        made = odds.reshape([c.chance for c in token.others], token.rest, self._sampling)
        own = next((n for n, c in enumerate(token.others) if c.id == token.id), -1)
        self.place.setText(
            self.tr("Token {number} of {count}").format(
                number=QLocale().toString(self._number + 1), count=QLocale().toString(self._count)
            )
        )
        self.back.setEnabled(self._number > 0)
        self.on.setEnabled(self._number < self._count - 1)
        self.word.setText(called(token.others[own]) if own >= 0 else visible(token.text))
        self.facts.setText(
            self.tr("id {id}  ·  model {own}  ·  as set now: {now}").format(
                id=token.id,
                own=percent(token.chance),
                now=self._left(made, own) if own >= 0 else "?",
            )
        )
        self._fill(token, made, own)

    def _fill(self, token: Token, made: odds.Odds, own: int) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.list.clear()
        for place, choice in enumerate(token.others):
            row = QTreeWidgetItem([called(choice), percent(choice.chance), self._now(made, place)])
            row.setData(0, _WHY, self._why(made, place))
            row.setTextAlignment(1, right)
            row.setTextAlignment(2, right)
            if place == own:
                font = row.font(0)
                font.setBold(True)
                row.setFont(0, font)
            self.list.addTopLevelItem(row)
            if place == max(0, own):
                self.list.setCurrentItem(row)
        self._show_marked()

    def _left(self, made: odds.Odds, place: int) -> str:
        """The same in a sentence."""
        now = self._now(made, place)
        return self.tr("cut by {filter}").format(filter=now) if made.cut_by[place] else now

    def _now(self, made: odds.Odds, place: int) -> str:
        """The chance that is left, or what took it."""
        name = made.cut_by[place]
        return translated(knobs(Sampling)[name].label) if name else percent(made.chances[place])

    def _why(self, made: odds.Odds, place: int) -> str:
        """Where the filter ended that took it, in words; empty for what is left."""
        name = made.cut_by[place]
        if not name:
            return ""
        first = place == 0 or not made.cut_by[place - 1]
        text = self.tr("{filter} {value} ended here") if first else self.tr("{filter} {value} cut")
        return text.format(
            filter=translated(knobs(Sampling)[name].label),
            value=QLocale().toString(float(getattr(self._sampling, name)), "g", 6),
        )

    def _choice(self) -> Choice | None:
        """The one that is marked, if an answer can go on with it."""
        item = self.list.currentItem()
        if self._token is None or item is None:
            return None
        choice = self._token.others[self.list.indexOfTopLevelItem(item)]
        is_text = choice.text and "\ufffd" not in choice.text and not choice.special
        return choice if is_text else None

    def _show_marked(self, *_: object) -> None:
        """What the marked one is, and whether an answer can go on with it."""
        self.button.setEnabled(self._choice() is not None)
        item = self.list.currentItem()
        if self._token is None or item is None:
            return
        choice = self._token.others[self.list.indexOfTopLevelItem(item)]
        told = [called(choice), self.tr("id {id}").format(id=choice.id)]
        self.marked.setText("  ·  ".join(filter(None, [*told, item.data(0, _WHY)])))

    def _choose(self, *_: object) -> None:
        if choice := self._choice():
            self.chosen.emit(choice)

    def _on_back_clicked(self) -> None:
        self.stepped.emit(-1)

    def _on_on_clicked(self) -> None:
        self.stepped.emit(1)
