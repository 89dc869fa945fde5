"""`Stream`: drains one ticket on a timer and emits Qt signals, so that no worker touches a QObject.

The timer lives as long as its ticket; a frame's pieces of text become one signal.
Knows nothing about widgets, models or threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from chatapp.chat import (
    Answered,
    Done,
    Event,
    Failed,
    Fetched,
    Found,
    Listening,
    Loaded,
    Loss,
    Outlook,
    Progress,
    Reading,
    Rendered,
    Scored,
    Served,
    Text,
    Unloaded,
    UserError,
)
from chatapp.reasons import Reason
from chatapp.taught import Prepared, Previewed, Sampled, Trained

if TYPE_CHECKING:
    from chatapp.chat import Value
    from chatapp.work import Ticket

FRAME_MS = 16
CALM_MS = 100  # loads and readings


def told(error: Failed | UserError) -> tuple[str, str]:
    """Sentence and remedy in the window's language, filled with their values."""
    values = {name: spoken(value) for name, value in dict(error.values).items()}
    sentence, remedy = (
        QCoreApplication.translate("Errors", text).format(**values)
        for text in (error.sentence, error.remedy)
    )
    return sentence, remedy


def spoken(value: Value) -> Value:
    """A value of a sentence; a reason in the window's language."""
    if isinstance(value, Reason):
        return QCoreApplication.translate("Errors", value.template).format(**value.values)
    return value


class Stream(QObject):
    """The events of one ticket as signals, in order. Deletes itself after the last one.

    Every signal begins with the key that its owner gave, so that one slot serves many streams.
    """

    wrote = Signal(int, int, str)  # key, row, text
    answered = Signal(int, object)  # key, Answered
    progressed = Signal(int, object)  # key, Progress
    loaded = Signal(int, object)  # key, ModelInfo
    unloaded = Signal(int, object)  # key, Unloaded
    found = Signal(int, object)  # key, tuple of what was asked for
    fetched = Signal(int, object)  # key, Fetched
    read = Signal(int, object)  # key, Reading
    rendered = Signal(int, object)  # key, Rendered
    scored = Signal(int, object)  # key, Scored
    looked = Signal(int, object)  # key, Outlook
    listening = Signal(int, str)  # key, address
    served = Signal(int, object)  # key, list of Served: a frame's requests
    previewed = Signal(int, object)  # key, Previewed
    prepared = Signal(int, object)  # key, Prepared
    learned = Signal(int, object)  # key, Loss
    sampled = Signal(int, object)  # key, Sampled
    trained = Signal(int, object)  # key, Trained
    done = Signal(int, object)  # key, Done
    failed = Signal(int, object)  # key, Failed

    def __init__(
        self, ticket: Ticket, parent: QObject, interval_ms: int = FRAME_MS, key: int = 0
    ) -> None:
        super().__init__(parent)
        self.ticket = ticket
        self.key = key
        self._timer = QTimer(self, interval=interval_ms)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()

    def cancel(self) -> None:
        """Ask the job to stop; `done` follows."""
        self.ticket.cancel()

    def close(self) -> dict[int, str]:
        """Cancel, and emit nothing more; by row, the text that came since the last frame."""
        self.ticket.cancel()
        self._end()
        return _texts(self.ticket.drain())

    def _on_timer_timeout(self) -> None:
        events = self.ticket.drain()
        # Text precedes whatever ends the reply, and a frame's text is one repaint.
        for row, text in _texts(events).items():
            self.wrote.emit(self.key, row, text)
        if served := [event for event in events if isinstance(event, Served)]:
            self.served.emit(self.key, served)
        for event in events:
            self._emit(event)

    def _emit(self, event: Event) -> None:
        match event:
            case Answered():
                self.answered.emit(self.key, event)
            case Progress():
                self.progressed.emit(self.key, event)
            case Loaded(info):
                self.loaded.emit(self.key, info)
            case Fetched():
                self.fetched.emit(self.key, event)
            case Unloaded():
                self.unloaded.emit(self.key, event)
            case Found(models):
                self.found.emit(self.key, models)
            case Reading():
                self.read.emit(self.key, event)
            case Rendered():
                self.rendered.emit(self.key, event)
            case Scored():
                self.scored.emit(self.key, event)
            case Outlook():
                self.looked.emit(self.key, event)
            case Listening(url):
                self.listening.emit(self.key, url)
            case Previewed() | Prepared() | Loss() | Sampled() | Trained():
                self._emit_training(event)
            case Done():
                self._end()
                self.done.emit(self.key, event)
            case Failed():
                self._end()
                self.failed.emit(self.key, event)

    def _emit_training(self, event: Previewed | Prepared | Loss | Sampled | Trained) -> None:
        match event:
            case Loss():
                self.learned.emit(self.key, event)
            case Previewed():
                self.previewed.emit(self.key, event)
            case Prepared():
                self.prepared.emit(self.key, event)
            case Sampled():
                self.sampled.emit(self.key, event)
            case Trained():
                self.trained.emit(self.key, event)

    def _end(self) -> None:
        self._timer.stop()
        self.deleteLater()


def _texts(events: list[Event]) -> dict[int, str]:
    pieces: dict[int, list[str]] = {}
    for event in events:
        if isinstance(event, Text) and event.text:
            pieces.setdefault(event.row, []).append(event.text)
    return {row: "".join(some) for row, some in pieces.items()}
