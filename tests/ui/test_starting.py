"""The card of an empty chat while only the built-in guide answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from chatapp import cards, first_steps, library, places, shelf, transfer
from chatapp.cards import Card
from chatapp.memory import Light
from chatapp.shelf import Room, Row, Shelf
from chatapp.ui.start_card import StartCard
from chatapp.ui.welcome import PromptCard
from tests.fake import model
from tests.plain.test_shelf import GB
from tests.ui.scene import MODELS, READY_MS, Scene

CARD = Card("RTX 4070", "cuda", 12 * GB, 11 * GB)


class Computer:
    """What there is on it."""

    def __init__(self) -> None:
        self.rows: tuple[Row, ...] = ()
        self.offline = False

    def look(self, context: int, returned: int) -> Shelf:
        return Shelf(self.rows, Room(CARD, 100 * GB))


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Computer:
    made = Computer()
    monkeypatch.setattr(shelf, "look", made.look)
    monkeypatch.setattr(first_steps, "is_offline", lambda: made.offline)
    monkeypatch.setattr(first_steps, "_is_ready", lambda row: True)
    monkeypatch.setattr(cards, "here", lambda: CARD)
    monkeypatch.setattr(transfer, "free_bytes", lambda folder: 100 * GB)
    return made


@pytest.fixture
def scene(
    qapp: QApplication, some_models: None, computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """The scripted model is taken for the guide."""
    monkeypatch.setattr(places, "starter", lambda: Path("fake"))
    scene = Scene(qapp)
    yield scene
    scene.close()
    qapp.processEvents()


def start_card(scene: Scene, qtbot: QtBot) -> StartCard:
    scene.start(qtbot)
    card = scene.window.transcript.welcome.start
    qtbot.waitUntil(card.isVisible, timeout=READY_MS)
    return card


def press(button: QPushButton, qtbot: QtBot) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_model_that_is_here_starts_with_one_click(
    scene: Scene, qtbot: QtBot, computer: Computer
) -> None:
    here = replace(MODELS[1], bytes=8 * GB)
    computer.rows = (Row(here, Light("fits", ""), None),)
    card = start_card(scene, qtbot)
    assert card.title.text() == "Chat with other"
    assert card.about.text() == "Already on this computer  ·  8.0 GB  ·  Fits"
    assert not card.second.isVisible()
    scene.backend.info = replace(scene.backend.info, name="other", path="other")
    with qtbot.waitSignal(scene.window.loads.ended, timeout=READY_MS):
        press(card.first, qtbot)
    info = scene.desk.host.info
    assert info
    assert info.path == "other"
    assert not card.isVisible()  # the guide is not the model in use any more


def test_the_card_does_not_wait_for_the_engine(scene: Scene, qtbot: QtBot) -> None:
    scene.ready.clear()
    scene.window.start()
    qtbot.waitUntil(scene.window.transcript.welcome.start.isVisible, timeout=READY_MS)
    assert scene.window.loads.under_way
    with qtbot.waitSignal(scene.window.loads.ended, timeout=READY_MS):
        scene.ready.set()


def test_the_best_model_leads_to_its_offer(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = start_card(scene, qtbot)
    assert card.title.text() == "Get Qwen3-8B"
    assert "fits RTX 4070" in card.about.text()
    assert "about 16.4 GB to download (estimate)  ·  Apache-2.0  ·  100.0 GB free" in (
        card.about.text()
    )
    scene.window.librarian.finish()
    asked: list[str] = []
    monkeypatch.setattr(scene.window.librarian.hub, "offer", asked.append)
    press(card.first, qtbot)
    assert scene.window.pages.current == "library"
    assert asked == ["Qwen/Qwen3-8B"]


def test_another_model_can_be_chosen(scene: Scene, qtbot: QtBot) -> None:
    press(start_card(scene, qtbot).second, qtbot)
    assert scene.window.librarian.hub.advice.isVisible()


def test_offline_a_folder_can_be_added(scene: Scene, qtbot: QtBot, computer: Computer) -> None:
    computer.offline = True
    card = start_card(scene, qtbot)
    assert card.title.text().startswith("Offline")
    assert "config.json" in card.about.text()
    press(card.first, qtbot)
    assert scene.window.librarian.shelf.isVisible()
    (question,) = scene.window.librarian.shelf.findChildren(QFileDialog)
    question.reject()


def test_a_model_that_arrives_takes_the_place_of_the_advice(
    scene: Scene, qtbot: QtBot, computer: Computer
) -> None:
    card = start_card(scene, qtbot)
    computer.rows = (Row(MODELS[1], Light("tight", ""), None),)
    scene.window.loads.scan()
    qtbot.waitUntil(lambda: card.title.text() == "Chat with other", timeout=READY_MS)


def test_beside_another_model_there_is_no_card(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "starter", lambda: Path("elsewhere"))
    monkeypatch.setattr(library, "models", lambda: [model("fake")])
    scene.start(qtbot)
    with qtbot.waitSignal(scene.window.loads.found, timeout=READY_MS):
        scene.window.loads.scan()
    assert scene.desk.starting._looks > 1  # it would have looked
    assert scene.window.transcript.welcome.start.isHidden()


@pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
def test_the_card_is_whole_and_prompts_give_way(
    scene: Scene, qtbot: QtBot, size: tuple[int, int]
) -> None:
    scene.window.resize(*size)
    card = start_card(scene, qtbot)
    scene.app.processEvents()
    welcome = scene.window.transcript.welcome
    assert welcome.rect().contains(card.geometry().translated(card.parentWidget().pos()))
    assert card.height() >= card.heightForWidth(card.width())
    for prompt in welcome.findChildren(PromptCard):
        assert not prompt.isVisible() or prompt.height() >= prompt.minimumSizeHint().height()
