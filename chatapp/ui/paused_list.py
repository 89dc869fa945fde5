"""Trainings that were paused or cut off: each a line with two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from chatapp.ui.elided import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.ongoing import Paused

MOST = 3  # the newest ones


class PausedLine(QWidget):
    """One of them."""

    resume_requested = Signal(object)  # ongoing.Paused
    drop_requested = Signal(object)  # ongoing.Paused

    def __init__(self, paused: Paused, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = paused
        self.label, self.resume, self.drop = ElidedLabel(), QPushButton(), QPushButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, stretch=1)
        row.addWidget(self.resume)
        row.addWidget(self.drop)
        self.drop.setProperty("kind", "quiet")
        self.resume.clicked.connect(self._on_resume_clicked)
        self.drop.clicked.connect(self._on_drop_clicked)
        self.retranslate()

    def retranslate(self) -> None:
        """Every text again."""
        words = self.tr("{name} stopped at step {step} and can go on.")
        self.label.setText(words.format(name=self._paused.name, step=self._paused.step))
        self.resume.setText(self.tr("Go on"))
        self.drop.setText(self.tr("Leave it"))
        self.drop.setToolTip(self.tr("What it made stays; this line goes"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_resume_clicked(self) -> None:
        self.resume_requested.emit(self._paused)

    def _on_drop_clicked(self) -> None:
        self.drop_requested.emit(self._paused)


class PausedList(QWidget):
    """The newest of them."""

    resume_requested = Signal(object)  # ongoing.Paused
    drop_requested = Signal(object)  # ongoing.Paused

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[PausedLine] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def count(self) -> int:
        """How many are shown."""
        return len(self.lines)

    def show_paused(self, paused: Sequence[Paused]) -> None:
        """These instead."""
        for line in self.lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [PausedLine(each) for each in paused[:MOST]]
        for line in self.lines:
            line.resume_requested.connect(self.resume_requested)
            line.drop_requested.connect(self.drop_requested)
            self._column.addWidget(line)
