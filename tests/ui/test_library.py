"""The Library page: what it shows of each model, and what a person does with it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextLayout
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
)

from chatapp import cards, library, places, register, settings, shelf
from chatapp.cards import GIB, Card, Kind
from chatapp.memory import Light, Word
from chatapp.mixing import Ways
from chatapp.settings import Loading
from chatapp.ui import amounts, look
from chatapp.ui.halves import ROOM, Halves
from chatapp.ui.lines import LineView
from chatapp.ui.model_detail import ModelDetail
from chatapp.ui.model_words import auto_choice, light_word
from chatapp.ui.template_page import TemplatePage
from chatapp.ui.wrapping import CopyLabel, breakable
from tests import fake
from tests.plain.test_library import cached, model_in, starter
from tests.plain.test_shelf import GB, QWEN, facts, sized
from tests.ui.scene import READY_MS, Scene
from tests.ui.test_access import nameless

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

__all__ = ["starter"]  # a fixture


@pytest.fixture
def scene(
    qapp: QApplication, qtbot: QtBot, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 5 * GB))
    sized(places.models() / "org" / "tiny")
    model_in(places.models() / "org" / "half", complete=False)
    cached(tmp_path / "hf" / "hub", "org/cached")
    scene = Scene(qapp)
    opened(scene, qtbot)
    yield scene
    scene.close()
    qapp.processEvents()


def opened(scene: Scene, qtbot: QtBot) -> None:
    scene.window.librarian.finish()
    scene.window.pages.show_page("library")
    qtbot.waitUntil(lambda: bool(titles(scene)), timeout=READY_MS)


def view(scene: Scene) -> LineView:
    return scene.window.librarian.shelf.view


def titles(scene: Scene) -> list[str]:
    return [line.title for line in view(scene).lines.lines]


def choose(scene: Scene, title: str) -> None:
    view(scene).choose(titles(scene).index(title))


def button(scene: Scene, text: str) -> QPushButton:
    scene.app.processEvents()  # what was just laid out has its place only now
    (found,) = [
        each for each in scene.window.librarian.page.findChildren(QPushButton)
        if each.text() == text and each.isVisible()
    ]  # fmt: skip
    return found


def buttons(scene: Scene) -> set[str]:
    detail = scene.window.librarian.shelf.detail
    return {each.text() for each in detail.findChildren(QPushButton) if each.isVisible()}


def said(scene: Scene) -> str:
    """All that the details tell."""
    scene.app.processEvents()
    detail = scene.window.librarian.shelf.detail
    return "\n".join(each.text() for each in detail.findChildren(QLabel) if each.isVisible())


def answer(scene: Scene, qtbot: QtBot, text: str) -> None:
    """Press this button of the question that is open."""
    detail = scene.window.librarian.shelf.detail
    (box,) = detail.findChildren(QMessageBox)
    (pressed,) = [each for each in box.buttons() if each.text() == text]
    qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)


def test_the_keyboard_is_on_the_list_when_the_page_opens(scene: Scene) -> None:
    assert scene.window.focusWidget() is view(scene)


def test_every_model_is_listed_with_a_word_about_its_fit(scene: Scene) -> None:
    spoken = {line.title: line.spoken for line in view(scene).lines.lines}
    assert set(spoken) == {"Built-in guide", "org/half", "org/tiny", "org/cached"}
    assert spoken["org/tiny"].startswith("org/tiny, Fits, 0 kB")
    assert "Hugging Face cache" in spoken["org/cached"]
    assert "Cannot be used, model.safetensors is incomplete" in spoken["org/half"]


def test_a_damaged_model_tells_why_and_offers_no_chat(scene: Scene) -> None:
    choose(scene, "org/half")
    assert "model.safetensors is incomplete" in said(scene)
    assert "Resume download." in said(scene)
    assert "Chat" not in buttons(scene)


def test_the_table_tells_the_parts_of_the_chosen_cell_and_the_largest_context(
    scene: Scene, qtbot: QtBot
) -> None:
    choose(scene, "org/tiny")
    fit = scene.window.librarian.shelf.detail.fit
    assert "16 bits, 4,096 tokens" in said(scene)
    assert fit.parts.text().startswith("16 bits, 4,096 tokens: weights 0 kB, KV cache ")
    assert fit.largest.text() == "In 16 bits its whole context fits: 4,096 tokens."
    qtbot.mouseClick(fit._labels[3, 0], Qt.MouseButton.LeftButton)
    assert fit.parts.text().startswith("4 bits, 2,048 tokens: ")
    qtbot.keyClick(fit._labels[3, 0], Qt.Key.Key_Up)
    assert fit.parts.text().startswith("8 bits, 2,048 tokens: ")
    qtbot.keyClick(fit._labels[2, 0], Qt.Key.Key_Right)
    assert fit.parts.text().startswith("8 bits, 4,096 tokens: ")
    qtbot.keyClick(fit._labels[2, 1], Qt.Key.Key_Right)  # there is nothing further
    assert scene.window.focusWidget() is fit._labels[2, 1]
    with qtbot.waitSignal(view(scene).turned, timeout=READY_MS):
        scene.window.librarian.refresh()
    assert fit.parts.text().startswith("8 bits, 4,096 tokens: ")  # a look keeps the choice


def test_what_a_load_would_take_is_chosen_first(scene: Scene, qtbot: QtBot) -> None:
    fit = scene.window.librarian.shelf.detail.fit
    choose(scene, "org/tiny")
    assert fit._chosen == ("bfloat16", 4096)
    scene.window.panel.set_loading("dtype", "float32")
    scene.window.panel.set_loading("context_length", 2048)
    with qtbot.waitSignal(view(scene).turned, timeout=READY_MS):
        scene.window.librarian.refresh()
    assert fit._chosen == ("float32", 2048)


def test_another_card_can_be_asked_about(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    fit = scene.window.librarian.shelf.detail.fit
    fit.cards.setCurrentIndex(fit.cards.findData("V100, 32 GB"))
    qtbot.waitUntil(lambda: "V100, 32 GB has 30.8 GB" in said(scene), timeout=READY_MS)
    assert not {text for text in buttons(scene) if text.startswith("Load ")}
    assert {cell.dtype for cell in fit._cells} == {"float32", "bfloat16"}
    with qtbot.waitSignal(view(scene).turned, timeout=READY_MS):
        scene.window.librarian.refresh()
    assert fit.card == "V100, 32 GB"
    fit.cards.setCurrentIndex(0)
    assert "card has 4.7 GB for a model" in said(scene)
    assert "Load in 8 bits" in buttons(scene)


def test_what_is_too_big_says_why_and_what_to_do(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 1000))
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "Too big" in view(scene).lines.lines[2].word, timeout=READY_MS)
    choose(scene, "org/tiny")
    detail = scene.window.librarian.shelf.detail
    assert "of them for the weights; 0.0 GB are free." in detail.why.text()
    assert "Choose a smaller model, or a card with more memory." in detail.why.text()
    choose(scene, "org/half")
    assert not detail.why.isVisible()


def test_without_a_card_this_computer_has_the_memory(qtbot: QtBot) -> None:
    room = shelf.Room(Card("Some(R) Processor", "cpu", 24 * GIB, 20 * GIB), GB)
    model = library.Model("m", "/m", "folder", 1, True, facts=facts(QWEN))
    detail = ModelDetail()
    qtbot.addWidget(detail)
    detail.show_row(shelf._row(model, Ways(Loading()), room), room)
    assert "This computer has 20.0 GB for a model" in detail.fit._note.text()


@pytest.mark.parametrize(
    ("count", "told"),
    [(44_000_000, "44 MB"), (300_000_000, "300 MB"), (999_400_000, "999 MB"),
     (999_600_000, "1.0 GB"), (8_049_000_000, "8.0 GB")],
)  # fmt: skip
def test_sizes_below_a_gigabyte_are_told_in_megabytes(count: int, told: str) -> None:
    assert amounts.size(count) == told


def test_what_fits_in_other_bits_or_at_a_shorter_context_says_so(qtbot: QtBot) -> None:
    free = 12 * GIB
    room = shelf.Room(Card("card", "cuda", free, free), GB)
    model = library.Model("m", "/m", "folder", 1, True, facts=facts(QWEN))
    detail = ModelDetail()
    qtbot.addWidget(detail)
    detail.show_row(shelf._row(model, Ways(Loading(dtype="bfloat16")), room), room)
    assert "In 8 bits it fits: the button for that" in detail.why.text()
    long = Loading(dtype="int8", context_length=40960)
    detail.show_row(shelf._row(model, Ways(long), room), room)
    assert "tokens fit." in detail.why.text()
    assert "Set a shorter context in the Model tab." in detail.why.text()


def test_every_broken_model_has_a_way_out(scene: Scene, qtbot: QtBot) -> None:
    lone, code = places.models() / "lone-GGUF", places.models() / "code"
    model_in(lone, complete=False)
    (model_in(code) / "config.json").write_text(json.dumps({"auto_map": {"AutoModel": "x.Y"}}))
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: {"lone-GGUF", "code"} <= set(titles(scene)), timeout=READY_MS)
    asked: list[str] = []
    detail, page = scene.window.librarian.shelf.detail, scene.window.librarian.page
    detail.again_requested.disconnect()
    detail.again_requested.connect(asked.append)
    choose(scene, "lone-GGUF")
    button(scene, "Find it on the Hub").click()
    assert asked == ["lone"]
    choose(scene, "code")
    button(scene, "See recommended models").click()
    assert page.bar.tabText(page.bar.currentIndex()) == "Recommended"
    choose(scene, "org/tiny")
    assert not {"Find it on the Hub", "See recommended models"} & buttons(scene)


def test_a_long_name_breaks_instead_of_widening_the_page(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Meta_Llama_3.1_8B_Instruct_abliterated_v3_" + "x" * 60
    sized(places.models() / name)
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: name in titles(scene), timeout=READY_MS)
    scene.window.resize(720, 480)
    choose(scene, name)
    halves, detail = scene.window.librarian.shelf.halves, scene.window.librarian.shelf.detail
    halves.open_detail()
    scene.app.processEvents()
    assert detail.width() <= halves.width()
    label = next(each for each in detail.findChildren(CopyLabel) if "models" in each.text())
    label.setSelection(0, len(label.text()))
    qtbot.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().endswith(str(places.models() / name))


def test_only_what_is_long_gets_places_to_break() -> None:
    assert breakable("Qwen/Qwen2.5-Coder-32B-Instruct") == "Qwen/Qwen2.5-Coder-32B-Instruct"
    parts = breakable("mistral_8x22b_v0.1_" + "y" * 30).split("\u200b")
    assert "".join(parts) == "mistral_8x22b_v0.1_" + "y" * 30
    assert max(map(len, parts)) <= 13


def test_the_details_tell_what_it_needs(scene: Scene) -> None:
    choose(scene, "org/tiny")
    assert {"Chat", "Rename…", "Chat template…", "Open folder", "Delete…"} == buttons(scene)
    told = said(scene)
    assert "16 bits" in told
    assert "\n4k\n" in told
    assert "card has 4.7 GB for a model" in told


def test_a_model_that_is_too_big_may_be_loaded_anyway(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 1000))
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "Too big by 0.8\N{NO-BREAK SPACE}GB" in view(scene).lines.lines[2].word)
    choose(scene, "org/tiny")
    assert "Load anyway" in buttons(scene)
    assert "Load with offload" not in buttons(scene)  # not one layer fits


def test_what_does_not_fit_may_be_offloaded(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 1000))
    monkeypatch.setattr(shelf, "_spilled", lambda *given: (12, 40))
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "Too big" in view(scene).lines.lines[2].word)
    choose(scene, "org/tiny")
    assert "12 of 40 layers do not fit on the card." in said(scene)
    with qtbot.waitSignal(scene.window.loads.loaded, timeout=READY_MS):
        qtbot.mouseClick(button(scene, "Load with offload"), Qt.MouseButton.LeftButton)
    assert scene.window.loads.knobs.offload == "auto"
    assert scene.window.panel.model_page.rows["offload"].value == "auto"


def test_a_row_of_the_table_loads_the_model_in_its_precision(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    model = library.find("org/tiny")
    scene.backend.info = replace(scene.backend.info, path=model.path)
    with qtbot.waitSignal(scene.window.loads.loaded, timeout=READY_MS):
        button(scene, "Load in 8 bits").click()
    row = scene.window.panel.model_page.rows["dtype"]
    assert (row.value, row.idle.text()) == ("int8", "Kept for this model only.")
    assert scene.window.loads.ways.of(model.path).dtype == "int8"
    assert scene.window.loads.knobs.dtype == "auto"  # of every other model
    assert settings.whole(dataclasses.asdict(scene.window.keeper.settings)).loads == {
        model.path: {"dtype": "int8"}
    }


def test_the_model_tab_tells_what_auto_takes_for_the_model_here(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, model = scene.window, library.find("org/tiny")
    scene.backend.info = replace(scene.backend.info, path=model.path, weights_bytes=0)
    with qtbot.waitSignal(window.loads.loaded, timeout=READY_MS):
        window.choosing.choose(model)
    note = window.panel.model_page.rows["dtype"].idle
    fits = "Auto takes 16 bits here: that fits, and fewer are less exact."
    qtbot.waitUntil(lambda: note.text() == fits, timeout=READY_MS)
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 1000))
    window.panel.set_loading("context_length", 1024)
    less = "Auto takes 16 bits here, and the model does not fit."
    qtbot.waitUntil(lambda: note.text() == less, timeout=READY_MS)
    window.panel.set_loading("device", "cpu")
    assert note.text() == ""  # the forecast is of the card
    window.panel.set_loading("device", "auto")
    assert note.text() == less
    window.panel.set_loading("dtype", "int4")
    assert note.text() == ""


@pytest.mark.parametrize(
    ("dtype", "word", "kind", "told"),
    [
        ("int8", "fits", "cuda", "Auto takes 8 bits here: in 16 bits the model does not fit."),
        ("int4", "tight", "cpu", "Auto takes 4 bits here: in 8 bits the model does not fit."),
        (
            "bfloat16",
            "spread",
            "cuda",
            "Auto takes 16 bits here: what does not fit lies elsewhere.",
        ),
        (
            "bfloat16",
            "fits",
            "cpu",
            "Auto takes 16 bits here: the CPU reads half as much as in 32 bits.",
        ),
        (
            "float32",
            "fits",
            "cpu",
            "Auto takes 32 bits here: the model is small, and the CPU runs it.",
        ),
        (
            "stored",
            "fits",
            "cuda",
            "Its maker has packed its weights: it is loaded as it is stored.",
        ),
    ],
)
def test_each_choice_of_auto_has_its_reason(dtype: str, word: Word, kind: Kind, told: str) -> None:
    row = shelf.Row(fake.model("a"), Light(word, ""), None, dtype=dtype)
    assert auto_choice(row, kind) == told


def test_what_the_model_tab_changes_then_is_the_model_s_own_until_it_is_forgotten(
    scene: Scene, qtbot: QtBot
) -> None:
    window, path = scene.window, library.find("org/tiny").path
    window.suiting.keep(path, "int8")
    scene.backend.info = replace(scene.backend.info, path=path)
    with qtbot.waitSignal(window.loads.loaded, timeout=READY_MS):
        window.choosing.choose(library.find("org/tiny"))
    window.panel.set_loading("dtype", "int4")
    window.panel.set_loading("context_length", 4096)
    assert window.loads.ways.of(path) == Loading(dtype="int4", context_length=4096)
    assert window.loads.knobs == Loading(context_length=4096)
    window.pages.show_page("library")
    choose(scene, "org/tiny")
    qtbot.waitUntil(lambda: "Forget its precision" in buttons(scene), timeout=READY_MS)
    button(scene, "Forget its precision").click()
    qtbot.waitUntil(lambda: "Forget its precision" not in buttons(scene), timeout=READY_MS)
    row = window.panel.model_page.rows["dtype"]
    assert (row.value, window.loads.own) == ("auto", {})
    assert "Kept" not in row.idle.text()


def test_the_words_follow_the_precision_that_is_set(scene: Scene, qtbot: QtBot) -> None:
    scene.window.suiting.keep(library.find("org/tiny").path, "float32")
    choose(scene, "org/tiny")
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "Kept for this model" in said(scene), timeout=READY_MS)
    assert "32 bits" in said(scene)


def test_a_model_that_will_be_offloaded_is_told_so_and_loads_at_once(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 1000))
    monkeypatch.setattr(shelf, "_spilled", lambda *given: (12, 40))
    scene.window.panel.set_loading("offload", "auto")
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: view(scene).lines.lines[2].word == "With offload")
    choose(scene, "org/tiny")
    assert "Chat" in buttons(scene)
    assert not {"Load anyway", "Load with offload"} & buttons(scene)
    assert "12 of 40 layers do not fit on the card." in said(scene)
    with qtbot.waitSignals([scene.window.loads.weighed, scene.window.loads.found]):
        scene.window.picker.opened.emit()
    told = scene.window.picker.picks.rows.picks
    assert any("org/tiny" in pick.title and "With offload" in pick.end for pick in told)


def test_a_precision_that_this_card_has_not_is_told_and_not_called_a_fit(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Card("card", "cuda", 8 * GB, 5 * GB, few_bits=False)
    monkeypatch.setattr(cards, "here", lambda: old)
    scene.window.panel.set_loading("dtype", "int4")
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: view(scene).lines.lines[2].word == "Not in 4 bits here")
    choose(scene, "org/tiny")
    assert "Load anyway" in buttons(scene)


def test_chat_loads_the_model_and_turns_to_the_chat(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    with qtbot.waitSignal(scene.window.loads.loaded, timeout=READY_MS):
        qtbot.mouseClick(button(scene, "Chat"), Qt.MouseButton.LeftButton)
    assert scene.window.pages.current == "chat"
    assert scene.window.loads._resident is not None
    assert scene.window.loads._resident.name == "org/tiny"


def test_a_model_can_be_called_otherwise(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    qtbot.keyClick(view(scene), Qt.Key.Key_F2)
    (question,) = scene.window.librarian.shelf.detail.findChildren(QInputDialog)
    question.setTextValue("The small one")
    question.accept()
    qtbot.waitUntil(lambda: "The small one" in titles(scene))
    assert library.find("org/tiny").name == "org/tiny"
    qtbot.waitUntil(lambda: "The small one" in scene.window.picker.picks.rows.picks[2].title)


def test_the_question_for_a_name_has_room_for_it_and_no_pictures(
    scene: Scene, qtbot: QtBot
) -> None:
    choose(scene, "org/tiny")
    scene.window.librarian.shelf.detail.ask_name()
    (question,) = scene.window.librarian.shelf.detail.findChildren(QInputDialog)
    scene.app.processEvents()
    assert {each.text() for each in question.findChildren(QPushButton)} == {"Rename", "Cancel"}
    assert all(each.icon().isNull() for each in question.findChildren(QPushButton))
    line = question.findChild(QLineEdit)
    assert line is not None
    long_name = "Meta-Llama-3.1-8B-Instruct-uncensored-v3"
    assert line.width() >= line.fontMetrics().horizontalAdvance(long_name)
    question.reject()


def test_deleting_asks_tells_the_bytes_and_frees_them(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/cached")
    root = Path(library.find("org/cached").path).parent.parent
    qtbot.keyClick(view(scene), Qt.Key.Key_Delete)
    (box,) = scene.window.librarian.shelf.detail.findChildren(QMessageBox)
    assert "Delete org/cached? This frees" in box.text()
    assert "other programs use" in box.informativeText()
    answer(scene, qtbot, "Delete")
    qtbot.waitUntil(lambda: "org/cached" not in titles(scene))
    assert not root.exists()


def test_two_models_of_one_name_are_told_apart_and_a_look_keeps_the_chosen_one(
    scene: Scene, qtbot: QtBot
) -> None:
    for name in ("org/tiny", "org/cached"):
        register.rename(library.find(name).path, "Same")
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: titles(scene)[-2:] == ["Same (org/tiny)", "Same (org/cached)"])
    choose(scene, "Same (org/cached)")
    with qtbot.waitSignal(view(scene).turned, timeout=READY_MS):
        scene.window.librarian.refresh()
    assert view(scene).thing.model.name == "org/cached"
    assert scene.window.librarian.shelf.detail._row.model.name == "org/cached"


def test_a_deletion_leaves_the_neighbour_and_a_new_name_leaves_the_model(
    scene: Scene, qtbot: QtBot
) -> None:
    for name in ("a", "b", "c"):
        sized(places.models() / name)
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "c" in titles(scene))
    choose(scene, "b")
    library.delete(library.find("b"))
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "b" not in titles(scene))
    assert view(scene).thing.model.name == "c"
    register.rename(library.find("c").path, "My own")
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "My own" in titles(scene))
    assert view(scene).thing.model.name == "c"


def test_a_look_leaves_the_list_where_it_was_scrolled_to(scene: Scene, qtbot: QtBot) -> None:
    for number in range(40):
        sized(places.models() / f"m{number:02}")
    scene.window.librarian.refresh()
    qtbot.waitUntil(lambda: "m39" in titles(scene))
    view(scene).verticalScrollBar().setValue(300)
    choose(scene, "m08")
    scrolled = view(scene).verticalScrollBar().value()
    assert scrolled > 0
    with qtbot.waitSignal(view(scene).turned, timeout=READY_MS):
        scene.window.librarian.refresh()
    assert view(scene).verticalScrollBar().value() == scrolled


def test_a_second_thought_keeps_the_model(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    qtbot.mouseClick(button(scene, "Delete…"), Qt.MouseButton.LeftButton)
    answer(scene, qtbot, "Cancel")
    assert (places.models() / "org" / "tiny").exists()


def test_the_loaded_model_is_not_deleted(scene: Scene, qtbot: QtBot) -> None:
    model = library.find("org/tiny")
    scene.backend.info = type(scene.backend.info)(
        model.name, model.path, "CPU", "float32", "", 1, 1, 512, True
    )
    with qtbot.waitSignal(scene.window.loads.loaded, timeout=READY_MS):
        scene.window.loads.load(model)
    scene.window.librarian.shelf.detail.deleted.emit(model)
    assert "org/tiny is in use." in scene.window.librarian.page.banner.text()
    assert Path(model.path).exists()


def test_the_built_in_guide_cannot_be_renamed_or_deleted(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "Built-in guide")
    assert {"Chat", "Chat template…", "Open folder"} == buttons(scene)
    for key in (Qt.Key.Key_F2, Qt.Key.Key_Delete):
        qtbot.keyClick(view(scene), key)
    detail = scene.window.librarian.shelf.detail
    assert not detail.findChildren(QMessageBox) + detail.findChildren(QInputDialog)


def test_a_folder_can_be_added_and_taken_off(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    model_in(tmp_path / "elsewhere")
    scene.window.librarian.shelf.folder_added.emit(str(tmp_path / "elsewhere"))
    qtbot.waitUntil(lambda: "elsewhere" in titles(scene))
    choose(scene, "elsewhere")
    qtbot.mouseClick(button(scene, "Take off the list"), Qt.MouseButton.LeftButton)
    answer(scene, qtbot, "Take off")
    qtbot.waitUntil(lambda: "elsewhere" not in titles(scene))
    assert (tmp_path / "elsewhere" / "config.json").exists()
    assert register.read().folders == ()


def test_the_line_below_the_tabs_goes_across_the_page(scene: Scene) -> None:
    bar = scene.window.librarian.page.bar
    image = bar.grab().toImage()
    assert bar.width() > bar.tabRect(bar.count() - 1).right() + 100
    drawn = image.pixelColor(image.width() - 2, image.height() - 1).name()
    assert drawn == look.colours().border


def test_the_amount_that_lacks_stays_in_one_line() -> None:
    light = Light("too big", "", {"need": 4.5, "free": 1.0})
    assert light_word(light) == "Too big by 3.5\N{NO-BREAK SPACE}GB"


def test_japanese_never_breaks_within_the_word_for_too_little(scene: Scene) -> None:
    scene.desk.speak("ja")
    words = light_word(Light("too big", "", {"need": 1500.0, "free": 5.3}))
    assert words.startswith("1,494.7\N{NO-BREAK SPACE}GB")
    for width in range(40, 200, 3):
        assert any("不" in line and "足" in line for line in lines(words, width)), width


def lines(text: str, width: int) -> list[str]:
    """As a label of this width breaks it."""
    layout = QTextLayout(text, QApplication.font())
    layout.beginLayout()
    found = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        found.append(text[line.textStart() : line.textStart() + line.textLength()])
    layout.endLayout()
    return found


@pytest.mark.parametrize(("amount", "told"), [(20.0, "0.1 GB"), (0.5, "10 MB")])
def test_nothing_is_too_big_by_nothing(amount: float, told: str) -> None:
    light = Light("too big", "", {"need": amount, "free": amount})
    assert light_word(light) == f"Too big by {told}".replace(told, told.replace(" ", "\xa0"))


def test_the_filter_keeps_what_matches(scene: Scene, qtbot: QtBot) -> None:
    field = scene.window.librarian.shelf.filter
    qtbot.keyClicks(field, "org cache")
    assert titles(scene) == ["org/cached"]
    assert "org/cached" in said(scene)  # the right half shows what is left
    qtbot.keyClicks(field, "x")
    assert titles(scene) == []
    assert scene.window.librarian.shelf.empty.text() == "Nothing is called that."


def test_the_folder_opens_in_the_file_manager(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", seen.append)
    choose(scene, "org/tiny")
    qtbot.mouseClick(button(scene, "Open folder"), Qt.MouseButton.LeftButton)
    assert [url.toLocalFile() for url in seen] == [str(places.models() / "org" / "tiny")]


def test_a_narrow_window_shows_one_side_at_a_time(scene: Scene, qtbot: QtBot) -> None:
    halves = scene.window.librarian.shelf.halves
    scene.window.resize(720, 480)
    qtbot.waitUntil(lambda: halves.width() < ROOM)
    assert view(scene).isVisible()
    assert not scene.window.librarian.shelf.detail.isVisible()
    choose(scene, "org/tiny")
    view(scene).setFocus()
    qtbot.keyClick(view(scene), Qt.Key.Key_Return)
    assert scene.window.librarian.shelf.detail.isVisible()
    assert not view(scene).isVisible()
    qtbot.mouseClick(button(scene, "Back to the list"), Qt.MouseButton.LeftButton)
    assert scene.window.focusWidget() is view(scene)


def test_everything_speaks_japanese_at_once(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    scene.desk.speak("ja")
    scene.app.processEvents()
    letters = set("".join(buttons(scene)) + said(scene).replace("org/tiny", ""))
    assert not {"Delete…", "Chat"} & buttons(scene)
    assert any("ぁ" <= letter <= "ん" for letter in letters)
    assert scene.window.librarian.page.bar.tabText(0) != "On this computer"


def test_every_control_has_a_name(scene: Scene) -> None:
    page = scene.window.librarian.page
    unnamed = [
        each for each in page.findChildren(QPushButton) if each.isVisible() and not each.text()
    ]
    assert not unnamed
    assert view(scene).accessibleName()
    assert page.bar.accessibleName()


def test_a_window_that_opens_narrow_shows_the_list_alone(qtbot: QtBot) -> None:
    halves = Halves(QLabel("the list"), QLabel("the details"))
    qtbot.addWidget(halves)
    halves.resize(ROOM - 1, 300)
    halves.show()
    assert halves.widget(0).isVisible()
    assert not halves.widget(1).isVisible()
    halves.resize(ROOM, 300)
    assert halves.widget(1).isVisible()


# -- the chat template -----------------------------------------------------------------------------


def template_page(scene: Scene, qtbot: QtBot) -> TemplatePage:
    button(scene, "Chat template…").click()
    qtbot.waitUntil(lambda: bool(scene.window.findChildren(TemplatePage)), timeout=READY_MS)
    return scene.window.findChildren(TemplatePage)[-1]


def test_the_chat_template_is_shown_with_its_digest(scene: Scene, qtbot: QtBot) -> None:
    text = "{% for message in messages %}{{ message.content }}{% endfor %}"
    (places.models() / "org" / "tiny" / "chat_template.jinja").write_text(text, "utf-8")
    choose(scene, "org/tiny")
    page = template_page(scene, qtbot)
    assert page.text.toPlainText() == text
    assert page.text.isReadOnly()
    assert "chat_template.jinja" in page.source.text()
    assert hashlib.sha256(text.encode()).hexdigest()[:16] in page.source.text()
    page.copy.click()
    assert QGuiApplication.clipboard().text() == text
    assert nameless(page) == []


def test_a_model_that_only_continues_text_says_so(scene: Scene, qtbot: QtBot) -> None:
    choose(scene, "org/tiny")
    page = template_page(scene, qtbot)
    assert "no chat template" in page.about.text()
    assert not page.text.isVisible()
    assert not page.copy.isVisible()
    assert page.height() < 200  # no empty window around one sentence


def test_a_damaged_template_is_told_and_nothing_opens(scene: Scene, qtbot: QtBot) -> None:
    (places.models() / "org" / "tiny" / "chat_template.jinja").write_bytes(b"\xff")
    choose(scene, "org/tiny")
    button(scene, "Chat template…").click()
    banner = scene.window.librarian.page.banner
    qtbot.waitUntil(lambda: "chat_template.jinja is damaged" in banner.text(), timeout=READY_MS)
    assert not scene.window.findChildren(TemplatePage)


def test_a_model_that_cannot_be_used_shows_no_template(scene: Scene) -> None:
    choose(scene, "org/half")
    assert "Chat template…" not in buttons(scene)
