"""The main window: lays out the rooms and connects their signals. Read `_connect` for the map.

Knows nothing about torch, SQL or threads.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMessageBox, QSplitter, QVBoxLayout, QWidget

from chatapp import __version__, places, settings
from chatapp.ui.banner import Banner
from chatapp.ui.bridge import CALM_MS, Stream, told
from chatapp.ui.composer import Composer
from chatapp.ui.gauge import Gauge
from chatapp.ui.menus import Menus
from chatapp.ui.model_picker import ModelPicker
from chatapp.ui.settings_panel import SettingsPanel
from chatapp.ui.sidebar import Sidebar
from chatapp.ui.talk import Talk
from chatapp.ui.transcript import Transcript

if TYPE_CHECKING:
    from chatapp.chat import Done, Failed, Message, ModelInfo, Progress, Reading, UserError
    from chatapp.host import Host
    from chatapp.library import Model
    from chatapp.settings import App, Loading, Sampling, Settings
    from chatapp.store import Store

SAVE_MS = 500
WIDTHS = (260, 760, 320)


class Window(QMainWindow):
    """The one window. `app` shows it, then calls `start`."""

    language_chosen = Signal(str)
    scheme_chosen = Signal(str)

    def __init__(self, store: Store, host: Host, saved: Settings) -> None:
        super().__init__()
        self._host = host
        self._store = store
        self._settings = saved
        self._models: tuple[Model, ...] = ()
        self._model: Model | None = None  # the one that should answer
        self._load: Stream | None = None  # the load under way; its key counts the loads
        self._loads = 0
        self._wants_load = False  # load the last model once the library is known
        self.talk = Talk(store, host, self)
        self.talk.sampling = saved.sampling
        self.menus = Menus()
        self.sidebar = Sidebar()
        self.picker = ModelPicker()
        self.banner = Banner()
        self.transcript = Transcript()
        self.composer = Composer()
        self.panel = SettingsPanel(saved.sampling, saved.loading)
        self.gauge = Gauge()
        self._saver = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._saver.timeout.connect(self.save)
        self._lay_out()
        self._connect()
        self._restore()
        self._retranslate()

    # -- public --

    def start(self, load: bool = True) -> None:
        """What may wait until the window is painted: readings, the library, the model."""
        self._readings = Stream(self._host.watch(), self, CALM_MS)
        self._readings.read.connect(self._on_readings_read)
        self._wants_load = load
        self._scan()
        self.composer.setFocus()

    def tell(self, error: Failed | UserError) -> None:
        """An error that belongs to no message."""
        self.banner.tell("  ".join(told(error)))

    def save(self) -> None:
        """Write the settings file now."""
        app = dataclasses.replace(
            self._settings.app,
            conversation=self.talk.conversation,
            geometry=bytes(self.saveGeometry().toBase64().data()).decode(),
            panes=bytes(self._panes.saveState().toBase64().data()).decode(),
        )
        self._settings = dataclasses.replace(self._settings, app=app)
        try:
            settings.save(self._settings)
        except OSError:
            self.banner.tell(
                self.tr("The settings could not be saved. Free some space on the disk.")
            )

    # -- layout --

    def _lay_out(self) -> None:
        self.setMenuBar(self.menus)
        self.setMinimumSize(QSize(720, 480))
        self.resize(1280, 800)
        header = QWidget()
        header.setObjectName("header")
        row = QHBoxLayout(header)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.picker)
        row.addStretch()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (header, self.banner, self.transcript, self.composer):
            column.addWidget(widget, stretch=1 if widget is self.transcript else 0)
        self._panes = QSplitter(Qt.Orientation.Horizontal)
        self._panes.setChildrenCollapsible(False)
        self._panes.setHandleWidth(1)
        for place, widget in enumerate((self.sidebar, middle, self.panel)):
            self._panes.addWidget(widget)
            self._panes.setStretchFactor(place, 1 if widget is middle else 0)
        self._panes.setSizes(list(WIDTHS))
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._panes, stretch=1)
        column.addWidget(self.gauge)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        """The map of the window: who tells whom."""
        talk, menus = self.talk, self.menus

        self.sidebar.new_requested.connect(self._new)
        self.sidebar.opened.connect(talk.open)
        self.sidebar.renamed.connect(talk.rename)
        self.sidebar.deleted.connect(talk.delete)
        self.sidebar.restored.connect(talk.restore)
        talk.listed.connect(self.sidebar.show_conversations)
        talk.writing.connect(self._on_talk_writing)

        self.composer.submitted.connect(self._on_composer_submitted)
        self.composer.stop_requested.connect(talk.stop)
        self.transcript.prompt_chosen.connect(self._on_composer_submitted)
        self.transcript.regenerate_requested.connect(talk.regenerate)
        self.transcript.version_requested.connect(talk.step_version)
        self.transcript.link_opened.connect(self._on_transcript_link_opened)
        talk.shown.connect(self._on_talk_shown)
        talk.added.connect(self.transcript.add)
        talk.wrote.connect(self.transcript.append)
        talk.wrote.connect(lambda *_: self.gauge.show_phase("decode"))
        talk.progressed.connect(self.transcript.show_progress)
        talk.progressed.connect(lambda *_: self.gauge.show_phase("prefill"))
        talk.waiting.connect(self._on_talk_waiting)
        talk.settled.connect(self._on_talk_settled)
        talk.failed.connect(self._on_talk_failed)
        talk.refused.connect(self.tell)

        self.panel.sampling_changed.connect(self._on_panel_sampling_changed)
        self.panel.loading_changed.connect(self._on_panel_loading_changed)
        self.panel.reload_requested.connect(self._reload)
        self.picker.opened.connect(self._scan)
        self.picker.chosen.connect(self._on_picker_chosen)
        self.picker.cancelled.connect(self._on_picker_cancelled)
        self.picker.folder_requested.connect(self._open_models_folder)

        menus["new"].triggered.connect(self._new)
        menus["folder"].triggered.connect(self._open_models_folder)
        menus["quit"].triggered.connect(self.close)
        menus["sidebar"].toggled.connect(self.sidebar.setVisible)
        menus["panel"].toggled.connect(self.panel.setVisible)
        menus["stop"].triggered.connect(talk.stop)
        menus["regenerate"].triggered.connect(self._regenerate_last)
        menus["copy_last"].triggered.connect(self._copy_last)
        menus["rename"].triggered.connect(self.sidebar.rename_current)
        menus["delete"].triggered.connect(self.sidebar.delete_current)
        menus["pick"].triggered.connect(self.picker.open_menu)
        menus["reload"].triggered.connect(self._reload)
        menus["shortcuts"].triggered.connect(self._show_shortcuts)
        menus["about"].triggered.connect(self._show_about)
        menus.groups["language"].triggered.connect(lambda a: self._choose("language", a.data()))
        menus.groups["scheme"].triggered.connect(lambda a: self._choose("scheme", a.data()))

    def _restore(self) -> None:
        app: App = self._settings.app
        self.restoreGeometry(QByteArray.fromBase64(app.geometry.encode()))
        self._panes.restoreState(QByteArray.fromBase64(app.panes.encode()))
        for group in self.menus.groups:
            self.menus.check(group, getattr(app, group))
        self.talk.tell_list()
        known = {c.id for c in self._store.conversations()}
        self.talk.open(app.conversation if app.conversation in known else 0)

    # -- Qt events --

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.talk.close()
        self.save()
        super().closeEvent(event)

    # -- private --

    def _retranslate(self) -> None:
        self.setWindowTitle(self.tr("ChatApp"))
        if not self.talk.conversation:
            self.transcript.show_empty(self._prompts())

    def _prompts(self) -> list[str]:
        return [
            self.tr("What does temperature do?"),
            self.tr("How much VRAM does an 8B model need?"),
            self.tr("How do I add a model?"),
            self.tr("Tell me a short story about a robot."),
        ]

    def _new(self) -> None:
        self.talk.open(0)
        self.composer.setFocus()

    def _choose(self, group: str, value: str) -> None:
        if group == "language":
            self._remember(language=value)
            self.language_chosen.emit(value)
        else:
            self._remember(scheme=value)
            self.scheme_chosen.emit(value)

    def _remember(self, **changes: Any) -> None:
        app = dataclasses.replace(self._settings.app, **changes)
        self._settings = dataclasses.replace(self._settings, app=app)
        self._saver.start()

    def _scan(self) -> None:
        Stream(self._host.scan(), self, CALM_MS).found.connect(self._on_scan_found)

    def _load_last(self) -> None:
        usable = [model for model in self._models if model.usable]
        last = [model for model in usable if model.path == self._settings.app.model]
        if last or usable:
            self._load_model((last or usable)[0])

    def _load_model(self, model: Model) -> None:
        if self._load:
            self._load.cancel()
        self._model = model
        self._loads += 1
        ticket = self._host.load(model, self._settings.loading)
        stream = self._load = Stream(ticket, self, CALM_MS, key=self._loads)
        stream.progressed.connect(self._on_load_progressed)
        stream.loaded.connect(self._on_load_loaded)
        stream.failed.connect(self._on_load_failed)
        stream.done.connect(self._on_load_done)
        self.gauge.show_phase("load")

    def _reload(self) -> None:
        if self._model:
            self._load_model(self._model)
        else:
            self._wants_load = True
            self._scan()

    def _regenerate_last(self) -> None:
        if answer := self.talk.last_answer():
            self.talk.regenerate(answer.id)

    def _copy_last(self) -> None:
        if answer := self.talk.last_answer():
            QGuiApplication.clipboard().setText(answer.text)

    def _open_models_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(places.models())))

    def _show_shortcuts(self) -> None:
        keys = [*self.menus.shortcuts()]
        keys.append((self.tr("Send the message"), "Enter"))
        keys.append((self.tr("New line in the message"), "Shift+Enter"))
        QMessageBox.information(
            self, self.tr("Shortcuts"), "\n".join(f"{key}\t{text}" for text, key in keys)
        )

    def _show_about(self) -> None:
        text = self.tr("A chat application for the language model on your own GPU.")
        promise = self.tr("Nothing you write leaves this computer.")
        QMessageBox.about(
            self, self.tr("About ChatApp"), f"ChatApp {__version__}\n\n{text}\n{promise}"
        )

    # -- slots --

    def _on_composer_submitted(self, text: str) -> None:
        if self._host.info is None and self._load is None:
            self._reload()  # the last model loads by itself; the message waits for it
        if self.talk.send(text):
            self.composer.clear()
            self.sidebar.mark_current(self.talk.conversation)
            self._saver.start()

    def _on_talk_shown(self, messages: list[Message]) -> None:
        if messages:
            self.transcript.show_messages(messages)
        else:
            self.transcript.show_empty(self._prompts())
        self.sidebar.mark_current(self.talk.conversation)
        self._saver.start()

    def _on_talk_writing(self, conversation: int) -> None:
        self.sidebar.mark_writing(conversation)
        here = self.talk.is_writing()
        self.composer.set_writing(here)
        self.menus["stop"].setEnabled(here)
        self.menus["regenerate"].setEnabled(not here)
        if not conversation and self._load is None:
            self.gauge.show_phase("idle")

    def _on_talk_waiting(self, message: int) -> None:
        self.transcript.show_waiting(message, self.tr("Will be answered when the model is ready"))

    def _on_talk_settled(self, message: Message) -> None:
        self.transcript.settle(message)
        if message.stats:
            self.gauge.show_speed(message.stats.tokens_per_s)
        if self._store.problem:
            self.tell(self._store.problem)

    def _on_talk_failed(self, message: int, failure: Failed) -> None:
        self.transcript.show_failure(message, *told(failure))

    def _on_transcript_link_opened(self, address: str) -> None:
        url = QUrl(address)
        host = bytes(QUrl.toAce(url.host()).data()).decode()
        answer = QMessageBox.question(
            self,
            self.tr("Open link"),
            self.tr("Open {host} in the browser?\n\n{address}").format(host=host, address=address),
        )
        if answer == QMessageBox.StandardButton.Yes and url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)

    def _on_panel_sampling_changed(self, sampling: Sampling) -> None:
        self.talk.sampling = sampling
        self._settings = dataclasses.replace(self._settings, sampling=sampling)
        self._saver.start()

    def _on_panel_loading_changed(self, loading: Loading) -> None:
        self._settings = dataclasses.replace(self._settings, loading=loading)
        self._saver.start()

    def _on_readings_read(self, key: int, reading: Reading) -> None:
        self.gauge.show_reading(reading)

    def _on_scan_found(self, key: int, models: tuple[Model, ...]) -> None:
        self._models = models
        self.picker.show_models(models)
        if self._wants_load:
            self._wants_load = False
            self._load_last()

    def _on_picker_chosen(self, model: Model) -> None:
        self._remember(model=model.path)
        self._load_model(model)

    def _on_picker_cancelled(self) -> None:
        if self._load:
            self._load.cancel()

    def _on_load_progressed(self, key: int, progress: Progress) -> None:
        if self._model and self._load and key == self._loads:
            self.picker.show_progress(self._model.name, progress)
            self.gauge.show_phase(progress.stage)
            self.composer.set_hint(self.tr("Will be sent when the model is ready"))

    def _on_load_loaded(self, key: int, info: ModelInfo) -> None:
        self.picker.show_loaded(info)

    def _on_load_failed(self, key: int, failure: Failed) -> None:
        self.tell(failure)
        self._end_load(key)

    def _on_load_done(self, key: int, done: Done) -> None:
        self._end_load(key)

    def _end_load(self, key: int) -> None:
        if key != self._loads:
            return  # a later load has taken its place
        self._load = None
        self.picker.show_idle()
        self.gauge.show_phase("idle")
        self.composer.set_hint("")
