from __future__ import annotations

import ast
import importlib.util
import json
import re
import string
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QTranslator

from chatapp import settings
from chatapp.chat import Conversation, Reading, UserError
from chatapp.cut import Cut, cut_of
from chatapp.tuning import Tuning
from chatapp.ui.bridge import told
from chatapp.ui.composer import Composer
from chatapp.ui.gauge import Gauge
from chatapp.ui.settings_panel import SettingsPanel
from chatapp.ui.sidebar import Sidebar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

ROOT = Path(__file__).resolve().parents[2]


def load_tool() -> Any:
    """packaging/ is no package: its name would hide the one from the index."""
    spec = importlib.util.spec_from_file_location("translate", ROOT / "packaging" / "translate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translate"] = module
    spec.loader.exec_module(module)
    return module


tool = load_tool()


@pytest.fixture
def japanese(qapp: QApplication) -> Iterator[QTranslator]:
    translator = QTranslator()
    assert translator.load(str(tool.QM))
    yield translator
    qapp.removeTranslator(translator)


LABEL, OLD = ("Knobs", "Temperature"), ("Knobs", "Top-p")


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """A product of two texts, both translated, with its files in a folder of its own."""
    texts = {tool.Text(*LABEL), tool.Text(*OLD)}
    monkeypatch.setattr(tool, "find", lambda: tool.Found(texts))
    monkeypatch.setattr(tool, "TS", tmp_path / "app_ja.ts")
    monkeypatch.setattr(tool, "QM", tmp_path / "app_ja.qm")
    fill(tmp_path, {"Knobs": {"Temperature": "温度", "Top-p": "Top-p"}})
    assert tool.faults() == []
    return texts


def fill(folder: Path, translations: dict[str, dict[str, str]]) -> None:
    file = folder / "fill.json"
    file.write_text(json.dumps(translations), "utf-8")
    tool.update(file)


def collected(source: str, name: str = "example.py") -> Any:
    """What the collector finds in one file with this source."""
    path = tool.PACKAGE / name
    tree = ast.parse(source)
    found = tool.Found()
    tool.Collector(path, tree, tool.error_names({path: tree}), found).visit(tree)
    return found


def sources(found: Any) -> set[tuple[str, str]]:
    return {(text.context, text.source) for text in found.texts}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


# -- the files in the tree --


def test_everything_is_translated_and_in_step_with_the_sources() -> None:
    assert tool.faults() == []


def test_translations_use_only_the_values_of_their_source() -> None:
    wrong = [
        text.source
        for text, translation in tool.read(tool.TS).items()
        if not fields(translation) <= fields(text.source)
    ]
    assert wrong == []


def test_japanese_keeps_a_space_beside_latin_letters_digits_and_values() -> None:
    japanese, latin = "[ぁ-んァ-ヶー一-龥々]", "[A-Za-z0-9]"
    value = r"(?<!precision)(?<!bits)(?<!few)(?<!more)\}"  # those end in Japanese: 16 ビット
    close = re.compile(f"{japanese}({latin}|{{)|({latin}|{value}){japanese}")
    assert [told for told in tool.read(tool.TS).values() if close.search(told)] == []


def test_every_knob_is_translated() -> None:
    known = tool.read(tool.TS)
    for group in (settings.Sampling, settings.Loading, settings.App, Tuning):
        for about in settings.knobs(group).values():
            assert known[tool.Text("Knobs", about.label)]
            assert known[tool.Text("Knobs", about.help)]


# -- the tool --


def test_a_new_text_is_noticed(product: set[Any]) -> None:
    product.add(tool.Text("Knobs", "Top-k"))
    assert "not translated: Knobs: Top-k" in tool.faults()


def test_a_removed_text_is_noticed(product: set[Any]) -> None:
    product.remove(tool.Text(*OLD))
    assert any("is not what the sources hold" in line for line in tool.faults())


def test_a_stale_qm_is_noticed(product: set[Any]) -> None:
    tool.QM.write_bytes(b"\0")
    assert any("was not made from" in line for line in tool.faults())


def test_an_update_keeps_translations_fills_in_new_ones_and_drops_old_ones(
    product: set[Any], tmp_path: Path
) -> None:
    product.add(tool.Text("Knobs", "Top-k"))
    product.remove(tool.Text(*OLD))
    fill(tmp_path, {"Knobs": {"Top-k": "上位 k"}})
    assert tool.read(tool.TS) == {
        tool.Text(*LABEL): "温度",
        tool.Text("Knobs", "Top-k"): "上位 k",
    }
    assert tool.faults() == []


