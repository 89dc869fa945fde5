"""The page of the local API: the switch, the token, what is copied, and who came."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from chatapp import library, places, settings
from chatapp.chat import Served
from chatapp.settings import App, Settings
from chatapp.ui.api_page import ApiPage
from chatapp.ui.app import Desk
from chatapp.ui.request_log import MOST, RequestLog
from tests.asking import CHAT, QUESTION, free_port
from tests.fake import FakeBackend, host_of, model, words

READY_MS = 10_000
OFF = "Off. Other programs on this computer can use your model when you switch this on."


class Scene:
    """A window with a scripted model and a free port."""

    def __init__(self, app: QApplication) -> None:
        self.port = free_port()
        settings.save(Settings(app=App(port=self.port)))
        self.backend = FakeBackend(words(3))
        self.desk = Desk(app, host_of(self.backend))
        self.window = self.desk.window
        self.page: ApiPage = self.window.serving.page
        self.window.resize(1280, 800)
        self.window.show()

    def start(self, qtbot: QtBot) -> None:
        with qtbot.waitSignal(self.window.loads.ended, timeout=READY_MS):
            self.window.start()
        qtbot.keyClick(self.window, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        assert self.window.pages.current == "api"

    def press(self, qtbot: QtBot, button: QPushButton) -> None:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def switch_on(self, qtbot: QtBot) -> None:
        self.press(qtbot, self.page.switch)
        qtbot.waitUntil(lambda: self.page.state.text().startswith("On."), timeout=READY_MS)

    def switch_off(self, qtbot: QtBot) -> None:
        self.press(qtbot, self.page.switch)
        qtbot.waitUntil(lambda: not self.listens(), timeout=READY_MS)

    def listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, token: str) -> tuple[int, dict[str, Any]]:
        """As another program would."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", CHAT, json.dumps(QUESTION), headers)
        response = connection.getresponse()
        told = response.status, json.loads(response.read())
        connection.close()
        return told

    def rows(self) -> list[tuple[str, ...]]:
        log = self.page.log
        items = (log.topLevelItem(row) for row in range(log.topLevelItemCount()))
        return [tuple(item.text(column) for column in (1, 2, 3)) for item in items if item]

    def close(self) -> None:
        self.backend.gate.set()
        self.window.close()
        assert self.desk.close()
        self.desk.deleteLater()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def scene(
    qapp: QApplication, dressed: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    monkeypatch.setattr(library, "models", lambda: [model("fake")])
    scene = Scene(qapp)
    scene.start(qtbot)
    yield scene
    scene.close()


def test_it_is_off_until_a_person_switches_it_on(scene: Scene) -> None:
    assert scene.page.state.text() == OFF
    assert not scene.listens()
    assert not scene.window.gauge.api.isVisible()
    assert not (places.data() / "api-token").exists()
    assert not scene.page.copy.isEnabled()


def test_another_program_is_answered_and_listed_without_its_words(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.switch_on(qtbot)
    token = scene.page.token.text()
    status, told = scene.ask(token)
    assert (status, told["choices"][0]["message"]["content"]) == (200, "t00000 t00001 t00002 ")
    assert scene.ask("wrong")[0] == 401
    qtbot.waitUntil(lambda: len(scene.rows()) == 2, timeout=READY_MS)
    assert scene.rows() == [("POST -", "401", ""), (f"POST {CHAT}", "200", "12 + 5")]
    assert not scene.page.none.isVisible()


def test_the_strip_says_that_it_is_on_and_leads_to_the_page(scene: Scene, qtbot: QtBot) -> None:
    badge = scene.window.gauge.api
    scene.switch_on(qtbot)
    assert badge.isVisible()
    assert badge.text() == f"API :{scene.port}"
    scene.window.pages.show_page("chat")
    qtbot.mouseClick(badge, Qt.MouseButton.LeftButton)
    assert scene.window.pages.current == "api"
    scene.switch_off(qtbot)
    assert not badge.isVisible()
    assert scene.page.state.text() == OFF


def test_it_can_be_switched_off_and_on_again(scene: Scene, qtbot: QtBot) -> None:
    for _ in range(3):
        scene.switch_on(qtbot)
        scene.press(qtbot, scene.page.switch)
    scene.switch_on(qtbot)
    assert scene.ask(scene.page.token.text())[0] == 200


def test_the_token_is_hidden_kept_for_its_owner_and_the_same_next_time(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.switch_on(qtbot)
    token = scene.page.token.text()
    assert scene.page.token.echoMode() == QLineEdit.EchoMode.Password
    file = places.data() / "api-token"
    assert file.read_text() == token + "\n"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    scene.press(qtbot, scene.page.copy)
    assert QApplication.clipboard().text() == token
    scene.switch_off(qtbot)
    scene.switch_on(qtbot)
    assert scene.page.token.text() == token


def test_a_new_token_refuses_the_old_one_at_once(scene: Scene, qtbot: QtBot) -> None:
    scene.switch_on(qtbot)
    old = scene.page.token.text()
    scene.press(qtbot, scene.page.renew)
    qtbot.waitUntil(lambda: scene.page.state.text().startswith("On."), timeout=READY_MS)
    assert scene.page.token.text() != old
    assert scene.ask(old)[0] == 401
    assert scene.ask(scene.page.token.text())[0] == 200


def test_a_token_that_cannot_be_kept_is_told(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chatapp.secret.write", full)
    scene.press(qtbot, scene.page.switch)
    assert scene.page.state.text().startswith("The token could not be saved (No space left")
    assert not scene.listens()
    assert scene.page.switch.text() == "Switch on"


def test_a_port_in_use_offers_the_next_free_one(scene: Scene, qtbot: QtBot) -> None:
    with socket.create_server(("127.0.0.1", scene.port)):
        scene.press(qtbot, scene.page.switch)
        qtbot.waitUntil(lambda: scene.page.free.isVisible(), timeout=READY_MS)
        assert scene.page.state.text().startswith(f"Port {scene.port} is in use.  Use port ")
        scene.press(qtbot, scene.page.free)
        qtbot.waitUntil(lambda: scene.page.state.text().startswith("On."), timeout=READY_MS)
    scene.port = int(scene.page.port.value())
    assert scene.ask(scene.page.token.text())[0] == 200
    assert not scene.page.free.isVisible()
    scene.window.save()
    assert settings.load()[0].app.port == scene.port


def test_the_port_waits_while_it_is_on(scene: Scene, qtbot: QtBot) -> None:
    assert scene.page.port.isEnabled()
    scene.switch_on(qtbot)
    assert not scene.page.port.isEnabled()


def test_what_is_copied_for_a_client_works_there(scene: Scene, qtbot: QtBot) -> None:
    scene.switch_on(qtbot)
    token, recipes = scene.page.token.text(), scene.page.recipes
    for name in ("curl", "Python"):
        _, code, copy = recipes._made[name]
        assert token not in code.toPlainText()
        scene.press(qtbot, copy)
        lines = QApplication.clipboard().text()
        assert token in lines
        assert f"http://127.0.0.1:{scene.port}/v1" in lines
        assert len(lines.splitlines()) == 3
    compile(lines, "recipe", "exec")
    assert 'model="fake"' in lines
    body = recipes.text("curl").split("-d '")[1].rstrip("'")
    assert json.loads(body) == {"messages": [{"role": "user", "content": "Hi"}]}


def test_a_request_is_answered_as_the_model_s_settings_say(scene: Scene, qtbot: QtBot) -> None:
    keeper = scene.window.keeper
    scene.switch_on(qtbot)
    keeper.keep(sampling=settings.Sampling(temperature=0.125, candidates=3))
    keeper.save()
    assert scene.ask(scene.page.token.text())[0] == 200
    sampling = scene.backend.requests[-1].sampling
    assert (sampling.temperature, sampling.candidates) == (0.125, 1)
    assert sampling.when_full == "stop"


def test_closing_the_window_ends_an_answer_for_another_program(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.gate.clear()
    scene.switch_on(qtbot)
    connection = http.client.HTTPConnection("127.0.0.1", scene.port, timeout=30)
    headers = {"Authorization": f"Bearer {scene.page.token.text()}",
               "Content-Type": "application/json"}  # fmt: skip
    connection.request("POST", CHAT, json.dumps(QUESTION | {"stream": True}), headers)
    response = connection.getresponse()
    assert response.readline().startswith(b"data: ")
    scene.window.close()
    assert scene.desk.host.close(5)
    connection.close()
    assert not scene.listens()


def test_the_page_speaks_japanese(scene: Scene, qtbot: QtBot) -> None:
    scene.switch_on(qtbot)
    scene.desk.speak("ja")
    qtbot.waitUntil(lambda: scene.page.state.text().startswith("オンです。"))
    assert scene.page.switch.text() == "オフにする"
    assert scene.page.log.headerItem().text(0) == "時刻"
    scene.desk.speak("en")


@pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
def test_nothing_is_cut_at_any_size(scene: Scene, qtbot: QtBot, size: tuple[int, int]) -> None:
    scene.window.resize(*size)
    scene.switch_on(qtbot)
    qtbot.waitUntil(lambda: scene.window.width() == size[0], timeout=READY_MS)
    inside = scene.page.widget()
    assert inside.width() <= scene.page.viewport().width()
    for button in scene.page.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width()
    for _, code, _ in scene.page.recipes._made.values():
        assert code.verticalScrollBar().maximum() == 0
        assert code.geometry().bottom() <= scene.page.recipes.height()


def test_the_log_keeps_the_newest(qtbot: QtBot) -> None:
    log = RequestLog()
    qtbot.addWidget(log)
    for first in range(0, 1000, 250):
        log.add([Served(1e9, "GET", f"/{n}", 200) for n in range(first, first + 250)])
    assert log.topLevelItemCount() == MOST
    assert log.topLevelItem(0).text(1) == "GET /999"  # type: ignore[union-attr]
    assert log.topLevelItem(MOST - 1).text(1) == f"GET /{1000 - MOST}"  # type: ignore[union-attr]
