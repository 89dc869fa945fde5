"""The tab of recommended models, by the memory that they need; works without a network.

A button leads to what the Hub says of the model. Knows nothing about how the list came about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import amounts
from chatapp.ui.bare_area import BareArea
from chatapp.ui.model_words import TONES, light_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatapp.memory import Light
    from chatapp.recommended import Advice, Tier

    Lights = Mapping[Advice, Light | None]


class AdviceTab(BareArea):
    """Empty until `show_tiers`."""

    offer_requested = Signal(str)  # organisation/model

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiers: Sequence[Tier] = ()
        self._memory = 0
        self._lights: Lights = {}
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(12)
        self.hold(inside)
        self.retranslate()

    def show_tiers(self, tiers: Sequence[Tier], memory_bytes: int, lights: Lights) -> None:
        """The list, how much memory this computer's graphics card has, and what fits now."""
        if (tiers, memory_bytes, lights) != (self._tiers, self._memory, self._lights):
            self._tiers, self._memory, self._lights = tiers, memory_bytes, lights
            self.retranslate()

    def retranslate(self) -> None:
        """Everything again, in the present language."""
        self.setWindowTitle(self.tr("Recommended"))
        while item := self._column.takeAt(0):
            if widget := item.widget():
                widget.setParent(None)  # out of sight and of reach now, whenever it ends
                widget.deleteLater()
        intro = _label(
            self.tr(
                "Models that are a good start, by the memory of the graphics card. They were not "
                "tried with ChatApp; sizes are estimates. A click shows the real size first; "
                "nothing is downloaded before you confirm it."
            ),
            "muted",
        )
        intro.setWordWrap(True)
        self._column.addWidget(intro)
        for tier in self._ordered():
            self._column.addWidget(self._card(tier))
        self._column.addStretch(1)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _ordered(self) -> list[Tier]:
        """This computer's own, which most people look for; then what needs less, then more."""
        own = next((n for n, tier in enumerate(self._tiers) if tier.holds(self._memory)), -1)
        return [*self._tiers[: own + 1][::-1], *self._tiers[own + 1 :]]

    def _card(self, tier: Tier) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "card")
        grid = QGridLayout(card)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        grid.addWidget(_label(self._heading(tier), "heading"), 0, 0, 1, 4)
        for row, advice in enumerate(tier.models, start=1):
            about = _label(self._about(advice), "muted")
            about.setWordWrap(True)
            button = QPushButton(self.tr("Download…"))
            button.setObjectName(advice.model)
            button.setToolTip(advice.model)
            button.setAccessibleName(self.tr("Download {name}…").format(name=advice.name))
            button.clicked.connect(self._on_button_clicked)
            fit = self._fit(advice)
            for column, widget in enumerate((_label(advice.name, "text"), about, fit, button)):
                grid.addWidget(widget, row, column)
        return card

    def _fit(self, advice: Advice) -> QLabel:
        """One word about this computer."""
        light = self._lights.get(advice)
        fit = _label(light_word(light) if light else "", TONES[light.word] if light else "muted")
        fit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return fit

    def _heading(self, tier: Tier) -> str:
        if tier.below_gb is None:
            text = self.tr("{low} GB and more").format(low=f"{tier.from_gb:g}")
        elif not tier.from_gb:
            text = self.tr("No graphics card, or less than {high} GB")
            text = text.format(high=f"{tier.below_gb:g}")
        else:
            text = self.tr("{low} to {high} GB")
            text = text.format(low=f"{tier.from_gb:g}", high=f"{tier.below_gb:g}")
        here = self.tr("{heading}: this computer")
        return here.format(heading=text) if tier.holds(self._memory) else text

    def _about(self, advice: Advice) -> str:
        parts = [advice.licence]
        if advice.bits:
            bits = self.tr("in {bits} bits")
            parts.append(bits.format(bits=" / ".join(map(str, advice.bits))))
        if advice.packed:
            needs = self.tr("{format}: needs more memory where the card cannot read it")
            parts.append(needs.format(format=advice.packed))
        need = self.tr("needs {size} of memory")
        if not advice.counted:
            need = self.tr("needs more than {size} of memory")
        parts.append(need.format(size=amounts.memory(advice.need_bytes)))
        parts.append(self.tr("{size} to download").format(size=amounts.size(advice.stored_bytes)))
        if advice.gated:
            parts.append(self.tr("its owner asks you to accept terms"))
        return "  ·  ".join(parts)

    def _on_button_clicked(self) -> None:
        self.offer_requested.emit(self.sender().objectName())


def _label(text: str, tone: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("tone", tone)
    return label
