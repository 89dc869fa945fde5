"""Several answers to one question, side by side while they are written.

Each column has its text, its figures, and a button that chooses it. Where the view is too narrow
for all of them it scrolls sideways. Knows nothing about where the answers come from or what a
choice does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui.elided import ElidedLabel
from chatapp.ui.guests import Guest
from chatapp.ui.phrases import Phrases
from chatapp.ui.small_button import SmallButton
from chatapp.ui.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Message

NARROWEST = 280  # pixels of a column: two fit beside both panes of the usual window
_LOWEST = 200  # pixels of all
_LETTERS = "ABCDEFGH"


class Column(QFrame):
    """One candidate."""

    chosen = Signal(int)  # message id
    halted = Signal(int)  # message id: it is to end, the others go on

    def __init__(self, number: int, message: Message, name: str = "") -> None:
        """`name` tells what sets this one apart, where something does."""
        super().__init__()
        self.setProperty("kind", "column")
        self.setMinimumWidth(NARROWEST)
        self._number = number
        self._message = message
        self._phrases = Phrases(self)
        self._letter = QLabel(_LETTERS[number])
        self._letter.setProperty("tone", "heading")
        self._speed = QLabel()
        self._speed.setProperty("tone", "muted")
        self._halting = False
        self.stop = SmallButton("stop", self)
        self.use = QPushButton()
        self.view = Transcript(bare=True)
        # as high as there is room: its own wish would push the figures out of a low window
        self.view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._stats = QLabel(wordWrap=True)
        self._stats.setProperty("tone", "muted")
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 8, 0)
        head.addWidget(self._letter)
        if name:
            called = ElidedLabel()
            called.setText(name)
            called.setProperty("tone", "text")
            head.addWidget(called, stretch=2)
        head.addWidget(self._speed, stretch=1)
        head.addWidget(self.stop)
        head.addWidget(self.use)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 0, 14, 10)
        foot.addWidget(self._stats)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.view, stretch=1)
        column.addLayout(foot)
        self.use.clicked.connect(self._on_use_clicked)
        self.stop.clicked.connect(self._on_stop_clicked)
        self.view.add(message)
        self.retranslate()

    def settle(self, message: Message) -> None:
        """This one is final; the others may go on."""
        self._message = message
        self.view.settle(message)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text again."""
        cost = self._message.stats
        rate = cost.tokens_per_s if cost else 0.0
        told = QLocale().toString(rate, "f", 0 if rate >= 100 else 1)
        self._speed.setText(self.tr("{rate} tokens/s").format(rate=told) if rate else "")
        keys = QKeySequence(f"Ctrl+{self._number + 1}")
        native = keys.toString(QKeySequence.SequenceFormat.NativeText)
        self.use.setText(self.tr("Use this"))
        self.use.setToolTip(self.tr("Make this the answer ({keys})").format(keys=native))
        self.setAccessibleName(self.tr("Answer {letter}").format(letter=_LETTERS[self._number]))
        name = self.tr("Use answer {letter}").format(letter=_LETTERS[self._number])
        self.use.setAccessibleName(name)
        self.stop.call(self.tr("Stop answer {letter}").format(letter=_LETTERS[self._number]))
        self._show_state()

    def _show_state(self) -> None:
        ended = self._message.finish is not None
        self.stop.setVisible(not ended)
        self.stop.setEnabled(not self._halting)
        going = self.tr("Stopping") if self._halting else self.tr("Writing")
        self._stats.setText(self._phrases.cost(self._message) if ended else going)

    def _on_stop_clicked(self) -> None:
        self._halting = True
        self._show_state()
        self.halted.emit(self._message.id)

    def _on_use_clicked(self) -> None:
        self.chosen.emit(self._message.id)


class Candidates(Guest):
    """The columns, and a line below them."""

    wide = True
    chosen = Signal(int)  # message id
    halted = Signal(int)  # message id
    link_opened = Signal(str)

    def __init__(self, messages: list[Message], held: int, names: Sequence[str] = ()) -> None:
        """`held`: the number of the one that is in the thread now. `names`: of each, or none."""
        super().__init__()
        self._held = held
        called = names or [""] * len(messages)
        self.columns = {
            message.id: Column(number, message, name)
            for number, (message, name) in enumerate(zip(messages, called, strict=True))
        }
        self._times = 0.0  # of one answer's time that all took; 0 = not measured
        self.note = QLabel(wordWrap=True)
        self.note.setProperty("tone", "muted")
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for column in self.columns.values():
            row.addWidget(column)
            column.chosen.connect(self.chosen)
            column.halted.connect(self.halted)
            column.view.link_opened.connect(self.link_opened)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        self._area.setWidget(inside)
        inside.setAutoFillBackground(False)  # setWidget had switched it on
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self._area, stretch=1)
        whole.addWidget(self.note)
        self._retranslate()

    def height_for(self, width: int, tallest: int) -> int:
        """All that there is: each column scrolls by itself."""
        return max(_LOWEST, tallest)

    def forget(self) -> None:
        """Fonts or colours changed."""
        for column in self.columns.values():
            column.view.forget()

    def settle(self, message: Message) -> None:
        """One of them is final."""
        self.columns[message.id].settle(message)

    def show_times(self, times: float) -> None:
        """How many times as long as one answer all of them took, as measured."""
        self._times = times
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            for column in self.columns.values():
                column.retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        used = self.tr("Answer {letter} is used until you choose another.")
        told = [used.format(letter=_LETTERS[self._held])]
        if self._times:
            count, times = len(self.columns), QLocale().toString(self._times, "f", 1)
            text = self.tr("{count} answers took {times} times the time of your last single one.")
            told.append(text.format(count=count, times=times))
        self.note.setText("  ".join(told))
