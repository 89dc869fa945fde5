"""What a screen reader and the Tab key meet: every control has a name and a role, in good order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby, pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from chatapp.chat import Done, Text
from chatapp.overflow import Overflow
from chatapp.ui.export_choice import ExportChoice
from tests.fake import STATS
from tests.ui.scene import Scene
from tests.ui.test_window import choose

R = QAccessible.Role
# Roles of what can be used; any other thing must have a name if Tab stops at it.
CONTROLS = {R.Button, R.ButtonMenu, R.ButtonDropDown, R.CheckBox, R.RadioButton, R.ComboBox,
            R.Slider, R.SpinBox, R.EditableText, R.PageTab, R.PageTabList, R.MenuItem, R.List,
            R.Tree, R.Table, R.ListItem, R.TreeItem, R.Link, R.ProgressBar}  # fmt: skip
SOURCE = "Code:\n\n```python\nx = 1\n```\n\nA [link](https://example.org)."
MOST = 200  # presses of Tab
PAGES = ("chat", "library", "train", "api")
DIALOGS = ("shortcuts", "preferences", "about", "trash", "archived", "palette", "details", "plain")


@pytest.fixture(params=["en", "ja"])
def scene(dressed: QApplication, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    scene.backend.script = [Text(SOURCE), Done("stop", STATS)]
    choose(scene, "language", request.param)
    scene.ask(qtbot, "Hi")
    yield scene
    choose(scene, "language", "en")
    scene.close()


def walk(seen: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Everything below that can be seen."""
    yield seen
    for number in range(seen.childCount()):
        child = seen.child(number)
        if child and child.isValid() and not child.state().invisible:
            yield from walk(child)


def nameless(root: QWidget) -> list[str]:
    """Controls without a name or a role."""
    found = []
    for each in walk(QAccessible.queryAccessibleInterface(root)):
        role, name = each.role(), each.text(QAccessible.Text.Name)
        used = each.state().focusable or role in CONTROLS
        if role == R.NoRole or (used and not name.strip()):
            owner = each.object()
            inside = owner.parent() if owner else None
            found.append(f"{role} {type(owner).__name__} in {type(inside).__name__}")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name_and_a_role(scene: Scene, page: str) -> None:
    window = scene.window
    window.notice.ask(Overflow(912, 819, 12, 390))
    window.temporary_bar.show()
    window.reader.bar.open_bar()
    window.reader.bar.field.setText("x")  # its clear button comes
    window.sidebar.box.setText("x")
    window.menus["ledger"].trigger()
    window.pages.show_page(page)
    scene.app.processEvents()
    seen = list(walk(QAccessible.queryAccessibleInterface(window)))
    assert len(seen) > 40  # the walk has met the page
    assert nameless(window) == []


def test_every_row_of_the_settings_has_a_name(scene: Scene) -> None:
    for tab in range(3):
        scene.window.panel._tabs.setCurrentIndex(tab)
        assert nameless(scene.window.panel) == []


def test_every_dialog_has_a_name_and_names_its_controls(scene: Scene) -> None:
    for name in DIALOGS:
        scene.window.menus[name].trigger()
        check_dialogs(scene)


def test_what_opens_elsewhere_names_its_controls(scene: Scene) -> None:
    show: list[Callable[[], object]] = [
        scene.window.meter.click,
        ExportChoice(True, scene.window).open,
        scene.window.sidebar.rename_current,
    ]
    for each in show:
        each()
        check_dialogs(scene)
        assert nameless(scene.window) == []


def check_dialogs(scene: Scene) -> None:
    scene.app.processEvents()
    shown = [each for each in scene.window.findChildren(QDialog) if each.isVisible()]
    for dialog in shown:
        assert dialog.windowTitle() or dialog.accessibleName()
        assert nameless(dialog) == []
        dialog.close()


# -- the order of Tab ------------------------------------------------------------------------------


def stops(scene: Scene, qtbot: QtBot) -> list[QWidget]:
    """Where Tab stops, beginning at the top of the rail."""
    window = scene.window
    window.pages._buttons["chat"].setFocus()
    found: list[QWidget] = []
    for _ in range(MOST):
        at = window.focusWidget()
        if found and at is found[0]:
            return found
        if not found or at is not found[-1]:  # in the conversation Tab also goes to its links
            found.append(at)
        qtbot.keyClick(at, Qt.Key.Key_Tab)
    raise AssertionError("Tab does not come back")


