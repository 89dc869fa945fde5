"""The third card of the Training page: start, pause and stop; the curves; what the model says.

Shows what it is told and emits what the person wants. Knows nothing about threads or the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from chatapp import course
from chatapp.chat import Failed
from chatapp.ui import amounts
from chatapp.ui.bridge import told
from chatapp.ui.card import Card, Fold, toned
from chatapp.ui.flow import Flow
from chatapp.ui.loss_chart import LossChart
from chatapp.ui.loss_table import LossTable
from chatapp.ui.pair_chart import PairChart
from chatapp.ui.paused_list import PausedList

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatapp.chat import Loss, Progress, Reading, UserError
    from chatapp.commentary import Remark
    from chatapp.ongoing import Paused
    from chatapp.taught import Preferred, Prepared, Previewed, Sampled, Trained

State = Literal["idle", "starting", "training", "pausing", "stopping"]
Lacking = Literal["", "data", "look", "usable", "name"]  # before something can be started

GIB = 1024.0**3
SAMPLES = 3  # the newest ones


class RunCard(Card):
    """Buttons above, the curves in the middle, the samples below."""

    start_requested = Signal()
    pause_requested = Signal()
    stop_requested = Signal()
    use_requested = Signal(str)  # the folder of the adapter that was made
    merge_requested = Signal(str)  # likewise

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: State = "idle"
        self._lacking: Lacking = "data"
        self._progress: Progress | None = None
        self._prepared: Prepared | None = None
        self._left = 0.0  # seconds
        self._losses: Sequence[Loss] = ()
        self._remark: Remark | None = None
        self._reading: Reading | None = None
        self._failure: Failed | UserError | None = None
        self._trained: Trained | None = None
        self._stopped: tuple[int, bool] | None = None  # at which step; whether it can go on
        self._samples: list[Sampled] = []
        self.start, self.pause, self.stop = QPushButton(), QPushButton(), QPushButton()
        self.use, self.merge = QPushButton(), QPushButton()
        self.status, self.about, self.remark = toned("text"), toned("muted"), toned("text")
        self.failure, self.samples = toned("danger"), toned("text")
        self.bar = QProgressBar(maximum=1000, textVisible=False)
        self.chart, self.pairs, self.table = LossChart(), PairChart(), LossTable()
        self.fold = Fold(self.table)
        self.paused = PausedList()
        self._build()
        self.retranslate()

    # -- slots ------------------------------------------------------------------------------------

    def show_state(self, state: State) -> None:
        """What is under way."""
        if state == "starting":
            self._losses, self._samples = (), []
            self._prepared = self._progress = self._remark = None
            self._failure = self._trained = self._stopped = None
            for shown in (self.chart, self.pairs, self.table):
                shown.show_losses(())
        self._state = state
        self.retranslate()

    def show_ready(self, data: Path | None, found: Previewed | Failed | None, name: str) -> None:
        """What there is: the data, what a look at it told (None = not yet), and a name."""
        if data is None:
            self._lacking = "data"
        elif isinstance(found, Failed):
            self._lacking = "usable"
        elif found is None:
            self._lacking = "look"
        else:
            self._lacking = "" if name.strip() else "name"
        self.retranslate()

    def show_progress(self, progress: Progress) -> None:
        """What happens before the first step, and between steps."""
        self._progress = progress
        self._show_status()

    def show_prepared(self, prepared: Prepared) -> None:
        """What will be done."""
        self._prepared = prepared
        self._show_status()

    def show_losses(self, losses: Sequence[Loss], remark: Remark, left_s: float) -> None:
        """All steps so far, what they mean, and how long the rest takes."""
        self._losses, self._remark, self._left = losses, remark, left_s
        for shown in (self.chart, self.pairs, self.table):
            shown.show_losses(losses)
        self.retranslate()

    def show_sample(self, sampled: Sampled) -> None:
        """What the model answers now."""
        self._samples = [*self._samples, sampled][-SAMPLES:]
        self._show_samples()

    def show_reading(self, reading: Reading) -> None:
        """The device, once a second."""
        self._reading = reading
        if self._state != "idle":
            self._show_status()

    def show_trained(self, trained: Trained) -> None:
        """What came of it."""
        self._trained = trained
        self._show_status()

    def show_stopped(self, step: int, goes_on: bool) -> None:
        """The person ended it at this step; 0 = before the first."""
        self._stopped = (step, goes_on)
        self._show_status()

    def show_paused(self, paused: Sequence[Paused]) -> None:
        """What can go on."""
        self.paused.show_paused(paused)
        self.paused.setVisible(self._state == "idle" and bool(self.paused.count))

    def show_failure(self, failure: Failed | UserError | None) -> None:
        """Why it ended."""
        self._failure = failure
        self._show_status()

    def retranslate(self) -> None:
        """Every text again."""
        self.heading.setText(self.tr("3  Training"))
        self.start.setText(self.tr("Start training"))
        self.pause.setText(self.tr("Pause"))
        self.pause.setToolTip(self.tr("It can go on later, also after a restart"))
        self.stop.setText(self.tr("Stop, keep the best"))
        self.use.setText(self.tr("Use in chat"))
        self.merge.setText(self.tr("Merge into a new model…"))
        self.fold.setText(self.tr("As a table"))
        running = self._state != "idle"
        self.start.setVisible(not running)
        self.start.setEnabled(self._state == "idle" and not self._lacking)
        self.paused.setVisible(not running and bool(self.paused.count))
        for button in (self.pause, self.stop):
            button.setVisible(running)
            button.setEnabled(self._state in ("starting", "training"))
        self._show_status()
        self._show_samples()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.start.setProperty("kind", "primary")
        buttons = QWidget()
        flow = Flow(buttons)
        for button in (self.start, self.pause, self.stop, self.use, self.merge):
            flow.addWidget(button)
        self.bar.setFixedHeight(6)
        for widget in (
            self.paused, buttons, self.status, self.bar, self.failure, self.about, self.remark,
            self.chart, self.pairs, self.fold, self.table, self.samples,
        ):  # fmt: skip
            self.column.addWidget(widget)
        self.start.clicked.connect(self.start_requested)
        self.pause.clicked.connect(self.pause_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.use.clicked.connect(self._on_use_clicked)
        self.merge.clicked.connect(self._on_merge_clicked)

    def _show_status(self) -> None:
        running, last = self._state != "idle", self._losses[-1] if self._losses else None
        self.status.setText(self._status(last))
        self.status.setVisible(bool(self.status.text()))
        self.bar.setVisible(running)
        made = self._trained is not None and self._trained.what == "adapter"
        for button in (self.use, self.merge):
            button.setVisible(made and not running)
        done = last.step / max(last.steps, 1) if last else self._prelude()
        self.bar.setValue(round(1000 * done))
        self.failure.setText("  ".join(told(self._failure)) if self._failure else "")
        self.failure.setVisible(self._failure is not None)
        self.about.setText(self._about(self._prepared) if self._prepared else "")
        self.about.setVisible(self._prepared is not None)
        self.remark.setText(self._remarked())
        self.remark.setVisible(bool(self.remark.text()))
        for widget in (self.chart, self.fold):
            widget.setVisible(bool(self._losses))
        self.pairs.setVisible(bool(self.pairs.losses))
        self.table.setVisible(bool(self._losses) and self.fold.isChecked())

    def _about(self, prepared: Prepared) -> str:
        number = QLocale().toString
        text = self.tr("{trained} of {all} parameters learn, in {precision}.")
        return text.format(
            trained=number(prepared.trained_parameters),
            all=number(prepared.parameters),
            precision=prepared.precision,
        )

    def _prelude(self) -> float:
        progress = self._progress
        return progress.done / progress.total if progress and progress.total else 0.0

    def _lack(self) -> str:
        return {
            "": "",
            "data": self.tr("Choose data first."),
            "look": self.tr("Reading the data…"),
            "usable": self.tr("This data cannot be used; above it says why."),
            "name": self.tr("Give what is made a name first."),
        }[self._lacking]

    def _status(self, last: Loss | None) -> str:
        if self._trained and self._state == "idle":
            return self._result(self._trained)
        if self._stopped and self._state == "idle":
            step, goes_on = self._stopped
            words = (
                self.tr("Paused at step {step}.")
                if goes_on
                else self.tr("Stopped at step {step}; the best state is kept.")
            )
            return words.format(step=step) if step else self.tr("Stopped before a step was done.")
        if self._state == "idle":
            return self._lack()
        if self._state in ("pausing", "stopping"):
            return self.tr("Saving what was learned…")
        if last is None:
            return self._stage()
        parts = [
            self.tr("Step {step} of {steps}").format(step=last.step, steps=last.steps),
            self.tr("loss {loss}").format(loss=f"{last.train:.3f}"),
            amounts.left(self._left) if self._left else "",
            self.tr("{count} tokens/s").format(count=QLocale().toString(round(last.tokens_per_s))),
            self.tr("rate {rate}").format(rate=f"{last.learning_rate:.1e}"),
            *self._device(),
        ]
        return "  ·  ".join(filter(None, parts))

    def _device(self) -> list[str]:
        reading = self._reading
        if reading is None:
            return []
        parts = []
        name = self.tr("GPU") if reading.gpu else self.tr("CPU")
        if reading.load_percent is not None:
            parts.append(f"{name} {reading.load_percent:.0f} %")
        if reading.used_bytes is not None and reading.total_bytes:
            used, total = reading.used_bytes / GIB, reading.total_bytes / GIB
            parts.append(self.tr("memory {used} of {total} GB").format(
                used=f"{used:.1f}", total=f"{total:.1f}"
            ))  # fmt: skip
        return parts

    def _stage(self) -> str:
        words = {
            "import": self.tr("Starting the engine…"),
            "load": self.tr("Loading the model…"),
            "tokenise": self.tr("Reading the examples…"),
            "rehearse": self.tr("The model writes what it must not forget…"),
            "compare": self.tr("Reading what the model says of both answers now…"),
            "check": self.tr("Measuring what is held out…"),
            "sample": self.tr("Writing a sample…"),
        }
        stage = self._progress.stage if self._progress else ""
        waiting = self.tr("Waiting for its turn…") if not stage else self.tr("Preparing…")
        return words.get(stage, waiting)

    def _remarked(self) -> str:
        over = self._state == "idle"
        if self._remark is None or (over and self._remark.kind == "begins"):
            return ""
        words = {
            "begins": self.tr("The first steps scatter; wait a little."),
            "learns": self.tr("The loss falls: it learns."),
            "alone": self.tr(
                "The loss falls. Without held-out examples nobody can tell learning from "
                "memorising."
            ),
            "jumps": self.tr("The loss jumps: try a lower learning rate."),
            "stands": self.tr("The loss hardly falls: a higher learning rate may help."),
            "memorises": self.tr(
                "The held-out loss has risen {count} times: it starts to memorise. The best state "
                "is step {step}."
            ),
        }
        return words[self._remark.kind].format(count=self._remark.count, step=self._remark.step)

    def _result(self, trained: Trained) -> str:
        text = self.tr("{name}: {steps} steps, the loss went from {first} to {last}.").format(
            name=trained.name,
            steps=trained.steps,
            first=f"{trained.first_loss:.3f}",
            last=f"{trained.last_loss:.3f}",
        )
        if trained.preferred:
            return f"{text}  {self._ahead(trained, trained.preferred)}"
        before, after = (course.perplexity(n) for n in (trained.loss_before, trained.loss_after))
        if before is None or after is None:
            return text
        more = self.tr(
            "Perplexity of what was held out: {before} before, {after} now (step {step})."
        )
        return f"{text}  {more}".format(
            before=f"{before:.2f}", after=f"{after:.2f}", step=trained.best_step
        )

    def _ahead(self, trained: Trained, preferred: Preferred) -> str:
        """How often the better answer is the likelier one, compared with before."""
        words = (
            self.tr("Of the last step's pairs {percent} % have the better answer ahead.")
            if trained.loss_after is None
            else self.tr(
                "Of the held-out pairs {percent} % have the better answer ahead (step {step})."
            )
        )
        return words.format(percent=round(100 * preferred.accuracy), step=trained.best_step)

    def _show_samples(self) -> None:
        words = self.tr("Step {step}: {question} → {text}")
        lines = [
            words.format(step=one.step, question=one.question, text=one.text)
            for one in reversed(self._samples)
        ]
        self.samples.setText("\n\n".join(lines))
        self.samples.setVisible(bool(lines))

    # -- slots ------------------------------------------------------------------------------------

    def _on_use_clicked(self) -> None:
        if self._trained:
            self.use_requested.emit(self._trained.folder)

    def _on_merge_clicked(self) -> None:
        if self._trained:
            self.merge_requested.emit(self._trained.folder)
