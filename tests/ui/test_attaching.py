"""Files and drafts in the composer."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from chatapp import places, unsent
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


def test_small_files_share_a_line_and_many_begin_another(
    running: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(MOST)]
    for file in files:
        file.write_text("one", "utf-8")
    drop(running, *files)
    qtbot.waitUntil(lambda: all(chip.tokens is not None for chip in chips(running)))
    ground = running.window.composer.files
    qtbot.waitUntil(lambda: ground.height() >= chips(running)[-1].geometry().bottom())
    lines = {chip.y() for chip in chips(running)}
    assert 1 < len(lines) < MOST / 2


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
    running.open()
    assert running.window.composer.text() == "new thought"


def test_a_new_chat_keeps_all_it_holds_while_another_is_looked_at_and_over_the_end(
    running: Scene, qtbot: QtBot, note: Path
) -> None:
    running.ask(qtbot, "One")
    first = running.window.talk.conversation
    running.window.sidebar.new_requested.emit()
    long = "word " * 40_000

    def check() -> None:
        composer = running.window.composer
        assert composer.editor.toPlainText() == "see this"
        assert composer.chip.text == long
        assert [(one.name, one.text) for one in composer.files.attachments()] == [
            ("note.py", "one two three")
        ]
        assert running.window.talk.system == "Be brief."
        assert running.window.talk.sampling.temperature == 0.11
        assert running.window.talk.adapter == "letters"

    qtbot.keyClicks(running.window.composer.editor, "see this")
    running.window.composer.chip.add(long)
    drop(running, note)
    running.window.manners.wear("letters")
    running.window.manners.own(temperature=0.11)
    running.window.panel.system.changed.emit("Be brief.")
    check()
    running.window.sidebar.opened.emit(first)
    assert running.window.composer.text() == ""
    assert running.window.talk.system == ""
    running.window.talk.open(0)
    check()
    running.close()
    running.open()
    check()
    running.window.manners.wear("")
    running.window.talk.open(first)
    running.window.talk.open(0)
    assert running.window.talk.adapter == ""


def test_what_a_new_chat_held_is_gone_once_it_is_sent(
    running: Scene, qtbot: QtBot, note: Path
) -> None:
    running.window.manners.own(temperature=0.11)
    running.window.panel.system.changed.emit("Be brief.")
    drop(running, note)
    running.window.save()
    running.window.drafts.save()
    running.window.manners.save()
    assert "note.py" in unsent.draft()
    assert unsent.manner() is not None
    running.ask(qtbot, "One")
    assert running.desk.store.manner(running.window.talk.conversation).system == "Be brief."
    assert (unsent.draft(), unsent.manner()) == ("", None)
    running.window.sidebar.new_requested.emit()
    assert running.window.talk.system == ""
    assert chips(running) == []


def test_a_new_chat_that_cannot_be_kept_is_told(
    running: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unsent.note, "write", full)
    qtbot.keyClicks(running.window.composer.editor, "a thought")
    running.window.drafts.save()
    assert "No space left on device" in running.window.banner.text()
    assert running.window.composer.text() == "a thought"


@pytest.mark.parametrize("damaged", ["{", "[]", '{"draft": 7, "manner": {"knobs": 3}}', ""])
def test_a_damaged_file_of_a_new_chat_is_an_empty_one(damaged: str) -> None:
    (places.data() / unsent.NAME).write_text(damaged)
    assert (unsent.draft(), unsent.manner()) == ("", None)


def test_a_sent_message_leaves_no_draft(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "One")
    running.window.drafts.save()
    running.window.save()
    assert running.desk.store.draft(running.window.talk.conversation) == ""
    assert unsent.draft() == ""


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
