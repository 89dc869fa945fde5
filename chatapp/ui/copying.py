"""`Copying`: the last answer or its last code to the clipboard, and the chat as one plain text.

Knows nothing about how messages are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from chatapp.thoughts import answer
from chatapp.ui.markdown import blocks, fenced_code
from chatapp.ui.reading_view import ReadingView

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.ui.menus import Menus
    from chatapp.ui.talk import Talk


class Copying(QObject):
    """Does what the menus ask for the open conversation; reasoning is left out."""

    def __init__(self, talk: Talk, menus: Menus, view: QWidget) -> None:
        super().__init__(talk)
        self._talk, self._view = talk, view
        menus["copy_last"].triggered.connect(self._on_copy_triggered)
        menus["copy_code"].triggered.connect(self._on_code_triggered)
        menus["plain"].triggered.connect(self._on_plain_triggered)

    def _on_copy_triggered(self) -> None:
        if last := self._talk.last_answer():
            QGuiApplication.clipboard().setText(answer(last.text))

    def _on_code_triggered(self) -> None:
        """Of the newest answer that has any."""
        for message in reversed(self._talk.branch):
            if message.role == "assistant" and (code := last_code(answer(message.text))):
                QGuiApplication.clipboard().setText(code)
                return

    def _on_plain_triggered(self) -> None:
        ReadingView(self._talk.branch, self._view.window()).open()


def last_code(text: str) -> str:
    """The last fenced code of a Markdown text, without its fence; empty when there is none."""
    codes = [code for block in blocks(text) if (code := fenced_code(block.source)) is not None]
    return codes[-1].rstrip("\n") if codes else ""
