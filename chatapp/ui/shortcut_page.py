"""The page of shortcuts: what happens by which keys, and a field that gives an action other ones.

Knows nothing about what an action does or which keys are taken: it asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from chatapp.ui.help import Help
from chatapp.ui.search_box import name_clearing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SIZE = (560, 620)  # pixels, at most
_ROW = 28
_NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An action of the table. An empty name: its keys are fixed."""

    title: str
    keys: QKeySequence
    usual: QKeySequence
    name: str = ""


class ShortcutPage(Help):
    """A table, and below it the field for the row that is chosen."""

    changed = Signal(str, object)  # action, QKeySequence
    all_reset = Signal()

    def __init__(self, fault: Callable[[str, QKeySequence], str], parent: QWidget) -> None:
        """`fault` says why an action cannot have these keys; empty when it can."""
        super().__init__(parent)
        self._fault = fault
        self._rows: Sequence[KeyRow] = ()
        self.setWindowTitle(self.tr("Shortcuts"))
        self.table = QTreeWidget()
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.table.setAccessibleName(self.windowTitle())
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.table.header().setStretchLastSection(False)
        self.field = QKeySequenceEdit()
        self.field.setMaximumSequenceLength(1)
        self.field.setClearButtonEnabled(True)
        inner = self.field.findChild(QLineEdit)
        assert inner is not None
        for each in (self.field, inner):  # a screen reader meets both
            each.setAccessibleName(self.tr("New keys"))
        name_clearing(inner, self.tr("No keys"))
        self.set, self.reset = QPushButton(self.tr("Set")), QPushButton(self.tr("Reset"))
        self.note = QLabel(wordWrap=True)
        self.note.setProperty("tone", "muted")
        row = QHBoxLayout()
        row.addWidget(self.field, stretch=1)
        for button in (self.set, self.reset):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.column.addWidget(self.table, stretch=1)
        self.column.addLayout(row)
        self.column.addWidget(self.note)
        self.finish()
        kind = QDialogButtonBox.ButtonRole.ResetRole
        self.reset_all = self.buttons.addButton(self.tr("Reset all"), kind)
        self.reset_all.setAutoDefault(False)
        self.table.currentItemChanged.connect(self._on_table_chosen)
        self.field.keySequenceChanged.connect(self._on_field_changed)
        self.set.clicked.connect(self._on_set_clicked)
        self.reset.clicked.connect(self._on_reset_clicked)
        self.reset_all.clicked.connect(self.all_reset)
        wide, high = _SIZE
        self.resize(min(wide, parent.width() - 40), min(high, parent.height() - 40))

    def show_rows(self, rows: Sequence[KeyRow]) -> None:
        """Replace the table; the chosen row stays."""
        at = self._at
        self._rows = rows
        self.table.clear()
        for row in rows:
            keys = row.keys.toString(_NATIVE) or "\u2014"
            item = QTreeWidgetItem([row.title, keys])
            item.setSizeHint(0, QSize(0, _ROW))
            if row.keys != row.usual:
                font = item.font(1)
                font.setBold(True)
                item.setFont(1, font)
            self.table.addTopLevelItem(item)
        self.table.setCurrentIndex(self.table.model().index(max(at, 0), 0))
        self.reset_all.setEnabled(any(row.keys != row.usual for row in rows))

    # -- private --

    @property
    def _at(self) -> int:
        """The place of the chosen row; -1 = none is."""
        return self.table.currentIndex().row()

    @property
    def _row(self) -> KeyRow | None:
        return self._rows[self._at] if 0 <= self._at < len(self._rows) else None

    def _show_state(self) -> None:
        row, keys = self._row, self.field.keySequence()
        free = row is not None and bool(row.name)
        fault = self._fault(row.name, keys) if row and free and keys != row.keys else ""
        self.field.setEnabled(free)
        self.set.setEnabled(free and row is not None and keys != row.keys and not fault)
        self.reset.setEnabled(free and row is not None and row.keys != row.usual)
        usual = self.tr("Choose a row, then press the new keys in the field.")
        note = fault or (usual if free else self.tr("These keys cannot be others."))
        self.note.setText(note)
        self.note.setProperty("tone", "danger" if fault else "muted")
        self.note.style().polish(self.note)

    # -- slots --

    def _on_table_chosen(self) -> None:
        if row := self._row:
            self.field.setKeySequence(row.keys)
        self._show_state()

    def _on_field_changed(self) -> None:
        self._show_state()

    def _on_set_clicked(self) -> None:
        if row := self._row:
            self.changed.emit(row.name, self.field.keySequence())

    def _on_reset_clicked(self) -> None:
        row = self._row
        if row is None:
            return
        if fault := self._fault(row.name, row.usual):
            self.note.setText(fault)
        else:
            self.changed.emit(row.name, row.usual)
