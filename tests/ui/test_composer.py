from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QAction, QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from chatapp.chat import clean
from chatapp.ui.composer import Composer, size_text
from tests.conftest import BUSY

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape


@pytest.fixture
def composer(qtbot: QtBot) -> Composer:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    made = Composer()
    layout.addStretch(1)
    layout.addWidget(made)
    window.resize(600, 500)
    window.show()
    qtbot.waitExposed(window)
    made.setFocus()
    made.keep = window  # type: ignore[attr-defined]  # the window lives as long as the composer
    return made


@pytest.fixture
def sent(composer: Composer) -> list[str]:
    texts: list[str] = []
    composer.submitted.connect(texts.append)
    return texts


@pytest.fixture
def stops(composer: Composer) -> list[bool]:
    asked: list[bool] = []
    composer.stop_requested.connect(lambda: asked.append(True))
    return asked


def press(composer: Composer, key: Qt.Key, kind: QEvent.Type = QEvent.Type.KeyPress) -> QKeyEvent:
    """A key without a turn of the event loop before it."""
    event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(composer.editor, event)
    return event


def compose(composer: Composer, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(composer.editor, event)


def paste(composer: Composer, text: str) -> float:
    """Seconds until the pasted text is painted."""
    source = QMimeData()
    source.setText(text)
    start = time.perf_counter()
    composer.editor.insertFromMimeData(source)
    QApplication.processEvents()
    composer.grab()
    return time.perf_counter() - start


# -- sending --


def test_enter_sends_the_text_and_leaves_it_to_the_window_to_clear(
    qtbot: QtBot, composer: Composer, sent: list[str]
) -> None:
    qtbot.keyClicks(composer.editor, "hello")
    qtbot.keyClick(composer.editor, ENTER)
    assert sent == ["hello"]
    assert composer.text() == "hello"


def test_control_and_enter_sends(qtbot: QtBot, composer: Composer, sent: list[str]) -> None:
    qtbot.keyClicks(composer.editor, "hello")
    qtbot.keyClick(composer.editor, ENTER, Qt.KeyboardModifier.ControlModifier)
    assert sent == ["hello"]


def test_enter_on_the_number_pad_sends(qtbot: QtBot, composer: Composer, sent: list[str]) -> None:
    qtbot.keyClicks(composer.editor, "hello")
    qtbot.keyClick(composer.editor, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert sent == ["hello"]


def test_shift_and_enter_makes_a_new_line(
    qtbot: QtBot, composer: Composer, sent: list[str]
) -> None:
    qtbot.keyClicks(composer.editor, "a")
    qtbot.keyClick(composer.editor, ENTER, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.editor, "b")
    assert composer.text() == "a\nb"
    assert sent == []


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", "\u3000"])
def test_a_blank_message_is_not_sent(
    qtbot: QtBot, composer: Composer, sent: list[str], blank: str
) -> None:
    composer.set_text(blank)
    qtbot.keyClick(composer.editor, ENTER)
    assert sent == []
    assert not composer.button.isEnabled()


def test_the_button_sends(qtbot: QtBot, composer: Composer, sent: list[str]) -> None:
    composer.set_text("hello")
    qtbot.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    assert sent == ["hello"]
    assert composer.editor.hasFocus()


def test_a_held_enter_sends_once(composer: Composer, sent: list[str]) -> None:
    composer.set_text("hello")
    press(composer, ENTER)
    again = QKeyEvent(
        QEvent.Type.KeyPress, ENTER, Qt.KeyboardModifier.NoModifier, "\r", autorep=True
    )
    QApplication.sendEvent(composer.editor, again)
    assert sent == ["hello"]


def test_clear_empties_the_box(composer: Composer) -> None:
    composer.set_text("hello")
    composer.clear()
    assert composer.text() == ""


def test_every_change_is_told(qtbot: QtBot, composer: Composer) -> None:
    with qtbot.waitSignal(composer.edited):
        qtbot.keyClicks(composer.editor, "a")


# -- stopping --


def test_the_button_stops_while_writing(
    qtbot: QtBot, composer: Composer, sent: list[str], stops: list[bool]
) -> None:
    composer.set_writing(True)
    assert composer.button.text() == "Stop"
    qtbot.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    assert composer.button.text() == "Stopping"
    assert (sent, stops) == ([], [True])
    composer.set_writing(False)
    assert composer.button.text() == "Send"


def test_being_told_again_that_an_answer_is_written_keeps_the_stopping_button(
    composer: Composer,
) -> None:
    composer.set_writing(True)
    composer.button.click()
    composer.set_writing(True)
    assert composer.button.text() == "Stopping"


def test_escape_stops_only_while_writing(
    qtbot: QtBot, composer: Composer, stops: list[bool]
) -> None:
    qtbot.keyClick(composer.editor, ESCAPE)
    assert stops == []
    composer.set_writing(True)
    qtbot.keyClick(composer.editor, ESCAPE)
    assert stops == [True]


# -- input methods --


def test_enter_during_preedit_sends_nothing(composer: Composer, sent: list[str]) -> None:
    composer.set_text("天気")
    compose(composer, "は")
    press(composer, ENTER)
    assert sent == []
    assert composer.text() == "天気"


def test_commit_then_enter_in_the_same_turn_sends_nothing(
    composer: Composer, sent: list[str]
) -> None:
    compose(composer, "てんき")
    compose(composer, "", commit="天気")
    press(composer, ENTER)
    assert sent == []


def test_enter_then_commit_in_the_same_turn_sends_nothing(
    composer: Composer, sent: list[str]
) -> None:
    compose(composer, "てんき")
    press(composer, ENTER)
    compose(composer, "", commit="天気")
    assert sent == []
    assert composer.text() == "天気"


def test_enter_a_turn_after_the_commit_sends(composer: Composer, sent: list[str]) -> None:
    compose(composer, "てんき")
    compose(composer, "", commit="天気")
    QApplication.processEvents()
    press(composer, ENTER)
    assert sent == ["天気"]


def test_committed_kana_without_conversion_is_sent(composer: Composer, sent: list[str]) -> None:
    compose(composer, "ありがとう")
    compose(composer, "", commit="ありがとう")
    QApplication.processEvents()
    press(composer, ENTER)
    assert sent == ["ありがとう"]


def test_several_clauses_wait_for_the_last_commit(composer: Composer, sent: list[str]) -> None:
    compose(composer, "きょうのてんき")
    compose(composer, "のてんき", commit="今日")
    QApplication.processEvents()
    press(composer, ENTER)
    assert sent == []
    compose(composer, "", commit="の天気")
    QApplication.processEvents()
    press(composer, ENTER)
    assert sent == ["今日の天気"]


def test_escape_during_preedit_does_not_stop_the_answer(
    composer: Composer, stops: list[bool]
) -> None:
    composer.set_writing(True)
    compose(composer, "てんき")
    press(composer, ESCAPE)
    assert stops == []


def test_escape_that_dropped_the_composition_does_not_stop_the_answer(
    composer: Composer, stops: list[bool]
) -> None:
    composer.set_writing(True)
    compose(composer, "てんき")
    compose(composer, "")
    press(composer, ESCAPE)
    assert stops == []
    QApplication.processEvents()
    press(composer, ESCAPE)
    assert stops == [True]


@pytest.mark.parametrize("key", [Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Tab])
def test_keys_of_the_input_method_do_nothing_of_ours(composer: Composer, key: Qt.Key) -> None:
    composer.set_text("天気")
    compose(composer, "は")
    before = composer.editor.textCursor().position()
    press(composer, key)
    assert composer.editor.textCursor().position() == before
    assert composer.editor.hasFocus()


def test_shortcuts_wait_while_composing(qtbot: QtBot, composer: Composer) -> None:
    fired: list[bool] = []
    action = QAction(composer.window())
    action.setShortcut(QKeySequence("Ctrl+N"))
    action.triggered.connect(lambda: fired.append(True))
    composer.window().addAction(action)
    compose(composer, "てんき")
    qtbot.keyClick(composer.editor, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert fired == []
    compose(composer, "", commit="天気")
    qtbot.keyClick(composer.editor, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert fired == [True]


def test_what_is_being_composed_is_not_in_the_text(composer: Composer) -> None:
    compose(composer, "てんき")
    assert composer.text() == ""
    assert not composer.button.isEnabled()


def test_a_language_switch_leaves_the_composition_alone(composer: Composer) -> None:
    compose(composer, "てんき")
    QApplication.sendEvent(composer, QEvent(QEvent.Type.LanguageChange))
    assert composer.editor.composing.active


@pytest.mark.parametrize(
    "keys",
    [
        *("Ctrl+N", "Ctrl+B", "Ctrl+K", "Ctrl+L", "Ctrl+R", "Ctrl+/", "Ctrl+Q"),
        *("Ctrl+Shift+B", "Ctrl+Shift+C", "Ctrl+Shift+Backspace"),
    ],
)
def test_shortcuts_of_the_window_work_with_the_cursor_in_the_box(
    qtbot: QtBot, composer: Composer, keys: str
) -> None:
    composer.set_text("some text")
    action = QAction(composer.window())
    action.setShortcut(QKeySequence(keys))
    composer.window().addAction(action)
    combination = QKeySequence(keys)[0]
    with qtbot.waitSignal(action.triggered, timeout=1000):
        qtbot.keyClick(composer.editor, combination.key(), combination.keyboardModifiers())
    assert composer.text() == "some text"


# -- pasting --


def test_pasted_text_is_cleaned(composer: Composer) -> None:
    paste(composer, "a\x00b\r\nc")
    assert composer.text() == "a\ufffdb\nc"


def test_pasted_html_arrives_as_text(composer: Composer) -> None:
    source = QMimeData()
    source.setHtml("<b>bold</b>")
    source.setText("bold")
    composer.editor.insertFromMimeData(source)
    assert composer.text() == "bold"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "a line of twenty chr\n" * 48_000,
        "\n" * 999_999 + "x",
        "a" + "\u0301" * 100_000,
        "[" * 1_000_000,
        "\u202eabc\u202c" * 200_000,
        "漢" * 1_000_000,
    ],
    ids=["one line", "lines", "newlines", "combining", "brackets", "bidi", "kanji"],
)
def test_a_megabyte_is_pasted_without_a_stall_and_sent_whole(
    qtbot: QtBot, composer: Composer, sent: list[str], text: str
) -> None:
    composer.set_text("Sum this up")
    took = min(paste(composer, text), paste_again(composer, text))
    assert took < 0.1 * BUSY
    qtbot.keyClick(composer.editor, ENTER)
    assert sent == [f"Sum this up\n\n{clean(text)}"]


def test_ten_megabytes_do_not_stall_either(composer: Composer) -> None:
    text = "a line of twenty chr\n" * 480_000
    assert min(paste(composer, text), paste_again(composer, text)) < 0.25 * BUSY
    assert composer.chip.accessibleName() == "Pasted text, 10.1 MB"


def paste_again(composer: Composer, text: str) -> float:
    """A second measure, so that a busy machine does not fail the test."""
    composer.set_text("Sum this up")
    return paste(composer, text)


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "word " * 1_900 + "\n" + "漢" * 9_000, "\n" * 40_000]
)
def test_the_most_that_the_editor_shows_itself_does_not_stall(
    composer: Composer, text: str
) -> None:
    took = min(paste(composer, text), paste_again(composer, text))
    assert not composer.chip.isVisible()
    assert took < 0.1 * BUSY


