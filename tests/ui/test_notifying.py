"""What is told through the system while the window is not in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from chatapp import settings
from chatapp.chat import UserError
from chatapp.taught import Trained
from chatapp.ui import notifying
from chatapp.ui.notifying import LONG_S
from tests.ui.scene import MODELS, READY_MS, Scene

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

TRAINED = Trained("folder", "letters", "adapter", 9, 2.0, 1.0, 9, None, None, 100, LONG_S)


class FakeSignal:
    def __init__(self) -> None:
        self.slots: list[Any] = []

    def connect(self, slot: Any) -> None:
        self.slots.append(slot)


class FakeTray:
    """The icon beside the clock."""

    available = True
    told: list[str]
    made: list[FakeTray]

    def __init__(self, *_: object) -> None:
        self.activated, self.messageClicked = FakeSignal(), FakeSignal()
        self.visible = False
        FakeTray.made.append(self)

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return FakeTray.available

    @staticmethod
    def supportsMessages() -> bool:
        return True

    def show(self) -> None:
        self.visible = True

    def hide(self) -> None:
        self.visible = False

    def showMessage(self, title: str, text: str, *_: object) -> None:
        FakeTray.told.append(text)


class FakeApplication:
    """Another program is in front."""

    windowIcon = staticmethod(QApplication.windowIcon)
    front: object = None
    alerts = 0

    @staticmethod
    def activeWindow() -> object:
        return FakeApplication.front

    @staticmethod
    def alert(window: object) -> None:
        FakeApplication.alerts += 1


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person saw; each look at the clock is later than what is waited for."""
    monkeypatch.setattr(FakeTray, "told", [], raising=False)
    monkeypatch.setattr(FakeTray, "made", [], raising=False)
    monkeypatch.setattr(FakeTray, "available", True)
    monkeypatch.setattr(FakeApplication, "front", None)
    monkeypatch.setattr(FakeApplication, "alerts", 0)
    monkeypatch.setattr(notifying, "QSystemTrayIcon", FakeTray)
    monkeypatch.setattr(notifying, "QApplication", FakeApplication)
    monkeypatch.setattr(notifying, "LONG_S", 0.0)
    return FakeTray.told


def test_an_answer_a_load_and_a_training_are_told(
    scene: Scene, told: list[str], qtbot: QtBot
) -> None:
    scene.start(qtbot)
    assert told == ["fake is loaded."]
    scene.ask(qtbot)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] == "An answer is finished."
    scene.window.coaching.trained.emit(TRAINED)
    scene.window.librarian.arrived.emit("org/model", 99.0)
    assert told[2:] == ["letters is trained.", "org/model is downloaded."]
    assert FakeApplication.alerts == 4


def test_an_answer_that_failed_is_told_as_such(
    running: Scene, told: list[str], qtbot: QtBot
) -> None:
    running.backend.script = [UserError("No.", "Never.")]
    running.ask(qtbot)
    qtbot.waitUntil(lambda: told == ["An answer could not be finished."])
    running.backend.script = []
    running.ask(qtbot, "Again")
    qtbot.waitUntil(lambda: told[1:] == ["An answer is finished."])


def test_what_was_written_is_never_in_it(running: Scene, told: list[str], qtbot: QtBot) -> None:
    running.ask(qtbot, "My secret")
    qtbot.waitUntil(lambda: bool(told))
    assert "secret" not in told[0]
    assert running.stored()[-1].text not in told[0]


def test_nothing_is_told_to_who_looks(running: Scene, told: list[str]) -> None:
    FakeApplication.front = running.window
    running.window.coaching.trained.emit(TRAINED)
    assert (told, FakeApplication.alerts) == ([], 0)


def test_a_short_job_is_not_told(
    running: Scene, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "LONG_S", LONG_S + 1)
    running.window.coaching.trained.emit(TRAINED)
    assert told == []


def test_the_menu_switches_it_off_and_that_is_kept(running: Scene, told: list[str]) -> None:
    action = running.window.menus["notify"]
    assert action.isChecked()
    action.trigger()
    running.window.coaching.trained.emit(TRAINED)
    assert told == []
    running.window.save()
    assert settings.load()[0].app.notify == "off"


def test_without_an_icon_beside_the_clock_the_window_itself_calls(
    running: Scene, told: list[str]
) -> None:
    FakeTray.available = False
    running.window.coaching.trained.emit(TRAINED)
    assert (told, FakeApplication.alerts) == ([], 1)


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_the_icon_leads_back_and_goes_when_the_window_is_seen(
    running: Scene, told: list[str]
) -> None:
    running.window.coaching.trained.emit(TRAINED)
    running.window.coaching.trained.emit(TRAINED)
    (tray,) = FakeTray.made
    assert tray.visible
    running.window.showMinimized()
    for slot in tray.messageClicked.slots:
        slot()
    assert not running.window.isMinimized()
    QApplication.sendEvent(running.window, QEvent(QEvent.Type.WindowActivate))
    assert not tray.visible


def test_a_load_that_failed_is_not_told(running: Scene, told: list[str], qtbot: QtBot) -> None:
    with qtbot.waitSignal(running.window.loads.ended, timeout=READY_MS):
        running.window.loads.load(MODELS[2])
    assert told == []
