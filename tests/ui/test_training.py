"""The Training page with a scripted trainer: what it shows, starts, pauses and goes on with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from chatapp import adapters, host, library, ongoing, places, settings
from chatapp.adapters import CONFIG, RECORD, WEIGHTS
from chatapp.chat import Event, Loss, Progress, UserError
from chatapp.course import Course
from chatapp.script import script
from chatapp.settings import App, Settings
from chatapp.taught import Merged, Preferred, Prepared, Previewed, Sampled, Shown, Trained
from chatapp.tuning import Tuning
from chatapp.ui.adapter_tab import AdapterTab
from chatapp.ui.app import Desk
from tests.fake import FakeBackend, host_of, model, words

READY_MS = 10_000
STEPS = 40
FOUND = Previewed(
    "letters.jsonl", 60, 1, ((6, UserError("Line {line} is no JSON.", "Mend it or leave it out; "
    "the other rows are used.", line=6).event()),), 2, 54, 6, 3, 2032, 1448, True,
    (Shown(1, (("<user> Where?", False), ("Here.", True)), 9),),
)  # fmt: skip


class Trainer:
    """Tells the steps of a script; `gate` holds it after the first ones."""

    def __init__(self) -> None:
        self.asked: list[Course] = []
        self.looked: list[Course] = []
        self.gate = threading.Event()
        self.gate.set()
        self.failure: UserError | None = None
        self.found: Previewed | UserError = FOUND
        self.preferred: Preferred | None = None  # what each step tells of pairs

    def preview(self, asked: Course) -> Iterator[Event]:
        self.looked.append(asked)
        if isinstance(self.found, UserError):
            raise self.found
        yield self.found

    def teach(self, asked: Course, backend: Any) -> Iterator[Event]:
        self.asked.append(asked)
        start = 10 if asked.resume else 0
        yield Prepared("fake", 60, 0, (), 0, 54, 6, 512, 0, 2032, 1448, STEPS, 5_000_000, 65_536,
                       "float32", True, 0, True)  # fmt: skip
        for step in range(start + 1, STEPS + 1):
            asked.folder.mkdir(parents=True, exist_ok=True)
            leave(asked.folder, step)
            held = 2.0 if step % 10 == 0 else None
            yield Loss(step, STEPS, 3.0 / step, 1e-3, 900.0, held, preferred=self.preferred,
                       preferred_unseen=self.preferred if held else None)  # fmt: skip
            if step == 10:
                yield Sampled(10, "Where is it?", "Here, dear friend.")
            while step == 15 and not self.gate.wait(0.01):
                yield Loss(step, STEPS, 0.2, 1e-3, 900.0)
            if self.failure:
                raise self.failure
        yield Trained(str(asked.folder), asked.folder.name, "adapter", STEPS, 3.0, 0.1, STEPS,
                      2.0, 1.0, 100, 1.0, preferred=self.preferred)  # fmt: skip


def leave(folder: Path, step: int) -> None:
    """What a training has on the disk: enough to be listed, and to go on."""
    record = {"base": "fake", "tuning": {"what": "adapter"}, "steps": step}
    (folder / RECORD).write_text(json.dumps(record))
    for name in (ongoing.STATE, CONFIG, WEIGHTS):
        (folder / name).write_text("{}")


class Scene:
    """A window with a scripted model and a scripted trainer."""

    def __init__(self, app: QApplication, trainer: Trainer) -> None:
        self.trainer = trainer
        self.backend = FakeBackend(words(3))
        self.desk = Desk(app, host_of(self.backend))
        self.window = self.desk.window
        self.coaching = self.window.coaching
        self.page = self.coaching.page
        self.window.resize(1280, 800)
        self.window.show()

    def start(self, qtbot: QtBot) -> None:
        with qtbot.waitSignal(self.window.loads.ended, timeout=READY_MS):
            self.window.start()
        qtbot.keyClick(self.window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: self.page.tuning.model is not None, timeout=READY_MS)

    def take(self, qtbot: QtBot, path: Path) -> None:
        path.write_text("{}\n")
        self.page.data.file_chosen.emit(str(path))
        qtbot.waitUntil(lambda: self.page.run.start.isEnabled(), timeout=READY_MS)

    def train(self, qtbot: QtBot, path: Path, until: int = 15) -> None:
        """Start, and wait until so many steps are shown."""
        self.take(qtbot, path)
        self.page.run.start.click()
        qtbot.waitUntil(lambda: len(self.page.run.chart.losses) >= until, timeout=READY_MS)

    def wait_for_end(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: not self.coaching.running, timeout=READY_MS)

    def close(self) -> None:
        self.trainer.gate.set()
        self.desk.leaving.leave()
        assert self.desk.close()
        self.desk.deleteLater()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    trainer = Trainer()
    monkeypatch.setattr(host, "_preview", trainer.preview)
    monkeypatch.setattr(host, "_teach", trainer.teach)
    monkeypatch.setattr(library, "models", lambda: [model("fake")])
    monkeypatch.setattr(library, "find", model)
    monkeypatch.setattr(adapters, "check", _checked)
    return trainer


def _checked(path: Path, name: str = "") -> adapters.Adapter:
    return adapters.Adapter(path.name, str(path), "fake", rank=8, bytes=900_000)


@pytest.fixture
def scene(
    qapp: QApplication, dressed: QApplication, qtbot: QtBot, trainer: Trainer
) -> Iterator[Scene]:
    settings.save(Settings(app=App(language="en")))
    scene = Scene(qapp, trainer)
    scene.start(qtbot)
    yield scene
    scene.close()


def test_before_data_is_chosen_it_says_what_for_and_cannot_start(scene: Scene) -> None:
    assert "50 or more examples" in scene.page.data.counts.text()
    assert not scene.page.run.start.isEnabled()
    assert not scene.page.data.preview.isVisible()


def test_the_data_is_counted_and_its_bad_rows_are_told(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.take(qtbot, tmp_path / "letters.jsonl")
    counts = scene.page.data.counts.text()
    for told in ("54 examples to learn", "6 held out", "will be cut: 3", "left out: 2", "used: 1"):
        assert told in counts
    assert scene.page.data.problems.text().startswith("Line 6 is no JSON.")
    assert scene.page.tuning.name.text() == "letters"


def test_what_is_not_learned_looks_otherwise(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.take(qtbot, tmp_path / "letters.jsonl")
    document = scene.page.data.view.document()
    inks = {}
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            piece = pieces.fragment()
            inks[piece.text()] = piece.charFormat().fontItalic()
            pieces += 1
        block = block.next()
    assert inks["<user> Where?"]
    assert not inks["Here."]


def test_data_that_cannot_be_read_says_why(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.trainer.found = UserError("{file} holds no examples.", "Add one.", file="a.txt")
    scene.page.data.file_chosen.emit(str(tmp_path / "a.txt"))
    qtbot.waitUntil(lambda: scene.page.data.failure.isVisible(), timeout=READY_MS)
    assert scene.page.data.failure.text() == "a.txt holds no examples.  Add one."
    assert not scene.page.run.start.isEnabled()
    assert scene.page.run.status.text() == "This data cannot be used; above it says why."


def test_what_is_missing_before_the_start_is_named(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    assert scene.page.run.status.text() == "Choose data first."
    (tmp_path / "letters.jsonl").write_text("{}\n")
    scene.page.data.file_chosen.emit(str(tmp_path / "letters.jsonl"))
    assert scene.page.run.status.text() == "Reading the data…"
    qtbot.waitUntil(lambda: scene.page.run.start.isEnabled(), timeout=READY_MS)
    scene.page.tuning.name.clear()
    assert scene.page.run.status.text() == "Give what is made a name first."
    assert not scene.page.run.start.isEnabled()


def test_the_columns_of_a_table_can_be_named(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.trainer.found = UserError(
        "The columns of question and answer are not known.",
        "Call them prompt and response, or name two of these: {names}.",
        names="number, asked, said",
    )
    scene.page.data.file_chosen.emit(str(tmp_path / "a.csv"))
    qtbot.waitUntil(lambda: scene.page.data.columns.isVisible(), timeout=READY_MS)
    scene.trainer.found = FOUND
    scene.page.data.question.setCurrentText("asked")
    scene.page.data.answer.setCurrentText("said")
    scene.page.data.take.click()
    qtbot.waitUntil(lambda: scene.page.run.start.isEnabled(), timeout=READY_MS)
    assert scene.trainer.looked[-1].columns == ("asked", "said")


def test_a_training_draws_its_losses_and_shows_what_the_model_says(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.train(qtbot, tmp_path / "letters.jsonl", STEPS)
    scene.wait_for_end(qtbot)
    assert [loss.step for loss in scene.page.run.chart.losses] == list(range(1, STEPS + 1))
    assert scene.page.run.pairs.isHidden()
    assert "Here, dear friend." in scene.page.run.samples.text()
    assert "from 3.000 to 0.100" in scene.page.run.status.text()
    assert "7.39 before, 2.72 now (step 40)" in scene.page.run.status.text()  # e**2 and e
    assert scene.page.run.remark.text()
    assert scene.trainer.asked[0].folder == places.adapters() / "letters"
    qtbot.waitUntil(lambda: scene.page.adapters.adapter is not None, timeout=READY_MS)
    assert ongoing.paused() == []


PAIRS = replace(FOUND, pairs=True, shown=(replace(FOUND.shown[0], worse="Over there, mate."),))


def test_pairs_show_both_answers_and_their_own_knobs(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    rows = scene.page.tuning.rows
    assert rows["beta"].isHidden()
    assert not rows["remember"].isHidden()
    scene.trainer.found = PAIRS
    scene.take(qtbot, tmp_path / "pairs.jsonl")
    assert "54 pairs of answers to learn" in scene.page.data.counts.text()
    assert "Worse answer:\nOver there, mate." in scene.page.data.view.toPlainText()
    assert [rows[name].isHidden() for name in ("beta", "anchor", "remember")] == [
        False, False, True,
    ]  # fmt: skip
    assert rows["learning_rate"].value == 1e-3
    looks = len(scene.trainer.looked)
    scene.trainer.found = FOUND
    scene.take(qtbot, tmp_path / "letters.jsonl")
    qtbot.waitUntil(lambda: rows["beta"].isHidden(), timeout=READY_MS)
    assert len(scene.trainer.looked) == looks + 1


def test_a_training_by_pairs_draws_margin_and_accuracy(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.trainer.preferred = Preferred(1.25, 0.75)
    scene.train(qtbot, tmp_path / "pairs.jsonl", STEPS)
    scene.wait_for_end(qtbot)
    assert len(scene.page.run.pairs.losses) == STEPS
    assert "1.25" in scene.page.run.pairs.accessibleDescription()
    assert "75 %" in scene.page.run.status.text()
    table = scene.page.run.table
    assert [table.topLevelItem(0).text(column) for column in (5, 6)] == ["1.25", "75 %"]
    assert not table.isColumnHidden(5)


def test_preferred_answers_become_pairs(scene: Scene, qtbot: QtBot) -> None:
    talk = scene.window.talk
    talk.send("where?")
    qtbot.waitUntil(lambda: not talk.is_writing(), timeout=READY_MS)
    scene.page.data.pairs.click()
    qtbot.waitUntil(lambda: bool(scene.page.banner.text()), timeout=READY_MS)
    assert "No answer was preferred" in scene.page.banner.text()
    scene.window._store.revise(talk.branch[-1].id, "here")
    scene.page.data.pairs.click()
    qtbot.waitUntil(lambda: scene.page.run.start.isEnabled(), timeout=READY_MS)
    (line,) = scene.trainer.looked[-1].data.read_text("utf-8").splitlines()
    assert json.loads(line)["chosen"] == [{"role": "assistant", "content": "here"}]


def test_the_strip_says_training_while_it_runs(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.trainer.gate.clear()
    scene.train(qtbot, tmp_path / "letters.jsonl")
    assert scene.window.gauge.phase.text() == "Training"
    scene.trainer.gate.set()
    scene.wait_for_end(qtbot)
    assert scene.window.gauge.phase.text() == "Idle"


def test_a_paused_training_goes_on(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.trainer.gate.clear()
    scene.train(qtbot, tmp_path / "letters.jsonl")
    scene.page.run.pause.click()
    scene.wait_for_end(qtbot)
    assert "Paused at step 15" in scene.page.run.status.text()
    qtbot.waitUntil(lambda: scene.page.run.paused.count == 1, timeout=READY_MS)
    scene.trainer.gate.set()
    scene.page.run.paused.lines[0].resume.click()
    qtbot.waitUntil(lambda: len(scene.trainer.asked) == 2, timeout=READY_MS)
    scene.wait_for_end(qtbot)
    assert scene.trainer.asked[1].resume
    assert scene.trainer.asked[1].data == tmp_path / "letters.jsonl"
    qtbot.waitUntil(lambda: not ongoing.paused(), timeout=READY_MS)


def test_a_stopped_training_keeps_what_it_made_and_does_not_wait_to_go_on(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.trainer.gate.clear()
    scene.train(qtbot, tmp_path / "letters.jsonl")
    scene.page.run.stop.click()
    scene.wait_for_end(qtbot)
    assert "the best state is kept" in scene.page.run.status.text()
    qtbot.waitUntil(lambda: not ongoing.paused(), timeout=READY_MS)
    qtbot.waitUntil(lambda: scene.page.adapters.adapter is not None, timeout=READY_MS)


def test_a_training_that_cannot_go_on_says_why(scene: Scene, qtbot: QtBot, tmp_path: Path) -> None:
    scene.trainer.failure = UserError("The loss is no longer a number.", "Train again slower.")
    scene.take(qtbot, tmp_path / "letters.jsonl")
    scene.page.run.start.click()
    qtbot.waitUntil(lambda: scene.page.run.failure.isVisible(), timeout=READY_MS)
    assert scene.page.run.failure.text() == "The loss is no longer a number.  Train again slower."
    assert scene.page.run.start.isVisible()


def test_a_message_meanwhile_waits_and_can_go_first(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.trainer.gate.clear()
    scene.train(qtbot, tmp_path / "letters.jsonl")
    scene.window.pages.show_page("chat")
    scene.window.talk.send("hello")
    assert "being trained" in scene.window.banner.text()
    assert not scene.backend.requests
    scene.trainer.gate.set()
    scene.window.banner._button.click()
    qtbot.waitUntil(lambda: bool(scene.backend.requests), timeout=READY_MS)
    qtbot.waitUntil(lambda: len(scene.trainer.asked) == 2, timeout=READY_MS)
    scene.wait_for_end(qtbot)
    assert scene.trainer.asked[1].resume
    assert scene.window.banner.text() == ""


def test_the_example_set_is_at_hand(scene: Scene, qtbot: QtBot) -> None:
    scene.page.data.example.click()
    qtbot.waitUntil(lambda: scene.page.run.start.isEnabled(), timeout=READY_MS)
    assert scene.trainer.looked[-1].data == places.example_set()
    assert not scene.page.data.example.isVisible()


def test_a_name_that_is_taken_is_refused_and_a_free_one_proposed(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    leave_there = places.adapters() / "letters"
    leave_there.mkdir()
    (leave_there / "mine").write_text("x")
    scene.take(qtbot, tmp_path / "letters.jsonl")
    assert scene.page.tuning.name.text() == "letters-2"
    scene.page.tuning.name.setText("letters")
    scene.page.run.start.click()
    qtbot.waitUntil(lambda: bool(scene.page.banner.text()), timeout=READY_MS)
    assert "already something called letters" in scene.page.banner.text()
    assert not scene.trainer.asked


def test_what_was_set_is_there_after_a_restart(scene: Scene) -> None:
    scene.page.tuning.changed.emit("epochs", 7)
    scene.window.save()
    assert settings.load()[0].tuning == {"epochs": 7}
    assert scene.page.tuning.rows["epochs"].value == 7


def test_a_knob_can_be_set_to_what_is_usual_for_larger_models(scene: Scene) -> None:
    """On a small model the usual rate is another one than `Tuning`'s own default."""
    row, plain = scene.page.tuning.rows["learning_rate"], Tuning()
    assert row.value != plain.learning_rate
    scene.page.tuning.changed.emit("learning_rate", plain.learning_rate)
    assert row.value == plain.learning_rate
    scene.window.save()
    assert settings.load()[0].tuning == {"learning_rate": plain.learning_rate}


