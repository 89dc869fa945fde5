"""The pictures of the README, made again from the real window.

For maintainers, on Linux with a display of its own:

    xvfb-run -a .venv/bin/python packaging/pictures.py resources/pictures

Everything happens in a throw-away home, without a network. The built-in guide writes the answers,
with fixed seeds, and learns the small sums of the training page; figures are those of the run.
Three things are not the guide's: the answer with code and a table and the three candidates come
from `props.py`, under the name "Scripted example", and are paced; the models in the Library are
folders with the published shapes of `chatapp.catalogue` and files of zeros; and the download comes
from a Hub on this machine that sends such a file slowly.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.library import Model
    from tests.plain.faulty_hub import Hub

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also where chatapp is not installed

import props
from props import SCRIPTED, SEED
from PySide6.QtCore import QEventLoop, QLocale, QPoint, Qt, QTimer
from PySide6.QtGui import QImage, qRgb
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from chatapp import host, library
from chatapp.ui import app

LONGEST_S = 120  # for anything that is waited for
SETTLE_MS = 1300  # the gauge tells once a second
EXACT = 64  # the most frequent colours stay as they are
COARSE = 0xF8F8F8  # what looks alike has these bits in common
STORY = "Tell me a short story about a robot."
QUESTIONS = ("How much VRAM does an 8B model need?", "What is quantisation?",
             "How do I add a model?", "What is a token?")  # fmt: skip
JAPANESE = ("温度は何をしますか？", "8Bモデルに必要なVRAMは？", "短い話をしてください。")
STEPS = 120  # of the training, and a rate at which one sees it learn
GENTLE = 8e-4
WISH = "Describe the sea in a few lines."


def rest(ms: int) -> None:
    """Let the window live. `QTest.qWait` would keep the interpreter's lock from the model."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


# -- the window -----------------------------------------------------------------------------------


class Studio:
    """The window, what a person would do in it, and the camera."""

    def __init__(self, application: QApplication, out: Path) -> None:
        self._app, self._out = application, out
        self.desk = app.Desk(application, host.Host(props.open_model))
        self.window = self.desk.window
        self.talk = self.window.talk
        self.window.show()
        self.guide = library.built_in()
        self.window.start()
        self.load(self.guide)

    def wait(self, so: Callable[[], Any], ms: int = 0) -> None:
        """Until this is so, and then a little."""
        end = time.monotonic() + LONGEST_S
        while not so():
            if time.monotonic() > end:
                raise TimeoutError("what a picture waits for did not happen")
            rest(20)
        rest(ms)

    def load(self, model: Model) -> None:
        self.wait(lambda: not self.window.loads.under_way)
        self.window.choosing.choose(model)
        self.wait(lambda: not self.window.loads.under_way)

    def dress(self, scheme: str = "light", language: str = "en") -> None:
        self.desk.dress(scheme)
        self.desk.speak(language)

    def knob(self, **values: Any) -> None:
        """As if the person had set these in the open conversation."""
        for name, value in values.items():
            self.window.panel.chat_page.rows[name].changed.emit(name, value)

    def send(self, text: str) -> None:
        self.window.composer.submitted.emit(text)

    def ask(self, *texts: str) -> None:
        for text in texts:
            self.send(text)
            self.finish()

    def finish(self) -> None:
        """Until the answer is written."""
        self.wait(lambda: not self.talk.is_answering())

    def new(self, **values: Any) -> None:
        self.window.menus["new"].trigger()
        rest(SETTLE_MS)  # a person types that long: what is counted begins anew
        self.knob(seed=SEED, **values)

    def again(self, **values: Any) -> None:
        """Another version of the last answer."""
        self.knob(**values)
        self.talk.regenerate(self.talk.branch[-1].id)
        self.finish()

    def press(self, text: str) -> None:
        """The first button that can be seen with this text."""
        buttons = self.window.findChildren(QPushButton)
        found = next(b for b in buttons if b.isVisible() and b.text().startswith(text))
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)

    def take(
        self, name: str, width: int = 1280, height: int = 800, settle_ms: int = SETTLE_MS
    ) -> None:
        """A picture of the window in this size."""
        self.window.resize(width, height)
        QTest.mouseMove(self.window, QPoint(2, height - 2))
        rest(settle_ms)
        QApplication.sendPostedEvents()  # what came last is laid out, as before any paint
        image = self.window.grab().toImage()
        image.setDevicePixelRatio(1)
        path = self._out / f"{name}.png"
        few_colours(image).save(str(path), quality=0)  # of PNG: the smallest file
        print(f"{path}  {image.width()} x {image.height()}  {path.stat().st_size / 1e3:.0f} kB")

    def close(self) -> None:
        self.desk.leaving.leave()
        self.desk.close()


