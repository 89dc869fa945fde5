"""The menu for a place in the conversation view.

Tells what was asked for; knows nothing about how it is done.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget


class SpotMenu(QMenu):
    """Made for one place, and gone when it closes. `raw` is None where there is no other way."""

    copy_requested = Signal()
    markdown_requested = Signal()
    address_requested = Signal(str)
    all_requested = Signal()
    raw_requested = Signal(int, bool)  # message id

    def __init__(self, parent: QWidget, link: str, message: int, raw: bool | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._link, self._message, self._raw = link, message, raw
        self.addAction(self.tr("Copy")).triggered.connect(self.copy_requested)
        self.addAction(self.tr("Copy as Markdown")).triggered.connect(self.markdown_requested)
        if link:
            self.addAction(self.tr("Copy the link's address"), self._on_address_triggered)
        self.addSeparator()
        self.addAction(self.tr("Select all")).triggered.connect(self.all_requested)
        if raw is not None:
            text = self.tr("Show formatted") if raw else self.tr("Show as written")
            self.addAction(text, self._on_raw_triggered)

    def _on_address_triggered(self) -> None:
        self.address_requested.emit(self._link)

    def _on_raw_triggered(self) -> None:
        self.raw_requested.emit(self._message, not self._raw)
