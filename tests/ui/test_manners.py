"""Presets, system prompts and changed values: whose they are, and which one the model gets."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLineEdit
from pytestqt.qtbot import QtBot

from chatapp import mixing, settings
from chatapp.chat import Manner, Request
from chatapp.ui.system_prompt import LONGEST
from tests.ui.scene import Scene


@pytest.fixture
def running(scene: Scene, qtbot: QtBot) -> Scene:
    suggested = (("temperature", 0.3), ("top_k", 20))
    scene.backend.info = dataclasses.replace(scene.backend.info, suggested=suggested)
    scene.start(qtbot)
    return scene


def asked(scene: Scene, qtbot: QtBot, text: str = "Hi") -> Request:
    scene.ask(qtbot, text)
    return scene.backend.requests[-1]


def change(scene: Scene, name: str, value: object) -> None:
    scene.window.panel.chat_page.changed.emit(name, value)


def choose(scene: Scene, preset: str) -> None:
    scene.window.panel.presets.chosen.emit(preset)


def tag(scene: Scene, name: str) -> str:
    return scene.window.panel.chat_page.rows[name].tag.text()


def test_a_model_s_own_wishes_are_what_it_gets_until_something_is_chosen(
    running: Scene, qtbot: QtBot
) -> None:
    request = asked(running, qtbot)
    assert (request.sampling.temperature, request.sampling.top_k) == (0.3, 20)
    assert tag(running, "temperature") == "model default"
    assert tag(running, "top_p") == ""


def test_a_preset_is_for_the_next_answer_and_for_new_chats(running: Scene, qtbot: QtBot) -> None:
    choose(running, "Creative")
    assert asked(running, qtbot).sampling.temperature == 1.0
    running.window.sidebar.new_requested.emit()
    assert asked(running, qtbot).sampling.temperature == 1.0
    assert tag(running, "temperature") == "preset"


def test_a_changed_value_stays_with_its_conversation(running: Scene, qtbot: QtBot) -> None:
    change(running, "temperature", 1.2)
    asked(running, qtbot)
    first = running.window.talk.conversation
    running.window.sidebar.new_requested.emit()
    assert asked(running, qtbot).sampling.temperature == 0.3
    running.window.sidebar.opened.emit(first)
    assert running.window.panel.chat_page.rows["temperature"].value == 1.2
    assert tag(running, "temperature") == "changed"
    assert asked(running, qtbot).sampling.temperature == 1.2
    assert running.desk.store.manner(first).knobs == (("temperature", 1.2),)


def test_a_reset_goes_back_to_what_lies_below(running: Scene, qtbot: QtBot) -> None:
    change(running, "temperature", 1.2)
    running.window.panel.chat_page.rows["temperature"].reset()
    assert running.window.manners.manner.knobs == ()
    assert asked(running, qtbot).sampling.temperature == 0.3


def test_the_system_prompt_comes_first_and_stays_with_its_conversation(
    running: Scene, qtbot: QtBot
) -> None:
    qtbot.keyClicks(running.window.panel.system.field, "Be brief.")
    request = asked(running, qtbot)
    assert [(m.role, m.text) for m in request.messages] == [
        ("system", "Be brief."),
        ("user", "Hi"),
    ]
    first = running.window.talk.conversation
    running.window.sidebar.new_requested.emit()
    assert running.window.panel.system.text() == ""
    assert asked(running, qtbot).messages[0].role == "user"
    running.window.sidebar.opened.emit(first)
    assert running.window.panel.system.text() == "Be brief."
    assert running.desk.store.manner(first) == Manner("Be brief.")


def test_what_is_typed_just_before_another_chat_is_opened_is_kept(
    running: Scene, qtbot: QtBot
) -> None:
    asked(running, qtbot)
    first = running.window.talk.conversation
    qtbot.keyClicks(running.window.panel.system.field, "Be kind.")
    running.window.sidebar.new_requested.emit()
    assert running.desk.store.manner(first).system == "Be kind."


def test_what_is_composed_is_not_part_of_the_system_prompt(running: Scene, qtbot: QtBot) -> None:
    field = running.window.panel.system.field
    QApplication.sendEvent(field, QInputMethodEvent("かんじ", []))
    assert running.window.talk.system == ""
    commit = QInputMethodEvent()
    commit.setCommitString("漢字で。")
    QApplication.sendEvent(field, commit)
    assert running.window.talk.system == "漢字で。"


def test_a_system_prompt_has_an_end(running: Scene) -> None:
    field = running.window.panel.system.field
    QApplication.clipboard().setText("x" * (LONGEST + 5))
    field.paste()
    assert len(running.window.talk.system) == LONGEST


def test_values_are_saved_as_a_preset_and_found_again(running: Scene, qtbot: QtBot) -> None:
    change(running, "top_k", 7)
    running.window.panel.presets.save_requested.emit("Mine")
    assert running.window.manners.manner == Manner(preset="Mine")
    running.window.save()
    assert settings.load()[0].presets == {"Mine": {"top_k": 7}}
    assert asked(running, qtbot).sampling.top_k == 7


def test_a_name_is_asked_for_and_enter_in_a_composition_does_not_take_it(
    running: Scene, qtbot: QtBot
) -> None:
    running.window.panel.presets.actions_by_name["save"].trigger()
    dialog = running.window.findChild(QInputDialog)
    line = dialog.findChild(QLineEdit)
    QApplication.sendEvent(line, QInputMethodEvent("わたし", []))
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert dialog.isVisible()
    commit = QInputMethodEvent()
    commit.setCommitString("私の")
    QApplication.sendEvent(line, commit)
    QApplication.processEvents()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert running.window.manners.manner.preset == "私の"


def test_a_deleted_preset_comes_back_with_undo(running: Scene) -> None:
    running.window.panel.presets.save_requested.emit("Mine")
    running.window.panel.presets.delete_requested.emit()
    assert "Mine" not in running.window.keeper.settings.presets
    assert running.window.manners.manner.preset == ""
    running.window.banner._button.click()
    assert running.window.manners.manner.preset == "Mine"


def test_only_a_preset_of_one_s_own_can_be_renamed(running: Scene) -> None:
    bar = running.window.panel.presets
    choose(running, "Precise")
    assert not bar.actions_by_name["rename"].isEnabled()
    bar.save_requested.emit("Mine")
    assert bar.actions_by_name["rename"].isEnabled()
    bar.rename_requested.emit("Yours")
    assert list(running.window.keeper.settings.presets) == ["Yours"]
    assert bar.list.currentText() == "Yours"


def test_a_preset_goes_out_into_a_file_and_comes_back(
    running: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    change(running, "top_k", 9)
    running.window.panel.presets.save_requested.emit("Mine")
    running.window.panel.presets.actions_by_name["export"].trigger()
    running.window.panel.presets.actions_by_name["import"].trigger()
    assert running.window.keeper.settings.presets == {"Mine": {"top_k": 9}, "Mine 2": {"top_k": 9}}
    assert running.window.manners.manner.preset == "Mine 2"


def test_a_file_that_is_no_preset_is_told_in_the_banner(running: Scene, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("{}")
    running.window.panel.presets.import_requested.emit(str(file))
    assert "This file is not a preset of ChatApp." in running.window.banner.text()


def test_values_are_kept_for_the_model_that_is_loaded(running: Scene, qtbot: QtBot) -> None:
    bar = running.window.panel.presets
    change(running, "temperature", 0.9)
    bar.actions_by_name["keep"].trigger()
    assert tag(running, "temperature") == "kept for this model"
    running.window.sidebar.new_requested.emit()
    assert asked(running, qtbot).sampling.temperature == 0.9
    bar.actions_by_name["forget"].trigger()
    assert asked(running, qtbot).sampling.temperature == 0.3
    assert not bar.actions_by_name["forget"].isEnabled()


def test_every_shipped_preset_is_in_the_list(running: Scene) -> None:
    bar = running.window.panel.presets.list
    assert [bar.itemText(n) for n in range(bar.count())] == list(mixing.SHIPPED)


def test_reset_all_takes_back_what_was_changed_and_has_an_undo(
    running: Scene, qtbot: QtBot
) -> None:
    choose(running, "Creative")
    change(running, "temperature", 1.2)
    change(running, "seed", 7)
    running.window.panel.presets.reset.click()
    assert running.window.manners.manner.knobs == ()
    assert asked(running, qtbot).sampling.temperature == 1.0
    running.window.banner._button.click()
    assert asked(running, qtbot).sampling.seed == 7


def test_the_undo_of_a_reset_does_not_reach_another_chat(running: Scene, qtbot: QtBot) -> None:
    change(running, "seed", 7)
    asked(running, qtbot)
    running.window.panel.presets.reset.click()
    assert running.window.banner.text()
    running.window.sidebar.new_requested.emit()
    assert not running.window.banner.text()


def test_the_seed_of_the_last_answer_is_kept_with_one_press(running: Scene, qtbot: QtBot) -> None:
    seeds = [asked(running, qtbot).sampling.seed for _ in range(2)]
    answer = running.window.talk.last_answer()
    assert answer is not None
    assert answer.stats is not None
    running.window.panel.seed.keep.click()
    kept = answer.stats.seed
    assert [asked(running, qtbot).sampling.seed for _ in range(2)] == [kept, kept]
    assert len({kept, *seeds}) > 1
