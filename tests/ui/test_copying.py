"""What leaves a conversation as text: the last answer, its last code, all of it to be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import Done, Message, Text
from chatapp.ui.copying import last_code
from chatapp.ui.reading_view import MOST, ReadingView
from tests.fake import STATS
from tests.ui.scene import Scene

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TWO = "One:\n\n```python\nx = 1\n```\n\nTwo:\n\n~~~\ny = 2\n\nz = 3\n~~~\n\nThat is all."


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


def say(scene: Scene, qtbot: QtBot, answer: str) -> None:
    scene.backend.script = [Text(answer), Done("stop", STATS)]
    scene.ask(qtbot)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TWO, "y = 2\n\nz = 3"),
        ("none here", ""),
        ("`inline` only", ""),
        ("```\nopen", "open"),
        ("```\n```", ""),
        ("", ""),
    ],
)
def test_the_last_code_is_found_without_its_fence(text: str, code: str) -> None:
    assert last_code(text) == code


def test_the_key_copies_the_last_code_also_of_an_earlier_answer(scene: Scene, qtbot: QtBot) -> None:
    say(scene, qtbot, f"<think>\n```\nnot this\n```\n</think>\n\n{TWO}")
    say(scene, qtbot, "No code this time.")
    qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_K, CONTROL | SHIFT)
    assert QGuiApplication.clipboard().text() == "y = 2\n\nz = 3"


def test_the_last_answer_is_copied_without_its_reasoning(scene: Scene, qtbot: QtBot) -> None:
    say(scene, qtbot, "<think>\nhm\n</think>\n\nYes.")
    scene.window.menus["copy_last"].trigger()
    assert QGuiApplication.clipboard().text().strip() == "Yes."


def test_a_chat_can_be_read_as_one_text(scene: Scene, qtbot: QtBot) -> None:
    say(scene, qtbot, "<think>\nhm\n</think>\n\nYes.")
    scene.window.menus["plain"].trigger()
    view = scene.window.findChildren(ReadingView)[-1]
    lines = view.text.toPlainText().split("\n")
    assert lines[0].startswith("You, ")
    assert lines[1] == "Hi"
    assert lines[3].startswith("fake, ")
    assert lines[4] == "Yes."
    assert view.text.isReadOnly()
    assert view.text.textCursor().blockNumber() == 3  # at the last message
    qtbot.keyClick(view.text, Qt.Key.Key_Up)
    assert view.text.textCursor().blockNumber() == 2


def test_a_long_chat_says_what_it_leaves_out(scene: Scene) -> None:
    messages = [Message("user", f"m{n}") for n in range(MOST + 3)]
    view = ReadingView(messages, scene.window)
    text = view.text.toPlainText()
    assert text.startswith("3 earlier messages are left out.")
    assert "m2\n" not in text
    assert text.endswith(f"m{MOST + 2}")


def test_an_empty_chat_offers_neither(scene: Scene, qtbot: QtBot) -> None:
    names = ("plain", "copy_code", "copy_last")
    assert not any(scene.window.menus[name].isEnabled() for name in names)
    say(scene, qtbot, "Yes.")
    assert all(scene.window.menus[name].isEnabled() for name in names)


def test_the_key_attaches_files(scene: Scene, qtbot: QtBot) -> None:
    composer = scene.window.composer
    composer.attach_requested.disconnect()  # no dialog
    with qtbot.waitSignal(composer.attach_requested):
        qtbot.keyClick(composer.editor, Qt.Key.Key_A, CONTROL | SHIFT)


def test_full_screen_and_its_tick_go_together(scene: Scene, qtbot: QtBot) -> None:
    window, action = scene.window, scene.window.menus["full"]
    action.trigger()
    qtbot.waitUntil(window.isFullScreen)
    window.showNormal()
    qtbot.waitUntil(lambda: not action.isChecked())
    window.showFullScreen()
    qtbot.waitUntil(action.isChecked)
    action.trigger()
    qtbot.waitUntil(lambda: not window.isFullScreen())
