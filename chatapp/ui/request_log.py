"""The last requests to the local API: time, path, status and tokens, never what was said.

Knows nothing about how they came.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Served

MOST = 200
LEFT = 499  # the status of a client that did not wait
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RequestLog(QTreeWidget):
    """A row for each, the newest on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Served] = []  # the newest first
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.setColumnCount(4)
        head = self.header()
        head.setStretchLastSection(False)
        head.setSectionsMovable(False)
        for column in (0, 2, 3):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.retranslate()

    def add(self, entries: Sequence[Served]) -> None:
        """What was answered since the last call, the oldest first."""
        if not entries:
            return
        newest = list(reversed(entries))[:MOST]
        self._entries = (newest + self._entries)[:MOST]
        self.insertTopLevelItems(0, [self._row(entry) for entry in newest])
        while self.topLevelItemCount() > MOST:
            self.takeTopLevelItem(MOST)

    def retranslate(self) -> None:
        """Every text again."""
        self.setAccessibleName(self.tr("Requests"))
        self.setHeaderLabels(
            [self.tr("Time"), self.tr("Request"), self.tr("Status"), self.tr("Tokens")]
        )
        head = self.headerItem()
        head.setTextAlignment(3, _RIGHT)
        head.setToolTip(3, self.tr("Of the prompt + of the answer"))
        self.clear()
        self.insertTopLevelItems(0, [self._row(entry) for entry in self._entries])

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _row(self, entry: Served) -> QTreeWidgetItem:
        status = str(entry.status) if entry.status != LEFT else self.tr("client left")
        number = QLocale().toString
        tokens = f"{number(entry.prompt_tokens)} + {number(entry.new_tokens)}"
        row = QTreeWidgetItem(
            [
                time.strftime("%H:%M:%S", time.localtime(entry.at)),
                f"{entry.method} {entry.route}",
                status,
                tokens if entry.new_tokens else "",
            ]
        )
        row.setTextAlignment(3, _RIGHT)
        return row
