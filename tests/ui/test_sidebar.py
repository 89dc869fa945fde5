from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from chatapp.chat import Conversation
from chatapp.ui.conversations import OpenRole, WritingRole, grouped
from chatapp.ui.sidebar import Sidebar
from tests.conftest import BUSY

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

DAY = 86_400.0


def days_ago(days: float, number: int, title: str) -> Conversation:
    noon = datetime.datetime.combine(datetime.date.today(), datetime.time(12)).timestamp()
    return Conversation(number, title, noon - days * DAY)


def sample() -> list[Conversation]:
    return [
        days_ago(0, 1, "Beam search"),
        days_ago(0.1, 2, ""),
        days_ago(1, 3, "Letter to the bank"),
        days_ago(9, 4, "Miso soup"),
    ]


@pytest.fixture
def sidebar(qtbot: QtBot) -> Sidebar:
    made = Sidebar()
    qtbot.addWidget(made)
    made.resize(240, 480)
    made.show_conversations(sample())
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(sidebar: Sidebar) -> list[str]:
    model = sidebar.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def place(sidebar: Sidebar, number: int) -> QPoint:
    return sidebar.view.visualRect(sidebar.model.find(number)).center()


def click(qtbot: QtBot, sidebar: Sidebar, number: int) -> None:
    qtbot.mouseClick(sidebar.view.viewport(), Qt.MouseButton.LeftButton, pos=place(sidebar, number))


def editor(sidebar: Sidebar) -> QLineEdit:
    found = sidebar.view.findChild(QLineEdit)
    assert isinstance(found, QLineEdit)
    return found