def test_rows_that_mean_nothing_are_away(scene: Scene) -> None:
    rows = scene.page.tuning.rows
    assert not rows["rank"].isHidden()
    scene.page.tuning.changed.emit("what", "scratch")
    assert rows["rank"].isHidden()
    assert not rows["layers"].isHidden()
    assert not scene.page.tuning.base.isEnabled()


def test_an_adapter_answers_in_the_open_conversation_alone(
    scene: Scene, qtbot: QtBot, tmp_path: Path
) -> None:
    scene.train(qtbot, tmp_path / "letters.jsonl", STEPS)
    scene.wait_for_end(qtbot)
    qtbot.waitUntil(lambda: scene.page.adapters.adapter is not None, timeout=READY_MS)
    scene.page.adapters.use.click()
    assert scene.window.pages.current == "chat"
    talk, path = scene.window.talk, str(places.adapters() / "letters")
    talk.send("where?")
    qtbot.waitUntil(lambda: not talk.is_writing(), timeout=READY_MS)
    assert scene.backend.requests[-1].adapter == path
    assert "fake + letters" in scene.window.picker._button.text()
    origin = scene.window._store.origin(talk.branch[-1].id)
    assert origin is not None
    assert origin.adapter == path
    assert f"model.load_adapter({path!r})\n" in script(talk.branch[:-1], origin)
    first = talk.conversation
    talk.open(0)
    talk.send("and here?")
    qtbot.waitUntil(lambda: not talk.is_writing(), timeout=READY_MS)
    assert scene.backend.requests[-1].adapter == ""
    later = scene.window._store.origin(talk.branch[-1].id)
    assert later is not None
    assert "load_adapter" not in script(talk.branch[:-1], later)
    talk.open(first)
    assert talk.adapter == path


