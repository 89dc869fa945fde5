"""The whole window with a scripted model: what a person does, and what they see."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from chatapp import cards, devices, places, settings, tree
from chatapp.chat import EngineLost, Message, Role, Text, UserError
from chatapp.library import Model
from chatapp.settings import App, Settings
from chatapp.successor import AGAIN
from chatapp.ui.find_tab import LICENCES
from chatapp.ui.loads import NOTE
from chatapp.ui.talk import NEWEST
from chatapp.ui.welcome import PromptCard
from chatapp.ui.window import Window
from tests.fake import words
from tests.ui.scene import BROKEN, MODELS, READY_MS, Scene

FULL = UserError(
    "The disk is full; the newest text is not saved yet.", "Free some space, then try again."
)
LOST = EngineLost(
    "The graphics card stopped working for ChatApp.",
    "ChatApp opens again by itself; everything is saved.",
)


def test_what_was_sought_in_a_chat_marks_nothing_in_the_next(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "Where is the word?")
    finding = running.window.transcript.finding
    running.window.reader.bar.show_words("word")
    qtbot.waitUntil(lambda: finding.count == 1)
    running.window.menus["new"].trigger()
    running.ask(qtbot, "Nothing of it is here.")
    assert not running.window.reader.bar.isVisible()
    assert not finding.inside(0, 0)


# -- the model --


def test_a_message_typed_while_the_model_loads_is_answered_when_it_is_ready(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ready.clear()
    scene.window.start()
    with qtbot.waitSignal(scene.window.talk.waiting):
        scene.type(qtbot, "Hello")
    assert [m.text for m in scene.stored()] == ["Hello", ""]
    assert "ready" in scene.window.composer.hint.text()
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        scene.ready.set()
    assert scene.stored()[-1].text.startswith("t00000")
    qtbot.waitUntil(lambda: "Enter" in scene.window.composer.hint.text())


def test_a_message_sent_before_the_library_is_known_waits_for_the_model(
    scene: Scene, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        scene.window.start()
        scene.type(qtbot, "Hello")
    assert scene.stored()[-1].finish == "stop"


def test_a_message_loads_the_last_model_by_itself(scene: Scene, qtbot: QtBot) -> None:
    scene.window.start(load=False)
    assert scene.ask(qtbot).finish == "stop"


def test_the_load_shows_its_progress(scene: Scene, qtbot: QtBot) -> None:
    scene.ready.clear()
    scene.window.start()
    picker = scene.window.picker
    qtbot.waitUntil(lambda: picker._bar.isVisible())
    assert picker._bar.value() == 500
    assert picker._button.text() == "fake"
    scene.ready.set()
    qtbot.waitUntil(lambda: not picker._bar.isVisible())
    assert "float32" in picker._button.text()


def test_a_cancelled_load_leaves_a_clear_card_at_the_waiting_message(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ready.clear()
    scene.window.start()
    scene.type(qtbot, "Hello")
    qtbot.waitUntil(lambda: scene.window.picker._cancel.isVisible())
    with qtbot.waitSignal(scene.window.talk.failed, timeout=READY_MS):
        scene.window.picker._cancel.click()
    assert scene.cards() == "No model is loaded.\nChoose a model at the top of the window."
    qtbot.waitUntil(lambda: not scene.window.picker._cancel.isVisible())


def test_a_broken_model_is_told_and_the_present_one_answers(running: Scene, qtbot: QtBot) -> None:
    picks = running.window.picker.picks
    qtbot.waitUntil(lambda: len(picks.rows.picks) >= 3)
    picks.trigger(next(n for n, pick in enumerate(picks.rows.picks) if "damaged" in pick.end))
    told = "broken: model.safetensors is damaged.  Download it again."
    assert running.window.banner.text() == told
    assert running.ask(qtbot).finish == "stop"
    assert running.desk.host.info == running.backend.info


def test_what_is_told_of_one_model_goes_when_another_load_begins(
    running: Scene, qtbot: QtBot
) -> None:
    window = running.window
    window.picker.chosen.emit(MODELS[2])
    assert "broken: " in window.banner.text()
    running.ready.clear()
    window.picker.chosen.emit(MODELS[1])
    assert window.loads.under_way
    assert window.banner.text() == ""
    running.ready.set()
    qtbot.waitUntil(lambda: not window.loads.under_way, timeout=READY_MS)


def test_a_model_that_breaks_while_loading_leaves_the_present_one(
    running: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opener(chosen: Model, loading: settings.Loading) -> Iterator[object]:
        raise BROKEN
        yield

    monkeypatch.setattr(running.desk.host, "_open", opener)
    with qtbot.waitSignal(running.window.loads.ended, timeout=READY_MS):
        running.window.picker.chosen.emit(MODELS[1])
    assert running.window.banner.text().startswith("other: model.safetensors is damaged.")
    assert running.ask(qtbot).finish == "stop"
    assert running.window.loads.last == "fake"


def test_the_model_that_was_loaded_is_remembered(running: Scene, qtbot: QtBot) -> None:
    running.window.save()
    assert settings.load()[0].app.model == "fake"


# -- a start after a crash --


def left_note(name: str = "fake") -> None:
    (places.data() / NOTE).write_text(json.dumps([name, name]), "utf-8")


def test_the_model_the_last_start_fell_over_is_not_loaded_by_itself(
    qapp: QApplication, qtbot: QtBot
) -> None:
    left_note()
    scene = Scene(qapp)
    with qtbot.waitSignal(scene.window.loads.found, timeout=READY_MS):
        scene.window.start()
    assert not scene.window.loads.under_way
    assert "ended while it was loading fake" in scene.window.banner.text()
    scene.ask(qtbot)
    assert scene.desk.host.info is None
    with qtbot.waitSignal(scene.window.loads.loaded, timeout=READY_MS):
        scene.window.banner._button.click()
    qtbot.waitUntil(lambda: not (places.data() / NOTE).exists())
    scene.close()


def test_the_note_lies_there_while_a_model_loads_and_only_then(scene: Scene, qtbot: QtBot) -> None:
    note = places.data() / NOTE
    scene.ready.clear()
    scene.window.start()
    qtbot.waitUntil(note.exists)
    assert json.loads(note.read_text("utf-8")) == ["fake", "fake"]
    with qtbot.waitSignal(scene.window.loads.ended, timeout=READY_MS):
        scene.ready.set()
    assert not note.exists()


def test_closing_while_a_model_loads_is_no_crash(scene: Scene, qtbot: QtBot) -> None:
    scene.ready.clear()
    scene.window.start()
    qtbot.waitUntil((places.data() / NOTE).exists)
    scene.window.close()
    assert not (places.data() / NOTE).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[1, 2, 3]", "\0\udc80"])
def test_a_damaged_note_is_as_none(qapp: QApplication, text: str) -> None:
    (places.data() / NOTE).write_bytes(text.encode("utf-8", "surrogateescape"))
    scene = Scene(qapp)
    assert scene.window.loads.suspect is None
    scene.close()


# -- messages --


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_prompt_sends_nothing(running: Scene, qtbot: QtBot, text: str) -> None:
    running.type(qtbot, text)
    assert running.desk.store.conversations() == []
    assert running.backend.requests == []


def test_stop_takes_the_place_of_send_and_esc_stops(running: Scene, qtbot: QtBot) -> None:
    button = running.window.composer.button
    assert button.text() == "Send"
    running.backend.gate.clear()
    with qtbot.waitSignal(running.window.talk.wrote):
        running.type(qtbot, "Hi")
    assert button.text() == "Stop"
    with qtbot.waitSignal(running.window.talk.settled):
        qtbot.keyClick(running.window.composer.editor, Qt.Key.Key_Escape)
    assert button.text() == "Send"
    assert running.stored()[-1].finish == "stopped"
    assert running.shown()[-1].startswith("t00000")


def test_esc_stops_from_the_conversation_too(running: Scene, qtbot: QtBot) -> None:
    running.backend.gate.clear()
    with qtbot.waitSignal(running.window.talk.wrote):
        running.type(qtbot, "Hi")
    with qtbot.waitSignal(running.window.talk.settled) as settled:
        qtbot.keyClick(running.window.transcript, Qt.Key.Key_Escape)
    assert settled.args[0].finish == "stopped"


def test_a_new_version_can_be_made_and_the_old_one_found_again(
    running: Scene, qtbot: QtBot
) -> None:
    running.ask(qtbot)
    running.backend.script = [Text("another"), *words(0)]
    with qtbot.waitSignal(running.window.talk.settled):
        running.window.menus["regenerate"].trigger()
    assert running.shown() == ["Hi", "another"]
    running.window.transcript.asked.emit("version_back", running.stored()[-1].id)
    assert running.shown()[-1].startswith("t00000")


def test_a_moved_slider_counts_from_the_next_request_on(running: Scene, qtbot: QtBot) -> None:
    running.backend.gate.clear()
    with qtbot.waitSignal(running.window.talk.wrote):
        running.type(qtbot, "One")
    running.window.panel.chat_page.changed.emit("temperature", 1.5)
    with qtbot.waitSignal(running.window.talk.settled):
        running.backend.gate.set()
    running.ask(qtbot, "Two")
    assert [r.sampling.temperature for r in running.backend.requests] == [0.7, 1.5]


def test_a_failure_stays_at_its_message_when_one_comes_back(running: Scene, qtbot: QtBot) -> None:
    running.backend.script = [BROKEN]
    running.ask(qtbot)
    first = running.window.talk.conversation
    running.window.sidebar.new_requested.emit()
    assert running.cards() == ""
    running.window.sidebar.opened.emit(first)
    assert running.cards() == "model.safetensors is damaged.\nDownload it again."


def test_a_deleted_chat_comes_back_with_undo(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot)
    running.window.menus["delete"].trigger()
    assert running.desk.store.conversations() == []
    assert running.shown() == []
    running.window.sidebar.undo_bar.button.click()
    assert running.shown()[0] == "Hi"
    assert len(running.desk.store.conversations()) == 1


# -- what is kept --


def test_the_last_conversation_opens_again(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "One")
    running.window.sidebar.new_requested.emit()
    running.ask(qtbot, "Two")
    running.window.sidebar.opened.emit(running.desk.store.conversations()[1].id)
    running.close()
    running.open()
    assert running.shown()[0] == "One"


def test_a_change_is_in_the_settings_file_half_a_second_later(running: Scene, qtbot: QtBot) -> None:
    running.window.panel.model_page.changed.emit("context_length", 512)
    qtbot.waitUntil(lambda: settings.load()[0].loading.context_length == 512, timeout=2500)


def test_closing_while_an_answer_streams_saves_it_as_interrupted(
    running: Scene, qtbot: QtBot
) -> None:
    running.backend.gate.clear()
    with qtbot.waitSignal(running.window.talk.wrote):
        running.type(qtbot, "Hi")
    running.window.close()
    last = running.stored()[-1]
    assert last.finish == "interrupted"
    assert last.text.startswith("t00000")


def test_a_hidden_pane_stays_hidden(scene: Scene) -> None:
    scene.window.menus["panel"].trigger()
    assert not scene.window.panel.isVisible()
    scene.close()
    scene.open()
    assert not scene.window.panel.isVisible()
    assert scene.window.sidebar.isVisible()


# -- trouble --


def test_a_full_disk_is_told_while_the_answer_goes_on(
    running: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(*_: object, **__: object) -> Message:
        raise FULL

    def grow(*_: object) -> None:
        running.desk.store._writer.problem = FULL

    monkeypatch.setattr(running.desk.store, "grow", grow)
    monkeypatch.setattr(tree, "settle", settle)
    running.backend.gate.clear()
    with qtbot.waitSignal(running.window.talk.wrote):
        running.type(qtbot, "Hi")
    assert running.window.banner.text() == "  ".join((FULL.sentence, FULL.remedy))
    with qtbot.waitSignal(running.window.talk.settled) as settled:
        running.backend.gate.set()
    assert settled.args[0].text.endswith("t00004 ")
    assert running.shown()[-1].endswith("t00004 ")
    assert running.window.composer.button.text() == "Send"


def test_a_message_that_cannot_be_stored_stays_in_the_box(
    running: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Message:
        raise FULL

    monkeypatch.setattr(running.desk.store, "add", refuse)
    running.type(qtbot, "Precious")
    assert running.window.composer.text() == "Precious"
    assert "disk is full" in running.window.banner.text()


def test_settings_that_cannot_be_saved_are_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings, "save", refuse)
    scene.window.save()
    assert "settings could not be saved" in scene.window.banner.text()


def test_damaged_settings_are_told(qapp: QApplication) -> None:
    places.settings_file().write_text("{", "utf-8")
    scene = Scene(qapp)
    assert "settings were unreadable" in scene.window.banner.text()
    scene.close()


def test_a_damaged_chat_file_is_told_and_kept(qapp: QApplication, home: Path) -> None:
    places.store_file().write_bytes(b"not a database" * 100)
    scene = Scene(qapp)
    kept = scene.desk.store.damaged
    assert kept is not None
    assert kept.name in scene.window.banner.text()
    assert kept.read_bytes() == b"not a database" * 100
    scene.close()


def test_a_lost_accelerator_is_told_at_the_message_and_the_window_makes_room(
    running: Scene, qtbot: QtBot
) -> None:
    running.window._leaver.setInterval(50)
    running.backend.script = [Text("some "), LOST]
    running.ask(qtbot)
    assert running.cards().startswith("The graphics card stopped working for ChatApp.")
    assert "opens again by itself" in running.window.banner.text()
    qtbot.waitUntil(lambda: not running.window.isVisible())
    assert running.window.exit_code == AGAIN
    assert running.stored()[-1].text == "some "
    assert settings.load()[0].app.conversation == running.window.talk.conversation


def test_stay_keeps_the_window_of_a_lost_accelerator(running: Scene, qtbot: QtBot) -> None:
    running.backend.script = [LOST]
    running.ask(qtbot)
    assert running.window._leaver.isActive()
    running.window.banner._button.click()
    assert not running.window._leaver.isActive()
    asked = len(running.backend.requests)
    running.ask(qtbot, "Again")
    assert len(running.backend.requests) == asked  # the host keeps away from the device
    assert running.cards().count("stopped working") == 2
    assert running.window.exit_code == 0


def test_an_accelerator_lost_while_loading_is_not_loaded_onto_again_by_itself(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opener(chosen: Model, loading: settings.Loading) -> Iterator[object]:
        raise LOST
        yield

    monkeypatch.setattr(scene.desk.host, "_open", opener)
    scene.start(qtbot)
    assert scene.window._leaver.isActive()
    scene.close()
    scene.open()
    assert scene.window.loads.suspect == ("fake", "fake")


# -- language and colours --


def texts(window: QWidget) -> set[str]:
    """Everything that the window's widgets and actions say."""
    found: list[str] = [window.windowTitle()]
    for widget in window.findChildren(QWidget):
        if isinstance(widget, PromptCard) and not widget.isVisible():
            continue  # they are made again before they are seen
        found += [widget.toolTip(), widget.accessibleName()]
        match widget:
            case QLabel() | QAbstractButton():
                found.append(widget.text())
            case QPlainTextEdit():
                found.append(widget.placeholderText())
            case QTabBar():
                found += [widget.tabText(i) for i in range(widget.count())]
            case QComboBox():
                found += [widget.itemText(i) for i in range(widget.count())]
    for action in window.findChildren(QAction):
        found += [action.text(), action.toolTip()]
    return {plain(text) for text in found if text}


