"""The real app, which also answers on stdin and stdout: where are your widgets, what do they say?

One JSON line per question and per answer. `DRIVEN_WAIT_S` lets each streamed event wait, as a
larger model would, and `DRIVEN_ORACLE` names a file that gets a line for each piece of text once it
is in the transcript; the kernel has those bytes, so they survive SIGKILL. The arguments are the
app's own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Generator, Iterator, Set

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSocketNotifier, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from chatapp import host
from chatapp.__main__ import main
from chatapp.chat import NO_ROWS, Backend, Event, Request, Text
from chatapp.library import Model
from chatapp.settings import Loading
from chatapp.ui import app

WAIT_S = float(os.environ.get("DRIVEN_WAIT_S", "0"))
ORACLE = os.environ.get("DRIVEN_ORACLE", "")
Place = dict[str, int]


class Slow:
    """A backend whose words come one by one, however fast the machine is."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.info = backend.info
        self.holding = backend.holding
        self.close = backend.close

    def stream(self, request: Request, halted: Set[int] = NO_ROWS) -> Iterator[Event]:
        for event in self._backend.stream(request, halted):
            yield event
            if isinstance(event, Text):
                time.sleep(WAIT_S)


def open_slow(model: Model, loading: Loading) -> Generator[Event, None, Backend]:
    return Slow((yield from host._open_local(model, loading)))


class DrivenDesk(app.Desk):
    """Where the app's objects meet, and a listener at the standard input."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application, host.Host(open_slow))
        self._written = bytearray()
        self._ear = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._ear.activated.connect(self._on_ear_activated)
        if ORACLE:
            self._oracle = os.open(ORACLE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self.window.talk.wrote.connect(self._on_talk_wrote)  # after the transcript has it

    def _on_talk_wrote(self, message: int, text: str) -> None:
        line = {"ns": time.monotonic_ns(), "message": message, "text": text}
        os.write(self._oracle, json.dumps(line).encode() + b"\n")

    def _on_ear_activated(self) -> None:
        news = os.read(0, 65536)
        self._ear.setEnabled(bool(news))  # the test has closed its end
        self._written += news
        while b"\n" in self._written:
            line, _, self._written = self._written.partition(b"\n")
            print(json.dumps(answer(json.loads(line))), flush=True)


def answer(question: dict[str, str]) -> object:
    if question["ask"] == "place":
        return place(question["name"], question["kind"])
    return texts()


def place(name: str, kind: str) -> Place | None:
    """Where the visible widget, row or menu entry of this name is; the first of a kind."""
    for widget in QApplication.allWidgets():
        called = name in ("", widget.accessibleName(), widget.objectName())
        if widget.isVisible() and called and kind in ("", type(widget).__name__):
            return rectangle(widget, shown(widget))
    for menu in menus():
        for action in menu.actions():
            if plain(action) == name and not kind:
                return rectangle(menu, menu.actionGeometry(action))
    for view in views():
        model = view.model()
        for index in (model.index(row, 0) for row in range(model.rowCount())):
            if name in (index.data(), said(index)) and not kind:
                return rectangle(view.viewport(), view.visualRect(index))
    return None


def said(index: QModelIndex) -> str:
    """What a screen reader says of a row."""
    told = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data()
    return str(told or "")


def views() -> list[QAbstractItemView]:
    return [
        w for w in QApplication.allWidgets() if isinstance(w, QAbstractItemView) and w.isVisible()
    ]


def shown(widget: QWidget) -> QRect:
    """Where to press: of a slider the handle, of all others the whole."""
    if not isinstance(widget, QSlider):
        return widget.rect()
    option = QStyleOptionSlider()
    widget.initStyleOption(option)
    return widget.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, widget
    )


def rectangle(widget: QWidget, part: QRect) -> Place:
    """On the screen; `left` and `right` are the ends of the whole widget."""
    corner, left = widget.mapToGlobal(part.topLeft()), widget.mapToGlobal(QPoint(0, 0)).x()
    return {
        "x": corner.x(), "y": corner.y(), "width": part.width(), "height": part.height(),
        "left": left, "right": left + widget.width(),
    }  # fmt: skip


def menus() -> list[QMenu | QMenuBar]:
    """The newest first: an open menu lies above the bar."""
    every = [w for w in QApplication.allWidgets() if isinstance(w, (QMenu, QMenuBar))]
    return sorted((menu for menu in every if menu.isVisible()), key=lambda m: type(m) is QMenuBar)


def plain(action: QAction) -> str:
    return action.text().replace("&", "")


def texts() -> dict[str, object]:
    """What a person can read now, except for what the transcript paints."""
    visible = [widget for widget in QApplication.allWidgets() if widget.isVisible()]
    models = [view.model() for view in views()]
    return {
        "titles": [w.windowTitle() for w in QApplication.topLevelWidgets() if w.isVisible()],
        "labels": [w.text() for w in visible if isinstance(w, (QLabel, QAbstractButton))],
        "fields": [w.placeholderText() for w in visible if isinstance(w, QPlainTextEdit)],
        "entries": {plain(a): a.isEnabled() for menu in menus() for a in menu.actions()},
        "rows": [said(m.index(row, 0)) for m in models for row in range(m.rowCount())],
        "clipboard": QGuiApplication.clipboard().text(),
    }


if __name__ == "__main__":
    app.Desk = DrivenDesk
    sys.exit(main())
