"""The tab of the adapters in the Library: the same list as on the Training page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from chatapp.ui.adapter_list import AdapterList
from chatapp.ui.card import toned

WIDEST = 920  # pixels


class AdapterTab(QWidget):
    """A sentence and the list; while that is empty, the way to the first one."""

    train_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note, self.list = toned("muted"), AdapterList()
        self.list.setMaximumWidth(WIDEST)
        self.train = QPushButton()
        self.train.clicked.connect(self.train_requested)
        self.list.emptied.connect(self.train.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.note)
        column.addWidget(self.list)
        column.addWidget(self.train, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.setFocusProxy(self.list.view)
        self.retranslate()

    def retranslate(self) -> None:
        """The tab's own texts."""
        self.setWindowTitle(self.tr("Adapters"))
        self.train.setText(self.tr("Train an adapter"))
        self.note.setText(
            self.tr(
                "An adapter changes how its model answers, in the chats that use it. The model "
                "itself stays as it is."
            )
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