def plain(text: str) -> str:
    document = QTextDocument()
    document.setHtml(text) if text.startswith("<") else document.setPlainText(text)
    return document.toPlainText()


NAMES = (
    "English",
    "fake",
    "other",
    "broken",
    "Top-p",
    "Top-k",
    "Min-p",
    "ChatApp",
    "CPU",
    "float32",
    "bfloat16",
    "float16",
    "cuda",
    "mps",
    "GB",
    "tok/s",
    "Hi",
    "API",
    "Alt",
    "curl",
    "Python",
    "Intel",
    "AMD",
    "Xeon",
    "EPYC",
    "MB",
    "Ctrl",
    "Del",
    "RAM",
    "Enter",
    "Shift",
    "Backspace",
    "int4",
    "Scroll Left",
    "Scroll Right",
)  # fmt: skip (the last two are Qt's own)


def english(found: set[str]) -> set[str]:
    """What is left when names are taken out and still has a Latin word in it."""
    left = set()
    products = {card.name for card in cards.CARDS} | {name for _, name in devices.read().devices}
    for text in found - set(LICENCES) - products:
        rest = text
        for name in NAMES:
            rest = rest.replace(name, "")
        if sum(letter.isascii() and letter.isalpha() for letter in rest) >= 3:
            left.add(text)
    return left


