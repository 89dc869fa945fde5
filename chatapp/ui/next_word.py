"""What the next word could be as the knobs are set now: bars for the likeliest, and what is cut.

The chances come from the model once; sliders reshape them here, without the model. Knows nothing
about when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from chatapp import odds
from chatapp.settings import Sampling, knobs
from chatapp.ui import look
from chatapp.ui.knob_row import translated
from chatapp.ui.token_text import called, percent

if TYPE_CHECKING:
    from chatapp.chat import Outlook
    from chatapp.odds import Odds

WORDS = 6  # bars
_ROW, _GAP = 22, 8  # pixels
_NAME = 0.36  # of the width


class Bars(QWidget):
    """One row a word: name, chance as set now, and a bar of it over the model's own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, float, float]] = []  # name, model's own chance, as set now
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: list[tuple[str, float, float]]) -> None:
        """Show these; chance 0 = cut."""
        self.rows = rows
        told = ", ".join(f"{name} {percent(now)}" for name, _, now in rows)
        self.setAccessibleDescription(told)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As many rows as there are, as high as the letters ask."""
        return QSize(120, self._row() * len(self.rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, one below the other."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, (name, own, now) in enumerate(self.rows):
            self._paint_row(painter, place * self._row(), name, own, now)

    def _paint_row(self, painter: QPainter, top: int, name: str, own: float, now: float) -> None:
        wear, metrics = look.colours(), QFontMetrics(self.font())
        high, middle = self._row(), Qt.AlignmentFlag.AlignVCenter
        wide = round(self.width() * _NAME)
        number = metrics.horizontalAdvance("100 %") + _GAP
        painter.setPen(QColor(wear.text if now else wear.muted))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, wide - _GAP)
        painter.drawText(QRectF(0, top, wide, high), middle, shown)
        word = percent(now) if now else self.tr("cut")
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(wide, top, number - _GAP, high), right, word)
        left = wide + number
        room = QRectF(left, top + (high - 8) / 2, self.width() - left, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(wear.handle))
        painter.drawRoundedRect(_share(room, own), 4, 4)
        if now:
            painter.setBrush(QColor(wear.accent))
            inner = _share(room, now).adjusted(0, 1.5, 0, -1.5)
            painter.drawRoundedRect(inner, 2.5, 2.5)

    def _row(self) -> int:
        return max(_ROW, self.fontMetrics().height() + 4)


class NextWord(QFrame):
    """A heading that folds, the bars, and what each filter cuts."""

    unfolded = Signal(bool)  # by the person
    appeared = Signal()  # it can be seen now, unfolded

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self._outlook: Outlook | None = None
        self._sampling = Sampling()
        self._asking = False
        self.button = QToolButton()
        self.bars = Bars()
        self.note = QLabel()
        self._build()
        self.unfold(False)
        self.retranslate()

    @property
    def wanted(self) -> bool:
        """Somebody looks at it."""
        return self.button.isChecked() and self.isVisible()

    # -- slots ------------------------------------------------------------------------------------

    def unfold(self, unfolded: bool) -> None:
        """Open or fold it, and tell nobody."""
        self.button.setChecked(unfolded)
        self._show_fold()

    def show_outlook(self, outlook: Outlook) -> None:
        """What could come next, before any knob."""
        self._outlook, self._asking = outlook, False
        self._show()

    def show_sampling(self, sampling: Sampling) -> None:
        """The knobs as they are set now."""
        self._sampling = sampling
        self._show()

    def show_asking(self) -> None:
        """The model is being asked; what is shown belongs to what was there before."""
        self._asking = True
        self._show()

    def clear(self) -> None:
        """There is nothing that could come next."""
        self._outlook, self._asking = None, False
        self._show()

    def retranslate(self) -> None:
        """Set every text again."""
        self.button.setText(self.tr("Next word, as set now"))
        self.bars.setAccessibleName(self.tr("Next word, as set now"))
        self.bars.setToolTip(
            self.tr("Narrow bar: as the knobs are set now. Wide bar: the model's own chance.")
        )
        self._show()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the scheme."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._show_fold()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line above it: what scrolls ends there."""
        super().paintEvent(event)
        QPainter(self).fillRect(0, 0, self.width(), 1, QColor(look.colours().border))

    def showEvent(self, event: QShowEvent) -> None:
        """It can be seen."""
        super().showEvent(event)
        if self.button.isChecked():
            self.appeared.emit()

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.button.setCheckable(True)
        self.button.setProperty("kind", "fold")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._on_button_clicked)
        self.note.setProperty("tone", "muted")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 8)
        column.setSpacing(6)
        for widget in (self.button, self.bars, self.note):
            column.addWidget(widget)

    def _show_fold(self) -> None:
        unfolded = self.button.isChecked()
        self.button.setIcon(look.icon("chevron-down" if unfolded else "chevron-right"))
        self.bars.setVisible(unfolded)
        self.note.setVisible(unfolded)

    def _show(self) -> None:
        if self._outlook is None:
            self.bars.show_rows([])
            asking = self.tr("Asking the model…")
            nothing = self.tr("Write something, and the model says what could come next.")
            self.note.setText(asking if self._asking else nothing)
            return
        best = self._outlook.best
        made = odds.reshape([choice.chance for choice in best], self._outlook.rest, self._sampling)
        few = zip(best[:WORDS], made.chances, strict=False)
        self.bars.show_rows([(called(choice), choice.chance, now) for choice, now in few])
        self.note.setText(self.tr("Asking the model…") if self._asking else self._cuts(made))

    def _cuts(self, made: Odds) -> str:
        if not self._sampling.temperature:
            return self.tr("Temperature 0 takes the likeliest, always.")
        about, parts = knobs(Sampling), []
        for name, count in zip(odds.FILTERS, made.cuts, strict=True):
            if count:
                text = self.tr("{filter} {value} cuts {count}").format(
                    filter=translated(about[name].label),
                    value=QLocale().toString(float(getattr(self._sampling, name)), "g", 6),
                    count=QLocale().toString(count),
                )
                parts.append(text.replace(" ", "\u00a0").replace("-", "\u2011"))
        return "  ·  ".join(parts) or self.tr("Nothing is cut.")

    def _on_button_clicked(self) -> None:
        self._show_fold()
        self.unfolded.emit(self.button.isChecked())
        if self.wanted:
            self.appeared.emit()


def _share(room: QRectF, share: float) -> QRectF:
    """The left part of a bar, never thinner than its ends are round."""
    return QRectF(room.left(), room.top(), max(room.height(), room.width() * share), room.height())
