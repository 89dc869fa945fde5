"""The palette: every command by name, every chat, and places in them, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import library
from chatapp.ui.menus import plain
from chatapp.ui.palette import Palette
from chatapp.ui.palette_rows import Command, Row, RowRole
from tests.ui.scene import MODELS, Scene

WAIT_MS = 10_000


@pytest.fixture(autouse=True)
def some_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(qapp)
    store = scene.desk.store
    for title, text in (("Weather", "明日の天気は晴れ"), ("Trip to Nara", "deer and temples")):
        store.add(store.new(title).id, "user", text, None)
    scene.window.talk.tell_list()
    yield scene
    scene.close()
    qapp.processEvents()


def opened(scene: Scene) -> Palette:
    scene.window.menus["palette"].trigger()
    return scene.window.findChildren(Palette)[-1]


def texts(palette: Palette) -> list[str]:
    return [row.text for row in palette.rows.rows]


def current(palette: Palette) -> Row:
    row = palette.list.currentIndex().data(RowRole)
    assert isinstance(row, Row)
    return row


def test_it_offers_every_action_that_can_be_done_now(scene: Scene) -> None:
    palette = opened(scene)
    offered = {row.brings.action for row in palette.rows.rows if isinstance(row.brings, Command)}
    window = scene.window
    actions = {
        action
        for menu in window.menus._menus.values()
        for action in menu.actions()
        if action.text() and action.menu() is None and action.isEnabled() and action.isVisible()
    }
    assert offered == actions - {window.menus["palette"]}
    assert window.menus["new"] in offered
    assert {"日本語", "Dark", "Import"} <= set(texts(palette))


def test_a_command_is_found_by_a_few_letters_and_done(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    qtbot.keyClicks(palette.field, "settings pan")
    assert current(palette).text == "Settings panel"
    with qtbot.waitSignal(scene.window.menus["panel"].triggered):
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not scene.window.panes.is_shown("panel")


def test_the_newest_chats_come_first_while_nothing_is_typed(scene: Scene) -> None:
    assert texts(opened(scene))[:4] == ["Chats", "Trip to Nara", "Weather", "Commands"]


def test_what_begins_with_the_letters_comes_first(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    qtbot.keyClicks(palette.field, "new")
    assert current(palette).text.startswith("New")


def test_arrows_walk_over_the_headings_and_the_keyboard_stays(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    qtbot.keyClicks(palette.field, "r")
    seen = [current(palette).text]
    for _ in range(40):
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
        seen.append(current(palette).text)
    assert {"Weather", "Trip to Nara"} <= set(seen)
    assert not {"Commands", "Chats"} & set(seen)
    assert palette.list.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_chat_is_opened_by_its_title(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    qtbot.keyClicks(palette.field, "nara")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert scene.shown() == ["deer and temples"]


def test_words_in_a_message_are_found_and_opened(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    palette.field.setText("天気")
    qtbot.waitUntil(lambda: "明日の天気は晴れ" in texts(palette), timeout=WAIT_MS)
    assert texts(palette)[0] == "In the chats"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert scene.shown() == ["明日の天気は晴れ"]
    assert scene.window.reader.bar.field.text() == "天気"


def test_hits_that_come_do_not_move_the_choice(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    palette.field.setText("t")
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    before = current(palette)
    qtbot.waitUntil(lambda: "In the chats" in texts(palette), timeout=WAIT_MS)
    assert current(palette) == before


def test_nothing_fits_is_told(scene: Scene, qtbot: QtBot) -> None:
    palette = opened(scene)
    palette.field.setText("giraffe xyz")
    assert palette.none.isVisible()
    assert not palette.list.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_escape_closes_it_but_not_while_an_input_method_composes(
    scene: Scene, qtbot: QtBot
) -> None:
    palette = opened(scene)
    palette.field.setFocus()
    QApplication.sendEvent(palette.field, QInputMethodEvent("しん", []))
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    QApplication.sendEvent(palette.field, QInputMethodEvent("", []))
    qtbot.waitUntil(lambda: not palette.field._composing._just_ended)
    with qtbot.waitSignal(palette.rejected):
        qtbot.keyClick(palette.field, Qt.Key.Key_Escape)


def test_the_key_reaches_it_from_the_message_box(scene: Scene, qtbot: QtBot) -> None:
    editor = scene.window.composer.editor
    editor.setPlainText("half a sentence")
    editor.setFocus()
    with qtbot.waitSignal(scene.window.menus["palette"].triggered):
        qtbot.keyClick(editor, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "half a sentence"


def test_it_speaks_the_present_language(scene: Scene, qtbot: QtBot) -> None:
    scene.desk.speak("ja")
    scene.app.processEvents()
    palette = opened(scene)
    assert "新しいチャット" in texts(palette)
    palette.field.setText("ファイル 新しい")
    assert current(palette).text == "新しいチャット"


def test_a_menus_text_is_told_without_its_key() -> None:
    assert [plain(text) for text in ("&File", "ファイル(&F)", "M&essage")] == [
        "File",
        "ファイル",
        "Message",
    ]
