"""The text size holds for what stands around the conversation's text, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFontMetricsF

from chatapp.ui import look
from tests.ui.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def usual_size() -> Iterator[None]:
    yield
    look.set_zoom(100)


def test_the_composer_writes_in_the_size_of_the_conversation(scene: Scene) -> None:
    editor = scene.window.composer.editor
    size, high = editor.font().pointSizeF(), editor.height()
    scene.window.reader.zoom(200)
    assert editor.font().pointSizeF() == 2 * size
    assert high < editor.height() >= editor.one_line()
    scene.window.reader.zoom(100)
    assert (editor.font().pointSizeF(), editor.height()) == (size, high)


def test_a_name_has_the_room_for_its_line_at_every_size(running: Scene, qtbot: QtBot) -> None:
    running.ask(qtbot)
    turn = running.window.transcript._scroll.turns[-1]
    for percent in (80, 100, 150, 200):
        running.window.reader.zoom(percent)
        line = QFontMetricsF(look.zoomed(running.app.font())).height()
        assert turn.heading - 8 >= line


def test_figures_that_no_longer_fit_beside_the_buttons_go_below_them(
    running: Scene, qtbot: QtBot
) -> None:
    running.ask(qtbot)
    turn = running.window.transcript._scroll.turns[-1]
    running.window.reader.zoom(200)
    running.window.resize(740, 480)
    running.app.processEvents()
    line = QFontMetricsF(look.zoomed(running.app.font())).height()
    assert turn.stats_height >= 2 * line


def test_the_size_of_the_last_time_comes_back_in_the_composer_too(scene: Scene) -> None:
    usual = scene.window.composer.editor.font().pointSizeF()
    scene.window.reader.zoom(150)
    scene.close()
    look.set_zoom(100)
    scene.open()
    assert scene.window.composer.editor.font().pointSizeF() == pytest.approx(1.5 * usual)