def test_answers_marked_as_good_become_data(scene: Scene, qtbot: QtBot) -> None:
    store = scene.window._store
    talk = scene.window.talk
    talk.send("where?")
    qtbot.waitUntil(lambda: not talk.is_writing(), timeout=READY_MS)
    scene.page.data.chats.click()
    qtbot.waitUntil(lambda: bool(scene.page.banner.text()), timeout=READY_MS)
    assert "No answer is marked as good" in scene.page.banner.text()
    store.rate(talk.branch[-1].id, 1)
    scene.page.data.chats.click()
    qtbot.waitUntil(lambda: scene.page.run.start.isEnabled(), timeout=READY_MS)
    assert json.loads(scene.trainer.looked[-1].data.read_text("utf-8"))["messages"]


class Merger:
    """Tells a merge; `gate` holds it half way."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Path]] = []
        self.gate = threading.Event()
        self.failure: UserError | None = None

    def merge(self, found: Any, base: Any, folder: Path, dtype: str) -> Iterator[Event]:
        self.asked.append((found.name, base.name, folder))
        yield Progress("merge", 1, 2)
        while not self.gate.wait(0.01):
            yield Progress("merge", 1, 2)
        if self.failure:
            raise self.failure
        folder.mkdir()
        yield Merged(str(folder), folder.name)


@pytest.fixture
def merger(monkeypatch: pytest.MonkeyPatch) -> Merger:
    merger = Merger()
    monkeypatch.setattr(host, "_merge", merger.merge)
    return merger


def name_it(shown: Any, name: str) -> None:
    """Answer the question for the new model's name."""
    (question,) = shown.findChildren(QInputDialog)
    question.setTextValue(name)
    question.accept()


