"""The losses of a training as two curves, and the learning rate below them.

Paints what it is told. Knows nothing about what a loss means.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Loss

HEIGHT = 230  # pixels
LINES = 4  # of the grid
RATE = 28  # pixels: the strip of the learning rate
GAP = 8  # pixels
MOST = 600  # points that a curve is painted with


class LossChart(QWidget):
    """What is learned as a line, what is held out as points, the best of them with a ring."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.losses: list[Loss] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_losses(self, losses: Sequence[Loss]) -> None:
        """These, the oldest first."""
        self.losses = list(losses)
        self.setAccessibleName(self.tr("Losses"))
        if losses:
            told = self.tr("Step {step} of {steps}, loss {loss}")
            last = losses[-1]
            self.setAccessibleDescription(
                told.format(step=last.step, steps=last.steps, loss=f"{last.train:.3f}")
            )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The grid, the curves, the words beside them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("00.00") + 2 * GAP
        top = metrics.lineSpacing() + GAP
        plot = QRectF(left, top, self.width() - left - GAP, self.height() - top - RATE - 2 * GAP)
        low, high = self._range()
        self._paint_grid(painter, plot, low, high)
        self._paint_legend(painter, left)
        if not self.losses:
            return
        wear = look.colours()
        steps = max(self.losses[-1].steps, 2)
        points = [
            QPointF(across(plot, loss.step, steps), _y(plot, loss.train, low, high))
            for loss in thinned(self.losses)
        ]
        painter.setPen(QPen(QColor(wear.accent), 1.8))
        painter.drawPolyline(QPolygonF(points))
        self._paint_checks(painter, plot, steps, low, high)
        strip = QRectF(left, plot.bottom() + 2 * GAP, plot.width(), RATE - GAP)
        self._paint_rate(painter, strip, steps)

    # -- private --

    def _range(self) -> tuple[float, float]:
        """The lowest and the highest loss that is shown."""
        values = [loss.train for loss in self.losses]
        values += [loss.validation for loss in self.losses if loss.validation is not None]
        values = [value for value in values if math.isfinite(value)]
        if not values:
            return 0.0, 1.0
        low, high = min(values), max(values)
        room = max(high - low, 0.1) * 0.06
        return max(0.0, low - room), high + room

    def _paint_grid(self, painter: QPainter, plot: QRectF, low: float, high: float) -> None:
        wear, metrics = look.colours(), self.fontMetrics()
        for line in range(LINES + 1):
            y = plot.bottom() - plot.height() * line / LINES
            painter.setPen(QColor(wear.border))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            if not self.losses:
                continue
            value = f"{low + (high - low) * line / LINES:.2f}"
            box = QRectF(0, y - metrics.height() / 2, plot.left() - GAP, metrics.height())
            painter.setPen(QColor(wear.muted))
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value
            )

    def _paint_legend(self, painter: QPainter, left: float) -> None:
        wear, metrics = look.colours(), self.fontMetrics()
        x, middle = left, metrics.lineSpacing() / 2
        entries = ((wear.accent, self.tr("learned")), (wear.warning, self.tr("held out")))
        for place, (ink, word) in enumerate(entries):
            if place:
                painter.setPen(QPen(QColor(ink), 2))
                painter.setBrush(QColor(ink))
                painter.drawEllipse(QPointF(x + 8, middle), 3.5, 3.5)
            else:
                painter.setPen(QPen(QColor(ink), 2))
                painter.drawLine(QPointF(x, middle), QPointF(x + 16, middle))
            painter.setPen(QColor(wear.text))
            wide = metrics.horizontalAdvance(word)
            painter.drawText(
                QRectF(x + 22, 0, wide + 4, metrics.lineSpacing()), Qt.AlignmentFlag.AlignLeft, word
            )
            x += 22 + wide + 20

    def _paint_checks(
        self, painter: QPainter, plot: QRectF, steps: int, low: float, high: float
    ) -> None:
        ink = QColor(look.colours().warning)
        checks = [
            (loss, QPointF(across(plot, loss.step, steps), _y(plot, loss.validation, low, high)))
            for loss in self.losses
            if loss.validation is not None
        ]
        painter.setPen(QPen(ink, 1.2, Qt.PenStyle.DotLine))
        painter.drawPolyline(QPolygonF([point for _, point in checks]))
        painter.setPen(QPen(ink, 1.6))
        for _, point in checks:
            painter.setBrush(ink)
            painter.drawEllipse(point, 3, 3)
        if checks:
            best = min(checks, key=lambda check: check[0].validation or 0.0)[1]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(best, 7, 7)

    def _paint_rate(self, painter: QPainter, strip: QRectF, steps: int) -> None:
        wear, metrics = look.colours(), self.fontMetrics()
        top = max(loss.learning_rate for loss in self.losses) or 1.0
        points = [
            QPointF(
                across(strip, loss.step, steps),
                strip.bottom() - strip.height() * loss.learning_rate / top,
            )
            for loss in thinned(self.losses)
        ]
        painter.setPen(QPen(QColor(wear.border_strong), 1.2))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QColor(wear.muted))
        box = QRectF(0, strip.top(), strip.left() - GAP, strip.height())
        word = metrics.elidedText(self.tr("rate"), Qt.TextElideMode.ElideRight, round(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, word)


def across(plot: QRectF, step: int, steps: int) -> float:
    """Where a step stands in the plot."""
    return plot.left() + plot.width() * (step - 1) / (steps - 1)


def _y(plot: QRectF, value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if math.isfinite(value) else 1.0
    return plot.bottom() - plot.height() * share


def thinned(losses: Sequence[Loss]) -> Sequence[Loss]:
    """No more points than can be told apart, the last one among them."""
    every = max(1, len(losses) // MOST)
    return [*losses[:-1:every], losses[-1]]
