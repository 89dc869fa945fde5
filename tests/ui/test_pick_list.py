"""The list below the model's button."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from chatapp.ui.pick_list import MOST, PickList
from chatapp.ui.pick_rows import Pick

# The offscreen platform's own limits.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LONG = "somebody-" * 20


class Doer:
    """Remembers what was chosen."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def does(self, name: str) -> Callable[[], None]:
        return lambda: self.done.append(name)

    def group(self, *names: str, ticked: bool = False) -> tuple[Pick, ...]:
        return tuple(
            Pick(name, "about", ticked=ticked and not at, below=bool(at), act=self.does(name))
            for at, name in enumerate(names)
        )


@pytest.fixture
def doer() -> Doer:
    return Doer()


@pytest.fixture
def picks(qtbot: QtBot, dressed: object) -> Iterator[PickList]:
    window = QWidget()
    window.resize(720, 480)
    button = QPushButton(window)
    button.setGeometry(60, 40, 200, 32)
    qtbot.addWidget(window)
    window.show()
    yield PickList(button)
    window.close()


def shown(picks: PickList) -> list[str]:
    return [pick.title for pick in picks.rows.picks]


def press(picks: PickList, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(picks.field, key)


def test_three_hundred_models_stay_in_the_window(picks: PickList, doer: Doer) -> None:
    picks.show_groups(tuple(doer.group(f"model {n}{LONG}") for n in range(300)))
    picks.open()
    window = picks.parentWidget().window()
    assert window.geometry().contains(picks.geometry())
    assert picks.list.height() <= MOST * picks.list.sizeHintForRow(0)
    assert picks.list.height() >= 3 * picks.list.sizeHintForRow(0)
    assert picks.list.verticalScrollBar().maximum() > 0
    assert LONG in picks.rows.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_letters_leave_the_models_that_are_called_so(picks: PickList, doer: Doer) -> None:
    picks.show_groups((doer.group("Qwen3-8B"), doer.group("Llama-3.1-8B"), doer.group("Qwen3-1B")))
    picks.open()
    QTest.keyClicks(picks.field, "qwen 8b")
    assert shown(picks) == ["Qwen3-8B"]
    press(picks, Qt.Key.Key_Return)
    assert doer.done == ["Qwen3-8B"]
    assert picks.isHidden()
    picks.open()
    assert len(shown(picks)) == 3
    QTest.keyClicks(picks.field, "mistral")
    assert picks.none.isVisible()
    press(picks, Qt.Key.Key_Return)
    assert doer.done == ["Qwen3-8B"]


def test_what_belongs_to_a_model_is_found_with_it(picks: PickList, doer: Doer) -> None:
    picks.show_groups((doer.group("one", "+ polite", "+ letters"), doer.group("two")))
    picks.open()
    QTest.keyClicks(picks.field, "letters")
    assert shown(picks) == ["one", "+ letters"]
    picks.field.setText("one")
    assert shown(picks) == ["one", "+ polite", "+ letters"]


def test_arrows_walk_from_the_marked_row_and_escape_closes(picks: PickList, doer: Doer) -> None:
    picks.show_groups((doer.group("a"), doer.group("b", ticked=True), doer.group("c")))
    picks.open()
    press(picks, Qt.Key.Key_Down, Qt.Key.Key_Enter)
    assert doer.done == ["c"]
    picks.open()
    press(picks, Qt.Key.Key_Up, Qt.Key.Key_Escape)
    assert picks.isHidden()
    assert doer.done == ["c"]


def test_a_refresh_keeps_the_row_that_one_has_walked_to(picks: PickList, doer: Doer) -> None:
    picks.show_groups((doer.group("a"), doer.group("b")))
    picks.open()
    press(picks, Qt.Key.Key_Down)
    picks.show_groups((doer.group("0"), doer.group("a"), doer.group("b")))
    press(picks, Qt.Key.Key_Return)
    assert doer.done == ["b"]


def test_a_row_that_does_nothing_is_not_reached(picks: PickList) -> None:
    picks.show_groups(((Pick("Looking for models", grey=True),),))
    picks.open()
    press(picks, Qt.Key.Key_Return)
    assert picks.isVisible()
    assert not picks.list.currentIndex().isValid()


def test_a_click_on_a_row_chooses_it(picks: PickList, doer: Doer) -> None:
    picks.show_groups((doer.group("a"), doer.group("b")))
    picks.open()
    spot = picks.list.visualRect(picks.rows.index(1)).center()
    QTest.mouseClick(picks.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert doer.done == ["b"]


def test_the_models_folder_is_opened_from_below_the_list(picks: PickList, qtbot: QtBot) -> None:
    picks.open()
    with qtbot.waitSignal(picks.folder_requested):
        picks.folder.click()
    assert picks.isHidden()
    assert QApplication.activePopupWidget() is None
