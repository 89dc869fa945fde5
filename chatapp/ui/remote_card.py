"""The card of a model elsewhere: name, address, key, a test, and a switch; and the badge of a chat.

Emits what a person wishes and shows what it is told. Knows nothing about connections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)

from chatapp.endpoint import Endpoint
from chatapp.ui.bridge import told
from chatapp.ui.composing import Composing

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.chat import Failed, UserError

LONGEST = 200  # characters of a field
SHOWN = 6  # models that are named
WIDEST = 220  # pixels of the badge's words


class RemoteCard(QFrame):
    """Four fields, two buttons, and what became of it."""

    test_requested = Signal()
    switched = Signal(bool)
    changed = Signal()  # a field, by a person, once it is complete

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._used = False
        self._words: Callable[[], str] = str
        self._kept_at = ("", "")  # scheme and host for which the key was written
        self.title, self.note, self.state = QLabel(), QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.name, self.url, self.model, self.key = (QLineEdit() for _ in range(4))
        self.test, self.switch = QPushButton(), QPushButton()
        self._build()
        self._connect()
        self.retranslate()

    # -- slots ------------------------------------------------------------------------------------

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Fill the fields and tell nobody."""
        values = (endpoint.name, endpoint.url, endpoint.model, endpoint.key)
        for field, value in zip(self._fields, values, strict=True):
            field.setText(value)
        self._kept_at = _origin(endpoint.url)
        self._show()

    def endpoint(self) -> Endpoint:
        """As the fields say."""
        name, url, model, key = (field.text() for field in self._fields)
        return Endpoint(url, name, model, key)

    def show_used(self, name: str) -> None:
        """It answers now, under this name; empty: it does not."""
        self._used = bool(name)
        self._tell(lambda: self.tr("{name} answers.").format(name=name) if name else "")

    def show_waiting(self) -> None:
        """It is being asked."""
        self._tell(lambda: self.tr("Asking…"))

    def show_models(self, names: tuple[str, ...]) -> None:
        """The test went well."""
        listed = ", ".join(names[:SHOWN]) + ("…" if len(names) > SHOWN else "")
        self._tell(
            lambda: (
                self.tr("It answers. Its models: {names}").format(names=listed)
                if listed
                else self.tr("It answers, but does not say which models it has.")
            )
        )

    def show_failure(self, failure: Failed | UserError) -> None:
        """Why it could not be reached."""
        self._tell(lambda: "  ".join(told(failure)))

    def retranslate(self) -> None:
        """Every text again."""
        self.title.setText(self.tr("A model elsewhere"))
        self.note.setText(
            self.tr(
                "While it answers, the conversation you write in is sent there. Top-k, min-p and "
                "repetition penalty have no effect on it. ChatApp starts with a model of this "
                "computer again."
            )
        )
        texts = (self.tr("Name"), self.tr("Address"), self.tr("Model"), self.tr("Key"))
        for label, field, text in zip(self._labels, self._fields, texts, strict=True):
            label.setText(text)
            field.setAccessibleName(text)
        self.name.setPlaceholderText(self.tr("As the badge calls it"))
        self.model.setPlaceholderText(self.tr("The first that it offers"))
        self.test.setText(self.tr("Test"))
        self._show()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private ----------------------------------------------------------------------------------

    @property
    def _fields(self) -> tuple[QLineEdit, ...]:
        return self.name, self.url, self.model, self.key

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(12)
        self.title.setProperty("tone", "heading")
        self.note.setProperty("tone", "muted")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.url.setPlaceholderText("https://")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        self._labels = []
        for row, field in enumerate(self._fields):
            field.setMaxLength(LONGEST)
            Composing(field)
            label = QLabel()
            label.setProperty("tone", "muted")
            label.setBuddy(field)
            self._labels.append(label)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.state, stretch=1)
        for button in (self.test, self.switch):
            below.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.title)
        column.addWidget(self.note)
        column.addLayout(grid)
        column.addLayout(below)

    def _connect(self) -> None:
        self.url.textChanged.connect(self._on_url_text_changed)
        for field in self._fields:
            field.textChanged.connect(self._show)
            field.editingFinished.connect(self.changed)
        self.test.clicked.connect(self.test_requested)
        self.switch.clicked.connect(self._on_switch_clicked)

    def _tell(self, words: Callable[[], str]) -> None:
        self._words = words
        self._show()

    def _show(self) -> None:
        self.state.setText(self._words())
        self.state.setVisible(bool(self.state.text()))
        self.switch.setText(
            self.tr("Use a model of this computer") if self._used else self.tr("Use it")
        )
        named = bool(self.url.text().strip())
        self.test.setEnabled(named)
        self.switch.setEnabled(named or self._used)

    # -- private slots ----------------------------------------------------------------------------

    def _on_url_text_changed(self, url: str) -> None:
        """A key goes to the one host that it was written for."""
        if _origin(url) != self._kept_at:
            self._kept_at = _origin(url)
            self.key.clear()

    def _on_switch_clicked(self) -> None:
        self.switched.emit(not self._used)


class SentTo(QLabel):
    """The badge of a chat that leaves this computer."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._name = ""
        self.setProperty("kind", "sent")
        self.hide()

    def show_name(self, name: str) -> None:
        """Who is sent what a person writes; empty: nobody."""
        self._name = name
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._show()
        super().changeEvent(event)

    def _show(self) -> None:
        words = self.tr("Sent to {name}").format(name=self._name)
        self.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, WIDEST))
        about = self.tr("What you write in a chat leaves this computer.")
        self.setToolTip(f"{words}\n{about}")
        self.setAccessibleName(words)
        self.setVisible(bool(self._name))


def _origin(url: str) -> tuple[str, str]:
    """What a key is bound to; the port counts, what follows it does not."""
    try:
        parts = urlsplit(url.strip().lower())
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc
