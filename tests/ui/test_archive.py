"""Chats that are put away: out of the list, found as before, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import chores
from chatapp.search import Hit
from chatapp.ui.archive import Archive
from tests.ui.scene import Scene

WAIT_MS = 10_000


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    for title in ("One", "Two", "Three"):
        chat = scene.desk.store.new(title)
        scene.desk.store.add(chat.id, "user", f"words of {title}", None)
    scene.window.talk.tell_list()
    scene.start(qtbot)
    yield scene
    scene.close()


def listed(scene: Scene, archived: bool = False) -> list[str]:
    return [each.title for each in scene.desk.store.conversations(archived)]


def rows(scene: Scene) -> list[str]:
    model = scene.window.sidebar.model
    return [model.index(place).data() for place in range(model.rowCount())]


def put_away(scene: Scene, title: str) -> int:
    chats = scene.desk.store.conversations()
    number = next(each.id for each in chats if each.title == title)
    scene.window.talk.open(number)
    scene.window.menus["archive"].trigger()
    return number


def opened(scene: Scene) -> Archive:
    scene.window.sidebar.archive.click()
    return scene.window.findChildren(Archive)[-1]


def test_an_empty_archive_says_so(scene: Scene) -> None:
    scene.window.menus["archived"].trigger()
    archive = scene.window.findChildren(Archive)[-1]
    assert archive.none.isVisible()
    assert not archive.list.isVisible()
    archive.show_chats(scene.desk.store.conversations())
    assert archive.list.isVisible()
    assert not archive.none.isVisible()


def test_a_chat_is_put_away_and_the_undo_brings_it_back(scene: Scene) -> None:
    sidebar = scene.window.sidebar
    assert not sidebar.archive.isVisible()
    number = put_away(scene, "Two")
    assert rows(scene) == ["Today", "Three", "One"]
    assert scene.window.talk.conversation == 0
    assert sidebar.archive.text() == "Archived (1)"
    assert sidebar.undo_bar.accessibleName() == "Archived “Two”"
    sidebar.undo_bar.button.click()
    assert rows(scene) == ["Today", "Three", "Two", "One"]
    assert scene.window.talk.conversation == number
    assert not sidebar.archive.isVisible()


def test_the_context_menu_and_the_keyboard_put_away_the_chosen_row(scene: Scene) -> None:
    sidebar = scene.window.sidebar
    sidebar.view.setFocus()
    sidebar.view.setCurrentIndex(sidebar.model.index(1))
    sidebar._archive.trigger()
    assert listed(scene, archived=True) == ["Three"]


def test_the_archive_opens_a_chat_that_stays_put_away(scene: Scene) -> None:
    number = put_away(scene, "Two")
    page = opened(scene)
    assert page.list.item(0).text().startswith("Two")
    page.show_one.click()
    assert scene.window.talk.conversation == number
    assert scene.shown() == ["words of Two"]
    assert listed(scene, archived=True) == ["Two"]


def test_what_is_gone_on_with_comes_back(scene: Scene, qtbot: QtBot) -> None:
    number = put_away(scene, "Two")
    scene.window.talk.open(number)
    scene.ask(qtbot, "More")
    assert listed(scene, archived=True) == []
    assert "Two" in rows(scene)


def test_several_are_taken_back_at_once(scene: Scene) -> None:
    put_away(scene, "One")
    put_away(scene, "Two")
    page = opened(scene)
    page.list.selectAll()
    page.take_back.click()
    assert sorted(listed(scene)) == ["One", "Three", "Two"]
    assert page.list.count() == 0
    assert not page.take_back.isEnabled()


def test_the_menu_takes_the_open_one_back(scene: Scene) -> None:
    number = put_away(scene, "Two")
    scene.window.talk.open(number)
    scene.window.menus["archive"].trigger()
    assert listed(scene, archived=True) == []
    assert scene.window.talk.conversation == number


def test_the_search_finds_it_and_says_where_it_is(scene: Scene, qtbot: QtBot) -> None:
    put_away(scene, "Two")
    sidebar = scene.window.sidebar
    with qtbot.waitSignal(scene.window.seeking._seeker.found, timeout=WAIT_MS):
        sidebar.box.setText("words")
    hits: list[Hit] = list(sidebar.hits.rows.hits)
    assert {hit.title: hit.archived for hit in hits} == {"One": False, "Two": True, "Three": False}
    place = next(n for n, hit in enumerate(hits) if hit.archived)
    said = sidebar.hits.rows.index(place).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Archived, " in said
    with qtbot.waitSignal(scene.window.seeking._seeker.found, timeout=WAIT_MS):
        sidebar.box.setText("two")
    assert [hit.archived for hit in sidebar.hits.rows.hits] == [True, True]  # title and message


def test_it_is_deleted_and_restored_like_any_other(scene: Scene) -> None:
    number = put_away(scene, "Two")
    scene.window.talk.delete(number)
    assert listed(scene, archived=True) == []
    scene.window.talk.restore(number)
    assert "Two" in listed(scene)


def test_an_export_of_all_chats_has_it(scene: Scene, tmp_path: Path) -> None:
    put_away(scene, "Two")
    list(chores.write(scene.desk.store, tmp_path / "all.md", None, "markdown", False))
    assert "words of Two" in (tmp_path / "all.md").read_text("utf-8")


def test_the_window_opens_with_one_that_is_put_away(scene: Scene) -> None:
    number = put_away(scene, "Two")
    scene.window.talk.open(number)
    scene.window.save()
    scene.window._restore()
    assert scene.window.talk.conversation == number


def test_a_temporary_chat_cannot_be_put_away(scene: Scene) -> None:
    scene.window.menus["temporary"].trigger()
    assert not scene.window.menus["archive"].isVisible()
    scene.window.talk.open(0)
    assert scene.window.menus["archive"].isVisible()
