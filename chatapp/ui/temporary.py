"""`Temporary`: chats that are never written to the disk, from their beginning to their being kept.

Between the menus, the line above such a chat, and the store. Knows nothing about how rows are
painted or where the store has them.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from chatapp.chat import UserError
from chatapp.fleeting import is_fleeting

if TYPE_CHECKING:
    from chatapp.chat import Conversation
    from chatapp.store import Store
    from chatapp.ui.composer import Composer
    from chatapp.ui.drafts import Drafts
    from chatapp.ui.manners import Manners
    from chatapp.ui.menus import Menus
    from chatapp.ui.talk import Talk
    from chatapp.ui.temporary_bar import TemporaryBar


class Temporary(QObject):
    """Begins them, shows what they are, and keeps one where the person wants that."""

    def __init__(
        self,
        store: Store,
        talk: Talk,
        manners: Manners,
        drafts: Drafts,
        composer: Composer,
        bar: TemporaryBar,
        menus: Menus,
    ) -> None:
        super().__init__(bar)
        self._store, self._talk = store, talk
        self._manners, self._drafts = manners, drafts
        self._composer, self._bar, self._menus = composer, bar, menus
        menus["temporary"].triggered.connect(self.begin)
        menus["keep"].triggered.connect(self.keep)
        bar.keep.clicked.connect(self.keep)
        talk.opened.connect(self._on_talk_opened)
        self._on_talk_opened(talk.conversation)

    def begin(self) -> None:
        """Open an empty one."""
        self._menus["page_chat"].trigger()
        with self._talk.refusing():
            empty = next((each.id for each in self._all() if each.leaf is None), 0)
            self._talk.open(empty or self._store.new(temporary=True).id)
            self._talk.tell_list()
        self._composer.setFocus()

    def keep(self) -> None:
        """Make the open one a chat like any other."""
        if not is_fleeting(self._talk.conversation) or self._talk.is_busy():
            return
        self._manners.save()
        self._drafts.save()
        with self._talk.refusing():
            self._talk.open(self._store.keep(self._talk.conversation))
            self._talk.tell_list()

    def has_words(self) -> bool:
        """Something would be lost if the window closed."""
        with contextlib.suppress(UserError):
            return any(each.leaf is not None for each in self._all())
        return False

    # -- private --

    def _all(self) -> list[Conversation]:
        return [each for each in self._store.conversations() if is_fleeting(each.id)]

    # -- slots --

    def _on_talk_opened(self, conversation: int) -> None:
        self._bar.setVisible(is_fleeting(conversation))
        self._menus["keep"].setVisible(is_fleeting(conversation))
        self._menus["archive"].setVisible(not is_fleeting(conversation))
