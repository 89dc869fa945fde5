from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from chatapp.chat import Reading
from chatapp.reasons import Reason
from chatapp.ui.gauge import SECONDS, Gauge

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

GIB = 2**30
CARD = Reading("NVIDIA GeForce RTX 4070", "", 10 * GIB, 12 * GIB, 93.4, 142.3, 61.0, GIB, gpu=True)
CPU = Reading("AMD Ryzen 7", "No NVIDIA driver was found.", 8 * GIB, 16 * GIB, 12.0)
BLIND = Reading("NVIDIA GeForce RTX 4070", "", gpu=True)


@pytest.fixture
def gauge(qtbot: QtBot) -> Gauge:
    made = Gauge()
    qtbot.addWidget(made)
    made.resize(1200, made.height())
    made.show()
    qtbot.waitExposed(made)
    return made


def visible_text(gauge: Gauge) -> str:
    labels = gauge.findChildren(QLabel)
    return " | ".join(label.text() for label in labels if label.isVisible())


def test_before_the_first_reading_it_says_so(gauge: Gauge) -> None:
    assert gauge.device.text() == "reading…"
    assert not gauge.load.isVisible()


def test_a_card_is_shown_with_everything_it_told(gauge: Gauge) -> None:
    gauge.show_reading(CARD)
    gauge.show_speed(46.2)
    assert gauge.device.text() == "NVIDIA GeForce RTX 4070"
    assert gauge.load.text() == "load 93 %"
    assert gauge.memory.text() == "memory 10.0/12.0 GB"
    assert gauge.power.text() == "142 W  61 °C"
    assert gauge.speed.text() == "46 tok/s"
    assert gauge.bar.fraction == pytest.approx(10 / 12)


def test_of_several_cards_the_others_are_named_too(gauge: Gauge) -> None:
    one, two = ("cuda:0", "Card A"), ("cuda:1", "Card B")
    gauge.show_reading(replace(CARD, devices=(one, ("cpu", "Processor"))))
    assert "Card A" not in gauge.device.toolTip()
    gauge.show_reading(replace(CARD, devices=(one, two, ("cpu", "Processor"))))
    assert gauge.device.toolTip() == f"{CARD.device}\ncuda:0  Card A\ncuda:1  Card B"


def test_without_a_card_the_processor_and_the_reason_are_shown(gauge: Gauge) -> None:
    gauge.show_reading(CPU)
    assert gauge.device.text() == "CPU"
    assert gauge.why.text() == "No NVIDIA driver was found."
    assert gauge.why.toolTip() == "AMD Ryzen 7\nNo NVIDIA driver was found."
    assert gauge.memory.text() == "RAM 8.0/16.0 GB"


def test_values_that_cannot_be_read_say_so(gauge: Gauge) -> None:
    gauge.show_reading(BLIND)
    assert gauge.load.text() == "load: no reading"
    assert gauge.memory.text() == "memory: no reading"
    assert not gauge.power.isVisible()
    assert not gauge.bar.isVisible()


def test_a_value_that_comes_back_is_shown_again(gauge: Gauge) -> None:
    gauge.show_reading(BLIND)
    gauge.show_reading(CARD)
    assert gauge.bar.isVisible()
    assert gauge.load.text() == "load 93 %"


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("idle", "Idle"),
        ("import", "Loading"),
        ("load", "Loading"),
        ("prefill", "Reading the prompt"),
        ("decode", "Writing"),
    ],
)
def test_each_phase_has_its_word(gauge: Gauge, key: str, word: str) -> None:
    gauge.show_phase(key)
    assert gauge.phase.text() == word


def test_the_history_is_one_minute(gauge: Gauge) -> None:
    for second in range(SECONDS + 10):
        gauge.show_reading(Reading("card", "", load_percent=float(second), gpu=True))
    assert [percent for percent, _ in gauge.sparkline.history] == list(range(10, SECONDS + 10))


