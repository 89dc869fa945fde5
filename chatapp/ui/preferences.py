"""The page of preferences: a card for each kind, a row for each setting, and a search for them.

A row has its effect at once, so there is no button that applies. Generated from the knobs of
`settings.App`. Knows nothing about what a setting does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from chatapp import offline
from chatapp.settings import App, knobs
from chatapp.ui.bare_area import BareArea
from chatapp.ui.belongings import Belongings
from chatapp.ui.card import Card, toned
from chatapp.ui.composing import Composing
from chatapp.ui.help import Help, native
from chatapp.ui.knob_row import KnobRow
from chatapp.ui.search_box import name_clearing

if TYPE_CHECKING:
    from collections.abc import Mapping

CARDS = {
    "general": ("language", "scheme", "notify"),
    "chat": ("send", "thoughts", "figures"),
    "models": ("idle_minutes", "offline"),
}
_SIZE = (620, 680)  # pixels, at most


class Preferences(Help):
    """Every row tells what it was changed to."""

    changed = Signal(str, object)  # name, value

    def __init__(self, app: App, folders: Mapping[str, str], parent: QWidget) -> None:
        """`folders`: those of `Belongings`."""
        super().__init__(parent)
        self.belongings = Belongings(folders)
        self.rows: dict[str, KnobRow] = {}
        self.cards: dict[str, Card] = {}
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(True)
        Composing(self.field)
        self.nothing = toned("muted")
        inside = QWidget()
        self._inside = QVBoxLayout(inside)
        self._inside.setContentsMargins(0, 0, 8, 0)
        self._inside.setSpacing(12)
        for name, rows in CARDS.items():
            self._add(name, rows, app)
        self._inside.addWidget(self.belongings)
        self._inside.addStretch()
        self._area = BareArea()
        self._area.hold(inside)
        self.column.addWidget(self.field)
        self.column.addWidget(self.nothing)
        self.column.addWidget(self._area, stretch=1)
        self.finish()
        self.leave.setDefault(False)  # Enter belongs to the rows
        self.leave.setAutoDefault(False)
        self.field.textChanged.connect(self._seek)
        self._retranslate()
        self._seek("")
        wide, high = _SIZE
        self.resize(min(wide, parent.width() - 40), min(high, parent.height() - 40))

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Settings that were changed elsewhere."""
        for name in values.keys() & self.rows.keys():
            self.rows[name].show_value(values[name])

    def tell(self, text: str) -> None:
        """What came of a button."""
        self.belongings.tell(text)
        QTimer.singleShot(0, self, self._show_note)  # when it has its place

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language, which may have been changed here."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self._seek(self.field.text())
        super().changeEvent(event)

    # -- private --

    def _show_note(self) -> None:
        self._area.ensureWidgetVisible(self.belongings.note)

    def _add(self, name: str, rows: tuple[str, ...], app: App) -> None:
        card = self.cards[name] = Card()
        card.heading.setProperty("tone", "title")
        usual = App()
        for each in rows:
            row = self.rows[each] = KnobRow(each, knobs(App)[each], getattr(usual, each), True)
            row.show_value(getattr(app, each))
            row.changed.connect(self.changed)
            card.column.addWidget(row)
        self._inside.addWidget(card)

    def _titles(self) -> dict[str, str]:
        return {
            "general": self.tr("General"),
            "chat": self.tr("Chat"),
            "models": self.tr("Models"),
        }

    def _names(self) -> dict[str, dict[str, str]]:
        """What the choices of a row are called, where their own words would not do."""
        system, on, off = self.tr("As the system"), self.tr("On"), self.tr("Off")
        return {
            "language": {"system": system, "en": "English", "ja": "日本語"},
            "scheme": {"system": system, "light": self.tr("Light"), "dark": self.tr("Dark")},
            "notify": {"on": on, "off": off},
            "send": {
                "enter": self.tr("Enter sends"),
                "ctrl+enter": self.tr("{keys} sends, Enter makes a new line").format(
                    keys=native("Ctrl+Return")
                ),
            },
            "thoughts": {"folded": self.tr("Folded"), "open": self.tr("Open")},
            "figures": {"on": on, "off": off},
            "offline": {"on": on, "off": off},
        }

    def _retranslate(self) -> None:
        self.setWindowTitle(self.tr("Preferences"))
        self.leave.setText(self.tr("Close"))
        self.field.setPlaceholderText(self.tr("Search"))
        self.field.setAccessibleName(self.tr("Search the preferences"))
        name_clearing(self.field, self.tr("Empty the field"))
        for name, title in self._titles().items():
            self.cards[name].heading.setText(title)
        for name, choices in self._names().items():
            self.rows[name].offer(choices)
        told = self.tr("{name} is set, so nothing is asked in any case.")
        why = told.format(name=offline.sign()) if offline.sign() else ""
        self.rows["offline"].show_idle(why)
        self.nothing.setText(self.tr("No setting is called that."))

    def _seek(self, words: str) -> None:
        """Only the rows in whose label, help or choices all words stand."""
        wanted = words.casefold().split()
        for name, card in self.cards.items():
            rows = [self.rows[each] for each in CARDS[name]]
            for row in rows:
                told = row.told().casefold()
                row.setVisible(all(word in told for word in wanted))
            card.setVisible(any(not row.isHidden() for row in rows))
        told = self.belongings.told().casefold()
        self.belongings.setVisible(all(word in told for word in wanted))
        shown = (*self.cards.values(), self.belongings)
        self.nothing.setVisible(all(card.isHidden() for card in shown))
