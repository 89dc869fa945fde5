"""The strip at the bottom: device, phase, load, memory, power and speed, always in sight.

Paints what it is told; asks no driver and knows nothing about tokens. A value that cannot be read
shows as "no reading". At narrow widths the least important parts step back, none is cut.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from chatapp.cards import short_name
from chatapp.reasons import Reason
from chatapp.ui import keymap, look
from chatapp.ui.bridge import spoken
from chatapp.ui.elided import ElidedLabel

if TYPE_CHECKING:
    from chatapp.chat import Reading

HEIGHT = 38
SMALLEST_WIDTH = 480
SECONDS = 60  # one reading a second
GIB = 1024.0**3
_GAP = 18
_UNBOUND = (1 << 24) - 1  # pixels: Qt's own word for no limit
_DIGIT = re.compile(r"\d")
_REASON = 190  # pixels that a reason keeps before other parts step back, and a device's name


class Sparkline(QWidget):
    """The load of the last minute, tinted where the model was at work."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history: deque[tuple[float | None, bool]] = deque(maxlen=SECONDS)
        self.setFixedSize(SECONDS + 2, 22)

    def add(self, percent: float | None, working: bool) -> None:
        """One more second; None = not read."""
        self.history.append((percent, working))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """One column a second, the newest at the right."""
        colours, painter = look.colours(), QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.base))
        bottom, room = self.height() - 1, self.height() - 3
        for age, (percent, working) in enumerate(reversed(self.history)):
            if percent is not None:
                height = max(1, round(room * min(max(percent, 0.0), 100.0) / 100))
                ink = QColor(colours.accent if working else colours.border_strong)
                painter.fillRect(self.width() - 2 - age, bottom - height, 1, height, ink)
        painter.setPen(QColor(colours.border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class Bar(QWidget):
    """How full something is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fraction = 0.0
        self.setFixedSize(72, 8)

    def show_fraction(self, fraction: float) -> None:
        """From 0 to 1."""
        self.fraction = min(max(fraction, 0.0), 1.0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A rounded trough and its filling; nearly full is told by colour and by the number."""
        colours, painter = look.colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(box, 4, 4)
        if self.fraction > 0:
            box.setWidth(max(box.width() * self.fraction, 8))
            painter.setBrush(QColor(colours.warning if self.fraction > 0.95 else colours.accent))
            painter.drawRoundedRect(box, 4, 4)


class Dot(QWidget):
    """Filled while the model is at work, a ring while it is idle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._working = False
        self.setFixedSize(10, 10)

    def show_working(self, working: bool) -> None:
        """Fill it or not."""
        if working != self._working:
            self._working = working
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A small circle."""
        colours, painter = look.colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.accent if self._working else colours.border_strong))
        painter.setBrush(QColor(colours.accent) if self._working else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(1, 1, 8, 8))


