"""A field for plain text that grows with it, and the frame around it.

Enter and Esc are told, keys of an input method stay its own, and what is too heavy to lay out is
handed over. Knows nothing about what becomes of the text.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from chatapp.chat import clean
from chatapp.ui import habits, look
from chatapp.ui.composing import Composing

# Laying out one unbroken line costs its length squared: 10,000 characters 5 ms, 100,000 175 ms.
EDITOR_CHARACTERS = 50_000
LINE_CHARACTERS = 10_000
_TALLEST_WITHOUT_WINDOW = 200
# Qt would show the placeholder in the text's colour at half strength: too faint to read.
_BARE = """QPlainTextEdit {
    border: none; padding: 0; background: transparent;
    placeholder-text-color: palette(placeholder-text);
}"""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def is_heavy(text: str, there: int = 0) -> bool:
    """True when an editor that holds `there` characters cannot take the text without a stall."""
    if there + len(text) > EDITOR_CHARACTERS:
        return True
    return max(map(len, text.split("\n"))) > LINE_CHARACTERS


def local_files(source: QMimeData) -> list[str]:
    """The paths of the files that are pasted or dropped; web addresses are text."""
    return [url.toLocalFile() for url in source.urls() if url.isLocalFile()]


class Editor(QPlainTextEdit):
    """Plain text; heavy pastes are handed over.

    Enter sends and Shift+Enter breaks, or as the person is used to it; where the text is `long`,
    Enter always breaks.
    """

    sent = Signal()
    escaped = Signal()
    recalled = Signal()  # Up in an empty box
    pasted_heavy = Signal(str)
    pasted_files = Signal(object)  # list of paths

    def __init__(self, parent: QWidget | None = None, long: bool = False) -> None:
        super().__init__(parent)
        self._long = long
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(_BARE)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(6)
        self.tallest = _TALLEST_WITHOUT_WINDOW
        self.composing = Composing(self)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)

    def fit(self) -> None:
        """Take the height of the text, from one line up to `tallest` pixels; then scroll."""
        wanted = self._wanted_height()
        policy = Qt.ScrollBarPolicy
        scrolls = wanted > self.tallest
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff
        )
        self.setFixedHeight(max(self.one_line(), min(wanted, self.tallest)))

    def _wanted_height(self) -> int:
        """Pixels for the whole text; stops counting once it is more than `tallest`."""
        height = self.document().documentMargin() + 2  # the last block brings the one below
        block = self.document().begin()
        while block.isValid() and height <= self.tallest:
            height += self.blockBoundingRect(block).height()  # lays out this block only
            block = block.next()
        return math.ceil(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps into another number of lines."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def one_line(self) -> int:
        """The height of an empty editor in pixels."""
        return self.fontMetrics().lineSpacing() + 2 * round(self.document().documentMargin()) + 2

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Esc are ours; `composing` has taken those of an input method before."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _ENTER:
            self._press_enter(event, modifiers)
        elif event.key() == Qt.Key.Key_Escape and not modifiers:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and not modifiers and self.document().isEmpty():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Text and files; pictures and HTML are not for this box."""
        return source.hasText() or bool(local_files(source))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste or drop: files, clean text, or a chip when it is too much to lay out."""
        if files := local_files(source):
            self.pasted_files.emit(files)
        else:
            self.insert(source.text())

    def insert(self, text: str) -> None:
        """Put a text at the cursor as a paste does."""
        text = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
        if is_heavy(text, self.document().characterCount()):
            self.pasted_heavy.emit(text)
        else:
            self.insertPlainText(text)
            self.ensureCursorVisible()

    def _press_enter(self, event: QKeyEvent, modifiers: Qt.KeyboardModifier) -> None:
        modifier = Qt.KeyboardModifier
        breaks = [modifier.ShiftModifier]
        if self._long or not habits.enter_sends():
            breaks.append(modifier.NoModifier)
        if modifiers in breaks:
            self.insertPlainText("\n")
            self.ensureCursorVisible()
        elif modifiers in (modifier.NoModifier, modifier.ControlModifier):
            if not event.isAutoRepeat():
                self.sent.emit()
        else:
            event.ignore()  # Alt+Enter belongs to the window


class Box(QWidget):
    """The frame around the editor, which shows the editor's focus."""

    def __init__(self, editor: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        editor.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Repaint when the focus comes or goes."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """A rounded field in the colours worn now."""
        colours, focused = look.colours(), self._editor.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QColor(colours.accent if focused else colours.border_strong)
        painter.setPen(QPen(edge, 2 if focused else 1))
        painter.setBrush(QColor(colours.base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
