"""What a person does to messages in the window: by bar, by menu, by key."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import QDateTime, QLocale, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from chatapp import library
from chatapp.chat import Done, Message, Text
from chatapp.ui.answer_bar import AnswerBar
from chatapp.ui.details import Details
from chatapp.ui.edit_box import EditBox
from chatapp.ui.question_bar import QuestionBar, QueueLine
from chatapp.ui.steps import Steps
from tests.fake import STATS, words
from tests.ui.scene import MODELS, READY_MS, Scene

Shown = TypeVar("Shown", bound=QWidget)
ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def scene(qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))
    scene = Scene(qapp)
    scene.start(qtbot)
    yield scene
    scene.close()
    qapp.processEvents()


def seen(scene: Scene, kind: type[Shown]) -> list[Shown]:
    """The visible widgets of a kind in the conversation view, from top to bottom."""
    found = [each for each in scene.window.transcript.findChildren(kind) if each.isVisible()]
    return sorted(found, key=lambda each: each.y())


def box(scene: Scene) -> EditBox:
    (found,) = seen(scene, EditBox)
    return found


def settled(scene: Scene, qtbot: QtBot, button: QAbstractButton) -> Message:
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS) as signal:
        button.click()
    return signal.args[0]


def growing(scene: Scene, qtbot: QtBot, text: str = "Hi") -> None:
    """Send, and leave the answer after its first word."""
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote, timeout=READY_MS):
        scene.type(qtbot, text)


def texts(scene: Scene) -> list[str]:
    return [message.text.strip() for message in scene.stored()]


# -- the bar below an answer ----------------------------------------------------------------------


def test_an_answer_that_was_cut_short_offers_to_go_on(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = words(1, "length")
    scene.ask(qtbot)
    (bar,) = seen(scene, AnswerBar)
    assert bar.resume.isVisible()
    scene.backend.script = words(1)
    settled(scene, qtbot, bar.resume)
    assert texts(scene) == ["Hi", "t00000 t00000"]
    assert scene.shown()[-1] == "t00000 t00000 "
    assert not seen(scene, AnswerBar)[0].resume.isVisible()


def test_what_is_continued_grows_below_its_beginning(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = words(1, "length")
    scene.ask(qtbot)
    scene.backend.script = words(3)
    scene.backend.gate.clear()
    with qtbot.waitSignal(scene.window.talk.wrote):
        seen(scene, AnswerBar)[0].resume.click()
    scene.window.transcript.flush()
    assert scene.shown()[-1].startswith("t00000 t00000 ")
    assert not seen(scene, AnswerBar)


def test_a_rating_is_set_and_taken_back(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot)
    (bar,) = seen(scene, AnswerBar)
    for button, rating in ((bar.good, 1), (bar.bad, -1), (bar.bad, 0)):
        button.click()
        assert scene.stored()[-1].rating == rating
        assert (bar.good.isChecked(), bar.bad.isChecked()) == (rating == 1, rating == -1)


def test_every_action_of_a_message_has_a_name_and_a_place_in_the_order_of_tab(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ask(qtbot)
    bars = [*seen(scene, AnswerBar), *seen(scene, QuestionBar)]
    stops = [stop for bar in bars for stop in bar.stops()]
    assert len(bars) == 2
    assert all(stop.accessibleName() for stop in stops)
    assert all(stop.focusPolicy() & Qt.FocusPolicy.TabFocus for stop in stops)


# -- editing --------------------------------------------------------------------------------------


def test_up_in_an_empty_box_edits_the_last_message(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot, "One")
    qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_Up)
    editor = box(scene).editor
    assert editor.toPlainText() == "One"
    assert scene.window.focusWidget() is editor
    qtbot.keyClicks(editor, " more")
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert texts(scene)[0] == "One more"
    assert not seen(scene, EditBox)
    assert seen(scene, Steps)[0].count.text() == "2 / 2"
    assert scene.window.focusWidget() is scene.window.composer.editor


def test_up_belongs_to_a_text_that_stands_in_the_box(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot)
    qtbot.keyClicks(scene.window.composer.editor, "x")
    qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_Up)
    assert not seen(scene, EditBox)


def test_enter_makes_a_line_in_an_answer_and_control_enter_saves_it(
    scene: Scene, qtbot: QtBot
) -> None:
    answer = scene.ask(qtbot)
    scene.window.transcript.asked.emit("edit", answer.id)
    editor = box(scene).editor
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "by me")
    qtbot.keyClick(editor, Qt.Key.Key_Return, CONTROL)
    last = scene.stored()[-1]
    assert last.text.endswith("\nby me")
    assert (last.edited, last.version) == (True, 2)
    assert len(scene.backend.requests) == 1
    assert "edited" in scene.window.transcript._phrases.author(last)


def test_esc_leaves_an_edit_and_stops_no_answer(scene: Scene, qtbot: QtBot) -> None:
    first = scene.ask(qtbot, "One")
    growing(scene, qtbot, "Two")
    scene.window.transcript.asked.emit("edit", first.parent)
    qtbot.keyClicks(box(scene).editor, "x")
    qtbot.keyClick(box(scene).editor, Qt.Key.Key_Escape)
    assert not seen(scene, EditBox)
    assert scene.window.talk.is_writing()
    assert texts(scene)[0] == "One"


def test_an_edit_that_cannot_be_saved_now_stays_open_and_says_why(
    scene: Scene, qtbot: QtBot
) -> None:
    first = scene.ask(qtbot, "One")
    growing(scene, qtbot, "Two")
    scene.window.transcript.asked.emit("edit", first.parent)
    qtbot.keyClicks(box(scene).editor, " more")
    box(scene).save.click()
    assert box(scene).editor.toPlainText() == "One more"
    assert "being written" in scene.window.banner.text()


def test_what_was_typed_in_an_edit_is_there_when_one_comes_back(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot, "One")
    chat = scene.window.talk.conversation
    scene.window.menus["edit"].trigger()
    qtbot.keyClicks(box(scene).editor, " mo")
    scene.window.sidebar.new_requested.emit()
    assert not seen(scene, EditBox)
    scene.window.sidebar.opened.emit(chat)
    assert box(scene).editor.toPlainText() == "One mo"


def test_enter_while_an_input_method_composes_does_not_save_an_edit(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ask(qtbot, "One")
    scene.window.menus["edit"].trigger()
    editor = box(scene).editor
    QApplication.sendEvent(editor, QInputMethodEvent("にほん", []))
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    committed = QInputMethodEvent()
    committed.setCommitString("日本")
    QApplication.sendEvent(editor, committed)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert box(scene).editor is editor
    assert len(scene.stored()) == 2
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        qtbot.wait(1)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert texts(scene)[0] == "One日本"


def test_a_message_too_long_to_edit_is_told(scene: Scene, qtbot: QtBot) -> None:
    answer = scene.ask(qtbot)
    long = scene.desk.store.revise(answer.id, "x" * 20_000)
    scene.window.talk.show_again()
    scene.window.transcript.asked.emit("edit", long.id)
    assert not seen(scene, EditBox)
    assert "too long" in scene.window.banner.text()


def test_the_editor_stands_where_the_message_was_and_grows_with_its_text(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ask(qtbot, "One")
    scene.window.menus["edit"].trigger()
    found = box(scene)
    view = scene.window.transcript
    before, total = found.height(), view._scroll.total
    qtbot.waitUntil(lambda: found.height() == view._scroll.turns[0].held)
    for _ in range(4):
        qtbot.keyClick(found.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: found.height() > before)
    assert view._scroll.total > total
    assert view.viewport().rect().contains(found.geometry())


# -- versions, branches, deletion -----------------------------------------------------------------


def test_alt_and_arrows_walk_the_versions_from_the_composer(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot)
    scene.backend.script = [Text("another"), *words(0)]
    settled(scene, qtbot, seen(scene, AnswerBar)[0].regenerate)
    editor = scene.window.composer.editor
    qtbot.keyClick(editor, Qt.Key.Key_Left, ALT)
    assert scene.shown()[-1].startswith("t00000")
    qtbot.keyClick(editor, Qt.Key.Key_Right, ALT)
    assert scene.shown()[-1] == "another"


def test_alt_and_enter_continues_from_the_composer(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = words(1, "length")
    scene.ask(qtbot)
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_Return, ALT)
    assert texts(scene)[-1] == "t00000 t00000"


def test_a_deleted_message_can_be_brought_back_for_ten_seconds(scene: Scene, qtbot: QtBot) -> None:
    answer = scene.ask(qtbot)
    scene.window.transcript.asked.emit("remove", answer.parent)
    assert scene.shown() == []
    assert "2 messages were deleted." in scene.window.banner.text()
    scene.window.banner._button.click()
    assert scene.shown()[0] == "Hi"
    scene.window.transcript.asked.emit("remove", answer.id)
    assert scene.window.banner.text() == "The message was deleted."
    scene.window.acting._timer.timeout.emit()
    assert scene.window.banner.text() == ""


def test_another_note_is_not_taken_away_when_the_ten_seconds_are_over(
    scene: Scene, qtbot: QtBot
) -> None:
    answer = scene.ask(qtbot)
    scene.window.transcript.asked.emit("remove", answer.id)
    scene.window.banner.tell(lambda: "Something else.")
    scene.window.acting._timer.timeout.emit()
    assert scene.window.banner.text() == "Something else."


def test_a_branch_opens_a_new_chat_with_the_same_beginning(scene: Scene, qtbot: QtBot) -> None:
    answer = scene.ask(qtbot, "One")
    scene.window.transcript.asked.emit("fork", answer.id)
    titles = [chat.title for chat in scene.desk.store.conversations()]
    assert titles == ["One (branch)", "One"]
    assert scene.shown()[0] == "One"


def test_the_menu_of_a_message_offers_what_fits_it(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot)
    view = scene.window.transcript
    turns = view._scroll.turns

    def offered(number: int) -> set[str]:
        top = view._scroll.top(number) - view._scroll.value + turns[number].text_top() + 4
        menu = view.offers.at(QPointF(view.viewport().width() / 2, top))
        assert menu is not None
        names = {action.data() for action in menu.actions() if action.data()}
        menu.close()
        return names

    assert offered(0) == {"edit", "regenerate", "fork", "remove"}
    assert offered(1) >= {"edit", "resume", "raw", "fork", "remove"}


# -- waiting and stopping -------------------------------------------------------------------------


def test_a_waiting_message_is_shown_and_comes_back_into_the_box(scene: Scene, qtbot: QtBot) -> None:
    growing(scene, qtbot, "One")
    scene.type(qtbot, "Two")
    qtbot.keyClicks(scene.window.composer.editor, "Three")
    (line,) = seen(scene, QueueLine)
    line.cancel.click()
    assert texts(scene)[0] == "One"
    assert len(scene.stored()) == 2
    assert not seen(scene, QueueLine)
    assert scene.window.composer.editor.toPlainText() == "Two\n\nThree"


def test_a_waiting_message_is_answered_and_waits_no_longer(scene: Scene, qtbot: QtBot) -> None:
    growing(scene, qtbot, "One")
    scene.type(qtbot, "Two")
    assert seen(scene, QueueLine)
    with qtbot.waitSignals([scene.window.talk.settled] * 2, timeout=READY_MS):
        scene.backend.gate.set()
    assert not seen(scene, QueueLine)
    assert [message.role for message in scene.stored()] == ["user", "assistant"] * 2


def test_stop_from_the_menu_says_stopping_at_once(scene: Scene, qtbot: QtBot) -> None:
    growing(scene, qtbot)
    scene.window.menus["stop"].trigger()
    assert scene.window.composer.button.text() == "Stopping"
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        pass
    assert scene.window.composer.button.text() == "Send"


def test_a_question_in_another_chat_says_that_it_waits(scene: Scene, qtbot: QtBot) -> None:
    growing(scene, qtbot, "One")
    scene.window.sidebar.new_requested.emit()
    scene.type(qtbot, "Two")
    assert "another chat" in scene.window.transcript._scroll.turns[-1].waiting
    with qtbot.waitSignals([scene.window.talk.settled], timeout=READY_MS):
        scene.backend.gate.set()
    assert QGuiApplication.focusObject() is not None


# -- how a reply begins ---------------------------------------------------------------------------


def test_a_reply_starts_as_asked_and_the_next_one_as_it_likes(scene: Scene, qtbot: QtBot) -> None:
    composer = scene.window.composer
    qtbot.keyClicks(composer.editor, "One")
    composer.begin.click()
    assert scene.window.focusWidget() is composer.opening.field
    qtbot.keyClicks(composer.opening.field, "Sure: ")
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        qtbot.keyClick(composer.opening.field, Qt.Key.Key_Return)
    assert scene.stored()[-1].text.startswith("Sure: t00000")
    assert scene.shown()[-1].startswith("Sure: t00000")
    assert composer.opening.isHidden()
    assert not scene.ask(qtbot, "Two").text.startswith("Sure")


def test_esc_in_the_line_leaves_it_and_stops_nothing(scene: Scene, qtbot: QtBot) -> None:
    growing(scene, qtbot)
    composer = scene.window.composer
    scene.window.menus["opening"].trigger()
    qtbot.keyClicks(composer.opening.field, "Sure")
    qtbot.keyClick(composer.opening.field, Qt.Key.Key_Escape)
    assert composer.opening.isHidden()
    assert composer.opening.text() == ""
    assert composer.begin.isVisible()
    assert scene.window.talk.is_writing()


def test_enter_that_ends_a_composition_in_the_line_sends_nothing(
    scene: Scene, qtbot: QtBot
) -> None:
    composer = scene.window.composer
    qtbot.keyClicks(composer.editor, "One")
    composer.begin.click()
    field = composer.opening.field
    QApplication.sendEvent(field, QInputMethodEvent("はい", []))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    committed = QInputMethodEvent()
    committed.setCommitString("はい")
    QApplication.sendEvent(field, committed)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert scene.window.talk.conversation == 0
    assert composer.opening.text() == "はい"


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_line_asks_for_nothing(scene: Scene, qtbot: QtBot, text: str) -> None:
    scene.window.composer.begin.click()
    qtbot.keyClicks(scene.window.composer.opening.field, text)
    assert scene.ask(qtbot).text.startswith("t00000")
    assert scene.backend.requests[-1].messages[-1].role == "user"


# -- what an answer was made with -----------------------------------------------------------------


def details(scene: Scene) -> Details:
    (page,) = scene.window.findChildren(Details)
    return page


def test_details_tell_model_seed_knobs_and_libraries(scene: Scene, qtbot: QtBot) -> None:
    scene.window.panel.chat_page.changed.emit("top_k", 7)
    answer = scene.ask(qtbot)
    scene.window.transcript.asked.emit("details", answer.id)
    page = details(scene)
    page.copy.click()
    told = QGuiApplication.clipboard().text()
    begun = QDateTime.fromSecsSinceEpoch(int(answer.created))
    when = QLocale().toString(begun, QLocale.FormatType.ShortFormat)
    assert f"\nBegun: {when}" in told
    for line in ("Name: fake", "Precision: float32", "Top-k: 7", "Seed: 7", "End: done", "torch: "):
        assert f"\n{line}" in told
    page.close()


def test_an_answer_that_kept_nothing_says_so(scene: Scene, qtbot: QtBot) -> None:
    answer = scene.ask(qtbot)
    scene.window.deeds.edit(answer.id, "mine")
    scene.window.menus["details"].trigger()
    assert not details(scene).script.isEnabled()
    details(scene).close()
    scene.window.menus["script"].trigger()
    assert "was not kept" in scene.window.banner.text()


def test_the_script_holds_what_the_model_saw_and_the_answer_s_own_seed(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.window.panel.system.changed.emit("Be brief.")
    scene.ask(qtbot, "One")
    scene.ask(qtbot, "Two")
    scene.window.menus["script"].trigger()
    program = QGuiApplication.clipboard().text()
    values: dict[str, object] = {}
    tree = ast.parse(program)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with contextlib.suppress(ValueError):
                values[node.targets[0].id] = ast.literal_eval(node.value)
    assert values["MESSAGES"] == [
        {"role": m.role, "content": m.text} for m in scene.backend.requests[-1].messages
    ]
    assert values["FOLDER"] == "fake"
    assert "manual_seed(7)" in program


def test_what_had_to_be_left_out_is_not_in_the_script(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot, "One")
    scene.backend.script = [Text("x"), Done("stop", replace(STATS, dropped_messages=2))]
    answer = scene.ask(qtbot, "Two")
    program = scene.window.deeds.script(answer.id)
    assert "'Two'" in program
    assert "'One'" not in program


def test_a_stopped_answer_can_be_repeated_too(scene: Scene, qtbot: QtBot) -> None:
    growing(scene, qtbot)
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        scene.window.talk.stop()
    seed = scene.backend.requests[-1].sampling.seed
    assert seed >= 0
    assert f"manual_seed({seed})" in scene.window.deeds.script(scene.stored()[-1].id)


# -- the keyboard at a message --------------------------------------------------------------------


def test_alt_and_arrows_go_from_message_to_message_and_deeds_are_for_that_one(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ask(qtbot, "One")
    scene.ask(qtbot, "Two")
    editor, mark = scene.window.composer.editor, scene.window.transcript.mark
    stored = [message.id for message in scene.stored()]
    seen_ids = []
    for _ in range(5):
        qtbot.keyClick(editor, Qt.Key.Key_Up, ALT)
        seen_ids.append(mark.message)
    assert seen_ids == [*reversed(stored), stored[0]]
    qtbot.keyClick(editor, Qt.Key.Key_Down, ALT)
    assert mark.message == stored[1]
    scene.window.menus["good"].trigger()
    assert [message.rating for message in scene.stored()] == [0, 1, 0, 0]
    scene.window.menus["remove"].trigger()
    assert texts(scene) == ["One"]


def test_a_deed_that_does_not_fit_the_marked_message_does_nothing(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.ask(qtbot, "One")
    scene.window.transcript.step_mark(-1)
    scene.window.transcript.step_mark(-1)
    scene.window.menus["good"].trigger()
    assert [message.rating for message in scene.stored()] == [0, 0]


def test_typing_leaves_the_marked_message(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot, "One")
    qtbot.keyClick(scene.window.composer.editor, Qt.Key.Key_Up, ALT)
    assert scene.window.transcript.mark.message
    qtbot.keyClicks(scene.window.composer.editor, "x")
    assert not scene.window.transcript.mark.message


def test_a_marked_message_is_painted_and_brought_into_view(scene: Scene, qtbot: QtBot) -> None:
    scene.backend.script = [Text("word " * 3000), *words(0)]
    scene.ask(qtbot, "One")
    view = scene.window.transcript
    assert view._scroll.value > 0
    before = view.viewport().grab().toImage()
    view.step_mark(-1)
    view.step_mark(-1)
    assert view._scroll.value < 20
    assert view.viewport().grab().toImage() != before


def test_an_empty_conversation_offers_nothing_to_do_to_messages(scene: Scene, qtbot: QtBot) -> None:
    menus = scene.window.menus
    names = ("edit", "regenerate", "resume", "good", "fork", "remove", "copy_last", "message_up")
    assert not [name for name in names if menus[name].isEnabled()]
    growing(scene, qtbot)
    on = {name for name in names if menus[name].isEnabled()}
    assert on == {"good", "fork", "copy_last", "message_up"}
    with qtbot.waitSignal(scene.window.talk.settled, timeout=READY_MS):
        scene.backend.gate.set()
    assert [name for name in names if menus[name].isEnabled()] == list(names)
    scene.window.sidebar.new_requested.emit()
    assert not [name for name in names if menus[name].isEnabled()]