def few_colours(image: QImage) -> QImage:
    """At most 256 colours: the most frequent, and of those that look alike one for all."""
    import numpy

    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = numpy.frombuffer(plain.constBits(), numpy.uint32) & 0xFFFFFF
    values, counts = numpy.unique(pixels, return_counts=True)
    ranked = values[numpy.argsort(-counts, kind="stable")].tolist()
    alike = {value & COARSE: value for value in reversed(ranked)}
    chosen = list(dict.fromkeys(ranked[:EXACT] + [alike[value & COARSE] for value in ranked]))
    table = [qRgb(value >> 16, value >> 8 & 255, value & 255) for value in chosen[:256]]
    return plain.convertToFormat(QImage.Format.Format_Indexed8, table)


# -- the pictures ---------------------------------------------------------------------------------


def take_chats(studio: Studio) -> None:
    """From the empty window to the inspector and the ledger."""
    window, menus = studio.window, studio.window.menus
    studio.take("empty-en-light")
    for question in QUESTIONS:
        studio.new()
        studio.ask(question)
    studio.new()
    studio.ask("What does temperature do?", QUESTIONS[0])
    studio.take("small-en-light", 720, 480)
    window.resize(1280, 800)
    take_versions(studio)
    window.sidebar.box.setFocus()
    window.sidebar.box.setText("token")
    studio.wait(lambda: window.sidebar.hits.model().rowCount(), 1000)
    QTest.keyClick(window.sidebar.box, Qt.Key.Key_Down)
    QTest.keyClick(window.sidebar.hits, Qt.Key.Key_Down)  # past a title, to a message
    QTest.keyClick(window.sidebar.hits, Qt.Key.Key_Return)
    studio.take("search-en-light")
    window.sidebar.box.clear()
    studio.new()
    menus["ledger"].trigger()
    studio.ask("What is temperature?", "What is the KV cache?")
    studio.take("ledger-en-light")
    menus["ledger"].trigger()


def take_versions(studio: Studio) -> None:
    """An edited question with three answers, and the inspector."""
    window, menus = studio.window, studio.window.menus
    studio.new(temperature=1.0)
    studio.ask("Tell me a story.")
    window.deeds.edit(studio.talk.branch[0].id, STORY)
    studio.finish()
    for seed in (8, 9):
        studio.again(seed=seed)
    menus["version_back"].trigger()
    studio.take("branches-en-light")
    studio.new(temperature=1.0)
    studio.talk.send(STORY, "One")  # what follows such a beginning is open
    studio.finish()
    menus["inspect"].trigger()
    studio.wait(lambda: window.inspecting._view)
    view = window.inspecting._view
    tokens = view.tokens if view else ()
    openest = max(range(len(tokens)), key=lambda n: tokens[n].others[1].chance)
    window.panel.inspector.stepped.emit(openest)
    studio.take("inspector-en-light")
    menus["inspect"].trigger()


def take_script(studio: Studio) -> None:
    """An answer with code and a table while it is written, and candidates."""
    panes = studio.window.panes
    studio.dress("dark")
    studio.load(replace(studio.guide, name=SCRIPTED))
    studio.new()
    studio.send("How do I find the most frequent words in a file?")
    studio.wait(lambda: "line by line" in shown(studio))
    studio.take("streaming-en-dark", settle_ms=300)
    studio.finish()
    for name in ("sidebar", "panel"):
        panes.show_pane(name, False)
    studio.new(candidates=3)
    studio.send(WISH)
    studio.wait(lambda: "whatever" in shown(studio))
    studio.take("candidates-en-dark", settle_ms=300)
    studio.finish()
    for name in ("sidebar", "panel"):
        panes.show_pane(name, True)
    studio.load(studio.guide)


def shown(studio: Studio) -> str:
    """What the transcript shows of the last answer."""
    turns = studio.window.transcript._scroll.turns
    return turns[-1].text if turns else ""


