"""How full the context is: counted when the draft rests, warned about, and shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from chatapp.chat import Message, Progress, Rendered, Request
from chatapp.holding import Holding
from chatapp.ui import look
from chatapp.ui.meter import Meter
from chatapp.ui.xray import XRay
from tests.fake import FakeBackend, words
from tests.ui.scene import Scene

LIMIT = 512


@pytest.fixture
def scene(dressed: QApplication) -> Iterator[Scene]:
    scene = Scene(dressed)
    yield scene
    scene.close()


class Counter(FakeBackend):
    """Remembers what it was asked to count."""

    def __init__(self) -> None:
        super().__init__([])
        self.rendered: list[tuple[Request, bool]] = []
        self.answer: Callable[[Rendered], Rendered] = lambda told: told

    def render(self, request: Request, borders: bool = False) -> Rendered:
        self.rendered.append((request, borders))
        told = super().render(request)
        ends = tuple(range(1, len(told.text) + 1)) if borders else ()
        return self.answer(replace(told, ids=tuple(range(len(ends))), ends=ends))


@pytest.fixture
def counted(scene: Scene, qtbot: QtBot) -> Counter:
    """The window's model counts words, and it is loaded."""
    backend = Counter()
    backend.script = scene.backend.script
    scene.backend = backend
    scene.window.close()
    scene.desk.close()
    scene.open()
    scene.start(qtbot)
    return backend


def test_it_is_hidden_until_a_model_is_loaded(scene: Scene, qtbot: QtBot) -> None:
    assert not scene.window.meter.isVisible()
    scene.start(qtbot)
    qtbot.waitUntil(lambda: scene.window.meter.isVisible())
    assert scene.window.meter.accessibleName() == "Context 0 of 512"


def test_the_draft_counts_when_it_rests(scene: Scene, counted: Counter, qtbot: QtBot) -> None:
    qtbot.keyClicks(scene.window.composer.editor, "one two three")
    qtbot.waitUntil(lambda: scene.window.meter.accessibleName() == "Context 3 of 512")
    assert [request.messages[-1].text for request, _ in counted.rendered] == ["one two three"]


