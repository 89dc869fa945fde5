from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from chatapp.chat import ModelInfo
from chatapp.settings import Knob, Loading, Sampling, knobs, stops
from chatapp.ui.knob_row import KnobRow, KnobSlider
from chatapp.ui.scale import Scale, scale_of
from chatapp.ui.settings_panel import SettingsPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

INFO = ModelInfo("fake", "fake", "CPU", "float32", "", 1, 1, 512, True)
LENGTH = Scale(1, 8192, 16, logarithmic=True)


@pytest.fixture
def panel(qtbot: QtBot) -> SettingsPanel:
    made = SettingsPanel()
    qtbot.addWidget(made)
    made.resize(300, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def row_of(panel: SettingsPanel, name: str) -> KnobRow:
    return {**panel.chat_page.rows, **panel.model_page.rows}[name]


def slider_of(panel: SettingsPanel, name: str) -> KnobSlider:
    slider = row_of(panel, name).slider
    assert slider is not None
    return slider


def drag(slider: KnobSlider, fraction: float) -> None:
    slider.setSliderDown(True)
    slider.setSliderPosition(round(fraction * slider.maximum()))
    slider.triggerAction(KnobSlider.SliderAction.SliderMove)
    slider.setSliderDown(False)


def wheel(slider: KnobSlider, notches: int) -> None:
    place = QPointF(slider.rect().center())
    event = QWheelEvent(
        place,
        slider.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)


def compose(field: QWidget, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


# -- the scale --


@pytest.mark.parametrize("value", [1, 16, 128, 1024, 4096, 8192])
def test_a_value_comes_back_from_its_place_on_a_logarithmic_slider(value: float) -> None:
    assert LENGTH.value(LENGTH.fraction(value)) == value


def test_a_logarithmic_slider_gives_each_doubling_the_same_way() -> None:
    first = LENGTH.fraction(2048) - LENGTH.fraction(1024)
    second = LENGTH.fraction(4096) - LENGTH.fraction(2048)
    assert first == pytest.approx(second)


def test_values_snap_to_whole_steps() -> None:
    assert Scale(0, 2, 0.05).value(0.3333) == 0.65


def test_a_step_from_beyond_the_slider_starts_at_its_end() -> None:
    assert Scale(0, 2, 0.05).moved(4.0, -1) == 1.95


def test_a_step_from_between_two_steps_lands_on_one() -> None:
    assert LENGTH.moved(1, 1) == 16


def test_a_range_too_wide_to_drag_has_no_slider() -> None:
    assert scale_of(knobs(Sampling)["seed"]) is None


# -- rows --


def test_every_shown_knob_has_a_row(panel: SettingsPanel) -> None:
    assert list(panel.chat_page.rows) == [n for n, k in knobs(Sampling).items() if k.shown]
    assert list(panel.model_page.rows) == [n for n, k in knobs(Loading).items() if k.shown]


def test_a_drag_changes_only_its_own_knob(qtbot: QtBot, panel: SettingsPanel) -> None:
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        drag(slider_of(panel, "temperature"), 0.45)
    assert changed.args == [dataclasses.replace(Sampling(), temperature=0.9)]


def test_whole_numbers_stay_whole(qtbot: QtBot, panel: SettingsPanel) -> None:
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        drag(slider_of(panel, "max_new_tokens"), 1.0)
    value = changed.args[0].max_new_tokens
    assert (value, type(value)) == (8192, int)


def test_the_box_goes_further_than_the_slider(qtbot: QtBot, panel: SettingsPanel) -> None:
    row = row_of(panel, "temperature")
    assert row.box is not None
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        row.box.selectAll()
        qtbot.keyClicks(row.box, "3.5")
        qtbot.keyClick(row.box, Qt.Key.Key_Return)
    assert changed.args[0].temperature == 3.5
    assert slider_of(panel, "temperature").value() == slider_of(panel, "temperature").maximum()


def test_the_box_keeps_to_the_hard_bounds(panel: SettingsPanel) -> None:
    for name, row in panel.chat_page.rows.items():
        about = knobs(Sampling)[name]
        if about.choices:
            assert row.list is not None
            assert [row.list.itemText(n) for n in range(row.list.count())] == list(about.choices)
        elif about.parse:
            assert row.text is not None
        else:
            assert row.box is not None
            assert (row.box.minimum(), row.box.maximum()) == (about.low, about.high)


def test_typing_tells_the_number_once_it_is_finished(qtbot: QtBot, panel: SettingsPanel) -> None:
    seen: list[float] = []
    panel.sampling_changed.connect(lambda sampling: seen.append(sampling.temperature))
    box = row_of(panel, "temperature").box
    assert box is not None
    box.selectAll()
    qtbot.keyClicks(box, "1.25")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert seen == [1.25]


def test_full_width_digits_from_an_input_method_are_understood(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    box = row_of(panel, "temperature").box
    assert box is not None
    box.setFocus()
    box.selectAll()
    compose(box, "", commit="１．５")
    QApplication.processEvents()
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert changed.args[0].temperature == 1.5


def test_enter_while_composing_a_number_does_not_take_it(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    box = row_of(panel, "temperature").box
    assert box is not None
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "1")
    compose(box, "．５")
    with qtbot.assertNotEmitted(panel.sampling_changed):
        qtbot.keyClick(box, Qt.Key.Key_Return)


def test_a_seed_of_minus_one_reads_random(panel: SettingsPanel) -> None:
    box = row_of(panel, "seed").box
    assert box is not None
    assert box.text() == "random"


def test_the_largest_seed_is_kept_exactly(panel: SettingsPanel) -> None:
    panel.show_sampling(Sampling(seed=4_294_967_295))
    box = row_of(panel, "seed").box
    assert box is not None
    assert box.text() == "4294967295"


def test_showing_values_tells_nobody(qtbot: QtBot, panel: SettingsPanel) -> None:
    with qtbot.assertNotEmitted(panel.sampling_changed):
        panel.show_sampling(Sampling(temperature=1.5, top_k=7, seed=3))
    assert row_of(panel, "top_k").value == 7


def test_a_value_between_two_steps_is_shown_and_kept(qtbot: QtBot, panel: SettingsPanel) -> None:
    panel.show_sampling(Sampling(temperature=0.72, max_new_tokens=1000))
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        drag(slider_of(panel, "top_k"), 0.5)
    assert changed.args == [Sampling(temperature=0.72, max_new_tokens=1000, top_k=100)]


# -- reset --


def test_reset_shows_only_when_the_value_was_changed(qtbot: QtBot, panel: SettingsPanel) -> None:
    row = row_of(panel, "temperature")
    assert not row.reset_button.isVisible()
    drag(slider_of(panel, "temperature"), 0.9)
    assert row.reset_button.isVisible()
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        qtbot.mouseClick(row.reset_button, Qt.MouseButton.LeftButton)
    assert changed.args == [Sampling()]
    assert not row.reset_button.isVisible()


def test_a_double_click_resets(qtbot: QtBot, panel: SettingsPanel) -> None:
    panel.show_sampling(Sampling(temperature=1.5))
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        qtbot.mouseDClick(slider_of(panel, "temperature"), Qt.MouseButton.LeftButton)
    assert changed.args == [Sampling()]


# -- keys and wheel --


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (Qt.Key.Key_Right, 0.75),
        (Qt.Key.Key_Left, 0.65),
        (Qt.Key.Key_PageUp, 1.2),
        (Qt.Key.Key_PageDown, 0.2),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 2.0),
    ],
)
def test_keys_move_the_slider_in_steps(
    qtbot: QtBot, panel: SettingsPanel, key: Qt.Key, value: float
) -> None:
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        qtbot.keyClick(slider_of(panel, "temperature"), key)
    assert changed.args[0].temperature == value


