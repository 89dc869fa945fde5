"""What an answer was made with and what it cost, line by line, to be read and copied.

Knows nothing about where the values come from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QWidget

from chatapp.settings import Sampling, knobs
from chatapp.ui.help import Help
from chatapp.ui.knob_row import translated
from chatapp.ui.phrases import Phrases

if TYPE_CHECKING:
    from chatapp.chat import Message, Origin, Stats

_WIDTH = 520  # pixels
_HIDDEN = {"candidates", "when_full"}  # of an answer they say nothing

Section = tuple[str, list[tuple[str, str]]]


class Details(Help):
    """One answer's account. `origin` is None for an answer that kept none."""

    script_requested = Signal(int)  # message id
    replay_requested = Signal()  # or its end, while one is under way

    def __init__(self, message: Message, origin: Origin | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._message, self._origin = message, origin
        self.sections = self._sections()
        self.setWindowTitle(self.tr("Details of this answer"))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table = self._table()
        area.setWidget(table)
        area.setAccessibleName(self.windowTitle())
        self.column.addWidget(area, stretch=1)
        self.outcome = QLabel(wordWrap=True)
        self.outcome.hide()
        self.column.addWidget(self.outcome)
        if origin is None:
            note = QLabel(self.tr("How this answer was made was not kept."), wordWrap=True)
            note.setProperty("tone", "muted")
            self.column.addWidget(note)
        self.finish()
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.copy = self.buttons.addButton(self.tr("Copy details"), role)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.replay = self.buttons.addButton(self.tr("Replay"), role)
        self.replay.setToolTip(self.tr("Make this answer again and compare the words"))
        self.replay.setEnabled(origin is not None)
        self.replay.clicked.connect(self.replay_requested)
        self.script = self.buttons.addButton(self.tr("Copy as script"), role)
        self.script.setEnabled(origin is not None)
        self.script.clicked.connect(self._on_script_clicked)
        height = table.sizeHint().height() + 140
        self.resize(min(_WIDTH, parent.width() - 40), min(height, round(parent.height() * 0.9)))

    def text(self) -> str:
        """All of it, to be pasted somewhere."""
        blocks = (
            "\n".join([title, *(f"{name}: {value}" for name, value in rows)])
            for title, rows in self.sections
        )
        return "\n\n".join(blocks) + "\n"

    def show_replay(self, words: str, under_way: bool = False) -> None:
        """How the replay goes, or went; empty = there is none."""
        self.outcome.setText(words)
        self.outcome.setVisible(bool(words))
        self.replay.setText(self.tr("Stop") if under_way else self.tr("Replay"))

    # -- private --

    def _sections(self) -> list[Section]:
        sections = [(self.tr("Model"), self._model()), (self.tr("Answer"), self._answer())]
        if self._origin:
            sections.append((self.tr("Settings"), self._settings(self._origin)))
            sections.append((self.tr("Libraries"), list(self._origin.versions)))
        return sections

    def _model(self) -> list[tuple[str, str]]:
        made = self._origin
        if made is None:
            return [(self.tr("Name"), self._message.model)]
        return [
            (self.tr("Name"), made.model),
            (self.tr("Folder"), made.path),
            *([(self.tr("Adapter"), made.adapter)] if made.adapter else []),
            (self.tr("Device"), made.device),
            (self.tr("Precision"), made.dtype),
            (self.tr("Computed by"), made.rung),
        ]

    def _answer(self) -> list[tuple[str, str]]:
        cost = self._message.stats
        rows = [] if cost is None else self._cost(cost)
        if created := self._message.created:
            when = QDateTime.fromSecsSinceEpoch(int(created))
            told = QLocale().toString(when, QLocale.FormatType.ShortFormat)
            rows.insert(0, (self.tr("Begun"), told))
        phrases = Phrases(self)
        seed = cost.seed if cost else dict(self._origin.knobs).get("seed") if self._origin else None
        if seed is not None:
            rows.append((self.tr("Seed"), str(seed)))
        return [*rows, (self.tr("End"), phrases.finish(self._message))]

    def _cost(self, cost: Stats) -> list[tuple[str, str]]:
        number, used = QLocale().toString, cost.prompt_tokens + cost.new_tokens
        of = self.tr("{part} of {whole}")
        return [
            (self.tr("Tokens"), number(cost.new_tokens)),
            (self.tr("Tokens per second"), number(cost.tokens_per_s, "f", 1)),
            (self.tr("First token after (s)"), number(cost.first_token_s, "f", 3)),
            (self.tr("Prompt tokens"), number(cost.prompt_tokens)),
            (self.tr("Of them reused"), number(cost.reused_tokens)),
            (
                self.tr("Context"),
                of.format(part=number(used), whole=number(cost.context_length)),
            ),
            (self.tr("Messages left out"), number(cost.dropped_messages)),
        ]

    def _settings(self, made: Origin) -> list[tuple[str, str]]:
        values, declared = dict(made.knobs), knobs(Sampling)
        rows = []
        for name, about in declared.items():
            if name in values and name not in _HIDDEN | {"seed"}:
                value = values[name]
                told = value if isinstance(value, str) else QLocale().toString(float(value), "g", 6)
                rows.append((translated(about.label), translated(told) if about.choices else told))
        return rows

    def _table(self) -> QWidget:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for title, rows in self.sections:
            head = QLabel(title)
            head.setProperty("tone", "heading")
            head.setContentsMargins(0, 10 if grid.count() else 0, 0, 2)
            grid.addWidget(head, grid.rowCount(), 0, 1, 2)
            for name, value in rows:
                self._add(grid, name, value or "\u2013")
        grid.setRowStretch(grid.rowCount(), 1)
        return inside

    def _add(self, grid: QGridLayout, name: str, value: str) -> None:
        # A long folder may break anywhere; `text` has it whole.
        label, said = QLabel(name), QLabel(re.sub(r"(\S{24})", "\\1\u200b", value), wordWrap=True)
        label.setProperty("tone", "muted")
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        number = grid.rowCount()
        grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(said, number, 1)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
        self.copy.setText(self.tr("Copied"))

    def _on_script_clicked(self) -> None:
        self.script_requested.emit(self._message.id)
        self.script.setText(self.tr("Copied"))
