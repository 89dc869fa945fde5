"""The page of preferences, and what each row does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from chatapp import backups, bundle, chores, offline, places, settings
from chatapp.chat import Done, Found, Text
from chatapp.ui import habits
from chatapp.ui.preferences import CARDS, Preferences
from tests.fake import STATS
from tests.ui.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

THINKING = [Text("<think>Well, beams.</think>\n\nKeep the best."), Done("stop", STATS)]


@pytest.fixture(autouse=True)
def usual_habits() -> Iterator[None]:
    yield
    for name in habits.NAMES:
        habits.wear(name, getattr(settings.App(), name))
    offline.switch(False)


@pytest.fixture
def opened_folders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the system was asked to open."""
    asked: list[str] = []
    monkeypatch.setattr(
        "PySide6.QtGui.QDesktopServices.openUrl", lambda url: asked.append(url.toLocalFile())
    )
    return asked


def opened(scene: Scene) -> Preferences:
    scene.window.menus["preferences"].trigger()
    return scene.window.findChildren(Preferences)[-1]


def choose(page: Preferences, name: str, value: str) -> None:
    box = page.rows[name].list
    assert box is not None
    box.setCurrentIndex(box.findData(value))
    QApplication.processEvents()  # a language comes with an event


def kept(scene: Scene) -> settings.App:
    scene.window.save()
    return settings.load()[0].app


def test_the_page_has_the_keys_and_the_place_that_a_mac_knows(scene: Scene) -> None:
    action = scene.window.menus["preferences"]
    assert action.shortcut().toString() == "Ctrl+,"
    assert action.menuRole() == QAction.MenuRole.PreferencesRole


def test_every_row_shows_what_is_set(scene: Scene) -> None:
    scene.window.keeper.remember(send="ctrl+enter", idle_minutes=5)
    page = opened(scene)
    assert set(page.rows) == {name for rows in CARDS.values() for name in rows}
    for name, row in page.rows.items():
        assert row.value == getattr(scene.window.keeper.settings.app, name)


def test_the_language_is_that_of_the_menu_and_the_page_follows(scene: Scene) -> None:
    page = opened(scene)
    choose(page, "language", "ja")
    try:
        assert page.windowTitle() == "環境設定"
        assert page.leave.text() == "閉じる"
        assert scene.window.menus["quit"].text() == "終了"
        actions = scene.window.menus.groups["language"].actions()
        assert [each.data() for each in actions if each.isChecked()] == ["ja"]
        assert kept(scene).language == "ja"
    finally:
        choose(page, "language", "en")


def test_colours_chosen_in_the_menu_stand_in_the_open_page(scene: Scene) -> None:
    page = opened(scene)
    scene.window.menus.choose("scheme", "dark")
    assert page.rows["scheme"].value == "dark"
    choose(page, "scheme", "light")
    assert kept(scene).scheme == "light"


def test_notifications_are_those_of_the_menu(scene: Scene) -> None:
    page = opened(scene)
    choose(page, "notify", "off")
    assert not scene.window.menus["notify"].isChecked()
    assert kept(scene).notify == "off"
    scene.window.menus["notify"].trigger()
    assert page.rows["notify"].value == "on"


def test_the_idle_time_is_that_of_the_model_tab(running: Scene) -> None:
    page = opened(running)
    box = page.rows["idle_minutes"].box
    assert box is not None
    box.setValue(0)
    assert not running.window.idling._timer.isActive()
    assert running.window.panel.idle.value == 0
    running.window.panel.idle._choose(10)
    assert page.rows["idle_minutes"].value == 10
    assert running.window.idling._timer.isActive()


def test_ctrl_enter_sends_and_enter_makes_a_new_line(running: Scene, qtbot: QtBot) -> None:
    choose(opened(running), "send", "ctrl+enter")
    composer = running.window.composer
    assert composer.hint.text().endswith("sends, Enter makes a new line")
    qtbot.keyClicks(composer.editor, "One")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return)
    qtbot.keyClicks(composer.editor, "Two")
    assert composer.text() == "One\nTwo"
    with qtbot.waitSignal(running.window.talk.settled):
        qtbot.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert running.stored()[0].text == "One\nTwo"


