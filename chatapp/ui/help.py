"""A page of help, and the one that tells what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from chatapp import __version__, places

_ICON = 64  # pixels
_MARGIN = 24


class Help(QDialog):
    """A page with a Close button, deleted when it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 16)
        self.column.setSpacing(12)

    def finish(self) -> None:
        """Put the button below what is there."""
        self.buttons, role = QDialogButtonBox(), QDialogButtonBox.ButtonRole.RejectRole
        self.leave = self.buttons.addButton(self.tr("Close"), role)
        self.leave.setDefault(True)
        self.buttons.rejected.connect(self.reject)
        self.column.addWidget(self.buttons)


class About(Help):
    """Name, version, and the promise."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About ChatApp"))
        icon = QLabel()
        icon.setPixmap(QIcon(str(places.resources() / "icons" / "chatapp.svg")).pixmap(_ICON))
        name = QLabel(f"ChatApp {__version__}")
        name.setProperty("tone", "title")
        what = QLabel(self.tr("A chat application for the language model on your own GPU."))
        promise = QLabel(self.tr("Nothing you write leaves this computer."))
        promise.setProperty("tone", "muted")
        for label in (icon, name, what, promise):
            self.column.addWidget(label)
        self.finish()
        self.column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)


def native(keys: str) -> str:
    """Keys as this system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
