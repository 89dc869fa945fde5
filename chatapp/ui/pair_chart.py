"""What a training by pairs of answers means: the reward margin, and how often the better is ahead.

Paints what it is told. Knows nothing about how a reward is computed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from chatapp.ui import look
from chatapp.ui.loss_chart import GAP, across, thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatapp.chat import Loss
    from chatapp.taught import Preferred

    Value = Callable[[Preferred], float]

HEIGHT = 150  # pixels
LINES = 2  # of a grid
STILL = 0.1  # the least span of an axis, so that rounding is not shown as a mountain


class PairChart(QWidget):
    """Two plots side by side: lines for what is learned, points for what is held out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.losses: list[Loss] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_losses(self, losses: Sequence[Loss]) -> None:
        """Those of pairs, the oldest first."""
        self.losses = [loss for loss in losses if loss.preferred]
        self.setAccessibleName(self.tr("Reward margin and accuracy"))
        if self.losses and (last := self.losses[-1].preferred):
            told = self.tr("Margin {margin}, the better answer is ahead in {percent} %")
            self.setAccessibleDescription(
                told.format(margin=f"{last.margin:.2f}", percent=round(100 * last.accuracy))
            )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both plots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        half = (self.width() - 2 * GAP) / 2
        left = QRectF(0, 0, half, self.height())
        right = QRectF(half + 2 * GAP, 0, half, self.height())
        margins = [of.margin for loss in self.losses for of in _both(loss)]
        margins = [margin for margin in margins if math.isfinite(margin)]
        low, high = min([0.0, *margins]), max([STILL, *margins])
        self._paint(painter, left, self.tr("Reward margin"), (low, high), lambda of: of.margin)
        self._paint(
            painter, right, self.tr("Better answer ahead (%)"), (0.0, 100.0),
            lambda of: 100 * of.accuracy,
        )  # fmt: skip

    # -- private --

    def _paint(
        self,
        painter: QPainter,
        box: QRectF,
        title: str,
        axis: tuple[float, float],
        value: Value,
    ) -> None:
        wear, metrics = look.colours(), self.fontMetrics()
        left = metrics.horizontalAdvance("00.00") + 2 * GAP
        top = metrics.lineSpacing() + GAP
        plot = box.adjusted(left, top, -GAP, -GAP)
        head = QRectF(plot.left(), box.top(), plot.width(), metrics.lineSpacing())
        painter.setPen(QColor(wear.text))
        word = metrics.elidedText(title, Qt.TextElideMode.ElideRight, round(head.width()))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, word)
        low, high = axis
        decimals = 0 if high - low > 10 else 1
        for line in range(LINES + 1):
            y = plot.bottom() - plot.height() * line / LINES
            painter.setPen(QColor(wear.border))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            place = QRectF(box.left(), y - metrics.height() / 2, left - GAP, metrics.height())
            painter.setPen(QColor(wear.muted))
            painter.drawText(
                place,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{low + (high - low) * line / LINES:.{decimals}f}",
            )
        self._paint_values(painter, plot, axis, value)

    def _paint_values(
        self, painter: QPainter, plot: QRectF, axis: tuple[float, float], value: Value
    ) -> None:
        if not self.losses:
            return
        wear, steps = look.colours(), max(self.losses[-1].steps, 2)

        def at(step: int, of: Preferred) -> QPointF:
            share = (value(of) - axis[0]) / (axis[1] - axis[0])
            return QPointF(across(plot, step, steps), plot.bottom() - plot.height() * share)

        line = [at(loss.step, loss.preferred) for loss in thinned(self.losses) if loss.preferred]
        painter.setPen(QPen(QColor(wear.accent), 1.8))
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(QPen(QColor(wear.warning), 1.6))
        painter.setBrush(QColor(wear.warning))
        for loss in self.losses:
            if loss.preferred_unseen:
                painter.drawEllipse(at(loss.step, loss.preferred_unseen), 3, 3)


def _both(loss: Loss) -> list[Preferred]:
    return [of for of in (loss.preferred, loss.preferred_unseen) if of]