def test_the_same_keys_send_a_changed_message_and_how_a_reply_begins(
    running: Scene, qtbot: QtBot
) -> None:
    running.ask(qtbot)
    choose(opened(running), "send", "ctrl+enter")
    running.window.acting.editing.open(running.stored()[0].id)
    box = running.window.acting.editing._box
    assert box is not None
    assert box.hint.text().endswith("sends it as a new version, Esc leaves")
    assert not box.hint.text().startswith("Enter")
    qtbot.keyClick(box.editor, Qt.Key.Key_Return)
    assert box.text() == "Hi\n"
    opening, sent = running.window.composer.opening, []
    opening.sent.connect(lambda: sent.append(True))
    opening.open_line()
    qtbot.keyClick(opening.field, Qt.Key.Key_Return)
    assert sent == []
    qtbot.keyClick(opening.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sent == [True]


def test_the_person_s_way_of_sending_comes_back_with_the_window(scene: Scene) -> None:
    choose(opened(scene), "send", "ctrl+enter")
    scene.close()
    habits.wear("send", "enter")
    scene.open()
    assert not habits.enter_sends()


def test_reasoning_is_opened_in_every_answer_and_folded_again(running: Scene, qtbot: QtBot) -> None:
    running.backend.script = THINKING
    running.ask(qtbot)
    page, turns = opened(running), running.window.transcript._scroll.turns
    folded = turns[-1].height
    choose(page, "thoughts", "open")
    assert turns[-1].unfolded
    assert turns[-1].height > folded
    running.ask(qtbot, "Again")
    assert running.window.transcript._scroll.turns[-1].unfolded
    choose(page, "thoughts", "folded")
    assert turns[1].height == folded


def test_without_figures_only_what_went_wrong_stands_below_an_answer(
    running: Scene, qtbot: QtBot
) -> None:
    done, phrases = running.ask(qtbot), running.window.transcript._phrases
    assert "tokens" in phrases.stats(done)
    choose(opened(running), "figures", "off")
    assert phrases.stats(done) == ""
    running.backend.script = [Text("Half"), Done("length", STATS)]
    assert phrases.stats(running.ask(qtbot, "More")).replace("\u00a0", " ") == "length reached"


def test_a_search_leaves_the_rows_that_it_means(scene: Scene, qtbot: QtBot) -> None:
    page = opened(scene)
    qtbot.keyClicks(page.field, "minutes")
    shown = [name for name, row in page.rows.items() if row.isVisible()]
    assert shown == ["idle_minutes"]
    assert not page.cards["chat"].isVisible()
    qtbot.keyClicks(page.field, " no such")
    assert page.nothing.isVisible()
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert page.isVisible()
    page.field.clear()
    assert all(row.isVisible() for row in page.rows.values())


def test_a_reset_goes_back_to_what_the_app_begins_with(scene: Scene) -> None:
    page = opened(scene)
    choose(page, "send", "ctrl+enter")
    page.rows["send"].reset_button.click()
    assert habits.enter_sends()
    assert kept(scene).send == "enter"


# -- what a person has -----------------------------------------------------------------------------


def test_each_folder_is_opened(scene: Scene, opened_folders: list[str]) -> None:
    page = opened(scene)
    for button in page.belongings.openers.values():
        button.click()
    scene.window.menus["logs"].trigger()
    logs = str(places.logs())
    assert opened_folders == [str(places.data()), str(places.models()), logs, logs]


def test_a_backup_and_the_zip_are_told_on_the_page(
    running: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    running.ask(qtbot)
    page, target = opened(running), tmp_path / "all.zip"
    page.belongings.buttons["back_up"].click()
    qtbot.waitUntil(lambda: "backups/chats-" in page.belongings.note.text())
    assert backups.days(running.desk.store.path)
    running.window.safekeeping.bundle(str(target))
    qtbot.waitUntil(lambda: "all.zip" in page.belongings.note.text())
    assert bundle.is_bundle(target)


def test_the_diagnostics_come_from_the_help_menu_to_the_clipboard(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "diagnose", lambda: iter((Found(("versions",)),)))
    scene.window.menus["diagnose"].trigger()
    qtbot.waitUntil(lambda: "clipboard" in scene.window.banner.text())
    assert QApplication.clipboard().text() == "versions"


def test_settings_of_a_file_hold_at_once(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "their.json"
    theirs = settings.App(send="ctrl+enter", idle_minutes=5, remote_url="https://elsewhere")
    settings.save(settings.Settings(app=theirs, keys={"new": "Ctrl+J"}), file)
    page = opened(scene)
    with qtbot.waitSignal(scene.window.safekeeping.imported):
        scene.window.safekeeping.import_settings(str(file))
    assert page.rows["idle_minutes"].value == 5
    assert not habits.enter_sends()
    assert (kept(scene).send, kept(scene).remote_url) == ("ctrl+enter", "")
    assert settings.load()[0].keys == {"new": "Ctrl+J"}


def test_the_switch_asks_nobody_until_it_is_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    page = opened(scene)
    assert page.rows["offline"].idle.isHidden()
    choose(page, "offline", "on")
    assert offline.is_offline()
    choose(page, "offline", "off")
    assert not offline.is_offline()


def test_what_the_environment_says_cannot_be_switched_here(scene: Scene) -> None:
    row = opened(scene).rows["offline"]
    assert row.idle.text().startswith("HF_HUB_OFFLINE is set")
    assert row.list is not None
    assert not row.list.isEnabled()
