"""`Notifying`: tells through the system what is finished while the window is not in front.

Only what took long: an answer, a load, a download, a training. It names models, never what was
written. The icon beside the clock stands only as long as there is news. Knows nothing about how the
work is done.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

if TYPE_CHECKING:
    from chatapp.chat import Failed, ModelInfo, Progress
    from chatapp.taught import Trained
    from chatapp.ui.window import Window

LONG_S = 15.0  # a shorter job is waited for
SHOWN_MS = 10_000


class Notifying(QObject):
    """Connects itself to all that may take long; the View menu switches it off."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None  # made for the first news
        self._answering: float | None = None  # monotonic second at which it began
        self._loading: float | None = None
        self._failed = False  # the answer under way
        self._action = window.menus["notify"]
        self._action.setCheckable(True)
        self._action.setChecked(window.keeper.settings.app.notify == "on")
        self._action.toggled.connect(self._on_action_toggled)
        window.talk.writing.connect(self._on_talk_writing)
        window.talk.replies.failed.connect(self._on_replies_failed)
        window.loads.progressed.connect(self._on_loads_progressed)
        window.loads.loaded.connect(self._on_loads_loaded)
        window.loads.ended.connect(self._on_loads_ended)
        window.librarian.arrived.connect(self._on_librarian_arrived)
        window.coaching.trained.connect(self._on_coaching_trained)
        window.installEventFilter(self)

    def tell(self, text: str, seconds: float) -> None:
        """Say it, if it took long, nobody looks at the window, and that is wanted."""
        wanted = self._window.keeper.settings.app.notify == "on"
        if not wanted or seconds < LONG_S or QApplication.activeWindow() is not None:
            return
        QApplication.alert(self._window)  # the window's own sign, where there is no such icon
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(QApplication.windowIcon(), self)
            self._tray.activated.connect(self._window.come_forward)
            self._tray.messageClicked.connect(self._window.come_forward)
        self._tray.show()
        self._tray.showMessage("ChatApp", text, QApplication.windowIcon(), SHOWN_MS)

    # -- Qt events --------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whoever looks at the window has seen the news."""
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.Close) and self._tray:
            self._tray.hide()
        return False

    # -- slots ------------------------------------------------------------------------------------

    def _on_action_toggled(self, on: bool) -> None:
        self._window.keeper.remember(notify="on" if on else "off")

    def _on_talk_writing(self, conversation: int) -> None:
        if conversation:
            self._answering = self._answering or time.monotonic()
            return
        began, self._answering = self._answering, None
        failed, self._failed = self._failed, False
        if began is not None:
            text = self.tr("An answer is finished.")
            if failed:
                text = self.tr("An answer could not be finished.")
            self.tell(text, time.monotonic() - began)

    def _on_replies_failed(self, conversation: int, message: int, failure: Failed) -> None:
        self._failed = True

    def _on_loads_progressed(self, name: str, progress: Progress) -> None:
        self._loading = self._loading or time.monotonic()

    def _on_loads_loaded(self, info: ModelInfo) -> None:
        if self._loading is not None:
            text = self.tr("{name} is loaded.").format(name=self._window.picker.called(info.name))
            self.tell(text, time.monotonic() - self._loading)

    def _on_loads_ended(self) -> None:
        self._loading = None

    def _on_librarian_arrived(self, name: str, seconds: float) -> None:
        self.tell(self.tr("{name} is downloaded.").format(name=name), seconds)

    def _on_coaching_trained(self, trained: Trained) -> None:
        self.tell(self.tr("{name} is trained.").format(name=trained.name), trained.seconds)