def test_the_history_knows_when_the_model_was_at_work(gauge: Gauge) -> None:
    gauge.show_reading(CARD)
    gauge.show_phase("decode")
    gauge.show_reading(CARD)
    assert [working for _, working in gauge.sparkline.history] == [False, True]


def test_the_sparkline_paints_a_full_load_higher_than_none(gauge: Gauge) -> None:
    for percent in (0.0, 100.0):
        gauge.show_reading(Reading("card", "", load_percent=percent, gpu=True))
    image = gauge.sparkline.grab().toImage()
    ground = image.pixelColor(2, 10)
    newest, before = gauge.sparkline.width() - 2, gauge.sparkline.width() - 3
    assert image.pixelColor(newest, 10) != ground
    assert image.pixelColor(before, 10) == ground


@pytest.mark.parametrize("reading", [CARD, CPU, BLIND])
@pytest.mark.parametrize("width", [720, 800, 1000, 1600])
def test_no_text_is_cut_at_any_width(gauge: Gauge, reading: Reading, width: int) -> None:
    gauge.show_reading(reading)
    gauge.show_phase("prefill")
    gauge.show_speed(1234.0)
    gauge.resize(width, gauge.height())
    right = 0
    for label in (gauge.why, gauge.phase, gauge.load, gauge.memory, gauge.power, gauge.speed):
        if label.isVisible():
            assert label.x() >= right, "over the one before"
            right = label.geometry().right()
            if label is not gauge.why:
                assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
    assert right <= width


def test_a_narrow_strip_keeps_phase_load_and_memory(gauge: Gauge) -> None:
    gauge.show_reading(CARD)
    gauge.show_phase("prefill")
    gauge.resize(480, gauge.height())
    text = visible_text(gauge)
    assert "Reading the prompt" in text
    assert "load 93 %" in text
    assert "memory 10.0/12.0 GB" in text


def test_a_reason_gives_way_last(gauge: Gauge) -> None:
    gauge.show_reading(replace(CPU, why=Reason("Driver {version} is too old.", version="470")))
    gauge.show_speed(46.2)
    gauge.resize(560, gauge.height())
    assert gauge.why.isVisible()
    assert gauge.why.text() == "Driver 470 is too old."
    assert not gauge.sparkline.isVisible()
    assert not gauge.speed.isVisible()


def test_the_sparkline_gives_way_before_the_power(gauge: Gauge) -> None:
    gauge.show_reading(CARD)
    gauge.resize(gauge.layout().minimumSize().width() - 10, gauge.height())
    assert not gauge.sparkline.isVisible()
    assert gauge.power.isVisible()


def test_a_narrow_strip_tells_the_card_and_not_its_maker(gauge: Gauge) -> None:
    gauge.show_reading(CARD)
    gauge.show_phase("prefill")
    gauge.resize(720, gauge.height())
    assert gauge.device.text() == "RTX 4070"
    assert not gauge.device.is_cut()
    assert not gauge.sparkline.isVisible()
    assert gauge.power.isVisible()  # in the room that this leaves
    gauge.show_phase("idle")
    gauge.resize(1200, gauge.height())
    assert gauge.device.text() == "NVIDIA GeForce RTX 4070"


@pytest.mark.parametrize("width", [720, 800, 1180])
def test_no_name_is_cut_beside_the_sparkline(gauge: Gauge, width: int) -> None:
    gauge.show_reading(replace(CARD, device="NVIDIA GeForce RTX 4090"))
    gauge.show_speed(40.0, 0.66)
    gauge.resize(width, gauge.height())
    assert not gauge.device.is_cut()


def test_a_strip_that_grows_again_shows_everything_again(gauge: Gauge) -> None:
    gauge.show_reading(CARD)
    gauge.resize(480, gauge.height())
    gauge.resize(1200, gauge.height())
    assert gauge.sparkline.isVisible()
    assert gauge.power.isVisible()
