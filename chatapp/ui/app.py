"""The application object, and the only place where objects meet. Start-up order:

1 settings (a damaged file is kept aside) 2 QApplication, fonts, colours, language 3 the store
4 the window, shown 5 after its first paint: readings, the library, the model (torch is imported
by the worker only now) 6 the event loop 7 on leaving: save, end the threads, close the store.
Knows nothing about torch, tokens or SQL.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import (
    QDate,
    QEvent,
    QLibraryInfo,
    QLocale,
    QObject,
    QTimer,
    QTranslator,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDesktopServices, QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from chatapp import chores, crashes, places, preload, settings, successor
from chatapp.chat import UserError
from chatapp.host import Host
from chatapp.store import Store
from chatapp.ui import look
from chatapp.ui.arriving import Arriving
from chatapp.ui.backing import Backing
from chatapp.ui.bridge import told
from chatapp.ui.bugs import Bugs
from chatapp.ui.instance import Instance
from chatapp.ui.leaving import Leaving
from chatapp.ui.notifying import Notifying
from chatapp.ui.overseeing import Overseeing
from chatapp.ui.starting import Starting
from chatapp.ui.window import Window

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

ID = "org.chatapp.ChatApp"
QUIT_S = 2.0
PULSE_MS = 200
SWITCH_S = 0.0005  # how long a busy worker may keep the interpreter from the window (default 5 ms)


class Desk(QObject):
    """Holds what lives as long as the window: settings, language, store, host."""

    def __init__(self, app: QApplication, host: Host | None = None) -> None:
        super().__init__(app)
        self._app = app
        self._translators: list[QTranslator] = []
        saved, kept = settings.load()
        look.apply(app, cast("look.Scheme", saved.app.scheme), sheet=False)
        self.speak(saved.app.language)
        self.store = Store()
        self.host = host or Host()
        self.window = Window(self.store, self.host, saved)
        # Python handles a signal only between its own instructions, which an idle loop has none of.
        self._pulse = QTimer(self, interval=PULSE_MS)
        self._pulse.timeout.connect(_sweep)
        self._pulse.start()
        self.bugs = Bugs(self.window, self._pulse)
        self.dress(saved.app.scheme)
        self.window.language_chosen.connect(self.speak)
        self.window.scheme_chosen.connect(self.dress)
        if kept:
            self.window.banner.tell(
                lambda: self.tr(
                    "The settings were unreadable and were reset. The old file was kept."
                )
            )
        self.notifying = Notifying(self.window)
        self.starting = Starting(self.host, self.window)
        self.arriving = Arriving(self.window)
        self.overseeing = Overseeing(self.window)
        self.leaving = Leaving(self.window)
        self.backing = Backing(self.store.path, self.host, self.window.banner, self.window)
        if damaged := self.store.damaged:
            self._tell_damage(damaged.name)

    def dress(self, scheme: str) -> None:
        """Light, dark, or as the system is."""
        look.apply(self._app, cast("look.Scheme", scheme))

    def speak(self, language: str) -> None:
        """Switch the language of every widget at once."""
        for translator in self._translators:
            self._app.removeTranslator(translator)
        self._translators.clear()
        if language == "system":
            language = QLocale.system().name().split("_")[0]
        if language == "ja":
            here = str(places.resources() / "i18n")
            qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            for name, folder in (("qtbase_ja", qt), ("chatapp_ja", here)):
                translator = QTranslator(self)
                if translator.load(name, folder):
                    self._app.installTranslator(translator)
                    self._translators.append(translator)

    def platform(self) -> str:
        """Qt's name for the display: xcb, wayland, offscreen, windows, cocoa."""
        return self._app.platformName()

    def tell_crash(self, file: Path | None) -> None:
        """The run before ended in a crash, whose stacks are in this file."""
        if file is None:
            return
        log.info("the run before crashed")
        self.window.banner.tell(
            lambda: self.tr("ChatApp ended unexpectedly the last time. Your text is saved."),
            lambda: self.tr("Show the log"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent))),
        )

    def _tell_damage(self, name: str) -> None:
        """Where the damaged file is, and a way to the chats of the newest copy."""
        found = chores.newest_backup(self.store.path)

        def words() -> str:
            text = self.tr("The chat file is damaged. It was kept unchanged as {name}.")
            return text.format(name=name)

        if found is None:
            self.window.banner.tell(words)
            return
        day, backup = found
        shown = QLocale().toString(
            QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat
        )
        self.window.banner.tell(
            words,
            lambda: self.tr("Open the copy of {day}").format(day=shown),
            lambda: self.window.exchanging.look_into(str(backup)),
        )

    def close(self) -> bool:
        """End everything; False when a thread would not end in time."""
        ended = self.host.close(QUIT_S)
        self.store.close()
        return ended


class FirstPaint(QObject):
    """Tells once that the window's centre is on the screen; then it is out of the way."""

    happened = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._view = window.transcript.viewport()
        self._view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._view.removeEventFilter(self)
            QTimer.singleShot(0, self._tell)  # after the whole frame
        return False

    def _tell(self) -> None:
        self.happened.emit()
        gc.freeze()  # what start-up made stays for ever


def make_application() -> QApplication:
    """The QApplication with its names and icon."""
    sys.setswitchinterval(SWITCH_S)
    _choose_input_method()
    QApplication.setApplicationName("chatapp")
    QApplication.setApplicationDisplayName("ChatApp")
    QApplication.setDesktopFileName(ID)
    app = QApplication(sys.argv[:1])
    app.setWindowIcon(QIcon(str(places.resources() / "icons" / "chatapp.svg")))
    return app


def run(no_model: bool = False) -> int:
    """Open the window and stay until it is closed; the exit code."""
    app = make_application()
    try:
        instance = Instance(app)
        if not instance.first and instance.ring():
            return 0
        desk = Desk(app)
    except UserError as error:  # without its folder and its chats no window can work
        QMessageBox.warning(None, "ChatApp", "\n\n".join(told(error)))
        raise
    instance.raised.connect(desk.window.come_forward)
    sys.excepthook = desk.bugs.take
    threading.excepthook = desk.bugs.take_of_thread
    desk.tell_crash(crashes.watch())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: desk.leaving.leave())
    paint = FirstPaint(desk.window)
    paint.happened.connect(lambda: desk.window.start(not no_model))
    paint.happened.connect(instance.listen)
    desk.window.show()
    code = app.exec() or desk.window.exit_code
    ended = desk.close()
    instance.close()
    again = code == successor.AGAIN
    if again:
        code = successor.follow()
    if not ended:
        log.warning("a worker did not end in time")
    if not ended or code or again:
        os._exit(code)  # everything is saved; a native call that never returns must not hold us
    gc.enable()
    return code


def _sweep() -> None:
    """Collect reference cycles here: a worker's thread must not be the one that ends a widget.

    The collector is off from the start-up on; this does what it would do, at its own thresholds,
    but not in the middle of an import: that froze the window for 180 ms.
    """
    if preload.is_under_way():
        return
    for generation, (count, threshold) in enumerate(
        zip(gc.get_count(), gc.get_threshold(), strict=True)
    ):
        if count > threshold:
            gc.collect(generation)


def _choose_input_method() -> None:
    """Qt's wheels have no fcitx plugin; fcitx5 answers as ibus, for which they have one (X11)."""
    wanted = os.environ.get("QT_IM_MODULE", "") + os.environ.get("XMODIFIERS", "")
    if "fcitx" in wanted and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ["QT_IM_MODULE"] = "ibus"
