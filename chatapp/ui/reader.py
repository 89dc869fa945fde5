"""What a person does while reading: look for words, change the text's size, follow a link.

A link opens only after a question that shows where it really leads. Knows nothing about messages
or how they are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox
from shiboken6 import isValid

from chatapp.ui.find_bar import FindBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from chatapp.ui.menus import Menus
    from chatapp.ui.transcript import Transcript

SMALLEST, LARGEST, STEP = 80, 200, 10  # percent
_SHOWN = 300  # characters of an address


class Reader(QObject):
    """Between the menus, the find bar and the conversation view."""

    zoomed = Signal(int)  # percent

    def __init__(self, transcript: Transcript, menus: Menus, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._transcript = transcript
        self._zoom = 100
        self._before: QWidget | None = None  # had the keyboard when the find bar came
        self.bar = FindBar()
        self.bar.sought.connect(transcript.seek)
        self.bar.stepped.connect(transcript.finding.step)
        self.bar.closed.connect(self._on_bar_closed)
        transcript.finding.changed.connect(self._on_finding_changed)
        transcript.link_opened.connect(self.ask)
        menus["find"].triggered.connect(self._open_bar)
        menus["find_next"].triggered.connect(self._on_next_triggered)
        menus["find_back"].triggered.connect(self._on_back_triggered)
        menus["larger"].triggered.connect(self._on_larger_triggered)
        menus["smaller"].triggered.connect(self._on_smaller_triggered)
        menus["usual"].triggered.connect(self._on_usual_triggered)

    def zoom(self, percent: int) -> None:
        """Show the conversation's text in this size."""
        self._zoom = max(SMALLEST, min(LARGEST, percent))
        self._transcript.set_zoom(self._zoom)
        self.zoomed.emit(self._zoom)

    def show_hit(self, message: int, words: str) -> None:
        """Scroll to a message and look for these words from there on; the keyboard stays."""
        self._transcript.reveal(message)
        if words:
            self.bar.show_words(words)
            self._transcript.seek(words, message)

    def leave(self) -> None:
        """Look for nothing any more: what was found stands in another conversation."""
        if self.bar.isVisible():
            self.bar.hide()
            self._transcript.seek("")

    def ask(self, address: str) -> None:
        """Ask whether this page is to be opened; it shows the host as the network knows it."""
        url = QUrl(address)
        plain = bytes(url.toEncoded().data()).decode("ascii", "replace")
        question = QMessageBox(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setObjectName(plain)  # what `_on_question_finished` opens
        question.setTextFormat(Qt.TextFormat.PlainText)  # an address may look like HTML
        question.setWindowTitle(self.tr("Open link"))
        question.setText(self.tr("Open {host} in the browser?").format(host=real_host(url)))
        question.setInformativeText(plain if len(plain) <= _SHOWN else plain[:_SHOWN] + "\u2026")
        opens = question.addButton(self.tr("Open"), QMessageBox.ButtonRole.AcceptRole)
        stays = question.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        opens.setAutoDefault(False)
        question.setDefaultButton(stays)
        question.accepted.connect(self._on_question_accepted)
        question.open()

    def _on_question_accepted(self) -> None:
        url = QUrl(self.sender().objectName())
        if url.scheme() in {"http", "https"} and url.host() and not url.userInfo():
            QDesktopServices.openUrl(url)

    def _on_finding_changed(self) -> None:
        finding = self._transcript.finding
        self.bar.tell(finding.count, finding.place, finding.under_way)

    def _on_bar_closed(self) -> None:
        self._transcript.seek("")
        before, self._before = self._before, None
        here = before is not None and isValid(before) and before.isVisible()
        (before if before and here else self._transcript).setFocus()

    def _on_next_triggered(self) -> None:
        self._step(1)

    def _on_back_triggered(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        if self.bar.isVisible():
            self._transcript.finding.step(step)
        else:
            self._open_bar()

    def _open_bar(self) -> None:
        now = self._window.focusWidget()
        if now and not self.bar.isAncestorOf(now):
            self._before = now
        self.bar.open_bar()

    def _on_larger_triggered(self) -> None:
        self.zoom(self._zoom + STEP)

    def _on_smaller_triggered(self) -> None:
        self.zoom(self._zoom - STEP)

    def _on_usual_triggered(self) -> None:
        self.zoom(100)


def real_host(url: QUrl) -> str:
    """The host in the letters that the network uses, so that no letter can pose as another."""
    return bytes(QUrl.toAce(url.host()).data()).decode("ascii", "replace")
