"""The buttons of errors: what they say, and that a press does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from chatapp.chat import Failed, Text, UserError
from chatapp.ui.cure_row import CureRow
from tests.fake import words
from tests.ui.scene import READY_MS, Scene

FULL = UserError(
    "{device} ran out of memory: {needed} GB needed, {free} GB free.",
    "Shorten the context, load in a smaller precision, or choose a smaller model.",
    "shorten_context",
    "load_4bit",
    "choose_model",
    device="CPU",
    needed=1.2,
    free=0.4,
)


@pytest.fixture
def scene(dressed: QApplication, some_models: None, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.backend.info = replace(scene.backend.info, context_length=4096)
    scene.start(qtbot)
    yield scene
    scene.close()


def fail(scene: Scene, qtbot: QtBot, *script: Text | Exception) -> int:
    scene.backend.script = list(script)
    with qtbot.waitSignal(scene.window.talk.failed, timeout=READY_MS) as failed:
        scene.type(qtbot, "Hi")
    scene.backend.script = words(2)
    return failed.args[0]


def buttons(scene: Scene) -> dict[str, QPushButton]:
    """By what they say: those at messages."""
    rows = scene.window.transcript.findChildren(CureRow)
    return {b.text(): b for row in rows for b in row.buttons if b.isVisible()}


def told(scene: Scene) -> dict[str, QPushButton]:
    """By what they say: those of the banner."""
    return {b.text(): b for b in scene.window.banner._buttons if b.isVisible()}


def test_an_error_of_an_answer_has_a_button_for_each_way_out(scene: Scene, qtbot: QtBot) -> None:
    fail(scene, qtbot, FULL)
    assert list(buttons(scene)) == ["Shorten the context", "Load in 4 bits", "Choose a model"]
    assert "ran out of memory" in scene.cards()


def test_a_shorter_context_loads_again_and_the_answer_goes_on_from_its_text(
    scene: Scene, qtbot: QtBot
) -> None:
    window = scene.window
    message = fail(scene, qtbot, Text("kept "), FULL)
    loads, settled = window.loads.loaded, window.talk.settled
    with qtbot.waitSignals([loads, settled], timeout=READY_MS):
        buttons(scene)["Shorten the context"].click()
    assert window.loads.knobs.context_length == 2048
    assert window.keeper.settings.loading == window.loads.knobs
    assert scene.stored()[-1].id == message
    assert scene.stored()[-1].text == "kept t00000 t00001 "
    assert scene.cards() == ""
    assert not buttons(scene)


def test_four_bits_load_again_and_an_answer_without_text_begins_anew(
    scene: Scene, qtbot: QtBot
) -> None:
    window = scene.window
    fail(scene, qtbot, FULL)
    with qtbot.waitSignals([window.loads.loaded, window.talk.settled], timeout=READY_MS):
        buttons(scene)["Load in 4 bits"].click()
    assert window.loads.ways.of(window.loads.subject).dtype == "int4"
    assert window.loads.knobs.dtype == "auto"  # of every other model
    assert window.panel.model_page.rows["dtype"].value == "int4"
    assert not window.panel.reload_button.isEnabled()
    assert scene.stored()[-1].text == "t00000 t00001 "


def test_what_is_set_already_has_no_button(scene: Scene, qtbot: QtBot) -> None:
    scene.window.panel.set_loading("dtype", "int4")
    fail(scene, qtbot, FULL)
    assert list(buttons(scene)) == ["Shorten the context", "Choose a model"]


def test_a_bug_can_be_tried_again_and_its_details_copied(
    scene: Scene, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    fail(scene, qtbot, ValueError("what broke"))
    assert list(buttons(scene)) == ["Try again", "Copy details"]
    buttons(scene)["Copy details"].click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("ChatApp ")
    assert "Traceback" in copied
    assert "what broke" in copied
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        buttons(scene)["Try again"].click()
    assert scene.stored()[-1].text == "t00000 t00001 "
    caplog.clear()


def test_the_oldest_turns_may_go_after_all(scene: Scene, qtbot: QtBot) -> None:
    error = UserError("It is {a}.", "Forget.", "forget_turns", "raise_context", a=1)
    fail(scene, qtbot, error)
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        buttons(scene)["Leave out the oldest"].click()
    assert scene.backend.requests[-1].sampling.when_full == "forget"


def test_the_context_row_is_shown(scene: Scene, qtbot: QtBot) -> None:
    fail(scene, qtbot, UserError("Too long.", "Shorten it.", "raise_context"))
    buttons(scene)["Change the context length"].click()
    row = scene.window.panel.model_page.rows["context_length"]
    assert row.isVisible()


def test_the_banner_offers_the_library_for_a_model_that_is_gone(scene: Scene, qtbot: QtBot) -> None:
    window = scene.window
    window.tell(UserError("config.json is missing in {folder}.", "x", "open_library", folder="a"))
    told(scene)["Open the Library"].click()
    assert window.pages.current == "library"
    assert not window.banner.isVisible()


def test_a_failed_load_is_tried_again_in_another_way(scene: Scene, qtbot: QtBot) -> None:
    window = scene.window
    failure = Failed("{name} is large.", "x", (("name", "fake"),), cures=("offload", "retry"))
    window.loads.failed.emit(failure)
    assert list(told(scene)) == ["Offload a part", "Try again"]
    with qtbot.waitSignal(window.loads.loaded, timeout=READY_MS):
        told(scene)["Offload a part"].click()
    assert window.loads.knobs.offload == "auto"


def test_an_error_without_a_way_out_has_no_button(scene: Scene, qtbot: QtBot) -> None:
    fail(scene, qtbot, UserError("It is so.", "Wait."))
    assert not buttons(scene)
    scene.window.tell(UserError("It is so.", "Wait."))
    assert not told(scene)


def test_the_buttons_follow_the_language(scene: Scene, qtbot: QtBot) -> None:
    fail(scene, qtbot, FULL)
    scene.window.tell(FULL)
    scene.desk.speak("ja")
    qtbot.waitUntil(lambda: "4 ビットで読み直す" in buttons(scene), timeout=READY_MS)
    assert list(told(scene))[:1] == ["コンテキストを短くする"]


def test_a_bug_of_the_window_can_be_copied_and_the_window_goes_on(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ValueError("in a slot")
    except ValueError as error:
        scene.desk.bugs.take(ValueError, error, error.__traceback__)
    box = scene.window.findChild(QMessageBox)
    by_text = {button.text(): button for button in box.buttons()}
    by_text["Copy details"].click()
    assert "in a slot" in QGuiApplication.clipboard().text()
    assert box.isVisible()
    by_text["Continue"].click()
    assert not box.isVisible()
    caplog.clear()
