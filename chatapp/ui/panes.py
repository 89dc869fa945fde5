"""The three panes side by side: conversations, the middle, settings.

In a narrow window the side panes step back by themselves; then one of them at a time can be
pulled out as a drawer. Knows nothing about what the panes hold.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

ROOM = {"sidebar": 760, "panel": 1000}  # pixels of window below which a pane steps back
WIDTHS = {"sidebar": 260, "panel": 320}  # pixels


class Panes(QSplitter):
    """Shows and hides the side panes, named "sidebar" and "panel"."""

    arranged = Signal()  # which panes are shown may have changed

    def __init__(self, sidebar: QWidget, middle: QWidget, panel: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._sides = {"sidebar": sidebar, "panel": panel}
        self._wanted = {"sidebar": True, "panel": True}  # where there is room for it
        self._widths = dict(WIDTHS)
        self._drawer = ""  # the pane that is shown although there is no room for both
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        for place, widget in enumerate((sidebar, middle, panel)):
            self.addWidget(widget)
            self.setStretchFactor(place, 1 if widget is middle else 0)
        self.splitterMoved.connect(self._on_splitter_moved)

    def is_shown(self, name: str) -> bool:
        """Whether this pane is to be seen now."""
        return self._wanted[name] if self._has_room(name) else self._drawer == name

    def show_pane(self, name: str, shown: bool) -> None:
        """As the person asks: lasting where there is room, else as a drawer."""
        if self._has_room(name):
            self._wanted[name] = shown
        else:
            self._drawer = name if shown else ""
        self._arrange()

    def state(self) -> str:
        """Widths and what the person hid, for the settings."""
        return json.dumps({"widths": self._widths, "wanted": self._wanted})

    def restore(self, state: str) -> None:
        """Take a `state` back; what cannot be read is left as it is."""
        try:
            read = json.loads(state)
            widths = {name: int(read["widths"][name]) for name in ROOM}
            wanted = {name: bool(read["wanted"][name]) for name in ROOM}
        except (ValueError, TypeError, KeyError, OverflowError):
            return
        self._widths = {name: min(max(width, 100), 2000) for name, width in widths.items()}
        self._wanted = wanted
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def _has_room(self, name: str) -> bool:
        return self.width() >= ROOM[name]

    def _arrange(self) -> None:
        if self._drawer and self._has_room(self._drawer):
            self._drawer = ""
        for name, pane in self._sides.items():
            # One drawer at a time: where both lack room, they have none together.
            pane.setVisible(self.is_shown(name))
        left, right = (
            self._widths[name] if self.is_shown(name) else 0 for name in ("sidebar", "panel")
        )
        self.setSizes([left, max(0, self.width() - left - right), right])
        self.arranged.emit()

    def _on_splitter_moved(self, position: int, index: int) -> None:
        left, _, right = self.sizes()
        for name, width in (("sidebar", left), ("panel", right)):
            if self.is_shown(name):
                self._widths[name] = width
