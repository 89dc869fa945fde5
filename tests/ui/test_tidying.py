"""Pins and the trash in the window."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from chatapp import __main__, database, lessons, library
from chatapp.chat import Found
from chatapp.ui.trash import Trash
from tests.ui.scene import MODELS, Scene


@pytest.fixture(autouse=True)
def some_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))
    monkeypatch.setattr(__main__, "_log", lambda level: None)


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(qapp)
    for title in ("One", "Two", "Three"):
        chat = scene.desk.store.new(title)
        scene.desk.store.add(chat.id, "user", f"words of {title}", None)
    scene.window.talk.tell_list()
    yield scene
    scene.close()
    qapp.processEvents()


def rows(scene: Scene) -> list[str]:
    model = scene.window.sidebar.model
    return [model.index(place).data() for place in range(model.rowCount())]


def number(scene: Scene, title: str) -> int:
    return next(each.id for each in scene.desk.store.conversations() if each.title == title)


def trash(scene: Scene) -> Trash:
    scene.window.menus["trash"].trigger()
    return scene.window.findChildren(Trash)[-1]


def test_a_pinned_chat_stands_above_the_others_until_it_is_unpinned(scene: Scene) -> None:
    window = scene.window
    window.talk.open(number(scene, "One"))
    window.menus["pin"].trigger()
    assert rows(scene) == ["Pinned", "One", "Today", "Three", "Two"]
    assert scene.desk.store.conversations()[-1].pinned
    window.menus["pin"].trigger()
    assert rows(scene) == ["Today", "Three", "Two", "One"]


def test_a_pin_is_kept(scene: Scene) -> None:
    scene.desk.store.pin(number(scene, "Two"), True)
    scene.close()
    scene.open()
    assert rows(scene)[:2] == ["Pinned", "Two"]


def test_the_trash_shows_itself_when_there_is_something_in_it(scene: Scene) -> None:
    sidebar = scene.window.sidebar
    assert not sidebar.trash.isVisible()
    scene.window.talk.delete(number(scene, "Two"))
    assert sidebar.trash.isVisible()
    assert sidebar.trash.text() == "Trash (1)"


def test_a_deleted_chat_is_restored_from_the_trash(scene: Scene) -> None:
    scene.window.talk.delete(number(scene, "Two"))
    opened = trash(scene)
    assert opened.list.item(0).text().startswith("Two")
    opened.restore.click()
    assert "Two" in rows(scene)
    assert opened.list.count() == 0
    assert not opened.restore.isEnabled()
    assert scene.shown() == ["words of Two"]


def test_what_is_deleted_for_good_leaves_no_word_behind(scene: Scene, qtbot: QtBot) -> None:
    window, store = scene.window, scene.desk.store
    for title in ("One", "Two"):
        window.talk.delete(number(scene, title))
    window.seeking.search.find("words")
    opened = trash(scene)
    opened.list.selectAll()
    opened.erase.click()
    question = opened.findChildren(QMessageBox)[-1]
    accept = next(b for b in question.buttons() if b.text() == "Delete for good")
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert opened.list.count() == 0
    assert [each.title for each in store.conversations()] == ["Three"]
    found = window.seeking.search.find("words")
    assert [hit.title for hit in found.hits] == ["Three"]
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert b"words of Three" in store.path.read_bytes()
    assert b"words of Two" not in store.path.read_bytes()


def test_who_deletes_for_good_is_told_where_the_words_may_still_be(scene: Scene) -> None:
    store = scene.desk.store
    answer = store.add_answers(store.new("Four").id, None, 1)[0]
    store.settle(answer.id, "yes", "stop")
    store.rate(answer.id, 1)
    (made,) = [event for event in lessons.from_chats(store) if isinstance(event, Found)]
    scene.window.talk.delete(number(scene, "Two"))
    opened = trash(scene)
    opened.erase.click()
    told = opened.findChildren(QMessageBox)[-1].informativeText()
    for folder in (database.copies(store.path), made.models[0].parent):
        assert f"folder {folder.name}" in told


def test_the_safe_button_is_the_default_and_nothing_is_deleted_by_it(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.window.talk.delete(number(scene, "Two"))
    opened = trash(scene)
    opened.erase.click()
    question = opened.findChildren(QMessageBox)[-1]
    assert question.defaultButton().text() == "Cancel"
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert opened.list.count() == 1


def test_a_chat_that_is_not_deleted_is_never_erased(scene: Scene) -> None:
    scene.desk.store.erase(number(scene, "Two"))
    assert "Two" in {each.title for each in scene.desk.store.conversations()}


def test_what_a_command_imported_is_listed_when_the_person_comes_back(
    scene: Scene, tmp_path: Path
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text('{"messages": [{"role": "user", "content": "from outside"}]}')
    told: list[object] = []
    scene.window.talk.listed.connect(told.append)
    for _ in range(2):
        scene.app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    before = len(told)
    assert __main__.main(["import", str(file)]) == 0
    scene.app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert len(told) == before
    scene.app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert "from outside" in rows(scene)
    scene.app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert len(told) == before + 1