class Gauge(QFrame):
    """The strip."""

    api_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "pane")
        self._reading: Reading | None = None
        self._name = ""  # of the device
        self._phase = "idle"
        self._speed = 0.0
        self._api_port = 0
        self._share = 0.0  # of what the memory allows
        self._fitted: tuple[str, ...] = ()  # what the parts were last fitted to
        self.device, self.why = ElidedLabel(), ElidedLabel()
        self.phase, self.load, self.memory = QLabel(), QLabel(), QLabel()
        self.power, self.speed = QLabel(), QLabel()
        self.dot, self.sparkline, self.bar = Dot(), Sparkline(), Bar()
        self.api = QToolButton()
        self.api.setProperty("kind", "badge")
        self.api.hide()
        self.api.clicked.connect(self.api_pressed)
        self.more = QToolButton()  # opens the account of the memory
        self._build()
        self._fit_height()
        self.retranslate()

    # -- slots ------------------------------------------------------------------------------------

    def show_reading(self, reading: Reading) -> None:
        """What the device told this second."""
        self._reading = reading
        self.sparkline.add(reading.load_percent, self._phase != "idle")
        self._show()

    def show_phase(self, key: str) -> None:
        """What the model is doing: idle, import, load, prefill, decode or train."""
        if key != self._phase:
            self._phase = key
            self._show()

    def show_api(self, port: int) -> None:
        """The local API listens at this port; 0 = it is off."""
        self._api_port = port
        self._show()

    @property
    def working(self) -> bool:
        """Something is under way."""
        return self._phase != "idle"

    def show_speed(self, tokens_per_s: float, share: float = 0.0) -> None:
        """Tokens a second of the answer, and their share of what the memory allows; 0 = unknown."""
        self._speed, self._share = tokens_per_s, share
        self._show()

    def retranslate(self) -> None:
        """Set every text again."""
        self.setAccessibleName(self.tr("Device"))
        self.sparkline.setAccessibleName(self.tr("Load of the last 60 seconds"))
        self.sparkline.setToolTip(self.tr("Load of the last 60 seconds"))
        self.bar.setAccessibleName(self.tr("Memory"))
        self.more.setAccessibleName(self.tr("Where the memory is"))
        self.more.setToolTip(keymap.hint(self.tr("Where the memory is"), "ledger"))
        self._show_more()
        self._show()

    # -- Qt events --------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the font."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.FontChange:
            self._fit_height()
            self._fit()
        elif event.type() == QEvent.Type.PaletteChange:
            self._show_more()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """The strip never keeps the window wide: it hides parts instead."""
        return QSize(SMALLEST_WIDTH, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    # -- private ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.why.setProperty("tone", "muted")
        self._layout = QHBoxLayout(self)
        self._groups: list[QHBoxLayout] = []
        self._layout.setContentsMargins(16, 0, 16, 0)
        self._layout.setSpacing(_GAP)
        self._layout.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self._add_group(self.device, self.why)
        self._layout.addStretch(1)
        self._layout.addWidget(self.api)
        self._add_group(self.dot, self.phase)
        self._add_group(self.load, self.sparkline)
        self._add_group(self.memory, self.bar)
        self._layout.addWidget(self.power)
        self._layout.addWidget(self.speed)
        self.more.setCheckable(True)
        self.more.setFixedSize(28, 28)
        self.more.toggled.connect(self._show_more)
        self._layout.addWidget(self.more)

    def _add_group(self, *widgets: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        self._layout.addLayout(row)
        self._groups.append(row)

    def _show(self) -> None:
        self._show_phase()
        self.api.setText(self.tr("API :{port}").format(port=self._api_port))
        _hint(self.api, self.tr("The API is on: programs on this computer can use the model."))
        self.api.setVisible(bool(self._api_port))
        if self._reading is None:
            self._name = self.tr("reading…")
            for widget in (self.why, self.load, self.memory, self.power, self.speed):
                widget.setText("")
        else:
            self._show_device(self._reading)
            self._show_load(self._reading)
            self._show_memory(self._reading)
            self._show_power(self._reading)
            self._show_speed()
        if self._form() != self._fitted:  # each second's other digits are as wide
            self._fit()

    def _form(self) -> tuple[str, ...]:
        """What the room that is needed depends on."""
        labels = (self.why, self.phase, self.load, self.memory, self.power, self.speed, self.api)
        return self._name, *(_DIGIT.sub("0", label.text()) for label in labels)

    def _show_phase(self) -> None:
        words = {
            "idle": self.tr("Idle"),
            "import": self.tr("Loading"),
            "load": self.tr("Loading"),
            "pack": self.tr("Loading"),
            "prefill": self.tr("Reading the prompt"),
            "decode": self.tr("Writing"),
            "train": self.tr("Training"),
        }
        self.phase.setText(words[self._phase])
        self.dot.show_working(self._phase != "idle")

    def _show_device(self, reading: Reading) -> None:
        if isinstance(reading.why, Reason):
            why = str(spoken(reading.why))
        else:
            why = QCoreApplication.translate("Devices", reading.why) if reading.why else ""
        self._name = reading.device if reading.gpu else self.tr("CPU")
        self.why.setText(why)
        cards = [f"{key}  {name}" for key, name in reading.devices if key.startswith("cuda")]
        several = cards if len(cards) > 1 else []
        for label in (self.device, self.why):
            _hint(label, "\n".join(filter(None, (reading.device, why, *several))))

    def _show_load(self, reading: Reading) -> None:
        if reading.load_percent is None:
            self.load.setText(self.tr("load: no reading"))
        else:
            percent = round(reading.load_percent)
            self.load.setText(self.tr("load {percent} %").format(percent=percent))

    def _show_memory(self, reading: Reading) -> None:
        used, total = reading.used_bytes, reading.total_bytes
        if used is None or not total:
            self.memory.setText(self.tr("memory: no reading"))
            return
        amounts = f"{used / GIB:.1f}/{total / GIB:.1f} GB"
        words = self.tr("memory {amounts}") if reading.gpu else self.tr("RAM {amounts}")
        self.memory.setText(words.format(amounts=amounts))
        self.bar.show_fraction(used / total)
        if reading.own_bytes is not None:
            own = self.tr("This program: {amount} GB").format(
                amount=f"{reading.own_bytes / GIB:.1f}"
            )
            _hint(self.memory, own)

    def _show_power(self, reading: Reading) -> None:
        watts = "" if reading.watts is None else f"{reading.watts:.0f} W"
        degrees = "" if reading.celsius is None else f"{reading.celsius:.0f} °C"
        self.power.setText("  ".join(filter(None, (watts, degrees))))

    def _show_speed(self) -> None:
        speed = self.tr("{speed} tok/s").format(speed=f"{self._speed:.0f}")
        if self._share > 0:
            limit = self.tr("{speed} = {percent} % of the limit")
            speed = limit.format(speed=speed, percent=round(100 * self._share))
        self.speed.setText(speed if self._speed > 0 else "")

    def _show_more(self, *_: object) -> None:
        self.more.setIcon(look.icon("chevron-down" if self.more.isChecked() else "chevron-up"))

    def _fit_height(self) -> None:
        self.setFixedHeight(max(HEIGHT, self.fontMetrics().height() + 16))

    def _fit(self) -> None:
        """Show every part that says something, then hide from the least important one on."""
        self._fitted = self._form()
        read = self._reading is not None
        has_load = read and self._reading.load_percent is not None  # type: ignore[union-attr]
        has_memory = read and bool(self._reading.total_bytes)  # type: ignore[union-attr]
        for label in (self.why, self.load, self.memory, self.power, self.speed):
            label.setVisible(bool(label.text()))
        for label in (self.phase, self.load, self.memory, self.power, self.speed):
            # What cannot change its size lays nothing out anew when other digits are written.
            label.setMinimumSize(0, 0)
            label.setMaximumSize(_UNBOUND, _UNBOUND)
            label.setFixedSize(label.sizeHint())
        self.sparkline.setVisible(has_load)
        self.bar.setVisible(has_memory)
        few = min(self.why.sizeHint().width(), _REASON)  # of a reason, more than its first word
        self.why.setMinimumWidth(few)
        self._call(self._name, self.width())
        parts = (self.bar, self.power, self.speed, self.why)
        for step in (self.sparkline.hide, self._shorten, *(part.hide for part in parts)):
            if self._wanted() <= self.width():
                break
            step()
        else:
            self.device.setMinimumWidth(0)  # then even the short name may be cut
        self._layout.activate()  # now: the next turn of Qt's own would come with the next reading

    def _call(self, name: str, most: int) -> None:
        """Say this of the device, whole up to so many pixels."""
        self.device.setText(name)
        self.device.setMinimumWidth(0)  # a label's hint is never less than it
        self.device.setMinimumWidth(min(self.device.sizeHint().width(), most))

    def _shorten(self) -> None:
        """The name without its makers: RTX 4090 tells more than NVIDIA GeF..."""
        self._call(short_name(self._name), _REASON)

    def _wanted(self) -> int:
        """The width that everything now shown asks for."""
        for layout in (*self._groups, self._layout):
            layout.invalidate()  # Qt itself would notice a hidden part only a turn later
        return self._layout.minimumSize().width()


def _hint(widget: QWidget, words: str) -> None:
    """Its tooltip; a new one costs a millisecond, and the strip has some each second."""
    if words != widget.toolTip():
        widget.setToolTip(words)