def regions(scene: Scene, qtbot: QtBot) -> list[str]:
    """The parts of the window in the order in which Tab goes through them."""
    window = scene.window
    parts: dict[str, QWidget] = {
        "rail": window.pages._rail,
        "sidebar": window.sidebar,
        "header": window.picker,
        "meter": window.meter,
        "conversation": window.transcript,
        "composer": window.composer,
        "panel": window.panel,
        "page": window.pages._stack,
        "strip": window.gauge,
    }

    def part(stop: QWidget) -> str:
        return next(n for n, p in parts.items() if p is stop or p.isAncestorOf(stop))

    return [name for name, _ in groupby(map(part, stops(scene, qtbot)))]


def test_tab_goes_through_the_chat_as_one_reads_it(scene: Scene, qtbot: QtBot) -> None:
    qtbot.waitUntil(scene.window.meter.isVisible)
    order = ["rail", "sidebar", "header", "meter", "conversation", "composer", "panel", "strip"]
    assert regions(scene, qtbot) == order


@pytest.mark.parametrize("page", PAGES[1:])
def test_tab_goes_from_the_rail_through_the_page_to_the_strip(
    scene: Scene, qtbot: QtBot, page: str
) -> None:
    scene.window.pages.show_page(page)
    scene.app.processEvents()
    assert regions(scene, qtbot) == ["rail", "page", "strip"]


def test_tab_goes_down_the_rail_and_down_the_settings(scene: Scene, qtbot: QtBot) -> None:
    window, tabbed = scene.window, stops(scene, qtbot)
    for part in (window.pages._rail, window.panel.chat_page.inside):
        heights = heights_in(part, tabbed)
        assert len(heights) >= 4
        assert all(low >= high - 40 for high, low in pairwise(heights))  # a box, then its slider


def test_tab_goes_from_a_message_to_the_next(scene: Scene, qtbot: QtBot) -> None:
    tabbed = stops(scene, qtbot)
    heights = heights_in(scene.window.transcript.viewport(), tabbed)
    assert len(heights) >= 6
    assert heights == sorted(heights)


def heights_in(part: QWidget, tabbed: list[QWidget]) -> list[int]:
    """How far down in a part each of its stops is."""
    inside = [each for each in tabbed if part.isAncestorOf(each)]
    return [each.mapTo(part, each.rect().center()).y() for each in inside]


@pytest.mark.parametrize("page", PAGES)
def test_shift_tab_goes_the_same_way_back(scene: Scene, qtbot: QtBot, page: str) -> None:
    scene.window.pages.show_page(page)
    scene.app.processEvents()
    there = stops(scene, qtbot)
    back = [there[0]]
    while len(back) < MOST:
        qtbot.keyClick(scene.window.focusWidget(), Qt.Key.Key_Backtab)
        at = scene.window.focusWidget()
        if at is there[0]:
            break
        if at is not back[-1]:
            back.append(at)
    assert back[1:] == there[:0:-1]


def test_a_message_is_read_aloud_when_the_keyboard_comes_to_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: said.append(event.message())
    )
    scene.window.menus["message_up"].trigger()
    scene.window.menus["message_up"].trigger()
    assert said[0].startswith("fake: Code:")
    assert said[1].endswith(": Hi")


def test_an_empty_conversation_offers_its_prompts_where_they_are_read(
    scene: Scene, qtbot: QtBot
) -> None:
    scene.window.menus["new"].trigger()
    qtbot.waitUntil(scene.window.meter.isVisible)
    order = ["rail", "sidebar", "header", "meter", "conversation", "composer", "panel", "strip"]
    assert regions(scene, qtbot) == order


def test_esc_in_the_find_bar_gives_the_keyboard_back(scene: Scene, qtbot: QtBot) -> None:
    window = scene.window
    for before in (window.composer.editor, window.transcript):
        before.setFocus()
        window.menus["find"].trigger()
        assert window.reader.bar.field.hasFocus()
        window.menus["find"].trigger()  # again: still the same to go back to
        qtbot.keyClick(window.reader.bar.field, Qt.Key.Key_Escape)
        assert window.focusWidget() is before
