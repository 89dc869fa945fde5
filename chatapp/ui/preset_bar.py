"""The chosen preset, and what can be done with it.

Knows nothing about values: it tells which preset was meant, and what for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from chatapp.mixing import MODEL_DEFAULT
from chatapp.ui import look
from chatapp.ui.composing import Composing
from chatapp.ui.knob_row import KnobList
from chatapp.ui.line_question import LineQuestion

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

ACTIONS = ("save", "rename", "delete", "", "import", "export", "", "keep", "forget")


class PresetBar(QWidget):
    """A list of presets and a menu."""

    chosen = Signal(str)  # a preset's name
    save_requested = Signal(str)  # under this name
    rename_requested = Signal(str)
    delete_requested = Signal()
    import_requested = Signal(str)  # from this file
    export_requested = Signal(str)
    reset_requested = Signal()  # of all that was changed by hand
    keep_requested = Signal()  # the present values, for this model
    forget_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = (MODEL_DEFAULT,)
        self._present = MODEL_DEFAULT
        self._model = ""
        self.label = QLabel()
        self.label.setProperty("tone", "heading")
        self.list = KnobList()
        self.list.currentIndexChanged.connect(self._on_list_changed)
        self.label.setBuddy(self.list)
        self.menu = QMenu(self)
        self.actions_by_name: dict[str, QAction] = {}
        for name in ACTIONS:
            if name:
                self.actions_by_name[name] = self.menu.addAction("")
            else:
                self.menu.addSeparator()
        self.reset = QPushButton()
        self.reset.setProperty("kind", "quiet")
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the rows must not move under the pointer
        self.reset.setSizePolicy(policy)
        self.more = QToolButton()
        self.more.setMenu(self.menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFixedSize(32, 32)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        layout.addWidget(self.label, 0, 0)
        layout.addWidget(self.reset, 0, 0, 1, 2, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.list, 1, 0)
        layout.addWidget(self.more, 1, 1)
        layout.setColumnStretch(0, 1)
        self._connect()
        self.retranslate()

    def show_presets(self, names: tuple[str, ...], present: str, own: bool) -> None:
        """All names and the chosen one; `own` = it is the person's, so it can be changed."""
        self._names, self._present = names, present if present in names else MODEL_DEFAULT
        with QSignalBlocker(self.list):
            self.list.clear()
            self.list.addItems([self._called(name) for name in names])
            self.list.setCurrentIndex(names.index(self._present))
        for name in ("rename", "delete"):
            self.actions_by_name[name].setEnabled(own)

    def show_model(self, model: str, kept: bool) -> None:
        """Which model values can be kept for, and whether some are."""
        self._model = model
        self.actions_by_name["keep"].setEnabled(bool(model))
        self.actions_by_name["forget"].setEnabled(kept)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text again."""
        self.label.setText(self.tr("Preset"))
        self.list.setAccessibleName(self.tr("Preset"))
        self.list.setToolTip(self.tr("Values that are set together"))
        self.reset.setText(self.tr("Reset all"))
        self.reset.setToolTip(self.tr("Take back every value that was changed for this chat"))
        self.more.setAccessibleName(self.tr("More about presets"))
        self.more.setToolTip(self.tr("More about presets"))
        self.more.setIcon(look.icon("more"))
        texts = {
            "save": self.tr("Save as preset..."),
            "rename": self.tr("Rename..."),
            "delete": self.tr("Delete"),
            "import": self.tr("Import..."),
            "export": self.tr("Export..."),
            "keep": self.tr("Keep these values for this model"),
            "forget": self.tr("Forget what is kept for this model"),
        }
        for name, text in texts.items():
            self.actions_by_name[name].setText(text)
        for place, name in enumerate(self._names[: self.list.count()]):
            self.list.setItemText(place, self._called(name))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the scheme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def name_dialog(self, title: str, name: str) -> LineQuestion:
        """Asks for a name; Enter belongs to an input method that composes."""
        dialog = LineQuestion(self)
        dialog.setWindowTitle(title)
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(name)
        if line := dialog.findChild(QLineEdit):
            Composing(line)
        return dialog

    # -- private --

    def _called(self, name: str) -> str:
        shipped = {
            MODEL_DEFAULT: self.tr("Model default"),
            "Balanced": self.tr("Balanced"),
            "Precise": self.tr("Precise"),
            "Code": self.tr("Code"),
            "Creative": self.tr("Creative"),
            "Neutral": self.tr("Neutral"),
        }
        return shipped.get(name, name)

    def _connect(self) -> None:
        acts = self.actions_by_name
        self.reset.clicked.connect(lambda: self.reset_requested.emit())
        acts["save"].triggered.connect(self._on_save_triggered)
        acts["rename"].triggered.connect(self._on_rename_triggered)
        acts["delete"].triggered.connect(lambda: self.delete_requested.emit())
        acts["import"].triggered.connect(self._on_import_triggered)
        acts["export"].triggered.connect(self._on_export_triggered)
        acts["keep"].triggered.connect(lambda: self.keep_requested.emit())
        acts["forget"].triggered.connect(lambda: self.forget_requested.emit())

    def _on_list_changed(self, place: int) -> None:
        self._present = self._names[place]
        self.chosen.emit(self._present)

    def _on_save_triggered(self) -> None:
        dialog = self.name_dialog(self.tr("Save as preset"), "")
        dialog.textValueSelected.connect(self.save_requested)
        dialog.open()

    def _on_rename_triggered(self) -> None:
        dialog = self.name_dialog(self.tr("Rename the preset"), self._present)
        dialog.textValueSelected.connect(self.rename_requested)
        dialog.open()

    def _on_import_triggered(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, self.tr("Import a preset"), "", "JSON (*.json)")
        if file:
            self.import_requested.emit(file)

    def _on_export_triggered(self) -> None:
        name = f"{self._called(self._present)}.json"
        title = self.tr("Export the preset")
        file, _ = QFileDialog.getSaveFileName(self, title, name, "JSON (*.json)")
        if file:
            self.export_requested.emit(file)
