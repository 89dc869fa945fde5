"""The button with the model's name, its list, and the progress of a load."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp import places
from chatapp.chat import ModelInfo, Progress, UserError
from chatapp.memory import Light
from chatapp.ui import model_picker
from chatapp.ui.model_picker import SMALLEST_WIDTH, ModelPicker
from tests.fake import model

LONG = "somebody/A-Model-With-A-Very-Long-Name-Instruct-2507"


@pytest.fixture
def picker(qtbot: QtBot, dressed: object) -> ModelPicker:
    picker = ModelPicker()
    qtbot.addWidget(picker)
    picker.show()
    return picker


def info(name: str) -> ModelInfo:
    return ModelInfo(name, name, "CPU", "float32", "As set in the Model tab.", 1, 1, 512, True)


def labels(picker: ModelPicker) -> list[str]:
    return [pick.spoken for pick in picker.picks.rows.picks]


def test_the_list_has_the_models_and_ticks_the_resident_one(picker: ModelPicker) -> None:
    picker.show_loaded(info("b"))
    picker.show_models((model("a"), model("b")))
    assert [pick.spoken for pick in picker.picks.rows.picks if pick.ticked] == ["b, 0 kB"]


def test_a_broken_model_is_grey_says_why_and_can_be_asked(
    picker: ModelPicker, qtbot: QtBot
) -> None:
    broken = model("a", UserError("{file} is damaged.", "Download it again.", file="x"))
    picker.show_models((broken,))
    assert labels(picker)[0] == "a, x is damaged. Download it again."
    assert picker.picks.rows.picks[0].grey
    with qtbot.waitSignal(picker.chosen) as chosen:
        picker.picks.trigger(0)
    assert chosen.args == [broken]


def test_before_the_first_look_the_list_says_so(picker: ModelPicker) -> None:
    assert labels(picker)[0] == "Looking for models"


def test_a_long_name_gives_way_in_a_narrow_window(picker: ModelPicker, qtbot: QtBot) -> None:
    picker.show_loaded(info(LONG))
    assert picker._button.minimumSizeHint().width() == SMALLEST_WIDTH
    picker.setFixedWidth(200)
    qtbot.waitUntil(lambda: picker._button.width() <= 200)
    shown = picker._button.shown_text()
    assert shown.startswith("some")
    assert shown.endswith(LONG[-4:])  # the device gave way before the name
    assert picker._button.fontMetrics().horizontalAdvance(shown) < 160
    assert LONG in picker._button.text()  # whole for a screen reader


def test_the_name_is_whole_where_there_is_room(picker: ModelPicker) -> None:
    picker.show_loaded(info(LONG))
    picker.resize(picker.sizeHint())
    assert picker._button.shown_text() == picker._button.text()


def test_a_load_can_be_cancelled(picker: ModelPicker, qtbot: QtBot) -> None:
    picker.show_progress("a", Progress("load", 25, 100))
    assert picker._bar.value() == 250
    assert picker._bar.toolTip() == "Loading, 0 kB of 0 kB"
    with qtbot.waitSignal(picker.cancelled):
        picker._cancel.click()


def test_the_built_in_model_is_called_by_its_translated_name(
    picker: ModelPicker, qapp: QApplication, qtbot: QtBot
) -> None:
    picker.show_progress("Built-in guide", Progress("load", 1, 2))
    translator = QTranslator()
    assert translator.load("chatapp_ja", str(places.resources() / "i18n"))
    qapp.installTranslator(translator)
    qtbot.waitUntil(lambda: picker._button.text() == "内蔵ガイド")
    qapp.removeTranslator(translator)
    qtbot.waitUntil(lambda: picker._button.text() == "Built-in guide")


def test_what_was_there_before_comes_back_after_a_cancelled_load(picker: ModelPicker) -> None:
    picker.show_loaded(info("old"))
    picker.show_progress("new", Progress("load", 1, 2))
    picker.show_idle()
    assert picker._button.text().startswith("old ")
    assert not picker._bar.isVisible()


def test_the_list_says_of_each_model_whether_it_fits(picker: ModelPicker) -> None:
    picker.show_models((model("a"), model("b")))
    big = Light("too big", "", {"need": 9.0, "free": 6.0})
    picker.show_fits({"a": Light("fits", ""), "b": big})
    assert labels(picker)[:2] == [
        "a, 0 kB  ·  Fits", "b, 0 kB  ·  Too big by 3.0\N{NO-BREAK SPACE}GB"
    ]  # fmt: skip


def test_the_resident_model_is_unloaded_from_the_list(picker: ModelPicker, qtbot: QtBot) -> None:
    picker.show_models((model("a"), model("b")))
    assert "Unload" not in labels(picker)
    picker.show_loaded(info("b"))
    assert labels(picker)[:3] == ["a, 0 kB", "b, 0 kB", "Unload"]
    with qtbot.waitSignal(picker.unload_requested):
        picker.picks.trigger(2)


def test_a_load_tells_its_bytes_and_what_is_left_once_it_has_a_speed(
    picker: ModelPicker, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    picker.resize(900, 40)
    monkeypatch.setattr(model_picker, "monotonic", lambda: now[0])
    picker.show_progress("a", Progress("load", 0, 8_000_000_000))
    now[0] = 100.5
    picker.show_progress("a", Progress("load", 1_000_000_000, 8_000_000_000))
    assert picker._label.text() == "Loading, 1.0 GB of 8.0 GB"
    now[0] = 102.0
    picker.show_progress("a", Progress("load", 2_000_000_000, 8_000_000_000))
    assert picker._label.text() == "Loading, 2.0 GB of 8.0 GB  ·  6 s left"
    now[0] = 120.0
    picker.show_progress("a", Progress("load", 2_000_000_000, 8_000_000_000))
    assert picker._label.text() == "Loading, 2.0 GB of 8.0 GB  ·  1 min left"
    picker.show_progress("a", Progress("pack", 0, 4_000_000_000))  # at a speed of its own
    assert picker._label.text() == "Converting, 0 kB of 4.0 GB"
    now[0] = 123.0
    picker.show_progress("a", Progress("pack", 1_000_000_000, 4_000_000_000))
    assert picker._label.text() == "Converting, 1.0 GB of 4.0 GB  ·  9 s left"
    picker.show_progress("a", Progress("load", 2_000_000_000, 8_000_000_000))
    now[0] = 141.0
    picker.show_progress("a", Progress("load", 2_500_000_000, 8_000_000_000))
    picker.resize(480, 40)
    assert picker._label.text() in ("2.5 GB  ·  3 min left", "3 min left")
    assert picker._label.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform's own limit
def test_the_button_opens_the_list_and_asks_for_a_fresh_look(
    picker: ModelPicker, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(picker.opened):
        picker._button.click()
    assert picker.picks.isVisible()
    picker.picks.hide()


def test_of_two_that_are_called_the_same_each_tells_its_own_name(picker: ModelPicker) -> None:
    picker.show_models((replace(model("a-one"), title="Same"), replace(model("b"), title="Same")))
    assert labels(picker) == ["Same (a-one), 0 kB", "Same (b), 0 kB"]


def test_the_model_that_answers_is_not_loaded_again_by_choosing_it(picker: ModelPicker) -> None:
    asked: list[object] = []
    picker.chosen.connect(asked.append)
    picker.show_models((model("a"), model("b")))
    picker.show_loaded(info("a"))
    picker.picks.trigger(0)
    assert asked == []
    picker.show_progress("b", Progress("load", 1, 2))
    picker.picks.trigger(0)  # rather than the one on its way
    assert asked == [model("a")]
