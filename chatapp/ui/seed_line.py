"""The seed that the last answer drew, and a button that keeps it for the next ones.

Knows nothing about conversations.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget


class SeedLine(QWidget):
    """Seen only while a new seed is drawn each time and an answer has told its own."""

    kept = Signal(object)  # int; a seed is wider than the int of a signal

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: int | None = None
        self._random = True
        self.label = QLabel()
        self.label.setProperty("tone", "muted")
        self.keep = QPushButton()
        self.keep.clicked.connect(self._on_keep_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, stretch=1)
        row.addWidget(self.keep)
        self.retranslate()

    def show_drawn(self, seed: int | None) -> None:
        """The last answer's; None where there is none."""
        self._drawn = seed
        self.retranslate()

    def show_random(self, random: bool) -> None:
        """Whether the next answer draws a new one."""
        self._random = random
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text again."""
        self.label.setText(self.tr("Last answer: {seed}").format(seed=self._drawn))
        self.keep.setText(self.tr("Keep this"))
        self.keep.setToolTip(self.tr("Use the last answer's seed for the next ones too"))
        self.setVisible(self._random and self._drawn is not None)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_keep_clicked(self) -> None:
        if self._drawn is not None:
            self.kept.emit(self._drawn)
