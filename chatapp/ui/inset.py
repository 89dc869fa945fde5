"""A drawn formula in a line of a document: the gap that is left for it, and its painting.

The gap is an image without content. In a line of text it is as deep below the middle of the small
letters as it is high above, where Qt can put an image; so the formula finds its baseline on the
line's. Alone in its line it stands on the baseline. Nothing is loaded.
Knows nothing about where formulas come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainterPath,
    QPen,
    QPixmap,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
)

from chatapp.formula import EM

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from chatapp.formula import Outline, Shape

LETTER = "\ufffc"  # what stands for it in the document
SOURCE = QTextFormat.Property.UserProperty.value + 3  # what stands for it in plain text
_NAME = "formula:"
_SIDE = 1.0  # pixels free beside it
_APART = 3.0  # pixels free above and below one that is higher than its line
_ABOVE = 0.8  # of a fixed line height is above the baseline in Qt
_MINIMUM = QTextBlockFormat.LineHeightTypes.MinimumHeight.value


@dataclass(slots=True)
class Inset:
    """A formula at a position of a document. Pixels."""

    position: int
    source: str
    filled: QPainterPath  # units of the outline
    drawn: list[tuple[QPainterPath, float]]  # with the width of the line
    colour: QColor
    scale: float  # pixels to a unit
    width: float  # of the gap
    height: float
    drop: float  # its baseline is so far above the line's
    share: float = 1.0  # of its size, where the line is too short for it

    def fit(self, document: QTextDocument, room: float) -> None:
        """Be no wider than the line."""
        share = min(1.0, max(1.0, room) / self.width)
        if share != self.share:
            self.share = share
            cursor = QTextCursor(document)
            cursor.setPosition(self.position)
            cursor.movePosition(cursor.MoveOperation.Right, cursor.MoveMode.KeepAnchor)
            shape = cursor.charFormat().toImageFormat()
            shape.setWidth(self.width * share)
            shape.setHeight(self.height * share)
            cursor.setCharFormat(shape)

    def paint(self, painter: QPainter, document: QTextDocument) -> None:
        """Draw it on the baseline of its line."""
        block = document.findBlock(self.position)
        line = block.layout().lineForTextPosition(self.position - block.position())
        if not line.isValid():
            return
        x = line.cursorToX(self.position - block.position())[0]  # type: ignore[index]
        corner = document.documentLayout().blockBoundingRect(block).topLeft()
        painter.save()
        painter.translate(
            corner + QPointF(x + _SIDE, line.y() + line.ascent() - self.drop * self.share)
        )
        painter.scale(self.scale * self.share, self.scale * self.share)
        painter.fillPath(self.filled, self.colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for path, wide in self.drawn:
            painter.setPen(QPen(self.colour, wide))
            painter.drawPath(path)
        painter.restore()


def insert(
    cursor: QTextCursor,
    outline: Outline,
    source: str,
    worn: QTextCharFormat,
    em: float,
    alone: bool = False,
) -> Inset:
    """Leave the gap at the cursor, in the format worn there. `em`: the size of its text, pixels.

    `alone`: in the middle of a line of its own.
    """
    font = cursor.document().defaultFont()
    font.setPixelSize(round(em))
    half = QFontMetricsF(font).xHeight() / 2
    scale = em / EM
    ascent, depth = outline.ascent * scale, outline.depth * scale
    line = cursor.blockFormat()
    if alone:
        high, drop = ascent + depth, depth + _APART
        line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    else:
        high, drop = max(2 * ascent - half, 2 * depth + half, 1.0), 0.0
    above, below = _ABOVE * line.lineHeight(), (1 - _ABOVE) * line.lineHeight()
    if alone or ascent > above or depth > below:  # its line grows
        high += 2 * _APART
        line.setLineHeight(line.lineHeight(), _MINIMUM)
        cursor.setBlockFormat(line)
    made = Inset(
        cursor.position(),
        source,
        _path([shape for shape in outline.shapes if not shape.line]),
        [(_path([shape]), shape.line) for shape in outline.shapes if shape.line],
        worn.foreground().color(),
        scale,
        max(1.0, outline.width * scale + 2 * _SIDE),
        high,
        drop,
    )
    gap = _gap(made, worn, font.pixelSize())
    if not alone:
        gap.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    cursor.insertImage(gap)
    return made


def _gap(inset: Inset, worn: QTextCharFormat, pixels: int) -> QTextImageFormat:
    made = QTextImageFormat()
    made.merge(worn)
    made.setProperty(QTextFormat.Property.FontPixelSize, pixels)
    made.setName(_NAME)
    made.setWidth(inset.width)
    made.setHeight(inset.height)
    made.setProperty(SOURCE, inset.source)
    return made


def prepare(document: QTextDocument) -> None:
    """Give the document what a gap shows: nothing."""
    nothing = QPixmap(1, 1)
    nothing.fill(Qt.GlobalColor.transparent)
    document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(_NAME), nothing)


def _path(shapes: list[Shape]) -> QPainterPath:
    made = QPainterPath()
    made.setFillRule(Qt.FillRule.WindingFill)
    for shape in shapes:
        for name, at in shape.steps:
            if name == "M":
                made.moveTo(*at)
            elif name == "L":
                made.lineTo(*at)
            elif name == "Q":
                made.quadTo(*at)
            elif name == "C":
                made.cubicTo(*at)
            else:
                made.closeSubpath()
    return made
