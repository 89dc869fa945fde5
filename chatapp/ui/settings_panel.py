"""The panel of knobs: Chat (applies to the next answer) and Model (applies after a reload).

On top of Chat stand the preset and the system prompt. Every row is generated from the knobs of
`chatapp.settings`; nothing here names one, but for those that are explained. Knows nothing about
files, the engine or which value wins.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QLocale, QSize, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from chatapp.cards import short_name
from chatapp.settings import App, Loading, Sampling, knobs
from chatapp.ui.bare_area import BareArea
from chatapp.ui.fold import Fold
from chatapp.ui.inspector import Inspector
from chatapp.ui.knob_row import KnobRow
from chatapp.ui.model_words import exact_precision
from chatapp.ui.next_word import NextWord
from chatapp.ui.preset_bar import PresetBar
from chatapp.ui.seed_line import SeedLine
from chatapp.ui.system_prompt import SystemPrompt
from chatapp.ui.tab_bar import TabBar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatapp.chat import ModelInfo
    from chatapp.mixing import Origin

PROMINENT = ("temperature", "max_new_tokens")
SMALLEST_WIDTH = 260


class Page(BareArea):
    """The rows of one group; scrolls when the window is low."""

    changed = Signal(str, object)  # name, value

    def __init__(
        self, group: Any, explained: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows: dict[str, KnobRow] = {}
        self.inside = QWidget()
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(16, 16, 16, 16)
        self.column.setSpacing(14)
        for name, about in knobs(group).items():
            if about.shown:
                row = KnobRow(name, about, getattr(group, name), name in explained)
                row.changed.connect(self.changed)
                self.rows[name] = row
        rare = [row for name, row in self.rows.items() if knobs(group)[name].rare]
        for row in self.rows.values():
            if row not in rare:
                self.column.addWidget(row)
        self.more = Fold()
        for row in rare:
            self.more.column.addWidget(row)
        self.more.setVisible(bool(rare))
        self.column.addWidget(self.more)
        self.column.addStretch(1)
        self.hold(self.inside)

    def show_values(self, group: Any) -> None:
        """Show the values of a group and tell nobody."""
        for name, row in self.rows.items():
            row.show_value(getattr(group, name))

    def show_bases(self, base: Any, origins: Mapping[str, Origin]) -> None:
        """What each row's reset goes back to, and whose its value is."""
        for name, row in self.rows.items():
            row.show_base(getattr(base, name), origins.get(name, ""))


