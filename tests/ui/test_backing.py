"""The daily copy in the window, and the way back from it after damage."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import backups, chores, library
from chatapp.chat import UserError
from chatapp.ui.import_summary import ImportSummary
from tests.plain.test_exchange import TALK
from tests.ui.scene import MODELS, Scene

WAIT_MS = 10_000


@pytest.fixture(autouse=True)
def some_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(qapp)
    yield scene
    scene.close()
    qapp.processEvents()


def test_todays_copy_is_made_in_the_background(scene: Scene, qtbot: QtBot) -> None:
    scene.desk.store.adopt(TALK)
    scene.desk.backing.look()
    path = scene.desk.store.path
    qtbot.waitUntil(lambda: len(backups.days(path)) == 1, timeout=WAIT_MS)


def test_a_copy_that_fails_is_told_once(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(chats: Path) -> Iterator[object]:
        raise UserError("{file} is damaged.", "Download it again.", file="x")
        yield

    monkeypatch.setattr(chores, "back_up", full)
    scene.desk.backing.look()
    banner = scene.window.banner
    qtbot.waitUntil(lambda: "could not be made.  x is damaged." in banner.text(), timeout=WAIT_MS)
    banner.hide()
    scene.desk.backing.look()
    qtbot.waitUntil(lambda: not scene.desk.host._files._live, timeout=WAIT_MS)
    qtbot.wait(150)
    assert banner.text() == ""


def test_after_damage_the_chats_of_the_newest_copy_are_offered(scene: Scene, qtbot: QtBot) -> None:
    scene.desk.store.adopt(TALK)
    path = scene.desk.store.path
    backups.make(path, datetime.date(2026, 11, 26))
    scene.close()
    path.write_bytes(b"not a database any more" * 100)
    scene.open()
    assert "The chat file is damaged" in scene.window.banner.text()
    assert scene.desk.store.conversations() == []
    scene.window.banner._button.click()
    qtbot.waitUntil(lambda: bool(scene.window.findChildren(ImportSummary)), timeout=WAIT_MS)
    scene.window.findChildren(ImportSummary)[-1].button.click()
    qtbot.waitUntil(lambda: len(scene.desk.store.conversations()) == 1, timeout=WAIT_MS)
    number = scene.desk.store.conversations()[0].id
    assert len(scene.desk.store.record(number).nodes) == 4


def test_after_damage_without_a_copy_no_way_is_promised(scene: Scene, qtbot: QtBot) -> None:
    path = scene.desk.store.path
    scene.close()
    path.write_bytes(b"not a database any more" * 100)
    scene.open()
    assert "The chat file is damaged" in scene.window.banner.text()
    assert not scene.window.banner._button.isVisible()
