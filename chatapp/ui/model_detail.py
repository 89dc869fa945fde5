"""The details of a model on this computer, and what can be done with it.

Emits what the person wants; knows nothing about files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import amounts
from chatapp.ui.bridge import told
from chatapp.ui.facts import Facts
from chatapp.ui.fit_table import FitTable
from chatapp.ui.flow import Flow
from chatapp.ui.line_question import LineQuestion
from chatapp.ui.model_words import called, precision, where
from chatapp.ui.wrapping import breakable

if TYPE_CHECKING:
    from chatapp.library import Model
    from chatapp.shelf import Elsewhere, Room, Row

# Endings of folders that hold the same model in another form.
_PACKED = re.compile(r"[-_. ](gguf|onnx|mlx|awq|gptq|exl2|q\d\w*|\d+bit)\b.*", re.IGNORECASE)


class ModelDetail(QWidget):
    """One model; empty until `show_row`."""

    chat_requested = Signal(object)  # library.Model
    offload_requested = Signal(object)  # library.Model, with what does not fit elsewhere
    load_requested = Signal(object, str)  # library.Model, in which precision from now on
    forget_requested = Signal(object)  # library.Model: its precision is that of all again
    renamed = Signal(object, str)  # library.Model, its new name or ""
    deleted = Signal(object)  # library.Model
    card_requested = Signal(object, str)  # library.Model: what it needs on the card of this name
    folder_requested = Signal(str)
    template_requested = Signal(object)  # library.Model: its chat template is to be shown
    again_requested = Signal(str)  # look for these words on the Hub
    others_requested = Signal()  # show the recommended models

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: Row | None = None
        self._room: Room | None = None
        self._fitted = ""  # the folder of the model whose needs are in the table
        self._another = False  # its problem advises another model
        self._asked: Model | None = None  # what an open question is about
        self.title, self.problem = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.spill = QLabel(wordWrap=True)  # what offloading would mean
        self.why = QLabel(wordWrap=True)  # it does not fit, and what to do
        self.title.setProperty("tone", "title")
        self.problem.setProperty("tone", "danger")
        for label in (self.title, self.problem, self.why, self.spill):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.chat, self.rename = QPushButton(), QPushButton()
        self.folder, self.delete, self.again = QPushButton(), QPushButton(), QPushButton()
        self.offload, self.forget = QPushButton(), QPushButton()
        self.forget.clicked.connect(self._on_forget_clicked)
        self.offload.clicked.connect(self._on_offload_clicked)
        self.chat.setProperty("kind", "primary")
        self.chat.clicked.connect(self._on_chat_clicked)
        self.rename.clicked.connect(self.ask_name)
        self.folder.clicked.connect(self._on_folder_clicked)
        self.delete.clicked.connect(self.ask_deletion)
        self.template = QPushButton()
        self.template.clicked.connect(self._on_template_clicked)
        self.again.clicked.connect(self._on_again_clicked)
        self.facts, self.fit = Facts(), FitTable()
        self.fit.load_requested.connect(self._on_fit_load_requested)
        self.fit.card_chosen.connect(self._on_fit_card_chosen)
        self.heading = QLabel()
        self.heading.setProperty("tone", "heading")
        buttons = QWidget()
        flow = Flow(buttons)
        for button in (
            self.chat, self.offload, self.again, self.forget, self.rename, self.template,
            self.folder, self.delete,
        ):  # fmt: skip
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(14)
        column.addWidget(self.title)
        for widget in (self.problem, buttons, self.why, self.spill, self.facts, self.heading,
                       self.fit):  # fmt: skip
            column.addWidget(widget)
        column.addStretch(1)
        self.retranslate()

    def show_row(self, row: Row | None, room: Room | None) -> None:
        """This model, or none."""
        self._row, self._room = row, room
        self.retranslate()

    def show_elsewhere(self, path: str, found: Elsewhere) -> None:
        """What the model in this folder needs on another card, if both are still chosen."""
        room = found.room
        if self._row and path == self._row.model.path and room.device == self.fit.card:
            self.fit.show_cells(found.cells, room.device, room.free_bytes, subject=path)

    def retranslate(self) -> None:
        """Everything again, in the present language."""
        self.rename.setText(self.tr("Rename…"))
        self.folder.setText(self.tr("Open folder"))
        self.forget.setText(self.tr("Forget its precision"))
        self.forget.setToolTip(self.tr("Load it as the Model tab says, like every other model"))
        self.template.setText(self.tr("Chat template…"))
        self.heading.setText(self.tr("What it needs"))
        row = self._row
        for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            widget.setVisible(row is not None)
        if row is not None and self._room is not None:
            self._show(row, self._room)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def ask_name(self) -> None:
        """What shall it be called?"""
        if self._row is None or self._row.model.source == "built-in":
            return
        self._asked = self._row.model
        question = LineQuestion(self)
        question.setWindowTitle(self.tr("Rename"))
        question.setLabelText(self.tr("What ChatApp calls this model. Its files stay as they are."))
        question.setTextValue(called(self._row.model))
        question.setOkButtonText(self.tr("Rename"))
        question.setCancelButtonText(self.tr("Cancel"))
        question.textValueSelected.connect(self._on_question_text_selected)
        question.open()

    def ask_deletion(self) -> None:
        """Really?"""
        row = self._row
        if row is None or row.model.source == "built-in":
            return
        self._asked = row.model
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setTextFormat(Qt.TextFormat.PlainText)
        if row.model.source == "added":
            text = self.tr("Take {name} off the list? Its files stay.")
            yes, more = self.tr("Take off"), ""
        else:
            text = self.tr("Delete {name}? This frees {size} and cannot be undone.")
            yes = self.tr("Delete")
            more = self.tr("It lies in the Hugging Face cache, which other programs use too.")
        question.setText(text.format(name=called(row.model), size=amounts.size(row.freed_bytes)))
        if row.model.source == "cache":
            question.setInformativeText(more)
        accepts = question.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        stays = question.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        accepts.setAutoDefault(False)
        question.setDefaultButton(stays)
        question.accepted.connect(self._on_question_accepted)
        question.open()

    # -- private --

    def _show(self, row: Row, room: Room) -> None:
        model = row.model
        self.title.setText(breakable(called(model)))
        self.problem.setText(breakable("  ".join(told(model.problem)) if model.problem else ""))
        self.problem.setVisible(model.problem is not None)
        self._show_why(row)
        too_big = row.refusal is not None and (row.light is None or row.light.word == "too big")
        self.chat.setText(self.tr("Load anyway") if too_big else self.tr("Chat"))
        self.chat.setVisible(model.usable)
        self.template.setVisible(model.usable)
        self._show_spill(row)
        self.forget.setVisible(row.chooser == "kept")
        own = model.source == "built-in"
        self._show_again(model)
        self.rename.setVisible(not own)
        gone = self.tr("Take off the list") if model.source == "added" else self.tr("Delete…")
        self.delete.setText(gone)
        self.delete.setVisible(model.source == "added" or row.freed_bytes > 0)
        self.facts.show_pairs(self._pairs(row))
        self.heading.setVisible(bool(row.cells))
        if self.fit.card and model.path == self._fitted:
            self.card_requested.emit(model, self.fit.card)  # something else may be set now
        else:
            self._fitted = model.path
            self.fit.offer_cards(model.usable)
            self._show_fit(row, room)

    def _show_fit(self, row: Row, room: Room) -> None:
        model = row.model
        self.fit.show_cells(row.cells, room.device, room.free_bytes, model.usable, model.path)

    def _show_why(self, row: Row) -> None:
        """Why it does not fit, or cannot be loaded as it is set, and what to do about that."""
        fits = row.light is not None and row.light.word != "too big"
        refusal = None if fits else row.refusal
        self.why.setVisible(refusal is not None)
        if refusal is None:
            return
        parts = [*told(refusal)]
        if "fitting" in refusal.values:
            parts.append(self.tr("Set a shorter context in the Model tab."))
        better = (cell.dtype for cell in row.cells
                  if cell.context == row.context and cell.light.word != "too big")  # fmt: skip
        if dtype := next(better, ""):
            text = self.tr("In {precision} it fits: the button for that is in the table below.")
            parts.append(text.format(precision=precision(dtype)))
        self.why.setText("  ".join(parts))

    def _show_again(self, model: Model) -> None:
        """What its problem advises: the same model once more, or another one."""
        problem = model.problem
        self._another = problem is not None and "choose_model" in problem.cures
        another, same = self.tr("See recommended models"), self.tr("Find it on the Hub")
        self.again.setText(another if self._another else same)
        self.again.setVisible(problem is not None and model.source != "built-in")

    def _show_spill(self, row: Row) -> None:
        away, layers = row.spilled
        self.offload.setText(self.tr("Load with offload"))
        self.spill.setText(
            self.tr(
                "{away} of {layers} layers do not fit on the card. They can lie on other cards and "
                "in main memory; each word then takes many times longer."
            ).format(away=away, layers=layers)
        )
        self.spill.setVisible(away > 0)
        self.offload.setVisible(away > 0 and row.light is not None and row.light.word != "spread")

    def _pairs(self, row: Row) -> list[tuple[str, str]]:
        model, facts = row.model, row.model.facts
        told_name = model.name if model.title else ""
        length = facts.context_length if facts else None
        tokens = self.tr("{count} tokens").format(count=f"{length:,}") if length else ""
        return [
            (self.tr("Its own name"), told_name),
            (self.tr("Size"), amounts.size(model.bytes)),
            (self.tr("Parameters"), amounts.parameters(facts.parameters) if facts else ""),
            (self.tr("Architecture"), facts.model_type if facts else ""),
            (self.tr("Stored as"), facts.dtype if facts else ""),
            (self._chooser(row), precision(row.dtype) if row.dtype else ""),
            (self.tr("Context"), tokens),
            (self.tr("Licence"), model.licence),
            (self.tr("Last used"), amounts.day(row.last_used) if row.last_used else ""),
            (self.tr("Where"), f"{where(model)}: {model.path}"),
        ]

    def _chooser(self, row: Row) -> str:
        return {
            "auto": self.tr("Auto loads it in"),
            "set": self.tr("The Model tab loads it in"),
            "kept": self.tr("Kept for this model"),
        }[row.chooser]

    # -- slots --

    def _on_forget_clicked(self) -> None:
        if self._row:
            self.forget_requested.emit(self._row.model)

    def _on_chat_clicked(self) -> None:
        if self._row:
            self.chat_requested.emit(self._row.model)

    def _on_fit_load_requested(self, dtype: str) -> None:
        if self._row:
            self.load_requested.emit(self._row.model, dtype)

    def _on_fit_card_chosen(self, name: str) -> None:
        if self._row and self._room and name:
            self.card_requested.emit(self._row.model, name)
        elif self._row and self._room:
            self._show_fit(self._row, self._room)

    def _on_offload_clicked(self) -> None:
        if self._row:
            self.offload_requested.emit(self._row.model)

    def _on_folder_clicked(self) -> None:
        if self._row:
            self.folder_requested.emit(self._row.model.path)

    def _on_template_clicked(self) -> None:
        if self._row:
            self.template_requested.emit(self._row.model)

    def _on_again_clicked(self) -> None:
        if self._row and self._another:
            self.others_requested.emit()
        elif self._row:
            self.again_requested.emit(sought(self._row.model.name))

    def _on_question_text_selected(self, name: str) -> None:
        if self._asked:
            own = name.strip() == self._asked.name
            self.renamed.emit(self._asked, "" if own else name)

    def _on_question_accepted(self) -> None:
        if self._asked:
            self.deleted.emit(self._asked)


def sought(name: str) -> str:
    """The words to look for: a folder's name, without what only tells how it was packed."""
    words = name if "/" in name else _PACKED.sub("", name)
    return words or name
