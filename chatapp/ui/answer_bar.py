"""The actions below an answer: those that are often used, and a menu for the others.

Real buttons, so that they can be reached with Tab and read aloud. Knows nothing about where they
are put or what they cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from chatapp.ui import look, steps
from chatapp.ui.phrases import BETWEEN
from chatapp.ui.small_button import SIDE, SmallButton
from chatapp.ui.steps import Steps

if TYPE_CHECKING:
    from chatapp.chat import Message

_GAP = 2
_ICONS = 5  # that every answer has
_TEXT_EDGE = 26  # pixels beside the text of a button
_CUT_SHORT = {"length", "context", "stopped", "interrupted", "error"}


def goes_on(message: Message) -> bool:
    """Whether an answer ended before its end, and can be continued."""
    return bool(message.text) and message.finish in _CUT_SHORT


def width(message: Message) -> int:
    """The bar's width. Pixels."""
    more = _continue_width() + _GAP if goes_on(message) else 0
    more += steps.WIDTH + _GAP if message.versions > 1 else 0
    return _ICONS * (SIDE + _GAP) - _GAP + more


def wrapped(message: Message, text: str, column: float) -> float:
    """How high the stats are below the actions; 0 = they fit beside them. Pixels."""
    metrics = QFontMetricsF(look.zoomed(QGuiApplication.font()))
    if metrics.horizontalAdvance(text) <= column - width(message) - 10:
        return 0
    ground, text = QRectF(0, 0, column, 1000), in_lines(text, column)
    return round(metrics.boundingRect(ground, Qt.TextFlag.TextWordWrap.value, text).height() + 8)


def in_lines(text: str, column: float) -> str:
    """The stats in lines that end after a whole fact: Japanese would break inside a word."""
    metrics, lines = QFontMetricsF(look.zoomed(QGuiApplication.font())), [""]
    for fact in text.split(BETWEEN):
        longer = f"{lines[-1]}{BETWEEN}{fact}" if lines[-1] else fact
        if lines[-1] and metrics.horizontalAdvance(longer) > column:
            lines.append(fact)
        else:
            lines[-1] = longer
    return "\n".join(lines)


class AnswerBar(QWidget):
    """Copy, Regenerate, Continue where it was cut short, good or bad, more, and the versions."""

    asked = Signal(str, int)  # what is to be done, message id
    menu_requested = Signal(int, QPoint)  # message id, place on the screen

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message = 0
        self.copy = SmallButton("copy", self)
        self.regenerate = SmallButton("regenerate", self)
        self.resume = QToolButton(self)
        self.resume.setFixedHeight(SIDE)
        self.resume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.good = SmallButton("good", self, checkable=True)
        self.bad = SmallButton("bad", self, checkable=True)
        self.more = SmallButton("more", self)
        self.steps = Steps(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for widget in (*self._buttons(), self.steps):
            row.addWidget(widget)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.regenerate.clicked.connect(self._on_regenerate_clicked)
        self.resume.clicked.connect(self._on_resume_clicked)
        self.good.clicked.connect(self._on_good_clicked)
        self.bad.clicked.connect(self._on_bad_clicked)
        self.more.clicked.connect(self._on_more_clicked)
        self.steps.asked.connect(self.asked)
        self._retranslate()

    def bind(self, message: Message) -> None:
        """Act for this message."""
        self._message = message.id
        self.resume.setVisible(goes_on(message))
        self.resume.setFixedWidth(_continue_width())
        self.good.setChecked(message.rating > 0)
        self.bad.setChecked(message.rating < 0)
        self.steps.setVisible(message.versions > 1)
        self.steps.bind(message)
        self.setFixedSize(width(message), SIDE)

    def stops(self) -> list[QWidget]:
        """Where Tab stops, in order."""
        return [*self._buttons(), *self.steps.stops()]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def _buttons(self) -> list[QToolButton]:
        return [self.copy, self.regenerate, self.resume, self.good, self.bad, self.more]

    def _retranslate(self) -> None:
        self.copy.call(self.tr("Copy this answer"))
        self.regenerate.call(self.tr("Write this answer again"))
        self.resume.setText(_continue())
        self.resume.setAccessibleName(self.tr("Continue this answer"))
        self.resume.setToolTip(self.tr("Continue this answer"))
        self.good.call(self.tr("Good answer"))
        self.bad.call(self.tr("Bad answer"))
        self.more.call(self.tr("More actions for this answer"))

    def _on_copy_clicked(self) -> None:
        self.copy.tick()
        self.asked.emit("copy", self._message)

    def _on_regenerate_clicked(self) -> None:
        self.asked.emit("regenerate", self._message)

    def _on_resume_clicked(self) -> None:
        self.asked.emit("resume", self._message)

    def _on_good_clicked(self) -> None:
        self.asked.emit("good", self._message)

    def _on_bad_clicked(self) -> None:
        self.asked.emit("bad", self._message)

    def _on_more_clicked(self) -> None:
        corner = self.more.mapToGlobal(QPoint(0, self.more.height()))
        self.menu_requested.emit(self._message, corner)


def _continue() -> str:
    return QCoreApplication.translate("AnswerBar", "Continue")


def _continue_width() -> int:
    metrics = QFontMetricsF(QGuiApplication.font())
    return round(metrics.horizontalAdvance(_continue())) + _TEXT_EDGE