def compose(field: QLineEdit, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


def test_rows_are_grouped_by_day_with_the_newest_first(sidebar: Sidebar) -> None:
    assert shown(sidebar) == [
        *("Today", "Beam search", "New chat"),
        *("Yesterday", "Letter to the bank"),
        *("Earlier", "Miso soup"),
    ]


def test_a_time_in_the_future_counts_as_today() -> None:
    rows = grouped([days_ago(-3, 1, "a")], datetime.date.today())
    assert rows[0] == "today"


def test_an_empty_list_says_what_to_do(sidebar: Sidebar) -> None:
    sidebar.show_conversations([])
    assert sidebar.empty.isVisible()
    assert sidebar.empty.text() == "No chats yet. Write a message to begin."


def test_a_click_opens_the_conversation(qtbot: QtBot, sidebar: Sidebar) -> None:
    with qtbot.waitSignal(sidebar.opened) as opened:
        click(qtbot, sidebar, 3)
    assert opened.args == [3]


def test_enter_opens_the_conversation_the_arrows_chose(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(2)
    sidebar.view.setFocus()
    qtbot.keyClick(sidebar.view, Qt.Key.Key_Down)
    with qtbot.waitSignal(sidebar.opened) as opened:
        qtbot.keyClick(sidebar.view, Qt.Key.Key_Return)
    assert opened.args == [3]  # the header between was skipped


def test_a_click_on_the_open_conversation_does_not_open_it_again(
    qtbot: QtBot, sidebar: Sidebar
) -> None:
    sidebar.mark_current(3)
    with qtbot.assertNotEmitted(sidebar.opened):
        click(qtbot, sidebar, 3)


def test_new_chat_is_asked_for(qtbot: QtBot, sidebar: Sidebar) -> None:
    with qtbot.waitSignal(sidebar.new_requested):
        qtbot.mouseClick(sidebar.new_button, Qt.MouseButton.LeftButton)


def test_f2_renames_in_place(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.view.setFocus()
    qtbot.keyClick(sidebar.view, Qt.Key.Key_F2)
    qtbot.keyClicks(editor(sidebar), "Bank")
    with qtbot.waitSignal(sidebar.renamed) as renamed:
        qtbot.keyClick(editor(sidebar), Qt.Key.Key_Return)
    assert renamed.args == [3, "Bank"]


def test_a_double_click_renames_in_place(qtbot: QtBot, sidebar: Sidebar) -> None:
    where = place(sidebar, 4)
    click(qtbot, sidebar, 4)
    qtbot.mouseDClick(sidebar.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert editor(sidebar).text() == "Miso soup"


def test_escape_keeps_the_old_title(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.rename_current()
    qtbot.keyClicks(editor(sidebar), "Bank")
    with qtbot.assertNotEmitted(sidebar.renamed):
        qtbot.keyClick(editor(sidebar), Qt.Key.Key_Escape)
    assert "Letter to the bank" in shown(sidebar)


def test_a_blank_title_keeps_the_old_one(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.rename_current()
    editor(sidebar).setText("  ")
    with qtbot.assertNotEmitted(sidebar.renamed):
        qtbot.keyClick(editor(sidebar), Qt.Key.Key_Return)
    assert "Letter to the bank" in shown(sidebar)


def test_enter_while_composing_a_title_does_not_commit_it(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.rename_current()
    compose(editor(sidebar), "ぎんこう")
    with qtbot.assertNotEmitted(sidebar.renamed):
        qtbot.keyClick(editor(sidebar), Qt.Key.Key_Return)
        QApplication.processEvents()  # Qt would commit a turn later
    assert sidebar.view.is_editing()


def test_enter_in_the_turn_of_a_commit_does_not_end_the_rename(
    qtbot: QtBot, sidebar: Sidebar
) -> None:
    sidebar.mark_current(3)
    sidebar.rename_current()
    compose(editor(sidebar), "ぎんこう")
    compose(editor(sidebar), "", commit="銀行")
    press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(editor(sidebar), press)
    QApplication.processEvents()
    assert sidebar.view.is_editing()


def test_enter_after_a_commit_renames(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.rename_current()
    compose(editor(sidebar), "ぎんこう")
    compose(editor(sidebar), "", commit="銀行")
    QApplication.processEvents()
    with qtbot.waitSignal(sidebar.renamed) as renamed:
        qtbot.keyClick(editor(sidebar), Qt.Key.Key_Return)
    assert renamed.args == [3, "銀行"]


def test_a_new_list_waits_until_the_rename_is_over(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.rename_current()
    sidebar.show_conversations([days_ago(0, 7, "Another")])
    QApplication.processEvents()
    assert sidebar.view.is_editing()
    assert editor(sidebar).text() == "Letter to the bank"
    qtbot.keyClick(editor(sidebar), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: shown(sidebar) == ["Today", "Another"])


def test_delete_takes_the_row_away_and_offers_undo(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.view.setFocus()
    with qtbot.waitSignal(sidebar.deleted) as deleted:
        qtbot.keyClick(sidebar.view, Qt.Key.Key_Delete)
    assert deleted.args == [3]
    assert "Letter to the bank" not in shown(sidebar)
    assert "Yesterday" not in shown(sidebar)
    assert sidebar.undo_bar.isVisible()
    assert sidebar.undo_bar.accessibleName() == "Deleted “Letter to the bank”"


def test_undo_asks_for_the_deleted_conversation(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.delete_current()
    with qtbot.waitSignal(sidebar.restored) as restored:
        qtbot.mouseClick(sidebar.undo_bar.button, Qt.MouseButton.LeftButton)
    assert restored.args == [3]
    assert not sidebar.undo_bar.isVisible()


def test_the_offer_ends_by_itself(
    qtbot: QtBot, sidebar: Sidebar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatapp.ui.sidebar.UNDO_MS", 20)
    sidebar.mark_current(3)
    sidebar.delete_current()
    qtbot.waitUntil(lambda: not sidebar.undo_bar.isVisible())


def test_the_menu_deletes_the_open_conversation_when_the_focus_is_elsewhere(
    qtbot: QtBot, sidebar: Sidebar
) -> None:
    sidebar.mark_current(4)
    sidebar.view.setCurrentIndex(sidebar.model.find(1))
    sidebar.new_button.setFocus()
    with qtbot.waitSignal(sidebar.deleted) as deleted:
        sidebar.delete_current()
    assert deleted.args == [4]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_context_menu_acts_on_the_row_it_was_opened_on(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.mark_current(1)
    sidebar.view.customContextMenuRequested.emit(place(sidebar, 4))
    menu = sidebar.findChild(QMenu)
    assert isinstance(menu, QMenu)
    with qtbot.waitSignal(sidebar.deleted) as deleted:
        menu.actions()[-1].trigger()
    menu.close()
    assert deleted.args == [4]


def test_the_conversation_being_written_has_a_dot_and_says_so(sidebar: Sidebar) -> None:
    sidebar.mark_writing(3)
    index = sidebar.model.find(3)
    assert index.data(WritingRole) is True
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Letter to the bank, writing"
    sidebar.mark_writing(0)
    assert index.data(WritingRole) is False


def test_the_open_conversation_stays_marked_when_the_list_changes(sidebar: Sidebar) -> None:
    sidebar.mark_current(3)
    sidebar.show_conversations([*sample(), days_ago(0, 9, "Newest")])
    index = sidebar.model.find(3)
    assert index.data(OpenRole) is True
    assert sidebar.view.currentIndex() == index


def test_headers_cannot_be_chosen(sidebar: Sidebar) -> None:
    assert sidebar.model.flags(sidebar.model.index(0)) == Qt.ItemFlag.NoItemFlags


def test_ten_thousand_rows_are_shown_at_once(qtbot: QtBot, sidebar: Sidebar) -> None:
    many = [days_ago(n / 100, n + 1, f"Chat {n}") for n in range(10_000)]
    start = time.perf_counter()
    sidebar.show_conversations(many)
    sidebar.mark_current(9_999)
    sidebar.view.grab()
    assert time.perf_counter() - start < 0.5 * BUSY
    assert sidebar.model.rowCount(QModelIndex()) == 10_003
