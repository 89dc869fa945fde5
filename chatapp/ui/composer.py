"""Where a message is written: grows with the text, sends with Enter, never while composing.

Order of a send: Enter -> `submitted(text)` -> the window stores the text -> the window calls
`clear()`. The text therefore stays in the box whenever it could not be stored. Knows nothing about
conversations, drafts or the model.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.chat import clean
from chatapp.ui import look
from chatapp.ui.composing import Composing
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.file_chips import FileChips

# Laying out one unbroken line costs its length squared: 10,000 characters 5 ms, 100,000 175 ms.
EDITOR_CHARACTERS = 50_000
LINE_CHARACTERS = 10_000
SHARE_OF_WINDOW = 0.4
SMALLEST_WIDTH = 260
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


def size_text(text: str) -> str:
    """The size of a text in UTF-8: "1.0 MB", "84 kB"."""
    size = len(text.encode("utf-8", "replace"))
    return f"{size / 1e6:.1f} MB" if size >= 950_000 else f"{max(size // 1000, 1)} kB"


def local_files(source: QMimeData) -> list[str]:
    """The paths of the files that are pasted or dropped; web addresses are text."""
    return [url.toLocalFile() for url in source.urls() if url.isLocalFile()]


class Editor(QPlainTextEdit):
    """Plain text; Enter sends, Shift+Enter breaks, and heavy pastes are handed over."""

    sent = Signal()
    escaped = Signal()
    recalled = Signal()  # Up in an empty box
    pasted_heavy = Signal(str)
    pasted_files = Signal(object)  # list of paths

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        height = 2 * self.document().documentMargin() + 2
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
        if modifiers == modifier.ShiftModifier:
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


class PasteChip(QFrame):
    """Stands for pasted texts that are too long to show in the editor; hidden while empty."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.text = ""
        self._label = ElidedLabel()
        self.button = QPushButton()
        self.button.setProperty("kind", "quiet")
        self.button.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 2, 4, 2)
        layout.addWidget(self._label)
        layout.addWidget(self.button)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def add(self, text: str) -> None:
        """Take one more text."""
        self._hold(f"{self.text}\n\n{text}" if self.text else text)

    def clear(self) -> None:
        """Forget everything."""
        if self.text:
            self._hold("")

    def retranslate(self) -> None:
        """Set every text again."""
        name = self.tr("Pasted text, {size}").format(size=size_text(self.text))
        self._label.setText(name)
        self._label.setToolTip(self.text[:200])
        self.setAccessibleName(name)
        self.button.setText(self.tr("Remove"))
        self.button.setAccessibleName(self.tr("Remove the pasted text"))
        self.setVisible(bool(self.text))

    def _hold(self, text: str) -> None:
        self.text = text
        self.retranslate()
        self.changed.emit()


