"""`Bugs`: our own faults, logged and told calmly in one dialog, from whatever thread they come.

While it is open, further ones are counted in it. Knows nothing about what was going on.
"""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QMessageBox

if TYPE_CHECKING:
    from types import TracebackType

    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

log = logging.getLogger(__name__)


class Bugs(QObject):
    """Takes what `sys.excepthook` and `threading.excepthook` are given."""

    def __init__(self, window: QWidget, pulse: QTimer) -> None:
        """`pulse` brings what another thread has left: it may touch no widget itself."""
        super().__init__(window)
        self._window = window
        self._box: QMessageBox | None = None
        self._count = 0
        self._left: queue.SimpleQueue[str] = queue.SimpleQueue()
        pulse.timeout.connect(self._on_pulse_timeout)

    def take(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A fault of this thread; shown at once on the window's own."""
        log.error("unexpected", exc_info=(kind, error or kind(), trace))
        self._left.put("".join(traceback.format_exception(kind, error, trace)))
        if threading.current_thread() is threading.main_thread():
            self._on_pulse_timeout()

    def take_of_thread(self, given: threading.ExceptHookArgs) -> None:
        """A thread has died of it."""
        if given.exc_type is not SystemExit:
            self.take(given.exc_type, given.exc_value, given.exc_traceback)

    # -- private --

    def _show(self, details: str) -> None:
        """The first one's details; of the others their number."""
        self._count += 1
        if self._box is not None:
            told = self.tr("So far {count} times in a row.")
            self._box.setInformativeText(told.format(count=self._count))
            return
        self._box = box = QMessageBox(self._window)
        box.setText(self.tr("Something went wrong in ChatApp. Your text is saved."))
        box.setDetailedText(details)
        copy = box.addButton(self.tr("Copy details"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()  # a press on it would close the box
        copy.clicked.connect(lambda: QApplication.clipboard().setText(details))
        go_on = box.addButton(self.tr("Continue"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(go_on)
        box.finished.connect(self._on_box_finished)
        box.open()

    # -- slots --

    def _on_pulse_timeout(self) -> None:
        while not self._left.empty():
            self._show(self._left.get())

    def _on_box_finished(self) -> None:
        if self._box is not None:
            self._box.deleteLater()
        self._box, self._count = None, 0