def test_what_is_being_composed_does_not_count(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    editor = scene.window.composer.editor
    QApplication.sendEvent(editor, QInputMethodEvent("てんき", []))
    scene.window.resting._on_timer_timeout()
    assert counted.rendered == []
    committed = QInputMethodEvent()
    committed.setCommitString("天気")
    QApplication.sendEvent(editor, committed)
    qtbot.waitUntil(lambda: bool(counted.rendered))
    assert counted.rendered[0][0].messages[-1].text == "天気"


def test_after_an_answer_the_conversation_counts(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(scene.window.talk.settled):
        scene.window.composer.submitted.emit("Hi")
    qtbot.waitUntil(lambda: scene.window.meter.accessibleName() == "Context 6 of 512")
    assert [m.role for m in counted.rendered[-1][0].messages] == ["user", "assistant"]


def test_a_prompt_that_will_not_fit_is_told_with_its_numbers(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    counted.answer = lambda told: replace(told, text="", tokens=600)
    qtbot.keyClicks(scene.window.composer.editor, "long")
    qtbot.waitUntil(lambda: not scene.window.meter.fits)
    assert scene.window.meter.accessibleName() == "Will not fit: 600 of 512"


def test_it_warns_from_four_fifths_on(dressed: QApplication) -> None:
    meter = Meter()
    meter.show_count(round(0.79 * LIMIT), LIMIT, following=4)
    assert "left out next" not in meter.toolTip()
    assert meter._ink() == look.colours().muted
    meter.show_count(round(0.81 * LIMIT), LIMIT, following=4)
    assert "4 messages will be left out next" in meter.toolTip()
    assert meter._ink() == look.colours().warning


def test_in_a_narrow_window_the_numbers_stay(dressed: QApplication) -> None:
    meter = Meter()
    meter.show_count(100, LIMIT)
    assert meter.minimumSizeHint().width() < 0.6 * meter.sizeHint().width()


def test_pressed_it_shows_the_prompt_with_its_tokens(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    qtbot.keyClicks(scene.window.composer.editor, "one two")
    qtbot.mouseClick(scene.window.meter, Qt.MouseButton.LeftButton)
    page = scene.window.counting._page
    assert isinstance(page, XRay)
    qtbot.waitUntil(lambda: page.text.toPlainText() == "one two")
    assert counted.rendered[-1][1]
    assert page.list.topLevelItem(0).text(2) == "2"
    page.reject()
    assert scene.window.counting._page is None


@pytest.fixture
def parent(dressed: QApplication) -> QWidget:
    parent = QWidget()
    parent.resize(900, 700)
    return parent


def page_of(parent: QWidget, prompt: Rendered, *messages: Message) -> XRay:
    page = XRay(parent)
    page.expect(messages)
    page.show_prompt(prompt)
    return page


def test_what_goes_next_is_marked(parent: QWidget) -> None:
    turns = [Message(role, f"text {n}") for n, role in enumerate(["user", "assistant"] * 2)]
    prompt = Rendered("ab", (0, 0, 2, 2), 9, 10, 2, 1, (1, 2), (1, 2))
    page = page_of(parent, prompt, Message("system", "Be kind."), *turns[1:])
    states = [page.list.topLevelItem(row).text(3) for row in range(4)]
    assert states == ["yes", "left out", "left out", "goes next"]
    assert "The oldest 2 messages are left out." in page.summary.text()


def test_the_prompt_is_copied_as_it_is(parent: QWidget) -> None:
    page = page_of(parent, Rendered("a\n😀b", (3,), 3, 10, 0, 0, (1, 2, 3), (2, 3, 4)),
                   Message("user", "a"))  # fmt: skip
    page.copy.click()
    assert QGuiApplication.clipboard().text() == "a\n😀b"


def test_a_token_is_told_where_the_mouse_is(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(parent, Rendered("😀bc", (3,), 3, 10, 0, 0, (51, 52, 53), (1, 2, 3)),
                   Message("user", "a"))  # fmt: skip
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, text, *rest: said.append(text))
    cursor = QTextCursor(page.text.document())
    cursor.setPosition(2)  # an emoji is two places of a document
    at = page.text.cursorRect(cursor).center() + QPoint(1, 0)
    help_event = QHelpEvent(QEvent.Type.ToolTip, at, page.text.viewport().mapToGlobal(at))
    QApplication.sendEvent(page.text.viewport(), help_event)
    assert said == ["Token 2 of 3, id 52"]


def test_neighbouring_tokens_have_different_grounds(parent: QWidget) -> None:
    page = page_of(parent, Rendered("abc", (3,), 3, 10, 0, 0, (1, 2, 3), (1, 2, 3)),
                   Message("user", "a"))  # fmt: skip
    grounds = []
    for place in (1, 2, 3):
        cursor = QTextCursor(page.text.document())
        cursor.setPosition(place)
        grounds.append(cursor.charFormat().background().color().name())
    assert grounds[0] == grounds[2] != grounds[1]


def test_a_prompt_that_does_not_fit_shows_its_messages_only(
    parent: QWidget,
) -> None:
    page = page_of(parent, Rendered("", (99,), 99, 10, 0, 0), Message("user", "a"))
    assert page.summary.text() == "This prompt will not fit: it needs 99 tokens of 10."
    assert not page.copy.isEnabled()


# -- while an answer is written --------------------------------------------------------------------


def test_the_number_follows_the_answer_that_is_written(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    meter = scene.window.meter
    counted.script = [Progress("prefill", 30, 90), *words(3)]
    counted.gate.clear()
    scene.type(qtbot, "Hi")
    qtbot.waitUntil(lambda: meter.accessibleName() == "Context 90 of 512")
    counted.holding = Holding(1, 1, 0, 0, 1, 1, LIMIT - 93, 1, 0.0)
    qtbot.waitUntil(lambda: meter.accessibleName() == "Context 93 of 512")
    counted.holding = Holding(1, 1, 0, 0, 1, 1, LIMIT - 94, 1, 0.0)
    counted.gate.set()
    qtbot.waitUntil(lambda: meter.accessibleName() == "Context 4 of 512")  # as it is counted


def test_another_chat_shows_no_number_of_the_one_before(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(scene.window.talk.settled):
        scene.type(qtbot, "Hi")
    qtbot.waitUntil(lambda: scene.window.meter.accessibleName() == "Context 6 of 512")
    scene.window.talk.open(0)
    assert scene.window.meter.accessibleName() == "Context: counting"
    qtbot.waitUntil(lambda: scene.window.meter.accessibleName() == "Context 0 of 512")


def test_a_count_for_the_chat_before_is_not_shown(
    scene: Scene, counted: Counter, qtbot: QtBot
) -> None:
    talk, meter = scene.window.talk, scene.window.meter
    with qtbot.waitSignal(talk.settled):
        scene.type(qtbot, "Hi")
    scene.window.resting._on_timer_timeout()  # asks
    talk.open(0)
    scene.window.counting._on_stream_rendered(
        scene.window.counting._asked - 1, Rendered("x", (1,), 77, LIMIT, 0, 0)
    )
    assert meter.accessibleName() == "Context: counting"
