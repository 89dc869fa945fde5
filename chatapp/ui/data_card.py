"""The first card of the Training page: which data, what it holds, and what is wrong with it.

Emits what the person wants; knows nothing about files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from chatapp.ui.bridge import told
from chatapp.ui.card import Card, Fold, toned
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.example_view import ExampleView
from chatapp.ui.flow import Flow

if TYPE_CHECKING:
    from chatapp.chat import Failed
    from chatapp.taught import Previewed

FEW = 20  # examples below which a held-out part means little
TOLD = 5  # problems that are shown


class DataCard(Card):
    """Empty until a file is chosen."""

    file_chosen = Signal(str)
    chats_requested = Signal()
    pairs_requested = Signal()
    example_requested = Signal()
    columns_chosen = Signal(str, str)  # question, answer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._found: Previewed | None = None
        self._failure: Failed | None = None
        self._reading = False
        self.source = ElidedLabel()
        self.file, self.chats = QPushButton(), QPushButton()
        self.pairs, self.example = QPushButton(), QPushButton()
        self.counts, self.advice = toned("text"), toned("warning")
        self.problems, self.failure = toned("muted"), toned("danger")
        self.view = ExampleView()
        self.preview = Fold(self.view)
        self.question, self.answer = QComboBox(), QComboBox()
        self.columns = QWidget()
        self.take = QPushButton()
        self._build()
        self.retranslate()

    def show_source(self, name: str) -> None:
        """The data that was chosen; it is being read."""
        self._name, self._reading = name, True
        self._found = self._failure = None
        self.retranslate()

    def show_found(self, found: Previewed) -> None:
        """What it holds."""
        self._found, self._failure, self._reading = found, None, False
        self.view.show_examples(found.shown)
        self.retranslate()

    def show_failure(self, failure: Failed) -> None:
        """Why it cannot be used."""
        self._found, self._failure, self._reading = None, failure, False
        names = str(dict(failure.values).get("names", "")).split(", ")
        for box in (self.question, self.answer):
            box.clear()
            box.addItems(names)
        self.answer.setCurrentIndex(min(1, len(names) - 1))
        self.retranslate()

    def ask_file(self) -> None:
        """Which file?"""
        question = QFileDialog(self, self.tr("Choose training data"))
        question.setFileMode(QFileDialog.FileMode.ExistingFile)
        kinds = "*.jsonl *.ndjson *.json *.csv *.tsv *.txt *.md *.markdown"
        question.setNameFilters(
            [self.tr("Training data ({kinds})").format(kinds=kinds), self.tr("All files (*)")]
        )
        question.fileSelected.connect(self.file_chosen)
        question.finished.connect(question.deleteLater)
        question.open()

    def retranslate(self) -> None:
        """Every text again."""
        self.heading.setText(self.tr("1  Data"))
        self.file.setText(self.tr("Choose a file…"))
        self.chats.setText(self.tr("From my chats"))
        self.chats.setToolTip(
            self.tr("Answers that you marked as good, edited, or chose among several")
        )
        self.pairs.setText(self.tr("Pairs from my chats"))
        self.pairs.setToolTip(
            self.tr("Each answer that you preferred, against the versions that you did not")
        )
        self.example.setText(self.tr("Use an example set"))
        self.example.setToolTip(self.tr("How a lighthouse keeper answers, to try it out"))
        self.example.setVisible(not self._name)
        empty = self.tr(
            "Teach a model your style with 50 or more examples: questions and answers, chats, or "
            "plain text. Everything stays on this computer."
        )
        self.source.setText(self._name)
        self.source.setVisible(bool(self._name))
        self.preview.setText(self.tr("Preview: grey is not learned"))
        self.take.setText(self.tr("Use these columns"))
        self.question.setAccessibleName(self.tr("Column of the question"))
        self.answer.setAccessibleName(self.tr("Column of the answer"))
        for label, text in zip(self._labels, (self.tr("Question"), self.tr("Answer")), strict=True):
            label.setText(text)
        found = self._found
        reading = self.tr("Reading the data…") if self._reading else ""
        self.counts.setText(self._counted(found) if found else reading if self._name else empty)
        self.counts.setVisible(self._failure is None)
        self.advice.setText(self._advice(found) if found else "")
        self.problems.setText(self._problems(found) if found else "")
        self.failure.setText("  ".join(told(self._failure)) if self._failure else "")
        for label in (self.advice, self.problems, self.failure):
            label.setVisible(bool(label.text()))
        asks = self._failure is not None and "names" in dict(self._failure.values)
        self.columns.setVisible(asks)
        self.preview.setVisible(bool(found and found.shown))
        self.view.setVisible(self.preview.isChecked() and bool(found and found.shown))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _build(self) -> None:
        self.source.setProperty("tone", "text")
        buttons = QWidget()
        flow = Flow(buttons)
        for button in (self.file, self.chats, self.pairs, self.example):
            flow.addWidget(button)
        row = QHBoxLayout(self.columns)
        row.setContentsMargins(0, 0, 0, 0)
        self._labels = [QLabel(), QLabel()]
        for label, box in zip(self._labels, (self.question, self.answer), strict=True):
            row.addWidget(label)
            row.addWidget(box, stretch=1)
        row.addWidget(self.take)
        for widget in (
            self.source, self.counts, self.advice, self.failure, self.columns, self.problems,
            buttons, self.preview, self.view,
        ):  # fmt: skip
            self.column.addWidget(widget)
        self.file.clicked.connect(self.ask_file)
        self.chats.clicked.connect(self.chats_requested)
        self.pairs.clicked.connect(self.pairs_requested)
        self.example.clicked.connect(self.example_requested)
        self.take.clicked.connect(self._on_take_clicked)

    def _counted(self, found: Previewed) -> str:
        number = QLocale().toString
        words = (
            self.tr(
                "{learn} pairs of answers to learn, {held} held out; {tokens} tokens, "
                "{learned} of them in the answers."
            )
            if found.pairs
            else self.tr(
                "{learn} examples to learn, {held} held out; {tokens} tokens, {learned} of "
                "them learned."
            )
        )
        lines = [
            words.format(
                learn=number(found.examples),
                held=number(found.held_out),
                tokens=number(found.tokens),
                learned=number(found.learned_tokens),
            )
        ]
        counts = (
            (found.cut, self.tr("Too long, will be cut: {count}.")),
            (found.duplicates, self.tr("Repeated, left out: {count}.")),
            (found.bad_rows, self.tr("Rows that cannot be used: {count}.")),
        )
        lines += [words.format(count=number(count)) for count, words in counts if count]
        if not found.template:
            lines.append(self.tr("The model has no chat template: all of it is learned as text."))
        return "  ".join(lines)

    def _advice(self, found: Previewed) -> str:
        if found.rows >= FEW or not found.held_out:
            return ""
        return self.tr(
            "These are few examples: what is held out will not say much. Set “Held out” to 0 to "
            "learn from all of them."
        )

    def _problems(self, found: Previewed) -> str:
        lines = ["  ".join(told(failure)) for _, failure in found.problems[:TOLD]]
        more = found.bad_rows - len(lines)
        if lines and more > 0:
            lines.append(self.tr("And {count} more.").format(count=more))
        return "\n".join(lines)

    def _on_take_clicked(self) -> None:
        self.columns_chosen.emit(self.question.currentText(), self.answer.currentText())
