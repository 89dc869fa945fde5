"""`Tidying`: pins, the archive and the trash, between the list of chats and the store.

Knows nothing about how rows are grouped or painted.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from chatapp.chat import UserError
from chatapp.ui.archive import Archive
from chatapp.ui.trash import Trash

if TYPE_CHECKING:
    from chatapp.chat import Conversation
    from chatapp.store import Store
    from chatapp.ui.menus import Menus
    from chatapp.ui.seeking import Seeking
    from chatapp.ui.sidebar import Sidebar
    from chatapp.ui.talk import Talk


class Tidying(QObject):
    """What a person does with whole chats beside opening, renaming and deleting them."""

    def __init__(
        self, store: Store, talk: Talk, sidebar: Sidebar, menus: Menus, seeking: Seeking
    ) -> None:
        super().__init__(sidebar)
        self._store = store
        self._talk = talk
        self._sidebar = sidebar
        self._seeking = seeking
        self._trash: Trash | None = None
        self._archive: Archive | None = None
        self._archived: list[Conversation] = []
        menus["pin"].triggered.connect(sidebar.pin_current)
        menus["trash"].triggered.connect(self.open_trash)
        menus["archive"].triggered.connect(self._on_archive_triggered)
        menus["archived"].triggered.connect(self.open_archive)
        sidebar.archived.connect(self._on_sidebar_archived)
        sidebar.archive.clicked.connect(self.open_archive)
        sidebar.pinned.connect(self._on_sidebar_pinned)
        sidebar.trash.clicked.connect(self.open_trash)
        talk.listed.connect(self._on_talk_listed)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.applicationStateChanged.connect(self._on_state_changed)

    def open_trash(self) -> None:
        """Show what was deleted."""
        self._trash = Trash(self._sidebar.window())
        self._trash.restored.connect(self._on_trash_restored)
        self._trash.erased.connect(self._on_trash_erased)
        self._trash.finished.connect(self._on_trash_finished)
        self._trash.show_chats(self._store.deleted())
        self._trash.open()

    def open_archive(self) -> None:
        """Show what was put away."""
        self._archive = Archive(self._sidebar.window())
        self._archive.opened.connect(self._talk.open)
        self._archive.taken_back.connect(self._on_archive_taken_back)
        self._archive.finished.connect(self._on_archive_finished)
        self._archive.show_chats(self._archived)
        self._archive.open()

    def _put_away(self, conversation: int, archived: bool) -> None:
        with self._talk.refusing():
            self._store.archive(conversation, archived)

    # -- slots --

    def _on_archive_triggered(self) -> None:
        """The open chat, or the one that the keyboard is at; one that is put away comes back."""
        if self._talk.conversation in {each.id for each in self._archived}:
            self._on_sidebar_archived(self._talk.conversation, False)
        else:
            self._sidebar.archive_current()

    def _on_sidebar_archived(self, conversation: int, archived: bool) -> None:
        self._put_away(conversation, archived)
        if archived and conversation == self._talk.conversation:
            self._talk.open(0)
        elif not archived:
            self._talk.open(conversation)
        self._talk.tell_list()

    def _on_archive_taken_back(self, numbers: list[int]) -> None:
        for number in numbers:
            self._put_away(number, False)
        self._talk.tell_list()

    def _on_archive_finished(self) -> None:
        self._archive = None

    def _on_sidebar_pinned(self, conversation: int, pinned: bool) -> None:
        with self._talk.refusing():
            self._store.pin(conversation, pinned)
        self._talk.tell_list()

    def _on_talk_listed(self) -> None:
        with contextlib.suppress(UserError):  # the list itself has told it
            self._archived = self._store.conversations(archived=True)
            self._sidebar.show_archive(len(self._archived))
            if self._archive:
                self._archive.show_chats(self._archived)
            deleted = self._store.deleted()
            self._sidebar.show_trash(len(deleted))
            if self._trash:
                self._trash.show_chats(deleted)

    def _on_state_changed(self, state: Qt.ApplicationState) -> None:
        """A command may have imported chats while the person was elsewhere."""
        if state == Qt.ApplicationState.ApplicationActive:
            with self._talk.refusing():
                if self._store.was_changed():
                    self._talk.tell_list()

    def _on_trash_restored(self, numbers: list[int]) -> None:
        for number in numbers:
            self._talk.restore(number)

    def _on_trash_erased(self, numbers: list[int]) -> None:
        with self._talk.refusing():
            for number in numbers:
                self._store.erase(number)
        self._seeking.prepare()  # their words leave the index, too
        self._talk.tell_list()

    def _on_trash_finished(self) -> None:
        self._trash = None
