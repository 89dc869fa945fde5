"""The Training page: data, model and knobs, the run, and what was made, one card each.

Knows nothing about what the cards hold.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from chatapp.ui.adapter_list import AdapterList
from chatapp.ui.banner import Banner
from chatapp.ui.bare_area import BareArea
from chatapp.ui.card import Card, toned
from chatapp.ui.data_card import DataCard
from chatapp.ui.run_card import RunCard
from chatapp.ui.tuning_card import TuningCard

WIDEST = 920  # pixels


class TrainingPage(QWidget):
    """Scrolls where the window is low; a line above tells what went wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner, self.area = Banner(), BareArea()
        self.built = False

    def build(self) -> None:
        """Make the cards, which takes longer than the first paint may wait."""
        self.built = True
        self.title, self.made = toned("title"), Card()
        self.data, self.tuning, self.run = DataCard(), TuningCard(), RunCard()
        self.adapters = AdapterList()
        self._build()
        self.retranslate()

    def retranslate(self) -> None:
        """The page's own texts, once it is built; the cards do theirs."""
        self.title.setText(self.tr("Train on your own words"))
        self.made.heading.setText(self.tr("Adapters"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self.built:
            self.retranslate()
        super().changeEvent(event)

    def _build(self) -> None:
        self.setFocusProxy(self.data.file)
        # The row, not each card, ends at the greatest width: a layout asks a card how high it
        # is at a width, and would ask for one that the card does not take.
        inside, middle = QWidget(), QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(24, 20, 24, 24)
        row.addWidget(middle, stretch=1)
        row.addStretch()
        middle.setMaximumWidth(WIDEST)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        self.made.column.addWidget(self.adapters)
        self.run.use_requested.connect(self.adapters.use_made)
        self.run.merge_requested.connect(self.adapters.merge_made)
        for widget in (self.title, self.data, self.tuning, self.run, self.made):
            column.addWidget(widget)
        column.addStretch(1)
        self.area.hold(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.banner)
        whole.addWidget(self.area, stretch=1)
