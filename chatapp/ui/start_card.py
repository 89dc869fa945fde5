"""The card of an empty chat that tells what comes after the built-in guide, with its buttons.

Shows what it is given and emits what the person wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from chatapp.ui import amounts
from chatapp.ui.card import toned
from chatapp.ui.model_words import called, light_word

if TYPE_CHECKING:
    from chatapp.first_steps import FirstSteps
    from chatapp.recommended import Advice
    from chatapp.shelf import Room, Row


class StartCard(QFrame):
    """Not there until `show_steps`."""

    chosen = Signal(str)  # start, get, others, add or open

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._steps: FirstSteps | None = None
        self.title, self.about = toned("heading"), toned("muted")
        self.first, self.second = QPushButton(), QPushButton()
        self.first.setProperty("kind", "primary")
        self.first.clicked.connect(self._on_first_clicked)
        self.second.clicked.connect(self._on_second_clicked)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 14, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.about, 1, 0)
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        buttons.addStretch()
        buttons.addWidget(self.first)
        buttons.addWidget(self.second)
        buttons.addStretch()
        grid.addLayout(buttons, 0, 1, 2, 1)
        self.hide()

    def show_steps(self, steps: FirstSteps | None) -> None:
        """This is what comes next; None = there is nothing to say."""
        self._steps = steps
        self.retranslate()
        self.setVisible(bool(self._words()))

    def retranslate(self) -> None:
        """Every text again, in the present language."""
        words = self._words()
        if not words:
            return
        title, about, labels = words
        self.title.setText(title)
        self.about.setText(about)
        self.second.setVisible(len(labels) > 1)
        for button, label in zip((self.first, self.second), labels, strict=False):
            button.setText(label)
            button.setAccessibleName(f"{label}: {title}")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _deeds(self) -> tuple[str, ...]:
        steps = self._steps
        if steps is None:
            return ()
        if steps.here:
            return ("start",)
        if steps.offline:
            return ("add", "open")
        return ("get", "others") if steps.advice else ()

    def _words(self) -> tuple[str, str, tuple[str, ...]] | None:
        """The title, what is below it, and the buttons."""
        steps = self._steps
        if steps and steps.here:
            return self._words_here(steps.here)
        if steps and steps.offline:
            return (
                self.tr("Offline. That is fine."),
                self.tr(
                    "The built-in guide needs no network. To bring a model from another computer, "
                    "copy its folder with config.json, tokenizer.json and all *.safetensors files."
                ),
                (self.tr("Add a folder…"), self.tr("Models folder")),
            )
        return self._words_advice(steps.advice, steps.room) if steps and steps.advice else None

    def _words_here(self, row: Row) -> tuple[str, str, tuple[str, ...]]:
        parts = (
            self.tr("Already on this computer"),
            amounts.size(row.model.bytes),
            light_word(row.light) if row.light else "",
        )
        title = self.tr("Chat with {name}").format(name=called(row.model))
        return title, "  ·  ".join(filter(None, parts)), (self.tr("Start"),)

    def _words_advice(self, advice: Advice, room: Room) -> tuple[str, str, tuple[str, ...]]:
        why = self.tr("The best of our list that fits {device}").format(device=room.device)
        if room.kind == "cpu":
            why = self.tr("The best of our list that fits this computer")
        size = self.tr("about {size} to download (estimate)")
        free = self.tr("{free} free on the disk")
        parts = (
            why,
            size.format(size=amounts.size(advice.stored_bytes)),
            advice.licence,
            free.format(free=amounts.size(room.disk_bytes)),
        )
        title = self.tr("Get {name}").format(name=advice.name)
        return title, "  ·  ".join(parts), (self.tr("Download…"), self.tr("Choose another"))

    # -- slots --

    def _on_first_clicked(self) -> None:
        self.chosen.emit(self._deeds()[0])

    def _on_second_clicked(self) -> None:
        self.chosen.emit(self._deeds()[1])
