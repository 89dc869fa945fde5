"""`Tidying`: pins and the trash, between the list of chats and the store.

Knows nothing about how rows are grouped or painted.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from chatapp.chat import UserError
from chatapp.ui.trash import Trash

if TYPE_CHECKING:
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
        menus["pin"].triggered.connect(sidebar.pin_current)
        menus["trash"].triggered.connect(self.open_trash)
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

    # -- slots --

    def _on_sidebar_pinned(self, conversation: int, pinned: bool) -> None:
        with self._talk.refusing():
            self._store.pin(conversation, pinned)
        self._talk.tell_list()

    def _on_talk_listed(self) -> None:
        with contextlib.suppress(UserError):  # the list itself has told it
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
