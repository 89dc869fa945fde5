"""What an empty conversation shows: a headline, a card, and prompts to start with.

Knows nothing about messages; a chosen prompt is told with a signal, and so is the card's button.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QLabel, QVBoxLayout, QWidget

from chatapp.ui import look
from chatapp.ui.start_card import StartCard

if TYPE_CHECKING:
    from chatapp.first_steps import FirstSteps

_WIDEST = 640  # pixels
_NARROW = 460  # below this the cards stand in one column
_PAD = 16
_SIDE = 24
_AROUND = 70  # pixels above, between and below the words


class PromptCard(QAbstractButton):
    """A prompt that can be clicked, or chosen with Enter or Space."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.show_prompt(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_prompt(self, text: str) -> None:
        """Offer this."""
        self.setText(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        """Two lines of text."""
        return QSize(240, 2 * self.fontMetrics().lineSpacing() + 2 * _PAD)

    def minimumSizeHint(self) -> QSize:
        """One line of text."""
        return QSize(80, self.fontMetrics().lineSpacing() + _PAD)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses, like Space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Back to rest."""
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet card; the focus is a ring in the accent colour."""
        wear, painter = look.colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = 2 if self.hasFocus() else 1
        painter.setPen(QColor(wear.accent if self.hasFocus() else wear.border))
        if self.hasFocus():
            pen = painter.pen()
            pen.setWidth(ring)
            painter.setPen(pen)
        painter.setBrush(QColor(wear.hover if self.underMouse() else wear.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
        painter.setPen(QColor(wear.text))
        inside = self.rect().adjusted(_PAD, 6, -_PAD, -6)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, flags, self.text())


class Welcome(QWidget):
    """The headline and the cards, in the middle."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._cards: list[PromptCard] = []
        self._title = QLabel(self)
        self._title.setProperty("tone", "title")
        self._hint = QLabel(self)
        self._hint.setProperty("tone", "muted")
        self.start = StartCard(self)
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        middle = QWidget(self)
        middle.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(middle)
        column.setContentsMargins(_SIDE, 16, _SIDE, 16)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(10)
        column.addWidget(self.start)
        column.addSpacing(8)
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        column.addLayout(self._grid)
        outer = QGridLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(middle, 1, 1)
        for edge in (0, 2):
            outer.setRowStretch(edge, 1)
            outer.setColumnStretch(edge, 1)
        outer.setColumnStretch(1, 1000)
        self._retranslate()

    def offer(self, prompts: list[str], after: QWidget) -> None:
        """Show these prompts; Tab comes to them from `after`."""
        if not self._cards:  # they stay: Qt loses its way through Tab stops that are deleted
            self._cards = [PromptCard(text, self) for text in prompts]
            for first, second in pairwise((after, *self._cards)):
                self.setTabOrder(first, second)
            for card in self._cards:
                card.clicked.connect(self._on_card_clicked)
        for card, text in zip(self._cards, prompts, strict=True):
            card.show_prompt(text)
        self._place()

    def show_steps(self, steps: FirstSteps | None) -> None:
        """What comes after the built-in guide, above the prompts; None = no card."""
        self.start.show_steps(steps)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column where two would be cramped, fewer cards where all would be."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _place(self) -> None:
        columns = 1 if self.width() < _NARROW else 2
        lines = (self._title, self._hint, self._hint)
        words = sum(label.fontMetrics().lineSpacing() for label in lines)
        room = self.height() - words - _AROUND - self._card_height()
        for number, card in enumerate(self._cards):
            row = number // columns
            self._grid.addWidget(card, row, number % columns)
            wanted = (row + 1) * (card.minimumSizeHint().height() + self._grid.spacing())
            card.setVisible(wanted <= room)

    def _card_height(self) -> int:
        if self.start.isHidden():
            return 0
        inside = min(self.width(), _WIDEST) - 2 * _SIDE
        return self.start.heightForWidth(inside) + self._grid.spacing()

    def _retranslate(self) -> None:
        self._title.setText(self.tr("What shall we talk about?"))
        self._hint.setText(self.tr("Choose a start, or write your own message below."))

    def _on_card_clicked(self) -> None:
        card = self.sender()
        if isinstance(card, PromptCard):
            self.chosen.emit(card.text())
