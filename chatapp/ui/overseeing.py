"""`Overseeing`: shows in the sidebar what the Library and the Train page have under way.

Knows nothing about looks or how the work is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from chatapp.ui.window import Window


class Overseeing(QObject):
    """Connects itself to both, and a click on either to its page."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._foot = window.sidebar.under_way
        self._foot.page_requested.connect(window.pages.show_page)
        window.librarian.built.connect(self._on_librarian_built)
        window.coaching.advanced.connect(self._on_coaching_advanced)
        window.coaching.ended.connect(self._on_coaching_ended)

    # -- slots --

    def _on_librarian_built(self) -> None:
        self._window.librarian.hub.transfers.changed.connect(self._on_transfers_changed)

    def _on_transfers_changed(self) -> None:
        self._foot.show_transfers(self._window.librarian.hub.transfers.all)

    def _on_coaching_advanced(self, name: str, step: int, steps: int, left: float) -> None:
        self._foot.show_training((name, step, steps, left))

    def _on_coaching_ended(self) -> None:
        self._foot.show_training(None)
