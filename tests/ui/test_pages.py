"""The rail and the pages: one is seen, the keyboard is on it, and keys of another do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui.menus import OF_CHAT, Menus
from chatapp.ui.pages import ROOM, Pages

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.fields = [QLineEdit(), QLineEdit()]
        for field in self.fields:
            column.addWidget(field)


class Scene(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.menus = Menus()
        self.setMenuBar(self.menus)
        self.pages = Pages(self.menus)
        self.pages.turned.connect(self.menus.show_page)
        self.setCentralWidget(self.pages)
        self.page: dict[str, Page] = {}

    def add(self, name: str) -> None:
        self.page[name] = Page()
        self.pages.add(name, self.page[name])

    def button(self, name: str) -> QToolButton:
        return self.pages._buttons[name]


@pytest.fixture
def scene(qtbot: QtBot, dressed: QApplication) -> Scene:
    made = Scene()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    for name in ("chat", "api", "library"):
        made.add(name)
    made.show()
    qtbot.waitActive(made)
    return made


def test_the_rail_is_not_there_for_one_page(qtbot: QtBot, dressed: QApplication) -> None:
    scene = Scene()
    qtbot.addWidget(scene)
    scene.add("chat")
    scene.show()
    assert not scene.pages._rail.isVisible()
    assert not scene.menus["page_chat"].isVisible()
    scene.add("library")
    assert scene.pages._rail.isVisible()
    assert scene.pages.current == "chat"


def test_buttons_stand_in_the_tables_order_whatever_came_first(scene: Scene) -> None:
    heights = [scene.button(name).y() for name in ("chat", "library", "api")]
    assert heights == sorted(heights)


def test_a_click_turns_the_page(scene: Scene, qtbot: QtBot) -> None:
    with qtbot.waitSignal(scene.pages.turned) as turned:
        qtbot.mouseClick(scene.button("library"), Qt.MouseButton.LeftButton)
    assert turned.args == ["library"]
    assert scene.page["library"].isVisible()
    assert not scene.page["chat"].isVisible()
    assert [scene.button(n).isChecked() for n in ("chat", "library", "api")] == [False, True, False]


@pytest.mark.parametrize(("key", "name"), [("2", "library"), ("4", "api")])
def test_a_key_turns_the_page(scene: Scene, qtbot: QtBot, key: str, name: str) -> None:
    qtbot.keyClick(scene, key, Qt.KeyboardModifier.AltModifier)
    assert scene.pages.current == name


def test_a_second_click_leaves_the_page_and_its_mark(scene: Scene, qtbot: QtBot) -> None:
    for _ in range(2):
        qtbot.mouseClick(scene.button("api"), Qt.MouseButton.LeftButton)
    assert scene.pages.current == "api"
    assert scene.button("api").isChecked()


def test_the_keyboard_comes_back_to_where_it_was(scene: Scene) -> None:
    field = scene.page["chat"].fields[1]
    field.setFocus()
    scene.pages.show_page("library")
    assert not field.hasFocus()
    scene.pages.show_page("chat")
    assert field.hasFocus()


def test_no_key_acts_on_a_conversation_that_is_not_seen(scene: Scene) -> None:
    scene.pages.show_page("library")
    scene.menus["regenerate"].setEnabled(True)  # as when an answer ends meanwhile
    assert not [name for name in OF_CHAT if scene.menus[name].isEnabled()]
    assert scene.menus["new"].isEnabled()
    scene.pages.show_page("chat")
    assert [name for name in OF_CHAT if scene.menus[name].isEnabled()] == list(OF_CHAT)


def test_each_button_has_a_name_and_tells_its_key(scene: Scene) -> None:
    assert scene.button("library").accessibleName() == "Library"
    assert scene.button("library").toolTip() == "Library (Alt+2)"


def test_a_narrow_window_has_icons_alone_that_are_large_enough(scene: Scene, qtbot: QtBot) -> None:
    style = Qt.ToolButtonStyle
    assert scene.button("chat").toolButtonStyle() == style.ToolButtonTextUnderIcon
    scene.resize(720, 480)
    assert scene.button("chat").toolButtonStyle() == style.ToolButtonIconOnly
    qtbot.waitUntil(lambda: scene.pages._rail.width() <= 60)
    assert min(scene.button("chat").width(), scene.button("chat").height()) >= 32
    scene.resize(ROOM + 100, 480)
    assert scene.button("chat").toolButtonStyle() == style.ToolButtonTextUnderIcon
