"""The prompt as the model sees it: every token with its border, and what each message costs.

Shows one `Rendered` that somebody asked for. Knows nothing about models, hosts or templates.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QHelpEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QToolTip,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from chatapp.ui import look
from chatapp.ui.help import Help

if TYPE_CHECKING:
    from chatapp.chat import Message, Rendered

_SIZE = QSize(860, 640)
_ROOM = 40  # pixels of the window that stay in sight around it
_WORDS = 120  # characters of a message in the list


class Tokens(QPlainTextEdit):
    """A text whose tokens are told apart by their ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFont(look.code_font(QGuiApplication.font()))
        self._prompt: Rendered | None = None
        self._borders: list[int] = []  # where each token ends in the document

    def show_prompt(self, prompt: Rendered) -> None:
        """Write it, token by token."""
        self._prompt, self._borders = prompt, []
        self.clear()
        cursor, begin = QTextCursor(self.document()), 0
        cursor.beginEditBlock()
        grounds = self._grounds()
        for number, end in enumerate(prompt.ends):
            cursor.insertText(prompt.text[begin:end], grounds[number % 2])
            self._borders.append(cursor.position())
            begin = end
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.End)  # the newest message is what is asked for

    def seek(self, text: str) -> None:
        """Scroll to where this text stands; its last place is the likeliest."""
        found = self.document().find(text, self.document().characterCount() - 1,
                                     self.document().FindFlag.FindBackward)  # fmt: skip
        if not found.isNull():
            self.setTextCursor(found)
            self.centerCursor()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell the token under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._told(event), self)
            return True
        return super().viewportEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours."""
        if event.type() == QEvent.Type.PaletteChange and self._prompt:
            self.show_prompt(self._prompt)
        super().changeEvent(event)

    def _told(self, event: QHelpEvent) -> str:
        place = self.cursorForPosition(event.pos()).position()
        number = bisect_right(self._borders, place)
        if self._prompt is None or number >= len(self._borders):
            return ""
        text = self.tr("Token {number} of {count}, id {id}")
        return text.format(
            number=QLocale().toString(number + 1),
            count=QLocale().toString(self._prompt.tokens),
            id=self._prompt.ids[number],
        )

    def _grounds(self) -> tuple[QTextCharFormat, QTextCharFormat]:
        wear = look.colours()
        made = (QTextCharFormat(), QTextCharFormat())
        for shape, colour in zip(made, (wear.accent_soft, wear.found), strict=True):
            shape.setBackground(QColor(colour))
            shape.setForeground(QColor(wear.text))
        return made


class XRay(Help):
    """Messages above, the prompt below."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._messages: tuple[Message, ...] = ()
        self._prompt: Rendered | None = None
        self.setWindowTitle(self.tr("The prompt as the model sees it"))
        self.summary = QLabel(self.tr("There is nothing to answer yet."))
        self.summary.setWordWrap(True)
        self.list = QTreeWidget()
        self.text = Tokens()
        self.copy = QPushButton(self.tr("Copy the prompt"))
        self._build()
        self.resize(_SIZE.boundedTo(parent.size() - QSize(_ROOM, _ROOM)))

    # -- slots ------------------------------------------------------------------------------------

    def expect(self, messages: tuple[Message, ...]) -> None:
        """The prompt of these messages is on its way."""
        self._messages = messages
        self.summary.setText(self.tr("Counting…"))

    def show_prompt(self, prompt: Rendered) -> None:
        """Show what was counted; without its tokens' borders nothing."""
        if prompt.fits and not prompt.ends:
            return
        self._prompt = prompt
        self.summary.setText(self._summary(prompt))
        self.copy.setEnabled(prompt.fits)
        self.text.show_prompt(prompt)
        self._fill(prompt)

    def show_failure(self, words: str) -> None:
        """Why there is no prompt."""
        self.summary.setText(words)

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName(self.tr("Messages of the prompt"))
        self.list.setHeaderLabels(
            [self.tr("From"), self.tr("Text"), self.tr("Tokens"), self.tr("In the prompt")]
        )
        head = self.list.header()
        head.setStretchLastSection(False)
        for column in (0, 2, 3):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.list.currentItemChanged.connect(self._on_list_current_item_changed)
        self.text.setAccessibleName(self.windowTitle())
        both = QSplitter(Qt.Orientation.Vertical)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(5)
        both.addWidget(self.list)
        both.addWidget(self.text)
        both.setStretchFactor(0, 2)
        both.setStretchFactor(1, 3)
        self.copy.setEnabled(False)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.column.addWidget(self.summary)
        self.column.addWidget(both, stretch=1)
        self.finish()
        self.buttons.addButton(self.copy, self.buttons.ButtonRole.ActionRole)

    def _summary(self, prompt: Rendered) -> str:
        used, limit = QLocale().toString(prompt.tokens), QLocale().toString(prompt.limit)
        if not prompt.fits:
            text = self.tr("This prompt will not fit: it needs {used} tokens of {limit}.")
            return text.format(used=used, limit=limit)
        own = QLocale().toString(max(0, prompt.tokens - sum(prompt.counts)))
        said = [self.tr("{used} of {limit} tokens, {own} of them from the template.")]
        if prompt.dropped:
            said.append(self.tr("The oldest {dropped} messages are left out."))
        if prompt.next_dropped:
            said.append(self.tr("The next overflow would leave out {next} messages."))
        return "  ".join(said).format(
            used=used,
            limit=limit,
            own=own,
            dropped=QLocale().toString(prompt.dropped),
            next=QLocale().toString(prompt.next_dropped),
        )

    def _fill(self, prompt: Rendered) -> None:
        self.list.clear()
        names = {
            "system": self.tr("System prompt"),
            "user": self.tr("You"),
            "assistant": self.tr("Answer"),
        }
        head = int(self._messages[0].role == "system")
        rows = []
        for number, (message, count) in enumerate(zip(self._messages, prompt.counts, strict=True)):
            state = self._state(number - head, prompt)
            words = " ".join(message.text[:_WORDS].split())
            row = QTreeWidgetItem([names[message.role], words, QLocale().toString(count), state])
            row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            rows.append(row)
        self.list.addTopLevelItems(rows)
        self.list.scrollToBottom()

    def _state(self, place: int, prompt: Rendered) -> str:
        """What becomes of the message at this place behind the system prompt."""
        if not prompt.fits:
            return ""
        if 0 <= place < prompt.dropped:
            return self.tr("left out")
        if 0 <= place < prompt.dropped + prompt.next_dropped:
            return self.tr("goes next")
        return self.tr("yes")

    def _on_list_current_item_changed(self) -> None:
        item = self.list.currentItem()
        number = self.list.indexOfTopLevelItem(item) if item else -1
        if number >= 0:
            first = next(iter(self._messages[number].text.strip().splitlines()), "")
            self.text.seek(first[:_WORDS])

    def _on_copy_clicked(self) -> None:
        if self._prompt:
            QGuiApplication.clipboard().setText(self._prompt.text)
