"""The Library page: its tabs, the downloads under way, and one line for what went wrong.

Knows nothing about what the tabs hold.

page.add_tab(widget)        the widget's window title is the tab's name
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from chatapp.ui.banner import Banner
from chatapp.ui.tab_bar import TabBar
from chatapp.ui.transfer_strip import TransferStrip


class LibraryPage(QWidget):
    """Tabs above, the chosen one below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = TabBar()
        self.bar.setExpanding(False)
        self.bar.currentChanged.connect(self._on_bar_changed)
        self.banner, self.strip = Banner(), TransferStrip()
        self._stack = QStackedWidget()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        for widget in (self.bar, self.banner, self.strip, self._stack):
            self.column.addWidget(widget, stretch=1 if widget is self._stack else 0)
        self.retranslate()

    def add_tab(self, tab: QWidget) -> None:
        """At the end; its window title names it, also when that changes."""
        self._stack.addWidget(tab)
        self.bar.addTab(tab.windowTitle())
        tab.windowTitleChanged.connect(self._on_title_changed)

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """The keyboard goes to the tab that is shown; with a proxy Tab would pass by the bar."""
        if tab := self._stack.currentWidget():
            tab.setFocus(reason)

    def show_tab(self, tab: QWidget) -> None:
        """Turn to this one."""
        self.bar.setCurrentIndex(self._stack.indexOf(tab))

    def retranslate(self) -> None:
        """The bar's name; tabs translate themselves."""
        self.bar.setAccessibleName(self.tr("Library"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_title_changed(self, title: str) -> None:
        for place in range(self._stack.count()):
            if tab := self._stack.widget(place):
                self.bar.setTabText(place, tab.windowTitle())

    def _on_bar_changed(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
