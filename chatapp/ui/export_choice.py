"""What to export and how: which chats, in which form, with the reasoning or without.

Knows nothing about files or the store.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

FORMS = ("markdown", "html", "json", "openai", "text")
_MARGIN = 24


class ExportChoice(QDialog):
    """Asks once; deleted when it is closed."""

    chosen = Signal(bool, str, bool)  # all chats, the form, with reasoning

    def __init__(self, has_open: bool, parent: QWidget) -> None:
        """`has_open`: there is an open chat to export."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export"))
        self.which = QComboBox()
        if has_open:
            self.which.addItem(self.tr("This chat"), False)
        self.which.addItem(self.tr("All chats"), True)
        self.form = QComboBox()
        for form, (name, _) in self._about().items():
            self.form.addItem(name, form)
        self.hint = QLabel(wordWrap=True)
        self.hint.setProperty("tone", "muted")
        self.thoughts = QCheckBox(self.tr("With the model's reasoning"))
        self.form.currentIndexChanged.connect(self._on_form_changed)
        self._on_form_changed()
        rows = QFormLayout()
        rows.setHorizontalSpacing(16)
        rows.setVerticalSpacing(10)
        for text, field in ((self.tr("&Chats"), self.which), (self.tr("&Form"), self.form)):
            rows.addRow(text, field)
        rows.addRow("", self.hint)
        rows.addRow("", self.thoughts)
        role = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Choose a file"), role.AcceptRole).setDefault(True)
        buttons.addButton(self.tr("Cancel"), role.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 16)
        column.setSpacing(16)
        column.addLayout(rows)
        column.addWidget(buttons)
        self.setMinimumWidth(420)

    def accept(self) -> None:
        """Tell what was chosen."""
        every, form = self.which.currentData(), self.form.currentData()
        self.chosen.emit(every, form, self.thoughts.isChecked())
        super().accept()

    # -- private --

    def _about(self) -> dict[str, tuple[str, str]]:
        """Name and purpose of each form."""
        return {
            "markdown": (self.tr("Markdown"), self.tr("To read and to edit. Can be imported.")),
            "html": (self.tr("Web page"), self.tr("One file to read, print or send.")),
            "json": (
                self.tr("ChatApp JSON"),
                self.tr("Everything: all versions, settings, figures. Can be imported."),
            ),
            "openai": (
                self.tr("OpenAI lines (JSONL)"),
                self.tr("For other programs, and as training data. Can be imported."),
            ),
            "text": (self.tr("Plain text"), self.tr("The words alone.")),
        }

    def _on_form_changed(self) -> None:
        self.hint.setText(self._about()[self.form.currentData()][1])
