"""Where the device's memory is, part by part, what room is left, and what the speed says.

Opened above the strip. Paints what it is told; asks nobody. Every part has its name and number
beside its colour. In a small window the history steps back, and what has no room is scrolled to.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from chatapp.ui import look
from chatapp.ui.bare_area import BareArea

if TYPE_CHECKING:
    from chatapp.memory import Ledger
    from chatapp.verdict import Verdict

GIB = 1024.0**3  # as the strip below counts, and as cards are sold
SECONDS = 120  # of history
LEAST = 10 * 2**20  # bytes: less would be told as 0.00 GB
MUCH = 0.02  # of the total: more than this must be explained
PARTS = ("weights", "kv_cache", "workspace", "slack", "context", "others", "unexplained", "free")
_ENTRY = 210  # pixels that a part's name and number need
_WIDE = 900  # pixels of the panel: below, the words have the history's room too
_LEAST = 190  # pixels of height that a low window leaves it, beside a page at its lowest
_SHARE = 0.4  # of a higher window's, before it is scrolled


def ink(part: str) -> QColor:
    """The colour of a part in the scheme worn now."""
    colours = look.colours()
    return QColor(
        {
            "weights": colours.accent,
            "kv_cache": colours.code_number,
            "workspace": colours.warning,
            "slack": colours.code_name,
            "context": colours.code_keyword,
            "others": colours.muted,
            "unexplained": colours.danger,
            "free": colours.border,
        }[part]
    )


class Stack(QWidget):
    """One bar of all parts, in their order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts: dict[str, int] = {}
        self.setFixedHeight(18)

    def show_parts(self, parts: dict[str, int]) -> None:
        """Bytes by name."""
        self.parts = parts
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Side by side, each as wide as its share."""
        painter, total = QPainter(self), sum(self.parts.values())
        left = 0.0
        for name, count in self.parts.items():
            width = self.width() * count / total if total else 0.0
            painter.fillRect(QRectF(left, 0, width, self.height()), ink(name))
            left += width
        painter.setPen(QColor(look.colours().border_strong))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class Swatch(QWidget):
    """A part's colour."""

    def __init__(self, part: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part = part
        self.setFixedSize(QSize(12, 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A small square with an edge."""
        painter = QPainter(self)
        painter.setBrush(ink(self._part))
        painter.setPen(QColor(look.colours().border_strong))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class History(QWidget):
    """Load and memory of the last two minutes; seconds in which the model worked are tinted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seconds: deque[tuple[float | None, float | None, bool]] = deque(maxlen=SECONDS)
        self.setMinimumSize(QSize(SECONDS + 2, 64))

    def add(self, load: float | None, memory: float | None, working: bool) -> None:
        """One more second: shares from 0 to 1, None = not read."""
        self.seconds.append((load, memory, working))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The newest second at the right."""
        colours, painter = look.colours(), QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.base))
        step = (self.width() - 2) / SECONDS
        room, bottom = self.height() - 4, self.height() - 2
        loads: list[QPointF] = []
        memories: list[QPointF] = []
        for age, (load, memory, working) in enumerate(reversed(self.seconds)):
            x = self.width() - 1 - (age + 0.5) * step
            if working:
                tint = QRectF(x - step / 2, 1, step, self.height() - 2)
                painter.fillRect(tint, QColor(colours.accent_soft))
            for share, points in ((load, loads), (memory, memories)):
                if share is not None:
                    points.append(QPointF(x, bottom - room * min(max(share, 0.0), 1.0)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QColor(colours.text)  # of neither: the colours beside it are the parts'
        painter.setPen(QPen(line, 2))
        painter.drawPolyline(loads)
        painter.setPen(QPen(line, 2, Qt.PenStyle.DashLine))
        painter.drawPolyline(memories)
        painter.setPen(QColor(colours.border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class LedgerPanel(BareArea):
    """The account, the forecast, the verdict and the history."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self._ledger: Ledger | None = None
        self._verdict: Verdict | None = None
        self._rung = ""  # how the model is computed
        self._programs: tuple[tuple[str, int], ...] = ()
        self._others = 0  # bytes of all other programs
        self.title, self.forecast, self.verdict = QLabel(), QLabel(), QLabel()
        self.programs = QLabel()
        self.stack, self.history, self.key = Stack(), History(), QLabel()
        self.entries: dict[str, QLabel] = {part: QLabel() for part in PARTS}
        self._inside = QWidget()
        self._parts = QWidget(self._inside)  # an empty layout would make all as narrow as itself
        self._boxes = {part: QWidget(self._parts) for part in PARTS}
        self._legend, self._row = QGridLayout(self._parts), QHBoxLayout()
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._build()
        self.retranslate()
        self.hide()

    # -- slots ------------------------------------------------------------------------------------

    def show_ledger(self, ledger: Ledger | None) -> None:
        """The account of this second; None = the memory cannot be read."""
        self._ledger = ledger
        self._show()

    def show_verdict(self, verdict: Verdict | None, rung: str = "") -> None:
        """What the last answer's speed says; None = nothing. `rung` is how it was computed."""
        self._verdict, self._rung = verdict, rung
        self._show()

    def show_programs(self, programs: tuple[tuple[str, int], ...]) -> None:
        """Which others hold the card's memory, and how many bytes; empty where none is told."""
        if programs == self._programs:
            return
        self._programs = programs
        self._show_programs()
        self._fit()

    def retranslate(self) -> None:
        """Set every text again."""
        self.setAccessibleName(self.tr("Where the memory is"))
        history = self.tr("The last two minutes: load as a line, memory as dashes")
        self.history.setAccessibleName(history)
        self.history.setToolTip(history)
        self.key.setText(self.tr("— load   - - memory, 2 minutes"))
        self._show()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for another number of columns."""
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        """As high as all of it is at this width."""
        margins = 2 * self.frameWidth()
        return QSize(self.width(), self._row.totalHeightForWidth(self.width()) + margins)

    def minimumSizeHint(self) -> QSize:
        """Whole where the window has the height for it, else enough to scroll in."""
        room = max(_LEAST, round(_SHARE * self.window().height()))
        return QSize(0, min(room, self.sizeHint().height()))

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.title.setProperty("tone", "heading")
        self.key.setProperty("tone", "muted")
        self.programs.setProperty("tone", "muted")
        for label in (self.title, self.forecast, self.verdict, self.programs):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._legend.setContentsMargins(0, 0, 0, 0)
        self._legend.setHorizontalSpacing(12)
        self._legend.setVerticalSpacing(4)
        for part, box in self._boxes.items():
            entry = QHBoxLayout(box)
            entry.setContentsMargins(0, 0, 0, 0)
            entry.setSpacing(6)
            entry.addWidget(Swatch(part))
            entry.addWidget(self.entries[part])
            entry.addStretch(1)
            box.hide()
        self._left.setSpacing(6)
        for item in (self.title, self.stack, self._parts, self.programs, self.forecast,
                     self.verdict):  # fmt: skip
            self._left.addWidget(item)
        self._right.addWidget(self.history, stretch=1)
        self._right.addWidget(self.key)
        self._inside.setLayout(self._row)
        self._row.setContentsMargins(16, 10, 16, 10)
        self._row.addLayout(self._left, stretch=3)
        self._row.addLayout(self._right, stretch=1)
        self.hold(self._inside)

    def _show(self) -> None:
        ledger = self._ledger
        parts = {} if ledger is None else {part: max(0, getattr(ledger, part)) for part in PARTS}
        if ledger is None:
            self.title.setText(self.tr("The memory cannot be read."))
        else:
            if parts["unexplained"] <= MUCH * ledger.total:
                parts["others"] += parts.pop("unexplained")  # rounding and pages that are shared
            title = self.tr("{device}: {used} of {total} GB used")
            used, total = _gb(ledger.total - ledger.free), _gb(ledger.total)
            device = ledger.device or self.tr("This computer")
            self.title.setText(title.format(device=device, used=used, total=total))
        parts = {part: parts[part] for part in PARTS if parts.get(part)}
        self._others = parts.get("others", 0)
        self._show_programs()
        self.stack.show_parts(parts)
        self._show_forecast()
        self.verdict.setText(self._sentence())
        self.verdict.setVisible(self._verdict is not None)
        self._show_entries(parts)

    def _show_programs(self) -> None:
        """Those that are known, and what is left of the part beside them."""
        unnamed = self.tr("unnamed program")
        told = [f"{name or unnamed} {_gb(size)} GB" for name, size in self._programs]
        rest = self._others - sum(size for _, size in self._programs)
        if rest >= LEAST:
            told.append(self.tr("the rest {size} GB").format(size=_gb(rest)))
        words = self.tr("Other programs: {told}").format(told=", ".join(told))
        self.programs.setText(words if self._programs else "")
        self.programs.setVisible(bool(self._programs))

    def _show_entries(self, parts: dict[str, int]) -> None:
        names = {
            "weights": self.tr("weights"),
            "kv_cache": self.tr("KV cache"),
            "workspace": self.tr("work at its peak"),
            "slack": self.tr("held by the allocator"),
            "context": self.tr("program and libraries"),
            "others": self.tr("other programs"),
            "unexplained": self.tr("not explained"),
            "free": self.tr("free"),
        }
        for part, label in self.entries.items():
            label.setText(f"{names[part]} {_gb(parts[part])} GB" if part in parts else "")
        self._arrange()

    def _arrange(self) -> None:
        """The parts that there are, in as many columns as have room; the history beside them."""
        wide = self.width() >= _WIDE
        for widget in (self.history, self.key):
            widget.setVisible(wide)
        self._row.setStretchFactor(self._right, int(wide))
        self._row.setSpacing(24 if wide else 0)
        columns = max(2, min(4, round(self.width() * (0.7 if wide else 1)) // _ENTRY))
        present = [part for part in PARTS if self.entries[part].text()]
        self.stack.setVisible(bool(present))
        self._parts.setVisible(bool(present))
        for part, box in self._boxes.items():
            self._legend.removeWidget(box)
            box.setVisible(part in present)
        for place, part in enumerate(present):
            self._legend.addWidget(self._boxes[part], place // columns, place % columns)
        self._fit()

    def _fit(self) -> None:
        """Ask for the height that the words of now need."""
        for layout in (self._legend, self._left, self._right, self._row):
            layout.invalidate()  # Qt itself would notice a hidden part only a turn later
        self.updateGeometry()
        # A bar that is there because the words wrap would make them wrap: it would never go.
        bar, whole = Qt.ScrollBarPolicy, self.height() >= self.sizeHint().height()
        self.setVerticalScrollBarPolicy(bar.ScrollBarAlwaysOff if whole else bar.ScrollBarAsNeeded)

    def _show_forecast(self) -> None:
        ledger = self._ledger
        self.forecast.setHidden(ledger is None)  # then a model may be there or not
        if ledger is None:
            return
        if not ledger.weights:
            self.forecast.setText(self.tr("No model is loaded."))
            return
        count = QLocale().toString(ledger.tokens_left)
        if ledger.ends == "context":
            text = self.tr("Room for about {count} more tokens; the context ends first.")
        else:
            text = self.tr("Room for about {count} more tokens; the memory ends first.")
        self.forecast.setText(text.format(count=count))

    def _sentence(self) -> str:
        verdict = self._verdict
        if verdict is None:
            return ""
        texts = {
            "memory": self.tr("{percent} % of what this memory allows: good."),
            "steps": self.tr(
                "{percent} % of what this memory allows; the rest is the fixed cost of each step."
            ),
            "waits": self.tr("The graphics card waits for the program: {percent} % of its limit."),
            "heat": self.tr("Held back by heat: {percent} % of what this memory allows."),
            "power": self.tr("Held back by its power limit: {percent} % of its limit."),
            "offloaded": self.tr(
                "Offloaded from the card: {away} of {layers} layers. That sets the speed."
            ),
            "shared": self.tr("Shared with {other}: {percent} % of what this memory allows."),
        }
        other = verdict.other or self.tr("other programs")
        away, layers = verdict.layers
        said = texts[verdict.cause].format(
            percent=round(100 * verdict.share), other=other, away=away, layers=layers
        )
        return f"{said}  {self._advice(verdict)}".rstrip()

    def _advice(self, verdict: Verdict) -> str:
        """What would make it faster; empty where nothing is known to."""
        if verdict.cause == "offloaded":
            return self.tr("A smaller precision, a shorter context or a smaller model may fit.")
        if verdict.cause == "waits" and "CUDA graphs" not in self._rung:
            told = self.tr("CUDA graphs are off: it is computed by the slower way ({rung}).")
            return told.format(rung=self._rung) if self._rung else ""
        return ""


def _gb(count: int) -> str:
    """Two digits where they matter."""
    amount = count / GIB
    return f"{amount:.1f}" if amount >= 1 else f"{amount:.2f}"
