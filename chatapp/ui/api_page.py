"""The page of the local API: a switch, where it is reached, what a client needs, and who came.

Emits what a person wishes and shows what it is told. Knows nothing about sockets or threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.settings import App, knobs
from chatapp.ui.bare_area import BareArea
from chatapp.ui.bridge import told
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.knob_row import KnobBox, translated
from chatapp.ui.recipes import Recipes
from chatapp.ui.remote_card import RemoteCard
from chatapp.ui.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Failed, Served, UserError

State = Literal["off", "starting", "on", "failed"]

WIDEST = 920  # pixels
LOG_HEIGHT = 220


class ApiPage(BareArea):
    """Four cards: the switch, what to paste, the requests, and a model elsewhere."""

    switched = Signal(bool)
    port_changed = Signal(int)
    renew_requested = Signal()

    def __init__(self, address: str, port: int) -> None:
        super().__init__()
        self._state: State = "off"
        self._failure: Failed | UserError | None = None
        self._address = address
        self._model = ""
        self.title, self.state = QLabel(), QLabel(wordWrap=True)
        self.switch, self.free = QPushButton(), QPushButton()
        self.port = KnobBox(knobs(App)["port"], whole=True)
        self.token = QLineEdit(readOnly=True, echoMode=QLineEdit.EchoMode.Password)
        self.copy, self.renew = QPushButton(), QPushButton()
        self.model = ElidedLabel()
        self.recipes, self.log = Recipes(), RequestLog()
        self.remote = RemoteCard()
        self.none = QLabel()
        self._build(port)
        self._connect()
        self.retranslate()

    # -- slots ------------------------------------------------------------------------------------

    def show_state(self, state: State, failure: Failed | UserError | None = None) -> None:
        """Off, on its way, on, or why it could not be."""
        self._state, self._failure = state, failure
        self._show()

    def show_model(self, name: str) -> None:
        """Which model answers; empty for none."""
        self._model = name
        self._show()

    def show_token(self, token: str) -> None:
        """The token of now; empty before there is one."""
        self.token.setText(token)
        self._show()

    def add(self, entries: Sequence[Served]) -> None:
        """What was answered since the last call."""
        self.log.add(entries)
        self._show()

    def retranslate(self) -> None:
        """Every text again."""
        self.title.setText(self.tr("Local API"))
        for label, text in zip(self._labels, self._label_texts(), strict=True):
            label.setText(text)
        self.port.setAccessibleName(translated(knobs(App)["port"].label))
        self.port.setToolTip(translated(knobs(App)["port"].help))
        self.token.setAccessibleName(self.tr("Token"))
        self.copy.setText(self.tr("Copy"))
        self.copy.setAccessibleName(self.tr("Copy the token"))
        self.renew.setText(self.tr("New token"))
        self.renew.setToolTip(self.tr("Programs that use the old one are refused from then on."))
        self.none.setText(self.tr("No requests yet."))
        self._show()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private ----------------------------------------------------------------------------------

    def _build(self, port: int) -> None:
        self.setFocusProxy(self.switch)
        # The row, not each card, ends at the greatest width: a layout asks a card how high it
        # is at a width, and would ask for one that the card does not take.
        inside, middle = QWidget(), QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(24, 20, 24, 24)
        row.addWidget(middle, stretch=1)
        row.addStretch()
        middle.setMaximumWidth(WIDEST)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        self.title.setProperty("tone", "title")
        column.addWidget(self.title)
        self._labels: list[QLabel] = []
        for card in (self._switch_card(port), self._recipe_card(), self._log_card(), self.remote):
            column.addWidget(card)
        column.addStretch(1)
        self.hold(inside)

    def _switch_card(self, port: int) -> QFrame:
        card, column = _card()
        self.switch.setProperty("kind", "primary")
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = QHBoxLayout()
        top.addWidget(self.state, stretch=1)
        for button in (self.free, self.switch):
            top.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        self.port.setValue(port)
        address = QLabel(self._address)
        address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        token = QHBoxLayout()
        token.setSpacing(8)
        for widget in (self.token, self.copy, self.renew):
            token.addWidget(widget)
        for row in range(4):
            grid.addWidget(self._labelled("muted"), row, 0)
        grid.addWidget(address, 0, 1)
        grid.addWidget(self.port, 1, 1)
        grid.addLayout(token, 2, 1)
        grid.addWidget(self.model, 3, 1)
        column.addLayout(grid)
        note = self._labelled("muted")
        note.setWordWrap(True)
        column.addWidget(note)
        return card

    def _recipe_card(self) -> QFrame:
        card, column = _card()
        column.addWidget(self._labelled("heading"))
        column.addWidget(self.recipes)
        return card

    def _log_card(self) -> QFrame:
        card, column = _card()
        column.addWidget(self._labelled("heading"))
        self.none.setProperty("tone", "muted")
        column.addWidget(self.none)
        self.log.setMinimumHeight(LOG_HEIGHT)
        column.addWidget(self.log)
        return card

    def _labelled(self, tone: str) -> QLabel:
        label = QLabel()
        label.setProperty("tone", tone)
        self._labels.append(label)
        return label

    def _label_texts(self) -> tuple[str, ...]:
        """In the order in which `_build` made them."""
        return (
            self.tr("Address"),
            translated(knobs(App)["port"].label),
            self.tr("Token"),
            self.tr("Model"),
            self.tr(
                "Programs must send the token. Web pages are refused, and other computers cannot "
                "reach it. It is off again when ChatApp starts."
            ),
            self.tr("To paste into a program"),
            self.tr("Requests"),
        )

    def _connect(self) -> None:
        self.switch.clicked.connect(self._on_switch_clicked)
        self.free.clicked.connect(self._on_free_clicked)
        self.port.valueChanged.connect(self._on_port_value_changed)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.renew.clicked.connect(self.renew_requested)

    def _show(self) -> None:
        running = self._state in ("starting", "on")
        self.switch.setText(self.tr("Switch off") if running else self.tr("Switch on"))
        self.state.setText(self._state_text())
        self.port.setEnabled(not running)
        self.copy.setEnabled(bool(self.token.text()))
        free = self._free_port()
        self.free.setText(self.tr("Use {port}").format(port=free))
        self.free.setVisible(bool(free))
        self.token.setPlaceholderText(self.tr("Made when you switch the API on"))
        self.model.setText(self._model or self.tr("No model is loaded."))
        empty = self.log.topLevelItemCount() == 0
        self.none.setVisible(empty)
        self.log.setVisible(not empty)
        self.recipes.show_values(self._url, self.token.text(), self._model)

    def _state_text(self) -> str:
        if self._failure is not None:
            return "  ".join(told(self._failure))
        words = {
            "off": self.tr(
                "Off. Other programs on this computer can use your model when you switch this on."
            ),
            "starting": self.tr("Starting…"),
            "on": self.tr("On. Programs on this computer reach it at {url}."),
        }
        return words.get(self._state, "").format(url=self._url)

    @property
    def _url(self) -> str:
        return f"http://{self._address}:{self.port.value():.0f}/v1"

    def _free_port(self) -> int:
        """The port that a failure proposes."""
        values = dict(self._failure.values) if self._failure is not None else {}
        return int(values.get("free", 0))

    # -- private slots ----------------------------------------------------------------------------

    def _on_switch_clicked(self) -> None:
        self.switched.emit(self._state not in ("starting", "on"))

    def _on_free_clicked(self) -> None:
        self.port.setValue(self._free_port())
        self.switched.emit(True)

    def _on_port_value_changed(self, port: float) -> None:
        self.show_state("off")
        self.port_changed.emit(int(port))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.token.text())


def _card() -> tuple[QFrame, QVBoxLayout]:
    card = QFrame()
    card.setProperty("kind", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(18, 16, 18, 16)
    column.setSpacing(12)
    return card, column
