"""The question for a token of the Hub, with the way to one.

Knows nothing about where it is kept.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from chatapp.ui.line_question import LineQuestion


class TokenQuestion(LineQuestion):
    """Shows dots for what is pasted."""

    given = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Hugging Face token"))
        self.setLabelText(
            self.tr(
                "1  Open the model's page and accept its terms.\n"
                "2  Make a token of the kind “read” under Settings there.\n"
                "3  Paste it here. It is kept where Hugging Face's own tools keep it."
            )
        )
        self.setTextEchoMode(QLineEdit.EchoMode.Password)
        self.setOkButtonText(self.tr("Keep it"))
        self.setCancelButtonText(self.tr("Cancel"))
        self.textValueSelected.connect(self._on_text_selected)

    def _on_text_selected(self, token: str) -> None:
        if token.strip():
            self.given.emit(token.strip())
