"""What could come next: asked for while somebody looks, reshaped by sliders without the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chatapp.chat import Choice, Outlook
from chatapp.settings import Sampling
from chatapp.ui.next_word import WORDS, NextWord
from chatapp.ui.token_text import called, percent, visible
from tests.fake import CHANCES
from tests.ui.scene import Scene

PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)


@pytest.fixture
def scene(dressed: QApplication, qtbot: QtBot) -> Iterator[Scene]:
    scene = Scene(dressed)
    scene.start(qtbot)
    yield scene
    scene.close()


@pytest.fixture
def pane(dressed: QApplication, qtbot: QtBot) -> NextWord:
    pane = NextWord()
    qtbot.addWidget(pane)
    best = tuple(Choice(f" w{place}", place, chance) for place, chance in enumerate(CHANCES))
    pane.show_outlook(Outlook(best, ((0.001, 75.0),)))
    pane.show_sampling(PLAIN)
    return pane


def plain(text: str) -> str:
    """With places to break the line again."""
    return text.replace("\u00a0", " ").replace("\u2011", "-")


def drafted(scene: Scene, qtbot: QtBot, text: str) -> None:
    scene.window.composer.set_text(text)
    with qtbot.waitSignal(scene.window.resting.rested):
        pass


def test_a_draft_that_rests_is_foretold(scene: Scene, qtbot: QtBot) -> None:
    drafted(scene, qtbot, "one two")
    pane = scene.window.panel.next_word
    qtbot.waitUntil(lambda: bool(pane.bars.rows))
    assert [r.messages[-1].text for r in scene.backend.looked] == ["one two"]
    assert len(pane.bars.rows) == WORDS


def test_folded_nothing_is_asked(scene: Scene, qtbot: QtBot) -> None:
    pane = scene.window.panel.next_word
    pane.button.click()
    drafted(scene, qtbot, "one two")
    assert scene.backend.looked == []
    pane.button.click()
    qtbot.waitUntil(lambda: len(scene.backend.looked) == 1)


def test_hidden_with_the_panel_nothing_is_asked(scene: Scene, qtbot: QtBot) -> None:
    scene.window.menus["panel"].trigger()
    drafted(scene, qtbot, "one two")
    assert scene.backend.looked == []
    scene.window.menus["panel"].trigger()
    qtbot.waitUntil(lambda: len(scene.backend.looked) == 1)


def test_a_slider_moves_the_bars_without_the_model(scene: Scene, qtbot: QtBot) -> None:
    drafted(scene, qtbot, "one two")
    pane = scene.window.panel.next_word
    qtbot.waitUntil(lambda: bool(pane.bars.rows))
    before = [now for _, _, now in pane.bars.rows]
    scene.window.panel.chat_page.rows["temperature"]._choose(0.1)
    assert [now for _, _, now in pane.bars.rows] != before
    with qtbot.waitSignal(scene.window.resting.rested):
        pass
    assert len(scene.backend.looked) == 1


def test_after_an_answer_its_next_place_is_foretold(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot, "Hi")
    qtbot.waitUntil(lambda: bool(scene.backend.looked))
    assert scene.backend.looked[-1].messages[-1].role == "assistant"


def test_an_old_conversation_is_not_read_for_this(scene: Scene, qtbot: QtBot) -> None:
    scene.ask(qtbot, "Hi")
    talk, here = scene.window.talk, scene.window.talk.conversation
    talk.open(0)
    scene.ask(qtbot, "Something else")
    qtbot.waitUntil(lambda: bool(scene.window.panel.next_word.bars.rows))
    with qtbot.waitSignal(scene.window.resting.rested):
        talk.open(here)
    assert scene.window.foretelling._stream is None
    assert scene.window.panel.next_word.bars.rows == []
    drafted(scene, qtbot, "more")
    qtbot.waitUntil(lambda: scene.backend.looked[-1].messages[-1].text == "more")


def test_an_empty_chat_has_no_next_word(scene: Scene, qtbot: QtBot) -> None:
    drafted(scene, qtbot, "one")
    pane = scene.window.panel.next_word
    qtbot.waitUntil(lambda: bool(pane.bars.rows))
    drafted(scene, qtbot, "")
    assert pane.bars.rows == []


def test_how_it_was_folded_is_remembered(scene: Scene) -> None:
    scene.window.panel.next_word.button.click()
    assert scene.window.keeper.settings.app.next_word == "folded"
    scene.window.foretelling.restore()
    assert not scene.window.panel.next_word.wanted


def test_it_is_folded_by_itself_in_a_low_window(scene: Scene) -> None:
    scene.window.resize(720, 480)
    scene.window.foretelling.restore()
    assert not scene.window.panel.next_word.button.isChecked()


def test_the_bars_show_what_the_filters_leave(pane: NextWord) -> None:
    pane.show_sampling(replace(PLAIN, top_k=2))
    shares = [now for _, _, now in pane.bars.rows]
    assert shares == pytest.approx([0.5 / 0.7, 0.2 / 0.7, 0, 0, 0, 0])
    assert plain(pane.note.text()) == "Top-k 2 cuts 81"


def test_what_each_filter_cuts_is_counted(pane: NextWord) -> None:
    pane.show_sampling(replace(PLAIN, top_k=5, top_p=0.9, min_p=0.5))
    said = plain(pane.note.text())
    assert said == "Top-k 5 cuts 78  ·  Top-p 0.9 cuts 1  ·  Min-p 0.5 cuts 3"
    pane.show_sampling(PLAIN)
    assert pane.note.text() == "Nothing is cut."


def test_temperature_zero_is_told_in_words(pane: NextWord) -> None:
    pane.show_sampling(replace(PLAIN, temperature=0.0))
    assert [now for _, _, now in pane.bars.rows] == [1, 0, 0, 0, 0, 0]
    assert "Temperature 0" in pane.note.text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [(" a", "␣a"), ("\n\n", "⏎⏎"), ("a b ", "a b␣"), ("  ", "␣␣"), ("\ufffd", "▯"), ("日", "日")],
)
def test_what_cannot_be_seen_has_a_sign(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_piece_of_a_character_has_a_name(dressed: QApplication) -> None:
    assert called(Choice("", 4, 0.5)) == "(part of a character)"


def test_small_chances_are_not_told_as_none(dressed: QApplication) -> None:
    assert [percent(c) for c in (1, 0.41, 0.052, 0.0004, 0)] == [
        "100 %", "41 %", "5.2 %", "<0.1 %", "0.0 %",
    ]  # fmt: skip
