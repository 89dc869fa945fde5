"""Which model answers: a button with its name, a list of what is here, and a load's progress."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from chatapp.chat import BUILT_IN
from chatapp.ui import amounts, keymap, look
from chatapp.ui.bridge import told
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.model_words import TONES, light_word
from chatapp.ui.pick_list import PickList
from chatapp.ui.pick_rows import Pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from chatapp.adapters import Adapter
    from chatapp.chat import ModelInfo, Progress
    from chatapp.library import Model
    from chatapp.memory import Light


BETWEEN = "  ·  "  # name, precision and device
BAR_WIDTHS = (48, 140)  # pixels
_GAP = 10  # pixels
_SURE_S = 1.0  # seconds of a load before its speed says how long it will take
SMALLEST_WIDTH = 120  # pixels: the icon, a few letters, the arrow


class PickerButton(QPushButton):
    """A button whose text gives way in a narrow window."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """With the arrow that tells that a list opens."""
        arrow = self.style().pixelMetric(QStyle.PixelMetric.PM_MenuButtonIndicator, None, self)
        return super().sizeHint() + QSize(arrow, 0)

    def minimumSizeHint(self) -> QSize:
        """The name may be long; the window may be small."""
        return QSize(SMALLEST_WIDTH, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """As much as there is room for: the device gives way first, then the precision.

        The name is cut in its middle where it must be: models differ at their names' ends.
        """
        metrics, text = self.fontMetrics(), self.text()
        lacking = self.sizeHint().width() - self.width()
        if lacking <= 0:
            return text
        room = metrics.horizontalAdvance(text) - lacking
        while metrics.horizontalAdvance(text) > room and BETWEEN in text:
            text = text.rpartition(BETWEEN)[0]
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As usual, with the text that fits."""
        option, painter = QStyleOptionButton(), QStylePainter(self)
        self.initStyleOption(option)
        option.text = self.shown_text()
        option.features |= QStyleOptionButton.ButtonFeature.HasMenu
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)