class Composer(QWidget):
    """The editor, its chip, the button that sends or stops, and a line of help."""

    submitted = Signal(str)
    stop_requested = Signal()
    attach_requested = Signal()
    files_dropped = Signal(object)  # list of paths
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._writing = False
        self._stopping = False
        self._hint = ""
        self.chip = PasteChip(self)
        self.files = FileChips(self)
        self.attach = QToolButton()
        self.editor = Editor()
        self.button = QPushButton()
        self.hint = ElidedLabel()
        self._build()
        self._connect()
        self.retranslate()
        self.setFocusProxy(self.editor)

    # -- slots ------------------------------------------------------------------------------------

    def set_writing(self, writing: bool) -> None:
        """An answer is being written: the button stops it."""
        if writing != self._writing:  # told again, a button that says "Stopping" stays
            self._writing, self._stopping = writing, False
            self._show_button()
            self._show_hint()

    def show_stopping(self) -> None:
        """The answer was asked to end, from wherever: said at once."""
        if self._writing:
            self._stopping = True
            self._show_button()

    def put_back(self, text: str) -> None:
        """A message that was taken back, before what stands there."""
        if self.editor.composing.active:
            QGuiApplication.inputMethod().commit()
        cursor = self.editor.textCursor()
        cursor.movePosition(cursor.MoveOperation.Start)
        self.editor.setTextCursor(cursor)
        self.editor.insert(f"{text}\n\n" if self.text() else text)
        self.editor.setFocus()

    def set_hint(self, hint: str) -> None:
        """The line below the box, already translated; "" brings the usual one back."""
        self._hint = hint
        self._show_hint()

    def text(self) -> str:
        """All that would be sent, pasted texts and files last; nothing that is being composed."""
        files = [attachment.fenced() for attachment in self.files.attachments()]
        parts = (self.editor.toPlainText(), self.chip.text, *files)
        return clean("\n\n".join(part for part in parts if part.strip()))

    def set_text(self, text: str) -> None:
        """Replace everything, as when a draft comes back."""
        self.clear()
        self.editor.insert(text)

    def clear(self) -> None:
        """Empty the box."""
        if self.editor.composing.active:
            QGuiApplication.inputMethod().commit()  # an input method survives no other order
        self.chip.clear()
        self.files.clear()
        self.editor.clear()

    def retranslate(self) -> None:
        """Set every text again."""
        self.editor.setPlaceholderText(self.tr("Write a message"))
        self.editor.setAccessibleName(self.tr("Message"))
        self.attach.setIcon(look.icon("attach"))
        self.attach.setToolTip(self.tr("Attach text files"))
        self.attach.setAccessibleName(self.tr("Attach text files"))
        self._show_hint()
        self._show_button()
        self.chip.retranslate()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language, the font and the scheme."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._show_button()
            self.attach.setIcon(look.icon("attach"))
        elif event.type() == QEvent.Type.FontChange:
            self.editor.fit()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the share of the window."""
        super().resizeEvent(event)
        self._limit()

    def moveEvent(self, event: QMoveEvent) -> None:
        """A taller window moves this widget without resizing it."""
        super().moveEvent(event)
        self._limit()

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._box = Box(self.editor)
        self.button.setProperty("kind", "primary")
        self.button.setMinimumSize(QSize(36, 36))
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the cursor in place
        self.hint.setProperty("tone", "muted")
        line = QHBoxLayout()
        line.setSpacing(8)
        self.attach.setFixedSize(36, 36)
        line.addWidget(self.attach, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.editor, 1)
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        inside = QVBoxLayout(self._box)
        inside.setContentsMargins(8, 6, 6, 6)
        inside.setSpacing(4)
        inside.addWidget(self.chip)
        inside.addWidget(self.files)
        inside.addLayout(line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(4)
        layout.addWidget(self._box)
        layout.addWidget(self.hint)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(SMALLEST_WIDTH)

    def _connect(self) -> None:
        self.button.clicked.connect(self._on_button_clicked)
        self.editor.sent.connect(self._send)
        self.editor.escaped.connect(self._stop)
        self.editor.pasted_heavy.connect(self.chip.add)
        self.editor.pasted_files.connect(self.files_dropped)
        self.editor.textChanged.connect(self._on_text_changed)
        self.chip.changed.connect(self._on_text_changed)
        self.files.changed.connect(self._on_text_changed)
        self.attach.clicked.connect(self.attach_requested)

    def _limit(self) -> None:
        tallest = round(self.window().height() * SHARE_OF_WINDOW)
        if tallest != self.editor.tallest:
            self.editor.tallest = tallest
            self.editor.fit()

    def _show_hint(self) -> None:
        usual = self.tr("Enter sends, Shift+Enter makes a new line")
        if self._writing:
            usual = self.tr("Enter sends after this answer, Esc stops it")
        self.hint.setText(self._hint or usual)

    def _show_button(self) -> None:
        if self._writing:
            label = self.tr("Stopping") if self._stopping else self.tr("Stop")
            tip, key, icon = self.tr("Stop the answer ({keys})"), "Esc", "stop"
        else:
            label, icon = self.tr("Send"), "send"
            tip, key = self.tr("Send the message ({keys})"), "Return"
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        self.button.setText(label)
        self.button.setAccessibleName(label)
        self.button.setToolTip(tip.format(keys=native))
        self.button.setIcon(look.icon(icon, look.colours().accent_text))
        self._enable_button()

    def _enable_button(self) -> None:
        texts = (self.chip.text, self.editor.toPlainText())
        filled = bool(self.files.chips) or any(text.strip() for text in texts)
        self.button.setEnabled(self._writing or filled)

    def _send(self) -> None:
        text = self.text()
        if text.strip():
            self.submitted.emit(text)

    def _stop(self) -> None:
        if self._writing:
            self.show_stopping()
            self.stop_requested.emit()

    def _on_button_clicked(self) -> None:
        if self._writing:
            self._stop()
        else:
            self._send()

    def _on_text_changed(self) -> None:
        self._enable_button()
        self.edited.emit()
