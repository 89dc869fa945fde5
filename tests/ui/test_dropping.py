"""What is let fall on the chat: files, exports of chats, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from chatapp import library
from chatapp.ui.import_summary import ImportSummary
from tests.fake import model
from tests.ui.scene import READY_MS

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from tests.ui.scene import Scene

CHAT = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}\n'


def drop(widget: QWidget, *files: Path) -> None:
    """As a file manager does it: over the widget, then let go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    given = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
    middle = widget.rect().center()
    enter = QDragEnterEvent(QPointF(middle), *given)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(middle), *given))


def attached(scene: Scene) -> list[str]:
    return [chip.attachment.name for chip in scene.window.composer.files.chips]


def asked(scene: Scene) -> bool:
    return bool(scene.window.findChildren(ImportSummary))


def test_a_file_let_fall_on_the_conversation_goes_with_the_next_message(
    running: Scene, tmp_path: Path
) -> None:
    (tmp_path / "note.py").write_text("one two", "utf-8")
    drop(running.window.transcript.viewport(), tmp_path / "note.py")
    assert attached(running) == ["note.py"]


def test_chats_are_offered_for_import_wherever_they_are_let_fall(
    running: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "chats.jsonl").write_text(CHAT, "utf-8")
    for widget in (running.window.transcript.viewport(), running.window.sidebar):
        drop(widget, tmp_path / "chats.jsonl")
        qtbot.waitUntil(lambda: asked(running), timeout=READY_MS)
        (summary,) = running.window.findChildren(ImportSummary)
        summary.reject()
        summary.setParent(None)
        summary.deleteLater()
    assert attached(running) == []


def test_data_that_are_no_chats_are_attached(running: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text('{"a": 1}', "utf-8")
    drop(running.window.transcript.viewport(), tmp_path / "data.json")
    qtbot.waitUntil(lambda: attached(running) == ["data.json"], timeout=READY_MS)
    assert not asked(running)


def test_a_model_let_fall_is_loaded(
    running: Scene, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_folder(path: str) -> library.Model:
        opened.append(path)
        return model("other")

    monkeypatch.setattr(library, "open_folder", open_folder)
    with qtbot.waitSignal(running.window.loads.loaded, timeout=READY_MS):
        drop(running.window.transcript.viewport(), tmp_path)
    assert opened == [str(tmp_path)]


def test_a_folder_without_a_model_is_told(running: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    drop(running.window.transcript.viewport(), tmp_path / "nothing")
    banner = running.window.banner
    qtbot.waitUntil(lambda: "nothing holds no model." in banner.text(), timeout=READY_MS)