def take_japanese(studio: Studio) -> None:
    studio.dress("dark", "ja")
    studio.new()
    studio.ask(*JAPANESE)
    studio.take("chat-ja-dark")
    studio.dress()


def take_library(studio: Studio, served: Hub) -> None:
    """The shelf with its fit table, and a download under way."""
    window = studio.window
    window.pages.show_page("library")
    desk = window.librarian
    studio.wait(lambda: desk.shelf.count > 1)
    desk.shelf.choose("Llama-3.2-3B")
    for language in ("en", "ja"):
        studio.dress("light", language)
        studio.take(f"library-{language}-light")
    studio.dress("dark")
    desk.page.show_tab(desk.hub.find)
    desk.hub.find.field.setText("smollm2")
    desk.hub.find.search()
    studio.wait(lambda: desk.hub.find.view.lines.lines, 200)
    desk.hub.find.view.choose(0)
    studio.wait(lambda: desk.hub.find.detail.fit.isVisible(), 200)
    served.faults = [props.slowly] * 9
    studio.press("Download")
    studio.wait(lambda: any(t.done > 5e7 for t in desk.hub.transfers.all))
    for language in ("en", "ja"):
        studio.dress("dark", language)
        studio.take(f"download-{language}-dark")
    studio.dress()
    for transfer in desk.hub.transfers.all:
        desk.hub.transfers.pause(transfer.download.folder)
    studio.wait(lambda: all(t.state != "running" for t in desk.hub.transfers.all))
    window.pages.show_page("chat")


def take_training(studio: Studio, home: Path) -> None:
    """The guide learns small sums: while it does, and what there is afterwards."""
    path = home / "sums.jsonl"
    props.write_sums(path)
    studio.window.pages.show_page("train")
    page = studio.window.coaching.page
    studio.wait(lambda: page.tuning.model is not None)
    page.data.file_chosen.emit(str(path))
    studio.wait(lambda: page.run.start.isEnabled())
    page.tuning.changed.emit("remember", 0)  # it would write for minutes before it learns
    page.tuning.changed.emit("steps", STEPS)
    page.tuning.changed.emit("learning_rate", GENTLE)
    page.run.start.click()
    studio.wait(lambda: len(page.run.chart.losses) > 20)
    take_run(studio, "training")
    studio.wait(lambda: not studio.window.coaching.running)
    take_run(studio, "trained")
    studio.window.pages.show_page("chat")


def take_run(studio: Studio, name: str) -> None:
    """What the training page tells of the training, in both languages."""
    page = studio.window.coaching.page
    for language in ("en", "ja"):
        studio.dress("light", language)
        rest(200)  # until every row has its new height
        page.area.verticalScrollBar().setValue(page.run.y())
        studio.take(f"{name}-{language}-light")
    studio.dress()


def take_all(application: QApplication, out: Path, home: Path) -> None:
    for name in ("Llama-3.2-3B", "Qwen3-8B"):
        props.write_model(home / "models" / name, name.casefold())
    with props.a_hub(home / "hub") as served:
        studio = Studio(application, out)
        studio.dress()
        take_chats(studio)
        take_script(studio)
        take_japanese(studio)
        take_library(studio, served)
        take_training(studio, home)
        studio.close()


def take_scaled(application: QApplication, out: Path) -> None:
    """At 150 %, in a window that is as many pixels on the screen as the others."""
    studio = Studio(application, out)
    studio.dress("light")
    studio.new()
    studio.ask("What does temperature do?", QUESTIONS[0])
    studio.take("scale-150-en-light", 1280 * 2 // 3, 800 * 2 // 3)
    studio.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scaled", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chatapp-") as home:
        os.environ |= {"CHATAPP_HOME": home, "HF_HOME": f"{home}/hf"}
        QLocale.setDefault(QLocale("en_GB"))
        application = app.make_application()
        if asked.scaled:
            take_scaled(application, asked.out)
            return 0
        take_all(application, asked.out, Path(home))
    command = [sys.executable, __file__, str(asked.out), "--scaled"]
    return subprocess.run(command, env=os.environ | {"QT_SCALE_FACTOR": "1.5"}).returncode


if __name__ == "__main__":
    sys.exit(main())
