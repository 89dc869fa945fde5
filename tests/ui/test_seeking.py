"""Search over all chats in the window: typed, shown, opened at the place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import library
from chatapp.search import Hit
from chatapp.ui.hits import HitRole
from tests.ui.scene import MODELS, Scene

WAIT_MS = 10_000


@pytest.fixture(autouse=True)
def some_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(qapp)
    store = scene.desk.store
    weather = store.new("Weather")
    parent = None
    for count in range(150):
        parent = store.add(weather.id, "user", f"message {count} " + "word " * 40, parent).id
    store.add(weather.id, "user", "明日の天気は晴れ", 1)  # another branch
    store.select(parent)
    other = store.new("Trip to Nara")
    store.add(other.id, "user", "deer and temples", None)
    scene.window.talk.tell_list()
    yield scene
    scene.close()
    qapp.processEvents()


def seek(scene: Scene, qtbot: QtBot, words: str) -> list[Hit]:
    sidebar = scene.window.sidebar
    with qtbot.waitSignal(scene.window.seeking._seeker.found, timeout=WAIT_MS):
        sidebar.box.setText(words)
    return list(sidebar.hits.rows.hits)


def test_hits_replace_the_chats_and_an_empty_field_brings_them_back(
    scene: Scene, qtbot: QtBot
) -> None:
    sidebar = scene.window.sidebar
    assert [hit.title for hit in seek(scene, qtbot, "nara")] == ["Trip to Nara"]
    assert sidebar.hits.isVisible()
    assert not sidebar.view.isVisible()
    sidebar.box.clear()
    assert sidebar.view.isVisible()
    assert not sidebar.hits.isVisible()


def test_nothing_found_is_told(scene: Scene, qtbot: QtBot) -> None:
    assert seek(scene, qtbot, "giraffe") == []
    assert scene.window.sidebar.note.text() == "Nothing found."
    assert scene.window.sidebar.note.isVisible()


def test_a_hit_of_two_characters_opens_its_branch_at_the_message(
    scene: Scene, qtbot: QtBot
) -> None:
    window = scene.window
    [hit] = seek(scene, qtbot, "天気")
    window.sidebar.hits.clicked.emit(window.sidebar.hits.rows.index(0))
    assert scene.shown()[-1] == "明日の天気は晴れ"
    assert window.reader.bar.field.text() == "天気"
    finding = window.transcript.finding
    qtbot.waitUntil(lambda: finding.count == 1 and finding.place == 0, timeout=WAIT_MS)
    span = finding.span()
    assert span is not None
    assert span[0].turn == len(scene.shown()) - 1
    assert hit.message == window.transcript._scroll.turns[-1].message.id


def test_a_hit_far_up_in_a_long_chat_is_scrolled_to(scene: Scene, qtbot: QtBot) -> None:
    window = scene.window
    hits = seek(scene, qtbot, '"message 7 ')
    assert hits == []
    hits = seek(scene, qtbot, "message 107")
    window.seeking.open(next(hit for hit in hits if "message 107" in hit.line))
    scroll = window.transcript._scroll
    qtbot.waitUntil(lambda: window.transcript.finding.count > 0, timeout=WAIT_MS)
    shown = [turn.text.split(" word")[0] for _, turn, _ in scroll.visible()]
    assert "message 107" in shown


def test_the_place_of_the_hit_is_marked_though_others_are_on_the_screen(
    scene: Scene, qtbot: QtBot
) -> None:
    window, store = scene.window, scene.desk.store
    chat = store.new("Short")
    first = store.add(chat.id, "user", "a heron here", None)
    second = store.add(chat.id, "user", "another heron there", first.id)
    hits = seek(scene, qtbot, "heron")
    finding = window.transcript.finding
    for message in (second.id, first.id):
        window.seeking.open(next(hit for hit in hits if hit.message == message))
        qtbot.waitUntil(lambda: not finding.under_way, timeout=WAIT_MS)
        span = finding.span()
        assert span is not None
        assert window.transcript._scroll.turns[span[0].turn].message.id == message
        assert window.transcript._selection.span == span


def test_enter_opens_the_first_hit_and_down_goes_to_the_list(scene: Scene, qtbot: QtBot) -> None:
    window, sidebar = scene.window, scene.window.sidebar
    window.menus["search"].trigger()
    assert sidebar.box.hasFocus() or not window.isActiveWindow()
    seek(scene, qtbot, "deer")
    qtbot.keyClick(sidebar.box, Qt.Key.Key_Return)
    assert scene.shown() == ["deer and temples"]
    qtbot.keyClick(sidebar.box, Qt.Key.Key_Down)
    assert sidebar.hits.currentIndex().row() == 0
    with qtbot.waitSignal(sidebar.hits.opened):
        qtbot.keyClick(sidebar.hits, Qt.Key.Key_Return)
    qtbot.keyClick(sidebar.box, Qt.Key.Key_Escape)
    assert sidebar.box.text() == ""
    assert sidebar.view.isVisible()


def test_what_is_still_composed_is_not_looked_for(scene: Scene, qtbot: QtBot) -> None:
    box = scene.window.sidebar.box
    asked: list[str] = []
    opened: list[Hit] = []
    box.sought.connect(asked.append)
    scene.window.sidebar.hits.opened.connect(opened.append)
    box.setFocus()
    QApplication.sendEvent(box, QInputMethodEvent("てんき", []))
    qtbot.wait(0)
    assert not box._timer.isActive()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    commit = QInputMethodEvent("", [])
    commit.setCommitString("天気")
    QApplication.sendEvent(box, commit)
    qtbot.keyClick(box, Qt.Key.Key_Return)  # in the turn of the commit
    assert opened == []
    with qtbot.waitSignal(scene.window.seeking._seeker.found, timeout=WAIT_MS):
        pass
    assert asked == ["天気"]


def test_only_the_newest_question_is_answered(scene: Scene, qtbot: QtBot) -> None:
    seeker = scene.window.seeking._seeker
    told: list[tuple[str, ...]] = []
    seeker.found.connect(lambda hits: told.append(hits.words))
    seeker.ask("deer")
    seeker.ask("nara")
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    qtbot.wait(30)
    assert told == [("nara",)]


def test_a_hit_that_was_deleted_meanwhile_opens_no_deleted_branch(
    scene: Scene, qtbot: QtBot
) -> None:
    [hit] = seek(scene, qtbot, "天気")
    scene.desk.store.remove(hit.message)
    scene.window.seeking.open(hit)
    assert "明日の天気は晴れ" not in scene.shown()


def test_a_screen_reader_hears_title_speaker_day_and_line(scene: Scene, qtbot: QtBot) -> None:
    seek(scene, qtbot, "deer")
    index = scene.window.sidebar.hits.rows.index(0)
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Trip to Nara, You, ")
    assert said.endswith(", deer and temples")
    assert index.data(HitRole).title == "Trip to Nara"


def test_a_rename_while_hits_are_shown_leaves_them(scene: Scene, qtbot: QtBot) -> None:
    seek(scene, qtbot, "deer")
    scene.window.talk.tell_list()
    assert scene.window.sidebar.hits.isVisible()


def test_an_index_that_is_not_complete_is_asked_again(scene: Scene, qtbot: QtBot) -> None:
    from chatapp.search import Hits

    seeking = scene.window.seeking
    seeking._words = "deer"
    seeking._on_seeker_found(Hits(("deer",), (), waiting=7))
    assert "7 messages" in scene.window.sidebar.note.text()
    with qtbot.waitSignal(seeking._seeker.found, timeout=WAIT_MS):
        pass
    assert scene.window.sidebar.note.text() == ""