def test_a_line_too_long_to_lay_out_goes_to_the_chip(composer: Composer) -> None:
    paste(composer, "short\n" + "x" * 40_000)
    assert composer.chip.isVisible()
    assert composer.editor.toPlainText() == ""


def test_many_pastes_in_one_line_end_in_the_chip(composer: Composer) -> None:
    for _ in range(8):
        paste(composer, "x" * 9_000)
    assert len(composer.editor.toPlainText()) < 50_000
    assert len(composer.text().replace("\n", "")) == 72_000


def test_the_chip_tells_the_size_and_can_be_removed(qtbot: QtBot, composer: Composer) -> None:
    paste(composer, "x" * 1_000_000)
    assert composer.chip.accessibleName() == "Pasted text, 1.0 MB"
    qtbot.mouseClick(composer.chip.button, Qt.MouseButton.LeftButton)
    assert not composer.chip.isVisible()
    assert composer.text() == ""


def test_sizes_are_told_in_units_people_know() -> None:
    assert [size_text("x" * n) for n in (5, 84_000, 1_048_576)] == ["1 kB", "84 kB", "1.0 MB"]


def test_the_box_grows_with_the_text_up_to_its_share_of_the_window(composer: Composer) -> None:
    one = composer.editor.height()
    composer.set_text("a\nb\nc")
    QApplication.processEvents()
    three = composer.editor.height()
    composer.set_text("\n".join("abcdefghijklmnopqrstuvwxyz" * 2))
    QApplication.processEvents()
    assert one < three < composer.editor.height() == round(0.4 * composer.window().height())
    composer.clear()
    assert composer.editor.height() == one


