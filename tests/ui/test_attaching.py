"""Files and drafts in the composer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from chatapp import settings
from chatapp.ui.file_chips import MOST, FileChip
from tests.ui.scene import Scene


@pytest.fixture
def note(tmp_path: Path) -> Path:
    file = tmp_path / "note.py"
    file.write_text("one two three", "utf-8")
    return file


def drop(scene: Scene, *files: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    assert scene.window.composer.editor.canInsertFromMimeData(data)
    scene.window.composer.editor.insertFromMimeData(data)


def chips(scene: Scene) -> list[FileChip]:
    return scene.window.composer.files.chips


def test_a_dropped_file_is_a_chip_with_its_cost_and_goes_with_the_message(
    running: Scene, qtbot: QtBot, note: Path
) -> None:
    drop(running, note)
    qtbot.waitUntil(lambda: chips(running)[0].tokens is not None)
    counted = len(chips(running)[0].attachment.fenced().split())  # as the scripted model counts
    assert chips(running)[0].accessibleName() == f"note.py, {counted} tokens"
    running.ask(qtbot, "What is this?")
    assert running.stored()[0].text == "What is this?\n\nnote.py\n```py\none two three\n```"
    assert chips(running) == []


def test_a_file_alone_can_be_sent(running: Scene, qtbot: QtBot, note: Path) -> None:
    assert not running.window.composer.button.isEnabled()
    drop(running, note)
    assert running.window.composer.button.isEnabled()


def test_a_chip_is_removed_by_its_button(running: Scene, note: Path) -> None:
    drop(running, note)
    chips(running)[0].button.click()
    assert chips(running) == []
    assert running.window.composer.text() == ""


def test_files_are_chosen_with_the_button(
    running: Scene, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(note)], ""))
    running.window.composer.attach.click()
    assert [chip.attachment.name for chip in chips(running)] == ["note.py"]


def test_one_bad_file_is_told_and_the_others_are_taken(
    running: Scene, note: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "a.bin"
    bad.write_bytes(b"\x00")
    drop(running, bad, note)
    assert "a.bin is not a text file." in running.window.banner.text()
    assert [chip.attachment.name for chip in chips(running)] == ["note.py"]


def test_a_message_holds_so_many_files(running: Scene, tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.txt" for n in range(MOST + 1)]
    for file in files:
        file.write_text("x")
    drop(running, *files)
    assert len(chips(running)) == MOST
    assert f"A message can hold {MOST} files." in running.window.banner.text()


def test_a_draft_stays_with_its_conversation(running: Scene, qtbot: QtBot, note: Path) -> None:
    running.ask(qtbot, "One")
    first, composer = running.window.talk.conversation, running.window.composer
    qtbot.keyClicks(composer.editor, "half a thought")
    drop(running, note)
    running.window.sidebar.new_requested.emit()
    assert composer.text() == ""
    running.window.sidebar.opened.emit(first)
    assert composer.editor.toPlainText() == "half a thought"
    assert [chip.attachment.name for chip in chips(running)] == ["note.py"]


def test_a_draft_of_a_new_chat_survives_another_chat_and_the_end(
    running: Scene, qtbot: QtBot
) -> None:
    running.ask(qtbot, "One")
    first = running.window.talk.conversation
    running.window.sidebar.new_requested.emit()
    qtbot.keyClicks(running.window.composer.editor, "new thought")
    running.window.sidebar.new_requested.emit()
    assert running.window.composer.text() == "new thought"
    running.window.sidebar.opened.emit(first)
    assert running.window.composer.text() == ""
    running.window.sidebar.new_requested.emit()
    assert running.window.composer.text() == "new thought"
    running.close()
    assert settings.load()[0].app.draft == "new thought"
    running.open()
    assert running.window.composer.text() == "new thought"


def test_a_sent_message_leaves_no_draft(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "One")
    running.window.drafts.save()
    running.window.save()
    assert running.desk.store.draft(running.window.talk.conversation) == ""
    assert settings.load()[0].app.draft == ""


def test_what_is_composed_is_no_draft(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "One")
    editor = running.window.composer.editor
    QApplication.sendEvent(editor, QInputMethodEvent("かんじ", []))
    running.window.drafts.save()
    assert running.desk.store.draft(running.window.talk.conversation) == ""


def test_a_damaged_draft_is_empty(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "One")
    first = running.window.talk.conversation
    for damaged in ("{", "[]", '{"files": [1]}', '{"files": 7}'):
        running.window.sidebar.new_requested.emit()
        running.desk.store.set_draft(first, damaged)
        running.window.sidebar.opened.emit(first)
        assert running.window.composer.text() == ""
