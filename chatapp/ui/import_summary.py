"""What a file would add, shown before it is added, with what of it could not be read.

Knows nothing about files or the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui.bridge import told
from chatapp.ui.elided import ElidedLabel

if TYPE_CHECKING:
    from chatapp.chores import Look
    from chatapp.record import Record

SHOWN = 500  # chats, and problems, that are listed one by one
_MARGIN = 24


class ImportSummary(QDialog):
    """Asks whether to add these; `chosen` tells which. Deleted when it is closed."""

    chosen = Signal(object)  # list[Record]

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import"))
        self._look = look
        self._heading = ElidedLabel()
        self._heading.setProperty("tone", "heading")
        self._heading.setText(look.name)
        self.counts = QLabel()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Chats in the file"))
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.known = QCheckBox(
            self.tr("Leave out what is here already: {count}").format(
                count=_number(len(look.known))
            )
        )
        self.known.setChecked(True)
        self.known.setVisible(bool(look.known))
        self.known.toggled.connect(self._show_records)
        self.problems = QListWidget()
        self.problems.setAccessibleName(self.tr("What could not be read"))
        self.problems.setWordWrap(True)
        self.problems.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        for problem in look.problems[:SHOWN]:
            self.problems.addItem(told(problem)[0])
        self._lay_out(len(look.problems))
        self._show_records()
        self.resize(min(560, parent.width() - 40), min(480, parent.height() - 40))

    def accept(self) -> None:
        """Add them."""
        self.chosen.emit(self._wanted())
        super().accept()

    # -- private --

    def _lay_out(self, problems: int) -> None:
        unread = QLabel(self.tr("Could not be read: {count}").format(count=_number(problems)))
        unread.setProperty("tone", "heading")
        role = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox()
        self.button = buttons.addButton(self.tr("Import"), role.AcceptRole)
        self.button.setDefault(True)
        buttons.addButton(self.tr("Cancel"), role.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 16)
        column.setSpacing(10)
        for widget in (self._heading, self.counts, self.list, self.known, unread, self.problems):
            column.addWidget(widget, stretch=2 if widget is self.list else 0)
        column.addWidget(buttons)
        unread.setVisible(bool(problems))
        self.problems.setVisible(bool(problems))
        self.problems.setMaximumHeight(110)

    def _wanted(self) -> list[Record]:
        out = self._look.known if self.known.isChecked() else ()
        return [record for place, record in enumerate(self._look.records) if place not in out]

    def _show_records(self) -> None:
        wanted = self._wanted()
        messages = sum(len(record.nodes) for record in wanted)
        self.counts.setText(
            self.tr("Will be added: {chats} chats, {messages} messages").format(
                chats=_number(len(wanted)), messages=_number(messages)
            )
        )
        self.button.setEnabled(bool(wanted))
        self.list.clear()
        for record in wanted[:SHOWN]:
            self.list.addItem(QListWidgetItem(_line(record, self.tr("New chat"))))
        if len(wanted) > SHOWN:
            more = self.tr("and {count} more").format(count=_number(len(wanted) - SHOWN))
            self.list.addItem(QListWidgetItem(more))


def _line(record: Record, untitled: str) -> str:
    """Title, day and length."""
    parts = [record.title or untitled]
    if moment := record.updated or record.created:
        day = QDateTime.fromSecsSinceEpoch(round(moment)).date()
        parts.append(QLocale().toString(day, QLocale.FormatType.ShortFormat))
    return "   ".join([*parts, f"({_number(len(record.nodes))})"])


def _number(count: int) -> str:
    return QLocale().toString(count)
