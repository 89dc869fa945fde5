"""What a model needs by precision and length, each with a word: fits, tight, too big.

Knows nothing about how the amounts are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import amounts
from chatapp.ui.model_words import TONES, light_word, precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.shelf import Cell


class FitTable(QFrame):
    """Rows are precisions, columns lengths. Of a model that is here, each row loads it so."""

    load_requested = Signal(str)  # in which precision

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._cells: Sequence[Cell] = ()
        self._device = ""
        self._free = 0
        self._here = False
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(10)
        self._note = QLabel(wordWrap=True)
        self._note.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addLayout(self._grid)
        column.addWidget(self._note)

    def show_cells(
        self, cells: Sequence[Cell], device: str, free_bytes: int, here: bool = False
    ) -> None:
        """The table, and against which memory; `here` = the model can be loaded."""
        self._cells, self._device, self._free = cells, device, free_bytes
        self._here = here
        self.setVisible(bool(cells))
        self.retranslate()

    def retranslate(self) -> None:
        """All of it again."""
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.setParent(None)  # out of sight and of reach now, whenever it ends
                widget.deleteLater()
        if not self._cells:
            return
        lengths = list(dict.fromkeys(cell.context for cell in self._cells))
        dtypes = list(dict.fromkeys(cell.dtype for cell in self._cells))
        self._grid.addWidget(_label(self.tr("Context"), "muted"), 0, 0)
        for column, length in enumerate(lengths, start=1):
            self._grid.addWidget(_label(amounts.tokens(length), "muted"), 0, column)
            self._grid.setColumnStretch(column, 1)
        for row, dtype in enumerate(dtypes, start=1):
            self._grid.addWidget(self._head(dtype), row, 0)
        for cell in self._cells:
            row, column = dtypes.index(cell.dtype) + 1, lengths.index(cell.context) + 1
            self._grid.addWidget(self._entry(cell), row, column)
        self._note.setText(
            self.tr(
                "Estimated. {device} has {free} for a model when the present one is unloaded."
            ).format(device=self._device, free=amounts.memory(self._free))
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _head(self, dtype: str) -> QWidget:
        words = {
            "float32": self.tr("Load as fp32"),
            "bfloat16": self.tr("Load as bf16"),
            "int8": self.tr("Load in 8 bits"),
            "int4": self.tr("Load in 4 bits"),
        }
        if not self._here or dtype not in words:
            return _label(precision(dtype), "text")
        button = QPushButton(words[dtype])
        button.setProperty("dtype", dtype)
        button.setToolTip(self.tr("Keep this precision for this model, and load it"))
        button.clicked.connect(self._on_head_clicked)
        return button

    def _on_head_clicked(self) -> None:
        self.load_requested.emit(str(self.sender().property("dtype")))

    def _entry(self, cell: Cell) -> QLabel:
        word = light_word(cell.light)
        label = _label(f"{word}\n{amounts.memory(cell.need_bytes)}", TONES[cell.light.word])
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


def _label(text: str, tone: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)  # a narrow table grows higher, not wider than the page
    label.setProperty("tone", tone)
    return label
