"""The tab that searches the Hub: words and filters, what was found, and the details of one.

Nothing is asked before the person searches or chooses. Emits what the person wants; knows nothing
about the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from chatapp.ui import amounts, look
from chatapp.ui.bridge import told
from chatapp.ui.composing import Composing
from chatapp.ui.flow import Flow
from chatapp.ui.halves import Halves
from chatapp.ui.lines import Line, LineView
from chatapp.ui.model_words import TONES, light_word
from chatapp.ui.offer_detail import Looked, OfferDetail

if TYPE_CHECKING:
    from chatapp.chat import Failed
    from chatapp.hub import Entry
    from chatapp.memory import Light

LICENCES = ("", "apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0", "cc-by-sa-4.0")
SIZES = (0, 1, 2, 4, 9, 15, 40)  # billions of parameters; 0 = any
LANGUAGES = ("", "en", "ja", "zh", "ko", "de", "fr", "es", "pt")  # as the Hub writes them
LOOK_MS = 250  # after the current row has changed: arrows pass by many

Hit = tuple["Entry", "Light | None"]


class FindTab(QWidget):
    """Tells what to search and what to look at."""

    search_requested = Signal(object)  # the arguments of `hub.Search`, as a dict
    look_requested = Signal(str)  # a model's name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hits: tuple[Hit, ...] | None = None
        self._failure: Failed | None = None
        self._searching = False
        self._local = 0  # models that work without a network
        self.field = QLineEdit(clearButtonEnabled=True)
        self.field.returnPressed.connect(self.search)
        Composing(self.field)
        self.button = QPushButton()
        self.button.clicked.connect(self.search)
        self.licence, self.largest, self.language = QComboBox(), QComboBox(), QComboBox()
        for box, choices in ((self.licence, LICENCES), (self.largest, SIZES),
                             (self.language, LANGUAGES)):  # fmt: skip
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            for choice in choices:
                box.addItem("", choice)
        self.text_only, self.open_only = QCheckBox(), QCheckBox()
        self.text_only.setChecked(True)
        self.fitting = QCheckBox()
        self.fitting.toggled.connect(self._on_fitting_toggled)
        self.told = QLabel(wordWrap=True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.view, self.detail = LineView(), OfferDetail()
        self.view.turned.connect(self._on_view_turned)
        self.view.opened.connect(self._on_view_opened)
        self._timer = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._timer.timeout.connect(self.look_again)
        self._lay_out()
        self.halves.closed.connect(self.view.setFocus)
        self.setFocusProxy(self.field)
        self.retranslate()

    # -- public --

    def search(self) -> None:
        """For what stands in the field, with the filters of now."""
        billions = self.largest.currentData()
        self.search_requested.emit(
            {
                "words": self.field.text().strip(),
                "text_only": self.text_only.isChecked(),
                "licence": self.licence.currentData(),
                "language": self.language.currentData(),
                "most_parameters": billions * 10**9 or None,
                "without_gated": self.open_only.isChecked(),
            }
        )
        self._searching, self._failure = True, None
        self.retranslate()

    def search_for(self, words: str) -> None:
        """As if the person had typed these words; filters that could hide it are taken off."""
        self.expect(words)
        self.search()

    def expect(self, words: str) -> None:
        """These words are being looked for; filters that could hide what is found are off."""
        self.field.setText(words)
        for box in (self.licence, self.largest, self.language):
            box.setCurrentIndex(0)
        for check in (self.text_only, self.open_only, self.fitting):
            check.setChecked(False)
        self._hits, self._searching, self._failure = None, True, None
        self.detail.show_entry(None)
        self.retranslate()

    def show_hits(self, hits: tuple[Hit, ...]) -> None:
        """What was found."""
        self._hits, self._searching, self._failure = hits, False, None
        self.detail.show_entry(None)
        self.halves.close_detail()
        self.retranslate()

    def show_offer(self, looked: Looked) -> None:
        """The one model that was asked for by its name, with its details."""
        light = next((cell.light for cell in looked[1] if cell.taken), None)
        self.show_hits(((looked[0].entry, light),))
        self.view.choose(0)
        self._timer.stop()  # it was looked at just now
        self.detail.show_looked(looked)
        self.halves.open_detail()
        self.detail.download.setFocus()

    def show_failure(self, failure: Failed) -> None:
        """The search came to nothing."""
        self._hits, self._searching, self._failure = None, False, failure
        self.retranslate()

    def show_local(self, count: int) -> None:
        """How many models work without a network."""
        self._local = count

    def show_looked(self, looked: Looked) -> None:
        """What a look at a model found, if it is still the one that is shown."""
        if self._shows(looked[0].entry.name):
            self.detail.show_looked(looked)

    def look_again(self) -> None:
        """Something about the model that is shown may have changed."""
        hit: Hit | None = self.view.thing
        if hit:
            self.look_requested.emit(hit[0].name)

    def show_look_failure(self, failure: Failed) -> None:
        """The look came to nothing."""
        self.detail.show_failure(failure)

    def retranslate(self) -> None:
        """Every text again, in the present language."""
        self.setWindowTitle(self.tr("Find"))
        self.field.setPlaceholderText(self.tr("Search the Hugging Face Hub"))
        self.field.setAccessibleName(self.tr("Search the Hugging Face Hub"))
        self.button.setText(self.tr("Search"))
        self.button.setIcon(look.icon("search"))
        self.view.setAccessibleName(self.tr("Models on the Hub"))
        for box, name in self._boxes().items():
            box.setAccessibleName(name)
            box.setToolTip(name)
            for place in range(box.count()):
                box.setItemText(place, self._choice(box, box.itemData(place)))
        self.text_only.setText(self.tr("Text only"))
        self.open_only.setText(self.tr("Without terms"))
        self.fitting.setText(self.tr("Fits here"))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 12, 8, 0)
        row = QHBoxLayout()
        row.addWidget(self.field, stretch=1)
        row.addWidget(self.button)
        column.addLayout(row)
        filters = QWidget()
        flow = Flow(filters)
        for widget in (self.licence, self.largest, self.language, self.text_only, self.open_only,
                       self.fitting):  # fmt: skip
            flow.addWidget(widget)
        column.addWidget(filters)
        column.addWidget(self.told)
        column.addWidget(self.view, stretch=1)
        self.halves = Halves(side, self.detail)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.halves)

    def _boxes(self) -> dict[QComboBox, str]:
        return {
            self.licence: self.tr("Licence"),
            self.largest: self.tr("Size"),
            self.language: self.tr("Language"),
        }

    def _choice(self, box: QComboBox, choice: Any) -> str:
        if box is self.largest:
            billions = self.tr("Up to {count} billion")
            return billions.format(count=choice) if choice else self.tr("Any size")
        if box is self.licence:
            return choice or self.tr("Any licence")
        return self._languages()[choice]

    def _languages(self) -> dict[str, str]:
        return {
            "": self.tr("Any language"), "en": self.tr("English"), "ja": self.tr("Japanese"),
            "zh": self.tr("Chinese"), "ko": self.tr("Korean"), "de": self.tr("German"),
            "fr": self.tr("French"), "es": self.tr("Spanish"), "pt": self.tr("Portuguese"),
        }  # fmt: skip

    def _shows(self, name: str) -> bool:
        hit: Hit | None = self.view.thing
        return hit is not None and hit[0].name == name

    def _fill(self) -> None:
        found = self._hits or ()
        hits = tuple(filter(_fits, found)) if self.fitting.isChecked() else found
        self.view.show_lines(tuple(map(self._line, hits)))
        self.told.setProperty("tone", "danger" if self._failure else "muted")
        self.told.style().polish(self.told)
        self.told.setText(self._state(len(hits), found))
        self.told.setVisible(bool(self.told.text()))

    def _state(self, shown: int, found: tuple[Hit, ...]) -> str:
        if self._searching:
            return self.tr("Searching…")
        if self._failure:
            without = self.tr("Search needs the internet. Models that work without it: {count}.")
            return "\n".join((*told(self._failure), without.format(count=self._local)))
        if self._hits is None:
            return self.tr("Only a click on Download brings anything to this computer.")
        if not found:
            return self.tr("Nothing was found.")
        return self._hidden([hit for hit in found if not _fits(hit)]) if shown < len(found) else ""

    def _hidden(self, hits: list[Hit]) -> str:
        """How many more were found, and why they are not in the list."""
        large = sum(hit[1] is not None for hit in hits)
        parts = []
        if large:
            parts.append(
                self.tr("Found, but too big for this computer: {count}.").format(count=large)
            )
        if len(hits) > large:
            text = self.tr("Found, but whether they fit is not known: {count}.")
            parts.append(text.format(count=len(hits) - large))
        return "\n".join(parts)

    def _line(self, hit: Hit) -> Line:
        entry, light = hit
        about = (
            amounts.parameters(entry.parameters) if entry.parameters else "",
            entry.dtype,
            entry.licence,
            self.tr("with terms") if entry.gated else "",
            entry.updated,
        )
        word, tone = (light_word(light), TONES[light.word]) if light else ("", "muted")
        return Line(entry.name, "  ·  ".join(filter(None, about)), word, tone, "muted", hit)

    # -- slots --

    def _on_fitting_toggled(self, on: bool) -> None:
        self._fill()

    def _on_view_turned(self, hit: Hit | None) -> None:
        if hit and hit[0].name == self.detail.name:
            return  # the same in another language, or among fewer
        self.detail.show_entry(hit[0] if hit else None)
        self._timer.start()

    def _on_view_opened(self, hit: Hit) -> None:
        self.halves.open_detail()


def _fits(hit: Hit) -> bool:
    return hit[1] is not None and hit[1].word != "too big"
