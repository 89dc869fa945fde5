"""The second card of the Training page: which model learns, how, and what memory that needs.

Rows are generated from the knobs of `settings.Tuning`. Knows nothing about which values are usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from chatapp.settings import knobs
from chatapp.tuning import Tuning
from chatapp.ui import amounts
from chatapp.ui.card import Card, Fold, toned
from chatapp.ui.composing import Composing
from chatapp.ui.flow import Flow
from chatapp.ui.knob_row import KnobList, KnobRow, translated
from chatapp.ui.model_words import TONES, called, light_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from chatapp.lessons import Forecast
    from chatapp.library import Model

PROMINENT = (
    "what",
    "method",
    "learning_rate",
    "rank",
    "epochs",
    "batch",
    "longest",
    "validation",
    "remember",
)
ADAPTER = ("method", "rank", "alpha")
PAIRS = ("beta", "anchor")
SCRATCH = ("layers", "width", "vocabulary")
TRAINED = ("remember",)  # means nothing to a model that is made anew
TYPED = ("sample_prompt",)  # free text: no row of a knob
ROOM = 620  # pixels from which on two columns have room


class KnobGrid(QWidget):
    """Rows in one column, or in two where there is room."""

    def __init__(self, rows: Sequence[KnobRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(28)
        self._grid.setVerticalSpacing(12)
        self.arrange(1)

    def arrange(self, columns: int = 0) -> None:
        """Place what is shown."""
        self._columns = columns or self._columns
        while self._grid.takeAt(0):
            pass
        seen = [row for row in self._rows if not row.isHidden()]
        for place, row in enumerate(seen):
            self._grid.addWidget(row, place // self._columns, place % self._columns)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = 2 if self.width() >= ROOM else 1
        if columns != self._columns:
            self.arrange(columns)


class TuningCard(Card):
    """The base, the name, the knobs, the forecast."""

    base_chosen = Signal(object)  # library.Model
    changed = Signal(str, object)  # knob, value

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[Model, ...] = ()
        self._forecast: Forecast | None = None
        self.rows = {
            name: KnobRow(name, about, getattr(Tuning(), name))
            for name, about in knobs(Tuning).items()
            if about.shown and name not in TYPED
        }
        self.base, self.name, self.sample = KnobList(), QLineEdit(), QLineEdit()
        self.need = toned("text")
        self.shorter, self.fewer, self.saving = QPushButton(), QPushButton(), QPushButton()
        self._few = KnobGrid([self.rows[name] for name in PROMINENT])
        self._more = KnobGrid([r for name, r in self.rows.items() if name not in PROMINENT])
        self.fold = Fold(self._more)
        self._labels = [QLabel(), QLabel(), QLabel()]
        self._build()
        self.show_tuning(Tuning(), Tuning())
        self.retranslate()

    @property
    def model(self) -> Model | None:
        """The base that is chosen."""
        place = self.base.currentIndex()
        return self._models[place] if 0 <= place < len(self._models) else None

    def show_models(self, models: Sequence[Model], path: str) -> None:
        """What can learn; the one in this folder is chosen unless another one was."""
        path = self.model.path if self.model else path
        self._models = tuple(model for model in models if model.usable)
        with QSignalBlocker(self.base):
            self.base.clear()
            self.base.addItems([called(model) for model in self._models])
            paths = [model.path for model in self._models]
            self.base.setCurrentIndex(paths.index(path) if path in paths else 0)

    def show_tuning(self, tuning: Tuning, usual: Tuning, pairs: bool = False) -> None:
        """These values, and what a reset goes back to; rows that mean nothing are away.

        `pairs`: of two answers the better one is learned.
        """
        for name, row in self.rows.items():
            row.show_base(getattr(usual, name), "")
            row.show_value(getattr(tuning, name))
            idle = (
                (name in ADAPTER and tuning.what != "adapter")
                or (name in SCRATCH and tuning.what != "scratch")
                or (name in TRAINED and (pairs or tuning.what == "scratch"))
                or (name in PAIRS and not pairs)
            )
            row.setVisible(not idle)
        with QSignalBlocker(self.sample):
            self.sample.setText(tuning.sample_prompt)
        self.base.setEnabled(tuning.what != "scratch")
        self._few.arrange()
        self._more.arrange()

    def show_forecast(self, forecast: Forecast | None) -> None:
        """What it will need; None = not known."""
        self._forecast = forecast
        self._show_need()

    def set_locked(self, locked: bool) -> None:
        """While something learns, nothing of this changes."""
        for widget in (self._few, self._more, self.base, self.name, self.sample):
            widget.setEnabled(not locked)

    def retranslate(self) -> None:
        """Every text again; the rows do their own."""
        self.heading.setText(self.tr("2  Model and knobs"))
        words = (
            self.tr("Model"),
            self.tr("Name of what is made"),
            translated(knobs(Tuning)["sample_prompt"].label),
        )
        fields = (self.base, self.name, self.sample)
        for label, field, text in zip(self._labels, fields, words, strict=True):
            label.setText(text)
            field.setAccessibleName(text)
        self.sample.setPlaceholderText(self.tr("A held-out question"))
        self.sample.setToolTip(translated(knobs(Tuning)["sample_prompt"].help))
        self.fold.setText(self.tr("All knobs"))
        self.shorter.setText(self.tr("Shorter examples"))
        self.fewer.setText(self.tr("One row at once"))
        self.saving.setText(self.tr("Save memory"))
        for place, model in enumerate(self._models):
            self.base.setItemText(place, called(model))
        self._show_need()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for place, (label, field) in enumerate(
            zip(self._labels, (self.base, self.name, self.sample), strict=True)
        ):
            label.setProperty("tone", "muted")
            label.setBuddy(field)
            grid.addWidget(label, place, 0)
            grid.addWidget(field, place, 1)
        self.column.addLayout(grid)
        helps = QWidget()
        flow = Flow(helps)
        self._helps = (self.shorter, self.fewer, self.saving)
        for button in self._helps:
            flow.addWidget(button)
            button.clicked.connect(self._on_help_clicked)
        for widget in (self._few, self.fold, self._more, self.need, helps):
            self.column.addWidget(widget)
        for field in (self.name, self.sample):
            Composing(field)
        for row in self.rows.values():
            row.changed.connect(self.changed)
        self.sample.textChanged.connect(self._on_sample_changed)
        self.base.currentIndexChanged.connect(self._on_base_changed)

    def _show_need(self) -> None:
        forecast = self._forecast
        big = forecast is not None and forecast.light.word == "too big"
        for button in self._helps:
            button.setVisible(big)
        self.need.setVisible(forecast is not None)
        if forecast is None:
            return
        words = {
            "weights": self.tr("weights"),
            "adapter": self.tr("adapter"),
            "gradients": self.tr("gradients"),
            "optimiser": self.tr("optimiser"),
            "activations": self.tr("activations"),
            "runtime": self.tr("libraries"),
        }
        parts = " + ".join(
            f"{words[name]} {amounts.memory(count)}".replace(" ", "\N{NO-BREAK SPACE}")
            for name, count in forecast.parts.items()
            if count
        )
        text = self.tr("{word}: about {need} of {free} GB free on {device} ({parts}; an estimate).")
        values = forecast.light.values
        self.need.setText(
            text.format(
                word=light_word(forecast.light),
                need=amounts.memory(sum(forecast.parts.values())),
                free=values["free"],
                device=forecast.device or self.tr("this computer"),
                parts=parts,
            )
        )
        self.need.setProperty("tone", TONES[forecast.light.word])
        self.need.style().unpolish(self.need)
        self.need.style().polish(self.need)

    # -- slots --

    def _on_base_changed(self, place: int) -> None:
        if self.model:
            self.base_chosen.emit(self.model)

    def _on_sample_changed(self, text: str) -> None:
        self.changed.emit("sample_prompt", text.strip())

    def _on_help_clicked(self) -> None:
        button = self.sender()
        if button is self.shorter:
            half = max(32, int(self.rows["longest"].value) // 2)
            self.changed.emit("longest", half)
        elif button is self.fewer:
            self.changed.emit("at_once", 1)
        else:
            self.changed.emit("save_memory", "on")
