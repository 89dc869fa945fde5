"""The account of the memory above the strip."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QLocale, QSize
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from chatapp.chat import Done, Reading, Stats, Text
from chatapp.holding import Holding
from chatapp.memory import Ledger
from chatapp.ui import look
from chatapp.ui.ledger_panel import PARTS, LedgerPanel, ink
from chatapp.verdict import Verdict
from tests.ui.scene import Scene

GB = 2**30
LEDGER = Ledger(
    "a card", total=24 * GB, free=4 * GB, weights=15 * GB, kv_cache=2 * GB, workspace=GB,
    slack=GB // 2, context=GB // 2, others=GB, kv_per_token=131_072, context_left=5_900,
)  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> LedgerPanel:
    made = LedgerPanel()
    qtbot.addWidget(made)
    made.resize(1200, 160)
    made.show()
    return made


def entries(panel: LedgerPanel) -> list[str]:
    return [panel.entries[part].text() for part in PARTS if panel.entries[part].isVisible()]


def test_every_part_has_its_name_and_number(panel: LedgerPanel) -> None:
    panel.show_ledger(LEDGER)
    assert panel.title.text() == "a card: 20.0 of 24.0 GB used"
    assert entries(panel) == [
        "weights 15.0 GB",
        "KV cache 2.0 GB",
        "work at its peak 1.0 GB",
        "held by the allocator 0.50 GB",
        "program and libraries 0.50 GB",
        "other programs 1.0 GB",
        "free 4.0 GB",
    ]
    assert sum(panel.stack.parts.values()) == 24 * GB


def test_without_a_card_it_is_this_computer_s_memory(panel: LedgerPanel) -> None:
    panel.show_ledger(Ledger("", 24 * GB, 23 * GB, GB))
    assert panel.title.text() == "This computer: 1.0 of 24.0 GB used"


def test_the_forecast_says_what_ends_first(panel: LedgerPanel) -> None:
    panel.show_ledger(LEDGER)
    count = QLocale().toString(5_900)
    assert panel.forecast.text() == f"Room for about {count} more tokens; the context ends first."
    panel.show_ledger(Ledger("a card", 24 * GB, GB, 15 * GB, kv_per_token=10**6, context_left=9999))
    assert panel.forecast.text().endswith("the memory ends first.")


def test_offloaded_layers_are_told_with_their_number(panel: LedgerPanel) -> None:
    panel.show_verdict(Verdict(0.1, "offloaded", layers=(12, 32)))
    assert panel.verdict.text() == (
        "Offloaded from the card: 12 of 32 layers. That sets the speed.  "
        "A smaller precision, a shorter context or a smaller model may fit."
    )


def test_a_card_that_waits_tells_which_fast_path_is_off(panel: LedgerPanel) -> None:
    panel.show_verdict(Verdict(0.3, "waits"), "generic")
    assert "CUDA graphs are off: it is computed by the slower way (generic)." in (
        panel.verdict.text()
    )
    panel.show_verdict(Verdict(0.3, "waits"), "fused, CUDA graphs")
    assert "off" not in panel.verdict.text()


def test_other_programs_are_told_by_name_and_size(panel: LedgerPanel) -> None:
    panel.show_programs((("game", 2 * GB), ("Xorg", GB // 2)))
    assert panel.programs.text() == "Other programs: game 2.0 GB, Xorg 0.50 GB"
    assert not panel.programs.isHidden()
    panel.show_programs(())
    assert panel.programs.isHidden()


def test_the_named_programs_add_up_with_the_rest(panel: LedgerPanel) -> None:
    panel.show_programs((("game", GB // 2), ("", GB // 4)))
    panel.show_ledger(LEDGER)
    assert panel.programs.text() == (
        "Other programs: game 0.50 GB, unnamed program 0.25 GB, the rest 0.25 GB"
    )
    panel.show_programs((("game", GB),))
    assert panel.programs.text() == "Other programs: game 1.0 GB"


def test_the_history_wears_no_colour_of_a_part(panel: LedgerPanel) -> None:
    for _ in range(5):
        panel.history.add(0.5, 0.9, False)
    image = panel.history.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(60)}
    assert look.colours().text in seen
    assert seen.isdisjoint(ink(part).name() for part in PARTS if part != "free")  # its edge


def test_a_remainder_of_more_than_two_percent_is_shown_as_such(panel: LedgerPanel) -> None:
    panel.show_ledger(Ledger("a card", 100 * GB, 50 * GB, 40 * GB, others=9 * GB))
    assert "other programs 10.0 GB" in entries(panel)
    panel.show_ledger(Ledger("a card", 100 * GB, 50 * GB, 40 * GB, others=5 * GB))
    assert "not explained 5.0 GB" in entries(panel)


def test_memory_that_cannot_be_read_says_so(panel: LedgerPanel) -> None:
    panel.show_ledger(None)
    assert panel.title.text() == "The memory cannot be read."
    assert entries(panel) == []


@pytest.mark.parametrize("width", [720, 1200])
def test_one_sentence_has_the_whole_width(panel: LedgerPanel, width: int) -> None:
    panel.resize(width, 160)
    panel.show_ledger(LEDGER)
    panel.show_ledger(None)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert panel.title.width() > width / 2
    assert panel.stack.isHidden()


def test_memory_that_cannot_be_read_says_nothing_of_a_model(panel: LedgerPanel) -> None:
    panel.show_ledger(Ledger("a card", 24 * GB, GB))
    assert panel.forecast.text() == "No model is loaded."
    panel.show_ledger(None)
    assert panel.forecast.isHidden()
    panel.show_ledger(LEDGER)
    assert not panel.forecast.isHidden()


def test_a_verdict_is_a_sentence_with_its_number(panel: LedgerPanel) -> None:
    panel.show_verdict(Verdict(0.737, "memory"))
    assert panel.verdict.text() == "74 % of what this memory allows: good."
    panel.show_verdict(Verdict(0.31, "shared", "game"))
    assert panel.verdict.text() == "Shared with game: 31 % of what this memory allows."


def test_the_panel_opens_from_the_strip_and_the_menu_alike(running: Scene) -> None:
    window = running.window
    window.gauge.more.click()
    assert window.ledger.isVisible()
    assert window.menus["ledger"].isChecked()
    window.menus["ledger"].trigger()
    assert not window.ledger.isVisible()
    assert not window.gauge.more.isChecked()


def judged(running: Scene, qtbot: QtBot) -> None:
    running.backend.holding = Holding(
        weights=10**9, kv_cache=0, workspace=0, slack=0, kv_per_token=0, rows=1,
        context_left=100, read_per_token=10**9, bandwidth_gb_s=100.0,
    )  # fmt: skip
    running.backend.script = [Text("Hi"), Done("stop", Stats(10, 0, 71, 0.1, 1.0, 7, 512))]
    running.ask(qtbot)


def test_an_answer_is_judged_by_what_the_engine_holds(running: Scene, qtbot: QtBot) -> None:
    judged(running, qtbot)
    assert running.window.gauge.speed.text() == "70 tok/s = 70 % of the limit"
    assert running.window.ledger.verdict.text() == "70 % of what this memory allows: good."


def test_the_open_panel_follows_the_readings(running: Scene, qtbot: QtBot) -> None:
    running.window.menus["ledger"].trigger()
    reading = Reading("a card", "", 20 * GB, 24 * GB, 50.0, gpu=True)
    running.window.accounting._on_stream_read(0, reading)
    assert running.window.ledger.title.text() == "a card: 20.0 of 24.0 GB used"
    assert running.window.ledger.history.seconds[-1] == (0.5, 20 / 24, False)
    assert running.window.ledger.forecast.text() == "No model is loaded."


def test_an_unloaded_model_takes_its_speed_and_its_verdict_along(
    running: Scene, qtbot: QtBot
) -> None:
    judged(running, qtbot)
    with qtbot.waitSignal(running.window.loads.unloaded):
        running.window.menus["unload"].trigger()
    assert running.window.gauge.speed.text() == ""
    assert running.window.ledger.verdict.text() == ""
    assert running.window.ledger.verdict.isHidden()


def test_another_load_begins_without_the_verdict_of_the_one_before(
    running: Scene, qtbot: QtBot
) -> None:
    judged(running, qtbot)
    with qtbot.waitSignal(running.window.loads.ended):
        running.window.menus["reload"].trigger()
    assert running.window.gauge.speed.text() == ""
    assert running.window.ledger.verdict.text() == ""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_in_the_smallest_window_every_part_of_the_account_is_whole(
    running: Scene, language: str
) -> None:
    window, panel = running.window, running.window.ledger
    running.desk.speak(language)
    window.menus["ledger"].trigger()
    window.resize(720, 480)
    panel.show_programs((("Xorg", GB // 2), ("a-program-with-a-very-long-name" * 2, GB // 2)))
    panel.show_verdict(Verdict(0.1, "offloaded", layers=(12, 32)))
    panel.show_ledger(LEDGER)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert window.size() == QSize(720, 480)
    said = [panel.title, *panel.entries.values(), panel.programs, panel.forecast, panel.verdict]
    for label in filter(QLabel.isVisible, said):
        assert label.height() >= label.heightForWidth(label.width()), label.text()
        assert label.width() >= min(label.sizeHint().width(), 200), label.text()
    assert window.gauge.geometry().bottom() < window.centralWidget().height()
    last = panel.verdict.mapTo(panel.widget(), panel.verdict.rect().bottomLeft())
    panel.verticalScrollBar().setValue(panel.verticalScrollBar().maximum())
    assert panel.widget().mapTo(panel, last).y() < panel.viewport().height()
    assert panel.history.isHidden()
    window.resize(1280, 800)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert panel.history.isVisible()
    assert panel.verticalScrollBar().maximum() == 0
