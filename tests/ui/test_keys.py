"""Shortcuts of the person's own: changed, refused with the reason, reset, and kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from chatapp import settings
from chatapp.ui.menus import FIXED
from chatapp.ui.shortcut_page import ShortcutPage
from tests.ui.scene import Scene
from tests.ui.test_window import choose, is_inside

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.window.keys.reset_all()
    scene.close()


@pytest.fixture
def page(scene: Scene) -> ShortcutPage:
    scene.window.menus["shortcuts"].trigger()
    return scene.window.findChildren(ShortcutPage)[-1]


def choose_row(page: ShortcutPage, title: str) -> None:
    [item] = page.table.findItems(title, Qt.MatchFlag.MatchExactly)
    page.table.setCurrentItem(item)


def keys(page: ShortcutPage, title: str) -> str:
    return page.table.findItems(title, Qt.MatchFlag.MatchExactly)[0].text(1)


def press(page: ShortcutPage, qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    page.field.setFocus()
    qtbot.keyClick(page.field, key, held)


def test_every_action_stands_in_the_table_with_its_keys(scene: Scene, page: ShortcutPage) -> None:
    assert keys(page, "New chat") == "Ctrl+N"
    assert keys(page, "Send the message") in ("Return", "Enter")
    assert keys(page, "Pin or unpin this chat") == "\u2014"
    assert page.table.topLevelItemCount() > len(scene.window.menus.changeable())
    assert all(is_inside(each, page) for each in (page.table, page.field, page.buttons))
    page.findChildren(QPushButton)[-1].click()


def test_other_keys_do_what_the_old_ones_did_and_are_kept(
    scene: Scene, page: ShortcutPage, qtbot: QtBot
) -> None:
    choose_row(page, "New temporary chat")
    press(page, qtbot, Qt.Key.Key_J, CONTROL)
    assert page.note.property("tone") == "muted"
    page.set.click()
    assert keys(page, "New temporary chat") == "Ctrl+J"
    page.reject()
    scene.window.activateWindow()
    qtbot.waitUntil(scene.window.isActiveWindow)
    action = scene.window.menus["temporary"]
    with qtbot.waitSignal(action.triggered):
        qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_J, CONTROL)
    scene.window.save()
    assert settings.load()[0].keys == {"temporary": "Ctrl+J"}
    action.setShortcut(QKeySequence())
    scene.window.menus.set_keys(settings.load()[0].keys)  # as the next start does
    assert action.shortcut() == QKeySequence("Ctrl+J")


def test_keys_that_another_action_has_are_refused_with_its_name(
    page: ShortcutPage, qtbot: QtBot
) -> None:
    choose_row(page, "New temporary chat")
    press(page, qtbot, Qt.Key.Key_K, CONTROL)
    assert "Ctrl+K belongs to “Commands and chats”" in page.note.text()
    assert not page.set.isEnabled()


@pytest.mark.parametrize(
    ("sequence", "why"),
    [
        ("Ctrl+C", "where text is written"),
        ("Ctrl+Z", "where text is written"),
        ("Ctrl+Space", "input methods"),
        ("Ctrl+Shift+U", "input methods"),
        ("Backspace", "letters"),
        ("A", "letters"),
        ("Shift+A", "letters"),
        ("Ctrl+1", "Use answer A"),
        ("Esc", "Stop"),
        ("F7", ""),
        ("Alt+Z", ""),
        ("", ""),
    ],
)
def test_keys_that_are_needed_elsewhere_are_refused(scene: Scene, sequence: str, why: str) -> None:
    fault = scene.window.keys.fault("new", QKeySequence(sequence))
    assert why in fault
    assert bool(fault) == bool(why)


def test_an_action_can_go_without_keys(scene: Scene, page: ShortcutPage) -> None:
    choose_row(page, "New chat")
    page.field.clear()
    page.set.click()
    assert scene.window.menus["new"].shortcuts() in ([], [QKeySequence()])
    assert scene.window.sidebar.new_button.toolTip() == "Start a new chat"
    assert "Ctrl+N" not in scene.window.keys.fault("pin", QKeySequence("Ctrl+N"))


def test_the_button_tells_the_new_keys(scene: Scene, page: ShortcutPage, qtbot: QtBot) -> None:
    assert scene.window.sidebar.new_button.toolTip() == "Start a new chat (Ctrl+N)"
    choose_row(page, "New chat")
    press(page, qtbot, Qt.Key.Key_N, ALT)
    page.set.click()
    assert scene.window.sidebar.new_button.toolTip() == "Start a new chat (Alt+N)"


def test_one_is_reset_and_all_are(scene: Scene, page: ShortcutPage, qtbot: QtBot) -> None:
    for title, key in (("New chat", Qt.Key.Key_N), ("Export", Qt.Key.Key_E)):
        choose_row(page, title)
        press(page, qtbot, key, ALT)
        page.set.click()
    choose_row(page, "New chat")
    page.reset.click()
    assert keys(page, "New chat") == "Ctrl+N"
    assert keys(page, "Export") == "Alt+E"
    page.reset_all.click()
    assert keys(page, "Export") == "Ctrl+Shift+S"
    assert not page.reset_all.isEnabled()
    assert scene.window.keeper.settings.keys == {}


def test_a_reset_whose_keys_are_taken_by_now_is_refused(
    scene: Scene, page: ShortcutPage, qtbot: QtBot
) -> None:
    choose_row(page, "New chat")
    press(page, qtbot, Qt.Key.Key_N, ALT)
    page.set.click()
    choose_row(page, "Export")
    press(page, qtbot, Qt.Key.Key_N, CONTROL)
    page.set.click()
    choose_row(page, "New chat")
    page.reset.click()
    assert "belongs to “Export”" in page.note.text()
    assert keys(page, "New chat") == "Alt+N"


def test_the_larger_text_keeps_all_its_keys_after_a_reset(scene: Scene) -> None:
    action = scene.window.menus["larger"]
    before = action.shortcuts()
    scene.window.keys.change("larger", QKeySequence("Alt+P"))
    assert action.shortcuts() == [QKeySequence("Alt+P")]
    scene.window.keys.change("larger", scene.window.menus.usual("larger"))
    assert action.shortcuts() == before


def test_fixed_keys_cannot_be_chosen_others(page: ShortcutPage) -> None:
    choose_row(page, "Stop")
    assert not page.field.isEnabled()
    assert not page.set.isEnabled()
    assert "cannot be others" in page.note.text()


def test_no_two_actions_begin_with_the_same_keys(scene: Scene) -> None:
    menus = scene.window.menus
    actions = {**menus.changeable(), **{name: menus[name] for name in FIXED}}
    taken = [
        keys for action in actions.values() for keys in {k.toString() for k in action.shortcuts()}
    ]
    assert len(taken) == len(set(taken))
    for name, action in menus.changeable().items():
        if not action.shortcut().isEmpty():
            assert scene.window.keys.fault(name, action.shortcut()) == ""


def test_a_damaged_entry_of_the_file_is_passed_over(scene: Scene, page: ShortcutPage) -> None:
    scene.window.menus.set_keys({"new": "no keys at all", "nothing": "Ctrl+J"})
    assert scene.window.menus["pin"].shortcut().isEmpty()


def test_the_page_speaks_japanese(scene: Scene) -> None:
    choose(scene, "language", "ja")
    scene.window.menus["shortcuts"].trigger()
    page = scene.window.findChildren(ShortcutPage)[-1]
    assert keys(page, "新しいチャット") == "Ctrl+N"
    assert "belongs" not in scene.window.keys.fault("new", QKeySequence("Ctrl+K"))
    page.reject()
    choose(scene, "language", "en")
