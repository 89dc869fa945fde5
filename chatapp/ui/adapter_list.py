"""The adapters that are here, and what can be done with the chosen one.

Emits what the person wants; knows nothing about files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.chat import BUILT_IN
from chatapp.ui import amounts
from chatapp.ui.bridge import told
from chatapp.ui.card import toned
from chatapp.ui.flow import Flow
from chatapp.ui.line_question import LineQuestion
from chatapp.ui.lines import Line, LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatapp.adapters import Adapter

LOWEST, ROWS = 1, 5  # rows that are seen at least and at most


class AdapterList(QWidget):
    """A list and its buttons."""

    used = Signal(object)  # adapters.Adapter
    deleted = Signal(object)  # adapters.Adapter
    exported = Signal(object, str)  # adapters.Adapter, into which folder
    imported = Signal(str)  # the folder of one from elsewhere
    folder_requested = Signal(str)
    merge_requested = Signal(object, str)  # adapters.Adapter, the new model's name
    merge_stopped = Signal()
    emptied = Signal(bool)  # whether there is none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._adapters: Sequence[Adapter] = ()
        self._asked: Adapter | None = None  # what an open question is about
        self._merging = False
        self._words: Callable[[], str] | None = None  # of what was done last
        self.view, self.empty, self.note = LineView(), toned("muted"), toned("text")
        self.use, self.export = QPushButton(), QPushButton()
        self.merge, self.folder, self.delete = QPushButton(), QPushButton(), QPushButton()
        self.bring = QPushButton()
        self._build()
        self.retranslate()

    @property
    def adapter(self) -> Adapter | None:
        """The chosen one."""
        found: Adapter | None = self.view.thing
        return found

    def show_adapters(self, adapters: Sequence[Adapter]) -> None:
        """These instead; the chosen one stays chosen."""
        self._adapters = adapters
        self.view.show_lines(tuple(self._line(each) for each in adapters))
        if adapters and not self.view.currentIndex().isValid():
            self.view.choose(0)
        rows = min(max(len(adapters), LOWEST), ROWS)
        self.view.setFixedHeight(rows * max(self.view.sizeHintForRow(0), 40) + 4)
        self._show()

    def show_merging(self, merging: bool) -> None:
        """A merge is under way, which the button now stops."""
        self._merging = merging
        self.retranslate()

    def choose(self, path: str) -> bool:
        """The one in this folder; False when it is not here."""
        places = [place for place, each in enumerate(self._adapters) if each.path == path]
        for place in places:
            self.view.choose(place)
        return bool(places)

    def use_made(self, path: str) -> None:
        """Answer with the one in this folder."""
        if self.choose(path):
            self._on_use_clicked()

    def merge_made(self, path: str) -> None:
        """Ask what a model of the one in this folder shall be called."""
        if self.choose(path):
            self.ask_merge()

    def ask_merge(self) -> None:
        """Called what?"""
        if self.adapter is None or self.adapter.problem or self._merging:
            return
        self._asked = self.adapter
        question = LineQuestion(self)
        question.setWindowTitle(self.tr("Merge into a new model"))
        question.setLabelText(
            self.tr("{name} is added to the weights of {base}. Name of the new model:").format(
                name=self._asked.name, base=self._base(self._asked)
            )
        )
        question.setTextValue(self._asked.name)
        question.setOkButtonText(self.tr("Merge"))
        question.setCancelButtonText(self.tr("Cancel"))
        question.textValueSelected.connect(self._on_merge_named)
        question.open()

    def tell(self, words: Callable[[], str] | None) -> None:
        """What came of the last errand; None = nothing."""
        self._words = words
        self._show()

    def ask_deletion(self) -> None:
        """Really?"""
        if self.adapter is None:
            return
        self._asked = self.adapter
        question = QMessageBox(self)
        question.setText(
            self.tr("Delete {name}? This cannot be undone.").format(name=self._asked.name)
        )
        accepts = question.addButton(self.tr("Delete"), QMessageBox.ButtonRole.AcceptRole)
        stays = question.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        accepts.setAutoDefault(False)
        question.setDefaultButton(stays)
        question.accepted.connect(self._on_question_accepted)
        question.finished.connect(question.deleteLater)
        question.open()

    def ask_export(self) -> None:
        """Into which folder?"""
        if self.adapter is None:
            return
        self._asked = self.adapter
        question = QFileDialog(self, self.tr("Export into a folder"))
        question.setFileMode(QFileDialog.FileMode.Directory)
        question.fileSelected.connect(self._on_folder_selected)
        question.finished.connect(question.deleteLater)
        question.open()

    def ask_import(self) -> None:
        """From which folder?"""
        question = QFileDialog(self, self.tr("Import an adapter"))
        question.setFileMode(QFileDialog.FileMode.Directory)
        question.fileSelected.connect(self.imported)
        question.finished.connect(question.deleteLater)
        question.open()

    def retranslate(self) -> None:
        """Every text again."""
        self.bring.setText(self.tr("Import…"))
        self.bring.setToolTip(self.tr("A folder with a plain LoRA adapter in PEFT's form"))
        self.empty.setText(self.tr("No adapters yet. What you train appears here."))
        self.use.setText(self.tr("Use in chat"))
        self.export.setText(self.tr("Export…"))
        self.export.setToolTip(self.tr("A copy in PEFT's form, which other programs read"))
        self.merge.setText(
            self.tr("Stop merging") if self._merging else self.tr("Merge into a new model…")
        )
        self.merge.setToolTip(self.tr("A model folder that needs neither of the two any more"))
        self.folder.setText(self.tr("Open folder"))
        self.delete.setText(self.tr("Delete…"))
        self.view.setAccessibleName(self.tr("Adapters"))
        self.show_adapters(self._adapters)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _build(self) -> None:
        self._buttons = QWidget()
        flow = Flow(self._buttons)
        for button in (
            self.use, self.export, self.bring, self.merge, self.folder, self.delete
        ):  # fmt: skip
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.empty, self.view, self._buttons, self.note):
            column.addWidget(widget)
        self.use.clicked.connect(self._on_use_clicked)
        self.export.clicked.connect(self.ask_export)
        self.bring.clicked.connect(self.ask_import)
        self.merge.clicked.connect(self._on_merge_clicked)
        self.folder.clicked.connect(self._on_folder_clicked)
        self.delete.clicked.connect(self.ask_deletion)
        self.view.delete_pressed.connect(self.ask_deletion)
        self.view.turned.connect(self._on_view_turned)

    def _line(self, adapter: Adapter) -> Line:
        if adapter.problem:
            about = "  ".join(told(adapter.problem))
            return Line(adapter.name, about, self.tr("unusable"), "danger", "muted", adapter)
        record = adapter.record
        held = record.get("loss_after")
        facts = [
            self.tr("for {base}").format(base=self._base(adapter)),
            str(record.get("data", "")),
            self.tr("step {step}").format(step=record["best_step"])
            if "best_step" in record
            else "",
            self.tr("held-out loss {loss}").format(loss=f"{held:.3f}")
            if isinstance(held, float)
            else "",
            str(record.get("made", "")),
        ]
        about = "  ·  ".join(filter(None, facts))
        return Line(adapter.name, about, amounts.size(adapter.bytes), thing=adapter)

    def _base(self, adapter: Adapter) -> str:
        return self.tr("Built-in guide") if adapter.base == BUILT_IN else adapter.base

    def _show(self) -> None:
        adapter = self.adapter
        self.empty.setVisible(not self._adapters)
        self.view.setVisible(bool(self._adapters))
        for button in (self.use, self.export, self.merge, self.folder, self.delete):
            button.setVisible(adapter is not None)
        self.emptied.emit(not self._adapters)
        self.note.setText(self._words() if self._words else "")
        self.note.setVisible(self._words is not None)
        for button in (self.use, self.export, self.merge):
            button.setEnabled(adapter is not None and adapter.problem is None)

    # -- slots --

    def _on_view_turned(self, adapter: Adapter | None) -> None:
        self._show()

    def _on_use_clicked(self) -> None:
        if self.adapter:
            self.used.emit(self.adapter)

    def _on_merge_clicked(self) -> None:
        if self._merging:
            self.merge_stopped.emit()
        else:
            self.ask_merge()

    def _on_merge_named(self, name: str) -> None:
        if self._asked and name.strip():
            self.merge_requested.emit(self._asked, name.strip())

    def _on_folder_clicked(self) -> None:
        if self.adapter:
            self.folder_requested.emit(self.adapter.path)

    def _on_folder_selected(self, folder: str) -> None:
        if self._asked:
            self.exported.emit(self._asked, folder)

    def _on_question_accepted(self) -> None:
        if self._asked:
            self.deleted.emit(self._asked)
