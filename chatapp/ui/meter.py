"""How full the context is: a button with numbers and a bar; pressed, it shows the prompt itself.

Paints what it is told. Knows nothing about messages or how tokens are counted.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from chatapp.ui import look

NEARLY = 0.8  # of the limit: from here on it warns
_BAR = QSize(56, 6)  # pixels
_PAD, _GAP, _HEIGHT = 10, 8, 32


class Meter(QPushButton):
    """Hidden until there is a model whose context can be full."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "quiet")
        self.setFixedHeight(_HEIGHT)
        self._used = self._limit = 0
        self._known = False  # the number is counted, or was a moment ago
        self._fits = True
        self._dropped = self._next = 0
        self._words: tuple[str, ...] = ("",)  # from the whole sentence to the bare numbers
        self._retranslate()
        self.hide()

    @property
    def share(self) -> float:
        """How much of the context is used."""
        return self._used / self._limit if self._limit else 0.0

    @property
    def fits(self) -> bool:
        """False: the prompt is refused as it stands."""
        return self._fits

    # -- slots ------------------------------------------------------------------------------------

    def show_counting(self, limit: int) -> None:
        """A model is there, and the number is on its way; tokens."""
        self._limit = limit
        self._retranslate()
        self.show()

    def show_count(self, used: int, limit: int, dropped: int = 0, following: int = 0) -> None:
        """So many tokens; messages that are left out, and that the next overflow would."""
        self._used, self._limit, self._known, self._fits = used, limit, True, True
        self._dropped, self._next = dropped, following
        self._retranslate()
        self.show()

    def show_growing(self, used: int, limit: int) -> None:
        """So many by now, while an answer is written; what is left out stays as it was told."""
        self.show_count(used, limit, self._dropped, self._next)

    def forget(self) -> None:
        """The number was of another conversation."""
        self._used = self._dropped = self._next = 0
        self._known, self._fits = False, True
        self._retranslate()

    def show_too_long(self, needed: int, limit: int) -> None:
        """The prompt will not fit. Tokens."""
        self.show_count(needed, limit)
        self._fits = False
        self._retranslate()

    def show_nothing(self) -> None:
        """No model, or nothing that can be counted."""
        self._known = False
        self.hide()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        """The whole sentence and the bar."""
        bar = _GAP + _BAR.width() if self._known else 0
        return QSize(self._width(self._words[0]) + bar, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The bare numbers."""
        return QSize(self._width(self._words[-1]), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button's ground, the words that fit, and the bar where there is room."""
        option, style = QStyleOptionButton(), QStylePainter(self)
        self.initStyleOption(option)
        option.text = ""
        style.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter = QPainter(self)
        painter.setPen(QColor(self._ink()))
        words = next((w for w in self._words if self._width(w) <= self.width()), self._words[-1])
        box = self.rect().adjusted(_PAD, 0, -_PAD, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        free = self.width() - self._width(words)
        if self._known and free >= _GAP + _BAR.width():
            self._paint_bar(painter)

    # -- private ----------------------------------------------------------------------------------

    def _paint_bar(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        left = self.width() - _PAD - _BAR.width()
        box = QRectF(left, (self.height() - _BAR.height()) / 2, _BAR.width(), _BAR.height())
        painter.setBrush(QColor(look.colours().border))
        painter.drawRoundedRect(box, 3, 3)
        if self._used:
            box.setWidth(max(_BAR.height(), box.width() * min(1.0, self.share)))
            usual = look.colours().accent
            painter.setBrush(QColor(self._ink() if self.share >= NEARLY else usual))
            painter.drawRoundedRect(box, 3, 3)

    def _ink(self) -> str:
        wear = look.colours()
        if not self._fits:
            return wear.danger
        return wear.warning if self._known and self.share >= NEARLY else wear.muted

    def _width(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(words) + 2 * _PAD

    def _retranslate(self) -> None:
        used, limit = QLocale().toString(self._used), QLocale().toString(self._limit)
        if not self._known:
            self._words = (self.tr("Context: counting"), "…")
        elif not self._fits:
            text = self.tr("Will not fit: {used} of {limit}")
            self._words = (text.format(used=used, limit=limit), f"{used}/{limit}")
        else:
            text = self.tr("Context {used} of {limit}")
            self._words = (text.format(used=used, limit=limit), f"{used}/{limit}")
        self.setAccessibleName(self._words[0])
        self.setToolTip("\n".join(self._explained()))
        self.updateGeometry()
        self.update()

    def _explained(self) -> list[str]:
        said = [self.tr("Tokens of the next prompt, with what you have written so far.")]
        if not self._fits:
            said = [self.tr("The next prompt is longer than the model's context.")]
        elif self._dropped:
            text = self.tr("The oldest {count} messages are left out.")
            said.append(text.format(count=QLocale().toString(self._dropped)))
        if self._fits and self._next and self.share >= NEARLY:
            text = self.tr("Nearly full: {count} messages will be left out next.")
            said.append(text.format(count=QLocale().toString(self._next)))
        return [*said, self.tr("Click to see the prompt.")]
