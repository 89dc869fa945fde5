"""The tab of the models on this computer: the list, and the details of one.

Emits what the person wants; knows nothing about files.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import amounts, look
from chatapp.ui.bridge import told
from chatapp.ui.composing import Composing
from chatapp.ui.halves import Halves
from chatapp.ui.lines import Line, LineView
from chatapp.ui.model_detail import ModelDetail
from chatapp.ui.model_words import TONES, called, light_word, precision, where

if TYPE_CHECKING:
    from chatapp.library import Model
    from chatapp.shelf import Row, Shelf


class ShelfTab(QWidget):
    """Empty until `show_shelf`."""

    folder_added = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf: Shelf | None = None
        self.view, self.detail = LineView(), ModelDetail()
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.textChanged.connect(self._on_filter_changed)
        Composing(self.filter)
        self.add = QPushButton()
        self.add.clicked.connect(self.ask_folder)
        self.free = QLabel()
        self.free.setProperty("tone", "muted")
        self.empty = QLabel(wordWrap=True)
        self.empty.setProperty("tone", "muted")
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 12, 8, 0)
        row = QHBoxLayout()
        row.addWidget(self.filter, stretch=1)
        row.addWidget(self.add)
        column.addLayout(row)
        column.addWidget(self.free)
        column.addWidget(self.empty)
        column.addWidget(self.view, stretch=1)
        self.halves = Halves(side, self.detail)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.halves)
        self.view.turned.connect(self._on_view_turned)
        self.view.opened.connect(self._on_view_opened)
        self.view.rename_pressed.connect(self.detail.ask_name)
        self.view.delete_pressed.connect(self.detail.ask_deletion)
        self.halves.closed.connect(self.view.setFocus)
        self.retranslate()

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """The keyboard goes to the list. With a focus proxy Tab would pass by what is before it."""
        self.view.setFocus(reason)

    @property
    def count(self) -> int:
        """How many models work without a network."""
        return sum(row.model.usable for row in self._shelf.rows) if self._shelf else 0

    def show_shelf(self, shelf: Shelf) -> None:
        """The list as just looked at; the current row stays the current one, or its neighbour."""
        self._shelf = shelf
        self._fill()

    def model(self, name: str) -> Model | None:
        """The model of this name, as it was last seen."""
        rows = self._shelf.rows if self._shelf else ()
        return next((row.model for row in rows if row.model.name == name), None)

    def choose(self, name: str) -> None:
        """Show this one."""
        self.filter.clear()
        for place, line in enumerate(self.view.lines.lines):
            if line.thing.model.name == name:
                self.view.choose(place)
                self.halves.open_detail()

    def ask_folder(self) -> None:
        """Which folder shall be looked in too?"""
        question = QFileDialog(self, self.tr("Add a folder"))
        question.setFileMode(QFileDialog.FileMode.Directory)
        question.fileSelected.connect(self.folder_added)
        question.finished.connect(question.deleteLater)
        question.open()

    def retranslate(self) -> None:
        """Every text again, in the present language."""
        self.setWindowTitle(self.tr("On this computer"))
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the models"))
        self.add.setText(self.tr("Add a folder"))
        self.add.setIcon(look.icon("plus"))
        self.view.setAccessibleName(self.tr("Models on this computer"))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _fill(self) -> None:
        words = self.filter.text().casefold().split()
        rows = self._shelf.rows if self._shelf else ()
        titles = Counter(called(row.model) for row in rows)
        lines = [self._line(row, titles[called(row.model)] > 1) for row in rows]
        self.view.show_lines(
            tuple(n for n in lines if all(word in n.spoken.casefold() for word in words)), True
        )
        if not self.view.currentIndex().isValid() and self.view.lines.lines:
            self.view.choose(0)
        shown = bool(self.view.lines.lines)
        nothing = self.tr("Nothing is called that.") if words else self.tr("Looking for models")
        self.empty.setText(nothing)
        self.empty.setVisible(not shown)
        if self._shelf:
            room = self._shelf.room
            self.free.setText(
                self.tr("Free: disk {disk}, {device} {memory}").format(
                    disk=amounts.size(room.disk_bytes),
                    device=self.tr("memory") if room.kind == "cpu" else room.device,
                    memory=amounts.memory(room.free_bytes),
                )
            )

    def _line(self, row: Row, shared: bool) -> Line:
        """`shared`: another model is called the same, so that its own name is told too."""
        model, facts = row.model, row.model.facts
        title = f"{called(model)} ({model.name})" if shared and model.title else called(model)
        if model.problem:
            return Line(title, told(model.problem)[0], self.tr("Cannot be used"), "danger",
                        "danger", row, model.path)  # fmt: skip
        length = facts.context_length if facts else None
        used = self.tr("used {day}").format(day=amounts.day(row.last_used or 0))
        about = (
            amounts.size(model.bytes),
            facts.dtype if facts else "",
            self.tr("{count} tokens").format(count=amounts.tokens(length)) if length else "",
            model.licence,
            where(model),
            used if row.last_used else "",
        )
        light = row.light
        word, tone = (light_word(light), TONES[light.word]) if light else ("", "muted")
        if light is None and row.refusal:
            word = self.tr("Not in {precision} here").format(precision=precision(row.dtype))
            tone = "danger"
        told_about = "  ·  ".join(filter(None, about))
        return Line(title, told_about, word, tone, "muted", row, model.path)

    # -- slots --

    def _on_filter_changed(self, text: str) -> None:
        self._fill()

    def _on_view_turned(self, row: Row | None) -> None:
        self.detail.show_row(row, self._shelf.room if self._shelf else None)

    def _on_view_opened(self, row: Row) -> None:
        self._on_view_turned(row)
        self.halves.open_detail()
