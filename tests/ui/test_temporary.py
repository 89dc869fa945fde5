"""Temporary chats: nothing of them reaches the disk, until one is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from chatapp.chat import EngineLost, Text
from chatapp.fleeting import is_fleeting
from chatapp.ui.talk import BUSY
from tests.fake import words
from tests.ui.scene import READY_MS, Scene

SECRET = "zanzibar"
WAIT_MS = 10_000


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    scene.backend.script = [Text(f"I know {SECRET} well. "), *words(1)]
    yield scene
    scene.close()


def begin(scene: Scene) -> None:
    scene.window.menus["temporary"].trigger()
    assert is_fleeting(scene.window.talk.conversation)


def rows(scene: Scene) -> list[str]:
    model = scene.window.sidebar.model
    return [model.index(place).data() for place in range(model.rowCount())]


def holding(folder: Path, words: str) -> list[str]:
    """The files below a folder that have these words in them."""
    raw = words.encode()
    return [str(p) for p in folder.rglob("*") if p.is_file() and raw in p.read_bytes().lower()]


def test_nothing_of_it_is_written_anywhere(scene: Scene, qtbot: QtBot, home: Path) -> None:
    window = scene.window
    begin(scene)
    window.panel.system.field.setPlainText(f"Speak of {SECRET}.")
    scene.ask(qtbot, f"Where is {SECRET}?")
    qtbot.keyClicks(window.composer.editor, f"and more of {SECRET}")
    window.drafts.save()
    window.manners.save()
    window.save()
    with qtbot.waitSignal(window.seeking._seeker.found, timeout=WAIT_MS):
        window.sidebar.box.setText(SECRET)
    assert list(window.sidebar.hits.rows.hits) == []
    window.talk.open(0)
    qtbot.keyClicks(window.composer.editor, "a draft that is kept")
    window.drafts.save()
    scene.desk.leaving.leave()
    scene.desk.store.close()
    assert holding(home, SECRET) == []
    assert holding(home, "a draft that is kept")  # so this look would have found it


def test_it_is_told_apart_by_a_line_and_in_the_list(scene: Scene, qtbot: QtBot) -> None:
    begin(scene)
    assert scene.window.temporary_bar.isVisible()
    assert scene.window.composer.editor.hasFocus() or not scene.window.isActiveWindow()
    assert rows(scene)[:2] == ["Temporary, not saved", "Temporary chat"]
    scene.ask(qtbot, "Where is it?")
    assert rows(scene)[:2] == ["Temporary, not saved", "Where is it?"]
    scene.window.talk.open(0)
    assert not scene.window.temporary_bar.isVisible()
    assert not scene.window.menus["keep"].isVisible()


def test_an_empty_one_is_used_again(scene: Scene) -> None:
    begin(scene)
    first = scene.window.talk.conversation
    scene.window.talk.open(0)
    begin(scene)
    assert scene.window.talk.conversation == first


def test_its_messages_have_versions_edits_and_an_undo_like_any_other(
    scene: Scene, qtbot: QtBot
) -> None:
    begin(scene)
    answer = scene.ask(qtbot, "Where is it?")
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        scene.window.talk.regenerate(answer.id)
    assert scene.stored()[-1].versions == 2
    scene.window.deeds.remove(scene.stored()[0].id)
    assert scene.stored() == []
    scene.window.acting._on_undo_pressed()
    assert len(scene.stored()) == 2
    here = scene.window.talk.conversation
    scene.window.talk.delete(here)
    assert scene.desk.store.deleted() == []  # it is not in the trash either
    scene.window.talk.restore(here)
    assert len(scene.stored()) == 2


def test_a_kept_one_is_saved_with_its_knobs_and_draft(
    scene: Scene, qtbot: QtBot, home: Path
) -> None:
    window = scene.window
    begin(scene)
    window.panel.chat_page.changed.emit("temperature", 0.25)
    scene.ask(qtbot, f"Where is {SECRET}?")
    qtbot.keyClicks(window.composer.editor, "a draft")
    window.temporary_bar.keep.click()
    kept = window.talk.conversation
    assert not is_fleeting(kept)
    assert not window.temporary_bar.isVisible()
    assert scene.shown() == [f"Where is {SECRET}?", f"I know {SECRET} well. t00000 "]
    assert window.talk.sampling.temperature == 0.25
    assert window.composer.editor.toPlainText() == "a draft"
    assert [each.id for each in scene.desk.store.conversations()] == [kept]
    assert holding(home, SECRET)


def test_it_is_not_kept_while_it_is_written(scene: Scene, qtbot: QtBot) -> None:
    begin(scene)
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, "Hi")
    scene.window.temporary.keep()
    assert scene.window.banner.text().startswith(BUSY.sentence)
    assert is_fleeting(scene.window.talk.conversation)
    assert scene.stored()[-1].text  # what came is in the store by now


def test_an_export_of_all_chats_leaves_it_out(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.ask(qtbot, "An ordinary question")
    begin(scene)
    scene.backend.script = [Text(SECRET), *words(1)]
    scene.ask(qtbot, f"Where is {SECRET}?")
    file = tmp_path / "all.md"
    scene.window.exchanging.export(str(file), True, "markdown", False)
    qtbot.waitUntil(lambda: "all.md" in scene.window.banner.text(), timeout=WAIT_MS)
    assert "An ordinary question" in file.read_text("utf-8")
    assert "Where is" not in file.read_text("utf-8")


def test_a_lost_accelerator_does_not_take_it_away(scene: Scene, qtbot: QtBot) -> None:
    begin(scene)
    scene.ask(qtbot, "Hi")
    scene.backend.script = [EngineLost("It stopped.", "Wait.")]
    with qtbot.waitSignal(scene.window.talk.lost, timeout=READY_MS):
        scene.type(qtbot, "More")
    assert not scene.window._leaver.isActive()
    assert "Keep the temporary chat" in scene.window.banner.text()


def test_the_key_opens_one(scene: Scene, qtbot: QtBot) -> None:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_N, keys)
    assert is_fleeting(scene.window.talk.conversation)


def test_closing_over_words_that_would_be_gone_asks(scene: Scene, qtbot: QtBot) -> None:
    window = scene.window
    begin(scene)
    scene.ask(qtbot, "Where is it?")
    assert not window.close()
    (question,) = window.findChildren(QMessageBox)
    assert "temporary chat" in question.text()
    question.reject()
    scene.window.menus["keep"].trigger()
    assert window.close()


def test_an_empty_temporary_chat_is_no_reason_to_ask(scene: Scene) -> None:
    begin(scene)
    assert scene.window.close()
