"""The files that go with the next message, each as a chip with its name and cost in tokens.

Knows nothing about how a file is read or how tokens are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from chatapp.ui import look
from chatapp.ui.elided import ElidedLabel
from chatapp.ui.flow import Flow

if TYPE_CHECKING:
    from chatapp.attachments import Attachment

MOST = 10  # files with one message


class FileChip(QFrame):
    """One file."""

    removed = Signal(object)  # itself

    def __init__(self, attachment: Attachment, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.attachment = attachment
        self.tokens: int | None = None  # None = not counted
        self._label = ElidedLabel()
        self.button = QToolButton()
        self.button.setFixedSize(26, 26)
        self.button.clicked.connect(self._on_button_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 2, 4, 2)
        layout.addWidget(self._label)
        layout.addWidget(self.button)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def show_tokens(self, tokens: int | None) -> None:
        """What the file costs; None = not known without a model."""
        self.tokens = tokens
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text again."""
        name = self.attachment.name
        if self.tokens is None:
            text = name
        else:
            count = QLocale().toString(self.tokens)
            text = self.tr("{file}, {count} tokens").format(file=name, count=count)
        self._label.setText(text)
        self._label.setToolTip(self.attachment.text[:200])
        self.setAccessibleName(text)
        remove = self.tr("Remove {file}").format(file=name)
        self.button.setIcon(look.icon("close"))
        self.button.setToolTip(remove)
        self.button.setAccessibleName(remove)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the scheme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _on_button_clicked(self) -> None:
        self.removed.emit(self)


class FileChips(QWidget):
    """All of them, as many in a line as fit; hidden while there is none."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips: list[FileChip] = []
        self._flow = Flow(self, gap=4)
        self.hide()

    def add(self, attachment: Attachment) -> FileChip:
        """One more file; the same one again replaces the old."""
        for chip in [chip for chip in self.chips if chip.attachment.name == attachment.name]:
            self._drop(chip)
        chip = FileChip(attachment, self)
        chip.removed.connect(self._on_chip_removed)
        self.chips.append(chip)
        self._flow.addWidget(chip)
        self.show()
        self.changed.emit()
        return chip

    def attachments(self) -> list[Attachment]:
        """The files, in the order in which they came."""
        return [chip.attachment for chip in self.chips]

    def clear(self) -> None:
        """Forget all."""
        if self.chips:
            for chip in tuple(self.chips):
                self._drop(chip)
            self.changed.emit()

    def _drop(self, chip: FileChip) -> None:
        self.chips.remove(chip)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()
        self.setVisible(bool(self.chips))

    def _on_chip_removed(self, chip: FileChip) -> None:
        self._drop(chip)
        self.changed.emit()
