"""The main window: lays out the rooms and connects their signals. Read `_connect` for the map.

Knows nothing about torch, SQL or threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from chatapp import successor
from chatapp.fleeting import is_fleeting
from chatapp.ui import look
from chatapp.ui.accounting import Accounting
from chatapp.ui.acting import Acting
from chatapp.ui.attaching import Attaching
from chatapp.ui.banner import Banner
from chatapp.ui.bridge import CALM_MS, Stream, told
from chatapp.ui.choosing import Choosing
from chatapp.ui.coaching import Coaching
from chatapp.ui.composer import Composer
from chatapp.ui.counting import Counting
from chatapp.ui.curing import Curing
from chatapp.ui.deeds import Deeds
from chatapp.ui.drafts import Drafts
from chatapp.ui.dressing import Dressing
from chatapp.ui.dropping import Dropping
from chatapp.ui.exchanging import Exchanging
from chatapp.ui.filling import Filling
from chatapp.ui.foretelling import Foretelling
from chatapp.ui.full_notice import FullNotice
from chatapp.ui.full_screen import FullScreen
from chatapp.ui.gauge import Gauge
from chatapp.ui.help import About
from chatapp.ui.horizon import Horizon
from chatapp.ui.idling import Idling
from chatapp.ui.inspecting import Inspecting
from chatapp.ui.keeper import Keeper
from chatapp.ui.keys import Keys
from chatapp.ui.ledger_panel import LedgerPanel
from chatapp.ui.librarian import Librarian
from chatapp.ui.loads import Loads
from chatapp.ui.manners import Manners
from chatapp.ui.menus import Menus
from chatapp.ui.meter import Meter
from chatapp.ui.model_picker import ModelPicker
from chatapp.ui.pages import Pages
from chatapp.ui.panes import Panes
from chatapp.ui.preferring import Preferring
from chatapp.ui.reaching import Reaching
from chatapp.ui.reader import Reader
from chatapp.ui.remote_card import SentTo
from chatapp.ui.resting import Resting
from chatapp.ui.safekeeping import Safekeeping
from chatapp.ui.seeking import Seeking
from chatapp.ui.serving import Serving
from chatapp.ui.settings_panel import SettingsPanel
from chatapp.ui.sidebar import Sidebar
from chatapp.ui.suiting import Suiting
from chatapp.ui.talk import Talk
from chatapp.ui.temporary import Temporary
from chatapp.ui.temporary_bar import TemporaryBar
from chatapp.ui.tidying import Tidying
from chatapp.ui.transcript import Transcript

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent

    from chatapp.chat import Failed, Message, UserError
    from chatapp.host import Host
    from chatapp.settings import App, Settings
    from chatapp.store import Store

LEAVE_MS = 5000  # between a lost accelerator and the end, so that it can be read


class Window(QMainWindow):
    """The one window. `app` shows it, then calls `start`."""

    language_chosen = Signal(str)
    scheme_chosen = Signal(str)
    exit_code = 0
    _told_problem: UserError | None = None  # of the store

    def __init__(self, store: Store, host: Host, saved: Settings) -> None:
        super().__init__()
        self._host = host
        self._store = store
        self.keeper = Keeper(saved, self)
        self.talk = Talk(store, host, self)
        self.deeds = Deeds(store, self.talk)
        self.loads = Loads(host, self)
        self.loads.knobs, self.loads.last = saved.loading, saved.app.model
        self.menus = Menus()
        self.safekeeping = Safekeeping(store.path, host, self.keeper, self.menus, self)
        self.banner = Banner()
        self.preferring = Preferring(self.keeper, self.menus, self.safekeeping, self.banner, self)
        self.sidebar = Sidebar()
        self.picker = ModelPicker()
        self.transcript = Transcript()
        self.reader = Reader(self.transcript, self.menus, self)
        self.composer = Composer()
        self.notice = FullNotice()
        self.temporary_bar = TemporaryBar()
        self.panel = SettingsPanel(saved.sampling, saved.loading)
        self.meter = Meter()
        self.sent = SentTo()
        self.gauge = Gauge()
        self.ledger = LedgerPanel()
        self.idling = Idling(self.loads, self.talk, self.keeper, self.panel)
        self.accounting = Accounting(
            host, self.talk, self.loads, self.gauge, self.ledger, self.panel, self.menus
        )
        self.manners = Manners(self.talk, self.panel, self.keeper, store, self.banner)
        self.drafts = Drafts(self.talk, self.composer, store)
        self.attaching = Attaching(host, self.talk, self.composer, self.loads)
        self.choosing = Choosing(self.loads, self.picker, self.banner, self.composer, self.gauge)
        self.exchanging = Exchanging(store, host, self.talk, self.menus, self.banner, self)
        self.exchanging.accept_drops(self.sidebar)
        self.acting = Acting(host, self.talk, self.deeds, self.transcript, self.composer,
                             self.choosing, self.menus, self.banner)  # fmt: skip
        self._leaver = QTimer(self, singleShot=True, interval=LEAVE_MS)
        self._leaver.timeout.connect(self._on_leaver_timeout)
        self._lay_out()
        self.seeking = Seeking(
            store, host, self.menus, self.panes, self.sidebar, self.talk, self.reader
        )
        self.tidying = Tidying(store, self.talk, self.sidebar, self.menus, self.seeking)
        self._connect()
        self.temporary = Temporary(store, self.talk, self.manners, self.drafts, self.composer,
                                   self.temporary_bar, self.menus)  # fmt: skip
        self.filling = Filling(self.talk, self.manners, self.loads, self.transcript, self.notice,
                               self.panel, self.menus)  # fmt: skip
        self.horizon = Horizon(self.talk, self.transcript)
        self.resting = Resting(self.talk, self.composer, self.loads, self.manners)
        self.counting = Counting(host, self.talk, self.resting, self.meter, self)
        self.foretelling = Foretelling(
            host, self.talk, self.resting, self.panel.next_word, self.keeper
        )
        self.inspecting = Inspecting(
            host, self.talk, self.transcript, self.panel, self.panes, self.choosing, self.menus
        )
        self._restore()
        self._retranslate()

    # -- public --

    def start(self, load: bool = True) -> None:
        """What may wait until the window is painted: readings, the library, the model."""
        self._readings = Stream(self._host.watch(), self, CALM_MS)
        self.accounting.follow(self._readings)
        self.coaching.follow(self._readings)
        self._tell_problem()
        self.choosing.start(load)
        self.librarian.start()
        self.composer.setFocus()

    def come_forward(self) -> None:
        """In front of the other windows, with the keyboard."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def tell(self, error: Failed | UserError) -> None:
        """An error that belongs to no message."""
        self.curing.tell(error)

    def save(self) -> None:
        """Write the settings file now."""
        self.keeper.save()

    # -- layout --

    def _lay_out(self) -> None:
        self.setMenuBar(self.menus)
        self.setAnimated(False)  # Qt would animate the page each time a text grows
        self.setMinimumSize(QSize(720, 480))
        self.resize(1280, 800)
        header = QWidget()
        header.setObjectName("header")
        row = QHBoxLayout(header)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.picker, stretch=1)
        row.addWidget(self.sent)
        row.addWidget(self.meter)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (header, self.banner, self.temporary_bar, self.reader.bar, self.transcript,
                       self.notice, self.composer):  # fmt: skip
            column.addWidget(widget, stretch=1 if widget is self.transcript else 0)
        self.panes = Panes(self.sidebar, middle, self.panel)
        self.dropping = Dropping(self._host, self.panes, self.composer, self.attaching,
                                 self.exchanging, self.choosing)  # fmt: skip
        self.pages = Pages(self.menus)
        self.pages.add("chat", self.panes)
        self.suiting = Suiting(self.loads, self.panel, self.keeper)
        self.librarian = Librarian(
            self.pages, self._host, self.loads, self.choosing, self.suiting, self
        )
        self.librarian.link_opened.connect(self.reader.ask)
        self.serving = Serving(self._host, self.keeper, self.loads, self.gauge, self.pages)
        self.coaching = Coaching(self._host, self._store, self.talk, self.loads, self.keeper,
                                 self.gauge, self.pages, self.banner)  # fmt: skip
        self.dressing = Dressing(self._host, self.loads, self.choosing, self.picker, self.manners,
                                 self.coaching.desk, self.pages, self.menus)  # fmt: skip
        self.reaching = Reaching(self._host, self.keeper, self.loads, self.choosing,
                                 self.serving.page.remote, self.sent)  # fmt: skip
        self.curing = Curing(
            self._host, self.talk, self.loads, self.choosing, self.manners, self.picker,
            self.transcript, self.panel, self.pages, self.menus, self.banner, self.suiting,
        )  # fmt: skip
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, stretch=1)
        column.addWidget(self.ledger)
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
        self.reader.zoomed.connect(self._on_reader_zoomed)
        self.reader.zoomed.connect(self.composer.follow_zoom)
        self.preferring.reading_changed.connect(self.transcript.follow_habits)
        talk.opened.connect(self.reader.leave)
        talk.shown.connect(self._on_talk_shown)
        talk.added.connect(self.transcript.add)
        talk.wrote.connect(self.transcript.append)
        talk.wrote.connect(self._on_talk_wrote)
        talk.progressed.connect(self.transcript.show_progress)
        talk.progressed.connect(self._on_talk_progressed)
        talk.settled.connect(self._on_talk_settled)
        talk.lost.connect(self._leave_soon)
        self.acting.patience.reopen_requested.connect(self._on_leaver_timeout)

        self.librarian.built.connect(self.dressing.add_tab)
        for room in (talk, self.manners, self.drafts, self.attaching, self.dressing, self.dropping):
            room.refused.connect(self.tell)
        self.loads.loaded.connect(self.manners.show_model)
        self.panel.reload_requested.connect(self.choosing.reload)
        self.loads.loaded.connect(self.panel.show_model)
        self.choosing.refused.connect(self.curing.tell_load)
        self.choosing.lost.connect(self._leave_soon)
        self.choosing.remembered.connect(self._on_choosing_remembered)
        self.keeper.due.connect(self._on_keeper_due)
        self.keeper.refused.connect(self._on_keeper_refused)

        self.pages.turned.connect(menus.show_page)
        menus["new"].triggered.connect(self._new)
        menus["folder"].triggered.connect(self.choosing.open_folder)
        menus["quit"].triggered.connect(self.close)
        menus["sidebar"].triggered.connect(self._on_sidebar_triggered)
        menus["panel"].triggered.connect(self._on_panel_triggered)
        self.panes.arranged.connect(self._on_panes_arranged)
        menus["stop"].triggered.connect(talk.stop)
        menus["rename"].triggered.connect(self.sidebar.rename_current)
        menus["delete"].triggered.connect(self.sidebar.delete_current)
        menus["pick"].triggered.connect(self.picker.open_menu)
        menus["reload"].triggered.connect(self.choosing.reload)
        menus["unload"].triggered.connect(self.loads.unload)
        self.keys = Keys(menus, self.keeper, self)  # after all pages have theirs
        FullScreen(self, menus["full"])
        menus["about"].triggered.connect(self._show_about)
        self.preferring.language_chosen.connect(self.language_chosen)
        self.preferring.scheme_chosen.connect(self.scheme_chosen)

    def _restore(self) -> None:
        app: App = self.keeper.settings.app
        self.restoreGeometry(QByteArray.fromBase64(app.geometry.encode()))
        self.panes.restore(app.panes)
        self.foretelling.restore()
        if app.zoom != look.zoom():
            self.reader.zoom(app.zoom)
        self.talk.tell_list()
        chats = self._store.conversations() + self._store.conversations(archived=True)
        self.talk.open(app.conversation if app.conversation in {c.id for c in chats} else 0)

    # -- Qt events --

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._leaver.stop()
        self.manners.save()
        self.drafts.save()
        self.talk.close()
        self.serving.close()
        self.coaching.close()
        self.loads.close()
        for asking in (self.resting, self.counting, self.foretelling, self.inspecting,
                       self.seeking):  # fmt: skip
            asking.close()
        self.save()
        super().closeEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab: the strip comes last, whatever has come into a page late."""
        self.pages.end_with(self.gauge.more)
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops the answer from wherever nothing nearer wants it."""
        if event.key() == Qt.Key.Key_Escape:
            self.talk.stop()
        else:
            super().keyPressEvent(event)

    # -- private --

    def _retranslate(self) -> None:
        self.setWindowTitle(self.tr("ChatApp"))
        if not self.talk.conversation:
            self.transcript.show_empty(self._prompts())
        self.talk.tell_troubles()
        self.filling.show()
        self.choosing.show_loading()

    def _prompts(self) -> list[str]:
        return [
            self.tr("What does temperature do?"),
            self.tr("How much VRAM does an 8B model need?"),
            self.tr("How do I add a model?"),
            self.tr("Tell me a short story about a robot."),
        ]

    def _new(self) -> None:
        self.pages.show_page("chat")
        self.talk.open(0)
        self.composer.setFocus()

    def _tell_problem(self) -> None:
        """What the store could not write, once."""
        problem = self._store.problem
        if problem and problem is not self._told_problem:
            self.tell(problem)
        self._told_problem = problem

    def _leave_soon(self, failure: Failed) -> None:
        """The accelerator is lost and only a new process can use it: tell, then make room."""
        self.save()
        if self.temporary.has_words():  # the person has to decide about them first
            self.banner.tell(lambda: f"{told(failure)[0]}  {self._told_unsaved()}")
            return
        self.banner.tell(
            lambda: "  ".join(told(failure)), lambda: self.tr("Stay"), self._leaver.stop
        )
        self._leaver.start()

    def _told_unsaved(self) -> str:
        return self.tr("Keep the temporary chat or copy it, then open ChatApp again.")

    def _show_about(self) -> None:
        About(self).open()

    # -- slots --

    def _on_composer_submitted(self, text: str) -> None:
        self.choosing.ensure()  # the message waits for the model
        if self.talk.send(text, self.composer.opening.text()):
            self.composer.clear()
            self.composer.setFocus()  # a prompt card that was pressed is gone
            self.sidebar.mark_current(self.talk.conversation)
            self.keeper.touch()

    def _on_talk_shown(self, messages: list[Message]) -> None:
        if messages:
            self.transcript.show_messages(messages)
        else:
            self.transcript.show_empty(self._prompts())
        self.sidebar.mark_current(self.talk.conversation)
        self.keeper.touch()

    def _on_talk_writing(self, conversation: int) -> None:
        self.sidebar.mark_writing(conversation)
        self.composer.set_writing(self.talk.writes)
        if not conversation and not self.loads.under_way:
            self.gauge.show_phase("idle")

    def _on_talk_wrote(self, message: int, text: str) -> None:
        self.gauge.show_phase("decode")
        self._tell_problem()

    def _on_talk_progressed(self, message: int, done: int, total: int) -> None:
        self.gauge.show_phase("prefill")

    def _on_talk_settled(self, message: Message) -> None:
        self.transcript.settle(message)
        self._tell_problem()

    def _on_reader_zoomed(self, percent: int) -> None:
        self.keeper.remember(zoom=percent)

    def _on_sidebar_triggered(self, shown: bool) -> None:
        self.panes.show_pane("sidebar", shown)
        self.keeper.touch()

    def _on_panel_triggered(self, shown: bool) -> None:
        self.panes.show_pane("panel", shown)
        self.keeper.touch()

    def _on_panes_arranged(self) -> None:
        for name in ("sidebar", "panel"):
            self.menus[name].setChecked(self.panes.is_shown(name))

    def _on_choosing_remembered(self, folder: str) -> None:
        self.keeper.remember(model=folder)

    def _on_keeper_due(self) -> None:
        self.keeper.remember(
            conversation=0 if is_fleeting(self.talk.conversation) else self.talk.conversation,
            geometry=bytes(self.saveGeometry().toBase64().data()).decode(),
            panes=self.panes.state(),
        )

    def _on_keeper_refused(self) -> None:
        self.banner.tell(
            lambda: self.tr("The settings could not be saved. Free some space on the disk.")
        )

    def _on_leaver_timeout(self) -> None:
        self.exit_code = successor.AGAIN
        self.close()
