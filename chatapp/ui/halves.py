"""A list and the details of its current row: side by side, or one at a time in a narrow window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import look

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

ROOM = 780  # pixels below which there is room for one of them
SHARES = (46, 54)  # of the width


class Halves(QSplitter):
    """`open_detail` turns to the details where both have no room; a button leads back."""

    closed = Signal()  # the person went back to the list

    def __init__(self, list_side: QWidget, detail: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._list = list_side
        self._opened = False
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self._back = QPushButton()
        self._back.setProperty("kind", "quiet")
        self._back.clicked.connect(self._on_back_clicked)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(detail)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside hands on the keys that scroll
        area.viewport().setAutoFillBackground(False)
        detail.setAutoFillBackground(False)
        self._detail = QWidget()
        column = QVBoxLayout(self._detail)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(8, 8, 8, 0)
        row.addWidget(self._back)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(area, stretch=1)
        self.addWidget(list_side)
        self.addWidget(self._detail)
        for place, share in enumerate(SHARES):
            self.setStretchFactor(place, share)
        self.retranslate()
        self._arrange()

    @property
    def is_wide(self) -> bool:
        """Whether both are seen."""
        return self.width() >= ROOM

    def open_detail(self) -> None:
        """The person wants to see the details."""
        self._opened = True
        self._arrange()
        if not self.is_wide:
            self._back.setFocus()

    def close_detail(self) -> None:
        """Back to the list."""
        self._opened = False
        self._arrange()

    def retranslate(self) -> None:
        """The one text."""
        self._back.setText(self.tr("Back to the list"))
        self._back.setIcon(look.icon("chevron-left"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() >= ROOM) != self.is_wide:
            self._arrange()
            self.setSizes([self.width() * share // 100 for share in SHARES])

    def _arrange(self) -> None:
        self._back.setVisible(not self.is_wide)
        self._list.setVisible(self.is_wide or not self._opened)
        self._detail.setVisible(self.is_wide or self._opened)

    def _on_back_clicked(self) -> None:
        self.close_detail()
        self.closed.emit()
