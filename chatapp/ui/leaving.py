"""`Leaving`: one question before the window closes over work that would end.

It names what would end and what of it is kept. Knows nothing about how the work is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from chatapp.ui.window import Window


class Leaving(QObject):
    """Holds the window open until the person has answered; an answer under way is no reason."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._agreed = False
        self._question: QMessageBox | None = None
        window.installEventFilter(self)

    def leave(self) -> None:
        """Close without a question."""
        self._agreed = True
        self._window.close()

    # -- Qt events --

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A lost accelerator asks nothing: its exit code is set, and the window opens again."""
        if event.type() != QEvent.Type.Close or self._agreed or self._window.exit_code:
            return False
        reasons = self._reasons()
        if not reasons:
            return False
        event.ignore()
        self._ask(reasons)
        return True

    # -- private --

    def _reasons(self) -> list[str]:
        """A sentence or two for each thing that would end."""
        found = self._window.librarian.under_way()
        reasons = []
        if len(found) == 1:
            text = self.tr("{name} is being downloaded ({percent} %).")
            share = 100 * found[0].done // max(found[0].download.bytes, 1)
            reasons.append(text.format(name=found[0].name, percent=share) + " " + self._kept())
        elif found:
            text = self.tr("{count} models are being downloaded.")
            reasons.append(text.format(count=len(found)) + " " + self._kept())
        if self._window.coaching.running:
            reasons.append(
                self.tr("A model is being trained. It can go on later, from its last saved step.")
            )
        if self._window.temporary.has_words():
            reasons.append(self.tr("A temporary chat is on no disk: it would be gone."))
        return reasons

    def _kept(self) -> str:
        return self.tr("What has come is kept, and Resume goes on later.")

    def _ask(self, reasons: list[str]) -> None:
        if self._question is not None:
            return
        question = self._question = QMessageBox(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText("\n\n".join((self.tr("Close ChatApp now?"), *reasons)))
        question.addButton(self.tr("Close"), QMessageBox.ButtonRole.AcceptRole)
        stays = question.addButton(self.tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(stays)
        question.accepted.connect(self.leave)
        question.finished.connect(self._on_question_finished)
        question.open()

    # -- slots --

    def _on_question_finished(self) -> None:
        self._question = None