def test_a_finished_training_is_merged_into_a_new_model(
    scene: Scene, qtbot: QtBot, tmp_path: Path, merger: Merger
) -> None:
    scene.train(qtbot, tmp_path / "letters.jsonl", STEPS)
    scene.wait_for_end(qtbot)
    shown = scene.page.adapters
    qtbot.waitUntil(lambda: shown.adapter is not None, timeout=READY_MS)
    scene.page.run.merge.click()
    name_it(shown, "letters-guide")
    qtbot.waitUntil(lambda: "50 %" in shown.note.text(), timeout=READY_MS)
    assert shown.merge.text() == "Stop merging"
    with qtbot.waitSignal(scene.window.loads.found, timeout=READY_MS):
        merger.gate.set()
    assert "letters-guide was made" in shown.note.text()
    assert merger.asked == [("letters", "fake", places.models() / "letters-guide")]
    assert shown.merge.text() != "Stop merging"


def test_a_merge_can_be_stopped_and_one_that_fails_says_why(
    scene: Scene, qtbot: QtBot, tmp_path: Path, merger: Merger
) -> None:
    (places.adapters() / "letters").mkdir()
    leave(places.adapters() / "letters", 3)
    scene.coaching.desk.refresh()
    shown = scene.page.adapters
    qtbot.waitUntil(lambda: shown.adapter is not None, timeout=READY_MS)
    shown.merge.click()
    name_it(shown, "one")
    qtbot.waitUntil(lambda: "50 %" in shown.note.text(), timeout=READY_MS)
    shown.merge.click()
    qtbot.waitUntil(lambda: "stopped" in shown.note.text(), timeout=READY_MS)
    assert not (places.models() / "one").exists()
    merger.failure = UserError("The disk is full.", "Free some space.")
    merger.gate.set()
    shown.merge.click()
    name_it(shown, "two")
    qtbot.waitUntil(lambda: "The disk is full." in shown.note.text(), timeout=READY_MS)