def test_the_language_switches_everywhere_at_once(running: Scene, qtbot: QtBot) -> None:
    running.backend.script = [BROKEN]
    running.ask(qtbot)
    running.window.sidebar.undo_bar.offer(running.desk.store.conversations()[0], "Hi")
    running.window.tell(FULL)
    running.window.panel.next_word.unfold(False)  # what the model says would come in between
    meter = running.window.meter
    qtbot.waitUntil(lambda: meter.accessibleName() == "Context 1 of 512")
    running.window._readings.close()  # the memory's amount may change between two looks
    before = texts(running.window)
    choose(running, "language", "ja")
    both = english(before) & english(texts(running.window))
    assert both == set()
    assert "壊れ" in running.cards() or "破損" in running.cards()
    assert settings.load()[0].app.language != "ja"  # it is saved half a second later
    choose(running, "language", "en")
    assert english(texts(running.window)) == english(before)


def test_the_empty_window_and_a_load_switch_too(scene: Scene, qtbot: QtBot) -> None:
    scene.ready.clear()
    scene.window.start()
    scene.type(qtbot, "Hi")
    qtbot.waitUntil(lambda: scene.window.picker._bar.isVisible())
    before = texts(scene.window)
    choose(scene, "language", "ja")
    assert english(before) & english(texts(scene.window)) == set()
    turn = scene.window.transcript._scroll.turns[-1]
    assert not english({turn.waiting})
    choose(scene, "language", "en")


