"""What a model needs by precision and length, each with a word: fits, tight, too big.

Below it what the chosen one is made of. Knows nothing about how the amounts are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.cards import CARDS, GIB
from chatapp.ui import amounts
from chatapp.ui.fit_cell import FitCell
from chatapp.ui.knob_row import KnobList
from chatapp.ui.model_words import TONES, light_word, precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.cards import Card
    from chatapp.shelf import Cell

Key = tuple[str, int]  # a precision and a length


class FitTable(QFrame):
    """Rows are precisions, columns lengths. Of a model that is here, each row loads it so."""

    load_requested = Signal(str)  # in which precision
    card_chosen = Signal(str)  # the name of another card; empty = this computer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._cells: Sequence[Cell] = ()
        self._device = ""
        self._free = 0
        self._here = False
        self._subject: tuple[str, Key] = "", ("", 0)
        self._chosen: Key = "", 0
        self._labels: dict[tuple[int, int], FitCell] = {}  # by row and column
        self.cards = KnobList()
        for name in ("", *(card.name for card in CARDS)):
            self.cards.addItem(name, name)
        self.cards.currentIndexChanged.connect(self._on_cards_changed)
        self.cards.hide()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3)
        self._grid.setVerticalSpacing(4)
        self.parts, self.largest = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._note = QLabel(wordWrap=True)
        self._note.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addWidget(self.cards)
        column.addLayout(self._grid)
        for label in (self.parts, self.largest, self._note):
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        self.retranslate()

    @property
    def card(self) -> str:
        """The name of the other card that was chosen; empty = this computer."""
        return str(self.cards.currentData())

    def show_cells(
        self,
        cells: Sequence[Cell],
        device: str,
        free_bytes: int,
        here: bool = False,
        subject: str = "",
    ) -> None:
        """The table, and against which memory; `here` = the model can be loaded.

        How it would be loaded is chosen, until the person chooses another cell of this subject.
        """
        self._cells, self._device, self._free = cells, device, free_bytes
        self._here = here
        keys = [(cell.dtype, cell.context) for cell in cells]
        taken = next((n for n, cell in enumerate(cells) if cell.taken), 0)
        present = subject, keys[taken] if keys else ("", 0)
        if present != self._subject or self._chosen not in keys:
            self._subject, self._chosen = present, present[1]
        self.setVisible(bool(cells))
        self.retranslate()

    def offer_cards(self, offered: bool) -> None:
        """Whether other cards can be asked about; back to this computer."""
        self.cards.setVisible(offered)
        with QSignalBlocker(self.cards):
            self.cards.setCurrentIndex(0)

    def retranslate(self) -> None:
        """All of it again."""
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.setParent(None)  # out of sight and of reach now, whenever it ends
                widget.deleteLater()
        self._labels = {}
        self._name_cards()
        if self._cells:
            self._fill()
            self._show_chosen()
            self._note.setText("  ".join((self._told_room(), self._told_units())))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _fill(self) -> None:
        dtypes, lengths = self._axes()
        self._grid.addWidget(_label(self.tr("Context"), "muted"), 0, 0)
        for column, length in enumerate(lengths):
            head = _label(amounts.tokens(length), "muted")
            head.setContentsMargins(5, 0, 5, 0)  # as far in as the amounts below
            self._grid.addWidget(head, 0, column + 1)
            self._grid.setColumnStretch(column + 1, 1)
        for row, dtype in enumerate(dtypes):
            self._grid.addWidget(self._head(dtype), row + 1, 0)
        for cell in self._cells:
            place = dtypes.index(cell.dtype), lengths.index(cell.context)
            entry = self._labels[place] = self._entry(cell, *place)
            self._grid.addWidget(entry, place[0] + 1, place[1] + 1)

    def _axes(self) -> tuple[list[str], list[int]]:
        dtypes = dict.fromkeys(cell.dtype for cell in self._cells)
        return list(dtypes), list(dict.fromkeys(cell.context for cell in self._cells))

    def _name_cards(self) -> None:
        self.cards.setAccessibleName(self.tr("On which card"))
        self.cards.setToolTip(self.tr("On which card"))
        self.cards.setItemText(0, self.tr("On this computer"))
        for place, card in enumerate(CARDS, start=1):
            self.cards.setItemText(place, self._called(card))

    def _called(self, card: Card) -> str:
        if card.kind == "apple":
            shared = self.tr("Apple, {count} GB shared")
            return shared.format(count=card.total_bytes // GIB)
        return card.name

    def _told_room(self) -> str:
        text = self.tr(
            "Estimated. {device} has {free} for a model when the present one is unloaded."
        )
        if self.card:
            text = self.tr("Estimated. {device} has {free} for a model when nothing else is on it.")
        device = self._device or self.tr("This computer")
        return text.format(device=device, free=amounts.memory(self._free))

    def _told_units(self) -> str:
        """Cards are sold in one unit and disks in another, both called GB."""
        return self.tr("Memory is told in GB of 2³⁰ bytes, the size of files in GB of 10⁹.")

    def _head(self, dtype: str) -> QWidget:
        words = {
            "float32": self.tr("Load as fp32"),
            "bfloat16": self.tr("Load as bf16"),
            "int8": self.tr("Load in 8 bits"),
            "int4": self.tr("Load in 4 bits"),
        }
        if not self._here or self.card or dtype not in words:
            return _label(precision(dtype), "text")
        button = QPushButton(words[dtype])
        button.setProperty("dtype", dtype)
        button.setToolTip(self.tr("Keep this precision for this model, and load it"))
        button.clicked.connect(self._on_head_clicked)
        return button

    def _entry(self, cell: Cell, row: int, column: int) -> FitCell:
        word = light_word(cell.light)
        text = f"{word}\n{amounts.memory(cell.need_bytes)}"
        label = FitCell(text, TONES[cell.light.word], row, column)
        label.chosen.connect(self._on_cell_chosen)
        label.stepped.connect(self._on_cell_stepped)
        spoken = self.tr("{precision}, {count} tokens: {word}, {size}")
        label.setAccessibleName(
            spoken.format(
                precision=precision(cell.dtype),
                count=amounts.tokens(cell.context),
                word=word,
                size=amounts.memory(cell.need_bytes),
            )
        )
        return label

    def _show_chosen(self) -> None:
        """Which cell it is, what it is made of, and how much of a context fits in its bits."""
        dtypes, lengths = self._axes()
        for cell in self._cells:
            chosen = (cell.dtype, cell.context) == self._chosen
            self._labels[dtypes.index(cell.dtype), lengths.index(cell.context)].show_chosen(chosen)
            if chosen:
                self.parts.setText(self._told_parts(cell))
                self.largest.setText(self._told_largest(cell, lengths[-1]))

    def _told_parts(self, cell: Cell) -> str:
        parts = {name: amounts.memory(count) for name, count in cell.parts}
        text = self.tr(
            "{precision}, {count} tokens: weights {weights}, KV cache {kv_cache}, "
            "work {workspace}, libraries {runtime}; together {total}."
        )
        return text.format(
            precision=precision(cell.dtype),
            count=f"{cell.context:,}",
            total=amounts.memory(cell.need_bytes),
            **parts,
        )

    def _told_largest(self, cell: Cell, limit: int) -> str:
        text = self.tr("The largest context that fits in {precision}: {count} tokens.")
        if not cell.largest:
            text = self.tr("In {precision} it does not fit at any context.")
        elif cell.largest >= limit:
            text = self.tr("In {precision} its whole context fits: {count} tokens.")
        told = precision(cell.dtype)
        return text.format(precision=told, count=f"{cell.largest:,}")

    # -- slots --

    def _on_head_clicked(self) -> None:
        self.load_requested.emit(str(self.sender().property("dtype")))

    def _on_cards_changed(self, place: int) -> None:
        self.card_chosen.emit(self.card)

    def _on_cell_chosen(self, row: int, column: int) -> None:
        dtypes, lengths = self._axes()
        self._chosen = dtypes[row], lengths[column]
        self._show_chosen()

    def _on_cell_stepped(self, row: int, column: int) -> None:
        if label := self._labels.get((row, column)):
            self._on_cell_chosen(row, column)
            label.setFocus()


def _label(text: str, tone: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)  # a narrow table grows higher, not wider than the page
    label.setProperty("tone", tone)
    return label