class ModelPicker(QWidget):
    """Shows what is resident or on its way; tells what was chosen."""

    chosen = Signal(object)  # library.Model
    opened = Signal()  # the list: time to look through the library again
    cancelled = Signal()  # the load under way
    folder_requested = Signal()  # show the models folder
    unload_requested = Signal()
    dressed = Signal(object, str)  # library.Model, the folder of an adapter for it; empty = without

    def __init__(self) -> None:
        super().__init__()
        self._models: tuple[Model, ...] = ()
        self._names: Counter[str] = Counter()  # how many are called so
        self._adapters: tuple[Adapter, ...] = ()
        self._worn = ""  # the folder of the adapter that answers
        self._info: ModelInfo | None = None
        self._lights: Mapping[str, Light] = {}  # by folder: whether it fits here
        self._stage = ""
        self._done, self._total = 0, 0  # bytes of the load under way
        self._words: tuple[str, ...] = ("",)  # beside the bar, the longest first
        self._begun: tuple[float, int] | None = None  # its first reading: when, bytes
        self._loading = ""  # the name of the model on its way
        self._button = PickerButton()
        self._button.setObjectName("picker")
        self._button.setMinimumHeight(32)
        self.picks = PickList(self._button)
        self.picks.opened.connect(self.opened)
        self.picks.folder_requested.connect(self.folder_requested)
        self._button.clicked.connect(self.open_menu)
        self.contrast = QPushButton("A/B")
        self.contrast.setMinimumHeight(32)
        self.contrast.hide()
        self._bar = QProgressBar(maximum=1000, textVisible=False)
        self._bar.setFixedHeight(6)
        self._bar.setMinimumWidth(BAR_WIDTHS[0])
        self._bar.setMaximumWidth(BAR_WIDTHS[1])
        self._label = ElidedLabel()
        self._label.setProperty("tone", "muted")
        self._cancel = QPushButton()
        self._cancel.clicked.connect(self.cancelled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        for widget in (self._button, self.contrast, self._bar, self._label, self._cancel):
            layout.addWidget(widget)
        layout.addStretch()
        self.retranslate()
        self.show_idle()

    def show_models(self, models: tuple[Model, ...]) -> None:
        """Fill the list; what cannot be loaded says why."""
        self._models = models
        self.retranslate()  # the loaded one may be called otherwise now

    def show_adapters(self, adapters: tuple[Adapter, ...]) -> None:
        """List each below the model that it was made for."""
        self._adapters = adapters
        self._fill()

    def show_fits(self, lights: Mapping[str, Light]) -> None:
        """Whether each model fits here, by its folder."""
        if lights != self._lights:
            self._lights = lights
            self._fill()

    def show_worn(self, path: str) -> None:
        """The adapter that answers in the open conversation; empty = none."""
        if path != self._worn:
            self._worn = path
            self.contrast.setVisible(bool(path))
            self.retranslate()

    def show_progress(self, name: str, progress: Progress) -> None:
        """A load: import and bytes, then bytes that are packed."""
        if progress.stage != self._stage:
            self._begun = None
        self._stage, self._loading = progress.stage, name
        self._done, self._total = progress.done, progress.total
        if self._stage in ("load", "pack") and self._begun is None:
            self._begun = monotonic(), progress.done
        self._bar.setValue(round(1000 * progress.done / max(progress.total, 1)))
        self._bar.show()
        self._cancel.show()
        self._tell()  # the list is the same, and hundreds of these come

    def show_loaded(self, info: ModelInfo) -> None:
        """The resident model, its precision and device."""
        self._info = info
        self.show_idle()

    def show_unloaded(self) -> None:
        """No model is resident any more."""
        self._info = None
        self.retranslate()

    def show_idle(self) -> None:
        """No load is under way."""
        self._stage, self._begun = "", None
        for widget in (self._bar, self._label, self._cancel):
            widget.hide()
        self.retranslate()

    def open_menu(self) -> None:
        """As if the button was pressed; the keyboard comes back to where it was."""
        self.picks.open()

    def retranslate(self) -> None:
        """Texts in the present language."""
        self._fill()
        self._tell()

    def _tell(self) -> None:
        """All but the list."""
        self._cancel.setText(self.tr("Cancel"))
        told = {
            "import": (self.tr("Starting the engine"),),
            "load": self._told(self.tr("Loading, {done} of {total}")),
            "pack": self._told(self.tr("Converting, {done} of {total}")),
        }
        self._words = told.get(self._stage, ("",))
        for widget in (self._bar, self._cancel):
            widget.setToolTip(self._words[0])
        self._button.setText(self.called(self._loading) if self._stage else self._title())
        self._button.setToolTip(self._why())
        words = self.tr("Answer with and without the adapter, side by side")
        self.contrast.setAccessibleName(words)
        self.contrast.setToolTip(keymap.hint(words, "contrast"))
        self._button.setIcon(look.icon("chip"))
        self._button.setAccessibleName(self.tr("Model"))
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The words beside the bar give way first; the bar has them as its tooltip."""
        parts = [each for each in (self._button, self.contrast, self._cancel) if each.isVisible()]
        room = self.width() - sum(each.sizeHint().width() + _GAP for each in parts)
        room -= BAR_WIDTHS[0] + _GAP
        for words in self._words:
            self._label.setText(words)
            if self._label.sizeHint().width() + 2 * _GAP <= room:
                break
        else:
            room = 0
        told = bool(self._stage) and room > 0
        self._label.setVisible(told)
        self._bar.setMaximumWidth(BAR_WIDTHS[0] if told else BAR_WIDTHS[1])  # words say more

    def _told(self, words: str) -> tuple[str, ...]:
        """Bytes, and the time that is left once there is a speed to tell it from; then less."""
        if not self._total or self._begun is None:
            return (self.tr("Loading the model"),)
        done, total = amounts.size(self._done), amounts.size(self._total)
        words = words.format(done=done, total=total)
        when, first = self._begun
        passed, read = monotonic() - when, self._done - first
        if passed < _SURE_S or read <= 0:
            return words, done
        seconds = passed * (self._total - self._done) / read
        soon = self.tr("{count} s left").format(count=max(1, round(seconds)))
        left = soon if seconds < 60 else amounts.left(seconds)
        return f"{words}  ·  {left}", f"{done}  ·  {left}", left

    def _title(self) -> str:
        if self._info is None:
            return self.tr("Choose a model")
        titles = {model.path: model.title for model in self._models}
        name = titles.get(self._info.path) or self.called(self._info.name)
        if self._worn:
            name = f"{name} + {os.path.basename(self._worn)}"
        return BETWEEN.join(filter(None, (name, self._info.dtype, self._info.device)))

    def _why(self) -> str:
        shortcut = keymap.hint(self.tr("Choose a model"), "pick")
        if self._info is None:
            return shortcut
        why = QCoreApplication.translate("Devices", self._info.why) if self._info.why else ""
        return "\n".join(filter(None, (why, shortcut)))

    def called(self, name: str) -> str:
        """The name as the window says it."""
        return self.tr("Built-in guide") if name == BUILT_IN else name

    def _fill(self) -> None:
        self._names = Counter(map(self._plainly, self._models))
        groups = tuple(map(self._group, self._models))
        self.picks.show_groups(groups or ((Pick(self.tr("Looking for models"), grey=True),),))

    def _group(self, model: Model) -> tuple[Pick, ...]:
        """A model, and below it how to let go of it and what it can wear."""
        resident = self._info is not None and self._info.path == model.path
        unload = Pick(self.tr("Unload"), below=True, act=self.unload_requested.emit)
        head = self._pick(model, resident)
        return head, *([unload] if resident else []), *self._dressed(model, resident)

    def _pick(self, model: Model, resident: bool) -> Pick:
        name, act = self._called(model), partial(self._choose, model)
        if model.problem:
            return Pick(name, " ".join(told(model.problem)), grey=True, act=act)
        light, about = self._lights.get(model.path), amounts.size(model.bytes)
        if light is None:
            return Pick(name, about, ticked=resident and not self._worn, act=act)
        words = f"{about}{BETWEEN}{light_word(light)}"
        return Pick(name, words, TONES[light.word], resident and not self._worn, act=act)

    def _called(self, model: Model) -> str:
        """Its title, and its own name too where another is called the same."""
        name = self._plainly(model)
        shared = self._names[name] > 1 and name != model.name
        return f"{name} ({model.name})" if shared else name

    def _plainly(self, model: Model) -> str:
        return model.title or self.called(model.name)

    def _dressed(self, model: Model, resident: bool) -> list[Pick]:
        return [
            Pick(
                f"+ {adapter.name}",
                ticked=resident and adapter.path == self._worn,
                below=True,
                act=partial(self.dressed.emit, model, adapter.path),
            )
            for adapter in self._adapters
            if adapter.base == model.name and not adapter.problem
        ]

    def _choose(self, model: Model) -> None:
        """The model alone. The one that answers is not loaded again: Reload is for that."""
        resident = self._info is not None and self._info.path == model.path
        if self._worn:
            self.dressed.emit(model, "")
        if not resident or (self._stage and not self._worn):
            self.chosen.emit(model)