@pytest.mark.parametrize("name", ["taken", "../elsewhere", ".."])
def test_a_merge_never_writes_over_anything(
    scene: Scene, qtbot: QtBot, merger: Merger, name: str
) -> None:
    (places.models() / "taken").mkdir()
    (places.adapters() / "letters").mkdir()
    leave(places.adapters() / "letters", 3)
    scene.coaching.desk.refresh()
    shown = scene.page.adapters
    qtbot.waitUntil(lambda: shown.adapter is not None, timeout=READY_MS)
    shown.merge.click()
    name_it(shown, name)
    qtbot.waitUntil(lambda: "Choose another name." in shown.note.text(), timeout=READY_MS)
    assert merger.asked == []


def test_the_library_lists_the_adapters_and_deletes_one_after_asking(
    scene: Scene, qtbot: QtBot
) -> None:
    folder = places.adapters() / "letters"
    folder.mkdir()
    leave(folder, 9)
    scene.window.pages.show_page("library")
    page = scene.window.librarian.page
    tab = page.findChild(AdapterTab)
    assert tab is not None
    page.show_tab(tab)
    qtbot.waitUntil(lambda: tab.list.adapter is not None, timeout=READY_MS)
    assert not tab.train.isVisible()
    tab.list.delete.click()
    question = tab.list.findChild(QMessageBox)
    assert "Delete letters?" in question.text()
    assert folder.exists()
    press(question, "Delete")
    qtbot.waitUntil(lambda: not folder.exists(), timeout=READY_MS)
    qtbot.waitUntil(lambda: tab.list.empty.isVisible(), timeout=READY_MS)
    tab.train.click()
    assert scene.window.pages.current == "train"


