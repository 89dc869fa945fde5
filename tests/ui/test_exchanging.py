"""Import and export in the window: shown first, added then, and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import library
from chatapp.ui.export_choice import FORMS, ExportChoice
from chatapp.ui.import_summary import ImportSummary
from tests.plain.test_exchange import TALK, written
from tests.ui.scene import MODELS, Scene

WAIT_MS = 10_000
GOOD = '{"messages": [{"role": "user", "content": "天気は?"}]}'


@pytest.fixture(autouse=True)
def some_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(qapp)
    yield scene
    scene.close()
    qapp.processEvents()


def titles(scene: Scene) -> list[str]:
    return sorted(each.title for each in scene.desk.store.conversations())


def summary(scene: Scene, qtbot: QtBot, file: Path) -> ImportSummary:
    scene.window.exchanging.look_into(str(file))
    qtbot.waitUntil(lambda: bool(scene.window.findChildren(ImportSummary)), timeout=WAIT_MS)
    return scene.window.findChildren(ImportSummary)[-1]


def banner_says(scene: Scene, qtbot: QtBot, words: str) -> None:
    qtbot.waitUntil(lambda: words in scene.window.banner.text(), timeout=WAIT_MS)


def test_an_import_tells_first_adds_then_and_can_be_undone(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(f"{GOOD}\nbroken\n{GOOD}", "utf-8")
    asked = summary(scene, qtbot, file)
    assert "2 chats, 2 messages" in asked.counts.text()
    assert asked.problems.item(0).text() == "Line 2 is not JSON."
    assert titles(scene) == []
    asked.button.click()
    banner_says(scene, qtbot, "Imported chats: 2.")
    assert titles(scene) == ["天気は?", "天気は?"]
    assert scene.shown() == ["天気は?"]
    scene.window.banner._button.click()
    qtbot.waitUntil(lambda: titles(scene) == [], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: scene.window.talk.conversation == 0, timeout=WAIT_MS)
    assert scene.window.sidebar.model.rowCount() == 0


def test_what_is_here_already_is_left_out_unless_it_is_wanted(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.desk.store.adopt(TALK)
    file = tmp_path / "in.json"
    file.write_text(written([TALK], "json"), "utf-8")
    asked = summary(scene, qtbot, file)
    assert not asked.button.isEnabled()
    asked.known.setChecked(False)
    asked.button.click()
    banner_says(scene, qtbot, "Imported chats: 1.")
    assert titles(scene) == ["Ships", "Ships"]


def test_a_file_that_holds_nothing_is_told_in_a_sentence(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "in.json"
    file.write_text("{}")
    scene.window.exchanging.look_into(str(file))
    banner_says(scene, qtbot, "Entry 1 is no conversation that ChatApp knows.  Choose another file")
    scene.window.exchanging.look_into(str(tmp_path / "missing.json"))
    banner_says(scene, qtbot, "missing.json cannot be read")


def test_the_open_chat_is_written_to_the_chosen_file(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.window.talk.open(scene.desk.store.adopt(TALK).conversation)
    out = tmp_path / "out.md"
    scene.window.exchanging.export(str(out), False, "markdown", False)
    banner_says(scene, qtbot, "Exported to out.md.")
    assert out.read_text("utf-8").startswith("# Ships\n")


def test_all_chats_are_written_with_every_version(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.desk.store.adopt(TALK)
    out = tmp_path / "out.json"
    scene.window.exchanging.export(str(out), True, "json", True)
    banner_says(scene, qtbot, "Exported to out.json.")
    assert len(json.loads(out.read_text("utf-8"))["conversations"][0]["messages"]) == 4


def test_a_file_that_cannot_be_written_is_told(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.window.exchanging.export(str(tmp_path / "no" / "out.md"), True, "markdown", False)
    banner_says(scene, qtbot, "out.md cannot be written")


def test_the_choice_tells_what_was_chosen(scene: Scene, qtbot: QtBot) -> None:
    scene.window.exchanging.choose_form()
    choice = scene.window.findChildren(ExportChoice)[0]
    assert choice.which.count() == 1  # nothing is open
    choice.form.setCurrentIndex(FORMS.index("html"))
    choice.thoughts.setChecked(True)
    choice.chosen.disconnect()
    with qtbot.waitSignal(choice.chosen) as told:
        choice.accept()
    assert told.args == [True, "html", True]


def test_a_file_dropped_on_the_list_is_looked_at(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(GOOD, "utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    view = scene.window.sidebar.view.viewport()
    left, copy, none = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction, Qt.KeyboardModifier(0)
    enter = QDragEnterEvent(QPointF(5, 5), copy, data, left, none)
    QApplication.sendEvent(view, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view, QDropEvent(QPointF(5, 5), copy, data, left, none))
    qtbot.waitUntil(lambda: bool(scene.window.findChildren(ImportSummary)), timeout=WAIT_MS)


def test_the_suggested_name_suits_every_system() -> None:
    from chatapp.ui.exchanging import _file_name

    assert _file_name('a/b\\c:*?"<>| 天気\x00') == "a b c 天気"
    assert _file_name("../..") == "ChatApp"