def choose(scene: Scene, group: str, value: str) -> None:
    actions = scene.window.menus.groups[group].actions()
    next(action for action in actions if action.data() == value).trigger()
    scene.app.processEvents()


def test_the_colours_switch_at_once_and_are_kept(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "scheme", "dark")
    dark = scene.window.grab().toImage().pixelColor(640, 300)
    choose(scene, "scheme", "light")
    light = scene.window.grab().toImage().pixelColor(640, 300)
    assert dark.lightness() < 80 < 200 < light.lightness()
    scene.window.save()
    assert settings.load()[0].app.scheme == "light"


# -- small windows --


def is_inside(widget: QWidget, outer: QWidget) -> bool:
    corner = widget.mapTo(outer, widget.rect().topLeft())
    return outer.rect().contains(widget.rect().translated(corner))


def clipped(window: Window) -> list[QWidget]:
    """Controls that are cut by the window's edge, or narrower than they need to be."""
    middle = (window.picker._button, window.composer.button, window.composer.editor,
              window.banner._button, window.banner._close, window.gauge.device,
              window.gauge.phase, window.picker._cancel)  # fmt: skip
    seen = [w for w in middle if w.isVisible()]
    cards = [card for card in window.findChildren(PromptCard) if card.isVisible()]
    seen += cards
    cut = [w for w in seen if not is_inside(w, window)]
    small = [w for w in seen if w.width() < w.minimumSizeHint().width()]
    return cut + small + [c for c in cards if c.height() < c.minimumSizeHint().height()]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("size", [(720, 480), (1000, 700), (1280, 800)])
