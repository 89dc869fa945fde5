"""The page of a model's chat template: its text, where it is from, and its digest.

Knows nothing about files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QPlainTextEdit, QWidget

from chatapp.ui import look
from chatapp.ui.help import Help

if TYPE_CHECKING:
    from chatapp.chat_template import Template

_SIZE = (760, 620)  # pixels, at most
_SMALL = (460, 0)  # for one sentence


class TemplatePage(Help):
    """Read only: what the model's maker wrote."""

    def __init__(self, name: str, template: Template, parent: QWidget) -> None:
        super().__init__(parent)
        self._template = template
        self.setWindowTitle(self.tr("Chat template of {name}").format(name=name))
        self.about = QLabel(wordWrap=True)
        self.about.setText(
            self.tr(
                "The program of the model's maker that turns a chat into the prompt. It runs "
                "in a closed box and sees nothing but the messages."
            )
            if template.text
            else self.tr("This model has no chat template: it continues the text it is given.")
        )
        self.text = QPlainTextEdit(template.text)
        self.text.setReadOnly(True)
        self.text.setFont(look.code_font(QApplication.font()))
        self.text.setAccessibleName(self.windowTitle())
        self.text.setVisible(bool(template.text))
        count = QLocale().toString(len(template.text))
        told = self.tr("{file}, {count} characters, SHA-256 {digest}")
        self.source = QLabel(wordWrap=True)
        self.source.setText(
            told.format(file=template.file, count=count, digest=template.digest[:16])
        )
        self.source.setToolTip(template.digest)
        self.source.setProperty("tone", "muted")
        self.source.setVisible(bool(template.text))
        self.column.addWidget(self.about)
        self.column.addWidget(self.text, stretch=1)
        self.column.addWidget(self.source)
        self.finish()
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.copy = self.buttons.addButton(self.tr("Copy"), role)
        self.copy.setAutoDefault(False)
        self.copy.setVisible(bool(template.text))
        self.copy.clicked.connect(self._on_copy_clicked)
        wide, high = _SIZE if template.text else _SMALL
        self.resize(min(wide, parent.width() - 40), min(high, parent.height() - 40))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._template.text)
