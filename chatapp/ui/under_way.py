"""What is under way, at the foot of the sidebar: a download and a training, each with its bar.

Shows what it is given and tells which page a click leads to; knows nothing about the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from chatapp.ui import amounts, look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatapp.ui.transfers import Transfer

    Training = tuple[str, int, int, float]  # name, steps done, of how many, seconds left

BAR = 4  # pixels
PAD = 8
GAP = 4


class WorkRow(QAbstractButton):
    """Two lines with a bar between them; a click leads to the page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.detail = ""
        self.share = 0.0
        self.failed = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def show_work(self, title: str, detail: str, share: float, failed: bool = False) -> None:
        """What it is, how it stands, and how far it is, from 0 to 1."""
        self.setText(title)
        self.detail, self.share, self.failed = detail, share, failed
        self.setAccessibleName(f"{title}: {detail}")
        self.setToolTip(f"{title}\n{detail}")
        self.show()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 2 * self.fontMetrics().lineSpacing() + 2 * GAP + BAR + 2 * PAD)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        wear, painter = look.colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(wear.accent if self.hasFocus() else wear.border))
        painter.setBrush(QColor(wear.hover if self.underMouse() else wear.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        line, room = self.fontMetrics().lineSpacing(), self.width() - 2 * PAD
        bar = QRectF(PAD, PAD + line + GAP, room, BAR)
        tone = wear.danger if self.failed else wear.muted
        for text, colour, top in (
            (self.text(), wear.text, PAD), (self.detail, tone, bar.bottom() + GAP)
        ):  # fmt: skip
            painter.setPen(QColor(colour))
            shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(PAD, top, room, line), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(wear.handle))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)
        bar.setWidth(room * self.share)
        painter.setBrush(QColor(wear.danger if self.failed else wear.accent))
        painter.drawRoundedRect(bar, BAR / 2, BAR / 2)


class UnderWay(QWidget):
    """Not there while nothing is under way."""

    page_requested = Signal(str)  # library or train

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._transfers: Sequence[Transfer] = ()
        self._training: Training | None = None
        self.download, self.training = WorkRow(self), WorkRow(self)
        self.download.clicked.connect(self._on_download_clicked)
        self.training.clicked.connect(self._on_training_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.download)
        column.addWidget(self.training)
        self.hide()

    def show_transfers(self, transfers: Sequence[Transfer]) -> None:
        """The downloads as they stand: the one that runs is shown, else one that has failed."""
        self._transfers = transfers
        self.retranslate()

    def show_training(self, training: Training | None) -> None:
        """The training as it stands; None = there is none."""
        self._training = training
        self.retranslate()

    def retranslate(self) -> None:
        """Both, in the present language."""
        shown = self._shown()
        self.download.setVisible(shown is not None)
        if shown:
            self._show_download(shown)
        self.training.setVisible(self._training is not None)
        if self._training:
            self._show_training(*self._training)
        self.setVisible(shown is not None or self._training is not None)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # -- private --

    def _shown(self) -> Transfer | None:
        for state in ("running", "waiting", "failed"):
            for transfer in self._transfers:
                if transfer.state == state:
                    return transfer
        return None

    def _show_download(self, transfer: Transfer) -> None:
        name = transfer.name.rpartition("/")[2]
        share = transfer.done / max(transfer.download.bytes, 1)
        if transfer.state == "failed":
            title = self.tr("{name} did not arrive").format(name=name)
            self.download.show_work(title, self.tr("See why in the Library"), share, failed=True)
            return
        parts = [f"{round(100 * share)} %"]
        news = transfer.news
        if transfer.state == "waiting":
            parts = [self.tr("Waits for its turn")]
        elif news and news.doing == "check":
            parts = [self.tr("Comparing checksums")]
        elif news and news.doing == "wait":
            parts.append(self.tr("trying again"))
        elif news and news.bytes_per_s >= amounts.LEAST_SPEED:
            parts.append(amounts.left((news.total - news.done) / news.bytes_per_s))
        title = self.tr("Getting {name}").format(name=name)
        self.download.show_work(title, "  ·  ".join(parts), share)

    def _show_training(self, name: str, step: int, steps: int, left: float) -> None:
        parts = [self.tr("Begins…")]
        if steps:
            parts = [self.tr("Step {step} of {steps}").format(step=step, steps=steps)]
            parts += [amounts.left(left)] if left else []
        title = self.tr("Training {name}").format(name=name)
        self.training.show_work(title, "  ·  ".join(parts), step / max(steps, 1))

    # -- slots --

    def _on_download_clicked(self) -> None:
        self.page_requested.emit("library")

    def _on_training_clicked(self) -> None:
        self.page_requested.emit("train")
