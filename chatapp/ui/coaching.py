"""`Coaching`: between the Training page and the host, which reads the data and trains.

A training is one job of the worker that also answers, so a message that is sent meanwhile waits; a
banner offers to pause for it. Knows nothing about widgets' looks, files or the engine.
"""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from chatapp import lessons, places
from chatapp.commentary import remark
from chatapp.course import Course
from chatapp.tuning import Tuning, usual
from chatapp.ui.adapter_desk import AdapterDesk
from chatapp.ui.bridge import CALM_MS, Stream, told
from chatapp.ui.training_page import TrainingPage

if TYPE_CHECKING:
    from chatapp.chat import Done, Failed, Loss, Progress, Reading
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.ongoing import Paused
    from chatapp.store import Store
    from chatapp.taught import Prepared, Previewed, Sampled, Trained
    from chatapp.ui.banner import Banner
    from chatapp.ui.gauge import Gauge
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.loads import Loads
    from chatapp.ui.pages import Pages
    from chatapp.ui.talk import Talk

PAGE = "train"
REST_MS = 400  # after the last change, before the data is read again
SHOW_MS = 150  # between two looks at the losses
SAMPLED = 20  # steps: the page shows samples, where a terminal need not


class Coaching(QObject):
    """Puts the page on the rail, previews, and trains."""

    trained = Signal(object)  # Trained
    advanced = Signal(str, int, int, float)  # name, steps done, of how many (0 = ?), seconds left
    ended = Signal()  # none is under way any more

    def __init__(
        self, host: Host, store: Store, talk: Talk, loads: Loads, keeper: Keeper, gauge: Gauge,
        pages: Pages, banner: Banner,
    ) -> None:  # fmt: skip
        super().__init__(keeper)
        self._host, self._store, self._talk, self._loads = host, store, talk, loads
        self._keeper, self._gauge, self._pages, self._banner = keeper, gauge, pages, banner
        self._models: tuple[Model, ...] = ()
        self._data: Path | None = None
        self._columns: tuple[str, str] | None = None
        self._found: Previewed | Failed | None = None
        self._pairs = False  # the data, as it was looked at last, teaches by pairs of answers
        self._looks = 0  # at the data, the latest
        self._runs = 0
        self._stream: Stream | None = None  # of the training under way
        self._course: Course | None = None
        self._ending = ""  # "pause" or "stop" once it was asked to end
        self._again = False  # it goes on by itself after the answer it was paused for
        self._losses: list[Loss] = []
        self._began = (0, 0.0)  # the first step of this run, and when
        self.page = TrainingPage()
        self.desk = AdapterDesk(host, self)
        self.desk.paused.connect(self._on_desk_paused)
        self.desk.merged.connect(loads.scan)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        self._show = QTimer(self, singleShot=True, interval=SHOW_MS)
        self._show.timeout.connect(self._show_losses)
        loads.found.connect(self._on_loads_found)
        loads.loaded.connect(self._on_loads_loaded)
        talk.writing.connect(self._on_talk_writing)
        pages.add(PAGE, self.page)
        pages.turned.connect(self._on_pages_turned)

    # -- public --

    @property
    def running(self) -> bool:
        """A training is under way, or waits for its turn."""
        return self._stream is not None

    def follow(self, readings: Stream) -> None:
        """Show the device while something is trained."""
        readings.read.connect(self._on_stream_read)

    def close(self) -> None:
        """Leave it where it is; it can go on after the next start."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        for timer in (self._rest, self._show):
            timer.stop()

    def pause(self) -> None:
        """End it within a step; it can go on later."""
        self._end("pause")

    def stop(self) -> None:
        """End it within a step; the best and the last state stay."""
        self._end("stop")

    # -- private --

    def _build(self) -> None:
        page = self.page
        page.build()
        page.data.file_chosen.connect(self._on_data_file_chosen)
        page.data.chats_requested.connect(self._on_data_chats_requested)
        page.data.pairs_requested.connect(self._on_data_pairs_requested)
        page.data.example_requested.connect(self._on_data_example_requested)
        page.data.columns_chosen.connect(self._on_data_columns_chosen)
        page.tuning.changed.connect(self._on_tuning_changed)
        page.tuning.base_chosen.connect(self._on_tuning_base_chosen)
        page.tuning.name.textChanged.connect(self._show_ready)
        page.run.start_requested.connect(self._on_run_start_requested)
        page.run.pause_requested.connect(self.pause)
        page.run.stop_requested.connect(self.stop)
        page.run.paused.resume_requested.connect(self._on_paused_resume_requested)
        page.run.paused.drop_requested.connect(self._on_paused_drop_requested)
        self.desk.attach(page.adapters)
        self._show_models()
        self._show_knobs()

    def _file(self, errand: Any) -> Stream:
        """Run an errand whose trouble is told above the page."""
        stream = Stream(self._host.file(errand), self, CALM_MS)
        stream.failed.connect(self._on_errand_failed)
        return stream

    # -- the knobs --

    @property
    def _own(self) -> dict[str, Any]:
        """What the person set, whatever is usual."""
        return dict(self._keeper.settings.tuning)

    def _usual(self) -> Tuning:
        facts = self.page.tuning.model.facts if self.page.tuning.model else None
        what = str(self._own.get("what", "adapter"))
        plain = usual(what, facts.parameters if facts else 0, self._pairs)
        return dataclasses.replace(plain, sample_every=SAMPLED)

    def _tuning(self) -> Tuning:
        return dataclasses.replace(self._usual(), **self._own)

    def _show_models(self) -> None:
        info = self._host.info
        self.page.tuning.show_models(self._models, info.path if info else "")

    def _show_knobs(self) -> None:
        """The knobs as they are, what they will need, and the data as they see it."""
        self._show_tuning()
        if self._data:
            self._rest.start()
        self._show_ready()

    def _show_tuning(self) -> None:
        tuning = self._tuning()
        self.page.tuning.show_tuning(tuning, self._usual(), self._pairs)
        model, info = self.page.tuning.model, self._host.info
        if model is not None:
            resident = info is not None and info.path == model.path
            errand = partial(lessons.forecast, model, tuning, resident, self._pairs)
            self._file(errand).found.connect(self._on_forecast_found)

    def _show_ready(self) -> None:
        self.page.run.show_ready(self._data, self._found, self.page.tuning.name.text())

    # -- the data --

    def _take(self, path: Path) -> None:
        """This data; its name is proposed for what is made of it."""
        self._data, self._columns = path, None
        self._propose()
        self._look()

    def _propose(self) -> None:
        """A name that is free, after the data."""
        if self._data is None:
            return
        name = base = self._data.stem[:60]
        home, count = self._home(), 1
        while (home / name).exists():
            count += 1
            name = f"{base}-{count}"
        self.page.tuning.name.setText(name)

    def _home(self) -> Path:
        """Where what is made goes."""
        return places.adapters() if self._tuning().what == "adapter" else places.models()

    def _look(self) -> None:
        """Read the data as the training would."""
        asked = self._asked()
        if asked is None or self.running:
            return
        self._looks += 1
        self._found = None
        self.page.data.show_source(asked.data.name)
        stream = Stream(self._host.preview(asked), self, CALM_MS, key=self._looks)
        stream.previewed.connect(self._on_look_previewed)
        stream.failed.connect(self._on_look_failed)
        self._show_ready()

    def _asked(self) -> Course | None:
        """The course as everything is set now; None while something is missing."""
        tuning, model = self._tuning(), self.page.tuning.model
        scratch = tuning.what == "scratch"
        if self._data is None or (model is None and not scratch):
            return None
        name = Path(self.page.tuning.name.text().strip()).name or self._data.stem
        return Course(
            self._data,
            self._home() / name,
            tuning,
            None if scratch else model,
            self._columns,
            self._loads.knobs.device,
            given=frozenset(self._own),
        )

    # -- the run --

    def _run(self, asked: Course) -> None:
        self._course, self._losses, self._ending = asked, [], ""
        self._runs += 1
        stream = self._stream = Stream(self._host.train(asked), self, CALM_MS, key=self._runs)
        stream.progressed.connect(self._on_run_progressed)
        stream.prepared.connect(self._on_run_prepared)
        stream.learned.connect(self._on_run_learned)
        stream.sampled.connect(self._on_run_sampled)
        stream.trained.connect(self._on_run_trained)
        stream.done.connect(self._on_run_done)
        stream.failed.connect(self._on_run_failed)
        self._talk.held = True
        self.page.run.show_state("starting")
        self.advanced.emit(asked.folder.name, 0, 0, 0.0)
        self.page.tuning.set_locked(True)

    def _end(self, how: str) -> None:
        if self._stream is not None and not self._ending:
            self._ending = how
            self.page.run.show_state("pausing" if how == "pause" else "stopping")
            self._stream.cancel()

    def _ended(self) -> None:
        self._stream, self._talk.held = None, False
        self._show_losses()
        self._show.stop()
        self.page.run.show_state("idle")
        self.page.tuning.set_locked(False)
        self._pages.mark(PAGE, None)
        self.ended.emit()
        self._gauge.show_phase("idle")
        self._banner.take_back(self._told_waiting)
        self._show_ready()
        self.desk.refresh()
        self._loads.scan()

    def _show_losses(self) -> None:
        if not self._losses:
            return
        last, (first, began) = self._losses[-1], self._began
        spent, done = time.monotonic() - began, last.step - first
        left = spent / done * (last.steps - last.step) if done else 0.0
        self.page.run.show_losses(self._losses, remark(self._losses), left)
        self._pages.mark(PAGE, last.step / max(last.steps, 1))
        if self._course:
            self.advanced.emit(self._course.folder.name, last.step, last.steps, left)

    # -- a message meanwhile --

    def _told_waiting(self) -> str:
        return self.tr("A model is being trained; the answer comes after it.")

    def _pause_for_answer(self) -> None:
        self._again = True
        self.pause()

    # -- slots --

    def _on_pages_turned(self, name: str) -> None:
        if name != PAGE:
            return
        if not self.page.built:
            self._build()
        self._loads.scan()
        self.desk.refresh()

    def _on_loads_found(self, models: tuple[Model, ...]) -> None:
        self._models = models
        if self.page.built:
            before = self.page.tuning.model
            self._show_models()
            if before != self.page.tuning.model:
                self._show_knobs()

    def _on_loads_loaded(self) -> None:
        if self.page.built and not self.running:
            self._show_knobs()

    def _on_talk_writing(self, conversation: int) -> None:
        if conversation and self.running and not self._ending:
            self._banner.tell(
                self._told_waiting, lambda: self.tr("Pause and answer"), self._pause_for_answer
            )

    def _on_stream_read(self, key: int, reading: Reading) -> None:
        if self.page.built:
            self.page.run.show_reading(reading)

    def _on_desk_paused(self, paused: tuple[Paused, ...]) -> None:
        if self.page.built:
            here = str(self._course.folder) if self._course and self.running else ""
            self.page.run.show_paused([each for each in paused if each.folder != here])

    def _on_errand_failed(self, key: int, failure: Failed) -> None:
        self.page.banner.tell(lambda: "  ".join(told(failure)))
        self.desk.refresh()

    def _on_forecast_found(self, key: int, found: tuple[lessons.Forecast, ...]) -> None:
        self.page.tuning.show_forecast(found[0] if found else None)

    def _on_data_file_chosen(self, path: str) -> None:
        self._take(Path(path))

    def _on_data_chats_requested(self) -> None:
        errand = partial(lessons.from_chats, self._store)
        self._file(errand).found.connect(self._on_chats_found)

    def _on_data_pairs_requested(self) -> None:
        errand = partial(lessons.pairs_from_chats, self._store)
        self._file(errand).found.connect(self._on_chats_found)

    def _on_chats_found(self, key: int, found: tuple[Path]) -> None:
        self._take(found[0])

    def _on_data_example_requested(self) -> None:
        self._take(places.example_set())

    def _on_data_columns_chosen(self, question: str, answer: str) -> None:
        self._columns = (question, answer)
        self._look()

    def _on_look_previewed(self, key: int, found: Previewed) -> None:
        if key == self._looks:
            self._found = found
            self.page.data.show_found(found)
            if found.pairs != self._pairs:
                self._pairs = found.pairs
                self._show_tuning()
            self._show_ready()

    def _on_look_failed(self, key: int, failure: Failed) -> None:
        if key == self._looks:
            self._found = failure
            self.page.data.show_failure(failure)
            self._show_ready()

    def _on_tuning_changed(self, name: str, value: Any) -> None:
        own = {**self._own, name: value}
        if name == "what":  # what is usual for one is wrong for another
            own = {"what": value}
        elif value == getattr(self._usual(), name):
            own.pop(name)
        self._keeper.keep(tuning=own)
        self._show_knobs()

    def _on_tuning_base_chosen(self, model: Model) -> None:
        self._show_knobs()

    def _on_run_start_requested(self) -> None:
        asked = self._asked()
        if asked is not None and not self.running:
            errand = partial(lessons.begin, asked)
            self._file(errand).found.connect(self._on_course_found)

    def _on_course_found(self, key: int, found: tuple[Course]) -> None:
        if not self.running:
            self._run(found[0])

    def _on_paused_resume_requested(self, paused: Paused) -> None:
        if not self.running:
            errand = partial(lessons.resume, paused)
            self._file(errand).found.connect(self._on_course_found)

    def _on_paused_drop_requested(self, paused: Paused) -> None:
        self._file(partial(lessons.end, paused.folder)).done.connect(self._on_errand_done)

    def _on_errand_done(self, key: int, done: Done) -> None:
        self.desk.refresh()

    def _on_run_progressed(self, key: int, progress: Progress) -> None:
        if key == self._runs:
            self.page.run.show_progress(progress)
            self._gauge.show_phase("train")

    def _on_run_prepared(self, key: int, prepared: Prepared) -> None:
        if key == self._runs:
            self.page.run.show_state("training")
            self.page.run.show_prepared(prepared)

    def _on_run_learned(self, key: int, loss: Loss) -> None:
        if key != self._runs:
            return
        if not self._losses:
            self._began = (loss.step, time.monotonic())
        self._losses.append(loss)
        self._gauge.show_phase("train")
        if not self._show.isActive():
            self._show.start()

    def _on_run_sampled(self, key: int, sampled: Sampled) -> None:
        self.page.run.show_sample(sampled)

    def _on_run_trained(self, key: int, trained: Trained) -> None:
        self.page.run.show_trained(trained)
        self.trained.emit(trained)

    def _on_run_done(self, key: int, done: Done) -> None:
        course, self._again, again = self._course, False, self._again
        self._ended()
        if course is None:
            return
        if self._ending == "pause":
            self.page.run.show_stopped(len(self._losses) and self._losses[-1].step, True)
        elif self._ending == "stop":
            self.page.run.show_stopped(len(self._losses) and self._losses[-1].step, False)
        if self._ending != "pause":
            self._propose()
            self._file(partial(lessons.end, str(course.folder))).done.connect(self._on_errand_done)
        elif again:
            self._run(dataclasses.replace(course, resume=course.resume or bool(self._losses)))

    def _on_run_failed(self, key: int, failure: Failed) -> None:
        self._again = False
        self._ended()
        self.page.run.show_failure(failure)
