"""The whole window with a scripted model, as most window tests open it."""

from __future__ import annotations

import threading

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import Message, UserError
from chatapp.host import Host
from chatapp.ui.app import Desk
from chatapp.ui.window import Window
from tests.fake import FakeBackend, host_of, model, words

BROKEN = UserError("{file} is damaged.", "Download it again.", file="model.safetensors")
MODELS = [model("fake"), model("other"), model("broken", BROKEN)]
READY_MS = 10_000


class Scene:
    """A window as `Desk` makes it, on this test's own home."""

    def __init__(self, app: QApplication) -> None:
        self.app = app
        self.backend = FakeBackend(words(5))
        self.ready = threading.Event()  # the load ends when it is set
        self.ready.set()
        self.open()

    def open(self, host: Host | None = None) -> None:
        self.desk = Desk(self.app, host or host_of(self.backend, self.ready))
        self.window: Window = self.desk.window
        self.window.resize(1280, 800)
        self.window.show()

    def start(self, qtbot: QtBot) -> None:
        with qtbot.waitSignal(self.window.loads.ended, timeout=READY_MS):
            self.window.start()

    def close(self) -> None:
        self.ready.set()
        self.backend.gate.set()
        self.desk.leaving.leave()
        self.desk.close()
        self.desk.speak("en")
        self.desk.deleteLater()
        self.window.deleteLater()
        # now, and here: a worker's thread must not be the one that collects a window
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def type(self, qtbot: QtBot, text: str) -> None:
        editor = self.window.composer.editor
        qtbot.keyClicks(editor, text)
        qtbot.keyClick(editor, Qt.Key.Key_Return)

    def ask(self, qtbot: QtBot, text: str = "Hi") -> Message:
        with qtbot.waitSignal(self.window.talk.settled, timeout=READY_MS) as settled:
            self.type(qtbot, text)
        return settled.args[0]

    def stored(self) -> list[Message]:
        return self.desk.store.thread(self.window.talk.conversation)

    def shown(self) -> list[str]:
        return [turn.text for turn in self.window.transcript._scroll.turns]

    def cards(self) -> str:
        """What the notices in the conversation say."""
        turns = self.window.transcript._scroll.turns
        return "\n".join(t._notice.block.source for t in turns if t._notice)