def test_a_step_on_a_logarithmic_slider_is_the_knobs_step(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        qtbot.keyClick(slider_of(panel, "max_new_tokens"), Qt.Key.Key_Right)
    assert changed.args[0].max_new_tokens == 1040


def test_the_wheel_moves_a_slider_only_with_the_focus(qtbot: QtBot, panel: SettingsPanel) -> None:
    slider = slider_of(panel, "temperature")
    slider.clearFocus()
    wheel(slider, 1)
    assert row_of(panel, "temperature").value == 0.7
    slider.setFocus()
    wheel(slider, 1)
    assert row_of(panel, "temperature").value == 0.75


# -- text, the fold, and the seed --


def test_a_stop_string_typed_in_the_panel_counts_at_once(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    field = row_of(panel, "stop_strings").text
    assert field is not None
    field.setPlainText("END")
    with qtbot.waitSignal(panel.sampling_changed) as changed:
        field.insertPlainText("\\n\n")
    assert stops(changed.args[0].stop_strings) == ("\n", "END")


def test_too_many_stop_strings_are_told_and_give_way_to_those_that_count(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    row = row_of(panel, "stop_strings")
    assert row.text is not None
    row.text.setPlainText("\n".join("abcdefgh"))
    with qtbot.assertNotEmitted(panel.sampling_changed):
        row.text.setPlainText("\n".join("abcdefghi"))
    assert not row.idle.isHidden()
    row.text.left.emit()
    assert row.text.text() == "\n".join("abcdefgh")
    assert row.idle.isHidden()


def test_the_cursor_stays_where_it_is_when_a_text_is_shown_again(panel: SettingsPanel) -> None:
    row = row_of(panel, "stop_strings")
    assert row.text is not None
    row.text.setPlainText("one\ntwo")
    row.text.moveCursor(QTextCursor.MoveOperation.Start)
    row.show_value("one\ntwo")
    assert row.text.textCursor().position() == 0


def test_rare_knobs_are_folded_and_the_heading_counts_those_that_are_set(
    panel: SettingsPanel,
) -> None:
    row, fold = row_of(panel, "presence_penalty"), panel.chat_page.more
    assert not row.isVisible()
    panel.show_sampling(Sampling(presence_penalty=1), origins={"presence_penalty": "changed"})
    assert fold.button.text() == "More (1 set)"
    fold.button.click()
    assert row.isVisible()
    assert panel.order.isVisible()


def test_the_seed_that_was_drawn_is_offered_only_while_it_is_random(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    assert panel.seed.isHidden()
    panel.seed.show_drawn(4_294_967_295)
    assert "4294967295" in panel.seed.label.text()
    assert panel.seed.isVisible()
    with qtbot.waitSignal(panel.seed.kept) as kept:
        panel.seed.keep.click()
    assert kept.args == [4_294_967_295]
    panel.show_sampling(Sampling(seed=4_294_967_295))
    assert panel.seed.isHidden()


def test_reset_all_is_there_only_when_something_was_changed(panel: SettingsPanel) -> None:
    assert not panel.presets.reset.isVisible()
    panel.show_sampling(Sampling(top_k=1), origins={"top_k": "preset"})
    assert not panel.presets.reset.isVisible()
    panel.show_sampling(Sampling(top_k=1), origins={"top_k": "changed"})
    assert panel.presets.reset.isVisible()


# -- loading --


def test_reload_becomes_active_after_a_change(qtbot: QtBot, panel: SettingsPanel) -> None:
    assert not panel.reload_button.isEnabled()
    row = row_of(panel, "dtype")
    assert row.list is not None
    with qtbot.waitSignal(panel.loading_changed) as changed:
        row.list.setCurrentIndex(2)
    assert changed.args == [Loading(dtype="bfloat16")]
    assert panel.reload_button.isEnabled()


def test_reload_now_asks_for_it_once(qtbot: QtBot, panel: SettingsPanel) -> None:
    drag(slider_of(panel, "context_length"), 0.2)
    with qtbot.waitSignal(panel.reload_requested):
        panel.reload_button.click()
    assert not panel.reload_button.isEnabled()


def test_values_given_at_the_start_are_shown(qtbot: QtBot) -> None:
    panel = SettingsPanel(Sampling(top_k=3), Loading(device="cpu"))
    qtbot.addWidget(panel)
    assert row_of(panel, "top_k").value == 3
    assert row_of(panel, "device").value == "cpu"
    assert not panel.reload_button.isEnabled()


def entries(panel: SettingsPanel) -> list[str]:
    chosen = row_of(panel, "device").list
    assert chosen is not None
    return [chosen.itemText(place) for place in range(chosen.count())]


def test_the_devices_of_this_machine_are_in_the_list(qtbot: QtBot, panel: SettingsPanel) -> None:
    cards = (("cuda:0", "NVIDIA GeForce RTX 4090"), ("cuda:1", "Card"), ("cpu", "Processor"))
    panel.show_devices(cards)
    assert entries(panel) == ["auto", "cuda:0  RTX 4090", "cuda:1  Card", "Processor"]
    row = row_of(panel, "device")
    assert row.list is not None
    with qtbot.waitSignal(panel.loading_changed) as changed:
        row.list.setCurrentIndex(2)
    assert changed.args == [Loading(device="cuda:1")]


def test_the_only_card_is_told_without_a_number(panel: SettingsPanel) -> None:
    panel.show_devices((("cuda:0", "Card"), ("cpu", "Processor")))
    assert entries(panel) == ["auto", "Card", "Processor"]


def test_precisions_are_told_in_bits_and_kept_as_they_were(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    chosen = row_of(panel, "dtype").list
    assert chosen is not None
    said = [chosen.itemText(place) for place in range(chosen.count())]
    assert said == ["auto", "32 bits (float32)", "16 bits (bfloat16)", "16 bits (float16)",
                    "8 bits", "4 bits"]  # fmt: skip
    with qtbot.waitSignal(panel.loading_changed) as changed:
        chosen.setCurrentIndex(5)
    assert changed.args == [Loading(dtype="int4")]


def test_what_needs_a_reload_is_marked_and_the_button_stays_in_sight(
    qtbot: QtBot, panel: SettingsPanel
) -> None:
    panel.resize(320, 300)
    panel.show()
    panel.show_context_length()
    assert not panel.foot.isVisible()
    panel.set_loading("dtype", "int4")
    assert row_of(panel, "dtype").tag.text() == "changed"
    assert row_of(panel, "device").tag.text() == ""
    for place in (0, panel.model_page.verticalScrollBar().maximum()):
        panel.model_page.verticalScrollBar().setValue(place)
        spot = panel.reload_button.mapTo(panel, panel.reload_button.rect().bottomRight())
        assert panel.reload_button.isVisible()
        assert panel.rect().contains(spot)
    panel.reload_button.click()
    assert row_of(panel, "dtype").tag.text() == ""
    assert not panel.foot.isVisible()


def test_minutes_are_told_as_such(panel: SettingsPanel) -> None:
    assert panel.idle.box is not None
    assert panel.idle.box.text() == "60 min"


def test_a_device_that_is_set_and_not_here_stays_in_the_list(panel: SettingsPanel) -> None:
    panel.show_loading(Loading(device="cuda:7"))
    panel.show_devices((("cpu", "Processor"),))
    assert entries(panel) == ["auto", "Processor", "cuda:7"]
    assert row_of(panel, "device").value == "cuda:7"
    panel.show_loading(Loading())
    assert entries(panel) == ["auto", "Processor"]


def test_a_model_that_sees_less_than_is_set_is_told_in_the_row(panel: SettingsPanel) -> None:
    info = dataclasses.replace(INFO, context_length=512)
    row = row_of(panel, "context_length")
    panel.show_model(info)
    assert "512" in row.idle.text()
    assert not row.idle.isHidden()
    assert row.box is not None
    assert row.box.isEnabled()
    panel.set_loading("context_length", 512)
    assert row.idle.isHidden()


def test_a_model_that_sees_all_that_is_set_says_nothing(panel: SettingsPanel) -> None:
    panel.show_model(dataclasses.replace(INFO, context_length=8192))
    assert row_of(panel, "context_length").idle.isHidden()


# -- access --


def test_every_control_is_named_explained_and_reachable(panel: SettingsPanel) -> None:
    for row in (*panel.chat_page.rows.values(), *panel.model_page.rows.values()):
        for control in (row.slider, row.box, row.list, row.text):
            if control is not None:
                assert control.accessibleName()
                assert control.accessibleDescription()
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
                assert control.minimumHeight() >= 24
        assert row.reset_button.accessibleName()


def test_the_panel_fits_three_hundred_pixels(panel: SettingsPanel) -> None:
    assert panel.minimumSizeHint().width() <= 300


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_row_is_cut_at_the_smallest_width(panel: SettingsPanel, scale: float) -> None:
    font = panel.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    panel.setFont(font)
    panel.resize(panel.minimumSizeHint().width(), 300)
    QApplication.processEvents()
    for row in panel.chat_page.rows.values():
        if row.isVisible():
            assert row.geometry().right() <= panel.chat_page.viewport().width()
            control = row.box or row.list
            assert control is not None
            assert control.geometry().right() <= row.width()


def test_a_knob_declared_tomorrow_gets_a_row_that_works(qtbot: QtBot) -> None:
    row = KnobRow("beams", Knob("Beams", "How many.", 1, 8, 1), 2)
    qtbot.addWidget(row)
    assert row.slider is not None
    with qtbot.waitSignal(row.changed) as changed:
        qtbot.keyClick(row.slider, Qt.Key.Key_Right)
    assert changed.args == ["beams", 3]


def test_a_number_has_its_unit_and_no_zeros_at_its_end(qtbot: QtBot) -> None:
    share = KnobRow("share", Knob("Share", "Of all.", 0, 50, unit="%"), 10.0)
    rate = KnobRow("rate", Knob("Rate", "Of learning.", 1e-6, 1e-2, 1e-6), 0.003)
    heat = KnobRow("heat", Knob("Heat", "How hot.", 0, 2, 0.05), 0.7)
    for row, text in ((share, "10 %"), (rate, "0.003"), (heat, "0.70")):
        qtbot.addWidget(row)
        assert row.box is not None
        assert row.box.text() == text
    assert share.box is not None
    share.box.setValue(12)
    assert share.value == 12
