"""The small buttons of the conversation view: actions below an answer, and Copy on a code block.

Real buttons, so that they can be reached with Tab and read aloud. Knows nothing about where they
are put or what they cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from chatapp.ui import look

if TYPE_CHECKING:
    from chatapp.chat import Message

SIDE = 30  # pixels of a button
_COUNT = 52  # of "2 / 3"
_GAP = 2
_SHOWN_MS = 1500  # how long a tick says that something was copied


def width(message: Message) -> int:
    """The bar's width. Pixels."""
    extra = 2 * (SIDE + _GAP) + _COUNT + _GAP if message.versions > 1 else 0
    return 2 * SIDE + _GAP + extra


def wrapped(message: Message, text: str, column: float) -> float:
    """How high the stats are below the actions; 0 = they fit beside them. Pixels."""
    metrics = QFontMetricsF(QGuiApplication.font())
    if metrics.horizontalAdvance(text) <= column - width(message) - 10:
        return 0
    ground = QRectF(0, 0, column, 1000)
    return round(metrics.boundingRect(ground, Qt.TextFlag.TextWordWrap.value, text).height() + 8)


class SmallButton(QToolButton):
    """A line icon with a name."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self.setFixedSize(SIDE, SIDE)
        self.setIconSize(QSize(18, 18))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._show_icon()

    def call(self, title: str) -> None:
        """Give it its name, for the eye and for a screen reader."""
        self.setToolTip(title)
        self.setAccessibleName(title)

    def tick(self) -> None:
        """Say for a moment that it was done."""
        self.setIcon(look.icon("check", look.colours().accent))
        QTimer.singleShot(_SHOWN_MS, self, self._show_icon)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours."""
        if event.type() == QEvent.Type.PaletteChange:
            self._show_icon()
        super().changeEvent(event)

    def _show_icon(self) -> None:
        self.setIcon(look.icon(self._name, look.colours().muted))


class CodeCopy(SmallButton):
    """Copies one code block."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("copy", parent)
        self.source = ""
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.call(self.tr("Copy this code"))


class AnswerBar(QWidget):
    """Copy, Regenerate and, where there are several versions, the way between them."""

    copy_requested = Signal(int)  # message id
    regenerate_requested = Signal(int)
    version_requested = Signal(int, int)  # message id, step

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = 0
        self.copy = SmallButton("copy", self)
        self.regenerate = SmallButton("regenerate", self)
        self.back = SmallButton("chevron-left", self)
        self.count = QLabel(self)
        self.count.setProperty("tone", "muted")
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.count.setFixedWidth(_COUNT)
        self.forward = SmallButton("chevron-right", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for widget in (self.copy, self.regenerate, self.back, self.count, self.forward):
            row.addWidget(widget)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.regenerate.clicked.connect(lambda: self.regenerate_requested.emit(self._message))
        self.back.clicked.connect(lambda: self.version_requested.emit(self._message, -1))
        self.forward.clicked.connect(lambda: self.version_requested.emit(self._message, 1))
        self._retranslate()

    def bind(self, message: Message) -> None:
        """Act for this message."""
        self._message = message.id
        several = message.versions > 1
        for widget in (self.back, self.count, self.forward):
            widget.setVisible(several)
        self.back.setEnabled(message.version > 1)
        self.forward.setEnabled(message.version < message.versions)
        self.count.setText(f"{message.version} / {message.versions}")
        self.setFixedSize(width(message), SIDE)

    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [self.copy, self.regenerate, self.back, self.forward]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _retranslate(self) -> None:
        self.copy.call(self.tr("Copy this answer"))
        self.regenerate.call(self.tr("Write this answer again"))
        self.back.call(self.tr("Show the version before"))
        self.forward.call(self.tr("Show the next version"))

    def _on_copy_clicked(self) -> None:
        self.copy.tick()
        self.copy_requested.emit(self._message)