def test_nothing_is_cut_off_in_a_small_window_with_large_text(
    qapp: QApplication,
    qtbot: QtBot,
    size: tuple[int, int],
    scale: float,
    language: str,
) -> None:
    settings.save(Settings(app=App(language=language)))
    usual = qapp.font()
    larger = qapp.font()
    larger.setPointSizeF(usual.pointSizeF() * scale)
    qapp.setFont(larger)
    scene = Scene(qapp)
    scene.ready.clear()
    scene.window.start()
    scene.window.resize(*size)
    scene.window.tell(BROKEN)
    qtbot.waitUntil(lambda: scene.window.picker._cancel.isVisible())
    try:
        assert scene.window.width() == size[0]
        qtbot.waitUntil(lambda: clipped(scene.window) == [])
        for drawer in ("panel", "sidebar"):
            if not scene.window.panes.is_shown(drawer):
                scene.window.menus[drawer].trigger()
            qtbot.waitUntil(lambda: clipped(scene.window) == [])
            assert is_inside(getattr(scene.window, drawer), scene.window)
    finally:
        scene.close()
        qapp.setFont(usual)


def test_a_shrinking_window_puts_its_side_panes_away_and_back(scene: Scene) -> None:
    window = scene.window
    seen = {}
    for width in (1280, 900, 740, 900, 1280):
        window.resize(width, 600)
        seen.setdefault(width, []).append((window.sidebar.isVisible(), window.panel.isVisible()))
    assert seen == {
        1280: [(True, True)] * 2,
        900: [(True, False)] * 2,
        740: [(False, False)],
    }