class SettingsPanel(QFrame):
    """Two tabs of knobs."""

    sampling_changed = Signal(object)  # Sampling
    loading_changed = Signal(object)  # Loading
    reload_requested = Signal()

    def __init__(
        self,
        sampling: Sampling | None = None,
        loading: Loading | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self._sampling = sampling or Sampling()
        self._loading = self._applied = loading or Loading()
        self.chat_page = Page(Sampling(), PROMINENT)
        self.model_page = Page(Loading(), tuple(knobs(Loading)))
        self.presets = PresetBar()
        self.system = SystemPrompt()
        self.next_word = NextWord()
        self.inspector = Inspector()
        self.seed = SeedLine()
        self.order = QLabel(wordWrap=True)  # in which the knobs act
        self._origins: Mapping[str, Origin] = {}
        self._sight = (
            0  # tokens: what the model sees where that is less than was set; 0 = it is not
        )
        self.idle = KnobRow("idle_minutes", knobs(App)["idle_minutes"], App().idle_minutes, True)
        self.foot, self.note = QWidget(), QLabel()
        self.reload_button = QPushButton()
        self._tabs = QTabWidget()
        self._tabs.setTabBar(TabBar())
        self._build()
        self._connect()
        self.retranslate()
        self.show_sampling(self._sampling)
        self.show_loading(self._loading)
        self.chat_page.rows["thinking"].hide()  # until a model is there that can

    # -- slots ------------------------------------------------------------------------------------

    def show_sampling(
        self,
        sampling: Sampling,
        base: Sampling | None = None,
        origins: Mapping[str, Origin] | None = None,
    ) -> None:
        """The values the next answer will use, what lies below them, and whose they are."""
        self._sampling = sampling
        self._origins = origins or {}
        self.chat_page.show_bases(base or Sampling(), self._origins)
        self.chat_page.show_values(sampling)
        self._show_chances(sampling)
        self._show_idle()
        self._show_own()

    def show_loading(self, loading: Loading) -> None:
        """The values the resident model was loaded with."""
        self._loading = self._applied = loading
        self.model_page.show_values(loading)
        self._show_reload()

    def show_model(self, info: ModelInfo) -> None:
        """Have only the rows that mean something to this model."""
        self.chat_page.rows["thinking"].setVisible(info.thinks)
        less = 0 < info.context_length < self._loading.context_length and not info.remote
        self._sight = info.context_length if less else 0
        self._show_sight()

    def set_loading(self, name: str, value: object) -> None:
        """As if the person had chosen it in the Model tab."""
        row = self.model_page.rows[name]
        if value != row.value:
            row.show_value(cast("Any", value))
            self._on_model_page_changed(name, value)

    def show_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Where a model can run on this machine: value of the knob, name.

        Of several graphics cards each is told with its number, as the help and the strip do.
        """
        several = sum(key.startswith("cuda") for key, _ in devices) > 1
        named = {
            key: f"{key}  {short_name(name)}" if several and key.startswith("cuda") else name
            for key, name in devices
        }
        self.model_page.rows["device"].offer({"auto": "", **named})

    def show_context_length(self) -> None:
        """Turn to the row that says how much of a conversation the model can see."""
        self._tabs.setCurrentIndex(1)
        row = self.model_page.rows["context_length"]
        self.model_page.ensureWidgetVisible(row)
        row.setFocus()

    def show_inspector(self, shown: bool) -> None:
        """Turn to the tokens, or back to the knobs of the next answer."""
        self._tabs.setCurrentIndex(2 if shown else 0)

    def retranslate(self) -> None:
        """Set every text again; the rows do their own."""
        self._show_idle()
        self._show_own()
        self._show_sight()
        self.order.setText(
            self.tr("Order in which they act: penalties, temperature, top-k, top-p, min-p.")
        )
        self._tabs.setTabText(0, self.tr("Chat"))
        self._tabs.setTabText(1, self.tr("Model"))
        self._tabs.setTabText(2, self.tr("Tokens"))
        self._tabs.setTabToolTip(2, self.tr("What an answer was made of, and what else could be"))
        self._tabs.setTabToolTip(0, self.tr("How the next answer is written"))
        self._tabs.setTabToolTip(1, self.tr("How the model is loaded"))
        self._tabs.setAccessibleName(self.tr("Settings"))
        about = knobs(Loading)["dtype"]
        self.model_page.rows["dtype"].offer({each: exact_precision(each) for each in about.choices})
        self.note.setText(self.tr("Applies after reload"))
        self.reload_button.setText(self.tr("Reload now"))
        self.reload_button.setToolTip(self.tr("Load the model again with these settings"))

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """As wide as the widest row needs: the pages never scroll sideways."""
        pages = (self.chat_page, self.model_page)
        rows = max(page.inside.minimumSizeHint().width() for page in pages)
        bar = self.chat_page.verticalScrollBar().sizeHint().width()
        return QSize(max(SMALLEST_WIDTH, rows + bar), super().minimumSizeHint().height())

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self._tabs.setDocumentMode(True)
        self._tabs.tabBar().setExpanding(True)  # document mode had switched it off
        chat = QWidget()
        column = QVBoxLayout(chat)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.chat_page, stretch=1)
        column.addWidget(self.next_word)
        self._tabs.addTab(chat, "")
        self._tabs.addTab(self._build_model(), "")
        self._tabs.addTab(self.inspector, "")
        for place, widget in enumerate((self.presets, self.system)):
            self.chat_page.column.insertWidget(place, widget)
        rows = self.chat_page.column
        rows.insertWidget(rows.indexOf(self.chat_page.rows["seed"]) + 1, self.seed)
        self.order.setProperty("tone", "muted")
        self.chat_page.more.column.addWidget(self.order)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._tabs)
        upper = (self._tabs.tabBar(), self.presets.reset, self.presets.list, self.presets.more,
                 self.system.field)  # fmt: skip
        for first, second in pairwise(upper):  # which were put in after the rows below them
            self.setTabOrder(first, second)
        box = self.chat_page.rows["seed"].box
        assert box is not None
        self.setTabOrder(box, self.seed.keep)

    def _build_model(self) -> QWidget:
        """The rows, and what a change of them needs below, in sight however far they scroll."""
        self.note.setProperty("tone", "muted")
        self.reload_button.setMinimumHeight(32)
        end = self.model_page.column.count() - 1  # before the stretch
        self.model_page.column.insertWidget(end, self.idle)
        foot = QVBoxLayout(self.foot)
        foot.setContentsMargins(16, 8, 16, 12)
        foot.addWidget(self.note)
        foot.addWidget(self.reload_button)
        model = QWidget()
        column = QVBoxLayout(model)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.model_page, stretch=1)
        column.addWidget(self.foot)
        return model

    def _connect(self) -> None:
        self.chat_page.changed.connect(self._on_chat_page_changed)
        self.model_page.changed.connect(self._on_model_page_changed)
        self.reload_button.clicked.connect(self._on_reload_button_clicked)

    def _show_idle(self) -> None:
        greedy = self._sampling.temperature == 0
        why = self.tr("At temperature 0 all of them would be equal.") if greedy else ""
        self.chat_page.rows["candidates"].show_idle(why)

    def _show_sight(self) -> None:
        """Where a model sees less than is set: how much, in the row that sets it."""
        note = ""
        if 0 < self._sight < self._loading.context_length:
            text = self.tr("This model sees at most {count} tokens, however many are set.")
            note = text.format(count=QLocale().toString(self._sight))
        self.model_page.rows["context_length"].show_note(note)

    def _show_own(self) -> None:
        """What of it all differs from what lies below, also where it is folded away."""
        self.presets.reset.setVisible("changed" in self._origins.values())
        self.seed.show_random(self._sampling.seed < 0)
        about = knobs(Sampling)
        count = sum(bool(self._origins.get(name)) for name in about if about[name].rare)
        more, some = self.tr("More"), self.tr("More ({count} set)")
        self.chat_page.more.call(some.format(count=count) if count else more)

    def _show_chances(self, sampling: Sampling) -> None:
        for pane in (self.next_word, self.inspector):
            pane.show_sampling(sampling)

    def _show_reload(self) -> None:
        """Which rows the resident model was not loaded with, and how to change that."""
        changed: dict[str, Origin] = {
            name: "changed"
            for name in knobs(Loading)
            if getattr(self._loading, name) != getattr(self._applied, name)
        }
        self.model_page.show_bases(Loading(), changed)
        self.reload_button.setEnabled(bool(changed))
        self.foot.setVisible(bool(changed))

    def _on_chat_page_changed(self, name: str, value: object) -> None:
        self._sampling = replace(self._sampling, **{name: cast("Any", value)})
        self._show_chances(self._sampling)
        self.sampling_changed.emit(self._sampling)

    def _on_model_page_changed(self, name: str, value: object) -> None:
        self._loading = replace(self._loading, **{name: cast("Any", value)})
        self._show_reload()
        self._show_sight()
        self.loading_changed.emit(self._loading)

    def _on_reload_button_clicked(self) -> None:
        self._applied = self._loading
        self._show_reload()
        self.reload_requested.emit()
