"""Where a message is written: grows with the text, sends with Enter, never while composing.

Order of a send: Enter -> `submitted(text)` -> the window stores the text -> the window calls
`clear()`. The text therefore stays in the box whenever it could not be stored. Knows nothing about
conversations, drafts or the model.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.chat import clean
from chatapp.ui import habits, look
from chatapp.ui.editor import Box, Editor
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.file_chips import FileChips
from chatapp.ui.help import native
from chatapp.ui.opening_line import OpeningLine

SHARE_OF_WINDOW = 0.4
SMALLEST_WIDTH = 260


def size_text(text: str) -> str:
    """The size of a text in UTF-8: "1.0 MB", "84 kB"."""
    size = len(text.encode("utf-8", "replace"))
    return f"{size / 1e6:.1f} MB" if size >= 950_000 else f"{max(size // 1000, 1)} kB"


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
        self._writing = 0
        self._stopping = False
        self._hint = ""
        self.chip = PasteChip(self)
        self.files = FileChips(self)
        self.attach = QToolButton()
        self.editor = Editor()
        self.button = QPushButton()
        self.hint = ElidedLabel()
        self.opening = OpeningLine(self)
        self.begin = QPushButton()  # opens it
        self._build()
        self._connect()
        self.retranslate()

    # -- slots ------------------------------------------------------------------------------------

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """The keyboard goes to the box. With a focus proxy Tab would pass by what is before it."""
        self.editor.setFocus(reason)

    def follow_zoom(self) -> None:
        """Write in the size of the conversation."""
        self.editor.setFont(look.zoomed(QGuiApplication.font()))
        self.editor.fit()

    def set_writing(self, writing: int) -> None:
        """So many answers are being written: the button stops them."""
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
        self.opening.clear()
        self.begin.show()

    def open_opening(self) -> None:
        """Let the person say how the reply is to begin."""
        self.begin.hide()
        self.opening.open_line()

    def retranslate(self) -> None:
        """Set every text again."""
        self.editor.setPlaceholderText(self.tr("Write a message"))
        self.editor.setAccessibleName(self.tr("Message"))
        self.begin.setText(self.tr("Start reply with…"))
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
        self.begin.setProperty("kind", "link")
        self.begin.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        below = QHBoxLayout()
        below.addWidget(self.hint, 1)
        below.addWidget(self.begin)
        layout.addWidget(self._box)
        layout.addWidget(self.opening)
        layout.addLayout(below)
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
        self.begin.clicked.connect(self.open_opening)
        self.opening.sent.connect(self._send)
        self.opening.left.connect(self._on_opening_left)

    def _limit(self) -> None:
        tallest = round(self.window().height() * SHARE_OF_WINDOW)
        if tallest != self.editor.tallest:
            self.editor.tallest = tallest
            self.editor.fit()

    def _show_hint(self) -> None:
        if habits.enter_sends():
            usual = self.tr("Enter sends, Shift+Enter makes a new line")
            if self._writing:
                usual = self.tr("Enter sends after this answer, Esc stops it")
        else:
            usual = self.tr("{keys} sends, Enter makes a new line")
            if self._writing:
                usual = self.tr("{keys} sends after this answer, Esc stops it")
            usual = usual.format(keys=native(habits.sending_keys()))
        self.hint.setText(self._hint or usual)

    def _show_button(self) -> None:
        if self._writing:
            one = self._writing == 1
            label = self.tr("Stop") if one else self.tr("Stop all")
            label = self.tr("Stopping") if self._stopping else label
            tip = self.tr("Stop the answer ({keys})") if one else self.tr("Stop all ({keys})")
            key, icon = "Esc", "stop"
        else:
            label, icon = self.tr("Send"), "send"
            tip, key = self.tr("Send the message ({keys})"), habits.sending_keys()
        self.button.setText(label)
        self.button.setAccessibleName(label)
        self.button.setToolTip(tip.format(keys=native(key)))
        self.button.setIcon(look.icon(icon, look.colours().accent_text))
        self._enable_button()

    def _enable_button(self) -> None:
        texts = (self.chip.text, self.editor.toPlainText())
        filled = bool(self.files.chips) or any(text.strip() for text in texts)
        self.button.setEnabled(bool(self._writing) or filled)

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

    def _on_opening_left(self) -> None:
        self.begin.show()
        self.editor.setFocus()

    def _on_text_changed(self) -> None:
        self._enable_button()
        self.edited.emit()