def test_a_pane_that_the_person_hid_stays_away(scene: Scene) -> None:
    scene.window.menus["sidebar"].trigger()
    for width in (740, 1280):
        scene.window.resize(width, 600)
    assert not scene.window.sidebar.isVisible()


def test_a_drawer_opens_in_a_narrow_window_one_at_a_time(scene: Scene) -> None:
    window = scene.window
    window.resize(740, 600)
    window.menus["panel"].trigger()
    assert (window.sidebar.isVisible(), window.panel.isVisible()) == (False, True)
    window.menus["sidebar"].trigger()
    assert (window.sidebar.isVisible(), window.panel.isVisible()) == (True, False)
    assert window.menus["sidebar"].isChecked()
    assert not window.menus["panel"].isChecked()


def test_the_widths_of_the_panes_are_kept(scene: Scene) -> None:
    panes = scene.window.panes
    panes.moveSplitter(200, 1)
    scene.close()
    scene.open()
    assert scene.window.panes.sizes()[0] == 200


@pytest.mark.parametrize("state", ["", "x", "[]", '{"widths": 3}', "AAAA/wAAAAEAAAAD"])
def test_widths_that_cannot_be_read_are_left_as_they_are(scene: Scene, state: str) -> None:
    before = scene.window.panes.sizes()
    scene.window.panes.restore(state)
    assert scene.window.panes.sizes() == before


# -- titles --


def test_a_greeting_gives_way_to_what_the_chat_is_about(running: Scene, qtbot: QtBot) -> None:
    def title() -> str:
        return running.desk.store.conversations()[0].title

    running.ask(qtbot, "Hello!")
    assert title() == "Hello!"
    running.ask(qtbot, "What is a monad?")
    assert title() == "What is a monad?"
    running.ask(qtbot, "And a functor?")
    assert title() == "What is a monad?"
    assert running.window.sidebar.model.index(1).data() == "What is a monad?"


def test_the_name_that_a_person_gave_stays(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot, "Hello!")
    running.window.talk.rename(running.window.talk.conversation, "Mine")
    running.ask(qtbot, "What is a monad?")
    assert running.desk.store.conversations()[0].title == "Mine"


