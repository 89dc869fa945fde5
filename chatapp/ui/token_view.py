"""An answer's tokens in its place in the conversation: each with a ground by its chance.

The less sure the model was, the stronger the ground; below a half the chance also stands there as
a small number, in percent. Knows nothing about filters or where tokens come from.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QToolTip, QVBoxLayout, QWidget

from chatapp.ui import look
from chatapp.ui.guests import Guest
from chatapp.ui.token_text import called, percent, visible

if TYPE_CHECKING:
    from chatapp.chat import Token

SURE, FAIR, DOUBTFUL = 0.9, 0.6, 0.3  # chances; from SURE on there is no ground
NUMBERED = 0.5  # below this the chance is written there
_FRAME = 24  # pixels around the letters


def ground(chance: float) -> str:
    """The ground of a token with this chance; empty = none."""
    wear = look.colours()
    if chance >= SURE:
        return ""
    if chance >= FAIR:
        return _mixed(wear.base, wear.found, 0.45)
    return wear.found if chance >= DOUBTFUL else _mixed(wear.found, wear.danger, 0.25)


class Letters(QTextEdit):
    """The text; the arrows go from token to token, the mouse points at one."""

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFont(look.text_font(QGuiApplication.font()))
        self._tokens: tuple[Token, ...] = ()
        self._around = ("", "")
        self._spans: list[tuple[int, int]] = []  # of each token, in the document
        self.present = -1

    def show_tokens(self, before: str, tokens: tuple[Token, ...], after: str = "") -> None:
        """Write them, between texts that have none."""
        self._around, self._tokens, self._spans = (before, after), tokens, []
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.insertText(before, self._shape("", look.colours().muted))
        for token in tokens:
            start = cursor.position()
            cursor.insertText(_shown(token), self._shape(ground(token.chance)))
            self._spans.append((start, cursor.position()))
            if token.chance < NUMBERED and self._spans[-1][0] < self._spans[-1][1]:
                cursor.insertText(f"{100 * token.chance:.0f}", self._number())
        cursor.insertText(after, self._shape("", look.colours().muted))
        cursor.endEditBlock()

    def go_to(self, number: int) -> None:
        """Mark this token and have it in view."""
        self.present = number
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(self.document())
        mark.cursor.setPosition(self._spans[number][0])
        mark.cursor.setPosition(self._spans[number][1], QTextCursor.MoveMode.KeepAnchor)
        shape = QTextCharFormat()
        shape.setBackground(QColor(look.colours().accent))
        shape.setForeground(QColor(look.colours().accent_text))
        mark.format = shape
        self.setExtraSelections([mark])
        place = QTextCursor(self.document())
        place.setPosition(self._spans[number][0])
        self.setTextCursor(place)

    def token_at(self, at: QPoint) -> int:
        """The number of the token under a point, -1 = none."""
        place = (
            self.document()
            .documentLayout()
            .hitTest(
                at.toPointF() + QPoint(0, self.verticalScrollBar().value()).toPointF(),
                Qt.HitTestAccuracy.ExactHit,
            )
        )
        number = bisect_right(self._spans, (place, 1 << 40)) - 1
        return number if place >= 0 and number >= 0 and place < self._spans[number][1] else -1

    # -- Qt events --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go to the neighbours; the rest is for reading and copying."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()), 0)
        if step and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.pointed.emit(max(0, min(len(self._tokens) - 1, self.present + step)))
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that selects nothing points at a token."""
        super().mouseReleaseEvent(event)
        number = self.token_at(event.position().toPoint())
        if number >= 0 and not self.textCursor().hasSelection():
            self.pointed.emit(number)

    def viewportEvent(self, event: QEvent) -> bool:
        """A token tells its chance."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.token_at(event.pos())
            token = self._tokens[number] if number >= 0 else None
            words = f"{visible(token.text)}  {percent(token.chance)}" if token else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours."""
        if event.type() == QEvent.Type.PaletteChange and self._tokens:
            before, after = self._around
            self.show_tokens(before, self._tokens, after)
            self.go_to(max(0, self.present))
        super().changeEvent(event)

    # -- private ----------------------------------------------------------------------------------

    def _shape(self, ground: str, ink: str = "") -> QTextCharFormat:
        shape = QTextCharFormat()
        shape.setForeground(QColor(ink or look.colours().text))
        if ground:
            shape.setBackground(QColor(ground))
        return shape

    def _number(self) -> QTextCharFormat:
        shape = self._shape("", look.colours().muted)
        shape.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        return shape


class TokenView(Guest):
    """Stands in the place of an answer while its tokens are looked at."""

    pointed = Signal(int)  # the number of a token
    left = Signal()  # something else took the place

    def __init__(
        self, message: int, before: str, tokens: tuple[Token, ...], after: str = ""
    ) -> None:
        super().__init__()
        self.message, self.tokens = message, tokens
        self._before = before
        self.letters = Letters()
        self.letters.show_tokens(before, tokens, after)
        self.letters.pointed.connect(self.pointed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.letters)
        self.setFocusProxy(self.letters)
        self._retranslate()

    def text_before(self, number: int) -> str:
        """The answer up to this token."""
        return self._before + "".join(token.text for token in self.tokens[:number])

    def go_to(self, number: int) -> None:
        """Mark this token."""
        self.letters.go_to(number)

    def height_for(self, width: int, tallest: int) -> int:
        """As high as the letters, then they scroll inside."""
        self.letters.document().setTextWidth(width - _FRAME)
        return min(tallest, round(self.letters.document().size().height()) + _FRAME)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        super().changeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Hidden by itself, and not with the page around it: it is gone."""
        super().hideEvent(event)
        if self.isHidden():
            self.left.emit()

    def _retranslate(self) -> None:
        self.letters.setAccessibleName(self.tr("Tokens of the answer"))


def _shown(token: Token) -> str:
    """Its text; what is none by its name, so that it can be pointed at."""
    if token.text:
        return token.text
    own = next((choice for choice in token.others if choice.id == token.id), None)
    return called(own) if own and own.special else ""


def _mixed(one: str, other: str, share: float) -> str:
    """A colour between two."""
    first, second = QColor(one), QColor(other)
    parts = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * share) for a, b in parts)).name()
