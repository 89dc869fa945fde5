"""What to paste into a client of the local API: three lines for curl, three for Python.

The token is shown as dots and copied as it is. Knows nothing about servers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from chatapp.ui import look

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

DOTS = "\u2022" * 8
CURL = """\
curl {url}/chat/completions \\
  -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \\
  -d '{{"messages": [{{"role": "user", "content": "Hi"}}]}}'"""
PYTHON = """\
from openai import OpenAI
api = OpenAI(base_url="{url}", api_key="{token}")
print(api.chat.completions.create(model={model}, messages=[{{"role": "user", "content": "Hi"}}]))"""
_AROUND = 12 + 2  # pixels: border and padding in the style sheet, and a little below the last line


class Code(QPlainTextEdit):
    """A few lines to read and copy, as high as they need."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_text(self, text: str) -> None:
        """Show it in the code font."""
        font = look.code_font(QApplication.font())
        if font != self.font():
            self.setFont(font)
        if text != self.toPlainText():
            self.setPlainText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        block, lines = self.document().begin(), 0.0
        while block.isValid():
            lines += self.blockBoundingRect(block).height()
            block = block.next()
        self.setFixedHeight(round(lines + 2 * self.document().documentMargin()) + _AROUND)


class Recipes(QWidget):
    """Both boxes, each with a button that copies."""

    def __init__(self) -> None:
        super().__init__()
        self._values = {"url": "", "token": "", "model": '""'}
        self._made: dict[str, tuple[QLabel, Code, QPushButton]] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        slots = {"curl": self._on_curl_clicked, "Python": self._on_python_clicked}
        for row, (name, slot) in enumerate(slots.items()):
            label, code, copy = QLabel(name), Code(), QPushButton()
            copy.setProperty("kind", "quiet")
            copy.clicked.connect(slot)
            grid.addWidget(label, 2 * row, 0)
            grid.addWidget(copy, 2 * row, 1)
            grid.addWidget(code, 2 * row + 1, 0, 1, 2)
            self._made[name] = (label, code, copy)
        self.retranslate()

    def show_values(self, url: str, token: str, model: str) -> None:
        """Where, with which token, and which model."""
        self._values = {"url": url, "token": token, "model": json.dumps(model, ensure_ascii=False)}
        self._show()

    def text(self, name: str, hidden: bool = False) -> str:
        """The lines for this client."""
        template = {"curl": CURL, "Python": PYTHON}[name]
        values = self._values | ({"token": DOTS} if hidden or not self._values["token"] else {})
        return template.format(**values)

    def retranslate(self) -> None:
        """Every text again."""
        for name, (_, code, copy) in self._made.items():
            copy.setText(self.tr("Copy"))
            copy.setAccessibleName(self.tr("Copy the lines for {name}").format(name=name))
            code.setAccessibleName(name)
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show(self) -> None:
        for name, (_, code, copy) in self._made.items():
            code.show_text(self.text(name, hidden=True))
            copy.setEnabled(bool(self._values["token"]))

    def _on_curl_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text("curl"))

    def _on_python_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text("Python"))