def press(question: QMessageBox, name: str) -> None:
    next(button for button in question.buttons() if button.text() == name).click()


def test_the_picker_lists_an_adapter_below_its_model(scene: Scene, qtbot: QtBot) -> None:
    folder = places.adapters() / "letters"
    folder.mkdir()
    leave(folder, 9)
    picker, talk = scene.window.picker, scene.window.talk
    scene.coaching.desk.refresh()
    qtbot.waitUntil(lambda: "+ letters" in entries(scene), timeout=READY_MS)
    scene.window.picker.picks.trigger(entries(scene).index("+ letters"))
    assert talk.adapter == str(folder)
    assert scene.window.loads.under_way is False  # the base stays
    assert "letters" in picker._button.text()
    scene.window.picker.picks.trigger(entries(scene).index("fake"))
    assert talk.adapter == ""
    assert scene.window.loads.under_way is False


def entries(scene: Scene) -> list[str]:
    return [pick.title for pick in scene.window.picker.picks.rows.picks]


def test_the_sidebar_follows_a_training_and_closing_asks(
    scene: Scene, trainer: Trainer, qtbot: QtBot, tmp_path: Path
) -> None:
    trainer.gate.clear()
    scene.train(qtbot, tmp_path / "letters.jsonl")
    window, foot = scene.window, scene.window.sidebar.under_way
    window.pages.show_page("chat")
    qtbot.waitUntil(lambda: foot.training.isVisible() and foot.training.share > 0.3)
    assert foot.training.text() == "Training letters"
    assert foot.training.detail.startswith(f"Step 15 of {STEPS}")
    assert not window.close()
    (question,) = window.findChildren(QMessageBox)
    assert "can go on later" in question.text()
    question.reject()
    qtbot.mouseClick(foot.training, Qt.MouseButton.LeftButton)
    assert window.pages.current == "train"
    trainer.gate.set()
    scene.wait_for_end(qtbot)
    assert foot.isHidden()
    assert window.close()
