"""The pages of the window, one at a time, and the rail at the left that turns to them.

    pages.add("library", widget)

is all that a page needs: its place, name, icon and key are in the table here. Knows nothing about
what a page holds. The rail is not there while there is only one page.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QColor,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import look
from chatapp.ui.help import native

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from chatapp.ui.menus import Menus

ORDER = ("chat", "library", "train", "api")  # also the names of their icons; Alt+1 is the first
ICON = 22  # pixels
RING = 9  # pixels
ROOM = 900  # pixels of window below which the rail has icons alone


class PageButton(QToolButton):
    """Turns to a page; a ring at its corner tells how far something on it is, a dot of a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.share: float | None = None
        self.warned = False  # something on it went wrong, and was not looked at

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        wear, painter = look.colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.width() - RING - 3, 3, RING, RING)
        if self.warned:
            painter.setPen(QPen(QColor(wear.pane), 1))
            painter.setBrush(QColor(wear.danger))
            painter.drawEllipse(box if self.share is None else box.translated(0, RING + 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.share is None:
            return
        painter.setPen(QPen(QColor(wear.border_strong), 2))
        painter.drawEllipse(box)
        painter.setPen(QPen(QColor(wear.accent), 3))
        painter.drawArc(box, 90 * 16, -round(360 * 16 * self.share))


class Pages(QWidget):
    """The rail and the stack; the first page that is added is shown first."""

    turned = Signal(str)  # the name of the page that is shown now

    def __init__(self, menus: Menus) -> None:
        super().__init__()
        self._menus = menus
        self._pages: dict[str, QWidget] = {}
        self._buttons: dict[str, PageButton] = {}
        self._actions = QActionGroup(self)
        self._actions.triggered.connect(self._on_actions_triggered)
        self._rail = QFrame()
        self._rail.setProperty("kind", "pane")
        self._rail.setObjectName("rail")
        self._column = QVBoxLayout(self._rail)
        self._column.setContentsMargins(6, 10, 6, 10)
        self._column.setSpacing(6)
        self._column.addStretch()
        self._stack = QStackedWidget()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addWidget(self._stack, stretch=1)

    @property
    def current(self) -> str:
        """The name of the page that is shown."""
        shown = self._stack.currentWidget()
        return next((name for name, page in self._pages.items() if page is shown), "")

    def add(self, name: str, page: QWidget) -> None:
        """A page of the table; its button stands where the table says."""
        action = QAction(self._actions, checkable=True)
        action.setData(name)
        action.setShortcut(QKeySequence(f"Alt+{ORDER.index(name) + 1}"))
        button = PageButton()
        button.setAutoRaise(True)
        button.setProperty("kind", "page")
        button.setDefaultAction(action)
        button.setIconSize(QSize(ICON, ICON))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        before = [other for other in self._pages if ORDER.index(other) < ORDER.index(name)]
        self._column.insertWidget(len(before), button)
        self._pages[name], self._buttons[name] = page, button
        self._stack.addWidget(page)
        self._menus.add_page(name, action)
        rail = [self._buttons[each] for each in ORDER if each in self._buttons]
        for first, second in pairwise(rail):
            self.setTabOrder(first, second)
        several = len(self._pages) > 1
        self._rail.setVisible(several)
        for each in self._actions.actions():
            each.setVisible(several)
            each.setChecked(each.data() == self.current)
        self.retranslate()

    def end_with(self, stop: QWidget) -> None:
        """Tab comes to this widget behind all pages, whatever was put into them late."""
        # What is made now is the last of the chain. To walk the chain is no way to its end: PySide
        # then takes each widget for a part of the one before, and both for gone with the first.
        end = QWidget(self.window())
        end.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setTabOrder(end, stop)
        end.deleteLater()

    def show_page(self, name: str) -> None:
        """Turn to this page; the keyboard goes to where it was on it."""
        if name == self.current:
            return
        page = self._pages[name]
        target = page.focusWidget() or page  # before Qt chooses one, for the one that it hides
        self._stack.setCurrentWidget(page)
        for action in self._actions.actions():
            action.setChecked(action.data() == name)
        target.setFocus()
        self.turned.emit(name)

    def mark(self, name: str, share: float | None) -> None:
        """How far something on this page is, from 0 to 1; None = nothing is under way."""
        button = self._buttons[name]
        if button.share != share:
            button.share = share
            button.update()
            self._name(name)

    def warn(self, name: str, on: bool) -> None:
        """Something on this page went wrong, which the page tells of."""
        button = self._buttons[name]
        if button.warned != on:
            button.warned = on
            button.update()
            self._name(name)

    def retranslate(self) -> None:
        """Every text again, and the icons in the colours of now."""
        for action in self._actions.actions():
            action.setText(self._titles()[action.data()])
            action.setIcon(look.icon(action.data()))
            self._name(action.data())
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # -- private --

    def _titles(self) -> dict[str, str]:
        return {
            "chat": self.tr("Chat"),
            "library": self.tr("Library"),
            "train": self.tr("Train"),
            "api": self.tr("API"),
        }

    def _name(self, name: str) -> None:
        """What is said of the button; the button shows its action's own text."""
        button = self._buttons[name]
        action, title = button.defaultAction(), self._titles()[name]
        key = native(action.shortcut().toString())
        if button.share is not None:
            percent = self.tr("{title}, {percent} % done")
            title = percent.format(title=title, percent=round(100 * button.share))
        if button.warned:
            title = self.tr("{title}, something went wrong").format(title=title)
        button.setAccessibleName(title)
        action.setToolTip(f"{title} ({key})")

    def _fit(self) -> None:
        """Words under the icons where there is room for them."""
        style = Qt.ToolButtonStyle
        wide = self.width() >= ROOM
        for button in self._buttons.values():
            button.setToolButtonStyle(
                style.ToolButtonTextUnderIcon if wide else style.ToolButtonIconOnly
            )

    # -- slots --

    def _on_actions_triggered(self, action: QAction) -> None:
        self.show_page(action.data())