def test_a_model_that_only_continues_text_says_so_until_another_is_loaded(
    running: Scene, qtbot: QtBot
) -> None:
    window, info = running.window, running.backend.info
    window.loads.loaded.emit(replace(info, chat_template=False))
    assert "continues text" in window.banner.text()
    choose(running, "language", "ja")
    assert "続き" in window.banner.text()
    choose(running, "language", "en")
    window.loads.loaded.emit(info)
    assert window.banner.text() == ""


# -- help --


def test_about_names_the_program_and_its_promise(scene: Scene, qtbot: QtBot) -> None:
    scene.window.menus["about"].trigger()
    page = scene.app.activeModalWidget()
    assert page is not None
    said = [label.text() for label in page.findChildren(QLabel)]
    assert "Nothing you write leaves this computer." in said
    page.close()


# -- the desktop --


@pytest.mark.qt_log_ignore("does not support raise")  # the offscreen platform's own limit
def test_a_minimized_window_comes_forward(scene: Scene) -> None:
    scene.window.showMinimized()
    scene.window.come_forward()
    assert not scene.window.isMinimized()
    assert scene.window.isVisible()


# -- a large paste --


class Heart(QObject):
    """The largest gap between two beats of the event loop, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.worst = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=2, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.worst, self._last = max(self.worst, now - self._last), now


PASTES: dict[str, Callable[[], str]] = {
    "one line": lambda: "a" * 1_000_000,
    "lines": lambda: "some words of a line\n" * 50_000,
    "brackets": lambda: "[" * 1_000_000,
    "Japanese": lambda: "温度を下げると安定します。" * 25_000,
}


@pytest.mark.parametrize("kind", PASTES)
def test_a_megabyte_is_pasted_sent_and_answered_without_a_stall(
    running: Scene, qtbot: QtBot, kind: str, record_property: Callable[[str, object], None]
) -> None:
    running.backend.script = [
        UserError("This message needs {needed} tokens; {limit} fit.", "Shorten it.",
                  needed=250_000, limit=511)
    ]  # fmt: skip
    mime = QMimeData()
    mime.setText(PASTES[kind]())
    heart = Heart()
    qtbot.wait(30)
    running.window.composer.editor.insertFromMimeData(mime)
    qtbot.wait(30)
    running.ask(qtbot, "")
    qtbot.wait(100)
    record_property("largest gap in ms", round(1000 * heart.worst))
    print(f"{kind}: {1000 * heart.worst:.0f} ms")
    assert running.stored()[0].text == PASTES[kind]()
    assert "This message needs 250000 tokens; 511 fit." in running.cards()
    assert heart.worst < 0.5  # the figure to reach is 0.1; machines are noisy


def test_a_long_chat_opens_with_its_newest_messages_and_the_others_follow(
    running: Scene, qtbot: QtBot
) -> None:
    store, talk = running.desk.store, running.window.talk
    chat, parent = store.new("long").id, None
    for number in range(NEWEST + 40):
        role: Role = "assistant" if number % 2 else "user"
        parent = store.add(chat, role, f"message {number}", parent).id
    talk.open(chat)
    assert running.window.transcript.count == NEWEST  # nobody asked for all of it
    qtbot.waitUntil(lambda: running.window.transcript.count == NEWEST + 40, timeout=READY_MS)


def test_who_asks_for_all_of_a_long_chat_while_it_is_shown_does_not_cut_it(
    running: Scene, qtbot: QtBot
) -> None:
    store, talk = running.desk.store, running.window.talk
    chat, parent = store.new("long").id, None
    for number in range(NEWEST + 40):
        parent = store.add(chat, "user", f"message {number}", parent).id
    talk.open(chat)  # there is no answer, so that the last one is looked for in all of it
    qtbot.waitUntil(lambda: running.window.transcript.count == NEWEST + 40, timeout=READY_MS)
