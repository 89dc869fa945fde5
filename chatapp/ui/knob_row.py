"""One knob as a row: label, slider, number box or list, and a reset that shows when it is needed.

Generated from a `settings.Knob` alone. Knows nothing about which group the knob belongs to or what
it does.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSlider,
    QToolButton,
    QWidget,
)

from chatapp.ui import look
from chatapp.ui.composing import Composing
from chatapp.ui.field import Field
from chatapp.ui.scale import scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QValidator, QWheelEvent

    from chatapp.mixing import Origin
    from chatapp.settings import Knob

Value = str | int | float

POSITIONS = 10_000
PAGE_STEPS = 10
_LETTERS = 10  # what a list shows at least
_LINES = (2, 5)  # of free text, seen at least and at most
_LONGEST = 2000  # characters of it that are pasted
_PLACES = 3  # behind the point, that a number keeps though they are zeros
_DIGITS = 7  # what a box shows at least; a seed needs more


def translated(text: str) -> str:
    """A knob's label, help or choice in the present language."""
    return QCoreApplication.translate("Knobs", text)


class KnobSlider(QSlider):
    """Moves in the knob's own steps; the wheel works only with the focus."""

    dragged = Signal(float)  # fraction
    stepped = Signal(int)
    ended = Signal(float)  # fraction 0 or 1
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, POSITIONS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(24)
        self.actionTriggered.connect(self._on_action_triggered)

    def show_fraction(self, fraction: float) -> None:
        """Move the handle and tell nobody."""
        with QSignalBlocker(self):
            self.setValue(round(fraction * POSITIONS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow = one step, Page = ten, Home and End = bounds."""
        key = Qt.Key
        steps = {
            **dict.fromkeys((key.Key_Right, key.Key_Up), 1),
            **dict.fromkeys((key.Key_Left, key.Key_Down), -1),
            key.Key_PageUp: PAGE_STEPS,
            key.Key_PageDown: -PAGE_STEPS,
        }
        ends = {key.Key_Home: 0.0, key.Key_End: 1.0}
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        elif event.key() in ends:
            self.ended.emit(ends[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One step a notch; without the focus the panel scrolls."""
        notches = event.angleDelta().y() // 120 if self.hasFocus() else 0
        if notches:
            self.stepped.emit(notches)
            event.accept()
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        self.reset.emit()

    def _on_action_triggered(self, action: int) -> None:
        step = QSlider.SliderAction
        match QSlider.SliderAction(action):
            case step.SliderPageStepAdd:
                self._answer_page(PAGE_STEPS)
            case step.SliderPageStepSub:
                self._answer_page(-PAGE_STEPS)
            case step.SliderMove:
                self.dragged.emit(self.sliderPosition() / POSITIONS)

    def _answer_page(self, steps: int) -> None:
        """A click beside the handle: our steps instead of Qt's positions."""
        self.setSliderPosition(self.value())
        self.stepped.emit(steps)


class KnobBox(QDoubleSpinBox):
    """The exact number, up to the hard bounds; full-width digits are understood."""

    def __init__(self, about: Knob, whole: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(0 if whole else max(0, -math.floor(math.log10(about.step))))
        self.setRange(
            -1e15 if about.low is None else about.low, 1e15 if about.high is None else about.high
        )
        self.setSingleStep(about.step)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(28)
        self._fit()
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.lineEdit().setTextMargins(6, 0, 6, 0)
        Composing(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font."""
        if event.type() == QEvent.Type.FontChange:
            self._fit()
        super().changeEvent(event)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Check a number; １．５ typed through an input method counts as 1.5."""
        plain = unicodedata.normalize("NFKC", text)
        state, *_ = super().validate(plain, place)
        return state, plain, place

    def textFromValue(self, value: float) -> str:
        """Without the zeros at the end that a rate of 0.0002 would have in a box for 0.000001."""
        text = super().textFromValue(value)
        point = self.locale().decimalPoint()
        if self.decimals() <= _PLACES or point not in text:
            return text
        return text.rstrip("0").removesuffix(point)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _fit(self) -> None:
        digits = max(_DIGITS, len(f"{self.maximum():.0f}"))
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("0" * digits) + 28)


class KnobList(QComboBox):
    """The choices of a knob; the wheel works only with the focus. A long one makes it no wider."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LETTERS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(32)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class KnobRow(QWidget):
    """One knob, shown and changed."""

    changed = Signal(str, object)  # name, value

    def __init__(
        self,
        name: str,
        about: Knob,
        default: Value,
        explained: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self._about = about
        self._default = default  # what a reset goes back to
        self._value = default
        self._choices = dict.fromkeys(about.choices, "")  # "" = its word, translated
        self._origin: Origin = ""
        self._scale = scale_of(about)
        self.label = QLabel(wordWrap=True)
        self.tag = QLabel()  # whose value it is
        self.idle = QLabel(wordWrap=True)  # why it has no effect
        self.reset_button = QToolButton()
        self.slider = KnobSlider() if self._scale else None
        written = isinstance(default, str) and not about.choices
        self.text = Field(_LINES, _LONGEST) if written else None
        boxed = not isinstance(default, str)
        self.box = KnobBox(about, isinstance(default, int)) if boxed else None
        self.list = KnobList() if about.choices else None
        self.help = QLabel() if explained or written else None
        if explained:
            self.label.setProperty("tone", "heading")
        self._build()
        self._connect()
        self.retranslate()
        self.show_value(default)

    @property
    def value(self) -> Value:
        """What the row shows."""
        return self._value

    def told(self) -> str:
        """Every word that the row shows, or could show: for a search."""
        label, help_text = translated(self._about.label), translated(self._about.help)
        names = (name or translated(choice) for choice, name in self._choices.items())
        return " ".join((label, help_text, *names))

    def show_base(self, base: Value, origin: Origin) -> None:
        """What a reset goes back to, and whose the value is that will be shown."""
        self._default, self._origin = base, origin
        self._show_tag()

    def show_idle(self, why: str) -> None:
        """Say why it has no effect now and take no changes; "" = it has."""
        self.idle.setText(why)
        self.idle.setVisible(bool(why))
        for control in (self.slider, self.box, self.list):
            if control is not None:
                control.setEnabled(not why)

    def show_note(self, note: str) -> None:
        """Say what becomes of the value; "" = nothing that is not clear."""
        self.idle.setText(note)
        self.idle.setVisible(bool(note))

    def offer(self, choices: Mapping[str, str]) -> None:
        """Have these in the list: what each value is called, "" = its own word."""
        if self.list is not None and choices != self._choices:
            self._choices = dict(choices)
            self._show_choices()

    def show_value(self, value: Value) -> None:
        """Show a value and tell nobody."""
        self._value = value
        if self.slider is not None and self._scale is not None:
            self.slider.show_fraction(self._scale.fraction(float(value)))
        if self.box is not None:
            with QSignalBlocker(self.box):
                self.box.setValue(float(value))
        if self.list is not None:
            self._show_choices()
        if self.text is not None and value != self.text.text():
            with QSignalBlocker(self.text):
                self.text.setPlainText(str(value))
            self.text.fit()
            self._show_wrong(False)
        self.reset_button.setVisible(value != self._default)

    def reset(self) -> None:
        """Back to the default."""
        self._choose(self._default)

    def retranslate(self) -> None:
        """Set every text again."""
        label, help_text = translated(self._about.label), translated(self._about.help)
        self.label.setText(label)
        self.label.setToolTip(help_text)
        reset = self.tr("Reset “{name}”").format(name=label)
        self.reset_button.setAccessibleName(reset)
        self.reset_button.setToolTip(reset)
        for control in (self.slider, self.box, self.list, self.text):
            if control is not None:
                control.setAccessibleName(label)
                control.setAccessibleDescription(help_text)
                control.setToolTip(help_text)
        if self.help is not None:
            self.help.setText(help_text)
        if self.list is not None:
            self._show_choices()
        if self.box is not None and self._about.unit:
            self.box.setSuffix(f" {translated(self._about.unit)}")
        if self.box is not None and self._about.low == -1:
            self.box.setSpecialValueText(self.tr("random"))
        self._show_tag()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the scheme."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.reset_button.setIcon(look.icon("reset"))
        super().changeEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click on the label resets, as on the slider."""
        if self.label.geometry().contains(event.position().toPoint()):
            self.reset()

    def _show_choices(self) -> None:
        """The list's entries and the one that is set, which may be none of those offered."""
        assert self.list is not None
        value = str(self._value)
        names = self._choices if value in self._choices else {**self._choices, value: ""}
        entries = [(name or translated(choice), choice) for choice, name in names.items()]
        with QSignalBlocker(self.list):
            held = [
                (self.list.itemText(n), self.list.itemData(n)) for n in range(self.list.count())
            ]
            if held != entries:
                self.list.clear()
                for name, choice in entries:
                    self.list.addItem(name, choice)
            self.list.setCurrentIndex(list(names).index(value))

    def _show_tag(self) -> None:
        texts: dict[Origin, str] = {
            "changed": self.tr("changed"),
            "preset": self.tr("preset"),
            "kept": self.tr("kept for this model"),
            "model": self.tr("model default"),
        }
        self.tag.setText(texts.get(self._origin, ""))
        self.tag.setVisible(bool(self._origin))

    def _build(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(6)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(0, 1)
        self.tag.setProperty("tone", "tag")
        layout.addWidget(self.label, 0, 0)
        layout.addWidget(self.tag, 1, 0)
        layout.addWidget(self.reset_button, 0, 1, 2, 1)
        self.idle.setProperty("tone", "muted")
        self.idle.hide()
        layout.addWidget(self.idle, 4, 0, 1, 3)
        self._build_reset()
        if self.box is not None:
            layout.addWidget(self.box, 0, 2, 2, 1)
            self.label.setBuddy(self.box)
        if self.list is not None:
            layout.addWidget(self.list, 2, 0, 1, 3)
            self.label.setBuddy(self.list)
        if self.slider is not None:
            layout.addWidget(self.slider, 2, 0, 1, 3)
        if self.text is not None:
            layout.addWidget(self.text, 2, 0, 1, 3)
            self.label.setBuddy(self.text)
            self.idle.setProperty("tone", "danger")
        if self.help is not None:
            self.help.setProperty("tone", "muted")
            self.help.setWordWrap(True)
            layout.addWidget(self.help, 3, 0, 1, 3)

    def _build_reset(self) -> None:
        button = self.reset_button
        button.setIcon(look.icon("reset"))
        button.setAutoRaise(True)
        button.setFixedSize(26, 26)
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the row must not move under the pointer
        button.setSizePolicy(policy)

    def _connect(self) -> None:
        self.reset_button.clicked.connect(self.reset)
        if self.slider is not None:
            self.slider.dragged.connect(self._on_slider_dragged)
            self.slider.ended.connect(self._on_slider_dragged)
            self.slider.stepped.connect(self._on_slider_stepped)
            self.slider.reset.connect(self.reset)
        if self.box is not None:
            self.box.valueChanged.connect(self._choose)
        if self.list is not None:
            self.list.currentIndexChanged.connect(self._on_list_changed)
        if self.text is not None:
            self.text.textChanged.connect(self._on_text_changed)
            self.text.left.connect(self._on_text_left)

    def _choose(self, value: Value) -> None:
        if isinstance(self._default, int) and not isinstance(value, str):
            value = round(value)
        changed = value != self._value
        self.show_value(value)
        if changed:
            self.changed.emit(self.name, value)

    def _show_wrong(self, wrong: bool) -> None:
        self.idle.setText(translated(self._about.form))
        self.idle.setVisible(wrong)

    def _on_text_changed(self) -> None:
        assert self.text is not None
        text = self.text.text()
        try:
            if self._about.parse:
                self._about.parse(text)
        except ValueError:
            self._show_wrong(True)
            return
        self._show_wrong(False)
        self._choose(text)

    def _on_text_left(self) -> None:
        """What could not be understood gives way to what counts."""
        self.show_value(self._value)

    def _on_slider_dragged(self, fraction: float) -> None:
        assert self._scale is not None
        self._choose(self._scale.value(fraction))

    def _on_slider_stepped(self, steps: int) -> None:
        assert self._scale is not None
        self._choose(self._scale.moved(float(self._value), steps))

    def _on_list_changed(self, place: int) -> None:
        assert self.list is not None
        self._choose(self.list.itemData(place))
