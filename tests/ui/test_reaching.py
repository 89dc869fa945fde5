"""A model elsewhere in the window: asked for by a person, badged, and never at a start."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from chatapp import library, places, secret, settings
from chatapp.ui.app import Desk
from chatapp.ui.remote_card import RemoteCard
from tests.asking import TOKEN, Api, running
from tests.fake import FakeBackend, host_of, model, words

READY_MS = 10_000


@pytest.fixture
def api() -> Iterator[Api]:
    """A friend's ChatApp, on this machine."""
    with running(FakeBackend(words(2), "big")) as there:
        yield there


class Scene:
    def __init__(self, app: QApplication) -> None:
        self.backend = FakeBackend(words(3))
        self.desk = Desk(app, host_of(self.backend))
        self.window = self.desk.window
        self.card: RemoteCard = self.window.serving.page.remote
        self.window.resize(1280, 800)
        self.window.show()

    def start(self, qtbot: QtBot) -> None:
        with qtbot.waitSignal(self.window.loads.ended, timeout=READY_MS):
            self.window.start()

    def fill(self, qtbot: QtBot, api: Api, key: str = TOKEN) -> None:
        self.window.pages.show_page("api")
        pairs = ((self.card.name, "Friend"), (self.card.url, api.access.url), (self.card.key, key))
        for field, text in pairs:
            field.clear()
            qtbot.keyClicks(field, text)

    def switch(self, qtbot: QtBot) -> None:
        with qtbot.waitSignal(self.window.loads.ended, timeout=READY_MS):
            qtbot.mouseClick(self.card.switch, Qt.MouseButton.LeftButton)

    def ask(self, qtbot: QtBot) -> str:
        editor = self.window.composer.editor
        self.window.pages.show_page("chat")
        with qtbot.waitSignal(self.window.talk.settled, timeout=READY_MS) as settled:
            qtbot.keyClicks(editor, "Hi")
            qtbot.keyClick(editor, Qt.Key.Key_Return)
        return str(settled.args[0].text)

    def close(self) -> None:
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


def test_without_an_address_nothing_can_be_asked(scene: Scene) -> None:
    assert not scene.card.test.isEnabled()
    assert not scene.card.switch.isEnabled()
    assert not scene.window.sent.isVisible()


def test_a_chat_that_leaves_wears_the_badge_until_a_local_model_answers(
    scene: Scene, api: Api, qtbot: QtBot
) -> None:
    scene.fill(qtbot, api)
    scene.switch(qtbot)
    assert scene.card.state.text() == "Friend answers."
    assert scene.ask(qtbot) == "t00000 t00001 "
    assert len(api.backend.requests) == 1
    assert not scene.backend.requests
    assert scene.window.sent.isVisible()
    assert scene.window.sent.text() == "Sent to Friend"
    scene.window.pages.show_page("api")
    assert scene.card.switch.text() == "Use a model of this computer"
    scene.switch(qtbot)
    assert scene.ask(qtbot) == "t00000 t00001 t00002 "
    assert len(api.backend.requests) == 1
    assert not scene.window.sent.isVisible()


def test_typing_sends_nothing(scene: Scene, api: Api, qtbot: QtBot) -> None:
    scene.fill(qtbot, api)
    scene.switch(qtbot)
    scene.window.pages.show_page("chat")
    asked = len(api.backend.requests)
    with qtbot.waitSignal(scene.window.resting.rested, timeout=READY_MS):
        qtbot.keyClicks(scene.window.composer.editor, "a secret draft")
    list(scene.desk.host.render(scene.window.resting.request()))  # behind whatever was asked
    assert len(api.backend.requests) == asked
    assert not scene.window.meter.isVisible()


def test_the_next_start_has_a_local_model(
    scene: Scene, api: Api, qtbot: QtBot, qapp: QApplication
) -> None:
    scene.fill(qtbot, api)
    scene.switch(qtbot)
    scene.window.save()
    saved = settings.load()[0].app
    assert saved.model == "fake"
    assert (saved.remote_name, saved.remote_url) == ("Friend", api.access.url)
    again = Scene(qapp)
    again.start(qtbot)
    assert not again.window.sent.isVisible()
    assert again.card.endpoint() == scene.card.endpoint()
    again.close()


def test_a_test_lists_the_models_and_changes_nothing(scene: Scene, api: Api, qtbot: QtBot) -> None:
    scene.fill(qtbot, api)
    qtbot.mouseClick(scene.card.test, Qt.MouseButton.LeftButton)
    listed = "It answers. Its models: big"
    qtbot.waitUntil(lambda: scene.card.state.text() == listed, timeout=READY_MS)
    assert scene.window.talk is not None
    assert scene.desk.host.info is not None
    assert scene.desk.host.info.name == "fake"


def test_a_wrong_key_is_told_and_the_present_model_stays(
    scene: Scene, api: Api, qtbot: QtBot
) -> None:
    scene.fill(qtbot, api, "wrong")
    qtbot.mouseClick(scene.card.test, Qt.MouseButton.LeftButton)
    told = "Friend refuses the key.  Correct the key."
    qtbot.waitUntil(lambda: scene.card.state.text() == told, timeout=READY_MS)
    scene.switch(qtbot)
    assert scene.card.state.text() == told
    assert scene.window.banner.text() == told
    assert not scene.window.sent.isVisible()
    assert scene.ask(qtbot) == "t00000 t00001 t00002 "


def test_the_key_is_hidden_and_kept_for_its_owner_alone(
    scene: Scene, api: Api, qtbot: QtBot
) -> None:
    scene.fill(qtbot, api)
    scene.switch(qtbot)
    scene.window.save()
    assert scene.card.key.echoMode() == QLineEdit.EchoMode.Password
    file = places.data() / "remote-key"
    assert secret.read(file) == TOKEN
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert TOKEN not in places.settings_file().read_text("utf-8")


def test_a_key_does_not_follow_the_address_to_another_host(
    scene: Scene, api: Api, qtbot: QtBot
) -> None:
    scene.fill(qtbot, api)
    qtbot.keyClicks(scene.card.url, "/deeper")
    assert scene.card.key.text() == TOKEN
    scene.card.url.setText("https://other.example/v1")
    assert scene.card.key.text() == ""


def test_the_card_speaks_japanese(scene: Scene, api: Api, qtbot: QtBot) -> None:
    scene.fill(qtbot, api)
    scene.switch(qtbot)
    scene.desk.speak("ja")
    qtbot.waitUntil(lambda: scene.card.state.text() == "Friend が回答します。", timeout=READY_MS)
    assert scene.window.sent.text() == "Friend に送信中"
    scene.desk.speak("en")
