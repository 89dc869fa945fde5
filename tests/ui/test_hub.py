"""Find, Recommended and the downloads, with a Hub of this machine behind the real window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
)

from chatapp import cards, hub_token, places, transfer
from chatapp.cards import Card
from chatapp.chat import Fetched
from chatapp.downloads import Download
from chatapp.hub import Entry
from chatapp.reasons import Reason
from chatapp.transfer import Part
from chatapp.ui import transfer_strip
from chatapp.ui.transfer_strip import TransferCard
from chatapp.ui.transfers import Transfer
from tests.plain import faulty_hub
from tests.plain.faulty_hub import Handler, Hub
from tests.plain.test_downloads import FILES
from tests.plain.test_shelf import GB
from tests.ui.scene import READY_MS, Scene

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN",
                 "HF_TOKEN_PATH", "http_proxy", "all_proxy", "HTTP_PROXY",
                 "ALL_PROXY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    with faulty_hub.serving(Hub(dict(FILES))) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        yield made


@pytest.fixture
def scene(
    qapp: QApplication, qtbot: QtBot, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    monkeypatch.setattr(cards, "here", lambda: Card("card", "cuda", 8 * GB, 5 * GB))
    monkeypatch.setattr(transfer_strip, "ASKS_ABOVE", 1000)
    scene = Scene(qapp)
    scene.start(qtbot)
    scene.window.pages.show_page("library")
    yield scene
    scene.close()
    qapp.processEvents()


def wait(qtbot: QtBot, so: object) -> None:
    qtbot.waitUntil(so, timeout=READY_MS)  # type: ignore[arg-type]


def button(scene: Scene, text: str) -> QPushButton:
    scene.app.processEvents()
    (found,) = [
        each for each in scene.window.librarian.page.findChildren(QPushButton)
        if each.text() == text and each.isVisible()
    ]  # fmt: skip
    return found


def press(scene: Scene, qtbot: QtBot, text: str) -> None:
    qtbot.mouseClick(button(scene, text), Qt.MouseButton.LeftButton)


def searched(scene: Scene, qtbot: QtBot, words: str = "tiny") -> None:
    find = scene.window.librarian.hub.find
    scene.window.librarian.page.show_tab(find)
    find.field.clear()
    qtbot.keyClicks(find.field, words)
    qtbot.keyClick(find.field, Qt.Key.Key_Return)
    wait(qtbot, lambda: find.told.text() != "Searching…")


def looked(scene: Scene, qtbot: QtBot) -> None:
    searched(scene, qtbot)
    find = scene.window.librarian.hub.find
    find.view.choose(0)
    wait(qtbot, lambda: "Asking" not in find.detail.state.text())


def card(scene: Scene) -> TransferCard:
    (found,) = scene.window.librarian.page.strip.cards.values()
    return found


def hold(handler: Handler, raw: bytes, start: int) -> bool:
    """Half of the file, then nothing until the hub ends."""
    handler.head(raw, start)
    handler.body(raw[start : len(raw) // 2])
    handler.wfile.flush()
    handler.hub.ended.wait(20)
    return True


def free(handler: Handler, raw: bytes, start: int) -> bool:
    return False


# -- find --


def test_nothing_is_asked_before_the_person_searches(scene: Scene, served: Hub) -> None:
    scene.window.librarian.page.show_tab(scene.window.librarian.hub.find)
    scene.app.processEvents()
    assert not served.asked
    assert "Only a click on Download" in scene.window.librarian.hub.find.told.text()


def test_a_search_lists_and_a_choice_tells_what_a_download_brings(
    scene: Scene, qtbot: QtBot
) -> None:
    looked(scene, qtbot)
    find = scene.window.librarian.hub.find
    assert [line.title for line in find.view.lines.lines] == ["org/tiny"]
    assert "in 3 files to get" in find.detail.state.text()
    assert button(scene, f"Download {sum(map(len, FILES.values())) / 1e3:.0f} kB").isEnabled()
    assert find.detail.fit.isVisible()


def test_filters_are_asked_for(scene: Scene, qtbot: QtBot, served: Hub) -> None:
    find = scene.window.librarian.hub.find
    find.licence.setCurrentIndex(1)
    find.language.setCurrentIndex(2)
    find.largest.setCurrentIndex(3)
    find.text_only.setChecked(False)
    searched(scene, qtbot)
    path = served.asked[0].path
    for part in ("license%3Aapache-2.0", "filter=ja", "max%3A4B"):
        assert part in path
    assert "pipeline_tag" not in path


def test_what_does_not_fit_can_be_left_out(scene: Scene, qtbot: QtBot, served: Hub) -> None:
    served.about = {"safetensors": {"parameters": {"BF16": 10**11}, "total": 10**11}}
    searched(scene, qtbot)
    find = scene.window.librarian.hub.find
    assert "Too big by" in find.view.lines.lines[0].word
    find.fitting.setChecked(True)
    assert find.view.lines.lines == ()
    assert find.told.text() == "Found, but too big for this computer: 1."
    find.fitting.setChecked(False)
    assert find.told.text() == ""


def test_offline_the_models_here_are_counted(
    scene: Scene, qtbot: QtBot, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    wait(qtbot, lambda: scene.window.librarian.shelf.count > 0)
    searched(scene, qtbot)
    told = scene.window.librarian.hub.find.told.text()
    assert told.startswith("ChatApp is offline")
    assert told.endswith("Models that work without it: 1.")
    assert not served.asked


def test_what_cannot_be_used_is_told_instead_of_a_download(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    served.files = {"pytorch_model.bin": b"p", "config.json": b"{}"}
    looked(scene, qtbot)
    detail = scene.window.librarian.hub.find.detail
    assert "unsafe format" in detail.problem.text()
    assert not detail.download.isVisible()
    assert not detail.token.isVisible()


def test_a_gated_model_takes_a_token_and_goes_on(
    scene: Scene, qtbot: QtBot, served: Hub, tmp_path: Path
) -> None:
    served.faults = [faulty_hub.status(403)]
    looked(scene, qtbot)
    detail = scene.window.librarian.hub.find.detail
    assert "needs permission" in detail.problem.text()
    assert "HF_TOKEN" not in detail.problem.text()
    press(scene, qtbot, "Paste a token…")
    (question,) = detail.findChildren(QInputDialog)
    question.setTextValue("hf_mine")
    question.accept()
    wait(qtbot, detail.download.isVisible)
    assert hub_token.read() == "hf_mine"
    assert served.asked[-1].headers["Authorization"] == "Bearer hf_mine"


def test_its_page_opens_only_after_the_question_about_links(scene: Scene, qtbot: QtBot) -> None:
    looked(scene, qtbot)
    press(scene, qtbot, "Open its page")
    wait(qtbot, lambda: bool(scene.window.findChildren(QMessageBox)))
    (question,) = scene.window.findChildren(QMessageBox)
    assert "127.0.0.1" in question.text()
    question.reject()


def test_a_damaged_model_leads_to_its_place_on_the_hub(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    scene.window.librarian.shelf.detail.again_requested.emit("org/tiny")
    find = scene.window.librarian.hub.find
    wait(qtbot, lambda: bool(find.view.lines.lines))
    assert find.isVisible()
    assert "search=org%2Ftiny" in served.asked[0].path


# -- downloads --


def test_a_download_ends_on_the_shelf_and_can_be_chatted_with(scene: Scene, qtbot: QtBot) -> None:
    looked(scene, qtbot)
    with qtbot.waitSignal(scene.window.librarian.hub.arrived, timeout=READY_MS):
        scene.window.librarian.hub.find.detail.download.click()
    assert (places.models() / "org" / "tiny" / "model.safetensors").exists()
    wait(qtbot, lambda: scene.window.librarian.shelf.model("org/tiny") is not None)
    assert card(scene).about.text().startswith("Whole and checked")
    wait(qtbot, scene.window.librarian.hub.find.detail.show_it.isVisible)
    with qtbot.waitSignal(scene.window.loads.loaded, timeout=READY_MS):
        press(scene, qtbot, "Chat")
    assert scene.window.pages.current == "chat"


def test_a_download_can_be_paused_resumed_and_survives_a_restart(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, hold]
    scene.window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: "file 3 of 3" in (card(scene).about.text() if cards_of(scene) else ""))
    wait(qtbot, lambda: "20 kB of" in card(scene).about.text())
    assert scene.window.pages._buttons["library"].share is not None
    assert "% done" in scene.window.pages._buttons["library"].accessibleName()
    assert not scene.window.librarian.hub.find.detail.download.isVisible()
    press(scene, qtbot, "Pause")
    wait(qtbot, lambda: card(scene).about.text().startswith("Paused; 20 kB of"))
    assert scene.window.pages._buttons["library"].share is None
    scene.close()
    scene.open()
    scene.start(qtbot)
    scene.window.pages.show_page("library")
    wait(qtbot, lambda: bool(cards_of(scene)))
    assert card(scene).about.text().startswith("Paused; 20 kB of")
    with qtbot.waitSignal(scene.window.librarian.hub.arrived, timeout=READY_MS):
        press(scene, qtbot, "Resume")
    assert (places.models() / "org" / "tiny").exists()
    assert served.asked[-1].start > 0


def cards_of(scene: Scene) -> dict[str, TransferCard]:
    return scene.window.librarian.page.strip.cards


def test_a_cancelled_download_leaves_nothing(
    scene: Scene, qtbot: QtBot, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, hold]
    scene.window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)))
    wait(qtbot, lambda: "20 kB of" in card(scene).about.text())
    press(scene, qtbot, "Cancel")
    (question,) = card(scene).findChildren(QMessageBox)
    assert "20 kB of org/tiny" in question.text()
    (away,) = [each for each in question.buttons() if each.text() == "Throw away"]
    qtbot.mouseClick(away, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: not cards_of(scene))
    assert not scene.window.librarian.page.strip.isVisible()
    wait(qtbot, lambda: not list((places.models() / ".downloads").iterdir()))


def test_a_failed_download_tells_why_and_can_be_tried_again(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, faulty_hub.spoilt, faulty_hub.spoilt]
    scene.window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)))
    wait(qtbot, lambda: "does not match its checksum" in card(scene).problem.text())
    with qtbot.waitSignal(scene.window.librarian.hub.arrived, timeout=READY_MS):
        press(scene, qtbot, "Try again")


def failed(scene: Scene, qtbot: QtBot, served: Hub, fault: faulty_hub.Fault) -> TransferCard:
    looked(scene, qtbot)
    served.faults = [free, free, fault]
    scene.window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)) and bool(card(scene).problem.text()))
    scene.app.processEvents()
    return card(scene)


def give_token(card: TransferCard, token: str) -> None:
    card.token.click()
    (question,) = card.findChildren(QInputDialog)
    question.setTextValue(token)
    question.accept()


def test_a_download_that_needs_permission_leads_to_it_and_goes_on_by_itself(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    one = failed(scene, qtbot, served, faulty_hub.status(403))
    assert "HF_TOKEN" not in one.problem.text()
    assert not one.search.isVisible()
    one.page.click()
    wait(qtbot, lambda: bool(scene.window.findChildren(QMessageBox)))
    scene.window.findChildren(QMessageBox)[0].reject()
    with qtbot.waitSignal(scene.window.librarian.hub.arrived, timeout=READY_MS):
        give_token(one, "hf_mine")
    assert served.asked[-1].headers["Authorization"] == "Bearer hf_mine"
    assert not one.problem.isVisible()
    assert not one.token.isVisible()


def test_a_wrong_token_is_told_and_another_one_can_be_pasted(
    scene: Scene, qtbot: QtBot, served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    wrong = faulty_hub.status(401, X_Error_Message="Invalid username or password.")
    one = failed(scene, qtbot, served, wrong)
    assert one.problem.text().startswith("The Hub does not accept your token.")
    assert one.token.isVisible()
    give_token(one, "two words")
    banner = scene.window.librarian.page.banner
    wait(qtbot, lambda: banner.text().startswith("What was pasted is not a token."))
    with qtbot.waitSignal(scene.window.librarian.hub.arrived, timeout=READY_MS):
        give_token(one, "hf_mine")
    assert served.asked[-1].headers["Authorization"] == "Bearer hf_mine"


def test_a_file_that_is_gone_leads_to_a_search(scene: Scene, qtbot: QtBot, served: Hub) -> None:
    one = failed(scene, qtbot, served, faulty_hub.status(404))
    assert not one.page.isVisible()
    assert not one.token.isVisible()
    before = len(served.asked)
    one.search.click()
    wait(qtbot, lambda: len(served.asked) > before)
    assert "search=org%2Ftiny" in served.asked[before].path


@pytest.mark.parametrize("wide", [720, 1180])
def test_what_went_wrong_is_seen_whole(scene: Scene, qtbot: QtBot, served: Hub, wide: int) -> None:
    scene.window.resize(wide, 480)
    one = failed(scene, qtbot, served, faulty_hub.status(403))
    strip = scene.window.librarian.page.strip
    wait(qtbot, lambda: strip.height() >= one.heightForWidth(one.width()))
    assert one.problem.height() >= one.problem.heightForWidth(one.problem.width())
    assert one.width() <= strip.viewport().width()
    for each in (one.first, one.second, one.page, one.token):
        assert each.width() >= each.sizeHint().width()


def test_a_wait_tells_why_and_counts_its_seconds_down(qtbot: QtBot) -> None:
    one = TransferCard()
    qtbot.addWidget(one)
    download = Download(Entry("org/tiny"), (Part("model.safetensors", 100),), "folder")
    why = Reason("the server asks to wait")
    told = []
    for left_s in (36.3, 35.9):
        news = Fetched("org/tiny", 5, 100, 0.0, "f", 1, 1, "wait", 1, 5, why, left_s)
        one.show_transfer(Transfer(download, "running", news))
        told.append(one.about.text())
    assert told == [
        "The server asks to wait; trying again in 37 s (2 of 5)",
        "The server asks to wait; trying again in 36 s (2 of 5)",
    ]


def test_a_download_that_hardly_moves_foretells_no_end(qtbot: QtBot) -> None:
    one = TransferCard()
    qtbot.addWidget(one)
    download = Download(Entry("org/tiny"), (Part("model.safetensors", 10**8),), "folder")
    told = []
    for speed in (16e6, 44e3, 700.0):
        news = Fetched("org/tiny", 5 * 10**7, 10**8, speed, "f", 1, 1)
        one.show_transfer(Transfer(download, "running", news))
        told.append(one.about.text().split("  ·  ")[1:-1])
    assert told == [
        ["16.0 MB/s", "less than a minute left"],
        ["44 kB/s", "19 min left"],
        ["hardly any data"],
    ]


def test_what_connects_says_so_and_the_next_one_after_it(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    served.faults = [faulty_hub.mute, faulty_hub.mute]
    desk = scene.window.librarian.hub
    desk.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)))
    assert card(scene).about.text() == "Connecting…"
    found = desk.find.detail._looked
    assert found is not None
    desk.transfers.begin(replace(found[0], entry=replace(found[0].entry, name="org/other")))
    wait(qtbot, lambda: len(cards_of(scene)) == 2)
    one, other = cards_of(scene).values()
    assert other.about.text() == "Waits for its turn"
    one.first.click()
    wait(qtbot, lambda: one.about.text().startswith("Paused"))
    assert other.about.text() == "Connecting…"
    other.first.click()
    wait(qtbot, lambda: other.about.text().startswith("Paused"))


def test_what_waits_for_its_turn_is_paused_and_cancelled_at_once(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, hold]
    desk = scene.window.librarian.hub
    desk.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)) and "20 kB of" in card(scene).about.text())
    (first,) = desk.transfers.all
    entry = replace(first.download.entry, name="org/other")
    found = desk.find.detail._looked
    assert found is not None
    desk.transfers.begin(replace(found[0], entry=entry))
    wait(qtbot, lambda: len(desk.transfers.all) == 2)
    second = desk.transfers.all[1]
    assert second.state == "waiting"
    desk.transfers.pause(second.download.folder)
    assert [each.state for each in desk.transfers.all] == ["running", "paused"]
    desk.transfers.resume(second.download.folder)
    desk.transfers.remove(second.download.folder)
    assert [each.name for each in desk.transfers.all] == ["org/tiny"]
    wait(qtbot, lambda: not Path(second.download.folder).exists())


def test_the_server_s_wish_to_wait_reaches_the_card(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, faulty_hub.status(429, Retry_After="40")]
    scene.window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)) and "asks to wait" in card(scene).about.text())
    strip = scene.window.librarian.page.strip
    wait(qtbot, lambda: strip.height() > card(scene).sizeHint().height())
    assert re.search(r"in (40|3\d) s \(2 of 5\)$", card(scene).about.text())
    press(scene, qtbot, "Pause")
    wait(qtbot, lambda: card(scene).about.text().startswith("Paused"))


def test_a_download_that_cannot_begin_is_told_above_the_tabs(
    scene: Scene, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked(scene, qtbot)
    monkeypatch.setattr(transfer, "free_bytes", lambda folder: 0)
    scene.window.librarian.hub.find.detail.download.click()
    banner = scene.window.librarian.page.banner
    wait(qtbot, lambda: banner.text().startswith("The disk is full"))
    assert not cards_of(scene)
    monkeypatch.setattr(transfer, "free_bytes", lambda folder: 10**12)
    with qtbot.waitSignal(scene.window.librarian.hub.arrived, timeout=READY_MS):
        scene.window.librarian.hub.find.detail.download.click()
    assert not banner.isVisible()


# -- recommended --


def test_this_computer_s_models_come_first_and_lead_to_their_offer(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    librarian = scene.window.librarian
    librarian.page.show_tab(librarian.hub.advice)
    wait(qtbot, lambda: bool(librarian.hub.advice.findChildren(QPushButton)))
    first = librarian.hub.advice.findChildren(QPushButton)[0]
    assert first.accessibleName() == "Download Qwen3-4B…"
    assert not served.asked
    first.click()
    detail = librarian.hub.find.detail
    wait(qtbot, detail.download.isVisible)
    assert served.asked[0].path.startswith("/api/models/Qwen/Qwen3-4B/revision/main")
    assert [asked for asked in served.asked if "search=" in asked.path] == []
    assert detail.name == "Qwen/Qwen3-4B"
    assert "in 3 files to get" in detail.state.text()
    assert librarian.hub.find.view.lines.lines[0].word == "Fits"
    assert not librarian.page.strip.cards  # nothing comes before the person says so


def has_room(box: QComboBox) -> bool:
    option, part = QStyleOptionComboBox(), QStyle.SubControl.SC_ComboBoxEditField
    box.initStyleOption(option)
    room = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box)
    return room.width() >= box.fontMetrics().boundingRect(box.currentText()).width()


def test_no_choice_of_a_filter_is_cut_off(scene: Scene, qtbot: QtBot) -> None:
    searched(scene, qtbot)
    find = scene.window.librarian.hub.find
    for language in ("ja", "en"):
        scene.desk.speak(language)
        for box in (find.licence, find.largest, find.language):
            wait(qtbot, lambda box=box: has_room(box))


def test_another_language_does_not_ask_the_hub_again(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    find, asked = scene.window.librarian.hub.find, len(served.asked)
    scene.desk.speak("ja")
    scene.app.processEvents()
    assert not find._timer.isActive()
    assert find.detail.fit.isVisible()
    assert len(served.asked) == asked


def test_the_tabs_speak_japanese_at_once(scene: Scene, qtbot: QtBot) -> None:
    looked(scene, qtbot)
    scene.desk.speak("ja")
    scene.app.processEvents()
    page = scene.window.librarian.page
    assert not {"Find", "Recommended"} & {page.bar.tabText(n) for n in range(page.bar.count())}
    english = {"Search", "Open its page", "Text only", "Without terms", "Fits here"}
    find = scene.window.librarian.hub.find
    assert not english & {each.text() for each in find.findChildren(QAbstractButton)}


# -- what the chat tells of downloads --


def test_a_model_that_has_come_is_offered_in_the_chat(scene: Scene, qtbot: QtBot) -> None:
    looked(scene, qtbot)
    window = scene.window
    window.librarian.hub.find.detail.download.click()
    window.pages.show_page("chat")
    wait(qtbot, lambda: window.banner.text() == "org/tiny is ready.")
    (use,) = [each for each in window.banner.findChildren(QPushButton) if each.isVisible()]
    assert use.text() == "Use it now"
    scene.backend.info = replace(scene.backend.info, path=str(places.models() / "org" / "tiny"))
    with qtbot.waitSignal(window.loads.loaded, timeout=READY_MS) as loaded:
        qtbot.mouseClick(use, Qt.MouseButton.LeftButton)
    assert loaded.args[0].path.endswith("tiny")
    assert not window.banner.text()


def test_the_offer_goes_where_the_model_is_used_already(scene: Scene, qtbot: QtBot) -> None:
    looked(scene, qtbot)
    window = scene.window
    window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: window.banner.text() == "org/tiny is ready." or not window.isVisible())
    scene.backend.info = replace(scene.backend.info, path=str(places.models() / "org" / "tiny"))
    wait(qtbot, lambda: window.librarian.shelf.model("org/tiny") is not None)
    with qtbot.waitSignal(window.loads.loaded, timeout=READY_MS):
        press(scene, qtbot, "Chat")
    assert not window.banner.text()


def test_a_failed_download_is_told_in_the_chat_until_the_page_is_looked_at(
    scene: Scene, qtbot: QtBot, served: Hub
) -> None:
    looked(scene, qtbot)
    window = scene.window
    library, foot = window.pages._buttons["library"], window.sidebar.under_way
    served.faults = [free, free, faulty_hub.spoilt, faulty_hub.spoilt]
    window.librarian.hub.find.detail.download.click()
    window.pages.show_page("chat")
    wait(qtbot, lambda: library.warned)
    assert library.accessibleName() == "Library, something went wrong"
    assert foot.download.isVisible()
    assert foot.download.failed
    assert foot.download.text() == "tiny did not arrive"
    plain = library.grab().toImage()
    qtbot.mouseClick(foot.download, Qt.MouseButton.LeftButton)
    assert window.pages.current == "library"
    assert not library.warned
    window.pages.show_page("chat")
    assert not library.warned  # it was seen
    assert library.grab().toImage() != plain
    with qtbot.waitSignal(window.librarian.hub.arrived, timeout=READY_MS):
        window.librarian.hub.transfers.resume(card(scene)._transfer.download.folder)  # type: ignore[union-attr]
    wait(qtbot, foot.isHidden)


def test_the_sidebar_tells_how_far_a_download_is(scene: Scene, qtbot: QtBot, served: Hub) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, hold]
    scene.window.librarian.hub.find.detail.download.click()
    scene.window.pages.show_page("chat")
    foot = scene.window.sidebar.under_way
    wait(qtbot, lambda: foot.download.isVisible() and foot.download.share > 0.4)
    assert foot.download.text() == "Getting tiny"
    assert foot.download.detail.startswith(f"{round(100 * foot.download.share)} %")
    assert not foot.training.isVisible()
    scene.desk.speak("ja")
    wait(qtbot, lambda: foot.download.text() == "tiny を取得中")


# -- closing meanwhile --


def test_closing_while_a_model_comes_asks_once(scene: Scene, qtbot: QtBot, served: Hub) -> None:
    looked(scene, qtbot)
    served.faults = [free, free, hold]
    window = scene.window
    window.librarian.hub.find.detail.download.click()
    wait(qtbot, lambda: bool(cards_of(scene)) and "20 kB of" in card(scene).about.text())
    assert not window.close()
    assert not window.close()  # the same question
    assert window.isVisible()
    (question,) = window.findChildren(QMessageBox)
    assert question.text().partition("\n\n")[2].startswith("org/tiny is being downloaded (50 %)")
    assert "kept" in question.text()
    question.reject()
    assert window.isVisible()
    assert not window.close()
    wait(qtbot, lambda: len(window.findChildren(QMessageBox)) == 1)
    (question,) = window.findChildren(QMessageBox)
    (leave,) = [each for each in question.buttons() if each.text() == "Close"]
    qtbot.mouseClick(leave, Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_closing_with_nothing_under_way_asks_nothing(scene: Scene) -> None:
    assert scene.window.close()
    assert not scene.window.findChildren(QMessageBox)


def test_each_recommended_model_has_a_word_and_the_own_tier_comes_first(
    scene: Scene, qtbot: QtBot
) -> None:
    librarian = scene.window.librarian
    librarian.page.show_tab(librarian.hub.advice)
    wait(qtbot, lambda: bool(librarian.hub.advice.findChildren(QPushButton)))
    labels = [each.text() for each in librarian.hub.advice.findChildren(QLabel)]
    headings = [text for text in labels if "GB and more" in text or " to " in text[:7]]
    assert headings[:3] == ["8 to 12 GB: this computer", "6 to 8 GB", "4 to 6 GB"]
    assert headings[3] == "12 to 16 GB"  # behind the one without a card
    assert "Fits" in labels
    assert any(text.startswith("Too big by") for text in labels)
    assert not any("not tried by us" in text for text in labels)