def test_what_waits_is_listed_in_the_form_that_fill_takes(
    product: set[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    product.add(tool.Text("Errors", "{file} is damaged."))
    capsys.readouterr()
    tool.show_missing()
    assert json.loads(capsys.readouterr().out) == {"Errors": {"{file} is damaged.": ""}}


def test_a_translation_of_nothing_is_refused(product: set[Any], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Temprature"):
        fill(tmp_path, {"Knobs": {"Temprature": "温度"}})


def test_error_templates_are_collected() -> None:
    found = collected('raise UserError("{file} is " "damaged.", "Download it again.", file=f)')
    assert sources(found) == {("Errors", "{file} is damaged."), ("Errors", "Download it again.")}


def test_templates_of_derived_errors_are_collected() -> None:
    found = collected(
        "class Full(UserError):\n"
        "    def __init__(self):\n"
        '        super().__init__("The disk is full.", "Free some space.")\n'
        'raise Full("It is very full.", REMEDY)\n'
        'REMEDY = "Buy a disk."\n'
    )
    assert {source for _, source in sources(found)} == {
        "The disk is full.",
        "Free some space.",
        "It is very full.",
        "Buy a disk.",
    }


def test_both_arms_of_a_choice_are_collected() -> None:
    found = collected('Failed("a" if x else "b", "c")')
    assert sources(found) == {("Errors", "a"), ("Errors", "b"), ("Errors", "c")}


def test_templates_in_tables_are_collected() -> None:
    found = collected(
        'BUG = ("It went wrong.", "Send it again.")\n'
        "Failed(BUG[0], BUG[1])\n"
        'TROUBLES = ((("disk is full",), "The disk is full.", "Free some space."),)\n'
        "def told():\n"
        "    for signs, sentence, remedy in TROUBLES:\n"
        "        raise UserError(sentence, remedy)\n"
        "def listed(what):\n"
        '    found = {"missing": "A file is missing."}\n'
        '    raise UserError(found[what], "Download it.")\n'
    )
    assert {source for _, source in sources(found)} == {
        "It went wrong.",
        "Send it again.",
        "The disk is full.",
        "Free some space.",
        "A file is missing.",
        "Download it.",
    }


def test_reasons_of_readings_are_collected() -> None:
    found = collected('WHY_NONE = "No driver was found."\nReading("CPU", why="It sleeps.")')
    assert sources(found) == {("Devices", "No driver was found."), ("Devices", "It sleeps.")}


def test_the_sentences_of_the_device_room_are_collected() -> None:
    source = 'NO_CARD = "No card was found."\nVENDOR = "0x10de"'
    assert sources(collected(source, "devices.py")) == {("Devices", "No card was found.")}


def test_a_text_nobody_can_translate_is_a_fault() -> None:
    found = collected(
        'raise UserError(f"{file} is damaged.", "Download it again.")\nself.tr(x)\nw.tr("x")'
    )
    assert len(found.problems) == 3


# -- the widgets in Japanese --


def switch(qapp: QApplication, translator: QTranslator) -> None:
    qapp.installTranslator(translator)
    qapp.processEvents()


def test_the_sidebar_switches_its_language_live(
    qtbot: QtBot, qapp: QApplication, japanese: QTranslator
) -> None:
    sidebar = Sidebar()
    qtbot.addWidget(sidebar)
    sidebar.show_conversations([Conversation(1, "", 0.0)])
    switch(qapp, japanese)
    assert sidebar.new_button.text() == "新しいチャット"
    assert sidebar.model.index(1).data() == "新しいチャット"


def test_the_composer_switches_its_language_live(
    qtbot: QtBot, qapp: QApplication, japanese: QTranslator
) -> None:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_writing(True)
    switch(qapp, japanese)
    assert composer.button.text() == "停止"
    qapp.removeTranslator(japanese)
    qapp.processEvents()
    assert composer.button.text() == "Stop"


def test_the_settings_panel_switches_its_language_live(
    qtbot: QtBot, qapp: QApplication, japanese: QTranslator
) -> None:
    panel = SettingsPanel()
    qtbot.addWidget(panel)
    switch(qapp, japanese)
    assert panel.chat_page.rows["temperature"].label.text() == "温度"
    precision = panel.model_page.rows["dtype"]
    assert precision.list is not None
    assert (precision.label.text(), precision.list.itemText(0)) == ("精度", "自動")


def test_the_gauge_switches_its_language_live(
    qtbot: QtBot, qapp: QApplication, japanese: QTranslator
) -> None:
    gauge = Gauge()
    qtbot.addWidget(gauge)
    gauge.show_reading(Reading("card", "", load_percent=5.0, gpu=True))
    switch(qapp, japanese)
    assert (gauge.phase.text(), gauge.load.text()) == ("待機中", "使用率 5 %")


@pytest.mark.parametrize(
    "fault", [Cut("the server says {status}", status=503), cut_of(TimeoutError())]
)
def test_a_reason_inside_a_sentence_is_said_in_its_language(
    qapp: QApplication, japanese: QTranslator, fault: Cut
) -> None:
    error = UserError("{host} does not answer as it should ({why}).",
                      "Check the network, then try again; what has come is kept.",
                      host="hub", why=fault.why)  # fmt: skip
    assert str(fault.why) in str(error)  # the terminal speaks English
    switch(qapp, japanese)
    for each in (error, error.event()):
        sentence, _ = told(each)
        assert "hub" in sentence
        assert not {"server", "says", "takes"} & set(sentence.replace("（", " ").split())
        assert str(fault.why) not in sentence


def test_braces_in_what_a_stranger_said_are_only_letters() -> None:
    assert cut_of(OSError(1, "odd {brace} %n")).why == "odd {brace} %n"


def test_a_reason_of_several_words_is_found_by_the_translator() -> None:
    sources = {text.source for text in tool.find().texts if text.context == "Errors"}
    assert {
        "the server says {status}",
        "the connection was cut",
        "its answer is not JSON",
    } <= sources