def test_one_line_stands_as_far_from_the_top_as_from_the_bottom(composer: Composer) -> None:
    line = composer.editor.cursorRect()
    below = composer.editor.viewport().height() - line.bottom()
    assert abs(line.top() - below) <= 3


def test_a_wrapped_line_counts_as_several(composer: Composer) -> None:
    one = composer.editor.height()
    composer.set_text("many words " * 40)
    QApplication.processEvents()
    assert composer.editor.height() > 3 * one


def test_a_taller_window_gives_the_box_more_room(composer: Composer) -> None:
    composer.set_text("\n".join("abcdefghijklmnopqrstuvwxyz" * 2))
    composer.window().resize(600, 800)
    QApplication.processEvents()
    assert composer.editor.height() == 320


def test_nothing_is_cut_when_the_window_is_small(composer: Composer) -> None:
    composer.window().layout().setContentsMargins(0, 0, 0, 0)
    composer.window().resize(composer.minimumSizeHint().width(), 90)
    QApplication.processEvents()
    box = composer.button.parentWidget()
    assert composer.width() >= 260
    assert box.rect().contains(composer.button.geometry())
    assert box.rect().contains(composer.editor.geometry())


def test_a_hint_replaces_the_usual_one_until_it_is_withdrawn(composer: Composer) -> None:
    usual = composer.hint.text()
    composer.set_hint("Will be sent when the model is ready")
    assert composer.hint.text() == "Will be sent when the model is ready"
    composer.set_hint("")
    assert composer.hint.text() == usual


def test_the_clipboard_can_be_pasted_with_the_key(qtbot: QtBot, composer: Composer) -> None:
    QGuiApplication.clipboard().setText("from elsewhere")
    qtbot.keyClick(composer.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert composer.text() == "from elsewhere"
