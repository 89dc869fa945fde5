"""`Seeking`: the search over all chats, between the sidebar, the index and the conversation.

The search has a thread of its own, which also brings the index up to date while nobody asks. A
newer question replaces an older one. Knows nothing about SQL or how hits are painted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QTimer, Signal

from chatapp.chat import Conversation, Found, UserError
from chatapp.search import Hit, Search
from chatapp.ui.bridge import Stream, told
from chatapp.ui.help import native
from chatapp.ui.menus import plain
from chatapp.ui.palette import Palette
from chatapp.ui.palette_rows import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatapp.chat import Event, Failed
    from chatapp.host import Host
    from chatapp.search import Hits
    from chatapp.store import Store
    from chatapp.ui.menus import Menus
    from chatapp.ui.panes import Panes
    from chatapp.ui.reader import Reader
    from chatapp.ui.sidebar import Sidebar
    from chatapp.ui.talk import Talk
    from chatapp.work import Worker

AGAIN_MS = 400  # between two looks while the index is not complete


class Seeker(QObject):
    """Asks the search, and tells the hits of the newest question alone."""

    found = Signal(object)  # Hits
    failed = Signal(object)  # Failed

    def __init__(self, search: Search, worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._search = search
        self._worker = worker
        self._stream: Stream | None = None

    def ask(self, words: str) -> None:
        """Look for these words; what was asked before is forgotten."""
        self.forget()
        self._stream = Stream(self._worker.submit(lambda stop: _find(self._search, words)), self)
        self._stream.found.connect(self._on_stream_found)
        self._stream.failed.connect(self._on_stream_failed)
        self._stream.done.connect(self._on_stream_done)

    def forget(self) -> None:
        """Tell nothing more."""
        if self._stream:
            self._stream.close()
            self._stream = None

    def prepare(self) -> None:
        """Bring the index up to date, a little at a time."""
        self._worker.submit(lambda stop: iter(()))

    def _on_stream_found(self, key: int, hits: tuple[Hits, ...]) -> None:
        self.found.emit(hits[0])

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        self._stream = None
        self.failed.emit(failure)

    def _on_stream_done(self, key: int, done: object) -> None:
        self._stream = None


class Seeking(QObject):
    """What is typed into the sidebar's field, what is shown below it, and what opening does."""

    def __init__(
        self,
        store: Store,
        host: Host,
        menus: Menus,
        panes: Panes,
        sidebar: Sidebar,
        talk: Talk,
        reader: Reader,
    ) -> None:
        super().__init__(sidebar)
        self.search = Search(store.path)
        self._store = store
        self._menus = menus
        self._panes = panes
        self._sidebar = sidebar
        self._talk = talk
        self._reader = reader
        self._words = ""
        self._worker = host.worker("chatapp-search", self.search.catch_up)
        self._seeker = Seeker(self.search, self._worker, self)
        self._seeker.found.connect(self._on_seeker_found)
        self._seeker.failed.connect(self._on_seeker_failed)
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask)
        sidebar.box.focused.connect(self.prepare)
        sidebar.box.sought.connect(self._on_box_sought)
        menus["search"].triggered.connect(self.start)
        menus["palette"].triggered.connect(self.open_palette)
        sidebar.hits.opened.connect(self.open)

    def prepare(self) -> None:
        """Bring the index up to date, a little at a time."""
        self._seeker.prepare()

    def start(self) -> None:
        """The keyboard goes to the field."""
        self._panes.show_pane("sidebar", True)
        self._sidebar.box.setFocus()
        self._sidebar.box.selectAll()

    def open_palette(self) -> None:
        """Offer commands, chats and places in them."""
        commands = [
            Command(menu, action, plain(action.text()), native(action.shortcut().toString()))
            for menu, action in self._menus.offered()
            if action is not self._menus["palette"]
        ]
        try:
            chats = self._store.conversations()
        except UserError:  # the commands at least
            chats = []
        palette = Palette(commands, chats, self._sidebar.window())
        seeker = Seeker(self.search, self._worker, palette)
        palette.sought.connect(seeker.ask)
        palette.finished.connect(seeker.forget)
        palette.chosen.connect(self._on_palette_chosen)
        seeker.found.connect(palette.show_hits)
        seeker.prepare()
        palette.open()

    def open(self, hit: Hit) -> None:
        """Show the conversation at this message, its words marked."""
        self._menus["page_chat"].trigger()
        if not hit.message:
            self._talk.open(hit.conversation)
            return
        self._talk.open_at(hit.conversation, hit.message)
        start, end = hit.spans[0] if hit.spans else (0, 0)
        self._reader.show_hit(hit.message, hit.line[start:end])

    def close(self) -> None:
        """Let go of the index."""
        self._again.stop()
        self._seeker.forget()
        self.search.close()

    # -- private --

    def _ask(self) -> None:
        self._again.stop()
        self._seeker.ask(self._words)

    # -- slots --

    def _on_palette_chosen(self, brings: Command | Conversation | Hit) -> None:
        match brings:
            case Command():
                brings.action.trigger()
            case Conversation():
                self.open(Hit(brings.id, brings.title))
            case Hit():
                self.open(brings)

    def _on_box_sought(self, words: str) -> None:
        self._words = words
        if words.strip():
            self._ask()
        else:
            self._again.stop()
            self._seeker.forget()
            self._sidebar.show_hits((), "")

    def _on_seeker_found(self, hits: Hits) -> None:
        if hits.waiting:
            count = QLocale().toString(hits.waiting)
            note = self.tr("Still being read: {count} messages").format(count=count)
            self._again.start()
        elif hits.more:
            note = self.tr("There are more. Add a word to narrow it down.")
        else:
            note = "" if hits.hits else self.tr("Nothing found.")
        self._sidebar.show_hits(hits.hits, note)

    def _on_seeker_failed(self, failure: Failed) -> None:
        self._sidebar.show_hits((), "  ".join(told(failure)))


def _find(search: Search, words: str) -> Iterator[Event]:
    yield Found((search.find(words),))
