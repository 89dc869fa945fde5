"""The losses of a training as numbers: for screen readers, and to read off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.chat import Loss

EVERY = 10  # steps; those with a check in any case
HEIGHT = 220  # pixels
COLUMNS = 7  # the last two are of pairs of answers
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LossTable(QTreeWidget):
    """A row for each step that is told, the newest on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen = 0
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setMinimumHeight(HEIGHT)
        self.setColumnCount(COLUMNS)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.retranslate()

    def show_losses(self, losses: Sequence[Loss]) -> None:
        """All of them; those that are shown already stay."""
        if len(losses) < self._seen:
            self._seen = 0
            self.clear()
        self.setColumnHidden(5, not any(loss.preferred for loss in losses[-1:]))
        self.setColumnHidden(6, self.isColumnHidden(5))
        for loss in losses[self._seen :]:
            if loss.step == 1 or loss.step % EVERY == 0 or loss.validation is not None:
                self._add(loss)
        self._seen = len(losses)

    def retranslate(self) -> None:
        """The heads again."""
        self.setAccessibleName(self.tr("Losses"))
        self.setHeaderLabels(
            [
                self.tr("Step"),
                self.tr("Loss"),
                self.tr("Held out"),
                self.tr("Rate"),
                self.tr("Tokens/s"),
                self.tr("Margin"),
                self.tr("Ahead"),
            ]
        )
        for column in range(COLUMNS):
            self.headerItem().setTextAlignment(column, _RIGHT)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add(self, loss: Loss) -> None:
        unseen = "" if loss.validation is None else f"{loss.validation:.3f}"
        row = QTreeWidgetItem(
            [
                str(loss.step),
                f"{loss.train:.3f}",
                f"{unseen} *" if loss.best and unseen else unseen,
                f"{loss.learning_rate:.1e}",
                f"{loss.tokens_per_s:.0f}",
                f"{loss.preferred.margin:.2f}" if loss.preferred else "",
                f"{100 * loss.preferred.accuracy:.0f} %" if loss.preferred else "",
            ]
        )
        for column in range(COLUMNS):
            row.setTextAlignment(column, _RIGHT)
        self.insertTopLevelItem(0, row)
